"""R: requests our functions sign per outreach in a final state, on strict fakes that honour batch windows.

The queues hand over batches as `infra/stages.py` sets them. What the harness does in the outside world (the provider's
events, the seeding) is not counted; idle reads of the schedules are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.portfolio.contract import Channel
from infra.stages import RATES
from tests.fakes import erp
from tests.fakes.house import House
from tests.flows.road import Road
from tests.functions.intake import Intake


@dataclass(frozen=True)
class Measured:
    """`by_stage`: requests by (stage of the road, service, operation)."""

    outreach: int
    by_stage: Counter[tuple[str, str, str]]

    @property
    def r(self) -> float:
        return self.by_stage.total() / self.outreach


EMAIL_ONLY = (Channel.EMAIL,)
# Of twenty people: twelve like WhatsApp best, three SMS, five e-mail.
MIX = (Channel.WHATSAPP,) * 12 + (Channel.SMS,) * 3 + (Channel.EMAIL,) * 5


def portfolio(due: int, open_cases: int, mix: Sequence[Channel] = EMAIL_ONLY) -> Road:
    """A road with `open_cases` open cases of which `due` are due this morning, on the channels of `mix` in turn."""
    road = Road()
    road.climb()
    road.sweep()
    for n in range(1, open_cases + 1):
        road.contract(n, "2026-11-18" if n <= due else "2027-03-18", channels=(mix[n % len(mix)],))
    return road


def measure(due: int, open_cases: int, window_events: int, mix: Sequence[Channel] = EMAIL_ONLY) -> Measured:
    """One morning: every due case gets its message, 2.5 delivery events each, `window_events` a batch."""
    road = portfolio(due, open_cases, mix)
    by_stage: Counter[tuple[str, str, str]] = Counter()

    def count(stage: str, before: Counter[tuple[str, str]]) -> None:
        for (service, operation), n in (road.faults.requests - before).items():
            by_stage[stage, service, operation] += n

    for stage, work in (("climb", road.climb), ("take", road.take), ("send", road.send)):
        before = road.faults.requests.copy()
        work()
        count(stage, before)
    before = road.faults.requests.copy()
    for batch in _batches(_events(road), window_events):
        assert not road.hear(batch)
    count("hear", before)
    road.clock.move(minutes=15)
    before = road.faults.requests.copy()
    road.climb()
    road.sweep()
    count("idle", before)
    assert len(road.arrived()) == due
    return Measured(due, by_stage)


def burst(due: int, open_cases: int, mix: Sequence[Channel] = EMAIL_ONLY) -> Measured:
    """All delivery events at once: full batches."""
    return measure(due, open_cases, RATES["deliveries"].batch, mix)


def day(due: int, open_cases: int, mix: Sequence[Channel] = EMAIL_ONLY) -> Measured:
    """The same events spread over eight hours: a batch holds what one window of time brings."""
    events = int(due * 2.5)
    return measure(due, open_cases, max(1, events * RATES["deliveries"].window // (8 * 3600)), mix)


def door(calls: int, events: int) -> Measured:
    """An ERP sends `calls` signed calls of `events` invoices each; requests of the public door, by its one stage."""
    house = House()
    intake = Intake(house)
    at = house.clock.now() - timedelta(hours=1)
    intake.post(erp.contract(at))
    asked = [[erp.invoice(at, f"F-{n}-{m}") for m in range(events)] for n in range(calls)]
    before = house.faults.requests.copy()
    for one in asked:
        assert len(intake.post(*one)["json"]["accepted"]) == events
    counted = Counter({("door", *call): n for call, n in (house.faults.requests - before).items()})
    return Measured(calls * events, counted)


def _events(road: Road) -> list[Delivery]:
    """Delivered and opened for all, opened again for every second: 2.5 events an outreach."""
    events: list[Delivery] = []
    kinds = (DeliveryKind.DELIVERED, DeliveryKind.READ)
    for kind in kinds:
        road.clock.move(seconds=1)
        events += [road.event(mail.ref, kind) for mail in road.arrived()]
    road.clock.move(seconds=1)
    return events + [road.event(mail.ref, DeliveryKind.READ) for mail in road.arrived()[::2]]


def _batches(events: Sequence[Delivery], size: int) -> list[Sequence[Delivery]]:
    return [events[start : start + size] for start in range(0, len(events), size)]
