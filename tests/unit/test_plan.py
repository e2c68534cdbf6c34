"""Segments and arms: who is on which ladder, drawn the same way for ever, and never outside the law."""

from collections import Counter
from dataclasses import replace

import pytest

from emdia.compliance.approval import PLAN_ID, InForce, Matter, Pinned
from emdia.ladder.decide import Halt, Wait, decide
from emdia.ladder.ladder import DEFAULT, LIGHT, NOBODY, PUBLISHED, Ladder, Step, StepOrderError, on_trial
from emdia.ladder.plan import COMPARED, PLANS, WHOLE, Arm, Plan, Segment, drawn, pinned, plan_in_force
from emdia.ladder.simulate import simulate
from emdia.ladder.verify import ours, verify, worlds
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.contract import ContractKind
from tests.unit.cases import case, invoice, local, outreach

ALL = Segment("resto", (Arm("A", WHOLE, DEFAULT.version),))
SPLIT = Plan(
    "plano-1",
    (
        Segment("sp-caro", (Arm("B", WHOLE, LIGHT.version),), ufs=("SP",), least=100_000),
        Segment("mei", (Arm("C", WHOLE, NOBODY.version),), kinds=(ContractKind.EMPRESARIO_INDIVIDUAL,), most=50_000),
        ALL,
    ),
)


def one(contract="c1", amount=89_990, **changes):
    return case(invoice("2026-11-10", amount=amount), contract=contract, **changes)


@pytest.mark.parametrize(
    ("who", "arm"),
    [
        (one(amount=100_000), "plano-1/sp-caro/B"),
        (one(amount=99_999), "plano-1/resto/A"),
        (one(amount=100_000, uf="RJ"), "plano-1/resto/A"),
        (one(amount=50_000, kind=ContractKind.EMPRESARIO_INDIVIDUAL), "plano-1/mei/C"),
        (one(amount=50_001, kind=ContractKind.EMPRESARIO_INDIVIDUAL), "plano-1/resto/A"),
        (one(amount=100_000, kind=ContractKind.EMPRESARIO_INDIVIDUAL), "plano-1/sp-caro/B"),
    ],
)
def test_the_first_segment_a_case_belongs_to_counts(who, arm):
    on = pinned(who, SPLIT)
    assert on.arm == arm
    assert on.ladder == drawn(SPLIT, who)[1].ladder


def test_the_draw_is_by_contract_the_same_for_ever_and_near_the_shares():
    cases = [one(f"{n:032x}") for n in range(20_000)]
    first = [drawn(COMPARED, who)[1].name for who in cases]
    assert first == [drawn(COMPARED, replace(who, invoices=(invoice("2027-05-10"),)))[1].name for who in cases]
    shares = Counter(first)
    for arm in COMPARED.segments[0].arms:
        assert abs(shares[arm.name] / len(cases) - arm.share / WHOLE) < 0.01
    other = Plan("plano-comparado-2", COMPARED.segments)
    assert first != [drawn(other, who)[1].name for who in cases]


@pytest.mark.parametrize(
    "segments",
    [
        (),
        (replace(ALL, ufs=("SP",)),),
        (replace(ALL, arms=(Arm("A", WHOLE - 1, DEFAULT.version),)),),
        (replace(ALL, arms=(Arm("A", WHOLE, DEFAULT.version), Arm("B", 0, LIGHT.version))),),
        (replace(ALL, arms=(Arm("A", WHOLE, "de-ninguem"),)),),
        (replace(ALL, arms=(Arm("A", 1, DEFAULT.version), Arm("A", WHOLE - 1, LIGHT.version))),),
        (replace(ALL, name="a/b"),),
        (replace(ALL, ufs=("SP",)), ALL),
    ],
)
def test_a_plan_that_leaves_somebody_out_or_knows_no_such_ladder_cannot_be(segments):
    with pytest.raises(ValueError):  # noqa: PT011  its text says which
        Plan("plano-1", segments)


def test_without_an_approved_plan_all_are_on_the_default_ladder():
    assert (pinned(one(ladder="x", arm="y"), None).ladder, pinned(one(arm="y"), None).arm) == (DEFAULT.version, "")
    pin = Pinned(Matter.LADDER, PLAN_ID, COMPARED.version, COMPARED.digest)
    assert plan_in_force(InForce()) is None
    assert plan_in_force(InForce(pinned=(replace(pin, digest="0" * 64),))) is None
    assert plan_in_force(InForce(pinned=(replace(pin, version="plano-99"),))) is None
    assert plan_in_force(InForce(pinned=(pin,))) is COMPARED


def test_every_arm_of_every_plan_is_verified():
    for version in {ladder for plan in PLANS.values() for ladder in plan.ladders} - {NOBODY.version}:
        ladder = PUBLISHED[version]
        assert verify(ours(ladder), worlds(2026, ladder.days), ladder.gap).counter_example is None


def test_whoever_is_held_out_is_written_to_never():
    held_out = replace(one(), ladder=NOBODY.version)
    assert isinstance(decide(held_out, None, None, local("2026-11-25 10:00")), Halt)
    cases = [replace(one(f"c{n}", holder_key=f"p{n}"), ladder=version) for n, version in enumerate(PUBLISHED)]
    told = simulate(cases, {}, local("2026-11-01 00:00"), 60)
    by_ladder = {on.ladder: [one.step for one in told.contacts if one.contract == on.contract] for on in cases}
    assert by_ladder == {
        DEFAULT.version: [step.name for step in DEFAULT.steps],
        LIGHT.version: [step.name for step in LIGHT.steps],
        NOBODY.version: [],
    }


# The gap: from the due date, and from the step before.

WIDE = Ladder("larga", (Step("D+3", 3, "atraso"), Step("D+7", 7, "atraso"), Step("D+15", 15, "atraso")), gap=4)


@pytest.mark.parametrize("gap", [1, 4])
def test_a_step_keeps_its_distance_from_the_one_really_taken_before(gap):
    """Due on the 10th: D+3 is taken on the 16th only, for the schedule stood still, and D+7 is the 17th."""
    taken = outreach(local("2026-11-16 10:00"), OutreachStatus.DELIVERED, claimed_at=local("2026-11-16 10:01"))
    who = replace(one(), ladder=WIDE.version, invoices=(invoice("2026-11-10", step="D+3"),), last_outreach=taken.id)
    ladder = replace_gap(WIDE, gap)
    with on_trial(ladder):
        decision = decide(who, None, taken, local("2026-11-17 10:00"))
    if gap == 1:
        assert not isinstance(decision, Wait)
    else:
        # Four days after the 16th is the 20th, a holiday; on the Saturday mails may leave in São Paulo.
        assert decision == Wait(local("2026-11-21 10:00"), "ladder.minimum-gap")


def replace_gap(ladder, gap):
    return Ladder(ladder.version, ladder.steps, gap=gap)


@pytest.mark.parametrize("status", [OutreachStatus.CANCELLED, OutreachStatus.FAILED, OutreachStatus.REJECTED])
def test_what_reached_nobody_keeps_no_distance(status):
    taken = outreach(local("2026-11-16 10:00"), status)
    who = replace(one(), ladder=WIDE.version, invoices=(invoice("2026-11-10", step="D+3"),), last_outreach=taken.id)
    with on_trial(WIDE):
        assert not isinstance(decide(who, None, taken, local("2026-11-17 10:00")), Wait)


def test_verify_finds_the_gap_that_only_the_due_date_keeps():
    loose = replace_gap(WIDE, 1)
    found = verify(ours(loose), worlds(2026, loose.days), WIDE.gap).counter_example
    assert found is not None
    assert found.rule == "ladder.minimum-gap"
    assert verify(ours(WIDE), worlds(2026, WIDE.days), WIDE.gap).counter_example is None


@pytest.mark.parametrize(
    ("days", "gap", "place"), [((3, 3), 1, 1), ((3, 1), 1, 1), ((1, 3, 5, 6), 2, 3), ((-3, -1), 3, 1)]
)
def test_a_step_out_of_order_is_named_by_its_place(days, gap, place):
    with pytest.raises(StepOrderError) as wrong:
        Ladder("x", tuple(Step(f"s{n}", day, "atraso") for n, day in enumerate(days)), gap=gap)
    assert wrong.value.place == place


def test_whatever_decides_makes_another_digest():
    others = [
        replace_gap(WIDE, 3),
        Ladder(WIDE.version, WIDE.steps[:2], gap=4),
        Ladder("larga-2", WIDE.steps, gap=4),
        Ladder(WIDE.version, WIDE.steps, overdue="vencimento", gap=4),
        Ladder(WIDE.version, (replace(WIDE.steps[0], template="lembrete"), *WIDE.steps[1:]), gap=4),
    ]
    assert len({WIDE.digest, *(one.digest for one in others)}) == len(others) + 1
