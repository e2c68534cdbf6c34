"""The days lived again: a replay of what happened makes the very contacts that were made."""

from datetime import timedelta

import pytest

from emdia.aws.history import DynamoHistory
from emdia.cli import snapshots
from emdia.errors import Rejected, TryLater
from emdia.ladder.ladder import DEFAULT, Ladder, Step, on_trial
from emdia.ladder.replay import past
from emdia.ladder.simulate import simulate
from emdia.state import OPERATOR_SUBJECT
from tests.fakes import erp
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.fakes.opening import disclosed
from tests.flows.road import Road
from tests.functions.intake import Intake

DAYS = 24
CPFS = ("30165700416", "30165701498", "30165702460", "30165703431", "30165704403", "30165705485")
LIGHT = Ladder("leve-1", (Step("D0", 0, "vencimento"), Step("D+7", 7, "atraso")))


@pytest.fixture(scope="module")
def lived():
    """Six people through some weeks, each at nine in the morning, with what happens in between."""
    road = Road()
    intake = Intake(road)
    start = road.clock.now() - timedelta(hours=3)
    first = road.clock.now()
    for n in range(6):
        person = {"name": f"Pessoa {n}", "cpf": CPFS[n], "birth_on": "1970-01-01"}
        number = f"CT-{n}"
        due = (first + timedelta(days=2 * n + 4)).date().isoformat()
        intake.post(erp.contract(first, number, holder=person, beneficiaries=[person]))
        intake.post(erp.invoice(first, f"F-{n}", number, due_on=due, reference=due[:7]))
    intake.apply()

    def tell(day):
        now = road.clock.now()
        if day == 6:
            intake.post(erp.paid(now, "F-1", "CT-1"))
        if day == 8:
            said = {"contract": "CT-2", "channel": "email", "at": now.isoformat(), "how": "portal"}
            intake.post(erp.event("opt_out.recorded", now, said))
        if day == 10:
            intake.post(erp.event("dispute.opened", now, {"contract": "CT-3", "dispute": "d-1", "invoices": []}))
        intake.apply()

    for day in range(DAYS):
        road.clock.at = first + timedelta(days=day)
        road.walk()
        road.hear_of_all()
        road.clock.at += timedelta(hours=2)
        tell(day)
    text = snapshots.take(ANS, road.ledger(), DynamoHistory(road.dynamodb, LEDGER), "ana", road.clock.now())
    return road, start, text


def contacts(stood, start):
    runs = [start + timedelta(days=day, hours=3) for day in range(DAYS)]
    told = simulate(stood.cases, stood.persons, start, DAYS, ans=ANS, happenings=stood.happenings, runs=runs)
    return sorted((one.contract, one.step, one.at) for one in told.contacts)


def test_the_published_ladder_lived_again_does_what_it_did_item_by_item(lived):
    _, start, text = lived
    taken = snapshots.read(text)
    stood = past(taken, start, taken.taken_at, DEFAULT)
    assert {type(one).__name__ for one in stood.happenings} == {"Payment", "OptOut", "Stopped"}
    executed = sorted((one.contract, one.step, one.at) for one in taken.sent)
    assert len(executed) > 12
    assert contacts(stood, start) == executed


def test_days_later_what_was_received_and_taken_before_counts(lived):
    _, start, text = lived
    taken = snapshots.read(text)
    later = start + timedelta(days=9)
    stood = past(taken, later, taken.taken_at, DEFAULT)
    executed = sorted((one.contract, one.step, one.at) for one in taken.sent if one.at > later)
    assert [row for row in contacts(stood, start) if row[2] > later] == executed
    assert sum(len(log.contacted) for log in stood.persons.values()) > 0


def test_another_version_would_have_written_less(lived):
    _, start, text = lived
    taken = snapshots.read(text)
    with on_trial(LIGHT):
        light = contacts(past(taken, start, taken.taken_at, LIGHT), start)
    assert {step for _, step, _ in light} <= {"D0", "D+7"}
    assert 0 < len(light) < len(taken.sent)


def test_the_file_names_nobody_and_comes_back_as_it_was(lived):
    road, _, text = lived
    assert not [word for word in ("Pessoa", "CT-", "30165", "exemplo.com", "hospital") if word in text]
    taken = snapshots.read(text)
    assert snapshots.read("\n".join(text.splitlines()) + "\n") == taken
    assert len(taken.cases) == 6
    assert {one.kind.value for one in taken.stops} == {"dispute"}
    rows = [row for row in road.dynamodb.stored(JOURNAL) if row.get("kind", {}).get("S") == "portfolio.exported"]
    assert disclosed(road, ANS, rows[0], OPERATOR_SUBJECT)["ator"] == "ana"


def test_who_takes_it_is_seen_first_and_a_stranger_gets_nothing(lived):
    road, _, _ = lived
    history = DynamoHistory(road.dynamodb, LEDGER)
    for _ in range(3):
        road.faults.fail("PutItem")
    with pytest.raises(TryLater):
        snapshots.take(ANS, road.ledger(), history, "bia", road.clock.now())
    with pytest.raises(Rejected, match="operator-unknown"):
        snapshots.take("654321", road.ledger("654321"), history, "bia", road.clock.now())


@pytest.mark.parametrize("line", ['{"case": 1}', '{"burn": {}}', "x", "[]", '{"holidays": 3}'])
def test_a_file_that_is_none_is_refused_by_its_line(lived, line):
    _, _, text = lived
    with pytest.raises(Rejected) as refused:
        snapshots.read(text + line + "\n")
    assert (refused.value.code, refused.value.pointer) == ("snapshot-invalid", f"/{len(text.splitlines()) + 1}")
    with pytest.raises(Rejected, match="snapshot-invalid"):
        snapshots.read('{"head": "other"}\n')
