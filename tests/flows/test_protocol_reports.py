"""What a period's attendances were: measures, and every one of them for the regulator."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from jsonschema_rs import validator_for

from emdia.aws.day_book import DynamoDayBook
from emdia.errors import Rejected, TryLater
from emdia.protocols.number import BLOCK, Block, numbers_ref
from emdia.workflows import report_protocols
from infra.bundle import ROOT
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.flows.attendances import NOON, Attendances

SCHEMA = json.loads((ROOT / "docs/protocols-export.schema.json").read_text(encoding="utf-8"))
END = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def desk():
    return Attendances()


def test_a_month_in_numbers(desk):
    first = desk.answered("1", "CT-1")
    desk.clock.move(hours=1)
    again = desk.opened("2", "CT-1", "assistencial", medium="whatsapp")  # the same person comes back
    desk.change(again, human_asked_at=desk.clock.now())
    desk.clock.move(seconds=90)
    desk.do("claim", again)
    desk.do("say", again, id="c", medium="telefone", speaker="atendente", words="Explicado.", seconds=300)
    desk.change(first, csat=5, nps=10)
    desk.change(desk.answered("3", "CT-3"), csat=2, nps=3)
    desk.opened("4", "CT-4", "nip_nao_assistencial")
    desk.clock.at = END
    told = desk.measures(last="2026-11-30", lives=50_000)
    assert (told["opened"], told["answered"], told["open"], told["not_issued"]) == (4, 2, 2, 0)
    assert (told["tma"], told["waiting"], told["waiting_kept"]) == (300, 90, 0)
    assert told["fcr"] == 50  # CT-1 came back within a week
    assert told["in_time"] == 50  # two answered at once, two are overdue
    assert (told["nip"], told["igr"]) == (1, 2)  # one complaint of fifty thousand lives, for a hundred thousand
    assert (told["csat"], told["csat_mean"], told["nps"]) == (50, 3.5, 0)
    assert told["resolved"] == 100


def test_without_lives_nothing_is_said_of_igr_and_without_ratings_nothing_of_them(desk):
    desk.opened("1")
    told = desk.measures(last="2026-11-03")
    assert not {"igr", "csat", "nps", "tma", "waiting", "fcr", "resolved", "in_time"} & set(told)
    assert told["open"] == 1


def test_periods_are_days_weeks_and_months_of_brasilia(desk):
    desk.clock.at = datetime(2026, 11, 1, 2, 30, tzinfo=UTC)  # still October there
    desk.opened("october")
    desk.clock.at = datetime(2026, 11, 8, 15, 0, tzinfo=UTC)  # Sunday
    desk.opened("sunday")
    desk.clock.move(days=1)
    desk.opened("monday")

    def periods(by):
        told = desk.report("measure", first="2026-10-31", last="2026-11-09", by=by)["cells"]
        return {name: value for name, measure, _, value in told if measure == "opened" and value}

    assert periods("day") == {"31/10/2026": 1, "08/11/2026": 1, "09/11/2026": 1, "Total": 3}
    assert periods("week") == {
        "31/10/2026 a 01/11/2026": 1,
        "02/11/2026 a 08/11/2026": 1,
        "09/11/2026 a 09/11/2026": 1,
        "Total": 3,
    }
    assert periods("month") == {"31/10/2026 a 31/10/2026": 1, "11/2026": 2, "Total": 3}


@pytest.mark.parametrize(("days", "fcr"), [(7, 0), (8, 100)])
def test_who_comes_back_within_a_week_was_not_helped_the_first_time(desk, days, fcr):
    desk.answered("1", "CT-1")
    desk.clock.move(days=days)
    desk.opened("2", "CT-1")
    assert desk.measures(last="2026-11-03")["fcr"] == fcr


@pytest.mark.parametrize(("days", "resolved"), [(30, 0), (31, 100)])
def test_a_complaint_to_ans_of_the_month_behind_the_period_undoes_a_resolution(desk, days, resolved):
    desk.answered("1", "CT-1")
    desk.clock.move(days=days)
    desk.opened("2", "CT-1", "nip_nao_assistencial")
    assert desk.measures(last="2026-11-03")["resolved"] == resolved


def test_a_reanalysis_is_a_complaint_and_both_turns_have_their_terms(desk):
    number = desk.answered("1", "CT-1")
    desk.clock.move(days=2)
    desk.do("reanalyse", number)
    desk.clock.move(days=20)
    told = desk.report("measure", last="2026-11-25", by="month")["cells"]
    cells = {(measure, cut): value for name, measure, cut, value in told if name == "Total"}
    assert (cells["ombudsman", ""], cells["resolved", ""], cells["fcr", ""]) == (1, 0, 0)
    assert cells["in_time.kept", "nao_assistencial"] == cells["in_time.late", "ouvidoria"] == 1
    assert (cells["by_channel", "telefone"], cells["in_time", ""]) == (1, 50)


def test_urgent_is_never_late_and_what_still_runs_is_neither(desk):
    desk.answered("1", demand="urgencia")
    desk.opened("2", demand="assistencial")
    desk.clock.move(hours=1)
    told = desk.measures(last="2026-11-03")
    assert told["in_time"] == 100


def test_whoever_asks_is_recorded_before_anything_is_read(desk):
    desk.opened("1")
    for action, kind in (("measure", "protocols.measured"), ("export", "protocols.exported")):
        desk.faults.fail("PutItem")
        with pytest.raises(TryLater):
            desk.report(action, last="2026-11-03", by="day")
        desk.faults.planned.clear()
        assert desk.facts()[kind] == 0
        desk.report(action, last="2026-11-03", by="day")
        assert desk.facts()[kind] == 1


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        ({"first": "2026-11-04", "last": "2026-11-03"}, "report-period", "/to"),
        ({"first": "2026-11-04", "last": "2026-11-04"}, "report-period", "/to"),  # to come
        ({"first": "2025-11-01", "last": "2026-11-03"}, "report-period", "/to"),
        ({"first": "3/11/2026", "last": "2026-11-03"}, "report-period", "/from"),
        ({"last": "2026-11-03", "by": "year"}, "action-invalid", "/by"),
        ({"last": "2026-11-03", "lives": -1}, "action-invalid", "/lives"),
        ({"last": "2026-11-03", "lives": True}, "action-invalid", "/lives"),
        ({"last": "2026-11-03", "actor": ""}, "action-invalid", "/actor"),
        ({"action": "burn", "last": "2026-11-03"}, "action-invalid", "/action"),
        ({"action": "export", "last": "2026-11-03", "after": "here"}, "action-invalid", "/after"),
        ({"action": "export", "last": "2026-11-03", "after": "2026-10-31/1"}, "action-invalid", "/after"),
    ],
)
def test_what_cannot_be_reported_is_refused_by_its_field(desk, request_, code, pointer):
    with pytest.raises(Rejected) as refused:
        desk.report(**{"action": "measure", "by": "day", **request_})
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


def document(desk, **more):
    """The parts of an export as one, as the command writes them."""
    part = desk.report("export", **more)
    whole = {
        "format": "emdia-protocolos-1", "operator": ANS, "from": "2026-11-01", "to": more["last"],
        "made_at": part["made_at"], "protocols": list(part["protocols"]), "numbers": list(part["numbers"]),
    }  # fmt: skip
    while part["next"]:
        part = desk.report("export", **more, after=part["next"])
        whole["protocols"] += part["protocols"]
        whole["numbers"] += part["numbers"]
    return json.loads(json.dumps(whole))


def test_the_regulators_file_has_every_attendance_with_its_clocks(desk):
    number = desk.opened("1", "CT-1", demand="assistencial")
    desk.change(number, human_asked_at=desk.clock.now())
    desk.do("claim", number)
    desk.clock.move(days=5)
    desk.warn(number)
    desk.do("answer", number, outcome="negado", text="O exame pedido não tem cobertura neste plano.", basis="C" * 30)
    desk.clock.move(days=1)
    desk.do("reanalyse", number)
    unclassed = desk.opened("2", demand="")
    desk.clock.move(days=30)
    desk.close_day(NOON)
    told = document(desk, last="2026-11-30")
    validator_for(SCHEMA).validate(told)
    one, other = told["protocols"]
    assert (one["number"], one["class"], one["status"], one["late"]) == (number, "ouvidoria", "aberto", False)
    assert [term["rule"] for term in one["first"]["terms"]] == ["protocol.answer.assistencial", "protocol.sac.answer"]
    assert one["first"]["terms"][1]["norm"] == "Decreto 11.034/2022 art. 13"
    assert [(w["percent"], w["rule"]) for w in one["first"]["warnings"]] == [
        (50, "protocol.answer.assistencial"),
        (50, "protocol.sac.answer"),
    ]
    assert (one["first"]["outcome"], one["person"]["in_target"]) == ("negado", True)
    assert (other["number"], other["class"], other["terms"], other["copy"]) == (unclassed, None, [], None)
    first, second = told["numbers"]
    assert (first["closed"], first["not_issued"], first["absent"]) == (True, [[2, BLOCK]], [])
    assert (second["closed"], second["absent"]) == (False, [[2, BLOCK]])
    assert "CT-1" not in json.dumps(told)


def test_a_late_answer_and_what_is_still_open_are_told_as_such(desk):
    late = desk.opened("1", demand="historico")
    desk.clock.move(days=9)
    desk.warn(late)
    desk.do("answer", late, outcome="atendido", text="Segue em anexo a cópia de todo o histórico.")
    (told,) = document(desk, last="2026-11-12")["protocols"]
    assert told["late"] is True
    assert [one["percent"] for one in told["warnings"]] == [50, 80, 100]


def test_an_export_comes_in_parts_and_no_number_is_told_twice(desk, monkeypatch):
    numbers = [desk.opened(str(n)) for n in range(7)]
    desk.clock.move(days=1)
    numbers += [desk.opened(f"later {n}") for n in range(3)]
    whole = document(desk, last="2026-11-04")
    monkeypatch.setattr(report_protocols, "PAGE", 5)
    parts = document(desk, last="2026-11-04")
    assert [one["number"] for one in parts["protocols"]] == [one["number"] for one in whole["protocols"]] == numbers
    assert sum(last - first + 1 for one in parts["numbers"] for first, last in one["absent"]) == 2 * BLOCK - 10


def test_eight_requests_at_once_bring_what_one_after_the_other_brings(desk):
    for n in range(250):
        desk.opened(str(n), demand="")
    day = date(2026, 11, 3)
    leased = desk.ledger().get([numbers_ref(day)])[numbers_ref(day)].leased
    ahead = DynamoDayBook(desk.dynamodb, LEDGER, desk.naps.append, abreast=8)
    one, other = ([b for page in book.briefs(Block(ANS, day, 1, leased)) for b in page] for book in (desk.book, ahead))
    assert one == other
    assert [brief.number[-6:] for brief in one] == [f"{n:06d}" for n in range(250, 0, -1)]


def test_a_report_costs_one_request_a_hundred_numbers_and_writes_nothing_but_who_asked(desk):
    for n in range(250):
        desk.opened(str(n), demand="")
    desk.measures(last="2026-11-03")
    before, ledger = desk.faults.requests.copy(), desk.dynamodb.stored(LEDGER)
    desk.measures(last="2026-11-03")
    asked = {operation: n for (_, operation), n in (desk.faults.requests - before).items()}
    assert asked == {"BatchGetItem": 2 + 3, "PutItem": 1}
    assert desk.dynamodb.stored(LEDGER) == ledger
    assert "Pessoa" not in repr(desk.dynamodb.stored(JOURNAL)[-1])


def test_memory_of_what_came_after_is_a_week_and_a_month():
    """Contracts of days long behind are forgotten while the report goes back in time."""
    from emdia.protocols.measures import Brief, Medium, _After

    after = _After()
    day = date(2026, 11, 30)
    for n in range(100):
        after.add(Brief("n", NOON, Medium.PHONE, f"c{n}"), day - timedelta(days=n))
    assert len(after._any) == 8
