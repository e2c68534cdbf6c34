"""What the two ERPs tell, and when: the first load, fees as they are issued, incidents, payments, and some nonsense."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from infra.local.demo import told
from infra.local.demo.bills import Bill
from infra.local.demo.erp import Erp, Event
from infra.local.demo.judge import Books
from infra.local.demo.people import new_address
from infra.local.demo.phones import Likes, habits_of, phone_of
from infra.local.demo.portfolio import Account, Happening, Incident, World
from infra.local.demo.short import CORRECTED
from infra.local.demo.town import Town

BRASILIA: Final = ZoneInfo("America/Sao_Paulo")
ISSUES_AT: Final = time(6, 0)  # ERPs run their batches before the day begins
COUNTER_OPENS: Final = time(8, 30)
EARLY: Final = 0.05  # share of the first load's fees that come out of order


Plan = Callable[[datetime, int], list[tuple[Account, told.Said]]]


@dataclass(slots=True)
class Chronicle:
    """Everything still to be told. `effects`: what the product is bound by once it has taken in what it was told.

    Who is `by_pix` does not pay the ERP: these fees wait in `paying` for whoever takes people to the bank.
    """

    world: World
    town: Town
    erps: Mapping[str, Erp]  # by ANS register
    books: Books
    seed: int
    by_pix: Callable[[Bill], bool] = lambda _: False
    paying: list[Bill] = field(default_factory=list)
    through_erp: list[tuple[Bill, datetime, int]] = field(default_factory=list)  # payments it told, with the centavos
    paid_fees: set[str] = field(default_factory=set)
    paid: Counter[date] = field(default_factory=Counter)  # by day in Brasília
    events: Counter[str] = field(default_factory=Counter)  # by type
    _effects: list[Callable[[int], None]] = field(default_factory=list)
    _planned: list[tuple[datetime, Plan]] = field(default_factory=list)  # the next one last
    _amounts: dict[str, int] = field(default_factory=dict)
    _turned_away: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        plans: list[tuple[datetime, Plan]] = [
            (_at(bill.issued_on, ISSUES_AT), partial(self._issue, bill.number))
            for bill in self.world.fees.values()
            if bill.issued_on > self.world.start
        ]
        for incident in self.world.incidents:
            plans.append((_at(incident.begins, COUNTER_OPENS), partial(self._begin, incident)))
            if incident.ends is not None:
                plans.append((_at(incident.ends, COUNTER_OPENS), partial(self._end, incident)))
        self._planned = sorted(plans, key=lambda one: one[0], reverse=True)

    def opening(self, now: datetime) -> dict[str, list[Event]]:
        """The first load of each operator: contract by contract, but now and then a fee long before its contract."""
        rng = random.Random(f"{self.seed} order")
        load: dict[str, list[Event]] = {ans: [] for ans in self.erps}
        for account in self.world.accounts.values():
            events = load[account.house.ans]
            said = [told.contract(account)]
            likes, asked = habits_of(account.holder).likes, now - timedelta(days=200)
            if likes is Likes.WHATSAPP:
                said.append(told.whatsapp_opt_in(account.number, asked, phone_of(account.holder)))
            elif account.opted_in:
                said.append(told.consent(account.number, asked, opted_in=True))
            events += self._events(account, said, now)
            fees = [told.issued(bill) for bill in account.fees if bill.issued_on <= self.world.start]
            for event in self._events(account, fees, now):
                events.insert(rng.randint(0, len(events)) if rng.random() < EARLY else len(events), event)
        return load

    def nonsense(self, now: datetime) -> dict[str, list[Event]]:
        """Events that the product must park: each operator's ERP has a bug or two."""
        bad: dict[str, list[Event]] = {}
        for ans, erp in self.erps.items():
            account = next(one for one in self.world.accounts.values() if one.house.ans == ans)
            kind, data = told.contract(account)
            wrong_cpf = erp.event((kind, {**data, "holder": {**data["holder"], "cpf": "12345678900"}}), now)
            wrong_house = {**erp.event((kind, data), now), "operator": "999999"}
            misspelt = erp.event(("invoice.cancelled", {"contract": account.number, "invioce": "F1"}), now)
            unheard = erp.event(("invoice.forgiven", {"contract": account.number}), now)
            bad[ans] = [wrong_cpf, wrong_house, misspelt, unheard]
        return bad

    def until(self, now: datetime, letters: int = 0) -> dict[str, list[Event]]:
        """What has happened up to `now` and was not told yet, by operator; `letters` have come so far.

        What frees the product frees it from here on; what binds it does so once it has taken it in.
        """
        news: dict[str, list[Event]] = {ans: [] for ans in self.erps}
        while self._planned and self._planned[-1][0] <= now:
            at, plan = self._planned.pop()
            for account, said in plan(at, letters):
                news[account.house.ans] += self._events(account, [said], at)
        for at, bill in self.town.pay_until(now):
            if self._amounts.get(bill.number) == 0 or bill.number in self.paid_fees:
                continue  # cancelled meanwhile, or paid together with another
            if bill.number not in self._turned_away and self.by_pix(bill):
                self.paying.append(bill)
                continue
            account = self.world.accounts[bill.account]
            amount = self._amounts.get(bill.number, bill.amount)
            news[account.house.ans] += self._events(account, [told.paid(bill, at, amount)], at)
            self.through_erp.append((bill, at, amount))
            self.note_paid(bill, at)
            self._effects.append(partial(self._close, bill.number))
        return news

    def known(self, fees: Iterable[str]) -> None:
        """The operator knows that these fees are paid."""
        self._effects += [partial(self._close, fee) for fee in fees]

    def turned_away(self, bill: Bill, at: datetime) -> None:
        """The page of a message asked nothing of somebody who wanted to pay: they pay as the ERP's people do."""
        self._turned_away.add(bill.number)
        self.town.pay_again(bill, at)

    def note_paid(self, bill: Bill, at: datetime) -> None:
        """Somebody has paid a fee; it binds nobody before the operator knows."""
        self.paid_fees.add(bill.number)
        self.paid[at.astimezone(BRASILIA).date()] += 1

    @property
    def open_fees(self) -> int:
        """Fees that the ERPs issued and nobody paid or cancelled."""
        return self.events["invoice.issued"] - len(self.books.closed)

    def take_effect(self, letters: int) -> None:
        """The product has taken in all it was told; from the `letters`-th letter on it is bound by it."""
        effects, self._effects = self._effects, []
        for effect in effects:
            effect(letters)

    def _events(self, account: Account, said: Sequence[told.Said], at: datetime) -> Iterator[Event]:
        for one in said:
            self.events[one[0]] += 1
            yield self.erps[account.house.ans].event(one, at)

    def _issue(self, number: str, _at: datetime, _letters: int) -> list[tuple[Account, told.Said]]:
        bill = self.world.fees[number]
        return [(self.world.accounts[bill.account], told.issued(bill))]

    def _close(self, number: str, order: int) -> None:
        self.books.closed.setdefault(number, order)

    def _begin(self, incident: Incident, at: datetime, _letters: int) -> list[tuple[Account, told.Said]]:
        account, bill = self.world.accounts[incident.account], self.world.fees.get(incident.bill)
        quiet = incident.bill or incident.account
        match incident.happening:
            case Happening.DISPUTE:
                said = told.dispute(account.number, incident.bill)
            case Happening.HOLD:
                said = told.hold(account.number)
            case Happening.STAY:
                said = told.stay(account.number)
            case Happening.MOVED:
                return [(account, told.contact_points(account, new_address(account.holder)))]
            case Happening.OPT_OUT:
                self._effects.append(partial(self._leave_alone, account.number))
                return [(account, told.consent(account.number, at, opted_in=False))]
            case _ if bill is None or bill.number in self.paid_fees | self.books.closed.keys():
                return []  # paid before it could be cancelled or corrected
            case Happening.CANCELLED:
                self._amounts[bill.number] = 0
                self._effects.append(partial(self._close, bill.number))
                return [(account, told.cancelled(bill))]
            case Happening.CORRECTED:
                self._amounts[bill.number] = bill.amount * CORRECTED[0] // CORRECTED[1]
                return [(account, told.issued(bill, self._amounts[bill.number]))]
        self.books.begin_silence(quiet)
        self._effects.append(partial(self.books.bind_silence, quiet))
        return [(account, said)]

    def _end(self, incident: Incident, _at: datetime, letters: int) -> list[tuple[Account, told.Said]]:
        account = self.world.accounts[incident.account]
        lifted = {
            Happening.DISPUTE: told.dispute_closed,
            Happening.HOLD: told.hold_lifted,
            Happening.STAY: told.stay_ended,
        }[incident.happening]
        self.books.end_silence(incident.bill or incident.account, letters)
        return [(account, lifted(account.number))]

    def _leave_alone(self, account: str, order: int) -> None:
        self.books.left_alone.setdefault((account, "email"), order)


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, BRASILIA).astimezone(UTC)
