"""Which ladder a contract is on: segments in order, in each the arms of a comparison, drawn by hash. Pure.

An arm is a published ladder, verified and approved like every other, so that no arm can be outside the law. A case is
pinned when its first invoice opens and keeps its ladder until none is open: no invoice changes its ladder on the way,
and nobody is on two at a time. The draw depends on plan, segment and contract alone: a contract always draws the same.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Final

from emdia.compliance.approval import PLAN_ID, InForce, Matter
from emdia.ladder.ladder import DEFAULT, LIGHT, NOBODY, PUBLISHED
from emdia.portfolio.case import Case
from emdia.portfolio.contract import ContractKind

WHOLE: Final = 10_000  # basis points of a segment


@dataclass(frozen=True, slots=True)
class Arm:
    """`share` basis points of a segment go to the ladder of this version."""

    name: str
    share: int
    ladder: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Contracts of these kinds, in these states, whose first open invoice is `least` to `most` centavos; empty: all."""

    name: str
    arms: tuple[Arm, ...]
    kinds: tuple[ContractKind, ...] = ()
    ufs: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None

    def has(self, case: Case) -> bool:
        """Whether `case`, which has an open invoice, belongs here."""
        amount = min(case.invoices, key=lambda one: (one.due_on, one.id)).amount
        return (
            (not self.kinds or case.kind in self.kinds)
            and (not self.ufs or case.uf in self.ufs)
            and self.least <= amount
            and (self.most is None or amount <= self.most)
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """Segments in order: the first that a case belongs to counts, and the last must have room for all.

    Raises ValueError for shares that are not the whole, an arm whose ladder is not published, names that repeat or
    cannot be told apart in a path, or a last segment with conditions.
    """

    version: str
    segments: tuple[Segment, ...]
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        told = [self.version, [asdict(one) for one in self.segments]]
        object.__setattr__(self, "digest", sha256(json.dumps(told).encode()).hexdigest())
        if not self.segments or self.segments[-1] != Segment(self.segments[-1].name, self.segments[-1].arms):
            raise ValueError("the last segment must have room for all")
        names = [one.name for one in self.segments]
        for segment in self.segments:
            arms = [arm.name for arm in segment.arms]
            if sum(arm.share for arm in segment.arms) != WHOLE or any(arm.share <= 0 for arm in segment.arms):
                raise ValueError(f"the shares of {segment.name} are not the whole")
            if len(set(arms)) < len(arms) or len(set(names)) < len(names) or any("/" in one for one in (*names, *arms)):
                raise ValueError("names repeat, or hold a slash")
            if any(arm.ladder not in PUBLISHED for arm in segment.arms):
                raise ValueError(f"{segment.name} has an arm that is no published ladder")

    @property
    def ladders(self) -> frozenset[str]:
        """Versions of all arms."""
        return frozenset(arm.ladder for segment in self.segments for arm in segment.arms)


def drawn(plan: Plan, case: Case) -> tuple[Segment, Arm]:
    """Segment and arm of a case with an open invoice."""
    segment = next(one for one in plan.segments if one.has(case))
    seed = f"{plan.version}|{segment.name}|{case.contract}".encode()
    point = int.from_bytes(sha256(seed).digest()[:8]) % WHOLE
    for arm in segment.arms:
        point -= arm.share
        if point < 0:
            return segment, arm
    raise ValueError("shares are not the whole")  # unreachable: a plan checks them


def pinned(case: Case, plan: Plan | None) -> Case:
    """`case`, whose first invoice has just opened, on the ladder that the plan draws; without one, on the default."""
    if plan is None:
        return replace(case, ladder=DEFAULT.version, arm="")
    segment, arm = drawn(plan, case)
    return replace(case, ladder=arm.ladder, arm=f"{plan.version}/{segment.name}/{arm.name}")


def plan_in_force(force: InForce) -> Plan | None:
    """The plan that the operator has approved, if this release has it as it was approved."""
    pin = force.version(Matter.LADDER, PLAN_ID)
    plan = PLANS.get(pin.version) if pin is not None else None
    return plan if plan is not None and pin is not None and plan.digest == pin.digest else None


# One in ten is written to less, one in fifty not at all, to learn what writing changes. Nobody is drawn before a plan
# is in force: all are on the default ladder then.
COMPARED = Plan(
    "plano-comparado-1",
    (
        Segment(
            "todos",
            (
                Arm("A", 8_800, DEFAULT.version),
                Arm("B", 1_000, LIGHT.version),
                Arm("controle", 200, NOBODY.version),
            ),
        ),
    ),
)
PLANS = {COMPARED.version: COMPARED}
