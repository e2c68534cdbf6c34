"""cosign_audit: every five minutes the witness looks at each log of the other account and signs what goes on.

What does not go on rings first and is locked away then: the alarm may not depend on a second service. A log that is
refused stops alone. Refusals ring at each run, until the log shows again what was cosigned, and more.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from emdia.audit.ports import LogSigner
from emdia.audit.retention import locked_until
from emdia.audit.witness import AuditedLogs, Looked, Witness, WitnessBook, log_of
from emdia.errors import Halted, TryLater
from emdia.ports import Clock, Meter

LOG = logging.getLogger("emdia")
_STRANGE = "name"  # the reason told of a log whose name names no operator, class and year


@dataclass(frozen=True, slots=True)
class Deps:
    """`name` is the witness's.

    `trusted` answers the public keys that each log may sign with, by its origin (raises TryLater, Halted).
    """

    logs: AuditedLogs
    book: WitnessBook
    trusted: Callable[[], Mapping[str, Sequence[bytes]]]
    signer: LogSigner
    name: str
    clock: Clock
    meter: Meter


def cosign_audit(deps: Deps) -> None:
    """Look at every log there is, and at every log there was.

    Raises TryLater when a log could not be looked at; the next run looks again. Raises Halted without trusted keys.
    """
    trusted, shown = deps.trusted(), deps.logs.origins()
    later: list[TryLater] = []
    signed = 0
    for origin in (*shown, *_hidden(shown, deps)):
        try:
            signed += _look(origin, trusted, deps)
        except TryLater as error:
            later.append(error)
        except Halted as halted:
            deps.meter.count("WitnessHalted")
            LOG.error("%s", halted)  # noqa: TRY400  the sentence says what does not hold
    deps.meter.count("CheckpointsCosigned", signed)
    if later:
        raise later[0]
    # The alarm listens for this one's silence: a witness that does not look sees nothing.
    deps.meter.count("LogsWitnessed", len(shown))


def _hidden(shown: Sequence[str], deps: Deps) -> list[str]:
    """Logs that were cosigned, are not shown any more, and whose retention has not run out."""
    now = deps.clock.now()
    return [origin for origin in deps.book.origins(besides=shown) if locked_until(log_of(origin), now, None) > now]


def _look(origin: str, trusted: Mapping[str, Sequence[bytes]], deps: Deps) -> int:
    """How many checkpoints were cosigned: one or none."""
    try:
        own = deps.book.store(origin)
    except ValueError:
        _ring(origin, _STRANGE, deps)
        return 0
    if not trusted.get(origin):
        # A log that was just opened: nothing it says is wrong, and nothing is signed before its key was compared.
        deps.meter.count("LogKeyUnknown")
        LOG.error("log %s: nobody told the witness its key", origin)
        return 0
    read = partial(deps.logs.read, origin)
    witness = Witness(origin, read, own, trusted[origin], deps.name, deps.signer, deps.clock)
    looked: Looked = witness.look()
    if looked.refused is not None:
        _ring(origin, looked.refused, deps)
        witness.keep(looked.shown)
    return int(looked.fresh)


def _ring(origin: str, reason: str, deps: Deps) -> None:
    deps.meter.count("CheckpointRefused", reason=reason)
    LOG.error("log %s: checkpoint not cosigned: %s", origin, reason)
