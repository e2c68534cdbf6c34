"""`emdia audit watch`: follows a log, believing nothing it is told without proof."""

import argparse
import time
from collections.abc import Callable, Iterator

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.prove import Prover
from emdia.cli.audit_log import Log, NotProvedError, open_log, trusted_of
from emdia.clock import UtcClock, instant
from emdia.errors import TryLater
from emdia.ports import Clock


def watch(asked: argparse.Namespace) -> str:
    """Lines as they come, until Ctrl-C."""
    log = open_log(asked)
    try:
        for line in followed(log, trusted_of(asked.since, log), UtcClock(), lambda: time.sleep(asked.every)):
            print(line, flush=True)
    except KeyboardInterrupt:
        pass  # how a person ends it
    return "Fim."


def followed(log: Log, known: Checkpoint | None, clock: Clock, wait: Callable[[], object]) -> Iterator[str]:
    """One line for every checkpoint that is new: signed by the log and proved to continue the one before.

    Never ends by itself. Raises NotProvedError for a log that shrank or forked, Halted for one that contradicts
    itself; a failure of the network is told and waited out.
    """
    silent = False
    while True:
        try:
            prover = Prover(log.reader, log.verifier)
            if prover.begun is None:
                line, silent = "" if silent else f"{log.origin}: ainda sem eventos", True
            else:
                line = _step(log, prover, known)
                known = prover.checkpoint
        except TryLater:
            line = "sem resposta; tento de novo"
        if line:
            yield f"{instant(clock.now())} {line}"
        wait()


def _step(log: Log, prover: Prover, known: Checkpoint | None) -> str:
    """What is new since `known`; "" when nothing is."""
    now = prover.checkpoint
    if known is None:
        return f"{log.origin}: {now.size} eventos, raiz {now.root.hex()}"
    if now.size < known.size:
        raise NotProvedError(f"{log.origin}: encolheu de {known.size} para {now.size} eventos")
    if now.size == known.size:
        if now.root != known.root:
            raise NotProvedError(f"{log.origin}: outra história com os mesmos {now.size} eventos")
        return ""
    prover.grown_from(known)
    return f"{log.origin}: {now.size} eventos (mais {now.size - known.size}), raiz {now.root.hex()}, consistente"
