"""People who pay by Pix: they open the link of the newest message about a fee, and pay what its page asks.

Who does is drawn from the seed and the fee alone, and so is what becomes of the bank's call: some are lost, some come
twice, some late.
"""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from emdia.messages.spelling import spell_month
from infra.local.demo.bills import Bill
from infra.local.demo.portfolio import HOUSES, World
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.server import Sandbox
from infra.local.sandbox.teller import Pix
from infra.local.sandbox.wallet import payable

SHARE = 0.12  # of the fees that are paid after a message with a link; more in a small world, so that some are
MOST, SOME = 0.6, 30
LOST, DOUBLED, LATE = 0.08, 0.08, 0.08  # shares of the bank's calls
LATE_SECONDS = 3 * 3600.0
STRAY = 12_345  # centavos that somebody sends to an operator's key for no charge at all


def by_pix(world: World, seed: int, fee: str) -> bool:
    """Whether who owes the fee would pay it by the link of a message."""
    share = max(SHARE, min(MOST, SOME / len(world.accounts)))
    return random.Random(f"{seed} pix {fee}").random() < share


@dataclass(slots=True)
class Payers:
    """`paid`: fees by the Pix that paid them. `failed`: of whom the page asked nothing, and who went to the ERP."""

    world: World
    seed: int
    sandbox: Sandbox
    paid: dict[str, Pix] = field(default_factory=dict)
    failed: int = 0
    _links: dict[str, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    def note(self, bills: Iterable[Bill], link: str) -> None:
        """A message about `bills` has come, with a link or without."""
        if payable(link):
            self._links |= {bill.number: link for bill in bills}

    def would(self, bill: Bill) -> bool:
        """Whether its person pays it here."""
        return bill.number in self._links and by_pix(self.world, self.seed, bill.number)

    def pay(self, bill: Bill, others_paid: Collection[str]) -> list[Bill]:
        """What its person paid by the page of its message, fees `others_paid` apart; [] when the page asks nothing."""
        fees = {f"Mensalidade de {spell_month(one.reference)}": one for one in self.world.accounts[bill.account].fees}
        wanted = [heading for heading, fee in fees.items() if fee.number not in others_paid]
        self._spoil(bill)
        done = self.sandbox.wallet.pay(self._links[bill.number], wanted)
        self.sandbox.teller.faults.clear()
        for heading, pix in done.items():
            self.paid[fees[heading].number] = pix
        self.failed += not done
        self.sandbox.teller.flush()
        return [fees[heading] for heading in done]

    def _spoil(self, bill: Bill) -> None:
        draw = random.Random(f"{self.seed} call {bill.number}").random()
        faults = self.sandbox.teller.faults
        if draw < LOST:
            faults.add(Fault("lost"))
        elif draw < LOST + DOUBLED:
            faults.add(Fault("double"))
        elif draw < LOST + DOUBLED + LATE:
            faults.add(Fault("late", seconds=LATE_SECONDS))

    def stray(self) -> None:
        """Somebody sends money that names no charge: it waits for a person."""
        self.sandbox.teller.send(HOUSES[0].ans, STRAY)

    def known(self, asked_at: datetime | None = None) -> list[str]:
        """Fees of whose payment the operator knows since the last time: by the bank's call, or by asking at `asked_at`.

        By the bank's own book: a call that was answered, or that was not needed any more.
        """
        new = [
            fee
            for fee, pix in self.paid.items()
            if fee not in self._known and (pix.told_at or (asked_at is not None and pix.at <= asked_at))
        ]
        self._known.update(new)
        return new
