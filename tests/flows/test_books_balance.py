"""Whatever is paid, in whatever order, however often it is told: sum in = sum allocated + unallocated."""

from collections import defaultdict
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emdia.aws.books import DynamoBooks
from emdia.facts import Fact
from emdia.money import Centavos
from emdia.payments.charge import ChargeName
from emdia.payments.ports import Received
from emdia.portfolio.apply import fold
from emdia.portfolio.case import Invoice, InvoiceStatus
from emdia.portfolio.contract import AsOf, Channel
from emdia.portfolio.received import Flag, MoneyFlag
from emdia.portfolio.takings import Takings, takings
from emdia.portfolio.told import InvoiceCancelled
from emdia.ports import Act, Put
from emdia.state import FLAGGED_MONEY, invoice_ref
from emdia.workflows.entering import Till, enter_payments
from infra.local.sandbox.bank import KEY
from tests.fakes.house import ANS, LEDGER
from tests.flows.road import Road

DEBTS = 2
EVER = (date(2020, 1, 1), date(2040, 1, 1))


def nowhere(_ibge):
    """No municipality keeps a holiday of its own."""
    return ()


# What is paid: a part, exactly the fee, what is due today, too much, a fortune, one centavo.
AMOUNTS = st.sampled_from((1, 5, 11_117, 50_000, 51_117, 51_118, 60_000, 12_345_678)) | st.integers(1, 200_000)
PAYMENT = st.tuples(st.just("pay"), st.integers(0, DEBTS), AMOUNTS)  # to the last: a charge that nobody knows
BACK = st.tuples(st.just("back"), st.integers(0, 9), st.integers(1, 200_000))
AGAIN = st.tuples(st.just("again"), st.integers(0, 9), st.just(0))
LATER = st.tuples(st.just("later"), st.integers(0, 90), st.just(0))
CANCEL = st.tuples(st.just("cancel"), st.integers(0, DEBTS - 1), st.just(0))


class Bank:
    """What it holds of each Pix, and what it tells of it."""

    def __init__(self, road):
        self.road, self.held = road, []

    def pay(self, place, amount):
        txid = f"{place:032x}" if place < DEBTS else "f" * 32
        name = f"E1234567820261125120000{len(self.held):010d}"
        self.held.append(Received(name, txid, Centavos(amount), self.road.clock.now(), KEY))
        self.tell(self.held[-1:])

    def back(self, which, amount):
        """Some of a Pix, or all of it, goes back."""
        if self.held:
            place = which % len(self.held)
            one = self.held[place]
            returned = Centavos(min(one.amount, one.returned + amount))
            self.held[place] = Received(one.id, one.txid, one.amount, one.at, KEY, returned)
            self.tell([self.held[place]])

    def tell(self, some):
        road = self.road
        enter_payments(ANS, some, KEY, Till(road.ledgers, road.pseudonyms, road.clock, road.meter))

    @property
    def left(self):
        return sum(one.amount - one.returned for one in self.held)


def start():
    """Two debts that are late, each with the name of a charge of ours."""
    road = Road()
    cases = [road.contract(n, channels=(Channel.SMS,)) for n in range(1, DEBTS + 1)]
    for place, case in enumerate(cases):
        name = ChargeName(txid=f"{place:032x}", contract=case.contract, invoice=case.invoices[0].id)
        act = Act(f"name:{place}", (Put(name),), (Fact("charge.asked", name.ref),))
        assert road.ledger().commit([act]).landed
    return road, cases, Bank(road)


def cancel(road, case):
    """The operator withdraws an invoice; what was paid stays paid."""
    states = {state.ref: state for state in road.ledger().record(case.contract)}
    states |= {flag.ref: flag for flag in road.ledger().record(FLAGGED_MONEY)}
    told = InvoiceCancelled(
        key=("erp", "c"),
        type="invoice.cancelled",
        contract=case.contract,
        as_of=AsOf(9, road.clock.now()),
        invoice=case.invoices[0].id,
    )
    outcome = fold(case.contract, [told], states, road.clock.now(), case.ladder, lambda *_: None, lambda one: one)
    if outcome.puts:
        assert road.ledger().commit([Act("cancel", tuple(map(Put, outcome.puts)), outcome.facts)]).landed


def books(road):
    return takings(DynamoBooks(road.dynamodb, LEDGER).partitions(ANS), *EVER, nowhere)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PAYMENT | PAYMENT | BACK | AGAIN | LATER | CANCEL, max_size=10))
def test_sum_in_is_sum_allocated_and_unallocated(story):
    road, cases, bank = start()
    for what, which, amount in story:
        match what:
            case "pay":
                bank.pay(which, amount)
            case "back":
                bank.back(which, amount)
            case "again" if bank.held:
                bank.tell([bank.held[which % len(bank.held)]] * 2)
            case "later":
                road.clock.move(days=which)
            case "cancel":
                cancel(road, cases[which])
    bank.tell(list(reversed(bank.held)))  # the night asks for all of it once more
    told = books(road)
    assert told.received + told.parked == bank.left
    assert told.received == told.allocated + told.unallocated
    assert told.returned == sum(one.returned for one in bank.held)
    assert told.astray == 0
    assert_flags_are_what_is_over(road, told)
    assert_metrics_are_what_is_held(road, told)


def assert_flags_are_what_is_over(road, told):
    """What a person is asked to look at is exactly what is over, what cannot be entered, and what is owed again."""
    sums = defaultdict(int)
    for flag in road.ledger().record(FLAGGED_MONEY, "MONEYFLAG#"):
        assert isinstance(flag, MoneyFlag)
        sums[flag.reason] += int(flag.amount)
    assert sums[Flag.OVER] + sums[Flag.DOUBLE] + sums[Flag.WITHDRAWN] == told.unallocated
    assert sums[Flag.UNKNOWN] == told.parked


def assert_metrics_are_what_is_held(road, told):
    assert road.meter.total("CentavosReceived") - road.meter.total("CentavosReturned") == told.received


def test_a_day_is_a_day():
    road, _, bank = start()
    bank.pay(0, 11_117)
    road.clock.move(days=1)
    bank.pay(0, 60_000)
    bank.pay(DEBTS, 800)
    first, second = (
        takings(DynamoBooks(road.dynamodb, LEDGER).partitions(ANS), date(2026, 11, day), date(2026, 11, day), nowhere)
        for day in (25, 26)
    )
    assert (first.received, first.multa, first.parked) == (11_117, 1_000, 0)
    assert (second.received, second.parked, second.by_pix) == (60_000, 800, 60_000)
    assert second.unallocated > 0


def test_another_operator_s_books_are_not_read():
    road, _, bank = start()
    bank.pay(0, 11_117)
    assert takings(DynamoBooks(road.dynamodb, LEDGER).partitions("654321"), *EVER, nowhere) == Takings()


def test_money_that_is_told_and_not_entered_is_astray():
    """The check itself can fail: an invoice that has lost an entry, a flag that stands for nothing."""
    road, cases, bank = start()
    bank.pay(0, 60_000)
    ref = invoice_ref(cases[0].contract, cases[0].invoices[0].id)
    held = road.ledger().get([ref])[ref]
    assert isinstance(held, Invoice)
    assert held.status is InvoiceStatus.PAID
    bare = Invoice(**{name: getattr(held, name) for name in held.__dataclass_fields__ if name != "entries"}, entries=())
    assert road.ledger().commit([Act("lose", (Put(bare),), (Fact("invoice.recorded", ref),))]).landed
    assert books(road).astray == 60_000 + (60_000 - 51_117)
