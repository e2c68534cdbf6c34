"""A portfolio on a file: taken from the ledger by whoever may, and read by `emdia ladder simulate`. Pseudonyms only."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from emdia.aws.history import DynamoHistory
from emdia.aws.plain import dumps, reader, writer
from emdia.clock import instant, parse_instant
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.ladder.replay import Closed, Sent, Snapshot, Told
from emdia.messages.outreach import Outreach
from emdia.messages.person import PersonLog
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Operator
from emdia.ports import Ledger
from emdia.state import operator_ref
from emdia.workflows.acts import command
from emdia.workflows.views import show

HEAD = "emdia-carteira-1"
_KINDS: dict[str, Any] = {
    "case": Case, "person": PersonLog, "outreach": Outreach, "closed": Closed, "stop": Told, "sent": Sent,
}  # fmt: skip


def take(ans: str, ledger: Ledger, history: DynamoHistory, actor: str, now: datetime) -> str:
    """The file's text, after the fact of who takes it. Raises Rejected `operator-unknown`; TryLater."""
    if not isinstance(ledger.get([operator_ref()]).get(operator_ref()), Operator):
        raise Rejected("operator-unknown", "/operator")
    # Whoever takes it is seen first: when this cannot be made durable, nothing is read.
    seen = Fact("portfolio.exported", operator_ref(), (Value("ator", actor), Value("uso", "simulação de régua")))
    witnessed = ledger.witness([seen], command("snapshot", ans, actor, instant(now)))
    return show(witnessed, "\n".join(_lines(history.snapshot(parse_ans(ans, "/operator"), now))) + "\n")


def _lines(taken: Snapshot) -> Iterator[str]:
    yield dumps({"head": HEAD, "ans": taken.ans, "taken_at": instant(taken.taken_at)})
    yield dumps({"holidays": {ibge: [day.isoformat() for day in days] for ibge, days in taken.holidays.items()}})
    groups: tuple[Iterable[Any], ...] = (
        taken.cases,
        taken.persons.values(),
        taken.outreach.values(),
        taken.closed,
        taken.stops,
        taken.sent,
    )
    for (name, kind), group in zip(_KINDS.items(), groups, strict=True):
        turn = writer(kind)
        yield from (dumps({name: turn(one)}) for one in group)


def is_snapshot(text: str) -> bool:
    """Whether `text` is one, rather than a table."""
    return text.startswith('{"head"')


def read(text: str) -> Snapshot:
    """The portfolio on a file. Raises Rejected `snapshot-invalid` with the line as pointer."""
    head, *lines = text.splitlines() or [""]
    try:
        told = json.loads(head)
        known = told["head"] == HEAD
        found = Snapshot(told["ans"], parse_instant(told["taken_at"]))
    except (KeyError, TypeError, ValueError, RecursionError):
        known = False
    if not known:
        raise Rejected("snapshot-invalid", "/1")
    for number, line in enumerate(lines, start=2):
        try:
            ((name, value),) = json.loads(line).items()
            _keep(found, name, value)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise Rejected("snapshot-invalid", f"/{number}") from None
    return found


def _keep(found: Snapshot, name: str, value: Any) -> None:
    if name == "holidays":
        found.holidays = {ibge: tuple(map(date.fromisoformat, days)) for ibge, days in value.items()}
        return
    one = reader(_KINDS[name])(value)
    if name == "person":
        found.persons[one.key] = one
    elif name == "outreach":
        found.outreach[one.contract] = one
    else:
        lists: dict[str, list[Any]] = {
            "case": found.cases, "closed": found.closed, "stop": found.stops, "sent": found.sent,
        }  # fmt: skip
        lists[name].append(one)
