"""Accepted events become state: read, fold purely, and commit one act per contract.

Messages carry keys only and may come twice, late and in any order; what is already applied is passed over.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from emdia.compliance.approval import InForce, in_force
from emdia.errors import Halted, Rejected, TryLater
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import DEFAULT
from emdia.ladder.plan import pinned, plan_in_force
from emdia.portfolio.apply import fold
from emdia.portfolio.case import Case, StopKind
from emdia.portfolio.events import read_event
from emdia.portfolio.inbox import InboxEvent, InboxStatus, Waiting
from emdia.portfolio.needed import needed
from emdia.portfolio.receipting import with_receipts
from emdia.portfolio.takings import moved
from emdia.portfolio.told import ContractTold, InvoiceTold, StopTold, Told
from emdia.ports import STATE_KEYS, Act, Clock, KeyClass, Ledger, Ledgers, Meter, Pseudonyms
from emdia.state import Ref, State, Subject, case_ref, in_force_ref, inbox_ref, operator_ref
from emdia.workflows.acts import commit_apart
from emdia.workflows.inbox import act_of, command_of, fitting, inbox_key, park
from emdia.workflows.money_meter import BY_ERP, count_money
from emdia.workflows.trail import follow

LOG = logging.getLogger("emdia")

Key = tuple[str, str]  # client and the event's pseudonym

# Commits of one contract that may lose against other writers before the queue brings its events back.
ATTEMPTS = 5
_MAX_ITEMS = 100  # of one transaction
_LIVE = frozenset({InboxStatus.ACCEPTED, InboxStatus.WAITING})


@dataclass(frozen=True, slots=True)
class Deps:
    """What applying needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


@dataclass(slots=True)
class _Pass:
    """What one reading of the store knows: rows by key, events by contract, and all items seen."""

    rows: dict[Key, InboxEvent] = field(default_factory=dict)
    told: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    states: dict[Ref, State] = field(default_factory=dict)
    seen: set[Ref] = field(default_factory=set)
    force: InForce = field(default_factory=InForce)
    operator: State | None = None


def apply_erp_event(messages: Mapping[str, Mapping[str, object]], deps: Deps) -> frozenset[str]:
    """Apply the events named by `messages` (by id): `{"ans", "client", "events": [...], "contracts"?: [...]}`.

    Answers the ids of the messages that must come again: their items kept changing, or the store was out of
    reach. Events that cannot be applied are parked with their reason. Raises Halted for an event without a row.
    """
    wanted: dict[str, dict[Key, str]] = defaultdict(dict)
    hints: dict[str, set[str]] = defaultdict(set)
    for message, body in messages.items():
        ans, client = str(body["ans"]), str(body["client"])
        hints[ans] |= set(_names(body.get("contracts", ())))
        wanted[ans] |= {(client, event): message for event in _names(body["events"])}
    failed: set[str] = set()
    for ans, keys in wanted.items():
        try:
            lost = _apply(set(keys), hints[ans], deps.ledgers.of(ans), deps)
        except TryLater as later:
            LOG.warning("events come again: %s", later)
            lost = set(keys)
        failed |= {keys[key] for key in lost if key in keys}
    return frozenset(failed)


def _names(value: object) -> Sequence[str]:
    if not isinstance(value, list | tuple):
        raise Halted("a queue message names no list of keys")
    return [str(name) for name in value]


def _apply(keys: set[Key], hints: Collection[str], ledger: Ledger, deps: Deps) -> set[Key]:
    """Pass after pass until nothing is left; the keys that kept losing."""
    attempts = ATTEMPTS
    left = keys
    while left:
        lost, rest = _one_pass(left, hints, ledger, deps)
        attempts -= bool(lost)
        if lost and not attempts:
            return lost | rest
        left, hints = lost | rest, ()
    return set()


def _one_pass(keys: set[Key], hints: Collection[str], ledger: Ledger, deps: Deps) -> tuple[set[Key], set[Key]]:
    """Apply what fits into one act per contract; keys that lost the race, and keys that did not fit."""
    book = _Pass()
    _read_rows(book, keys, hints, ledger, deps)
    contracts = list(book.told)
    try:
        return _commit(book, contracts, ledger, deps)
    except (Rejected, Halted) as halt:
        # Something of one contract cannot be opened, sealed or written (its holder was forgotten, it changes too
        # much at once, an item was altered): the others go on.
        if isinstance(halt, Halted) and len(contracts) == 1:
            raise  # nobody is left to be held up: the alarm may ring
        lost: set[Key] = set()
        rest: set[Key] = set()
        for contract in contracts:
            alone = _Pass(book.rows, book.told, force=book.force, operator=book.operator)
            try:
                more = _commit(alone, [contract], ledger, deps)
            except Rejected as reason:
                more = _park(book, contract, reason, ledger, deps)
            except Halted:
                # Tried again when the others are through; what keeps halting goes back to the queue.
                deps.meter.count("ContractHalted")
                more = {told.key for told in book.told[contract]}, set()
            lost, rest = lost | more[0], rest | more[1]
        return lost, rest


def _read_rows(book: _Pass, keys: set[Key], hints: Collection[str], ledger: Ledger, deps: Deps) -> None:
    """Read inbox rows, and with the same request the cases that the sender says they are about."""
    now = deps.clock.now()
    refs = [inbox_ref(*key) for key in sorted(keys)]
    cases = [case_ref(contract) for contract in sorted(hints)]
    sealed = [inbox_key(client, now) for client in sorted({client for client, _ in keys})]
    states = ledger.get([*refs, *cases, in_force_ref(), operator_ref()], sealed)
    book.force, book.operator = in_force(states), states.get(operator_ref())
    book.seen |= set(cases)
    book.states |= {ref: state for ref, state in states.items() if ref in book.seen}
    for key in sorted(keys):
        row = states.get(inbox_ref(*key))
        if not isinstance(row, InboxEvent):
            raise Halted("a queued event has no inbox row")
        if row.status in _LIVE:
            _take_in(book, key, row, ledger.ans, deps)


def _take_in(book: _Pass, key: Key, row: InboxEvent, ans: str, deps: Deps) -> None:
    told = read_event(key, row.body, lambda kind, value: deps.pseudonyms.of(ans, kind, value))
    book.rows[key] = row
    book.told[told.contract].append(told)


def _commit(book: _Pass, contracts: Sequence[str], ledger: Ledger, deps: Deps) -> tuple[set[Key], set[Key]]:
    now = deps.clock.now()
    _read_all(book, contracts, ledger, deps)
    pin = partial(pinned, plan=plan_in_force(book.force))
    acts: dict[str, list[Key]] = {}
    money: dict[str, int] = {}
    todo: list[Act] = []
    rest: set[Key] = set()
    outcomes: Counter[InboxStatus] = Counter()
    for contract in contracts:
        fit, over = fitting(book.told[contract], book.states.get(case_ref(contract)))
        rest |= {told.key for told in over}
        wanted = needed(contract, fit, book.states)
        here = case_ref(contract).partition
        states = {ref: state for ref, state in book.states.items() if ref.partition == here or ref in wanted}
        outcome = fold(contract, fit, states, now, DEFAULT.version, next_due, pin)
        outcome = with_receipts(outcome, contract, states, book.operator, book.force, now, by_bank=False)
        act = act_of(outcome, [book.rows[told.key] for told in fit], now)
        if len(act.changes) + len(act.facts) > _MAX_ITEMS:
            raise Rejected("contract-too-large")
        acts[act.command], money[act.command] = [told.key for told in fit], moved(states.values(), outcome.puts)
        todo.append(act)
        outcomes.update(verdict.status for verdict in outcome.verdicts.values())
    ledger.ensure_keys(_keys_of(book, contracts))
    done = commit_apart(todo, ledger)
    landed = [command for command in acts if command in done.landed]
    count_money(deps.meter, ledger.ans, BY_ERP, (money[command] for command in landed))
    told = {key: contract for contract in contracts for key in (one.key for one in book.told[contract])}
    follow("applied", ((told[key], "/".join(key)) for command in landed for key in acts[command]))
    for status, number in outcomes.items():
        deps.meter.count("EventSettled", number, outcome=str(status))
    return {key for command in done.lost for key in acts[command]}, rest


def _read_all(book: _Pass, contracts: Sequence[str], ledger: Ledger, deps: Deps) -> None:
    """Read until the events name nothing more: their items, then the events that waited for them."""
    while True:
        refs = {ref for c in contracts for ref in needed(c, book.told[c], book.states)}
        refs |= {inbox_ref(*key) for key in _waiters(book, contracts)}
        new = refs - book.seen
        if not new:
            return
        cases = [book.states.get(case_ref(contract)) for contract in contracts]
        holders = [Subject(case.holder_key) for case in cases if isinstance(case, Case)]
        # What opens and seals these items comes along with them, in the same request.
        states = ledger.get(
            sorted(new, key=lambda r: (r.partition, r.sort)), [(h, k) for h in holders for k in STATE_KEYS]
        )
        book.seen |= new
        for ref, state in states.items():
            if isinstance(state, InboxEvent):
                if state.status in _LIVE:
                    _take_in(book, (state.client, state.id), state, ledger.ans, deps)
            else:
                book.states[ref] = state


def _waiters(book: _Pass, contracts: Iterable[str]) -> set[Key]:
    """Events that wait for a contract or invoice which is told now."""
    keys: set[Key] = set()
    for contract in contracts:
        told = book.told[contract]
        come = {event.invoice for event in told if isinstance(event, InvoiceTold)}
        come |= {"" for event in told if isinstance(event, ContractTold)}
        for state in book.states.values():
            if isinstance(state, Waiting) and state.contract == contract and state.invoice in come:
                keys |= set(state.events)
    return keys - book.rows.keys()


def _keys_of(book: _Pass, contracts: Iterable[str]) -> set[tuple[Subject, str]]:
    """Keys that these events may be the first to need. Only a contract brings new people."""
    keys: set[tuple[Subject, str]] = set()
    for contract in contracts:
        case = book.states.get(case_ref(contract))
        for told in book.told[contract]:
            if isinstance(told, ContractTold):
                keys |= {(Subject(told.state.holder_key), key) for key in STATE_KEYS}
                keys |= {(Subject(person.key), KeyClass.CADASTRO) for person in told.beneficiaries}
                keys |= _stay_keys(book.told[contract], told.state.holder_key)
        if isinstance(case, Case):
            keys |= _stay_keys(book.told[contract], case.holder_key)
    return keys


def _stay_keys(events: Iterable[Told], holder: str) -> set[tuple[Subject, str]]:
    stays = any(isinstance(told, StopTold) and told.kind is StopKind.PROTECTIVE for told in events)
    return {(Subject(holder), KeyClass.SAUDE)} if stays else set()


def _park(book: _Pass, contract: str, reason: Rejected, ledger: Ledger, deps: Deps) -> tuple[set[Key], set[Key]]:
    """All events of a contract that cannot be read or written wait for a person."""
    rows = [book.rows[told.key] for told in book.told[contract]]
    parked = [park(row, reason) for row in rows]
    changes = tuple(change for one in parked for change in one.changes)
    act = Act(command_of(rows), changes, tuple(fact for one in parked for fact in one.facts))
    deps.meter.count("EventParked", len(rows), reason=reason.code)
    lost = ledger.commit([act]).lost
    return {(row.client, row.id) for row in rows} if lost else set(), set()
