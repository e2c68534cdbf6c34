"""What disposing of anything shares: who holds it, how it is held back, how many items go together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from emdia.facts import Fact, Value
from emdia.people.disposal import Held
from emdia.people.erasure import LegalHold, hold_ref
from emdia.people.ports import Remains, Row
from emdia.portfolio.received import MoneyFlag
from emdia.ports import Act, Change, Check, Ledger, Pseudonyms, Put, Remove
from emdia.state import FLAGGED_MONEY, Ref, State

TOGETHER = 60  # items of one act: with its fact's list of them they fit a transaction and an opening


@dataclass(slots=True)
class Look:
    """One run's look at one operator. `flagged`: contracts with money of which a person must decide; read once."""

    ledger: Ledger
    remains: Remains
    pseudonyms: Pseudonyms
    now: datetime
    _flagged: frozenset[str] | None = field(default=None)

    def flagged(self) -> frozenset[str]:
        """Contracts, as pseudonyms."""
        if self._flagged is None:
            drawer = self.ledger.record(FLAGGED_MONEY)
            self._flagged = frozenset(one.contract for one in drawer if isinstance(one, MoneyFlag))
        return self._flagged

    def holds(self, persons: Iterable[str]) -> Mapping[str, LegalHold | None]:
        """The legal hold of each person, standing or lifted; None where there never was one."""
        refs = {person: hold_ref(person) for person in persons}
        held = self.ledger.get(list(refs.values()))
        return {person: _hold(held.get(ref)) for person, ref in refs.items()}


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of one thing: disposed of as `kind`, `held` back, or `moved` to a later look. `count`: its items."""

    kind: str
    count: int = 1
    held: Held | None = None
    moved: bool = False


def still_free(holds: Mapping[str, LegalHold | None]) -> list[Change]:
    """That no hold is placed in this very moment: then nothing goes past it."""
    return [Check(hold_ref(person), hold.v if hold else 0) for person, hold in sorted(holds.items())]


def standing(holds: Mapping[str, LegalHold | None]) -> bool:
    """Whether a legal hold stands."""
    return any(hold is not None and hold.active for hold in holds.values())


def put_off(state: State, later: State, kind: str, held: Held | None, look: Look) -> Gone | None:
    """Look at it again later; with `held`, a fact says why it stays past its time. None when somebody was first."""
    values = (Value("regra", "retention" if held is None else held.reason), Value("tipo", kind))
    act = Act(f"held:{_name(state.ref)}:{state.v}", (Put(later),), (Fact("disposal.held", state.ref, values),))
    landed = look.ledger.commit([act]).landed
    return Gone(kind, held=held, moved=held is None) if landed else None


def removed(rows: Sequence[Row]) -> list[Change]:
    """Every one of them, as it stands."""
    return [Remove(row.ref, row.v, row.last) for row in rows]


def clear_away(rows: Sequence[Row], fence: Sequence[Change], kind: str, rule: str, look: Look) -> bool:
    """Remove `rows`, part by part, while `fence` holds; False when it does not any more, or a row was changed."""
    for part in _parts(rows):
        first = part[0]
        values = (Value("itens", len(part)), Value("regra", rule))
        changes = (*removed(part), *fence)
        act = Act(f"clear:{_name(first.ref)}:{first.v}", changes, (Fact(kind, first.ref, values),))
        if not look.ledger.commit([act]).landed:
            return False
    return True


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[i : i + TOGETHER] for i in range(0, len(rows), TOGETHER))


def _name(ref: Ref) -> str:
    """Pseudonyms and numbers only: commands stand in clear."""
    return f"{ref.partition}:{ref.sort}"


def _hold(state: State | None) -> LegalHold | None:
    return state if isinstance(state, LegalHold) else None
