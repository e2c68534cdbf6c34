"""Money against all that can fail or happen at once: every call of door and page, every gap between writes."""

import contextlib
from dataclasses import dataclass, field, replace

import pytest

from emdia.errors import TryLater
from emdia.messages.outreach import OutreachStatus
from emdia.messages.page import PagesRevoked
from emdia.money import Centavos
from emdia.payments.ports import Received
from emdia.portfolio.case import Invoice, InvoiceStatus
from emdia.portfolio.contract import Channel, Contract
from emdia.portfolio.received import balance_of
from emdia.providers.pix_words import read_list
from emdia.state import FLAGGED_MONEY, contract_ref, invoice_ref, operator_ref
from emdia.workflows import attend_payment, reconcile_payments
from emdia.workflows.charging import Charging, codes_of
from emdia.workflows.entering import Till, enter_payments
from emdia.workflows.payment_items import Place
from infra.local.sandbox.bank import KEY
from tests.fakes.faults import Faults, closed, read_timeout, throttling
from tests.fakes.house import ANS
from tests.flows.road import Road

FEE_LATE = 51_117
WAYS = [(closed, False), (closed, True), (read_timeout, True), (throttling, False)]


def till(road):
    return Till(road.ledgers, road.pseudonyms, road.clock, road.meter)


def invoice_of(road, case):
    ref = invoice_ref(case.contract, case.invoices[0].id)
    found = road.ledger().get([ref])[ref]
    assert isinstance(found, Invoice)
    return found


def ask_for_a_code(road, case):
    """What the page does; the txid of the one charge that can be paid, "" when the bank was away."""
    ledger = road.ledger()
    states = ledger.get([contract_ref(case.contract), operator_ref()])
    contract, operator = states[contract_ref(case.contract)], states[operator_ref()]
    assert isinstance(contract, Contract)
    bank = road.banks.of(ANS)
    charging = Charging(ledger, bank, operator, road.clock, road.meter)
    codes = codes_of(road.case(case), contract, [invoice_of(road, case)], charging, ())
    active = [txid for txid, one in road.bank.charges.items() if one["status"] == "ATIVA"]
    assert len(active) <= 1, "two codes that can both be paid"
    return active[0] if codes else ""


def until_it_works(work):
    """Whoever asked asks again: the person opens the page, the bank repeats its call, the night comes."""
    for _ in range(6):
        with contextlib.suppress(TryLater):
            if done := work():
                return done
    raise AssertionError("it never worked")


def live(road, case):
    """A page of yesterday, today's dearer one, a payment told by the bank and asked for at night."""
    until_it_works(lambda: ask_for_a_code(road, case))
    road.clock.move(days=1)
    road.restart()
    txid = until_it_works(lambda: ask_for_a_code(road, case))
    told = read_list([road.bank.pay(txid)])
    until_it_works(lambda: enter_payments(ANS, told, KEY, till(road), None) + 1)
    road.restart()
    road.clock.move(hours=12)
    until_it_works(lambda: reconcile_payments.reconcile_payments(night(road)) + 1)


def night(road):
    return reconcile_payments.Deps(road.ledgers, road.pseudonyms, road.secrets, road.banks, road.clock, road.meter)


def start():
    road = Road()
    road.add_bank()
    return road, road.contract(1, channels=(Channel.SMS,))


def calls_of_a_payment():
    road, case = start()
    before = road.faults.total
    live(road, case)
    return road.faults.total - before


CALLS = calls_of_a_payment()


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_one_failure_anywhere_loses_no_centavo_and_enters_none_twice(call, error, landed):
    road, case = start()
    road.faults.fail("", call=call, landed=landed, error=error)
    live(road, case)
    assert road.faults.struck
    invoice = invoice_of(road, case)
    assert invoice.status is InvoiceStatus.PAID
    (entry,) = invoice.entries
    assert entry.amount == sum(map(sum, parts(invoice, road.case(case))))
    assert road.facts()["payment.entered"] == road.facts()["invoice.settled"] == 1
    assert road.ledger().record(FLAGGED_MONEY) == []


def revoke(road):
    """A person closes the links of a contract whose key the ERP's number makes."""
    deps = attend_payment.Deps(road.ledgers, road.pseudonyms, road.clock, road.meter)
    asked = {"action": "revoke", "operator": ANS, "actor": "ana", "contract": "CT-7"}
    return attend_payment.attend_payment(asked, deps)


def revoked():
    road, case = start()
    key = road.pseudonyms.of(ANS, "contract", "CT-7")
    road.commit_case(replace(road.case(case), v=0, last="", contract=key), "contract.recorded")
    before = road.faults.total
    return road, key, before


def calls_of_revoking():
    road, _, before = revoked()
    revoke(road)
    return road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_revoking() + 1))
def test_links_are_closed_whatever_fails_once(call, error, landed):
    road, key, _ = revoked()
    road.faults.fail("", call=call, landed=landed, error=error)
    assert until_it_works(lambda: revoke(road)) == {"status": "revoked"}
    assert road.faults.struck
    assert [one.at for one in road.ledger().record(key) if isinstance(one, PagesRevoked)] == [road.clock.now()]
    assert road.facts()["pages.revoked"] == 1


def parts(invoice, case):
    return [(a.juros, a.multa, a.principal, a.unallocated) for a in balance_of(invoice, case, ()).allocations]


@dataclass
class Between(Faults):
    """Lets something happen in the gap before one call."""

    gap: int = 0
    happens: list = field(default_factory=list)

    def around(self, service, operation, do):
        self.gap -= 1
        if self.gap == 0:
            for one in self.happens:
                one()
        return super().around(service, operation, do)


def morning(gap=0):
    road = Road(faults=Between())
    case = road.contract(1, channels=(Channel.SMS,))
    seen = []

    def pay():
        before = road.outreach(case).status if road.case(case).last_outreach else None
        place = {road.pseudonyms.of(ANS, "payment", "E" * 32): place_of(case)}
        told = [Received("E" * 32, "", Centavos(FEE_LATE), road.clock.now())]
        assert enter_payments(ANS, told, KEY, till(road), place) == 1
        seen.append(before)

    road.faults.happens.append(pay)
    before = road.faults.total
    road.faults.gap = gap
    for _ in range(4):  # what lost a race comes again
        road.walk()
        road.sweep()
        road.clock.move(minutes=31)
    calls = road.faults.total - before
    road.sweep()  # the receipt of what came last
    road.send()
    return road, case, seen, calls


def place_of(case):
    return Place(case.contract, case.invoices[0].id)


GAPS = morning()[3]


@pytest.mark.parametrize("gap", range(1, GAPS + 1))
def test_nothing_is_claimed_after_the_settlement_commits(gap):
    road, case, seen, _ = morning(gap)
    (before,) = seen
    assert invoice_of(road, case).status is InvoiceStatus.PAID
    receipts = [one for one in road.sms.phones if "recebemos" in one.text]
    assert len(receipts) == 1, "one for the payment, whatever else was on its way"
    sent = len(road.sms.phones) - len(receipts)
    if before in (None, OutreachStatus.QUEUED):
        assert sent == 0
        if road.case(case).last_outreach:
            assert road.outreach(case).status is OutreachStatus.CANCELLED
    else:
        assert sent == 1, "what was claimed before may go, once"
    assert road.facts()["outreach.claimed"] == sent + len(receipts)
    assert road.ledger().record(FLAGGED_MONEY) == []


def confirmed(road, place):
    """Money in the morning, its receipt at the next tick, again until the day is over."""
    told = [Received("E" * 32, "", Centavos(FEE_LATE), road.clock.now())]
    until_it_works(lambda: enter_payments(ANS, told, KEY, till(road), place) + 1)
    for _ in range(4):
        with contextlib.suppress(TryLater):
            road.sweep()
        road.send()
        road.restart()
        road.clock.move(minutes=31)


def paying():
    road, case = start()
    place = {road.pseudonyms.of(ANS, "payment", "E" * 32): place_of(case)}
    road.restart()
    return road, case, place


def calls_of_a_receipt():
    road, _, place = paying()
    before = road.faults.total
    confirmed(road, place)
    return road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_a_receipt() + 1))
def test_one_failure_anywhere_gives_a_payment_one_receipt(call, error, landed):
    road, case, place = paying()
    road.faults.fail("", call=call, landed=landed, error=error)
    confirmed(road, place)
    assert road.faults.struck
    receipts = [one for one in road.ledger().record(case.contract, "OUTREACH#") if one.payment]
    (status,) = [one.status for one in receipts]
    texts = [one.text for one in road.sms.phones]
    assert len(texts) <= 1
    assert all(": recebemos R$" in one for one in texts)
    if not texts or status is not OutreachStatus.ACCEPTED:
        # The provider's answer was lost, or could not be written down: nothing is sent again.
        assert status is OutreachStatus.CLAIMED
    assert road.facts()["outreach.queued"] == 1
