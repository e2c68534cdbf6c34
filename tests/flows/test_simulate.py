"""Simulated equals executed: the same portfolio, once simulated and once walked on the main road."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from emdia.calendar import instant_of
from emdia.compliance.municipality import uf_of, zone_of
from emdia.facts import Fact
from emdia.ladder.decide import next_due
from emdia.ladder.happenings import Lifted, OptOut, Payment, Stopped
from emdia.ladder.simulate import simulate
from emdia.messages.outreach import Outreach
from emdia.money import Centavos
from emdia.portfolio.case import Case, Invoice, OpenInvoice, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind
from emdia.ports import Act, Put
from emdia.state import outreach_ref
from emdia.workflows.receive_opt_out import Deps, Evidence, receive_opt_out
from infra.local.demo.portfolio import Happening, make_world
from tests.fakes.house import ANS, EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE
from tests.flows.road import AS_OF, MORNING, Road

DAYS = 45
EMAIL, SMS, WHATSAPP = Channel.EMAIL, Channel.SMS, Channel.WHATSAPP
MIX = ((WHATSAPP, EMAIL), (SMS, EMAIL), (EMAIL, SMS))


class Walk(Road):
    """The road as a schedule walks it. A standard queue keeps no order: here it hands out by contract."""

    def gather(self):
        for url, queue in ((EMAIL_QUEUE, self.email), (SMS_QUEUE, self.texts), (WHATSAPP_QUEUE, self.chats)):
            bodies = self.sqs.take(url, 10_000)
            keys = sorted({tuple(key) for body in bodies for key in body["outreach"]})
            if keys:
                queue.send([{"ans": ANS, "outreach": [list(key) for key in keys]}])

    def run(self, at):
        self.clock.at = at
        self.sweep()
        self.walk()

    def another_invoice(self, case, due_on, place="b"):
        id_ = f"{case.contract[:31]}{place}"
        invoice = Invoice(
            contract=case.contract, id=id_, holder_key=case.holder_key, number=f"FAT-{id_}",
            reference=f"{due_on:%Y-%m}", due_on=due_on, amount=Centavos(40_000), as_of=AS_OF,
        )  # fmt: skip
        held = replace(case, invoices=(*case.invoices, OpenInvoice(id_, invoice.reference, due_on, invoice.amount)))
        held = replace(self.case(case), invoices=held.invoices, due=next_due(held, self.clock.now()))
        fact = Fact("invoice.recorded", held.ref)
        assert self.ledger().commit([Act(f"another:{id_}", (Put(invoice), Put(held)), (fact,))]).landed

    def happen(self, one):
        """The same in the ledger: what the intake or the opt-out page would have committed."""
        self.clock.at = one.at
        held = self.ledger().record(one.contract)
        case = next(state for state in held if type(state).__name__ == "Case")
        if isinstance(one, OptOut):
            deps = Deps(self.ledgers, self.pseudonyms, self.clock, self.meter)
            token = self.pseudonyms.seal_token(ANS, f"{one.contract}|email|{case.holder_key}")
            receive_opt_out(token, Evidence("one-click", "x"), deps)
            return
        if isinstance(one, Payment):
            case = replace(case, invoices=tuple(i for i in case.invoices if one.invoices and i.id not in one.invoices))
        elif isinstance(one, Stopped):
            case = replace(case, stops=(*case.stops, one.stop))
        else:
            case = replace(case, stops=tuple(s for s in case.stops if s.id != one.stop))
        self.commit_case(replace(case, due=next_due(case, one.at)), "invoice.settled")

    def decided(self, name):
        return Counter(
            {
                dict(dimensions)["rule"]: count
                for (counted, dimensions), count in self.meter.counted.items()
                if counted == name
            }
        )


def world(seed, contracts=70):
    """A road with its portfolio, the happenings of the weeks to come, and the runs of the schedule."""
    chance = random.Random(seed)
    road = Walk(seed=seed)
    cases = []
    for n in range(1, contracts + 1):
        due = MORNING.date() + timedelta(days=chance.randint(-40, 25))
        case = road.contract(n, due.isoformat(), person=chance.randint(1, contracts // 2) + 1000)
        if chance.random() < 0.4:
            road.another_invoice(case, due + timedelta(days=chance.choice([-30, -3, 1, 30])))
        cases.append(road.case(case))
    happenings = []
    for case in cases:
        at = MORNING + timedelta(minutes=chance.randint(1, DAYS * 24 * 60))
        for kind in chance.sample(["paid", "part", "out", "stop", "none", "none"], 2):
            at += timedelta(minutes=chance.randint(1, 3000))
            if kind == "paid":
                happenings.append(Payment(at, case.contract))
            elif kind == "part":
                happenings.append(Payment(at, case.contract, (case.invoices[0].id,)))
            elif kind == "out":
                happenings.append(OptOut(at, case.contract))
            elif kind == "stop":
                until = at + timedelta(days=5) if chance.random() < 0.5 else None
                invoices = (case.invoices[0].id,) if chance.random() < 0.5 else ()
                stop = Stop(chance.choice(list(StopKind)), f"s{len(happenings)}", invoices, until)
                happenings.append(Stopped(at, case.contract, stop))
                if until is None:
                    happenings.append(Lifted(at + timedelta(days=6), case.contract, stop.id))
    runs = [MORNING + timedelta(hours=h) for h in range(DAYS * 24)]
    return road, cases, happenings, [run for run in runs if chance.random() > 0.1]  # some runs are missed


def demo_world(contracts=90, seed=2026):
    """The demo's own portfolio on its own seed, with what the demo has befall it; fees are paid by a draw."""
    chance = random.Random(seed)
    made = make_world(contracts, MORNING.date(), DAYS, seed)
    road = Walk(seed=seed)
    cases: dict[str, Case] = {}
    happenings = []
    people = {account.holder.cpf: n for n, account in enumerate(made.accounts.values(), start=1000)}
    for n, account in enumerate(made.accounts.values(), start=1):
        place, fees = account.holder.place, account.fees
        kind = ContractKind(account.kind.value)
        where = {"uf": uf_of(place.ibge), "zone": zone_of(place.ibge), "ibge": place.ibge, "kind": kind}
        person = people[account.holder.cpf]
        likes = random.Random(person).choices(MIX, weights=(60, 15, 25))[0]
        case = road.contract(n, fees[0].due_on.isoformat(), person=person, channels=likes, **where)
        for more, bill in enumerate(fees[1:]):
            road.another_invoice(road.case(case), bill.due_on, "bcdef"[more])
        case = cases[account.number] = road.case(case)
        for invoice in case.invoices:
            at = instant_of(invoice.due_on, 0, case.zone) + timedelta(minutes=chance.randint(-5_000, 40_000))
            if at > MORNING and chance.random() < 0.7:
                happenings.append(Payment(at, case.contract, (invoice.id,)))
    for n, incident in enumerate(made.incidents):
        case = cases[incident.account]
        at = instant_of(incident.begins, 9 * 60, case.zone)
        stops = {
            Happening.DISPUTE: StopKind.DISPUTE,
            Happening.HOLD: StopKind.HOLD,
            Happening.STAY: StopKind.PROTECTIVE,
        }
        if incident.happening in stops:
            happenings.append(Stopped(at, case.contract, Stop(stops[incident.happening], f"s{n}")))
            if incident.ends is not None:
                happenings.append(Lifted(instant_of(incident.ends, 9 * 60, case.zone), case.contract, f"s{n}"))
        elif incident.happening is Happening.OPT_OUT:
            happenings.append(OptOut(at, case.contract))
    runs = [MORNING + timedelta(hours=h) for h in range(DAYS * 24)]
    return road, list(cases.values()), happenings, runs


WORLDS = {"1": lambda: world(1), "2": lambda: world(2), "3": lambda: world(3), "demo": demo_world}


@pytest.mark.parametrize("name", WORLDS)
def test_simulated_equals_executed(name):
    road, cases, happenings, runs = WORLDS[name]()
    told = simulate(cases, {}, MORNING, DAYS, ans=ANS, happenings=happenings, runs=runs)

    waiting = sorted(happenings, key=lambda one: (one.at, one.contract))
    executed = []
    seen: set[str] = set()
    for run in runs:
        while waiting and waiting[0].at <= run:
            road.happen(waiting.pop(0))
        road.run(run)
        for ref in [one.ref for one in road.arrived() if one.ref not in seen]:
            seen.add(ref)
            _, contract, id_ = ref.split("-")
            stored = outreach_ref(contract, id_)
            found = road.ledger().get([stored])[stored]
            assert isinstance(found, Outreach)
            executed.append((run, contract, found.holder_key, found.channel, found.step, found.template))

    simulated = [(c.at, c.contract, c.holder_key, c.channel, c.step, c.template) for c in told.contacts]
    # Within one run the provider is called group by group, in which no person is twice.
    assert sorted(simulated) == sorted(executed)
    assert Counter(rule for (_, rule), n in told.decided.items() for _ in range(n)) == road.decided("StepDecided")
    assert Counter(rule for (_, rule), n in told.set_aside.items() for _ in range(n)) == road.decided(
        "OutreachSetAside"
    )
    assert len(seen) == len(road.arrived())
    if name == "demo":
        assert {one[3] for one in executed} == {EMAIL, SMS, WHATSAPP}
    # The world was busy enough to mean something.
    assert len(executed) > 100
    busy = {"ladder.step-due", "frequency.week"} | ({"consent.opted-out", "frequency.day"} if name != "demo" else set())
    assert busy <= set(road.decided("StepDecided"))
    assert name == "demo" or "frequency.day" in road.decided("OutreachSetAside")
    assert (runs[-1] - runs[0]).days >= 44


def test_nothing_is_written_by_a_simulation():
    road, cases, happenings, _ = world(4, contracts=10)
    before = road.rows("emdia-test-ledger")
    asked = road.faults.requests.copy()
    assert simulate(cases, {}, MORNING, 20, ans=ANS, happenings=happenings).contacts
    assert road.rows("emdia-test-ledger") == before
    assert road.faults.requests == asked
    assert road.case(cases[0]) == cases[0]
    assert isinstance(cases[0].invoices[0].due_on, date)
    assert Channel.EMAIL in dict(cases[0].reach)
