"""open_log: a log gets the one key that signs it, and a past year's key is disabled.

A log is opened when its operator is recorded, before its year begins, and by the nightly sweep wherever something is
missing. What is missing is never guessed: facts that wait, and operators whose logs of this or last year are known.
Every step may be repeated: the item in the ledger decides between two runs at once, and the name in the key service
comes last, so that what can be signed for has its fact.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emdia.audit.note import ED25519, Verifier
from emdia.audit.opened import CANARY, OpenedLog, may_close, opened_ref
from emdia.audit.ports import LogEntry, LogKeys, LogName, LogReader, UnsealedFacts
from emdia.errors import Halted, LostRace, Rejected, TryLater
from emdia.facts import WRITTEN_LOGS, Fact, LogClass, Value
from emdia.identity import parse_ans
from emdia.ports import Act, Clock, Ledgers, Meter, Put
from emdia.state import operator_ref
from emdia.workflows.acts import command

LOG = logging.getLogger("emdia")
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Deps:
    """`origin` names a log as its checkpoints do; `reader` reads it, `entry_of` a fact's row (raises Halted)."""

    ledgers: Ledgers
    keys: LogKeys
    origin: Callable[[LogName], str]
    reader: Callable[[LogName], LogReader]
    unsealed: UnsealedFacts
    entry_of: Callable[[Mapping[str, Any]], tuple[LogName, LogEntry]]
    clock: Clock
    meter: Meter


def open_of_operator(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Open the logs of `{"operator"}` for this year, from December on for the next too; their keys.

    Raises Rejected `ans-invalid`, `operator-unknown`; TryLater.
    """
    ans = parse_ans(str(request.get("operator", "")), "/operator")
    if operator_ref() not in deps.ledgers.of(ans).get([operator_ref()]):
        raise Rejected("operator-unknown", "/operator")
    for name in _wanted({CANARY}, deps):
        _opened(name, deps)
    return {"keys": [vkey_of(name, _opened(name, deps).public, deps) for name in _wanted({ans}, deps)]}


def open_missing(deps: Deps) -> None:
    """Open every log that lacks its key and disable the keys of years that are over.

    A log that cannot be opened stops alone: it is counted, which rings. Raises TryLater; the next sweep goes on.
    """
    now = deps.clock.now()
    known, waiting = set(deps.keys.known()), _waiting(deps)
    whose = {name.ans for name in known if name.year >= now.year - 1} | {CANARY}
    work: list[tuple[Callable[[LogName, Deps], object], LogName]] = []
    work += [(_opened, name) for name in sorted({*_wanted(whose, deps), *waiting} - known, key=_order)]
    work += [
        (_closed, name)
        for name in sorted(known, key=_order)
        if may_close(name, now) and replace(name, shard=1) not in waiting
    ]
    later: list[TryLater] = []
    for step, name in work:
        try:
            step(name, deps)
        except Halted as halted:
            deps.meter.count("LogHalted", log=name.log.value)
            LOG.error("%s", halted)  # noqa: TRY400  the sentence says which log and what contradicts what
        except TryLater as error:
            later.append(error)
    if later:
        raise later[0]


def _opened(name: LogName, deps: Deps) -> OpenedLog:
    """The log with its key made, recorded and named, by us or by another run at the same moment."""
    ledger, ref = deps.ledgers.of(name.ans), opened_ref(name)
    held = ledger.get([ref]).get(ref)
    named = deps.keys.of(name)
    if isinstance(held, OpenedLog):
        if named is None:
            deps.keys.call(name, held.key)
        elif named.id != held.key:
            # Somebody named another key: what it signs would be refused by everybody who knows the log's.
            raise Halted(f"log {deps.origin(name)}: its key is not the one it was opened with")
        return held
    # A name without an item: the ledger was restored from a copy that is older than the log.
    key = named or deps.keys.make(deps.origin(name))
    made = OpenedLog(log=name.log, year=name.year, shard=name.shard, key=key.id, public=key.public.hex())
    values = (Value("registro", deps.origin(name)), Value("chave", vkey_of(name, made.public, deps)))
    act = Act(command("open-log", deps.origin(name), key.id), (Put(made),), (Fact("log.opened", ref, values),))
    if ledger.commit([act]).lost:
        if named is None:
            deps.keys.disable(key.id)  # of two runs at once one key is the log's; the other must never sign
        if ref not in ledger.get([ref]):
            raise LostRace("another run recorded the log's key and took it back")
        return _opened(name, deps)
    deps.keys.call(name, key.id)
    deps.meter.count("LogOpened")
    return made


def _closed(name: LogName, deps: Deps) -> OpenedLog | None:
    """None where nothing was to be done."""
    ledger, ref = deps.ledgers.of(name.ans), opened_ref(name)
    held = ledger.get([ref]).get(ref)
    if not isinstance(held, OpenedLog) or held.closed_at is not None:
        return None
    deps.keys.disable(held.key)
    done = replace(held, closed_at=deps.clock.now())
    fact = Fact("log.closed", ref, (Value("registro", deps.origin(name)),))
    if ledger.commit([Act(command("close-log", deps.origin(name), held.key), (Put(done),), (fact,))]).lost:
        raise LostRace("another run closed the log")
    deps.meter.count("LogClosed")
    return done


def _waiting(deps: Deps) -> set[LogName]:
    """Logs of facts that are not sealed. A row that is no fact is not ours to judge: sealing counts it."""
    found = set()
    for page in deps.unsealed.pages():
        for row in page:
            try:
                found.add(deps.entry_of(row)[0])
            except Halted:
                continue
    return found


def _wanted(whose: Collection[str], deps: Deps) -> list[LogName]:
    """The logs of this year, and from December on of the next, so that a witness can be told their keys in time."""
    now = deps.clock.now()
    years = (now.year, now.year + 1) if now.month == DECEMBER else (now.year,)
    return [
        LogName(ans, log, year)
        for ans in sorted(whose)
        for year in years
        for log in ((LogClass.OPERACAO,) if ans == CANARY else WRITTEN_LOGS)
    ]


def vkey_of(name: LogName, public: str, deps: Deps) -> str:
    """The log's public key as verifiers take it."""
    return Verifier(deps.origin(name), ED25519, bytes.fromhex(public)).vkey


def _order(name: LogName) -> tuple[str, str, str]:
    return name.ans, name.log.value, name.label
