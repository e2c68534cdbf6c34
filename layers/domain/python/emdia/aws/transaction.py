"""Groups of acts, each group one DynamoDB transaction, and what became of every act.

The promise: an act lands whole or not at all, and a lost answer is never taken for a refusal. Its means:
the identical request is repeated under the same token, an act's own fact row tells that it landed before,
and what nobody can tell is reported as `lost`, which makes the caller look again, never as landed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from emdia.aws.answers import AWS_ERRORS, code_of, may_have_landed, throttled, trouble
from emdia.aws.keyring import Item
from emdia.aws.reading import read_all
from emdia.errors import Halted, TryLater
from emdia.ports import Committed, Randomness
from emdia.state import Ref, State

MAX_ITEMS = 100  # TransactWriteItems
MAX_BYTES = 3_500_000  # of 4 MB; sizes are our estimate

# Not this act's condition, but somebody else's write or load: worth another look, by the caller.
_CONTENTION = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})
_REFUSED = "ConditionalCheckFailed"


@dataclass(frozen=True, slots=True)
class Unit:
    """One act as transaction items. `fact`: its first fact's row; `size` in bytes.

    `states`: what it puts, as stored if this very request lands.
    """

    command: str
    items: tuple[Item, ...]
    fact: Item
    size: int
    states: Mapping[Ref, State]


class Fate(Enum):
    """What a request did."""

    LANDED = "landed"
    CANCELLED = "cancelled"  # nothing was written; the verdict says because of whom
    NOT_WRITTEN = "not-written"  # refused for load
    UNKNOWN = "unknown"  # not there yet, but perhaps on its way


@dataclass(frozen=True, slots=True)
class Verdict:
    """A request's fate, act by act.

    `written`: acts this very request wrote, now or at its first try; `before`: acts an earlier request of
    the same command wrote; `named`: acts it was cancelled for.
    """

    fate: Fate
    written: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Transactor:
    """Commits units over a low-level client."""

    dynamodb: Any
    journal: str
    sleep: Callable[[float], None]
    randomness: Randomness = field(repr=False)

    def commit(self, units: Sequence[Unit]) -> Committed:
        """See `ports.Ledger.commit`."""
        written: set[str] = set()
        before: set[str] = set()
        answered = True
        for group in groups(units):
            for verdict in self._land(group):
                written |= verdict.written
                before |= verdict.before
                answered = verdict.fate in (Fate.LANDED, Fate.CANCELLED)
            if not answered:
                break
        landed = frozenset(written | before)
        if not answered and not landed:
            raise TryLater("dynamodb TransactWriteItems: no answer, nothing known to be written")
        states = {ref: state for u in units if u.command in written for ref, state in u.states.items()}
        return Committed(landed, _commands(units) - landed, states)

    def _land(self, group: Sequence[Unit]) -> Iterator[Verdict]:
        """The verdict on a group, and the one on what is left of it when some acts were to blame."""
        verdict = self._request(group)
        yield verdict
        blamed = verdict.written | verdict.before | verdict.named
        rest = [unit for unit in group if unit.command not in blamed]
        if verdict.fate is Fate.CANCELLED and rest:
            # Jitter of 20 to 120 ms: whoever we collided with is most likely at the same point as we are.
            self.sleep(0.02 + int.from_bytes(self.randomness.token(2), "big") / 65_536 * 0.1)
            yield self._request(rest)

    def _request(self, group: Sequence[Unit]) -> Verdict:
        items = [item for unit in group for item in unit.items]
        request = {"TransactItems": items, "ClientRequestToken": sha256(repr(items).encode()).hexdigest()[:32]}
        for last in (False, True):
            try:
                self.dynamodb.transact_write_items(**request)
            except AWS_ERRORS as error:
                if code_of(error) == "TransactionCanceledException" and isinstance(error, ClientError):
                    return _cancelled(group, error)
                if throttled(error):
                    return Verdict(Fate.NOT_WRITTEN)
                if not may_have_landed(error):
                    raise trouble(error, "dynamodb TransactWriteItems") from error
                if last:
                    return self._look(group)
            else:
                return Verdict(Fate.LANDED, written=_commands(group))
        raise AssertionError("the second attempt always answers")

    def _look(self, group: Sequence[Unit]) -> Verdict:
        """No answer came twice: an act's own fact tells, for it lands whole.

        A read that fails too leaves the group unknown; raising would hide what is known of other groups.
        """
        keys = [{name: unit.fact[name] for name in ("pk", "sk")} for unit in group]
        try:
            rows = read_all(self.dynamodb, {self.journal: keys}, self.sleep)[self.journal]
        except TryLater:
            return Verdict(Fate.UNKNOWN)
        found = {row["pk"]["S"]: row for row in rows}
        marks = {unit.command: _whose(unit, found.get(unit.fact["pk"]["S"], {})) for unit in group}
        fate = Fate.UNKNOWN if None in marks.values() else Fate.LANDED
        return Verdict(fate, _marked(marks, "written"), _marked(marks, "before"))


def groups(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units in order, as many in a transaction as fit. Raises Halted for one that can never fit."""
    group: list[Unit] = []
    count = size = 0
    for unit in units:
        if len(unit.items) > MAX_ITEMS or unit.size > MAX_BYTES:
            raise Halted(f"an act of {len(unit.items)} items and {unit.size} bytes fits no transaction")
        if group and (count + len(unit.items) > MAX_ITEMS or size + unit.size > MAX_BYTES):
            yield group
            group, count, size = [], 0, 0
        group.append(unit)
        count, size = count + len(unit.items), size + unit.size
    if group:
        yield group


def _cancelled(group: Sequence[Unit], error: ClientError) -> Verdict:
    """Reasons come in the order of the items, every failed condition among them."""
    reasons = iter(error.response.get("CancellationReasons", ()))
    marks: dict[str, str | None] = {}
    for unit in group:
        for _ in unit.items:
            reason = next(reasons, None)
            if reason is None:
                raise Halted("a transaction was cancelled without a reason for every item")
            code = reason.get("Code", "None")
            if code == "None":
                continue
            if code != _REFUSED and code not in _CONTENTION:
                raise Halted(f"dynamodb TransactWriteItems: cancelled for {code}")
            # Only fact rows are asked to come back.
            marks[unit.command] = marks.get(unit.command) or _whose(unit, reason.get("Item", {}))
    named = frozenset(command for command, mark in marks.items() if mark is None)
    return Verdict(Fate.CANCELLED, _marked(marks, "written"), _marked(marks, "before"), named)


def _whose(unit: Unit, row: Item) -> str | None:
    """Whose a stored fact row is: this very request's, an earlier one's of its command, or None: neither.

    Salts make every leaf unique, so the same leaf is the same request.
    """
    if row.get("pk") != unit.fact["pk"] or row["command"]["S"] != unit.command:
        return None
    return "written" if row["leaf"] == unit.fact["leaf"] else "before"


def _marked(marks: Mapping[str, str | None], mark: str) -> frozenset[str]:
    return frozenset(command for command, one in marks.items() if one == mark)


def _commands(units: Collection[Unit]) -> frozenset[str]:
    return frozenset(unit.command for unit in units)
