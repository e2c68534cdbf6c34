"""watch_log: what must hold of state, journal and sealed logs is looked at from outside of what makes it hold.

Every quarter of an hour a fact is written for no other reason than to be sealed by the next; every night the items of
the ledger are held to their facts, facts to being sealed, and the logs' objects to having one version each. Nothing is
mended here: what does not hold is counted, which rings the alarm, and named in the log.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from emdia.audit.ports import Canary, LogVersions, StateCheck, UnsealedFacts
from emdia.ports import Clock, Meter

LOG = logging.getLogger("emdia")
EVERY = timedelta(minutes=15)
WITHHELD = timedelta(days=2)  # two nightly sweeps: whatever the stream lost is sealed by then


@dataclass(frozen=True, slots=True)
class Deps:
    """What watching needs."""

    canary: Canary
    state: StateCheck
    versions: LogVersions
    unsealed: UnsealedFacts
    clock: Clock
    meter: Meter


def probe(deps: Deps) -> None:
    """Ask for the last quarter's canary, then write this one's. Raises TryLater."""
    now = _quarter(deps.clock.now())
    heard = deps.canary.heard(now - EVERY)
    if heard:
        deps.meter.count("CanarySealed")
    elif heard is False:
        deps.meter.count("CanaryLate")
        LOG.error("the canary of %s is not sealed", now - EVERY)
    deps.canary.sing(now)


def hold_to_facts(deps: Deps) -> int:
    """Count and name every item that is not as its newest fact left it; how many. Raises TryLater."""
    found = 0
    for one in deps.state.differences():
        found += 1
        deps.meter.count("StateTampered")
        LOG.error("item %s %s %s: no fact says so", one.partition, one.sort, one.wrong)
    return found


def look_for_versions(deps: Deps) -> int:
    """Count and name every object of a log that was written again or deleted; how many. Raises TryLater."""
    found = 0
    for path in deps.versions.rewritten():
        found += 1
        deps.meter.count("ObjectRewritten")
        LOG.error("object %s was written again or deleted", path)
    return found


def look_for_withheld(deps: Deps) -> int:
    """Count and name every fact that no log has taken though all should have been sealed; how many. Raises TryLater."""
    found = 0
    for name in deps.unsealed.older(deps.clock.now() - WITHHELD):
        found += 1
        deps.meter.count("FactWithheld")
        LOG.error("fact %s is not sealed", name)
    return found


def _quarter(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
