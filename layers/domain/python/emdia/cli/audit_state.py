"""`emdia audit state`: every item of an operator's ledger, however old, held to the sealed logs."""

import argparse
from collections.abc import Iterator
from itertools import chain
from typing import Any

from emdia.audit.standing import leaves_of, unsaid
from emdia.aws.clients import client
from emdia.aws.log_reader import S3LogReader, logs_below
from emdia.aws.standing import items_of, recent_leaves
from emdia.cli.audit_log import NotProvedError
from emdia.identity import parse_ans

_WRONG = {
    "holds what was not written": "guarda o que nenhum fato escreveu",
    "was written by no fact": "nenhum fato o deixou assim",
    "was ended by a fact": "é um estado a que um fato posterior já pôs fim",
}


def add_parser(actions: Any) -> None:
    """What can be asked."""
    state = actions.add_parser("state", help="confere cada item do razão com os registros selados, por antigo que seja")
    state.add_argument("--operator", required=True, help="registro na ANS da operadora")
    state.set_defaults(run=_state)


def _state(asked: argparse.Namespace) -> str:
    ans = parse_ans(asked.operator, "/operator")
    stack = client("cloudformation").describe_stacks(StackName=f"EmDia-{asked.stage}-State")["Stacks"][0]
    outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in stack["Outputs"]}
    dynamodb, s3, bucket = client("dynamodb"), client("s3"), outputs["AuditBucket"]
    origins = logs_below(s3, bucket, f"auditoria.emdia-{asked.stage}/{ans}/", 2)
    if not origins:
        raise NotProvedError(f"{ans}: não há registro selado desta operadora neste estágio")

    def leaves() -> Iterator[bytes]:
        logs = (leaves_of(S3LogReader(s3, bucket, origin), origin) for origin in origins)
        # Facts that are not sealed yet come last: by then those that were sealed meanwhile are among them.
        return chain(chain.from_iterable(logs), recent_leaves(dynamodb, f"emdia-{asked.stage}-journal", ans))

    found = list(unsaid(lambda: items_of(dynamodb, outputs["LedgerTable"], ans), leaves))
    if found:
        raise NotProvedError("\n".join(f"{one.partition} {one.sort}: {_WRONG[one.wrong]}" for one in found))
    return f"{ans}: cada item está como um fato o deixou, em {len(origins)} registros (confira-os com fsck)."
