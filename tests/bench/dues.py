"""One portfolio for both: fees that are due, by days of delay. Needs the standard library only."""

import random
from collections.abc import Iterator

# Days late of the steps that both ladders have: ours are those of `padrao-2026-1` from the due date on.
STEPS = (0, 3, 7, 15, 30)


def dues(count: int, seed: int = 1) -> Iterator[tuple[int, int, int]]:
    """`(number, days late, centavos)` of `count` fees, each of a person of its own."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        yield number, chance.randint(5, 44), chance.randint(20_000, 150_000)
