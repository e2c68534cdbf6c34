"""Everything of this release in force for an operator: at once for a house, or by its people, act by act."""

from datetime import datetime

from emdia.compliance.approval import InForce, Matter, Pinned
from emdia.ports import Ledger
from emdia.workflows.approvals import Signer, Thing, act, chosen

STAGE = "test"


def signer(person: str, office: str = "staff") -> Signer:
    """A person as AWS names them, in the role of an office."""
    return Signer(f"arn:aws:sts::111122223333:assumed-role/emdia-{STAGE}-{office}/{person}", STAGE)


AUTHOR, LEGAL, ETHICS = signer("rita.autora"), signer("lia.lima", "legal"), signer("eva.souza", "ethics")


def all_things() -> list[Thing]:
    return [thing for matter in Matter for thing in chosen("all", matter, 2026)]


def everything() -> InForce:
    """What `put_in_force` leads to, for houses that are made by the hundred."""
    pins = [Pinned(one.matter, one.id, one.version, one.digest) for one in all_things()]
    return InForce(pinned=tuple(sorted(pins, key=lambda one: (one.matter, one.id, one.version))))


def put_in_force(ledger: Ledger, now: datetime, checked: str = "") -> None:
    """Submitted, approved and activated; `checked` stands for the check of each, which takes seconds for a ladder."""
    for one in all_things():
        check = (lambda: checked) if checked else one.check
        thing = Thing(one.matter, one.id, one.version, one.digest, check)
        act("submit", thing, ledger, AUTHOR, now)
        act("approve", thing, ledger, LEGAL, now)
        if one.matter is not Matter.NORMS:
            act("approve", thing, ledger, ETHICS, now)
        act("activate", thing, ledger, AUTHOR, now)
