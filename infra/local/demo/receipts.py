"""The receipts among the messages: what each channel's says of money, and what may be wrong with one."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from infra.local.demo.judge import Books, Letter
    from infra.local.demo.portfolio import Account

NEVER_CAME = "a receipt for money that never came"
_WORDS = ("Recebemos em ", "Recebemos o pagamento de", ": recebemos R$")


def is_receipt(text: str) -> bool:
    """Whether it confirms a payment: bound to hours and to the person's own silence, and to nothing else."""
    return any(words in text for words in _WORDS)


def claims_of(letters: "Iterable[Letter]") -> "Iterable[Letter]":
    """Those that claim something."""
    return (letter for letter in letters if not is_receipt(letter.text))


def wrong_of_receipts(
    letters: "Iterable[Letter]",
    accounts: "Callable[[Letter], Sequence[Account]]",
    books: "Books",
    lawful: Callable[[datetime, str], bool],
) -> Iterable[tuple[str, str]]:
    """What is wrong with the receipts among `letters`, and the id of the message.

    `accounts` of whoever got one; `lawful` says whether people of a state may be written to at a local moment.
    """
    for letter in letters:
        if is_receipt(letter.text):
            yield from ((what, letter.id) for what in _wrong(letter, accounts(letter), books, lawful))


def _wrong(
    letter: "Letter", accounts: "Sequence[Account]", books: "Books", lawful: Callable[[datetime, str], bool]
) -> Iterable[str]:
    # Which payment it speaks of is not asked: the soak counts one for each.
    if not accounts:
        yield "a message that names no fee of ours"
        return
    place = accounts[0].holder.place
    if not lawful(letter.at.astimezone(ZoneInfo(place.zone)), place.uf):
        yield "outside the contact window"
    # In whichever order: a fee counts as closed from when the product is bound by it, and it may be faster.
    if not any(bill.number in books.closed for one in accounts for bill in one.fees):
        yield NEVER_CAME
    marks = [books.left_alone.get((one.number, what)) for one in accounts for what in (letter.point, letter.channel)]
    if any(mark is not None and mark <= letter.order for mark in marks):
        yield "after the person had asked for silence, or to a dead address or number"
