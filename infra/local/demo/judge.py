"""Did the product keep the law and its promises? Judged from the mailboxes and the ERP's own books alone.

Nothing the product says of itself is believed here: a letter is matched to its fees by the payment codes in
its text, or by the total and the months that a short one names; its moment is when it came; and zones are those of
`places.py`. Before and after are told by the order in which letters came, for the simulated clock stands still while
much happens: the ERP notes how many letters there were when the product had taken in what it was told (`Books`).
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from emdia.calendar import (
    carnival_and_corpus_christi,
    effective_due_date,
    is_eve,
    is_national_holiday,
    state_holidays,
)
from infra.local.demo.bills import Bill
from infra.local.demo.people import new_address
from infra.local.demo.phones import SAYS, SAYS_PAID, phone_of
from infra.local.demo.portfolio import Account, World
from infra.local.demo.receipts import NEVER_CAME, claims_of, is_receipt, wrong_of_receipts
from infra.local.demo.short import NOTICE, SHORT_NOTICES, fees_named, of_notice

# The days of the default ladder, by hand: days from the effective due date.
LADDER_DAYS = (-3, -1, 0, 3, 7, 15, 30)
OPENS, CLOSES, EVE_CLOSES = 9, 18, 12  # hours on the person's wall
SATURDAY_STATES, SATURDAY_OPENS, SATURDAY_CLOSES = frozenset({"SP", "AL", "MG"}), 10, 13
WEEK = timedelta(days=7)
PER_WEEK = 3
NOT_YET = sys.maxsize
_NO_MARKS = str.maketrans("", "", "./-")  # of a CNPJ


@dataclass(frozen=True, slots=True)
class Letter:
    """The `order`-th message of all (from 0) as it lay in a mailbox or on a phone. `at`: instant (UTC) of its arrival.

    `channel` is `email`, `sms` or `whatsapp`; `to` an address or a number.
    """

    order: int
    id: str
    to: str
    text: str
    at: datetime
    channel: str = "email"

    @property
    def notice(self) -> bool:
        """Whether it is the notice of RN 593: free of caps and of an opt-out, never of hours or payment."""
        return any(words in self.text for words in ((NOTICE,) if self.channel == "email" else SHORT_NOTICES))

    @property
    def point(self) -> str:
        """What is dead when it does not arrive: an address, or a number on one channel."""
        return self.to if self.channel == "email" else f"{self.channel} {self.to}"


@dataclass(slots=True)
class Books:
    """What bound the product from which letter on; numbers are orders of letters."""

    closed: dict[str, int] = field(default_factory=dict)  # fee -> paid or cancelled
    # contract or fee -> from, and until (None: still) a dispute, a hold or a hospital stay is on
    silent: dict[str, list[tuple[int, int | None]]] = field(default_factory=lambda: defaultdict(list))
    # contract and point -> it is dead; contract and channel -> the person asked for silence there
    left_alone: dict[tuple[str, str], int] = field(default_factory=dict)

    def begin_silence(self, what: str) -> None:
        """A contract or fee is told to be left alone; nothing is bound yet."""
        self.silent[what].append((NOT_YET, None))

    def bind_silence(self, what: str, order: int) -> None:
        """The product has taken in what it was told last of a contract or fee."""
        begins, ends = self.silent[what].pop()
        self.silent[what].append((min(begins, order), ends))

    def end_silence(self, what: str, order: int) -> None:
        """What was told last of a contract or fee is over."""
        begins, _ = self.silent[what].pop()
        self.silent[what].append((begins, order))

    def is_silent(self, names: Iterable[str], order: int) -> bool:
        """Whether any of `names` is to be left alone at the `order`th letter."""
        spans = [span for name in names for span in self.silent.get(name, ())]
        return any(begins <= order and (ends is None or order < ends) for begins, ends in spans)

    def may_ask(self, fee: str, order: int) -> bool:
        """Whether the `order`th letter may ask for the fee: open, and not left alone by itself."""
        return self.closed.get(fee, NOT_YET) > order and not self.is_silent((fee, f"{SAYS} {fee}"), order)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was wrong, counted; all zero when all is well. `examples`: up to three each, as contract and moment."""

    counts: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]

    @property
    def duplicates(self) -> int:
        """The three kinds of duplicate together."""
        return sum(self.counts[kind] for kind in DUPLICATES)

    @property
    def total(self) -> int:
        """Everything wrong."""
        return sum(self.counts.values())


DUPLICATES = (
    "two messages for one contract on one local day",
    "a message that says nothing new (same step twice)",
    "a message about a fee already paid or cancelled",
)
UNLAWFUL = (
    "outside the contact window",
    "more than one message a day for one person of an operator",
    "more than three messages in seven days for one person of an operator",
    "during a dispute, a hold or a hospital stay",
    "after the person had asked for silence, or to a dead address or number",
    "to the employee of a company that pays",
    "a message that names no fee of ours",
    NEVER_CAME,
)


class Matcher:
    """Finds the fees a letter is about, with what `books` say of them at that letter where its words leave a choice."""

    def __init__(self, world: World, books: Books) -> None:
        self._books = books
        self._of_address: dict[str, list[Bill]] = defaultdict(list)
        self._of_phone: dict[str, list[Account]] = defaultdict(list)
        self._at_address: dict[str, list[Account]] = defaultdict(list)
        for account in world.accounts.values():
            self._of_phone[phone_of(account.holder)].append(account)
            for address in {account.holder.email, new_address(account.holder)}:
                self._of_address[address].extend(account.fees)
                self._at_address[address].append(account)

    def fees(self, letter: Letter) -> list[Bill]:
        """Fees whose Pix code stands in a mail; those whose months, days and total a short message names.

        A receipt asks for none.
        """
        if is_receipt(letter.text):
            return []
        if letter.channel == "email":
            bills = self._of_address[letter.to]
            return [one for one in bills if one.pix in letter.text or (letter.notice and of_notice(one, letter.text))]
        accounts = self._of_phone[letter.to]
        if not accounts:
            return []
        if letter.notice:
            return self._owed(accounts, letter)
        day = letter.at.astimezone(ZoneInfo(accounts[0].holder.place.zone)).date()
        return fees_named(letter.text, day, accounts, lambda bill: self._books.may_ask(bill.number, letter.order))

    def accounts(self, letter: Letter) -> Sequence[Account]:
        """Contracts of whoever it came to, with the operator that signs it."""
        mine = self._of_phone[letter.to] if letter.channel != "email" else self._at_address[letter.to]
        return [one for one in mine if one.house.cnpj in letter.text.translate(_NO_MARKS)]

    def _owed(self, accounts: Sequence[Account], letter: Letter) -> list[Bill]:
        """What a short notice is about: it names no fee, so it is judged by what the person owes, if anything."""
        for account in accounts:
            overdue = [bill for bill in account.fees if bill.due_on < letter.at.date()]
            owed = [bill for bill in overdue if self._books.closed.get(bill.number, NOT_YET) > letter.order]
            if owed and account.house.cnpj in letter.text.translate(_NO_MARKS):
                return owed
        return []


def judge(letters: Iterable[Letter], world: World, books: Books, lost: Collection[str] = ()) -> Verdict:
    """Everything that is wrong with `letters`. Those whose ids are `lost` reached nobody and fill no slot."""
    counts: Counter[str] = Counter(dict.fromkeys((*DUPLICATES, *UNLAWFUL), 0))
    examples: dict[str, list[str]] = defaultdict(list)
    matcher = Matcher(world, books)
    placed: list[tuple[Letter, Sequence[Bill], Account]] = []

    def wrong(what: str, where: str) -> None:
        counts[what] += 1
        if len(examples[what]) < 3:
            examples[what].append(where)

    in_order = sorted(letters, key=lambda one: one.order)
    for what, where in wrong_of_receipts(in_order, matcher.accounts, books, window_open):
        wrong(what, where)
    for letter in claims_of(in_order):
        bills = matcher.fees(letter)
        if not bills or len({bill.account for bill in bills}) != 1:
            wrong("a message that names no fee of ours", letter.id)
            continue
        account = world.accounts[bills[0].account]
        placed.append((letter, bills, account))
        for what in _single(letter, bills, account, books):
            wrong(what, f"{account.number} by {letter.channel} at {letter.at:%Y-%m-%d %H:%M} UTC")
    of_contract, of_person = _reached([one for one in placed if one[0].id not in lost and not one[0].notice])
    for number, received in of_contract.items():
        for what in _repeats(received, world.accounts[number]):
            wrong(what, number)
    zones = {account.holder.cpf: account.holder.place.zone for account in world.accounts.values()}
    for what in chain.from_iterable(_too_often(at, ZoneInfo(zones[cpf])) for (_, cpf), at in of_person.items()):
        wrong(what, "a person of several contracts")
    return Verdict(counts, {what: tuple(where) for what, where in examples.items()})


def _reached(
    placed: Sequence[tuple[Letter, Sequence[Bill], Account]],
) -> tuple[Mapping[str, list[tuple[Letter, Sequence[Bill]]]], Mapping[tuple[str, str], list[datetime]]]:
    """What came for each contract, and when for each person of an operator: caps bind both."""
    of_contract: dict[str, list[tuple[Letter, Sequence[Bill]]]] = defaultdict(list)
    of_person: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for letter, bills, account in placed:
        of_contract[account.number].append((letter, bills))
        of_person[account.house.ans, account.holder.cpf].append(letter.at)
    return of_contract, of_person


def _single(letter: Letter, bills: Sequence[Bill], account: Account, books: Books) -> Iterable[str]:
    """What is wrong with one letter by itself."""
    place = account.holder.place
    if not window_open(letter.at.astimezone(ZoneInfo(place.zone)), place.uf):
        yield "outside the contact window"
    if any(books.closed.get(bill.number, letter.order + 1) <= letter.order for bill in bills):
        yield "a message about a fee already paid or cancelled"
    said = [account.number, *(() if letter.notice else (bill.number for bill in bills))]  # a short notice names no fee
    names = [account.number, *(bill.number for bill in bills), f"{SAYS_PAID} {account.number}"]
    if books.is_silent((*names, *(f"{SAYS} {one}" for one in said)), letter.order):
        yield "during a dispute, a hold or a hospital stay"
    ways = (letter.point,) if letter.notice else (letter.point, letter.channel)
    if any(books.left_alone.get((account.number, way), NOT_YET) <= letter.order for way in ways):
        yield "after the person had asked for silence, or to a dead address or number"
    if not account.collected:
        yield "to the employee of a company that pays"


def window_open(local: datetime, uf: str) -> bool:
    """Whether people in a state may be written to at a moment on their own clock."""
    day = local.date()
    if is_national_holiday(day) or day in carnival_and_corpus_christi(day.year) | state_holidays(day.year, uf):
        return False
    opens, closes = OPENS, EVE_CLOSES if is_eve(day) else CLOSES
    if day.weekday() == 5 and uf in SATURDAY_STATES:
        opens, closes = SATURDAY_OPENS, min(closes, SATURDAY_CLOSES)
    elif day.weekday() >= 5:
        return False
    return opens <= local.hour < closes


def _repeats(received: Sequence[tuple[Letter, Sequence[Bill]]], account: Account) -> Iterable[str]:
    """Two letters on one day; a letter in which no fee has reached a step it had not reached before."""
    zone = ZoneInfo(account.holder.place.zone)
    days = [letter.at.astimezone(zone).date() for letter, _ in received]
    for count in Counter(days).values():
        yield from ("two messages for one contract on one local day",) * (count - 1)
    reached: dict[str, int] = {}
    for (_, bills), day in zip(received, days, strict=True):
        steps = {bill.number: _step(bill, day, account.holder.place.uf) for bill in bills}
        if all(step <= reached.get(number, -1) for number, step in steps.items()):
            yield "a message that says nothing new (same step twice)"
        reached.update(steps)


def _step(bill: Bill, day: date, uf: str) -> int:
    """Index of the ladder step a fee has reached on a local day; -1 before the first."""
    late = (day - effective_due_date(bill.due_on, uf)).days
    return sum(late >= from_day for from_day in LADDER_DAYS) - 1


def _too_often(moments: Sequence[datetime], zone: ZoneInfo) -> Iterable[str]:
    for count in Counter(moment.astimezone(zone).date() for moment in moments).values():
        yield from ("more than one message a day for one person of an operator",) * (count - 1)
    for later, earlier in zip(moments[PER_WEEK:], moments, strict=False):
        if later - earlier < WEEK:
            yield "more than three messages in seven days for one person of an operator"
