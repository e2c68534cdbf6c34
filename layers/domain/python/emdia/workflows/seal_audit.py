"""seal_audit: facts as the journal's stream brings them, and those it dropped, into their logs.

The stream is fast and may lose records; the sweep reads the journal itself. A log that halts is counted, which
rings the alarm, and stops alone: its facts stay unsealed and come again with every sweep. So do those of a log
that has no key yet.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emdia.audit.ports import LogEntry, LogName, Logs, LogSigners, UnopenedError, UnsealedFacts
from emdia.audit.sequencer import Sequencer
from emdia.audit.shards import Hand, sealed_before
from emdia.errors import Halted, TryLater
from emdia.facts import CONTINUED
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
    hands: MutableMapping[LogName, Hand]
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
    # Another worker's name for a log may be old: it goes on elsewhere since somebody continued it.
    deps.hands.clear()
    waits = [_seal(page, deps) for page in deps.unsealed.pages()]
    if any(waits):
        # The first entry of a log that goes on may have come with a later page than what waited for it.
        for page in deps.unsealed.pages():
            _seal(page, deps)


def _seal(rows: Sequence[Row], deps: Deps) -> bool:
    """Whether facts wait for their log to be opened."""
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
    waits = False
    for name, entries in by_log.items():
        try:
            deps.meter.count("FactsSealed", _sealed(name, entries, deps), log=name.log.value)
        except Halted as halted:
            deps.hands.pop(name, None)
            deps.meter.count("LogHalted", log=name.log.value)
            LOG.error("%s", halted)  # noqa: TRY400  the sentence says which log and what contradicts what
        except UnopenedError:
            # The stream does not wait for a key: the sweep opens the log and brings what waits.
            deps.meter.count("LogUnopened", log=name.log.value)
            LOG.warning("log %s has no key yet: %d facts wait", deps.logs.origin(name), len(entries))
            waits = True
        except TryLater as error:
            later.append(error)
    if later:
        raise later[0]
    return waits


def _sealed(name: LogName, entries: Sequence[LogEntry], deps: Deps) -> int:
    hand = _hand(name, deps)
    if hand.name.shard == 1:
        return hand.sequencer.seal(entries)
    logs, before = deps.logs, frozenset[str]()
    for shard in range(1, hand.name.shard):
        earlier = replace(name, shard=shard)
        before |= sealed_before(entries, logs.store(earlier), logs.head(earlier))
    left = [entry for entry in entries if entry.id not in before]
    if logs.head(hand.name).read() is not None:
        return hand.sequencer.seal(left)
    # Its first entry is what it continues: until that comes, everything else waits.
    first = [entry for entry in left if json.loads(entry.leaf)["kind"].startswith(CONTINUED)]
    if not first:
        raise UnopenedError(f"log {logs.origin(hand.name)}: its first entry has not come")
    return hand.sequencer.seal(first) + hand.sequencer.seal(left)


def _hand(name: LogName, deps: Deps) -> Hand:
    if name not in deps.hands:
        newest = deps.signers.newest(name)
        logs, signer = deps.logs, deps.signers.signer(newest)
        # Before anything is committed: what cannot be signed must not become a batch.
        _ = signer.public
        made = Sequencer(logs.origin(newest), logs.store(newest), logs.head(newest), signer)
        deps.hands[name] = Hand(newest, made)
    return deps.hands[name]
