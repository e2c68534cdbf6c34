"""Each call of an approval fails once, before or after it landed: what is in force has its facts, once."""

from types import SimpleNamespace

import pytest

from emdia.compliance.approval import InForce, Matter, Standing
from emdia.errors import TryLater
from emdia.state import in_force_ref
from emdia.workflows.approvals import act, approvals_of, chosen
from tests.fakes.approvals import AUTHOR, ETHICS, LEGAL
from tests.fakes.faults import WAYS
from tests.flows.road import Road
from tests.flows.test_approvals import change

NOTHING = SimpleNamespace(v=0)
STEPS = (("submit", AUTHOR), ("approve", LEGAL), ("approve", ETHICS), ("activate", AUTHOR))


def road_and_thing():
    road = Road()
    change(road, InForce())
    (thing,) = chosen("atraso/sms", Matter.WORDS, 2026)
    return road, thing


def calls_of_all():
    road, thing = road_and_thing()
    before = road.faults.total
    for action, who in STEPS:
        act(action, thing, road.ledger(), who, road.clock.now())
    return road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_all() + 1))
def test_one_failure_anywhere_leaves_approvals_and_facts_in_step(call, error, landed):
    road, thing = road_and_thing()
    ledger = road.ledger()
    road.faults.fail("", call=call, landed=landed, error=error)
    for version, (action, who) in enumerate(STEPS, start=1):
        try:
            act(action, thing, ledger, who, road.clock.now())
        except TryLater:
            # Whoever is told "later" looks, and repeats what did not land.
            if stored(ledger).v < version:
                act(action, thing, ledger, who, road.clock.now())
    one = stored(ledger)
    assert road.faults.struck
    assert (one.standing, one.v) == (Standing.ACTIVE, len(STEPS))
    told = {kind: count for kind, count in road.facts().items() if kind.startswith("approval.")}
    assert told == {"approval.submitted": 1, "approval.given": 2, "approval.activated": 1}
    assert [pin.id for pin in ledger.get([in_force_ref()])[in_force_ref()].pinned] == ["atraso/sms"]


def stored(ledger):
    return next(iter(approvals_of(Matter.WORDS, ledger).values()), NOTHING)
