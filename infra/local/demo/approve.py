"""What an operator's people do before anybody is written to: legal and the ethics committee approve, on this machine.

Run by itself (`python -m infra.local.demo.approve STAGE ANS ...`), with the settings of a terminal that speaks to the
embedded AWS: an author and two roles with the names that count, each a person of its own to STS.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from emdia import wiring
from emdia.aws.clients import client
from emdia.compliance.approval import Matter
from emdia.ports import Ledger
from emdia.workflows.approvals import ALL, Signer, Thing, act, chosen
from infra.local.ministack import ACCOUNT

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    ],
}


def main(arguments: Sequence[str]) -> None:
    """Everything of this release comes into force for each operator named."""
    stage, *operators = arguments
    house = wiring.command_line(stage)
    now = house.clock.now()
    author = Signer(str(client("sts").get_caller_identity()["Arn"]), stage)
    legal, ethics = _person(stage, "legal", "lia.lima"), _person(stage, "ethics", "eva.souza")
    for matter in Matter:
        for thing in chosen(ALL, matter, now.year):
            # Verified once, though every operator asks for it: it takes seconds.
            checked = replace(thing, check=cache(thing.check))
            for ans in operators:
                _approve(checked, house.ledgers.of(ans), (author, legal, ethics), now)


def _approve(thing: Thing, ledger: Ledger, people: tuple[Signer, Signer, Signer], now: datetime) -> None:
    author, legal, ethics = people
    act("submit", thing, ledger, author, now)
    act("approve", thing, ledger, legal, now)
    if thing.matter is not Matter.NORMS:
        act("approve", thing, ledger, ethics, now)
    act("activate", thing, ledger, author, now)


def _person(stage: str, office: str, name: str) -> Signer:
    """A person in the role of an office, as STS names them."""
    role = client("iam").create_role(RoleName=f"emdia-{stage}-{office}", AssumeRolePolicyDocument=json.dumps(_TRUST))[
        "Role"
    ]["Arn"]
    taken = client("sts").assume_role(RoleArn=role, RoleSessionName=name)
    return Signer(str(taken["AssumedRoleUser"]["Arn"]), stage)


if __name__ == "__main__":
    main(sys.argv[1:])
