"""Whether a case may be written to under what people have approved: its ladder, and the norms."""

from emdia.compliance.approval import LADDER_ID, NORMS_ID, InForce, Matter
from emdia.compliance.norms import edition
from emdia.compliance.rules import APPROVAL_LADDER, APPROVAL_NORMS
from emdia.ladder.situation import ladder_of
from emdia.portfolio.case import Case


def unapproved(case: Case, force: InForce) -> str:
    """The rule by which nobody is written to under a ladder or norms that are not in force; "" when both are.

    Raises Rejected `ladder-unknown`.
    """
    ladder = ladder_of(case)
    if not force.holds(Matter.LADDER, LADDER_ID, ladder.version, ladder.digest):
        return APPROVAL_LADDER
    return "" if force.holds(Matter.NORMS, NORMS_ID, edition(), edition()) else APPROVAL_NORMS
