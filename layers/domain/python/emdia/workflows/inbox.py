"""What becomes of an inbox row: applied, superseded, waiting or parked; with the facts that say so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.portfolio.apply import Outcome, Verdict
from emdia.portfolio.case import Case
from emdia.portfolio.inbox import InboxEvent, InboxStatus, Parked
from emdia.portfolio.told import ContractTold, PaidTold, Told
from emdia.ports import Act, Change, Check, KeyClass, Put, Remove
from emdia.state import State, Subject

# An accepted event that nobody applied by then is queued again by the sweep: its message was lost.
PATIENCE = timedelta(minutes=15)
# A waiting event is looked at again by the sweep though its contract's arrival finds it: no road is the only one.
LOOK_AGAIN = timedelta(hours=12)
# Then a person must know: a payment may be among those that wait.
WAITS_AT_MOST = timedelta(days=7)
# How many of a transaction's hundred items the events of one act may come to, and what each of them costs.
_BUDGET = 80
_EVENT_COST, _MONEY_COST, _CONTRACT_COST = 4, 6, 11

_STAYS = frozenset({"hospitalisation.started", "hospitalisation.ended"})


def told_type(kind: str) -> str:
    """An event's type as facts and the lake tell it: that somebody is in hospital is nobody's business there."""
    return "protective-stop" if kind in _STAYS else kind


@dataclass(frozen=True, slots=True)
class Settled:
    """A row's change and what is to be told of it; an applied event is told by what it did."""

    changes: tuple[Change, ...]
    facts: tuple[Fact, ...] = ()


def inbox_key(client: str, now: datetime) -> tuple[Subject, str]:
    """The key that seals this month's inbox of a client: what was never applied is forgotten with it."""
    return Subject(f"inbox:{client}:{now:%Y-%m}"), KeyClass.ENTRADA


def settle(row: InboxEvent, verdict: Verdict, now: datetime) -> Settled:
    """The row after `verdict` (at `now`, UTC)."""
    if verdict.refused is not None:
        return park(row, verdict.refused)
    if verdict.status is InboxStatus.WAITING:
        if now - row.received_at >= WAITS_AT_MOST:
            code = "invoice-never-came" if verdict.invoice else "contract-never-came"
            return park(row, Rejected(code, days=WAITS_AT_MOST.days))
        waiting = replace(row, status=InboxStatus.WAITING, due=now + LOOK_AGAIN)
        return Settled((Put(waiting),), (_fact("erp.event.waiting", row),))
    # From here on the data lives under its subjects' keys only.
    done = replace(row, status=verdict.status, body="", due=None)
    superseded = verdict.status is InboxStatus.SUPERSEDED
    return Settled((Put(done),), (_fact("erp.event.superseded", row),) if superseded else ())


def park(row: InboxEvent, why: Rejected) -> Settled:
    """The row parked for a person, and its entry in the client's drawer."""
    parked = replace(row, status=InboxStatus.PARKED, reason=why.code, pointer=why.pointer, due=None)
    entry = Parked(client=row.client, event=row.id)
    return Settled((Put(parked), Put(entry)), (_fact("erp.event.parked", row, regra=why.code, campo=why.pointer),))


def act_of(outcome: Outcome, rows: Sequence[InboxEvent], now: datetime) -> Act:
    """One contract's changes with the rows that caused them. Named by these rows and their versions."""
    settled = [settle(row, outcome.verdicts[row.client, row.id], now) for row in rows]
    changes: list[Change] = [Put(state) for state in outcome.puts]
    changes += [Remove(state.ref, state.v, state.last) for state in outcome.removed]
    changes += [Check(ref, 0) for ref in outcome.absent]
    changes += [Check(state.ref, state.v) for state in outcome.unchanged]
    facts = list(outcome.facts)
    for one in settled:
        changes += one.changes
        facts += one.facts
    return Act(command_of(rows), tuple(changes), tuple(facts))


def command_of(rows: Iterable[InboxEvent]) -> str:
    """The same rows at the same versions are the same command."""
    text = "|".join(sorted(f"{row.client}/{row.id}/{row.v}" for row in rows))
    return f"apply:{sha256(text.encode()).hexdigest()[:32]}"


def _fact(kind: str, row: InboxEvent, **more: str) -> Fact:
    values = {"cliente": row.client, "tipo": told_type(row.kind)} | more
    return Fact(kind, row.ref, tuple(Value(name, value) for name, value in values.items()))


def fitting(events: Sequence[Told], case: State | None) -> tuple[list[Told], list[Told]]:
    """The events, in the ERP's order, that fit into one transaction with all they touch; and the others."""
    fit: list[Told] = []
    over: list[Told] = []
    spent = 0
    for told in sorted(events, key=lambda event: (event.as_of, event.key)):
        spent += _EVENT_COST + _MONEY_COST * isinstance(told, PaidTold)
        if isinstance(told, ContractTold):
            spent += _CONTRACT_COST + 3 * len(told.beneficiaries)
            if isinstance(case, Case) and case.holder_key != told.state.holder_key:
                spent += len(case.invoices) + len(case.stops)  # all of it goes over to the new holder
        (fit if not fit or spent <= _BUDGET else over).append(told)
    return fit, over
