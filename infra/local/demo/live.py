"""Lives through the demo's days: the ERPs tell, the clock moves, the ladder climbs, people read and pay."""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from infra.local.demo import backfill, listening
from infra.local.demo.cashier import Cashier
from infra.local.demo.chronicle import BRASILIA, Chronicle
from infra.local.demo.desk import Desk
from infra.local.demo.doors import check_doors
from infra.local.demo.erp import Erp, Event
from infra.local.demo.judge import Matcher
from infra.local.demo.laptop import CLIMB, Laptop
from infra.local.demo.reactions import Reactions
from infra.local.demo.trouble import Trouble
from infra.local.sandbox.phones import Text

A_DAY = 8  # moments a day at most, the night included
NIGHT = time(5, 30)  # UTC: the nightly sweep
QUARTER = timedelta(minutes=15)
WEEK = timedelta(days=7)
TWICE_EVERY = 7  # moments: of so many, one at which the schedule fires twice
RACE_EVERY = 2  # and one at which the ERPs speak while the ladder climbs
SEAL_EVERY = 10  # nights: the logs are whole whenever they are sealed, and fewer, larger batches take less
STRAY_AT = 3  # the moment at which somebody pays for nothing we know
MONTHLY = "find_arrears", "open_log"  # also when the month is over: arrears have grown, and logs of a year have begun
MONTH = 33  # nights: the one after a sealing, for `open_log` reads whatever waits
REPAIR_ON = 2  # the night of all that is nightly: much of it reads whole tables, and once shows that it works


@dataclass(slots=True)
class Life:
    """One demo. Counts by day are days in Brasília."""

    laptop: Laptop
    chronicle: Chronicle
    matcher: Matcher
    trouble: Trouble
    cashier: Cashier
    reactions: Reactions
    desk: Desk
    sent: Counter[date] = field(default_factory=Counter)
    second_climbs: list[int] = field(default_factory=list)
    moments: int = 0
    _repeat_from: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    _boxes: Counter[str] = field(default_factory=Counter)

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
        check_doors(chronicle, now)
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
            self._receive()  # first: what came before somebody asked for silence is not held against anybody
            self.reactions.note(now)
            self.laptop.run_scheduled(nightly=False)
            self.laptop.drain("last sweep")
        self._receive()
        self.chronicle.take_effect(len(self.laptop.letters))
        listening.hear_out(self.laptop)

    def day(self, day: date) -> None:
        """One local day of Brasília, from its night to the next: at most A_DAY moments."""
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
        # Work put off for a moment is only later; with too many the earlier of two neighbours waits.
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
            self.reactions.talkers.end_pauses(now, len(laptop.letters))
            # Who writes while the ladder climbs may answer a message that is not there yet.
            if self.moments % RACE_EVERY:
                self.reactions.talkers.speak(now)
            laptop.sandbox.flush()
        if night:
            self.cashier.ask_banks()
        news = self.chronicle.until(now, len(laptop.letters))
        if self.moments % RACE_EVERY:
            self._tell(news)
            came = self._take_in(now)
            paid = self._strike()
        else:
            # Money and stops arrive while the ladder climbs and mails go out.
            with ThreadPoolExecutor(max_workers=1) as pool:
                telling = pool.submit(self._tell, news)
                paid = self._strike()
                telling.result()
            came = self._take_in(now)
        if night:
            self._repair(nights)
        laptop.drain("steps and messages")
        came += self._receive()
        self.cashier.bind()
        # Money that came after the climb changes what is due: then a second one may rightly find work.
        if came and not paid and now >= self._repeat_from:
            self._climb_again()
            self._repeat_from = now + WEEK

    def _strike(self) -> int:
        """A quarter of an hour is full: all that is scheduled for it runs while people pay and staff answer.

        How many fees were paid by Pix.
        """
        # What providers do at nine, they do to the ladder: who was answered before is not met by it.
        self.trouble.stir(self.laptop.now, self.laptop.sandbox.carrier)
        with ThreadPoolExecutor(max_workers=3) as pool:
            struck = [
                pool.submit(self._climb),
                pool.submit(self.laptop.run_scheduled, nightly=False),
                pool.submit(self.desk.work, self.laptop.now),
            ]
            paid = self.cashier.pay(stray=self.moments == STRAY_AT)
            for one in struck:
                one.result()
        return paid

    def _take_in(self, now: datetime) -> int:
        """Wait until the product knows what it was told: from here on it is bound. Letters that came meanwhile."""
        self.laptop.drain("events")
        came = self._receive()
        self.cashier.bind()
        self.reactions.note(now)
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
            self.reactions.expect(letter, mail)
        return len(new)

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


def _quarter(at: datetime) -> datetime:
    """The schedule's next tick at or after `at`."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + QUARTER
