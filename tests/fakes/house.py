"""House: the whole of Em Dia wired over in-memory clients, with a clock to set and seeded randomness."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from emdia.aws.keyring import Keyring
from emdia.aws.ledger import DynamoLedger, DynamoLedgers
from emdia.aws.pseudonyms import KeyedPseudonyms
from tests.fakes.dynamodb import MemoryDynamo
from tests.fakes.faults import Faults
from tests.fakes.kms import MemoryKms

ANS = "123456"
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LEDGER, JOURNAL, KEYS, CMK = "emdia-test-ledger", "emdia-test-journal", "emdia-test-keys", "arn:aws:kms:test:cmk"


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


class SeededRandomness:
    """The same bytes in every run."""

    def __init__(self, seed: int) -> None:
        self._stream = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._stream.randbytes(size)


@dataclass
class House:
    """Everything shares one clock, one `faults` and one stream of randomness. `naps` collects the sleeps."""

    seed: int = 1
    clock: HandClock = field(default_factory=HandClock)
    faults: Faults = field(default_factory=Faults)
    naps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.randomness = SeededRandomness(self.seed)
        self.dynamodb = MemoryDynamo(self.faults, (LEDGER, JOURNAL, KEYS), indexed=LEDGER)
        self.kms = MemoryKms(self.faults, CMK)
        self.restart()

    def restart(self) -> None:
        """Other workers: nothing cached, the same stores."""
        self.keyring = Keyring(self.dynamodb, self.kms, KEYS, CMK, self.clock, self.randomness, sleep=self.naps.append)
        self.ledgers = DynamoLedgers(
            self.dynamodb, LEDGER, JOURNAL, self.keyring, self.clock, self.randomness, sleep=self.naps.append
        )
        self.pseudonyms = KeyedPseudonyms(self.keyring)

    def ledger(self, ans: str = ANS) -> DynamoLedger:
        return self.ledgers.of(ans)
