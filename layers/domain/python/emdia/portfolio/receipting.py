"""Which payments of an outcome get a receipt, and the outreach that carries it: one for a payment, for ever. Pure.

A bank tells of Pix that were paid by our own codes: all get one. Of what an ERP tells only what we had written about:
whoever was never written to has their receipt from elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from emdia.compliance.approval import NORMS_ID, InForce, Matter
from emdia.compliance.norms import edition
from emdia.compliance.rules import RECEIPT_PAYMENT
from emdia.facts import Fact, Value
from emdia.ladder.receipt_look import LASTS, RECEIPT, silence
from emdia.ladder.situation import opens_from, today_in
from emdia.messages.outreach import MAY_HAVE_REACHED, Outreach, OutreachStatus, receipt_id
from emdia.payments.settlement import Entry
from emdia.portfolio.apply import Outcome
from emdia.portfolio.case import Case, Invoice, Reach
from emdia.portfolio.contract import Channel, ContractKind, Operator
from emdia.portfolio.municipal import holidays_of
from emdia.portfolio.received import balance_of
from emdia.state import Ref, State, Subject, case_ref, outreach_ref

_REACHED = MAY_HAVE_REACHED | {OutreachStatus.CLAIMED}


def with_receipts(
    outcome: Outcome,
    contract: str,
    states: Mapping[Ref, State],
    operator: State | None,
    force: InForce,
    now: datetime,
    *,
    by_bank: bool,
) -> Outcome:
    """`outcome` and the receipts of the payments that it enters at `now` (UTC).

    `states` are those it was made from, with what `needed` names. An operator that has no text of a receipt in force
    sends none: nothing waits, nobody is called.
    """
    puts = {state.ref: state for state in outcome.puts}
    case = puts.get(case_ref(contract), states.get(case_ref(contract)))
    if not isinstance(case, Case):
        return outcome
    channel = _channel(case, operator, force)
    made: list[Outreach] = []
    renamed: list[Outreach] = []
    for invoice in outcome.puts:
        if not isinstance(invoice, Invoice):
            continue
        told = by_bank or _written_about(case, invoice, states)
        for entry, before in _new(states.get(invoice.ref), invoice):
            held = states.get(outreach_ref(contract, receipt_id(contract, before or entry.id)))
            if before and isinstance(held, Outreach):
                renamed.append(replace(held, payment=entry.id))  # under its own id: it stays the only one
            fresh = not before and held is None and today_in(now, case.zone) - entry.on <= LASTS
            wanted = told and (by_bank or not _too_much(case, invoice, entry, holidays_of(case.ibge, states)))
            if fresh and wanted and channel is not None and not silence(case, invoice.id, now):
                made.append(_receipt(case, invoice, entry, channel, now))
    facts = tuple(_queued(one) for one in made)
    return replace(outcome, puts=(*outcome.puts, *renamed, *made), facts=(*outcome.facts, *facts))


def _channel(case: Case, operator: State | None, force: InForce) -> Channel | None:
    """The first of the person's channels that is open and served, and on which a receipt may be sent at all."""
    if not isinstance(operator, Operator) or case.kind is ContractKind.EMPRESARIAL:
        return None
    if not force.holds(Matter.NORMS, NORMS_ID, edition(), edition()):
        return None
    return next(
        (
            channel
            for channel, reach in case.reach
            if reach is Reach.OPEN
            and channel in operator.channels
            and force.version(Matter.WORDS, f"{RECEIPT}/{channel}") is not None
        ),
        None,
    )


def _written_about(case: Case, invoice: Invoice, states: Mapping[Ref, State]) -> bool:
    last = states.get(outreach_ref(case.contract, case.last_outreach)) if case.last_outreach else None
    return isinstance(last, Outreach) and last.status in _REACHED and invoice.id in last.invoices


def _new(held: State | None, invoice: Invoice) -> Iterator[tuple[Entry, str]]:
    """Entries that were not there, and for each the one it takes the place of: "" for a payment nobody had told.

    Another word of a movement that is known is no other payment.
    """
    before = held.entries if isinstance(held, Invoice) else ()
    ids, now = {one.id for one in before}, {one.id for one in invoice.entries}
    gone = [one for one in before if one.id not in now]
    for entry in invoice.entries:
        if entry.id in ids or entry.reversed:
            continue
        same = next((one for one in gone if (one.on, one.amount) == (entry.on, entry.amount)), None)
        if same is not None:
            gone.remove(same)
        yield entry, same.id if same is not None else ""


def _too_much(case: Case, invoice: Invoice, entry: Entry, resting: tuple[date, ...]) -> bool:
    """Nothing of it was owed. By an ERP's word it may be a known movement under another day: people look at it."""
    shares = balance_of(invoice, case, resting).allocations
    return any(one.entry == entry.id and one.unallocated == entry.amount for one in shares)


def _receipt(case: Case, invoice: Invoice, entry: Entry, channel: Channel, now: datetime) -> Outreach:
    """Queued by its clock: the sweep hands it to its channel, so that who enters money needs no queue."""
    return Outreach(
        contract=case.contract,
        id=receipt_id(case.contract, entry.id),
        holder_key=case.holder_key,
        channel=channel,
        step="",
        template=RECEIPT,
        ladder="",
        invoices=(invoice.id,),
        advanced=(),
        status=OutreachStatus.QUEUED,
        created_at=now,
        rule=RECEIPT_PAYMENT,
        due=opens_from(now, case.zone, channel, case.uf, case.clocks_beside(channel)),
        payment=entry.id,
    )


def _queued(outreach: Outreach) -> Fact:
    holder = Subject(outreach.holder_key)
    told = {
        "regra": outreach.rule,
        "normas": edition(),
        "canal": str(outreach.channel),
        "contato": outreach.id,
        "faturas": ",".join(outreach.invoices),
        "entrada": outreach.payment,
    }
    # About the case, as every outreach that is queued.
    return Fact(
        "outreach.queued",
        case_ref(outreach.contract),
        tuple(Value(name, value, holder) for name, value in told.items()),
    )
