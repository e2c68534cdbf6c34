"""`emdia restore`: who is held back, and what a person is told."""

import pytest

from emdia.cli import __main__ as cli
from emdia.cli import restore
from emdia.cli.restore import sources, told
from emdia.workflows.recall_outreach import Recalled
from tests.fakes.house import ANS, JOURNAL
from tests.flows.road import Road


class Lambda:
    """Event sources in two pages: two stages, functions that write to people and one that does not."""

    def __init__(self):
        names = ("emdia-prod-take_step:live", "emdia-prod-send_message:live", "emdia-prod-apply_erp_event:live")
        others = ("emdia-dev-send_message:live", "another")
        self.switched = {}
        self._all = [
            {"UUID": name, "FunctionArn": f"arn:aws:lambda:sa-east-1:123456789012:function:{name}"}
            for name in (*names, *others)
        ]

    def list_event_source_mappings(self, Marker=None):  # noqa: N803
        if Marker is None:
            return {"EventSourceMappings": self._all[:1], "NextMarker": "more"}
        return {"EventSourceMappings": self._all[1:]}

    def update_event_source_mapping(self, UUID, Enabled):  # noqa: N803
        self.switched[UUID] = Enabled


def run(capsys, *arguments):
    code = cli.main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_pause_holds_whoever_decides_or_writes_and_lets_the_erp_in(monkeypatch, capsys):
    functions = Lambda()
    monkeypatch.setattr(restore, "client", lambda _service: functions)
    code, out, _ = run(capsys, "--stage", "prod", "restore", "pause")
    assert (code, out) == (0, "Em pausa: emdia-prod-send_message, emdia-prod-take_step\n")
    assert functions.switched == {"emdia-prod-take_step:live": False, "emdia-prod-send_message:live": False}
    assert run(capsys, "--stage", "prod", "restore", "resume")[1].startswith("Retomado: ")
    assert set(functions.switched.values()) == {True}


def test_a_stage_that_is_not_there_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(restore, "client", lambda _service: Lambda())
    code, out, err = run(capsys, "--stage", "homolog", "restore", "pause")
    assert (code, out) == (1, "")
    assert "stage-unknown /stage" in err


@pytest.mark.parametrize("since", ["ontem", "2026-11-25 12:00"])
def test_a_moment_without_its_clock_is_refused(monkeypatch, capsys, since):
    monkeypatch.setattr(cli, "_actor", lambda: "maria")
    code, _, err = run(capsys, "restore", "recall", "--operator", ANS, "--since", since)
    assert code == 1
    assert "instant-invalid /since" in err


def test_what_is_left_for_people_is_said():
    assert told(Recalled(3, 1, 0, 0, {})) == "Contatos lembrados: 3. Pedidos de descadastro lembrados: 1."
    more = told(Recalled(0, 0, 0, 2, {"case.released": 4}))
    assert "De contratos que o razão não tem: 2." in more
    assert "A refazer por uma pessoa: case.released, 4 vez(es)." in more


def test_the_sources_of_the_stage_alone_are_found():
    assert {one["UUID"] for one in sources(Lambda(), "dev")} == {"emdia-dev-send_message:live"}


def test_the_command_recalls_with_a_person_s_adapters():
    road = Road()
    road.settings = type("Told", (), {"of": staticmethod(lambda _name: JOURNAL)})()
    done = restore.recall(road, ANS, road.clock.now(), "maria")
    assert (done.outreach, done.unheld) == (0, 0)
    assert road.facts()["ledger.restored"] == 1
