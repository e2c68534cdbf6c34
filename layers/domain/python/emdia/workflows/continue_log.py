"""continue_log: a log that can never go on is closed, and the next shard begins with its final checkpoint.

Two steps with a pause between them: first the key is disabled, so that nobody adds to the damaged log; then, when no
worker can still hold a signature of it, what it came to is known, and the next shard's first entry says it. Facts that
are not sealed go there; what is sealed stays where it is and verifies for ever.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import ED25519, NoteRefusedError, Verifier
from emdia.audit.opened import OpenedLog, opened_ref
from emdia.audit.ports import LogName
from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import CONTINUED, Fact, LogClass, Value
from emdia.identity import parse_ans
from emdia.ports import Act, Put
from emdia.workflows.acts import command
from emdia.workflows.open_log import Deps, vkey_of
from emdia.workflows.staff_request import line_of

# A worker runs five minutes at most, and a disabled key may sign for some minutes more.
PAUSE = timedelta(minutes=15)
_TEXT_MAX = 500


def continue_log(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action": "shard", "operator", "class", "year", "reason", "actor"}`: `{"closed"}`, then `{"opened"}`.

    Raises Rejected `ans-invalid`, `action-invalid`, `log-unknown`, `log-closing` (the pause is not over); TryLater.
    """
    name, held = _newest(request, deps)
    told = (Value("ator", line_of(request, "actor", _TEXT_MAX)), Value("motivo", line_of(request, "reason", _TEXT_MAX)))
    if held.closed_at is None:
        return _closed(name, held, told, deps)
    ready = held.closed_at + PAUSE
    if deps.clock.now() < ready:
        raise Rejected("log-closing", "", until=instant(ready))
    return _continued(name, held, told, deps)


def _closed(name: LogName, held: OpenedLog, told: tuple[Value, ...], deps: Deps) -> Mapping[str, object]:
    deps.keys.disable(held.key)
    done = replace(held, closed_at=deps.clock.now())
    fact = Fact("log.closed", held.ref, (Value("registro", deps.origin(name)), *told))
    act = Act(command("close-log", deps.origin(name), held.key), (Put(done),), (fact,))
    if deps.ledgers.of(name.ans).commit([act]).lost:
        raise LostRace("somebody else closed the log")
    deps.meter.count("LogClosed")
    return {"closed": deps.origin(name), "ready": instant(deps.clock.now() + PAUSE)}


def _continued(name: LogName, held: OpenedLog, told: tuple[Value, ...], deps: Deps) -> Mapping[str, object]:
    after, note = replace(name, shard=name.shard + 1), _final(name, held, deps)
    key = deps.keys.of(after) or deps.keys.make(deps.origin(after))
    made = OpenedLog(log=name.log, year=name.year, shard=after.shard, key=key.id, public=key.public.hex())
    vkey = vkey_of(after, made.public, deps)
    begun = Value("registro", deps.origin(after))
    was = (Value("anterior_registro", deps.origin(name)), Value("anterior_cabecalho", note))
    facts = (
        Fact(f"{CONTINUED}.{name.log.value}", made.ref, (begun, *was, *told)),
        Fact("log.opened", made.ref, (begun, Value("chave", vkey))),
    )
    act = Act(command("continue-log", deps.origin(after), key.id), (Put(made),), facts)
    if deps.ledgers.of(name.ans).commit([act]).lost:
        deps.keys.disable(key.id)
        raise LostRace("somebody else continued the log")
    deps.keys.call(after, key.id)
    deps.meter.count("LogOpened")
    return {"opened": deps.origin(after), "key": vkey}


def _final(name: LogName, held: OpenedLog, deps: Deps) -> str:
    """The largest checkpoint that the log's key ever signed, whatever stands there now; "" if it signed none."""
    verifier = Verifier(deps.origin(name), ED25519, bytes.fromhex(held.public))
    best: tuple[Checkpoint, bytes] | None = None
    for _, note in deps.reader(name).checkpoints():
        try:
            checkpoint = open_checkpoint(note, verifier)
        except NoteRefusedError:
            continue  # what is no checkpoint of this log is the damage
        if best is None or checkpoint.size > best[0].size:
            best = checkpoint, note
    return best[1].decode() if best else ""


def _newest(request: Mapping[str, object], deps: Deps) -> tuple[LogName, OpenedLog]:
    ans = parse_ans(str(request.get("operator", "")), "/operator")
    log, year = request.get("class"), request.get("year")
    if log not in list(LogClass):
        raise Rejected("action-invalid", "/class")
    if not isinstance(year, int) or isinstance(year, bool):
        raise Rejected("action-invalid", "/year")
    name, found, ledger = LogName(ans, LogClass(str(log)), year), None, deps.ledgers.of(ans)
    while isinstance(held := ledger.get([opened_ref(name)]).get(opened_ref(name)), OpenedLog):
        found, name = (name, held), replace(name, shard=name.shard + 1)
    if found is None:
        raise Rejected("log-unknown", "/class")
    # One that was recorded and not named, because a run died: naming it is all that is left.
    deps.keys.call(found[0], found[1].key)
    return found
