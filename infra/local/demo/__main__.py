"""`python -m infra.local.demo --contracts 2000 --days 45 --hold 1`: see `make demo`."""

import argparse
import signal
import sys
from types import FrameType

from infra.local.assembly import SynthFailedError
from infra.local.demo.run import FAILURES, Wanted, demo
from infra.local.deploy import DeployFailedError
from infra.local.ministack import NotStartedError
from infra.local.settle import NotSettledError

_TOLD = (*FAILURES, DeployFailedError, NotSettledError, NotStartedError, SynthFailedError)


def main() -> int:
    """Exit code: 0 all is well, 1 something is not and was named, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="make demo", description="Em Dia on this machine")
    parser.add_argument("--contracts", type=int, default=2000)
    parser.add_argument("--days", type=int, default=45)
    parser.add_argument("--hold", type=int, choices=(0, 1), default=1, help="1: stay up at the end, until Ctrl-C")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    if given.contracts < 1 or given.days < 1:
        parser.error("a demo has at least one contract and one day")
    # Set even where it is ignored, as for a job that a shell started in the background.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupt)
    try:
        return demo(Wanted(given.contracts, given.days, given.seed, hold=bool(given.hold)))
    except KeyboardInterrupt:
        print("\ninterrupted; nothing is left running")
        return 130
    except _TOLD as failure:
        print(f"\nthe demo failed: {type(failure).__name__}: {failure}", file=sys.stderr)
        return 1


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    # Once is enough: a second one must not stop what is ending everything.
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    print("\nending the embedded AWS; a few seconds", file=sys.stderr, flush=True)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
