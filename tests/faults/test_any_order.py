"""Any order of anything: a state machine over the house; whatever happens, in the end all that was promised holds."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emdia.messages.delivery import DeliveryKind
from tests.fakes.house import EMAIL_QUEUE, ERP_OUT_QUEUE, ERP_QUEUE, SMS_QUEUE, STEPS_QUEUE, WHATSAPP_QUEUE
from tests.soak.judge import findings, judge_messages
from tests.soak.life import DOWN, OK, SILENT, Life
from tests.soak.storm import WAYS

QUEUES = (ERP_QUEUE, STEPS_QUEUE, EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE, ERP_OUT_QUEUE)
CONTRACTS = 4  # two of them of one person
CALLS = ("post", "apply", "quarter", "take", "send", "report", "relay", "seal", "deliver", "nightly")
FATES = {
    "delivered": [(0.0, DeliveryKind.DELIVERED, False)],
    "read": [(0.0, DeliveryKind.DELIVERED, False), (1.0, DeliveryKind.READ, False)],
    "late": [(30.0, DeliveryKind.DELIVERED, False)],
    "failed": [(0.0, DeliveryKind.FAILED, False)],
    "dead": [(0.0, DeliveryKind.FAILED, True)],
    "complained": [(0.0, DeliveryKind.DELIVERED, False), (2.0, DeliveryKind.COMPLAINED, False)],
    "silent": [],
}
CONTRACT = st.integers(0, CONTRACTS - 1)


class AnyOrder(RuleBasedStateMachine):
    """Rules are what the outside world does and which function runs; nothing is called in an order of ours."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)  # what is tried again is told by the thousand
        self.life = Life(seed=1, contracts=CONTRACTS)
        self.world = self.life.world
        self.world.clock.at = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
        self.fate = "delivered"
        self.world.fates = lambda _: [(timedelta(hours=hours), *rest) for hours, *rest in FATES[self.fate]]
        self.world.erp.mood = lambda: self.life.mood
        self.judged = 0

    @initialize()
    def begins(self) -> None:
        """The schedules have run before, the contracts are there, and each owes a fee that is due."""
        self.world.quarter()
        for number in self.life.contracts:
            self.life.bill(number)
        self.world.clock.move(hours=1)
        self.world.post()
        self.world.apply()

    # The outside world.

    @rule(of=CONTRACT)
    def a_fee(self, of: int) -> None:
        self.life.bill(self.life.contracts[of])

    @rule(of=CONTRACT, last=st.booleans())
    def money(self, of: int, last: bool) -> None:
        if owed := self.life.owed.get(self.life.keys[self.life.contracts[of]]):
            self.life.pay(*owed[-1 if last else 0])

    @rule(of=CONTRACT)
    def new_addresses(self, of: int) -> None:
        self.life.sign(of, self.life.contracts[of])

    @rule(of=CONTRACT)
    def a_hold(self, of: int) -> None:
        self.life.hold(self.life.contracts[of])

    @precondition(lambda self: self.world.arrivals)
    @rule(which=st.integers(0, 50))
    def somebody_opts_out(self, which: int) -> None:
        message = self.world.arrivals[which % len(self.world.arrivals)]
        self.world.alive(lambda: self.world.opt_out(message))

    @rule(fate=st.sampled_from(sorted(FATES)), mood=st.sampled_from((OK, OK, DOWN, SILENT)))
    def others_change(self, fate: str, mood: object) -> None:
        self.fate, self.life.mood = fate, mood

    @rule(minutes=st.sampled_from((1, 16, 31, 60, 61, 240, 600, 1440, 4000)))
    def time_goes_by(self, minutes: int) -> None:
        self.world.clock.move(minutes=minutes)
        due = [plan for plan in self.life.plans if plan[0] <= self.world.clock.now()]
        self.life.plans = [plan for plan in self.life.plans if plan not in due]
        for _, work in due:
            work()

    # Our functions, and what befalls them.

    @rule(call=st.sampled_from(CALLS))
    def a_function_runs(self, call: str) -> None:
        getattr(self.world, call)()

    @rule(calls=st.permutations(CALLS[:-1]))
    def all_run(self, calls: list[str]) -> None:
        for call in calls:
            getattr(self.world, call)()

    @rule(call=st.sampled_from(CALLS), nth=st.integers(1, 12), way=st.sampled_from(WAYS))
    def a_call_fails(self, call: str, nth: int, way: tuple) -> None:
        """The `nth` call of this run fails, or the worker dies at it, before or after it landed."""
        error, landed = way
        self.world.faults.fail("", call=nth, landed=landed, error=error)
        getattr(self.world, call)()
        self.world.faults.planned.clear()

    @rule(call=st.sampled_from(CALLS[1:]), other=st.sampled_from(("money", *CALLS[:-1])), of=CONTRACT)
    def two_at_once(self, call: str, other: str, of: int) -> None:
        """Between a read and a write of one, another runs: the same function, or money coming in."""
        owed = self.life.owed.get(self.life.keys[self.life.contracts[of]])
        if other != "money":
            self.world.meanwhile(getattr(self.world, other))
        elif owed:
            self.world.meanwhile(lambda: self.life.money_for(*owed[0]))
        getattr(self.world, call)()
        self.world.dynamodb.before_write = None

    @rule(queue=st.sampled_from(QUEUES), back=st.booleans())
    def a_queue_repeats_itself(self, queue: str, back: bool) -> None:
        self.world.sqs.queues[queue] = (self.world.sqs.queues[queue] * 2)[:: -1 if back else 1]

    @rule(queue=st.sampled_from(QUEUES))
    def a_queue_loses_everything(self, queue: str) -> None:
        self.world.sqs.take(queue, 10_000)

    @rule()
    def the_stream_brings_it_again(self) -> None:
        self.world.relayed, self.world.sealed = max(0, self.world.relayed - 20), max(0, self.world.sealed - 20)

    @rule()
    def other_workers(self) -> None:
        self.world.restart()

    # What must hold.

    @invariant()
    def nobody_is_written_to_twice_nor_after_the_money(self) -> None:
        self.world.look()
        assert self.world.watcher.broken == []
        found = list(judge_messages(self.world, self.judged))
        self.judged = len(self.world.arrivals)
        assert found == []

    def teardown(self) -> None:
        """Everything gets its time, with nothing failing any more; then nothing may be stuck, lost or unproved."""
        self.world.faults.planned.clear()
        self.life.rest(days=4)
        logging.disable(logging.NOTSET)
        assert findings(self.world).all() == []


@pytest.mark.slow
def test_whatever_happens_in_whatever_order():
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
