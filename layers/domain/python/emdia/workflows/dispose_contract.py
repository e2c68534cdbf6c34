"""A contract whose time is over goes whole; with the last contract of a person go that person's keys."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.messages.line import Line
from emdia.people.disposal import AGAIN, FLAGGED, LEGAL_HOLD, Held, Party, contract_until, matter, spread, young_until
from emdia.people.erasure import hold_ref
from emdia.people.ports import Row
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, Change, Check, Forget, Remove
from emdia.state import Subject, case_ref, contract_ref, line_ref, person_ref
from emdia.workflows.disposing import TOGETHER, Gone, Look, clear_away, put_off, removed, standing, still_free

CONTRACT, PARTY = "contract", "party"
_RULE = "retention.operacao"


def dispose_party(party: Party, look: Look) -> Gone | None:
    """The contract, when nobody of it disposed of it before, and this person's part in it.

    A contract that is not over yet, or no closed matter, is looked at again. None when somebody else changes it.
    Raises TryLater, Halted.
    """
    ans = look.ledger.ans
    rows = [*look.remains.rows(ans, f"C#{party.contract}"), *look.remains.rows(ans, f"OUT#{party.contract}")]
    persons = sorted({party.person, *(person for row in rows for person in row.persons)})
    holds = look.holds(persons)
    until = _kept_until(party, rows, persons, look)
    if until is not None and look.now <= until:
        return put_off(party, replace(party, due=spread(until, party.contract)), CONTRACT, None, look)
    reason = LEGAL_HOLD if standing(holds) else matter(rows, look.now)
    if not reason and party.contract in look.flagged():
        reason = FLAGGED
    if reason:
        held = Held(CONTRACT, party.contract, reason)
        return put_off(party, replace(party, due=look.now + AGAIN), CONTRACT, held, look)
    hot = {case_ref(party.contract), contract_ref(party.contract)}
    # What is only found by its item goes before it.
    cold = [*_elsewhere(rows, look), *(row for row in rows if row.ref not in hot)]
    core = [row for row in rows if row.ref in hot]
    # The case is what any event of the ERP changes: while it stands as read, nothing has come to life again.
    fence = [*(Check(row.ref, row.v) for row in core), *still_free(holds)]
    if not clear_away(cold[:-TOGETHER], fence, "contract.disposed", _RULE, look):
        return None
    return _leave(party, [*core, *cold[-TOGETHER:]], len(core) + len(cold), still_free(holds), look)


def _kept_until(party: Party, rows: Sequence[Row], persons: Sequence[str], look: Look) -> datetime | None:
    """By the contract's items and by the age of its persons' keys; None when nothing is left that says."""
    keys = [look.remains.keys(look.ledger.ans, person) for person in persons]
    newest = max((row.newest for row in rows if row.newest is not None), default=None)
    ends = [young_until(one) for one in keys] if rows else [young_until(keys[persons.index(party.person)])]
    ends += [] if newest is None else [contract_until(newest, {one for some in keys for one in some})]
    return max((one for one in ends if one is not None), default=None)


def _elsewhere(rows: Sequence[Row], look: Look) -> list[Row]:
    """What lies in other partitions for these alone, farthest first: payments, names of charges, letters."""
    found: list[Row] = []
    nearest = rows
    while refs := {ref for row in nearest for ref in row.leads}:
        nearest = look.remains.at(look.ledger.ans, refs)
        found = [*nearest, *found]
    return found


def _lines(rows: Sequence[Row], look: Look) -> list[Row]:
    """By which numbers the contract's holder would be known; none where the contract cannot be read any more."""
    at = next((row.ref for row in rows if row.ref.sort == "CONTRACT"), None)
    try:
        held = {} if at is None else look.ledger.get([at])
    except Rejected as gone:
        if gone.code != "subject-forgotten":
            raise
        return []  # a line that stays leads to no contract, and nobody takes it for one (receive_reply)
    contract = held.get(at) if at is not None else None
    if not isinstance(contract, Contract):
        return []
    values = {point.value for point in contract.contact_points if point.channel in (Channel.SMS, Channel.WHATSAPP)}
    numbers = [look.pseudonyms.of(look.ledger.ans, "phone", value) for value in sorted(values)]
    lines = look.ledger.get([line_ref(number, contract.holder_key) for number in numbers])
    own = [one for one in lines.values() if isinstance(one, Line) and one.contract == contract.key]
    return [Row(one.ref, one.v, one.last, one, None, (), runs=False) for one in own]


def _leave(party: Party, rows: Sequence[Row], count: int, free: Sequence[Change], look: Look) -> Gone | None:
    """The last items of the contract, and the person's keys unless another contract of theirs needs them."""
    ans = look.ledger.ans
    own = look.remains.rows(ans, f"P#{party.person}")
    others = any(row.ref.sort.startswith("PARTY#") and row.ref != party.ref for row in own)
    classes = [] if others else sorted(look.remains.keys(ans, party.person))
    changes: list[Change] = [*removed([*rows, *_lines(rows, look)]), Remove(party.ref, party.v, party.last), *free]
    changes += [Forget(Subject(party.person), one) for one in classes]
    if not others:
        gone = [row for row in own if row.ref in (person_ref(party.person), hold_ref(party.person))]
        # A hold that was lifted goes too: to remove it as it stands is the same condition.
        refs = {row.ref for row in gone}
        changes = [one for one in changes if not (isinstance(one, Check) and one.ref in refs)]
        changes += removed(gone)
    told = (Value("classes", ",".join(classes)), Value("itens", count), Value("regra", _RULE))
    facts = [Fact("party.disposed", party.ref, told)]
    if count:
        facts.insert(0, Fact("contract.disposed", contract_ref(party.contract), told[1:]))
    act = Act(f"leave:{party.person}:{party.contract}:{party.v}", tuple(changes), tuple(facts))
    if not look.ledger.commit([act]).landed:
        return None
    return Gone(CONTRACT if count else PARTY)
