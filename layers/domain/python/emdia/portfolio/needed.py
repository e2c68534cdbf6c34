"""What must be read before events of one contract are folded onto its items. Pure."""

from collections.abc import Mapping, Sequence

from emdia.portfolio.book import stop_place
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Contract
from emdia.portfolio.municipal import holiday_refs
from emdia.portfolio.received import MoneyTold, flags_of, receipts_of
from emdia.portfolio.told import (
    ConsentTold,
    ContractTold,
    InvoiceCancelled,
    InvoiceTold,
    PaidTold,
    StopTold,
    Told,
)
from emdia.state import (
    Ref,
    State,
    beneficiary_ref,
    case_ref,
    contract_ref,
    invoice_ref,
    outreach_ref,
    party_ref,
    person_ref,
    waiting_ref,
)


def needed(contract: str, events: Sequence[Told], states: Mapping[Ref, State]) -> set[Ref]:
    """Addresses to read before `fold`. What was read may name more: ask again until nothing is new."""
    refs = {case_ref(contract)}
    case, held = states.get(case_ref(contract)), states.get(contract_ref(contract))
    for told in events:
        match told:
            case ContractTold():
                refs |= {contract_ref(contract), waiting_ref(contract)}
                refs |= {beneficiary_ref(contract, person.key) for person in told.beneficiaries}
                refs |= {party_ref(person, contract) for person in (told.state.holder_key, *told.state.beneficiaries)}
                if isinstance(held, Contract):
                    refs |= {beneficiary_ref(contract, key) for key in held.beneficiaries}
                    if isinstance(case, Case) and held.holder_key != told.state.holder_key:
                        refs |= {invoice_ref(contract, invoice.id) for invoice in case.invoices}
                        refs |= {stop_place(stop.kind, contract, stop.id) for stop in case.stops}
            case InvoiceTold() | InvoiceCancelled() | PaidTold() | MoneyTold():
                refs |= _of_invoice(contract, told, states)
                # Money is weighed by the day until which it was on time.
                refs |= set(holiday_refs([case.ibge])) if isinstance(case, Case) else set()
            case StopTold():
                refs.add(stop_place(told.kind, contract, told.stop))
                refs |= {contract_ref(contract)} if told.points else set()
            case _:
                refs.add(contract_ref(contract))
    if not isinstance(case, Case):
        refs.add(waiting_ref(contract))
    elif case.last_outreach and not all(isinstance(told, InvoiceTold) for told in events):
        refs.add(outreach_ref(contract, case.last_outreach))
    if any(isinstance(told, ConsentTold) for told in events):
        # What a person asked for counts for all their contracts: their own row hears it too.
        holders = {told.state.holder_key for told in events if isinstance(told, ContractTold)}
        holders |= {case.holder_key} if isinstance(case, Case) else set()
        refs |= {person_ref(holder) for holder in holders}
    return refs


def _of_invoice(
    contract: str, told: InvoiceTold | InvoiceCancelled | PaidTold | MoneyTold, states: Mapping[Ref, State]
) -> set[Ref]:
    invoice = invoice_ref(contract, told.invoice)
    refs = {invoice, waiting_ref(contract, told.invoice)} | flags_of(states.get(invoice))
    if isinstance(told, PaidTold | MoneyTold):
        refs |= receipts_of(contract, told)
    return refs
