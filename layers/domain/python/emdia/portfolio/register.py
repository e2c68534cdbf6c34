"""What an event does to a contract's register: holder, beneficiaries, address, contact points, consents.

Every register has its own order (`as_of`): a newer word replaces, an older one changes nothing, so that
events give the same state in whatever order they come.
"""

from dataclasses import replace

from emdia.compliance.municipality import uf_of, zone_of
from emdia.messages.person import log_of
from emdia.people.disposal import Party, first_look
from emdia.portfolio import telling
from emdia.portfolio.book import Book, stop_place
from emdia.portfolio.case import HOLDER_IS_MINOR, Case, Invoice, Stop, StopRecord, minor_stop, phone_clocks, reaches
from emdia.portfolio.contract import AsOf, Consent, ContactPoint, Contract
from emdia.portfolio.told import ConsentTold, ContractTold, PointsTold
from emdia.state import beneficiary_ref, case_ref, contract_ref, invoice_ref, party_ref, person_ref


def contract_told(book: Book, told: ContractTold) -> bool:
    """The whole contract; False when all of it is older than what is held."""
    held = book.find(contract_ref(book.contract), Contract)
    newer = held is None or told.as_of >= held.as_of
    merged = told.state if held is None else held
    if held is not None and newer:
        merged = replace(
            told.state,
            v=held.v,
            last=held.last,
            contact_points=held.contact_points,
            points_as_of=held.points_as_of,
            dead_points=held.dead_points,
            consents=held.consents,
        )
    repointed = told.points is not None and (held is None or told.as_of >= held.points_as_of)
    if repointed and told.points is not None:
        merged = _with_points(merged, told.points, told.as_of)
    if not newer and not repointed:
        return False
    _keep(book, merged)
    if newer:
        _cover(book, told, held)
        _note_parties(book, told)
        book.facts.append(telling.contract_recorded(merged))
    if repointed:
        book.facts.append(telling.points_recorded(merged))
    return True


def _cover(book: Book, told: ContractTold, held: Contract | None) -> None:
    """Beneficiaries as told; who is covered no more is no longer kept."""
    for key in held.beneficiaries if held is not None else ():
        if key not in told.state.beneficiaries:
            book.states.pop(beneficiary_ref(book.contract, key), None)
    for person in told.beneficiaries:
        # As read, not as it stands: one of these events may have taken the person off before.
        stored = book.read.get(person.ref)
        book.put(person if stored is None else replace(person, v=stored.v, last=stored.last))


def _note_parties(book: Book, told: ContractTold) -> None:
    """Whoever is named for the first time gets a clock: what is kept of them must end. Nobody is taken off here."""
    for person in (told.state.holder_key, *told.state.beneficiaries):
        if book.find(party_ref(person, book.contract), Party) is None:
            book.put(first_look(book.contract, person, told.as_of.occurred_at))


def _keep(book: Book, contract: Contract) -> None:
    """Store the contract, and in its case what the ladder decides by."""
    clause = contract.clause
    held = book.find(case_ref(book.contract), Case)
    ibge = contract.address.ibge
    brief = Case(
        contract=book.contract,
        holder_key=contract.holder_key,
        kind=contract.kind,
        uf=uf_of(ibge),
        zone=zone_of(ibge),
        ibge=ibge,
        phone_clocks=phone_clocks(contract, zone_of(ibge)),
        ladder=book.ladder,
        multa_bp=None if clause is None else clause.multa_bp,
        juros_bp_month=None if clause is None else clause.juros_bp_month,
        reach=reaches(contract),
    )
    case = replace(brief, stops=_stops(contract, brief.zone, ()))
    if held is not None:
        case = replace(
            held,
            holder_key=brief.holder_key,
            kind=brief.kind,
            uf=brief.uf,
            zone=brief.zone,
            ibge=brief.ibge,
            phone_clocks=brief.phone_clocks,
            multa_bp=brief.multa_bp,
            juros_bp_month=brief.juros_bp_month,
            reach=brief.reach,
            stops=_stops(contract, brief.zone, held.stops),
        )
    book.put(contract, case)
    if held is not None and held.holder_key != case.holder_key:
        _hand_over(book, case)


def _stops(contract: Contract, zone: str, held: tuple[Stop, ...]) -> tuple[Stop, ...]:
    """The stops told by events as they are, and the one that the holder's age makes."""
    minor = minor_stop(contract.holder.birth_on, contract.as_of.occurred_at, zone)
    others = [stop for stop in held if stop.id != HOLDER_IS_MINOR]
    return tuple(sorted([*others, *([minor] if minor else [])], key=lambda stop: (stop.kind, stop.id)))


def _hand_over(book: Book, case: Case) -> None:
    """What is open goes on under the new holder's key; what is closed stays the former holder's history."""
    refs = [invoice_ref(book.contract, invoice.id) for invoice in case.invoices]
    refs += [stop_place(stop.kind, book.contract, stop.id) for stop in case.stops]
    for ref in refs:
        state = book.states.get(ref)  # none for a stop that no event has placed
        if isinstance(state, Invoice | StopRecord):
            book.put(replace(state, holder_key=case.holder_key))


def points_told(book: Book, told: PointsTold) -> bool:
    """All contact points. Raises Unknown."""
    held = book.held()
    if told.as_of < held.points_as_of:
        return False
    merged = _with_points(held, told.points, told.as_of)
    _keep(book, merged)
    book.facts.append(telling.points_recorded(merged))
    return True


def _with_points(contract: Contract, points: tuple[ContactPoint, ...], as_of: AsOf) -> Contract:
    """A dead address stays dead, under another id too; an id is alive again with another address."""
    values = {point.id: point.value for point in contract.contact_points}
    gone = {(point.channel, point.value) for point in contract.contact_points if point.id in contract.dead_points}
    dead = tuple(
        point.id
        for point in points
        if (point.channel, point.value) in gone or (point.id in contract.dead_points and point.id not in values)
    )
    return replace(contract, contact_points=points, points_as_of=as_of, dead_points=dead)


def bar_points(book: Book, points: tuple[str, ...]) -> None:
    """Contact points that reach somebody else, never used again: not even when what was stopped goes on.

    One that is told later only is barred when it comes. Raises Unknown.
    """
    held = book.held()
    new = tuple(point for point in points if point not in held.dead_points)
    if not new:
        return
    _keep(book, replace(held, dead_points=(*held.dead_points, *new)))
    book.facts += [telling.point_barred(held, point) for point in new]


def consent_told(book: Book, told: ConsentTold) -> bool:
    """An opt-in or opt-out. Raises Unknown."""
    held, said = book.held(), told.consent
    same = [consent for consent in held.consents if _about(consent) == _about(said)]
    if any(_order(said) < _order(consent) for consent in same):
        return False
    others = [consent for consent in held.consents if _about(consent) != _about(said)]
    consents = tuple(sorted([*others, said], key=_about))
    _keep(book, replace(held, consents=consents))
    person = log_of(held.holder_key, book.states.get(person_ref(held.holder_key)))
    book.put(person.hears(said.channel, said.opted_in, said.at))
    book.facts.append(telling.consent_recorded(held, said))
    return True


def _about(consent: Consent) -> tuple[str, str]:
    """What was spoken of: the newest word on each is kept."""
    return consent.channel, consent.point


def _order(consent: Consent) -> tuple[object, ...]:
    """When the person spoke; in the same moment the opt-out stands."""
    return (consent.at, not consent.opted_in, consent.as_of)
