"""Lives through the demo's days: the ERPs tell, the clock moves, the ladder climbs, people read and pay."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from infra.local.demo import backfill, listening
from infra.local.demo.cashier import Cashier
from infra.local.demo.chronicle import BRASILIA, Chronicle
from infra.local.demo.erp import Erp, Event, body_of
from infra.local.demo.judge import Letter, Matcher
from infra.local.demo.laptop import CLIMB, Laptop
from infra.local.demo.phones import STOP, phone_of
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.trouble import Trouble
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import Text
from infra.local.sandbox.post_office import UNSUBSCRIBED

A_DAY = 8  # moments a day at most
NIGHT = time(5, 30)  # UTC: the nightly sweep
QUARTER = timedelta(minutes=15)
WEEK = timedelta(days=7)
TWICE_EVERY = 7  # moments: of so many, one at which the schedule fires twice
RACE_EVERY = 5  # and one at which the ERPs speak while the ladder climbs
SEAL_EVERY = 10  # nights: the logs are whole whenever they are sealed, and fewer, larger batches take less
STRAY_AT = 3  # the moment at which somebody pays for nothing we know
MONTHLY = "find_arrears", "open_log"  # also when the month is over: arrears have grown, and logs of a year have begun
MONTH = 30  # nights
REPAIR_ON = 2  # the night of all that is nightly: much of it reads whole tables, and once shows that it works
_REACTIONS_OVER = timedelta(days=2)
_FAREWELLS = frozenset({"Complaint", UNSUBSCRIBED})
_ARRIVED = frozenset({"Delivery", "delivered"})
_NO_SUCH_POINT = frozenset({"TEXT_INVALID", "131026"})


class DoorError(Exception):
    """The product's door did not answer as it must; the message says what was asked and what came."""


@dataclass(slots=True)
class Life:
    """One demo. Counts by day are days in Brasília."""

    laptop: Laptop
    chronicle: Chronicle
    matcher: Matcher
    trouble: Trouble
    cashier: Cashier
    sent: Counter[date] = field(default_factory=Counter)
    delivered: Counter[date] = field(default_factory=Counter)
    second_climbs: list[int] = field(default_factory=list)
    moments: int = 0
    _repeat_from: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    _boxes: Counter[str] = field(default_factory=Counter)
    _replies: int = 0
    _reacting: list[tuple[Letter, Mail | Text, int]] = field(default_factory=list)

    def open(self) -> None:
        """The first load, and what must not be taken."""
        laptop, chronicle = self.laptop, self.chronicle
        now = laptop.now
        laptop.set_now(now)
        laptop.seal(now=False)
        laptop.progress.say("the ERPs tell their portfolios")
        self._tell(backfill.bring(laptop, chronicle, chronicle.opening(now)))
        self._tell(chronicle.nonsense(now))
        self._tell(chronicle.until(now))
        self._check_doors()
        laptop.drain("first load")
        chronicle.take_effect(0)

    def close(self) -> None:
        """What is under way comes to its end: a day and a half later nothing may be waiting for an answer."""
        self.laptop.sandbox.erp.faults.clear()
        self.laptop.seal(now=True)
        for _ in range(3):
            now = self.laptop.now + timedelta(hours=12)
            self.laptop.set_now(now)
            self.laptop.sandbox.flush()
            self.cashier.ask_banks()
            self.laptop.drain("last mail events")
            self._note_reactions(now)
            self.laptop.run_scheduled(nightly=False)
            self.laptop.drain("last sweep")
        self._receive()
        self.chronicle.take_effect(len(self.laptop.letters))
        listening.hear_out(self.laptop)

    def day(self, day: date) -> None:
        """One local day of Brasília, from its night to the next: at most eight moments."""
        for moment in self._moments(day):
            self.moment(moment)
        self.laptop.progress.say(
            f"{day:%a %Y-%m-%d}  mails {len(self.laptop.letters)}, paid {sum(self.chronicle.paid.values())}, "
            f"told {sum(self.chronicle.events.values())} events"
        )

    def _moments(self, day: date) -> Sequence[datetime]:
        """The night's sweep, then the agenda's own moments up to the next night, to the quarter of an hour."""
        night = max(datetime.combine(day, NIGHT, UTC), self.laptop.now + timedelta(minutes=1))
        end = datetime.combine(day + timedelta(days=1), NIGHT, UTC)
        with self.laptop.progress.time("read the agenda"):
            entered = self.laptop.agenda_until(end)
        quarters = sorted({quarter for at in entered if night < (quarter := _quarter(at)) < end})
        # Work put off for a moment is only later; with more than seven the earlier of two neighbours waits.
        while len(quarters) > A_DAY - 1:
            gaps = [later - earlier for earlier, later in pairwise(quarters)]
            del quarters[gaps.index(min(gaps))]
        return [night, *quarters]

    def moment(self, now: datetime) -> None:
        """Everybody does what the moment asks of them."""
        laptop = self.laptop
        laptop.set_now(now)
        night = now.time() == NIGHT
        nights = (now.date() - self.chronicle.world.start).days
        # Not on the night of the sweeps: who gives the same numbers at the same time ends early, and says so.
        sealing = night and nights % SEAL_EVERY == SEAL_EVERY // 2 - 1
        if sealing:
            listening.spoil(laptop.sandbox.erp, self.trouble.throttled // 4 + 1)
        laptop.seal(now=sealing)
        self.moments += 1
        with laptop.progress.time("mail events"):
            self.trouble.stir(now, laptop.sandbox.carrier)
            laptop.sandbox.flush()
        if night:
            self.cashier.ask_banks()
        news = self.chronicle.until(now, len(laptop.letters))
        if self.moments % RACE_EVERY:
            self._tell(news)
            came = self._take_in(now)
            self._climb()
            self.cashier.pay(stray=self.moments == STRAY_AT)
        else:
            # Money and stops arrive while the ladder climbs and mails go out.
            with ThreadPoolExecutor(max_workers=1) as pool:
                telling = pool.submit(self._tell, news)
                self._climb()
                self.cashier.pay(stray=self.moments == STRAY_AT)
                telling.result()
            came = self._take_in(now)
        laptop.run_scheduled(nightly=False)
        if night:
            self._repair(nights)
        laptop.drain("steps and messages")
        came += self._receive()
        self.cashier.bind()
        if came and now >= self._repeat_from:
            self._climb_again()
            self._repeat_from = now + WEEK

    def _take_in(self, now: datetime) -> int:
        """Wait until the product knows what it was told: from here on it is bound. Letters that came meanwhile."""
        self.laptop.drain("events")
        came = self._receive()
        self.cashier.bind()
        self._note_reactions(now)
        return came

    def _repair(self, nights: int) -> None:
        """What is nightly, as often as this machine bears it."""
        if nights == REPAIR_ON:
            self.laptop.run_scheduled(nightly=True)
        elif nights % MONTH == REPAIR_ON:
            for function in MONTHLY:
                self.laptop.run_scheduled(nightly=True, only=function)

    def _climb(self) -> None:
        """The schedule fires; now and then twice at the same time, as Scheduler may."""
        if self.moments % TWICE_EVERY:
            self.laptop.run(CLIMB, {})
            return
        with ThreadPoolExecutor(max_workers=2) as pool:
            for run in [pool.submit(self.laptop.run, CLIMB, {}) for _ in range(2)]:
                run.result()

    def _climb_again(self) -> None:
        """Climb a second time at once, nothing having changed; letters that this makes are noted."""
        self.laptop.run(CLIMB, {})
        self.laptop.drain("second climb")
        self.second_climbs.append(self._receive())

    def _receive(self) -> int:
        """Take note of new letters; how many."""
        new = self.laptop.collect()
        for letter in new:
            mail = self.laptop.mails[letter.order]
            if isinstance(mail, Text) and mail.link:
                self.cashier.payers.note(self.matcher.fees(letter), mail.link)
            self._boxes[letter.point] += 1
            self.sent[letter.at.astimezone(BRASILIA).date()] += 1
            self.chronicle.town.receive(letter, self._boxes[letter.point])
            self._reacting.append((letter, mail, 0))
        return len(new)

    def _note_reactions(self, now: datetime) -> None:
        """What people and servers did with their mails, and what binds the product from here on."""
        books, still = self.chronicle.books, []
        for letter, mail, seen in self._reacting:
            for at, kind in mail.history[seen:]:
                self.delivered[at.astimezone(BRASILIA).date()] += kind in _ARRIVED
                bills = self.matcher.fees(letter) if kind not in _ARRIVED else ()
                accounts = {bill.account for bill in bills}
                if kind == "Bounce" or (isinstance(mail, Text) and kind == "failed" and mail.why in _NO_SUCH_POINT):
                    for account in accounts:
                        books.left_alone.setdefault((account, letter.point), len(self.laptop.letters))
                elif kind in _FAREWELLS:
                    self._leave_alone(accounts, letter.channel)
            if letter.at + _REACTIONS_OVER > now:
                still.append((letter, mail, len(mail.history)))
        self._reacting = still
        for reply in self.laptop.sandbox.carrier.replies(self._replies):
            self._replies += 1
            if reply.text == STOP:
                houses = {name: house for house in HOUSES for name in (house.sms_from, house.whatsapp_from)}
                ours = [
                    one.number
                    for one in self.chronicle.world.accounts.values()
                    if phone_of(one.holder) == reply.to and one.house is houses[reply.sender]
                ]
                self._leave_alone(ours, reply.channel)

    def _leave_alone(self, accounts: Iterable[str], channel: str) -> None:
        """The holders of these contracts asked for silence on a channel: it holds for all that they have of a house."""
        world = self.chronicle.world.accounts
        people = {(world[account].house.ans, world[account].holder.cpf) for account in accounts}
        for one in world.values():
            if (one.house.ans, one.holder.cpf) in people:
                self.chronicle.books.left_alone.setdefault((one.number, channel), len(self.laptop.letters))

    def _tell(self, news: Mapping[str, Sequence[Event]]) -> None:
        """Every ERP posts by itself. Raises PostFailedError."""
        with self.laptop.progress.time("tell the product"), ThreadPoolExecutor(max_workers=len(news)) as pool:
            told = [pool.submit(self._post, self.chronicle.erps[ans], events) for ans, events in news.items() if events]
            for one in told:
                one.result()

    def _post(self, erp: Erp, events: Sequence[Event]) -> None:
        for start in range(0, len(events), 100):
            erp.tell(events[start : start + 100], self.laptop.now)
            self.laptop.progress.doing(f"{erp.house.client} has told {start + 100} of {len(events)} events")

    def _check_doors(self) -> None:
        """A wrong signature is refused; a retry of a call is answered as the call was. Raises DoorError."""
        erp, now = next(iter(self.chronicle.erps.values())), self.laptop.now
        account = next(one for one in self.chronicle.world.accounts.values() if one.house is erp.house)
        event = erp.event(("opt_in.recorded", _consent(account.number, now)), now)
        body, call = body_of([event]), erp.call_id()
        forged = erp.post(call, body, now, secret="whsec_" + "QUJD" * 10)
        first, again = erp.post(call, body, now), erp.post(call, body, now)
        if (forged.status, first.status) != (401, 202) or first != again:
            raise DoorError(f"forged {forged.status}, first {first.status}, again {again.status}")


def _consent(account: str, now: datetime) -> dict[str, object]:
    return {"contract": account, "channel": "sms", "at": now.isoformat(), "how": "portal", "text": "Aceito."}


def _quarter(at: datetime) -> datetime:
    """The schedule's next tick at or after `at`."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + QUARTER
