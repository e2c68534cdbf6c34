"""Takes the demo's people to the bank, and notes from when on the product is bound by what they paid."""

from dataclasses import dataclass

from infra.local.demo.chronicle import Chronicle
from infra.local.demo.laptop import Laptop
from infra.local.demo.payers import Payers

ASK_BANKS = "reconcile_payments"


@dataclass(frozen=True, slots=True)
class Cashier:
    """Payments of one demo."""

    laptop: Laptop
    chronicle: Chronicle
    payers: Payers

    def bind(self) -> None:
        """The product is bound by what it was told until now, by the ERPs and by the bank."""
        self.chronicle.known(self.payers.known())
        self.chronicle.take_effect(len(self.laptop.letters))

    def pay(self, *, stray: bool) -> int:
        """Whoever wants to pay by Pix does so, while messages are under way; `stray`: and somebody for nothing.

        How many fees were paid.
        """
        chronicle, now = self.chronicle, self.laptop.now
        paying, chronicle.paying, done = chronicle.paying, [], 0
        if stray:
            self.payers.stray()
        with self.laptop.progress.time("people pay by Pix"):
            for bill in paying:
                if bill.number in chronicle.paid_fees:
                    continue  # by the page of another fee, a moment ago
                paid = self.payers.pay(bill, chronicle.paid_fees)
                done += len(paid)
                for one in paid:
                    chronicle.note_paid(one, now)
                if bill not in paid:
                    chronicle.turned_away(bill, now)
        return done

    def ask_banks(self) -> None:
        """The nightly question: what no call has told is known from here on."""
        asked_at = self.laptop.now
        self.laptop.run_scheduled(nightly=True, only=ASK_BANKS)
        self.chronicle.known(self.payers.known(asked_at=asked_at))
        self.chronicle.take_effect(len(self.laptop.letters))
