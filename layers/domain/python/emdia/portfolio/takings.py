"""What came in, from the entries of every invoice, and whether the books agree with themselves. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from emdia.payments.payment import Payment, PaymentStatus
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.received import Flag, MoneyFlag, balance_of, by_erp_alone
from emdia.state import State

Resting = Callable[[str], tuple[date, ...]]
_PAYERS = frozenset({Flag.OVER, Flag.DOUBLE, Flag.WITHDRAWN})  # entered, and belongs to the payer


@dataclass(frozen=True, slots=True)
class Takings:
    """Centavos of the entries of some days: `received` is `juros`, `multa`, `principal` and `unallocated` together.

    `by_pix` of it carry a bank's id, `by_erp` are the ERP's word alone. `returned` went back of what those days' Pix
    had brought; `parked` is money of those days that nobody could enter. `astray`: centavos that the whole of the
    books, whatever the day, cannot account for; 0 when they balance.
    """

    received: int = 0
    juros: int = 0
    multa: int = 0
    principal: int = 0
    unallocated: int = 0
    by_pix: int = 0
    by_erp: int = 0
    returned: int = 0
    parked: int = 0
    astray: int = 0

    @property
    def allocated(self) -> int:
        """What paid something."""
        return self.juros + self.multa + self.principal


def takings(partitions: Iterable[Sequence[State]], since: date, until: date, resting: Resting) -> Takings:
    """What came from the local day `since` through `until`; `partitions` hold each contract's items together.

    `resting` tells the holidays of a municipality by its IBGE code.

    The books are held to themselves over all days: what the bank told is what was entered or is parked, and what was
    left over of entries is what is flagged for a person.
    """
    sums: Counter[str] = Counter()
    told: Counter[str] = Counter()
    entered: Counter[str] = Counter()
    over = 0
    for states in partitions:
        case = next((one for one in states if isinstance(one, Case)), None)
        for state in states:
            if isinstance(state, Invoice) and case is not None:
                over += _of_invoice(state, case, resting(case.ibge), since, until, sums, entered)
            elif isinstance(state, Payment):
                left = int(state.amount) - int(state.returned)
                told[state.id] += left if state.status is PaymentStatus.ENTERED else 0
                sums["returned"] += int(state.returned) if since <= state.at.date() <= until else 0
            elif isinstance(state, MoneyFlag):
                over -= int(state.amount) if state.reason in _PAYERS else 0
                parked = not state.contract and since <= state.on <= until
                sums["parked"] += int(state.amount) if parked else 0
    lost = sum(abs(amount - entered[name]) for name, amount in told.items())
    return Takings(**sums, astray=lost + abs(over))


def _of_invoice(
    invoice: Invoice,
    case: Case,
    resting: tuple[date, ...],
    since: date,
    until: date,
    sums: Counter[str],
    entered: Counter[str],
) -> int:
    """Add what came for one invoice; what of it, of any day, is nobody's yet."""
    entries = {one.id: one for one in invoice.entries}
    over = 0
    for share in balance_of(invoice, case, resting).allocations:
        over += share.unallocated
        entered[share.entry] += share.total
        if since <= entries[share.entry].on <= until:
            sums["received"] += share.total
            sums["juros"] += share.juros
            sums["multa"] += share.multa
            sums["principal"] += share.principal
            sums["unallocated"] += share.unallocated
            sums["by_erp" if by_erp_alone(share.entry) else "by_pix"] += share.total
    return over


def moved(before: Iterable[State], after: Iterable[State]) -> int:
    """Centavos by which the invoices of `after` hold more than those of `before` did: less than 0 when money went back.

    The bank's word in place of the ERP's moves nothing.
    """
    held = {one.ref: _held(one) for one in before if isinstance(one, Invoice)}
    return sum(_held(one) - held.get(one.ref, 0) for one in after if isinstance(one, Invoice))


def _held(invoice: Invoice) -> int:
    return sum(int(entry.amount) for entry in invoice.entries if not entry.reversed)
