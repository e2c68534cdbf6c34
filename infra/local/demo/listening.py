"""The ERP of one operator listens: where it is told by the product, and whether it was told all, in order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from infra.local.cloud import Cloud
from infra.local.demo.laptop import Laptop
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.register import emdia
from infra.local.sandbox.erp_desk import PREFIX, ErpDesk, Heard
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.server import Sandbox

LISTENER = HOUSES[1]  # the smaller one: every event is a call, and this machine has two cores
HELD_SECONDS = 1.0
RETRY_LOOKS = 50  # looks at an ERP that has not heard all before time moves on


@dataclass(frozen=True, slots=True)
class Listened:
    """`events` that the product had to tell and `heard` of them; `calls` with all repeats.

    `failed`: calls that the ERP let fail; `disorder`: contracts of which something came out of its order or not at all,
    each with the numbers as they came.
    """

    events: int
    heard: int
    calls: int
    failed: int
    disorder: tuple[str, ...]


def listen(cloud: Cloud, sandbox: Sandbox) -> None:
    """Register the ERP's address as the operator's staff does. Raises CommandFailedError."""
    url = f"{sandbox.url}{PREFIX}{LISTENER.ans}"
    answer = emdia(cloud, "webhook", "set", "--operator", LISTENER.ans, "--url", url)
    sandbox.erp.trust(LISTENER.ans, answer.split()[-1])


def spoil(erp: ErpDesk, times: int) -> None:
    """So many of the next calls fail: with 500 before or after the event was kept, or with a line that hangs."""
    erp.faults.clear()
    erp.faults.add(Fault("error", times))
    erp.faults.add(Fault("error", times, landed=True))
    erp.faults.add(Fault("silence", seconds=HELD_SECONDS))


def judge_told(erp: ErpDesk, events: int) -> Listened:
    """Whether the `events` of the journal were told: each at least once, and each contract's in order without a gap."""
    calls = erp.heard()
    disorder = tuple(
        f"{contract or 'of no contract'} {sequence}"
        for (_, contract), sequence in _sequences(calls).items()
        if sequence != list(range(1, len(sequence) + 1))
    )
    return Listened(events, told(erp), len(calls), erp.failed, disorder)


def _sequences(calls: Sequence[Heard]) -> dict[tuple[str, str], list[int]]:
    """Numbers of each contract in the order in which they first came."""
    seen: set[str] = set()
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in calls:
        if one.event["id"] not in seen:
            seen.add(one.event["id"])
            found[one.place].append(one.event["sequence"])
    return found


def told(erp: ErpDesk) -> int:
    """Events that the ERP has, each once."""
    return len({one.event["id"] for one in erp.heard()})


def hear_out(laptop: Laptop) -> None:
    """Wait until the ERP that listens has heard all there is. Raises StuckError."""
    wanted, looks = laptop.for_erp(LISTENER.ans), count(1)

    def heard() -> bool:
        if told(laptop.sandbox.erp) >= wanted:
            return True
        if not next(looks) % RETRY_LOOKS:
            # A call that failed is made again when its time has come, and time stands.
            laptop.set_now(laptop.now + timedelta(minutes=15))
            laptop.run_scheduled(nightly=False)
        return False

    laptop.wait("the ERP hears the rest", heard)
    laptop.drain("the ERP hears the rest")
