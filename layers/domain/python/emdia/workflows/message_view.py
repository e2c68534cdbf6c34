"""What the words of an outreach are made from: what is owed, or a payment."""

from collections.abc import Collection, Sequence
from datetime import date

from emdia.errors import Halted
from emdia.ladder.receipt_look import entry_of
from emdia.messages.outreach import Outreach
from emdia.messages.receipt_words import receipt_view
from emdia.messages.render import AnyView
from emdia.messages.words import compose
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Contract, Operator


def view_of(
    outreach: Outreach,
    case: Case,
    contract: Contract,
    invoices: Sequence[Invoice],
    operator: Operator,
    on: date,
    keep: Collection[str],
    stop: str,
    page: str,
    resting: tuple[date, ...],
) -> AnyView:
    """The view for `outreach` on the local day `on`, with the links that it carries ("" for none).

    `resting` are the holidays of the person's municipality. Raises Halted when what it is about is not
    there: the look before saw it.
    """
    if not outreach.payment:
        return compose(case, contract, invoices, operator, on, stop, keep, page, resting=resting)
    (invoice,) = invoices
    entry = entry_of(invoice, outreach.payment)
    if entry is None:
        raise Halted("a receipt that was looked at has lost its payment")
    return receipt_view(case, contract, invoice, entry, operator, on, stop, page, resting=resting)
