"""Whose word counts at an operator, and how AWS tells who speaks: by the name of the role somebody has taken."""

import re
from enum import StrEnum

# IAM roles by name, and the same as IAM Identity Center spells the role of a permission set.
_ROLE = re.compile(
    r"arn:[\w-]+:sts::\d+:assumed-role/(?:AWSReservedSSO_)?emdia-(\w+)-(dpo|legal|ethics)(?:_\w+)?/[^/]+"
)


class Office(StrEnum):
    """The data protection officer (encarregado), legal, the ethics committee."""

    DPO = "dpo"
    LEGAL = "legal"
    ETHICS = "ethics"


def office_of(arn: str, stage: str) -> Office | None:
    """The office in which an AWS caller acts at `stage`; None for everybody else.

    >>> office_of("arn:aws:sts::111122223333:assumed-role/emdia-prod-legal/ana.lima", "prod").value
    'legal'
    """
    found = _ROLE.fullmatch(arn)
    return Office(found[2]) if found and found[1] == stage else None


def person_behind(arn: str) -> str:
    """Who stands behind a caller's ARN: the session's name, the same whatever role is taken.

    >>> person_behind("arn:aws:sts::111122223333:assumed-role/emdia-prod-dpo/maria.silva")
    'maria.silva'
    """
    return arn.rpartition(":")[2].rpartition("/")[2]
