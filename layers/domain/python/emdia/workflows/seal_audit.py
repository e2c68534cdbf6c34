"""seal_audit: facts as the journal's stream brings them, and those it dropped, into their logs.

The stream is fast and may lose records; the sweep reads the journal itself. A log that halts is counted, which
rings the alarm, and stops alone: its facts stay unsealed and come again with every sweep. So do those of a log
that has no key yet.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from emdia.audit.ports import LogEntry, LogName, Logs, LogSigners, UnopenedError, UnsealedFacts
from emdia.audit.sequencer import Sequencer
from emdia.errors import Halted, TryLater
from emdia.ports import Meter

LOG = logging.getLogger("emdia")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deps:
    """`entry_of` reads a fact's row (raises Halted); `hands` keeps this worker's sequencers warm."""

    logs: Logs
    signers: LogSigners
    unsealed: UnsealedFacts
    entry_of: Callable[[Row], tuple[LogName, LogEntry]]
    hands: MutableMapping[LogName, Sequencer]
    meter: Meter


def seal_written(rows: Sequence[Row], tampered: int, deps: Deps) -> None:
    """Seal facts that were just written; `tampered` counts rows that were changed or taken away.

    A fact's row is written once and leaves by expiry alone. Raises TryLater when the rows should come again.
    """
    if tampered:
        deps.meter.count("FactTampered", tampered)
        LOG.error("facts changed or deleted in the journal: %d", tampered)
    _seal(rows, deps)


def seal_unsealed(deps: Deps) -> None:
    """Seal what the stream did not bring. Raises TryLater; the next sweep goes on."""
    for page in deps.unsealed.pages():
        _seal(page, deps)


def _seal(rows: Sequence[Row], deps: Deps) -> None:
    by_log: dict[LogName, list[LogEntry]] = defaultdict(list)
    for row in rows:
        try:
            name, entry = deps.entry_of(row)
        except Halted as halted:
            # Nobody of ours wrote it: it must be seen, and must not keep true facts out of their logs.
            deps.meter.count("FactMalformed")
            LOG.error("%s", halted)  # noqa: TRY400  no trace: the row itself is the finding
            continue
        by_log[name].append(entry)
    later: list[TryLater] = []
    for name, entries in by_log.items():
        try:
            deps.meter.count("FactsSealed", _hand(name, deps).seal(entries), log=name.log.value)
        except Halted as halted:
            deps.hands.pop(name, None)
            deps.meter.count("LogHalted", log=name.log.value)
            LOG.error("%s", halted)  # noqa: TRY400  the sentence says which log and what contradicts what
        except UnopenedError:
            # The stream does not wait for a key: the sweep opens the log and brings what waits.
            deps.meter.count("LogUnopened", log=name.log.value)
            LOG.warning("log %s has no key yet: %d facts wait", deps.logs.origin(name), len(entries))
        except TryLater as error:
            later.append(error)
    if later:
        raise later[0]


def _hand(name: LogName, deps: Deps) -> Sequencer:
    if name not in deps.hands:
        logs, signer = deps.logs, deps.signers.signer(name)
        # Before anything is committed: what cannot be signed must not become a batch.
        _ = signer.public
        deps.hands[name] = Sequencer(logs.origin(name), logs.store(name), logs.head(name), signer)
    return deps.hands[name]
