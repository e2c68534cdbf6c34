"""What is asked for by Pix: the terms of the charge (cobv) of one invoice on one day. Pure.

The bank refuses a due date that is past and counts charges by itself. So an invoice that is not late asks its own
amount with the clauses of its contract; a late one asks today's itemised total, due the next business day, with no
clause at all: charges are never counted twice. Source: API Pix 2.9.0 (Banco Central), docs/law.md, charges.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from emdia.calendar import effective_due_date, next_business_day
from emdia.compliance.charges import Clause, charges
from emdia.compliance.delay import OperatorDelay
from emdia.compliance.norms import norm
from emdia.errors import Rejected
from emdia.money import Centavos
from emdia.payments.settlement import Debt, Entry, balance
from emdia.state import Ref, State, charge_ref, txid_ref

# Days after the due date on which the code can still be paid: past the last notice's ten days.
VALID_DAYS = 90


@dataclass(frozen=True, slots=True)
class Terms:
    """What the bank is told. Rates as in a clause, in basis points and basis points a month; 0: not asked."""

    original: Centavos
    due_on: date
    valid_days: int
    multa_bp: int = 0
    juros_bp_month: int = 0
    late: bool = False  # `original` already contains the charges of that day


def terms_of(
    amount: Centavos,
    due: date,
    on: date,
    clause: Clause | None,
    uf: str = "",
    caused: OperatorDelay | None = None,
    resting: tuple[date, ...] = (),
) -> Terms:
    """The terms for an invoice of `amount` (what is open of it) due on `due`, asked on the local day `on`.

    The person lives in state `uf`, in a municipality with the holidays `resting`.

    Raises Rejected `charge-nothing-owed` for an amount that is not positive.
    """
    if amount <= 0:
        raise Rejected("charge-nothing-owed")
    owed = charges(amount, due, on, clause, uf, caused, resting)
    if due >= on and caused is None:
        agreed = clause or Clause(0, 0)
        return Terms(
            original=amount,
            # Banks know the holidays of the country only: on the day after the others they would ask for multa.
            due_on=effective_due_date(due, uf, resting),
            valid_days=VALID_DAYS,
            multa_bp=min(agreed.multa_bp, norm("charges.multa.cap", on).value),
            juros_bp_month=min(agreed.juros_bp_month, norm("charges.juros.cap", on).value),
        )
    # The bank knows nothing of days the operator has caused: from there on we count, and it asks what we say.
    return Terms(original=owed.total, due_on=next_business_day(on), valid_days=0, late=True)


def terms_for(debt: Debt, entries: Iterable[Entry], on: date) -> Terms:
    """The terms for what is left of `debt` on the local day `on`, after the payments that came: multa never twice.

    Raises Rejected `charge-nothing-owed`.
    """
    left = balance(debt, entries, on)
    if debt.due_on >= on and debt.caused is None:
        return terms_of(left.principal, debt.due_on, on, debt.clause, debt.uf, resting=debt.resting)
    if left.owed <= 0:
        raise Rejected("charge-nothing-owed")
    return Terms(original=left.owed, due_on=next_business_day(on), valid_days=0, late=True)


class ChargeStatus(StrEnum):
    """ASKED: written down before the bank is asked, so that no payment can name a charge we do not know."""

    ASKED = "asked"
    ACTIVE = "active"
    REPLACED = "replaced"  # taken back at the bank; a payment of it still counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(State):
    """The newest charge of one invoice at the bank, and its number: each number is a txid of its own.

    `code` is its BR Code ("" while ASKED); `quoted_on` the local day whose total a late charge asks.
    """

    contract: str
    invoice: str
    number: int
    txid: str
    terms: Terms
    status: ChargeStatus
    quoted_on: date
    code: str = ""

    @property
    def ref(self) -> Ref:
        """See State."""
        return charge_ref(self.contract, self.invoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeName(State):
    """Which invoice a txid is for, for ever: an older code may be paid late. `quoted_on`: of a late charge only."""

    txid: str
    contract: str
    invoice: str
    quoted_on: date | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return txid_ref(self.txid)


def txid_of(ans: str, invoice: str, number: int) -> str:
    """Name of the `number`th charge of an invoice: 32 characters that a repeat makes again, and that say nothing.

    >>> txid_of("412759", "ab12", 1) == txid_of("412759", "ab12", 1)
    True
    """
    return sha256(f"cobv|{ans}|{invoice}|{number}".encode()).hexdigest()[:32]


def reais(amount: Centavos) -> str:
    r"""An amount as the API Pix spells it (`\d{1,10}\.\d{2}`).

    >>> reais(Centavos(123_680))
    '1236.80'
    """
    return f"{amount // 100}.{amount % 100:02d}"


def rate(basis_points: int) -> str:
    """A rate in percent as the API Pix spells it.

    >>> rate(200)
    '2.00'
    """
    return f"{basis_points // 100}.{basis_points % 100:02d}"
