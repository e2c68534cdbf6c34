"""Money that comes for an invoice: entered once, whoever tells it, every centavo accounted for."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance import rules
from emdia.messages.outreach import OutreachStatus
from emdia.messages.words import compose
from emdia.money import Centavos
from emdia.portfolio.case import Invoice, InvoiceStatus
from emdia.portfolio.contract import AsOf
from emdia.portfolio.inbox import InboxStatus
from emdia.portfolio.received import Flag, MoneyFlag, MoneyTold, balance_of
from tests.fakes import erp
from tests.flows.road import OPERATOR
from tests.unit.test_apply import CONTRACT, Shelf, hours, name, queued

FEE = 48_990
INVOICE = name("invoice", "F-1")


class Till(Shelf):
    """A shelf that hears the bank too."""

    def bank(self, payment, amount, at=3, *, gone=False, quoted_on=None):
        when = hours(at)
        said = MoneyTold(
            key=("bank", f"{payment}-{amount}-{gone}"),
            type="bank",
            contract=CONTRACT,
            as_of=AsOf(0, when),
            invoice=INVOICE,
            payment=payment,
            end_to_end_id=f"E{payment}",
            paid_at=when,
            amount=Centavos(amount),
            reversed=gone,
            quoted_on=quoted_on,
        )
        return self.hear({said.key[1]: said})[said.key[1]].status

    def flags(self):
        return {s.entry: (s.reason, s.amount) for s in self.states.values() if isinstance(s, MoneyFlag)}

    def books(self):
        return balance_of(self.invoice(), self.case, ())

    def asked(self, on):
        held = [s for s in self.states.values() if isinstance(s, Invoice)]
        return compose(self.case, self.contract, held, OPERATOR, on, "https://x/u", [INVOICE], resting=()).items[0].owed


def opened(*more):
    till = Till()
    till.apply(erp.contract(hours(0)), erp.invoice(hours(1), due_on="2026-11-10"), *more)
    return till


def on_time(*more):
    till = Till()
    till.apply(erp.contract(hours(0)), erp.invoice(hours(1), due_on="2026-12-01"), *more)
    return till


def told(payment="", amount=FEE, at=3, **more):
    event = erp.paid(hours(at))
    data = event["data"] | {"amount_centavos": amount} | ({"payment": payment} if payment else {}) | more
    return erp.event("invoice.paid", hours(at), data)


def test_all_of_it_settles_and_what_is_queued_dies():
    till = on_time()
    queued(till)
    assert till.bank("p1", FEE) is InboxStatus.APPLIED
    assert till.invoice().status is InvoiceStatus.PAID
    assert till.case.invoices == ()
    assert (till.outreach().status, till.outreach().rule) == (OutreachStatus.CANCELLED, rules.STOP_SETTLED)
    assert till.flags() == {}
    assert till.kinds()[-3:] == ["payment.entered", "invoice.settled", "outreach.cancelled"]


def test_a_part_leaves_the_rest_open_and_the_next_message_asks_the_rest_with_multa_once():
    till = opened()
    queued(till)
    till.bank("p1", 20_000)
    assert till.invoice().status is InvoiceStatus.OPEN
    assert till.outreach().status is OutreachStatus.QUEUED
    # Eleven days late when it came: juros and multa first, then the fee (Código Civil art. 354).
    first = till.books()
    (share,) = first.allocations
    assert (share.juros, share.multa, share.principal) == (180, 980, 18_840)
    owed = till.asked(date(2026, 12, 10))
    assert (owed.principal, owed.multa) == (FEE - 18_840, 0)
    assert owed.juros > 0
    till.bank("p2", int(till.books().owed), at=4)
    assert till.invoice().status is InvoiceStatus.PAID


def test_more_than_is_owed_is_the_payer_s_and_flagged():
    till = on_time()
    till.bank("p1", FEE + 10_000)
    assert till.flags() == {"p1": (Flag.OVER, 10_000)}
    assert till.kinds()[-1] == "payment.flagged"


def test_paid_twice_the_second_is_flagged_whole():
    till = on_time()
    till.bank("p1", FEE)
    till.bank("p2", FEE, at=30)
    assert till.flags() == {"p2": (Flag.DOUBLE, FEE)}
    assert [share.unallocated for share in till.books().allocations] == [0, FEE]


def test_what_was_sent_back_is_flagged_no_more():
    till = on_time()
    till.bank("p1", FEE)
    till.bank("p2", FEE, at=30)
    till.bank("p2", FEE, at=30, gone=True)
    assert till.flags() == {}
    assert till.kinds()[-2:] == ["payment.reversed", "payment.unflagged"]
    over = on_time()
    over.bank("p1", FEE + 500)
    over.bank("p1", FEE)  # 500 went back
    assert (over.flags(), over.books().unallocated) == ({}, 0)


def test_money_that_goes_back_after_it_settled_is_flagged_and_nobody_is_written_to_again():
    till = on_time()
    till.bank("p1", FEE)
    till.bank("p1", FEE, gone=True)
    assert till.flags() == {"p1": (Flag.RETURNED, FEE)}
    assert till.case.invoices == ()


def test_a_part_that_goes_back_is_owed_again():
    till = on_time()
    till.bank("p1", 20_000)
    till.bank("p1", 20_000, gone=True)
    assert till.asked(date(2026, 11, 25)).total == FEE
    assert till.flags() == {}


def test_a_withdrawn_invoice_takes_no_money():
    till = on_time(erp.event("invoice.cancelled", hours(2), {"contract": "CT-1", "invoice": "F-1"}))
    till.bank("p1", FEE)
    assert till.invoice().status is InvoiceStatus.CANCELLED
    assert till.flags() == {"p1": (Flag.WITHDRAWN, FEE)}


def test_a_part_of_an_invoice_that_is_withdrawn_later_is_the_payer_s():
    till = on_time()
    till.bank("p1", 20_000)
    till.apply(erp.event("invoice.cancelled", hours(4), {"contract": "CT-1", "invoice": "F-1"}))
    assert till.flags() == {"p1": (Flag.WITHDRAWN, 20_000)}


def test_a_smaller_amount_told_later_is_settled_by_what_came():
    till = on_time()
    till.bank("p1", 20_000)
    till.apply(erp.invoice(hours(6), kind="invoice.updated", due_on="2026-12-01", amount_centavos=15_000))
    assert till.invoice().status is InvoiceStatus.PAID
    assert till.flags() == {"p1": (Flag.OVER, 5_000)}


@pytest.mark.parametrize("bank_first", [True, False])
@pytest.mark.parametrize("payment", ["p1", ""])
def test_one_movement_told_by_bank_and_erp_is_entered_once(bank_first, payment):
    till = on_time()
    pseudonym = name("payment", "p1")
    steps = [lambda: till.bank(pseudonym, FEE), lambda: till.apply(told(payment))]
    for step in steps if bank_first else steps[::-1]:
        step()
    assert [entry.id for entry in till.invoice().entries] == [pseudonym]
    assert (till.invoice().status, till.flags()) == (InvoiceStatus.PAID, {})


def test_another_day_or_amount_without_an_id_is_other_money():
    till = on_time()
    till.bank("p1", FEE)
    till.apply(told(amount=FEE - 1))
    # Of one day the entries count in the order of their ids: the ERP's first, of the bank's one centavo.
    assert till.flags() == {"p1": (Flag.OVER, FEE - 1)}


def test_the_erp_calls_it_paid_and_nobody_asks_for_charges():
    till = opened()
    till.apply(told())  # the fee alone, late
    assert till.invoice().status is InvoiceStatus.PAID
    assert till.case.invoices == ()


def test_a_part_told_by_the_erp_leaves_the_rest_open():
    till = on_time(told(amount=20_000, partial=True))
    assert till.invoice().status is InvoiceStatus.OPEN
    assert till.asked(date(2026, 11, 25)).total == FEE - 20_000
    till.apply(told(amount=FEE - 20_000, at=5, partial=True))
    assert till.invoice().status is InvoiceStatus.PAID


def test_the_same_word_of_the_bank_again_says_nothing():
    till = on_time()
    till.bank("p1", 20_000)
    before = till.facts.copy()
    assert till.bank("p1", 20_000) is InboxStatus.SUPERSEDED
    assert till.facts == before


MOVES = st.one_of(
    st.tuples(st.sampled_from(["p1", "p2", "p3"]), st.integers(1, 2 * FEE), st.integers(2, 80), st.booleans()),
    st.tuples(st.just("erp"), st.integers(1, 2 * FEE), st.integers(2, 47), st.booleans()),
)


@settings(derandomize=True, deadline=None, database=None, max_examples=150)
@given(moves=st.lists(MOVES, max_size=7), due=st.integers(-40, 20))
def test_what_came_in_is_what_was_allocated_and_what_was_not(moves, due):
    till = Till()
    day = (hours(0) + timedelta(days=due)).date().isoformat()
    till.apply(erp.contract(hours(0)), erp.invoice(hours(1), due_on=day))
    for n, (who, amount, at, flag) in enumerate(moves):
        if who == "erp":
            till.apply(told(payment=f"e{n}", amount=amount, at=at, partial=flag))
        else:
            till.bank(who, amount, at, gone=flag)
    invoice, books = till.invoice(), till.books()
    came = sum(entry.amount for entry in invoice.entries if not entry.reversed)
    parts = [(a.juros, a.multa, a.principal, a.unallocated) for a in books.allocations]
    assert came == sum(map(sum, parts))
    assert all(part >= 0 for share in parts for part in share)
    held = {one.entry: amount for one in books.allocations if (amount := one.unallocated)}
    flagged = {entry: amount for entry, (reason, amount) in till.flags().items() if reason is not Flag.RETURNED}
    assert flagged == held
    brief = [one.entries for one in till.case.invoices]
    assert brief == ([invoice.entries] if invoice.status is InvoiceStatus.OPEN else [])
    # The facts alone tell the same sum: what was entered last under each id.
    last = {}
    for fact in till.facts:
        if fact.kind in ("payment.entered", "payment.reversed"):
            told_of = {value.name: value.value for value in fact.values}
            last[told_of["entrada"]] = 0 if fact.kind == "payment.reversed" else told_of["valor"]
    settled_by_word = any(who == "erp" and not part for who, _, _, part in moves)
    assert settled_by_word or sum(last.values()) == came
