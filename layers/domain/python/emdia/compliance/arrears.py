"""What must be known of a contract before anybody may judge its arrears. Instants are aware UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from emdia.compliance.notice import Agreed, Notice, Registered
from emdia.portfolio.contract import ContractKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A monthly fee. `paid_at`: money was accepted for it; `withdrawn`: the operator cancelled the charge.

    `parts`: local days on which a part of it was accepted, while the rest stayed open.

    `operator_caused`: no valid boleto, a payroll or account debit that was never sent.
    """

    id: str
    due_on: date
    paid_at: datetime | None = None
    withdrawn: bool = False
    operator_caused: bool = False
    parts: tuple[date, ...] = ()

    def part_paid(self, since: date, until: date) -> bool:
        """Whether a part of it was accepted on one of these local days."""
        return any(since <= on <= until for on in self.parts)

    def open_at(self, now: datetime) -> bool:
        """Whether it is owed at `now`."""
        return not self.withdrawn and (self.paid_at is None or self.paid_at > now)


@dataclass(frozen=True, slots=True)
class Dispute:
    """The person questions existence or amount of `fees` (empty: of all); answered when the operator has answered."""

    id: str
    fees: tuple[str, ...]
    opened_at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deal:
    """`fees` were negotiated; `broken_at` is when the deal ended unkept."""

    id: str
    fees: tuple[str, ...]
    signed_at: datetime
    broken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A time in which nothing may follow: a protection recorded by compliance, or a hold of the operator's.

    Why a protection is there is not known here, nor needed.
    """

    id: str
    protective: bool
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears:
    """The facts of one contract.

    `zone` and `uf` are those of its registered municipality, `resting` its holidays (on one, or on one
    of the state, no bank takes money);
    `exclusion_agreed` whether a collective contract provides for the exclusion of a beneficiary who does not pay
    (None: nobody has looked).
    """

    contract: str
    kind: ContractKind
    regulated: bool
    exclusion_agreed: bool | None = None
    zone: str
    uf: str = ""
    resting: tuple[date, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    register: tuple[Registered, ...] = ()
    fees: tuple[Fee, ...] = ()
    notices: tuple[Notice, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    deals: tuple[Deal, ...] = ()
    guards: tuple[Guard, ...] = ()

    def speaking(self, now: datetime) -> Notice | None:
        """The notice that counts: the newest one sent by `now`; a newer one gives the person its own term."""
        sent = [(at, n.id, n) for n in self.notices if (at := n.sent_at) is not None and at <= now]
        return max(sent, key=lambda one: one[:2])[2] if sent else None

    def named(self, fees: Sequence[str]) -> tuple[Fee, ...]:
        """Those of the contract's fees that `fees` names, oldest first."""
        return tuple(sorted((fee for fee in self.fees if fee.id in fees), key=lambda fee: (fee.due_on, fee.id)))
