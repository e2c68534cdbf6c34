"""From a payment to the words and figures of its receipt. Pure: same inputs, same message."""

from dataclasses import dataclass
from datetime import date

from emdia.messages.spelling import first_name, short_month, spell_date, spell_month
from emdia.messages.words import Signature, sign
from emdia.money import NOTHING, Centavos
from emdia.payments.settlement import Entry, owed
from emdia.portfolio.case import Case, Invoice, InvoiceStatus
from emdia.portfolio.contract import Contract, Operator
from emdia.portfolio.received import balance_of, debt_of


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """All that a receipt may show. Nothing of who paid but what the holder knows: no bank, no CPF, no account.

    What was paid is `principal`, `multa`, `juros` and `spare` together; `spare` came too much and is the payer's.
    """

    first_name: str  # "" when the register has none
    plan: str
    operator: Signature
    reference: str  # "novembro/2026"
    due: str  # "10/11/2026"
    paid: Centavos
    paid_on: str  # local day
    principal: Centavos
    multa: Centavos
    juros: Centavos
    spare: Centavos
    left: Centavos  # what is still owed of the invoice `today`
    withdrawn: bool  # the operator had cancelled the invoice
    unsubscribe_url: str
    today: str
    page_url: str = ""

    @property
    def short(self) -> str:
        """The reference month in figures, "11/2026": for an SMS."""
        return short_month(self.reference)

    @property
    def settled(self) -> bool:
        """Whether nothing is owed of the invoice any more."""
        return not self.left and not self.withdrawn


def receipt_view(
    case: Case,
    contract: Contract,
    invoice: Invoice,
    entry: Entry,
    operator: Operator,
    on: date,
    unsubscribe_url: str = "",
    page_url: str = "",
    *,
    resting: tuple[date, ...],
) -> ReceiptView:
    """The receipt of `entry`, which is one of those of `invoice`, as of the local date `on`.

    `resting` are the holidays of the person's municipality.
    """
    (share,) = (one for one in balance_of(invoice, case, resting).allocations if one.entry == entry.id)
    still = invoice.status is InvoiceStatus.OPEN
    return ReceiptView(
        first_name=first_name(contract.holder.name),
        plan=contract.plan.name,
        operator=sign(operator),
        reference=spell_month(invoice.reference),
        due=spell_date(invoice.due_on),
        paid=entry.amount,
        paid_on=spell_date(entry.on),
        principal=share.principal,
        multa=share.multa,
        juros=share.juros,
        spare=share.unallocated,
        left=owed(debt_of(invoice, case, resting), invoice.entries, max(on, entry.on)).total if still else NOTHING,
        withdrawn=invoice.status is InvoiceStatus.CANCELLED,
        unsubscribe_url=unsubscribe_url,
        today=spell_date(on),
        page_url=page_url,
    )
