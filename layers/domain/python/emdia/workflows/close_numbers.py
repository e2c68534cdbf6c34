"""Once a day has ended: no more numbers of it, and every number that stands for no attendance is told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from emdia.facts import Fact, Value
from emdia.ports import Act, Ledger, Meter, Put
from emdia.protocols.number import Block, NumbersOfDay, ProtocolNumber
from emdia.protocols.protocol import Protocol, Status
from emdia.state import protocol_ref

READ = 100  # items of one BatchGet
TOLD = 50  # numbers of one act: with their fact they fit one transaction
AT_ONCE = 20_000  # numbers of one run: a large day takes several


def close_numbers(days: Sequence[NumbersOfDay], now: datetime, ledger: Ledger, meter: Meter) -> int:
    """Close the days that have ended (Brasília) and go through their numbers; how many days were dealt with.

    A number that is not issued gets an item that says so, under the condition that nothing stands there: whoever still
    holds it can never issue it. What is left of a large day, or lost to a lease of that very moment, the next sweep
    goes on with. Raises TryLater.
    """
    ended = [day for day in days if day.agenda is not None and day.agenda[1] <= now]
    for day in ended:
        closed = _closed(day, ledger)
        if closed is not None:
            meter.count("ProtocolNumbersNotIssued", _go_through(closed, now, ledger))
    return len(ended)


def _closed(day: NumbersOfDay, ledger: Ledger) -> NumbersOfDay | None:
    if day.closed:
        return day
    fact = Fact("protocol.numbers_not_issued", day.ref, (Value("reservados", day.leased),))
    done = ledger.commit([Act(f"close:{day.day.isoformat()}:{day.v}", (Put(replace(day, closed=True)),), (fact,))])
    stored = done.states.get(day.ref)
    return stored if isinstance(stored, NumbersOfDay) else None


def _go_through(day: NumbersOfDay, now: datetime, ledger: Ledger) -> int:
    """The next part of a day; how many of it were never issued."""
    until = min(day.told + AT_ONCE, day.leased)
    missing = sum(_tell(block, now, ledger) for block in _blocks(ledger.ans, day, until))
    values = (Value("ate", until), Value("nao_emitidos", missing))
    fact = Fact("protocol.numbers_not_issued", day.ref, values)
    ledger.commit([Act(f"told:{day.day.isoformat()}:{day.v}", (Put(replace(day, told=until)),), (fact,))])
    return missing


def _blocks(ans: str, day: NumbersOfDay, until: int) -> Iterator[Block]:
    for first in range(day.told + 1, until + 1, READ):
        yield Block(ans, day.day, first, min(first + READ - 1, until))


def _tell(block: Block, now: datetime, ledger: Ledger) -> int:
    """Write down those of a block that stand for nothing; how many do, whoever wrote them down."""
    held = ledger.get([protocol_ref(str(number)) for number in block])
    never = [state for state in held.values() if isinstance(state, Protocol) and state.status is Status.NOT_ISSUED]
    gaps = [number for number in block if protocol_ref(str(number)) not in held]
    acts = [_act(gaps[i : i + TOLD], now) for i in range(0, len(gaps), TOLD)]
    if acts and ledger.commit(acts).lost:
        # Somebody issued one of them in this very moment, or closes beside us: look again.
        return _tell(block, now, ledger)
    return len(never) + len(gaps)


def _act(gaps: Sequence[ProtocolNumber], now: datetime) -> Act:
    """One fact for all of them; it is about the first, and names every other."""
    puts = tuple(Put(Protocol(number=str(number), opened_at=now, status=Status.NOT_ISSUED)) for number in gaps)
    value = Value("numeros", ",".join(f"{number.sequence:06d}" for number in gaps))
    fact = Fact("protocol.numbers_not_issued", puts[0].state.ref, (value,))
    return Act(f"not-issued:{gaps[0]}:{len(gaps)}", puts, (fact,))
