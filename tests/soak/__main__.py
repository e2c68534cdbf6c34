# ruff: noqa: T201  a command prints
"""`make soak SEED= DAYS=`: many days with faults at random, one seed one life; ends with what must be zero."""

import argparse
import logging
import os
import sys
import time

from tests.soak.judge import Findings, findings
from tests.soak.life import CONTRACTS, Life, lived

ZEROES = {
    "double": "messages, steps or numbers twice",
    "claimed_after_payment": "claimed after the payment was recorded",
    "lost": "payments, facts or events lost",
    "stuck": "left waiting, parked or unsealed",
    "unlawful": "outside hours and caps",
    "unproved": "changes without their fact",
}


def main() -> int:
    """Exit code 1 when anything that must be zero is not."""
    asked = argparse.ArgumentParser(prog="make soak")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--days", type=int, default=500)
    asked.add_argument("--contracts", type=int, default=CONTRACTS)
    given = asked.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of names are walked in the order of their hashes: without this a seed is another life in each process.
        os.execve(  # noqa: S606  ourselves again
            sys.executable, [sys.executable, "-m", "tests.soak", *sys.argv[1:]], os.environ | {"PYTHONHASHSEED": "0"}
        )
    logging.disable(logging.CRITICAL)  # what is tried again is told by the thousand
    print(f"soak: seed {given.seed}, {given.days} days, {given.contracts} contracts")
    started = time.monotonic()
    for day, life in enumerate(lived(given.seed, given.days, given.contracts), start=1):
        if day % 25 == 0 or day > given.days:
            told(min(day, given.days), life, time.monotonic() - started)
    found = findings(life.world)
    table(life, found)
    return 1 if found.all() else 0


def told(day: int, life: Life, seconds: float) -> None:
    """One line of progress."""
    world = life.world
    blown = sum(world.faults.blown.values())
    print(
        f"  day {day:>5}  messages {len(world.arrivals):>6,}  facts {len(world.watcher.stream):>7,}"
        f"  faults {blown:>6,}  broken {len(world.watcher.broken)}  {seconds:>5.0f} s",
        flush=True,
    )


def table(life: Life, found: Findings) -> None:
    """What the storm was, and what came of it."""
    world = life.world
    print("\nfaults: " + ", ".join(f"{kind} {count:,}" for kind, count in sorted(world.faults.blown.items())))
    dead = sum(world.dead.values())
    print(f"calls {world.faults.total:,}; messages given up by a queue, for the sweep to find: {dead}")
    print(
        f"paid {len(world.paid):,}; told to the ERP {len(set(world.erp.heard)):,} in {len(world.erp.heard):,} calls\n"
    )
    for promise, words in ZEROES.items():
        sentences = getattr(found, promise)
        print(f"{len(sentences):>6}  {promise.replace('_', ' '):<22} {words}")
        for sentence in sentences[:10]:
            print(f"          {sentence}")


if __name__ == "__main__":
    sys.exit(main())
