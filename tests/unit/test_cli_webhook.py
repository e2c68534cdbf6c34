import json

import pytest

from emdia.cli import __main__ as cli
from emdia.cli import webhooks
from emdia.facts import Fact
from emdia.portfolio.outbound import OutHead
from emdia.ports import Act, Put
from emdia.state import endpoint_ref, out_head_ref
from tests.fakes.house import ANS, House
from tests.functions.intake import Intake
from tests.unit.test_cli import Account, operator_add, run

URL = "https://erp.example/emdia"


@pytest.fixture
def intake(monkeypatch, capsys):
    intake = Intake(House())
    for module in (cli, webhooks):
        monkeypatch.setattr(module, "client", lambda _service: Account(intake))
    monkeypatch.setattr(cli.wiring, "command_line", lambda _stage: intake.house)
    run(capsys, *operator_add())
    return intake


def webhook(capsys, action, *more, operator=ANS):
    return run(capsys, "webhook", action, "--operator", operator, *more)


def test_an_endpoint_gets_its_secret_once_and_may_move(intake, capsys):
    code, out, _ = webhook(capsys, "set", "--url", URL)
    secret = out.splitlines()[-1]
    assert code == 0
    assert json.loads(intake.house.secretsmanager.values[f"emdia/dev/erp/out-{ANS}"])["secrets"] == [secret]
    code, out, _ = webhook(capsys, "set", "--url", URL + "/2")
    assert (code, out) == (0, f"Avisos vão para {URL}/2.\n")
    assert webhook(capsys, "status")[1] == f"{URL}/2: em uso\n"
    newer = webhook(capsys, "rotate")[1].splitlines()[-1]
    assert json.loads(intake.house.secretsmanager.values[f"emdia/dev/erp/out-{ANS}"])["secrets"] == [newer, secret]


@pytest.mark.usefixtures("intake")
def test_what_cannot_be_is_refused_in_portuguese(capsys):
    code, _, error = webhook(capsys, "set", "--url", "http://10.0.0.1/")
    assert (code, "endpoint-invalid" in error) == (1, True)
    assert webhook(capsys, "status")[0] == 1
    assert webhook(capsys, "set", "--url", URL, operator="654321")[0] == 1
    assert webhook(capsys, "replay", "--contract", "CT-1", "--from", "1")[0] == 1


def test_a_paused_endpoint_is_resumed(intake, capsys):
    webhook(capsys, "set", "--url", URL)
    ledger = intake.house.ledger()
    endpoint = webhooks.held_endpoint(ledger)
    paused = type(endpoint)(url=URL, paused="gone", v=endpoint.v, last=endpoint.last)
    assert ledger.commit([Act("p", (Put(paused),), (Fact("endpoint.paused", endpoint_ref()),))]).landed
    assert webhook(capsys, "status")[1] == f"{URL}: parado (gone)\n"
    assert webhook(capsys, "resume")[0] == 0
    assert webhook(capsys, "status")[1] == f"{URL}: em uso\n"


def test_events_are_told_again_from_a_number(intake, capsys):
    webhook(capsys, "set", "--url", URL)
    ledger = intake.house.ledger()
    key = intake.house.pseudonyms.of(ANS, "contract", "CT-1")
    head = OutHead(contract=key, given=5, sent=5)
    assert ledger.commit([Act("h", (Put(head),), (Fact("erp.numbered", head.ref),))]).landed
    assert webhook(capsys, "replay", "--contract", "CT-1", "--from", "4")[1].startswith("2 aviso(s)")
    again = ledger.get([out_head_ref(key)])[out_head_ref(key)]
    assert (again.sent, again.given, again.due) == (3, 5, intake.house.clock.now())
    code, _, error = webhook(capsys, "replay", "--contract", "CT-1", "--from", "6")
    assert (code, "de 1 a 5" in error) == (1, True)
