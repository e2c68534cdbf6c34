"""People who answer a message in their own words: what they write, and what of it binds the product from then on.

Few do, or the demo would be about little else: one message in sixty, more in a small world so that some are. Who writes
what is drawn from the seed, the number and which of its messages it is.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from infra.local.demo.bills import Bill
from infra.local.demo.judge import Books, Letter
from infra.local.demo.phones import SAYS, SAYS_PAID, STOP, habits_of
from infra.local.demo.portfolio import World
from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text

SHARE: Final = 1 / 60
MOST, SOME = 0.5, 24
PAUSE: Final = timedelta(hours=48)  # nobody is reminded so long after they said that they paid


class Meaning(StrEnum):
    """What the product must make of a line."""

    TALK = "asked something"  # the bot settles it
    AWARE = "confirmed a notice"
    PAID = "had paid"  # for two days nobody is reminded
    DISPUTE = "disputed an amount"  # what the message named is not claimed any more
    LEAVE = "were not to be written to"  # another person's number, or a lawyer's matter
    HUMAN = "wanted a person"
    OUT = "stopped a channel"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of somebody's."""

    words: str
    means: Meaning = Meaning.TALK


_TO_A_NOTICE: Final = (
    (Line("CIENTE", Meaning.AWARE),),
    (Line("estou ciente da notificação", Meaning.AWARE),),
    (Line("ok, vi", Meaning.AWARE),),
    (Line("ciente, mas quero parcelar", Meaning.HUMAN),),
)
_TO_A_STEP: Final = (
    (20, (Line("manda o boleto por favor"),)),
    (8, (Line("oi, bom dia"), Line("1"))),
    (16, (Line("já paguei ontem", Meaning.PAID),)),
    (14, (Line("quero parcelar em 3x", Meaning.HUMAN),)),
    (10, (Line("o valor tá errado", Meaning.DISPUTE),)),
    (6, (Line("vou ver"), Line("4", Meaning.DISPUTE))),
    (12, (Line("quero falar com um atendente", Meaning.HUMAN),)),
    (4, (Line("😡😡"), Line("hein", Meaning.HUMAN))),
    (4, (Line("<áudio omitido>", Meaning.HUMAN),)),
    (4, (Line("estou internada e não consigo pagar", Meaning.HUMAN),)),
    (2, (Line("não sou eu", Meaning.LEAVE),)),
    (2, (Line("fale com meu advogado", Meaning.LEAVE),)),
    (3, (Line(STOP, Meaning.OUT),)),
)


@dataclass(slots=True)
class _Talk:
    letter: Letter
    text: Text
    bills: tuple[Bill, ...]
    due: datetime
    lines: list[Line]


@dataclass(slots=True)
class Talkers:
    """Hears every letter, speaks at every moment. `said`: lines by what they mean."""

    world: World
    seed: int
    carrier: Carrier
    books: Books
    said: Counter[Meaning] = field(default_factory=Counter)
    _nth: Counter[str] = field(default_factory=Counter)
    _newest: dict[str, Letter] = field(default_factory=dict)  # of an account, by whatever channel
    _of_number: dict[tuple[str, str], str] = field(default_factory=dict)  # account a house wrote to a number about last
    _ahead: list[_Talk] = field(default_factory=list)
    _unheard: list[tuple[Line, _Talk]] = field(default_factory=list)
    _pauses: list[tuple[datetime, str]] = field(default_factory=list)
    _said_paid: set[str] = field(default_factory=set)  # once each: a second time in one attendance pauses nothing

    def hear(self, letter: Letter, mail: Mail | Text, bills: list[Bill]) -> None:
        """A message about `bills` has come: perhaps its person will answer it."""
        if not bills:
            return
        account = self.world.accounts[bills[0].account]
        self._newest[account.number] = letter
        if not isinstance(mail, Text):
            return
        self._of_number[letter.to, account.house.ans] = account.number
        self._nth[letter.point] += 1
        rng = random.Random(f"{self.seed} talks {letter.point} {self._nth[letter.point]}")
        share = max(SHARE, min(MOST, SOME / len(self.world.accounts)))
        # A notice is answered more often: it asks for it.
        if habits_of(account.holder).stops or rng.random() >= share * (4 if letter.notice else 1):
            return
        lines = rng.choice(_TO_A_NOTICE) if letter.notice else rng.choices(*_drawn())[0]
        due = letter.at + timedelta(minutes=rng.randint(3, 600))
        self._ahead.append(_Talk(letter, mail, tuple(bills), due, list(lines)))

    def end_pauses(self, now: datetime, order: int) -> None:
        """Of whoever said long ago that they paid: from the `order`th letter on they may be reminded."""
        for until, account in [one for one in self._pauses if one[0] <= now]:
            self._pauses.remove((until, account))
            self.books.end_silence(f"{SAYS_PAID} {account}", order)

    def speak(self, now: datetime) -> None:
        """Whoever has something to say by `now` says the next line of it."""
        ahead, self._ahead = self._ahead, []
        for talk in ahead:
            if talk.due > now or (talk.text.met("delivered") and self._say(talk) and talk.lines):
                self._ahead.append(talk)

    def _say(self, talk: _Talk) -> bool:
        """Whether the line was said: not when the house has written about something else since."""
        account = self.world.accounts[talk.bills[0].account]
        phone = self.carrier.reading(lambda phones: phones.of(talk.letter.to))
        newest = phone.newest(talk.letter.channel)
        newer = self._newest[account.number] is not talk.letter
        other = self._of_number[talk.letter.to, account.house.ans] != account.number
        line = talk.lines[0]
        again = line.means is Meaning.PAID and account.holder.cpf in self._said_paid
        if newer or other or again or newest is None or newest.sender != talk.text.sender:
            return False
        if not self.carrier.write(phone, talk.letter.channel, talk.lines.pop(0).words):
            return False
        self.said[line.means] += 1
        self._unheard.append((line, talk))
        return True

    def bind(self, now: datetime, order: int) -> None:
        """The product has heard what was said until `now`: it is bound by it from the `order`th letter on."""
        unheard, self._unheard = self._unheard, []
        for line, talk in unheard:
            account = self.world.accounts[talk.bills[0].account]
            if line.means is Meaning.PAID:
                self._said_paid.add(account.holder.cpf)
                self._pauses.append((now + PAUSE, account.number))
                self.books.silent[f"{SAYS_PAID} {account.number}"].append((order, None))
            elif line.means is Meaning.LEAVE:
                self.books.silent[f"{SAYS} {account.number}"].append((order, None))
            elif line.means is Meaning.DISPUTE:
                for bill in talk.bills:
                    self.books.silent[f"{SAYS} {bill.number}"].append((order, None))


def _drawn() -> tuple[list[tuple[Line, ...]], list[int]]:
    return [lines for _, lines in _TO_A_STEP], [weight for weight, _ in _TO_A_STEP]
