"""Every call of a rating on a receipt's page fails once: what the person said is counted once."""

import pytest

from emdia.errors import TryLater
from emdia.portfolio.contract import Channel
from emdia.protocols.number import brasilia_day
from emdia.protocols.ratings import ratings_ref
from emdia.workflows.rate_payment import rate_payment
from emdia.workflows.show_debt import Deps
from tests.fakes.faults import WAYS
from tests.fakes.house import PUBLIC_URL
from tests.flows.road import Road
from tests.flows.test_payment_receipts import pay, receipts, tick

FORM = {"nota": "4", "recomenda": "7"}


class Receipt(Road):
    """Somebody with the receipt of a payment on their phone, served by a worker that knows nothing."""

    def __post_init__(self):
        super().__post_init__()
        case = self.contract(1, channels=(Channel.SMS,))
        self.walk()
        pay(self, case)
        tick(self, minutes=15)
        self.token = receipts(self)[0].text.split(f"{PUBLIC_URL}/p/")[1].split()[0]
        self.restart()

    def rates(self):
        rate_payment(self.token, FORM, Deps(self.ledgers, self.banks, self.clock, self.meter))

    def sums(self):
        ref = ratings_ref(brasilia_day(self.clock.now()))
        return self.ledger().get([ref])[ref]


def calls():
    receipt = Receipt()
    before = receipt.faults.total
    receipt.rates()
    return receipt.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls() + 1))
def test_one_failure_anywhere_counts_what_was_said_once(call, error, landed):
    receipt = Receipt()
    receipt.faults.fail("", call=call, landed=landed, error=error)
    for _ in range(2):
        try:
            receipt.rates()
        except TryLater:
            continue
    assert receipt.faults.struck
    assert (receipt.sums().scores, receipt.sums().score_sum, receipt.sums().nps) == (1, 4, 1)
