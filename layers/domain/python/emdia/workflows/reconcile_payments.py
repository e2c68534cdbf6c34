"""Once a day the bank is asked what it has received: what its calls lost is found, and what went back later."""

from dataclasses import dataclass
from datetime import timedelta

from emdia.errors import Rejected, TryLater
from emdia.payments.ports import Banks, BankSecrets
from emdia.ports import Clock, Ledgers, Meter, Pseudonyms
from emdia.workflows.entering import Till, enter_payments

LOOK_BACK = timedelta(days=3)  # two nights may fail without a loss
RETURNS = timedelta(days=90)  # how long a Pix can still be sent back


@dataclass(frozen=True, slots=True)
class Deps:
    """What reconciling needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    secrets: BankSecrets
    banks: Banks
    clock: Clock
    meter: Meter


def reconcile_payments(deps: Deps) -> int:
    """How many Pix the bank's calls had not told. One operator's trouble holds up no other.

    Raises TryLater when some bank could not be asked to the end: the next run asks for the same days again.
    """
    found, failed = 0, 0
    for ans in sorted(deps.secrets.banked()):
        try:
            found += _reconcile(ans, deps)
        except (Rejected, TryLater) as trouble:
            failed += 1
            code = trouble.code if isinstance(trouble, Rejected) else "try-later"
            deps.meter.count("ReconcileFailed", reason=code)
    deps.meter.count("PixFound", found)
    if failed:
        raise TryLater(f"{failed} banks could not be asked")
    return found


def _reconcile(ans: str, deps: Deps) -> int:
    access, bank = deps.secrets.bank(ans), deps.banks.of(ans)
    if access is None or bank is None:
        return 0
    till = Till(deps.ledgers, deps.pseudonyms, deps.clock, deps.meter)
    now, found = deps.clock.now(), 0
    for page in bank.received(now - LOOK_BACK, now):
        found += enter_payments(ans, page, access.key, till)
    for page in bank.received(now - RETURNS, now, returned_only=True):
        found += enter_payments(ans, page, access.key, till)
    return found
