"""One id through every log: a contract's pseudonym, from the ERP's event to the provider's delivery report.

It is in the inbox row, in every queue's bodies and in the reference that providers echo, so nothing has to be handed
on for it. Searching the logs for it tells what every function did for that contract, in order; `emdia trace` tells the
same from the facts. Only pseudonyms, ids and codes ever stand in such a line.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable

LOG = logging.getLogger("emdia.trail")
LOG.setLevel(logging.INFO)


def follow(what: str, steps: Iterable[tuple[str, str]]) -> None:
    """Log `what` was done: each contract once, with the ids or codes of all that was done for it."""
    by_contract: dict[str, list[str]] = defaultdict(list)
    for contract, code in steps:
        by_contract[contract].append(code)
    if by_contract:
        LOG.info("%s %s", what, " ".join(f"{one}={','.join(codes)}" for one, codes in by_contract.items()))
