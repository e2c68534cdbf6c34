"""The witness's doors, wired as deployed over the two accounts in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from emdia import wiring
from emdia.aws import clients
from tests.fakes import house as names
from tests.fakes.witness import WITNESS, WITNESS_KEY, WitnessHouse

ENVIRONMENT = {
    "EMDIA_STAGE": names.STAGE,
    "EMDIA_AUDIT": names.AUDIT,
    "EMDIA_WITNESS": WITNESS,
    "EMDIA_WITNESS_KEY": WITNESS_KEY,
    "EMDIA_LOCK_DAYS": "class",
}


@contextmanager
def wired(monkeypatch) -> Iterator[WitnessHouse]:
    """Its clock is the machine's, so the house's is put there too."""
    world = WitnessHouse()
    world.house.clock.at = datetime.now(UTC)
    fakes = {"s3": world.s3, "kms": world.kms, "secretsmanager": world.secretsmanager}
    monkeypatch.setattr(clients, "client", fakes.__getitem__)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    wiring._adapters.cache_clear()
    yield world
    wiring._adapters.cache_clear()


def metrics(said: str) -> set[str]:
    """Names counted, from what a function printed."""
    return {word.split('"')[0] for word in said.split('"Metrics":[{"Name":"')[1:]}
