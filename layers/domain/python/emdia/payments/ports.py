"""What collecting by Pix needs from a bank. Each docstring is the contract; `providers/pix.py` speaks to real ones."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from emdia.money import NOTHING, Centavos
from emdia.payments.charge import Terms


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whom a charge names, as the bank asks: nobody else's CPF can be told to it. `repr` never shows them."""

    cpf: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A charge as the bank holds it. `location`: where a payer's bank reads it; name and city of who receives."""

    location: str
    name: str
    city: str
    active: bool
    original: Centavos


@dataclass(frozen=True, slots=True)
class Received:
    """One Pix that the bank has received, as it tells it now. `at` is UTC.

    `id` is its endToEndId, once for ever; `txid` "" for a Pix that names no charge; `key` "" where the bank leaves the
    receiver's key out; `returned` is what went back of `amount` until now.
    """

    id: str = field(repr=False)
    txid: str
    amount: Centavos
    at: datetime
    key: str = field(default="", repr=False)
    returned: Centavos = NOTHING


@dataclass(frozen=True, slots=True)
class BankAccess:
    """How one operator's bank is spoken to. `repr` shows nothing but its addresses.

    `key` is the operator's Pix key there. `callers`: subjects of the certificates by which the bank may call us.
    """

    url: str
    token_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    certificate: str = field(repr=False)  # PEM, ours
    private_key: str = field(repr=False)  # PEM
    key: str = field(repr=False)
    callers: tuple[str, ...] = ()


class BankSecrets(Protocol):
    """The operators' accesses to their banks."""

    def bank(self, ans: str) -> BankAccess | None:
        """The operator's; None when it collects by no Pix of ours. Cached up to 5 minutes. Raises TryLater."""

    def banked(self) -> Collection[str]:
        """Operators that have one. Raises TryLater."""


class Bank(Protocol):
    """One operator's bank. Every call is safe to repeat. Raises TryLater when nothing is known to have happened.

    Raises Rejected: `bank-denied` when it does not know us, `bank-refused` (with its own code as `reason`) for what it
    will not do, `bank-unclear` for an answer that is not one of the API Pix.
    """

    def open(self, txid: str, terms: Terms, debtor: Debtor) -> Opened:
        """Make the charge `txid`, or find it as an earlier call has made it."""

    def change(self, txid: str, terms: Terms) -> Opened:
        """Give an active charge other terms."""

    def remove(self, txid: str) -> None:
        """Take a charge back. One that is gone or paid already is left as it is."""

    def received(
        self, since: datetime, until: datetime, *, returned_only: bool = False
    ) -> Iterator[Sequence[Received]]:
        """Pages of the Pix received in a time (UTC); `returned_only`: of which something went back."""


class Banks(Protocol):
    """The way to an operator's bank."""

    def of(self, ans: str) -> Bank | None:
        """The bank of the operator; None when it has none. Raises TryLater."""
