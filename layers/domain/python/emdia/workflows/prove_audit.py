"""prove_audit: that a fact stands in its sealed log, that a log only grew; for legal also what a fact said.

A proof discloses nothing: a leaf is salted digests. What a fact said, field by field as chosen, is for legal alone, and
that they looked is itself a fact before they see anything.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from emdia.audit.batch import id_of
from emdia.audit.leaf import b64url, told_by
from emdia.audit.note import ED25519, Verifier
from emdia.audit.opened import OpenedLog, opened_ref
from emdia.audit.ports import LogName, LogReading, Openings
from emdia.audit.prove import Prover
from emdia.clock import instant
from emdia.errors import Halted, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.identity import parse_ans, parse_cpf
from emdia.people.offices import Office, office_of
from emdia.people.ports import Callers
from emdia.ports import Clock, Ledgers, Pseudonyms, Seen
from emdia.state import operator_ref
from emdia.workflows.acts import command
from emdia.workflows.proved_call import caller_of
from emdia.workflows.staff_request import line_of
from emdia.workflows.views import show

_TEXT_MAX = 500
_YEARS = range(2000, 10_000)
_SHARDS = range(1, 100)
_FIELDS_MAX = 100


@dataclass(frozen=True, slots=True)
class Deps:
    """What proving needs. `stage` is part of the names of the offices' roles."""

    logs: LogReading
    openings: Openings
    ledgers: Ledgers
    pseudonyms: Pseudonyms
    callers: Callers
    clock: Clock
    stage: str


def prove_audit(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "operator", "class", "year", "shard"?, ...}`.

    Actions: `prove` (`event`): leaf, C2SP tlog-proof and key. `grow` (`old`, `new`: the newest when absent): that the
    log of `old` entries is the beginning of that of `new`, as a C2SP witness is asked. `disclose` (`event`, `fields`,
    `reason`, `cpf`?, `proof` of who calls; legal only): as `prove`, and the chosen fields' disclosures; those of a
    person need their `cpf`. Raises Rejected; TryLater; Halted for a log that contradicts itself.
    """
    verb = _VERBS.get(str(request.get("action", "")))
    if verb is None:
        raise Rejected("action-invalid", "/action")
    return verb(request, _name(request), deps)


def _prove(request: Mapping[str, object], name: LogName, deps: Deps) -> Mapping[str, object]:
    event, prover = line_of(request, "event", _TEXT_MAX), _prover(name, deps)
    return _proved(prover, _index(event, name, prover, deps))[1]


def _grow(request: Mapping[str, object], name: LogName, deps: Deps) -> Mapping[str, object]:
    old, new = _size(request, "old"), _size(request, "new") if "new" in request else None
    prover = _prover(name, deps)
    try:
        grown = prover.grown(old, new)
    except ValueError:
        raise Rejected("sizes-invalid", "/old") from None
    if grown is None:
        raise Rejected("size-unsigned", "/new")
    return {"request": grown.encode().decode(), "key": prover.log.vkey}


def _disclose(request: Mapping[str, object], name: LogName, deps: Deps) -> Mapping[str, object]:
    actor = caller_of(request, deps.callers)
    if office_of(actor, deps.stage) is not Office.LEGAL:
        raise Rejected("disclosure-for-legal")
    event, fields, reason = (
        line_of(request, "event", _TEXT_MAX),
        _fields(request),
        line_of(request, "reason", _TEXT_MAX),
    )
    persons = _persons(request, name, deps)
    prover = _prover(name, deps)
    index = _index(event, name, prover, deps)
    leaf, proved = _proved(prover, index)
    witnessed = _seen(event, name, actor, fields, reason, persons, deps)
    by_name = {}
    for disclosure in deps.openings.disclosures(name.ans, name.log, prover.opening(index), persons):
        if b64url(sha256(disclosure.encode()).digest()) not in json.loads(leaf)["_sd"]:
            raise Halted(f"log {prover.log.name}: the opening of entry {index} is not its leaf's")
        by_name[told_by(disclosure)[0]] = disclosure
    unknown = [field for field in fields if field not in by_name]
    if unknown:
        raise Rejected("disclosure-unknown", f"/fields/{fields.index(unknown[0])}")
    others = sorted(set(by_name) - set(fields))
    return show(witnessed, {**proved, "disclosures": [by_name[field] for field in fields], "others": others})


def _persons(request: Mapping[str, object], name: LogName, deps: Deps) -> list[str]:
    if not request.get("cpf"):
        return []
    return [deps.pseudonyms.of(name.ans, "person", parse_cpf(line_of(request, "cpf", _TEXT_MAX), "/cpf"))]


def _seen(
    event: str, name: LogName, actor: str, fields: Sequence[str], reason: str, persons: Sequence[str], deps: Deps
) -> Seen:
    """Whoever looks is seen first: when this cannot be made durable, nothing is shown."""
    told = [("ator", actor), ("evento", event), ("campos", ",".join(fields)), ("motivo", reason)]
    told += [("titular", person) for person in persons]
    fact = Fact("event.disclosed", operator_ref(), tuple(Value(one, value) for one, value in told))
    named = command("disclose", event, actor, *fields, *persons, instant(deps.clock.now()))
    return deps.ledgers.of(name.ans).witness([fact], named)


def _prover(name: LogName, deps: Deps) -> Prover:
    # Recorded when the log was opened: the key service may not tell it of a key that is disabled.
    ref = opened_ref(name)
    opened = deps.ledgers.of(name.ans).get([ref]).get(ref)
    if not isinstance(opened, OpenedLog):
        raise Rejected("log-unknown", "/class")
    public = bytes.fromhex(opened.public)
    prover = Prover(deps.logs.reader(name), Verifier(deps.logs.origin(name), ED25519, public))
    if prover.begun is None:
        raise Rejected("log-unknown", "/class")
    return prover


def _proved(prover: Prover, index: int) -> tuple[bytes, dict[str, object]]:
    leaf, proof = prover.entry(index)
    return leaf, {
        "index": index,
        "size": prover.checkpoint.size,
        "leaf": leaf.decode(),
        "proof": proof.encode().decode(),
        "key": prover.log.vkey,
    }


def _index(event: str, name: LogName, prover: Prover, deps: Deps) -> int:
    """From the fact's seal mark while there is one, else from the log itself."""
    head = deps.logs.head(name)
    index = head.marks([event]).get(event)
    if index is not None and 0 <= index < prover.checkpoint.size:
        return index
    if index is not None or event in head.leaves([event]):
        raise Rejected("event-unsealed", "/event")
    for at, leaf in enumerate(prover.leaves()):
        if id_of(leaf) == event:
            return at
    raise Rejected("event-unknown", "/event")


def _name(request: Mapping[str, object]) -> LogName:
    ans = parse_ans(str(request.get("operator", "")), "/operator")
    log, year = request.get("class"), request.get("year")
    if log not in list(LogClass):
        raise Rejected("action-invalid", "/class")
    if not isinstance(year, int) or isinstance(year, bool) or year not in _YEARS:
        raise Rejected("action-invalid", "/year")
    shard = request.get("shard", 1)
    if not isinstance(shard, int) or isinstance(shard, bool) or shard not in _SHARDS:
        raise Rejected("action-invalid", "/shard")
    return LogName(ans, LogClass(str(log)), year, shard)


def _size(request: Mapping[str, object], field: str) -> int:
    value = request.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Rejected("sizes-invalid", f"/{field}")
    return value


def _fields(request: Mapping[str, object]) -> list[str]:
    """Names, each once; none at all tells which there are."""
    told = request.get("fields")
    named = isinstance(told, list) and all(isinstance(one, str) and 0 < len(one) <= _TEXT_MAX for one in told)
    if not isinstance(told, list) or not named or len(set(told)) != len(told) or len(told) > _FIELDS_MAX:
        raise Rejected("action-invalid", "/fields")
    return told


_VERBS: Mapping[str, Callable[[Mapping[str, object], LogName, Deps], Mapping[str, object]]] = {
    "prove": _prove,
    "grow": _grow,
    "disclose": _disclose,
}
