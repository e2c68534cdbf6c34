"""What payments make of a debt, from entries that are never changed: no centavo is lost or counted twice. Pure.

A payment goes to juros first, then to multa, then to the fee (Código Civil art. 354); what is left over belongs to the
payer and is kept as unallocated until a person has decided. A reversed payment pays nothing, as if it had never come.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from emdia.compliance.charges import Clause, Itemised
from emdia.compliance.delay import OperatorDelay, days_late
from emdia.compliance.norms import norm
from emdia.errors import Halted
from emdia.money import Centavos, percent, pro_rata


@dataclass(frozen=True, slots=True)
class Entry:
    """Money that came for one invoice, on the local day `on`. `id` is the bank's (Pix: endToEndId), once for ever.

    `quoted_on`: the day whose total was asked of the payer, where a charge asked a total that stood for some days.
    """

    id: str
    on: date
    amount: Centavos
    quoted_on: date | None = None
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where the money of one entry went. The four add up to its amount, or to nothing when it was reversed."""

    entry: str
    juros: Centavos
    multa: Centavos
    principal: Centavos
    unallocated: Centavos

    @property
    def total(self) -> Centavos:
        """All of it."""
        return Centavos(self.juros + self.multa + self.principal + self.unallocated)


@dataclass(frozen=True, slots=True)
class Balance:
    """What is owed of one invoice on one day, after all entries until then, and where each went."""

    principal: Centavos
    multa: Centavos
    juros: Centavos
    allocations: tuple[Allocation, ...]
    on: date

    @property
    def owed(self) -> Centavos:
        """What settles it that day."""
        return Centavos(self.principal + self.multa + self.juros)

    @property
    def settled(self) -> bool:
        """Whether nothing is owed any more, but for a residue of charges that is not worth asking for."""
        return self.principal == 0 and self.owed <= norm("payments.residue", self.on).value

    @property
    def unallocated(self) -> Centavos:
        """What came too much, and belongs to the payer."""
        return Centavos(sum(one.unallocated for one in self.allocations))


@dataclass(frozen=True, slots=True)
class Debt:
    """One invoice: its fee, its due date, and what its contract agrees for delay.

    The person lives in state `uf`; `resting` are the municipality's holidays.
    """

    amount: Centavos
    due_on: date
    clause: Clause | None = None
    uf: str = ""
    caused: OperatorDelay | None = None
    resting: tuple[date, ...] = ()

    def late(self, on: date) -> int:
        """Days of delay that count on `on`."""
        return max(0, days_late(self.due_on, on, self.uf, self.caused, self.resting))


def balance(debt: Debt, entries: Iterable[Entry], on: date) -> Balance:
    """`debt` on the local day `on`, after `entries` of that day and before, in the order of their days and ids.

    Multa is charged once, on what was open when the delay began. Juros run on what is open, and are rounded when they
    are paid and at the end. Raises Halted for two entries of one id and for an amount that is not positive.
    """
    counted = sorted((one for one in _sound(entries) if one.on <= on), key=lambda one: (one.on, one.id))
    state = _State(debt)
    allocations = [state.take(entry) for entry in counted]
    state.run_to(on)
    return Balance(state.principal, state.multa, state.juros, tuple(allocations), on)


def owed(debt: Debt, entries: Iterable[Entry], on: date) -> Itemised:
    """What settles `debt` on the local day `on`, part by part, as the person reads it. Raises as `balance`."""
    now = balance(debt, entries, on)
    return Itemised(now.principal, now.multa, now.juros, now.owed, debt.late(on))


def _sound(entries: Iterable[Entry]) -> Sequence[Entry]:
    told = list(entries)
    if len({one.id for one in told}) != len(told):
        raise Halted("one payment was entered twice")
    if any(one.amount <= 0 for one in told):
        raise Halted("a payment of nothing")
    return told


class _State:
    """A debt on its way through time."""

    def __init__(self, debt: Debt) -> None:
        self._debt = debt
        self._days = 0  # of delay, up to which juros are counted
        self._charged = False
        self.principal, self.multa, self.juros = debt.amount, Centavos(0), Centavos(0)

    def run_to(self, on: date) -> None:
        """Count multa and juros up to the day `on`."""
        days, clause = self._debt.late(on), self._debt.clause or Clause(0, 0)
        if days and not self._charged and self.principal:
            self._charged = True
            self.multa = percent(self.principal, min(clause.multa_bp, norm("charges.multa.cap", on).value))
        if days > self._days:
            monthly = clause.juros_bp_month or norm("charges.legal-rate", on).value
            monthly = min(monthly, norm("charges.juros.cap", on).value)
            self.juros = Centavos(self.juros + pro_rata(self.principal, monthly, days - self._days))
            self._days = days

    def take(self, entry: Entry) -> Allocation:
        """Let an entry pay what it pays."""
        if entry.reversed:
            zero = Centavos(0)
            return Allocation(entry.id, zero, zero, zero, zero)
        # Who pays the total that was asked owes no more for the days on which it stood.
        self.run_to(entry.quoted_on or entry.on)
        left = entry.amount
        juros = Centavos(min(left, self.juros))
        multa = Centavos(min(left - juros, self.multa))
        principal = Centavos(min(left - juros - multa, self.principal))
        self.juros, self.multa = Centavos(self.juros - juros), Centavos(self.multa - multa)
        self.principal = Centavos(self.principal - principal)
        return Allocation(entry.id, juros, multa, principal, Centavos(left - juros - multa - principal))
