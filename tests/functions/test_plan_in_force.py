"""A plan in force puts a contract on its arm when its first invoice opens, and never changes it on the way."""

from dataclasses import replace

import pytest

from emdia.compliance.approval import PLAN_ID, InForce, Matter, Pinned
from emdia.facts import Fact
from emdia.ladder.ladder import DEFAULT
from emdia.ladder.plan import COMPARED, drawn
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, case_ref, in_force_ref, operator_ref
from tests.fakes import erp
from tests.fakes.house import ANS, House
from tests.fakes.opening import disclosed
from tests.functions.intake import Intake


@pytest.fixture
def intake():
    return Intake(House())


PLAN = Pinned(Matter.LADDER, PLAN_ID, COMPARED.version, COMPARED.digest)


def put(house, *pinned):
    ledger = house.ledger()
    held = ledger.get([in_force_ref()]).get(in_force_ref()) or InForce()
    act = Act(f"force:{held.v}", (Put(replace(held, pinned=pinned)),), (Fact("operator.recorded", operator_ref()),))
    assert ledger.commit([act]).landed


def case_of(intake):
    ref = case_ref(intake.contract())
    return intake.house.ledger().get([ref])[ref]


def test_a_case_keeps_its_arm_until_nothing_of_it_is_open(intake):
    now = intake.house.clock.now()
    intake.post(erp.contract(now))
    intake.apply()
    put(intake.house, PLAN)
    intake.post(erp.invoice(now))
    intake.apply()
    drawn_to = case_of(intake)
    segment, arm = drawn(COMPARED, drawn_to)
    assert (drawn_to.ladder, drawn_to.arm) == (arm.ladder, f"{COMPARED.version}/{segment.name}/{arm.name}")
    (row,) = intake.facts("ladder.drawn")
    assert disclosed(intake.house, ANS, row, OPERATOR_SUBJECT)["braco"] == drawn_to.arm
    # No plan any more: what is open stays where it is, what opens later does not.
    put(intake.house)
    intake.post(erp.invoice(now, "F-2"))
    intake.apply()
    assert (case_of(intake).ladder, case_of(intake).arm) == (drawn_to.ladder, drawn_to.arm)
    intake.post(erp.paid(now), erp.paid(now, "F-2"))
    intake.apply()
    assert case_of(intake).arm == drawn_to.arm
    intake.post(erp.invoice(now, "F-3"))
    intake.apply()
    assert (case_of(intake).ladder, case_of(intake).arm) == (DEFAULT.version, "")
    assert len(intake.facts("ladder.drawn")) == 1
