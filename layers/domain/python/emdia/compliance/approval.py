"""How words, ladders and norms come into force: submitted, approved by legal and the ethics committee, activated.

```
draft --legal--> legal --ethics committee--> ethics --> active --> retired
  +---------------- refused, by whoever's turn it is
```
Norms need legal alone (draft, legal, active). Nobody acts on one version in two parts: whoever wrote it approves
nothing, and the two yeses are two people's. What is approved is a digest, so that a changed file is another thing. One
item per operator says what is in force: it is read with the operator's profile, in the same request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from emdia.errors import Rejected
from emdia.people.offices import Office
from emdia.state import Ref, State, approval_ref, in_force_ref


class Matter(StrEnum):
    """What is approved: texts, ladders (with the plan that assigns them), editions of the norms table."""

    WORDS = "words"
    LADDER = "ladder"
    NORMS = "norms"


class Standing(StrEnum):
    """See the module's picture."""

    DRAFT = "draft"
    LEGAL = "legal"
    ETHICS = "ethics"
    ACTIVE = "active"
    RETIRED = "retired"
    REFUSED = "refused"


ROAD: Mapping[Matter, tuple[Office, ...]] = {
    Matter.WORDS: (Office.LEGAL, Office.ETHICS),
    Matter.LADDER: (Office.LEGAL, Office.ETHICS),
    Matter.NORMS: (Office.LEGAL,),
}
# A ladder goes on for the invoices pinned to it after a newer one is active: it is retired by a person, never by a
# successor. Of everything else one version is in force.
LADDER_ID = "regua"
PLAN_ID = "plano"
NORMS_ID = "normas"


@dataclass(frozen=True, slots=True)
class Yes:
    """One approval, at a UTC instant."""

    office: Office
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(State):
    """One version of one thing on its way.

    `evidence` tells what was checked of exactly this digest when it was submitted.
    """

    matter: Matter
    id: str  # "atraso/email", "regua", "plano", "normas"
    version: str
    digest: str  # hex SHA-256
    author: str
    at: datetime
    evidence: str
    yes: tuple[Yes, ...] = ()
    standing: Standing = Standing.DRAFT

    @property
    def ref(self) -> Ref:
        """See State."""
        return approval_ref(self.matter, self.id, self.version)

    @property
    def turn(self) -> Office | None:
        """Whose yes is missing next; None when none is."""
        missing = ROAD[self.matter][len(self.yes) :]
        waits = self.standing in (Standing.DRAFT, Standing.LEGAL, Standing.ETHICS)
        return missing[0] if missing and waits else None


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version in force."""

    matter: Matter
    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce(State):
    """All that an operator has approved and activated; nothing on a fresh installation."""

    pinned: tuple[Pinned, ...] = ()

    @property
    def ref(self) -> Ref:
        """See State."""
        return in_force_ref()

    def version(self, matter: Matter, id: str) -> Pinned | None:  # noqa: A002  as Approval calls it
        """What is in force of a thing that has one version in force."""
        return next((one for one in self.pinned if (one.matter, one.id) == (matter, id)), None)

    def holds(self, matter: Matter, id: str, version: str, digest: str) -> bool:  # noqa: A002
        """Whether exactly this is in force."""
        return Pinned(matter, id, version, digest) in self.pinned


def in_force(states: Mapping[Ref, State]) -> InForce:
    """What the operator has in force, among the `states` read."""
    held = states.get(in_force_ref())
    return held if isinstance(held, InForce) else InForce()


def submit(asked: Approval, held: Approval | None) -> Approval:
    """A version begins its way; one that was refused may begin again. Raises Rejected `approval-version-taken`."""
    if held is None:
        return asked
    if held.standing is Standing.REFUSED or (held.standing is Standing.RETIRED and held.digest == asked.digest):
        return replace(asked, v=held.v, last=held.last)
    raise Rejected("approval-version-taken")


def approve(held: Approval, office: Office | None, actor: str, at: datetime) -> Approval:
    """The yes of whose turn it is.

    Raises Rejected: `approval-not-pending`; `approval-office` (another office's turn); `approval-own` (wrote it, or
    said yes before).
    """
    office = _their_turn(held, office)
    if actor in {held.author, *(one.actor for one in held.yes)}:
        raise Rejected("approval-own")
    standing = Standing.LEGAL if office is Office.LEGAL else Standing.ETHICS
    return replace(held, yes=(*held.yes, Yes(office, actor, at)), standing=standing)


def refuse(held: Approval, office: Office | None) -> Approval:
    """The no of whose turn it is. Raises Rejected as `approve` does, but anybody of the office may say no."""
    _their_turn(held, office)
    return replace(held, standing=Standing.REFUSED)


def _their_turn(held: Approval, office: Office | None) -> Office:
    if held.turn is None:
        raise Rejected("approval-not-pending")
    if office is not held.turn:
        raise Rejected("approval-office", office=held.turn)
    return held.turn


def activate(held: Approval, force: InForce, digest: str) -> tuple[Approval, InForce, Pinned | None]:
    """In force from now on; third, what it takes the place of.

    `digest` is that of the thing as this release has it. Raises Rejected: `approval-incomplete`, `approval-digest` (the
    thing changed since it was approved), `approval-evidence` (a ladder that `verify` has not passed).
    """
    if held.turn is not None or held.standing not in (Standing.LEGAL, Standing.ETHICS):
        raise Rejected("approval-incomplete")
    if digest != held.digest:
        raise Rejected("approval-digest")
    if held.matter is not Matter.NORMS and not held.evidence:
        raise Rejected("approval-evidence")
    before = None if held.id == LADDER_ID else force.version(held.matter, held.id)
    kept = tuple(one for one in force.pinned if one != before)
    pin = Pinned(held.matter, held.id, held.version, held.digest)
    pinned = tuple(sorted((*kept, pin), key=lambda one: (one.matter, one.id, one.version)))
    return replace(held, standing=Standing.ACTIVE), replace(force, pinned=pinned), before


def retire(held: Approval, force: InForce, office: Office | None) -> tuple[Approval, InForce]:
    """Out of force, by either office: what is pinned to it waits.

    Raises Rejected `approval-not-active`, `approval-office`.
    """
    if held.standing is not Standing.ACTIVE:
        raise Rejected("approval-not-active")
    if office is None:
        raise Rejected("approval-office", office=Office.LEGAL)
    pin = Pinned(held.matter, held.id, held.version, held.digest)
    return replace(held, standing=Standing.RETIRED), replace(force, pinned=tuple(p for p in force.pinned if p != pin))
