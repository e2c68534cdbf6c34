"""stamp_audit: once a day each log's cosigned checkpoint gets a time stamp of an authority that nobody here runs.

It runs every hour, so that an authority that was down costs hours and not the day. A log that has not grown since its
last stamp needs none: stamps cost money, and the last one still holds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emdia.audit.ports import LogStore
from emdia.audit.stamp import ROOTS, TOKEN, StampAuthority, StampRefusedError, stamped_bytes
from emdia.audit.tiles import CHECKPOINT
from emdia.audit.witness import WitnessBook
from emdia.errors import Halted, TryLater
from emdia.ports import Clock, Meter

LOG = logging.getLogger("emdia")


@dataclass(frozen=True, slots=True)
class Deps:
    """`authority` is who stamps, None while none is configured (raises TryLater, Halted)."""

    book: WitnessBook
    authority: Callable[[], StampAuthority | None]
    clock: Clock
    meter: Meter


def stamp_audit(deps: Deps) -> None:
    """Stamp every log that has grown and has no stamp of this UTC day.

    Raises TryLater when the authority or a store did not answer; the next hour's run goes on.
    """
    authority = deps.authority()
    if authority is None:
        deps.meter.count("StampUnconfigured")
        return
    later: list[TryLater] = []
    stamped = refused = 0
    for origin in deps.book.origins():
        try:
            stamped += _stamp(deps.book.store(origin), deps.book.stamps(origin), authority, deps)
        except TryLater as error:
            later.append(error)
        except Halted as halted:
            refused += 1
            deps.meter.count("WitnessHalted")
            LOG.error("log %s: %s", origin, halted)  # noqa: TRY400  the sentence says what is missing
        except StampRefusedError as error:
            refused += 1
            deps.meter.count("StampRefused")
            LOG.error("log %s: %s", origin, error)  # noqa: TRY400  the sentence says what the answer lacks
    deps.meter.count("CheckpointsStamped", stamped)
    if later:
        raise later[0]
    if not refused:
        deps.meter.count("StampsCurrent")


def _stamp(store: LogStore, kept: Sequence[str], authority: StampAuthority, deps: Deps) -> int:
    """One when a stamp was added. What is stamped is written first, the token last: it makes the stamp."""
    day = deps.clock.now().date().isoformat()
    done = sorted(path.split("/")[1] for path in kept if path.endswith(f"/{TOKEN}"))
    if day in done:
        return 0
    note = _note(store, CHECKPOINT)
    if done and _note(store, f"stamped/{done[-1]}/{CHECKPOINT}") == note:
        return 0
    place = f"stamped/{day}"
    if not store.create(f"{place}/{CHECKPOINT}", note):
        # A run of today died, or runs beside us: what it wrote down is what gets stamped.
        note = _note(store, f"{place}/{CHECKPOINT}")
    stamp = authority.stamp(stamped_bytes(note))
    store.create(f"{place}/{ROOTS}", stamp.roots)
    return int(bool(store.create(f"{place}/{TOKEN}", stamp.token)))


def _note(store: LogStore, path: str) -> bytes:
    stored = store.get(path)
    if stored is None:
        raise Halted(f"witness: {path} was kept and is missing")
    return stored.body
