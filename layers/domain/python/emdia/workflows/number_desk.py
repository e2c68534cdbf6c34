"""Protocol numbers at hand: a worker leases a block of the day and issues from it without asking anybody."""

from collections import deque

from emdia.errors import LostRace
from emdia.facts import Fact, Value
from emdia.ports import Act, Clock, Ledger, Meter, Put, Randomness
from emdia.protocols.number import AHEAD, NumbersOfDay, ProtocolNumber, brasilia_day, lease, numbers_ref

_ROUNDS = 8  # races against other workers before the caller is asked to come again


class NumberDesk:
    """The blocks of one worker, by operator. Lives as long as the worker; what it has left then is never issued."""

    def __init__(self, clock: Clock, randomness: Randomness, meter: Meter) -> None:
        self._clock, self._randomness, self._meter = clock, randomness, meter
        self._left: dict[str, deque[ProtocolNumber]] = {}

    def take(self, ledger: Ledger) -> ProtocolNumber:
        """A number of today (Brasília) that nobody else can have.

        Raises Rejected `protocol-numbers-exhausted`, `protocol-day-closed`; TryLater.
        """
        left = self._left.get(ledger.ans)
        if not left or left[0].day != brasilia_day(self._clock.now()):
            left = self._left[ledger.ans] = self._lease(ledger)
        return left.popleft()

    def give_back(self, number: ProtocolNumber) -> None:
        """`number` was certainly not written: it serves the next attendance, so that no gap is left."""
        left = self._left.get(number.ans)
        if left and left[0].day == number.day:
            left.appendleft(number)

    def _lease(self, ledger: Ledger) -> deque[ProtocolNumber]:
        day = brasilia_day(self._clock.now())
        for _ in range(_ROUNDS):
            held = ledger.get([numbers_ref(day)]).get(numbers_ref(day))
            block, numbers = lease(ledger.ans, held if isinstance(held, NumbersOfDay) else NumbersOfDay(day=day))
            if numbers.leased >= AHEAD:
                self._meter.count("ProtocolNumbersLow")
            values = (Value("primeiro", block.first), Value("ultimo", block.last))
            # A random command: two workers must never take one another's block for their own.
            command = f"lease:{day.isoformat()}:{self._randomness.token(16).hex()}"
            act = Act(command, (Put(numbers),), (Fact("protocol.numbers_leased", numbers.ref, values),))
            if ledger.commit([act]).landed:
                return deque(block)
        raise LostRace("protocol numbers: others keep leasing them")
