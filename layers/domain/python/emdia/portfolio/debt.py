"""What an event does to what is owed: invoices, payments, and the stops of collection.

As in `register.py` the newest word of each item counts, and a payment is never undone.
"""

from dataclasses import replace

from emdia.portfolio import telling
from emdia.portfolio.book import Book, Unknown, stop_place
from emdia.portfolio.case import Invoice, InvoiceStatus, OpenInvoice, Stop, StopRecord
from emdia.portfolio.received import weigh
from emdia.portfolio.register import bar_points
from emdia.portfolio.told import InvoiceCancelled, InvoiceTold, StopTold
from emdia.state import invoice_ref


def invoice_told(book: Book, told: InvoiceTold) -> bool:
    """An invoice, issued or changed. Raises Unknown for its contract."""
    case = book.case()
    held = book.find(invoice_ref(book.contract, told.invoice), Invoice)
    if held is not None and told.as_of < held.as_of:
        return False
    invoice = Invoice(
        contract=book.contract,
        id=told.invoice,
        holder_key=case.holder_key,
        number=told.number,
        reference=told.reference,
        due_on=told.due_on,
        amount=told.amount,
        codes=told.codes,
        caused=told.caused,
        as_of=told.as_of,
    )
    if held is not None:
        invoice = replace(
            invoice,
            v=held.v,
            last=held.last,
            holder_key=held.holder_key,
            status=held.status,
            paid_at=held.paid_at,
            paid_amount=held.paid_amount,
            closed_as_of=held.closed_as_of,
            entries=held.entries,
        )
    book.put(invoice)
    if invoice.status is InvoiceStatus.OPEN:
        brief = [i for i in case.invoices if i.id == invoice.id]
        # Another due date is another ladder: steps taken for the old one say nothing of the new one.
        step = brief[0].step if brief and brief[0].due_on == invoice.due_on else ""
        opened = OpenInvoice(
            invoice.id, invoice.reference, invoice.due_on, invoice.amount, step, invoice.caused, invoice.entries
        )
        others = [i for i in case.invoices if i.id != invoice.id]
        case = replace(case, invoices=tuple(sorted([*others, opened], key=lambda i: (i.due_on, i.id))))
        book.put(case)
    book.facts.append(telling.invoice_recorded(invoice))
    if invoice.entries:
        # Of another amount, what came may be all of it, or too much.
        weigh(book, case, invoice, told.as_of.occurred_at)
    return True


def invoice_cancelled(book: Book, told: InvoiceCancelled) -> bool:
    """An invoice is no longer owed: what was paid of it is the payer's. Raises Unknown for its contract or invoice."""
    case = book.case()
    held = book.find(invoice_ref(book.contract, told.invoice), Invoice)
    if held is None:
        raise Unknown(told.invoice)
    # Money is a fact: no cancellation undoes a payment.
    if held.status is InvoiceStatus.PAID:
        return False
    if held.status is InvoiceStatus.CANCELLED and held.closed_as_of is not None and told.as_of < held.closed_as_of:
        return False
    cancelled = replace(held, status=InvoiceStatus.CANCELLED, closed_as_of=told.as_of)
    book.facts.append(telling.invoice_closed(cancelled))
    weigh(book, case, cancelled, told.as_of.occurred_at)
    return True


def stop_told(book: Book, told: StopTold) -> bool:
    """A dispute, hold or stay begins or ends; its end may come first. Raises Unknown for its contract."""
    case = book.case()
    held = book.find(stop_place(told.kind, book.contract, told.stop), StopRecord)
    if held is not None and told.as_of < held.as_of:
        return False
    record = StopRecord(
        v=held.v if held else 0,
        last=held.last if held else "",
        contract=book.contract,
        id=told.stop,
        holder_key=case.holder_key,
        kind=held.kind if held and not told.active else told.kind,
        active=told.active,
        invoices=told.invoices,
        until=told.until,
        note=told.note,
        as_of=told.as_of,
    )
    # By id alone: a hold may be placed again for another reason, and its end says no reason.
    stops = [stop for stop in case.stops if stop.id != told.stop]
    if told.active:
        stops.append(Stop(told.kind, told.stop, told.invoices, told.until))
    book.put(record, replace(case, stops=tuple(sorted(stops, key=lambda stop: (stop.kind, stop.id)))))
    book.facts.append(telling.stop_told(record))
    if told.active and told.points:
        bar_points(book, told.points)
    return True
