# ruff: noqa: T201  a command prints
"""`make bench`: measured number beside the number to hold, as ratios of one run wherever possible.

DUE=, OPEN= and INVOICES= scale the portfolio (defaults 10,000 due; 20,000 and 100,000 open; 100,000 simulated),
BURST= what is due at nine (5,000), ENTRIES= the log on disk, ATTENDANCES= those of a report (default 1,000,000 each).
"""

import os
import resource
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from emdia.audit.tiles import Edge
from emdia.ladder.decide import decide
from emdia.ladder.simulate import simulate
from emdia.messages.bot.converse import Heard, State, converse
from emdia.messages.bot.script import script
from emdia.messages.bot.understand import LONGEST
from emdia.messages.render import render
from emdia.messages.words import compose
from emdia.portfolio.contract import Channel
from infra.stages import STAGES
from tests.bench import attendances, audit, backfill, helpdesk, imports, requests, tryton
from tests.contracts.test_numbers import WORKERS, numbers_of_workers
from tests.fakes.house import House
from tests.flows.nine_o_clock import NineOClock
from tests.flows.road import MORNING, OPERATOR, Road
from tests.unit.cases import case, invoice

DUE = int(os.environ.get("DUE", "10000"))
OPEN = int(os.environ.get("OPEN", "100000"))
BURST = int(os.environ.get("BURST", "5000"))
INVOICES = int(os.environ.get("INVOICES", "100000"))
_ZONES = (
    ("America/Sao_Paulo", "SP"),
    ("America/Noronha", "PE"),
    ("America/Rio_Branco", "AC"),
    ("America/Cuiaba", "MT"),
)


def line(what: str, measured: str, hold: str, ok: bool | None = None) -> None:
    verdict = "" if ok is None else ("holds" if ok else "MISSED")
    print(f"{what:<58} {measured:>16}   {hold:<22} {verdict}", flush=True)


def decisions() -> None:
    cases = [
        case(invoice(f"2026-{9 + n % 3:02d}-{1 + n % 28:02d}", "f1"), invoice("2026-11-24", "f2", "D0"), zone=z, uf=uf)
        for n in range(100_000)
        for z, uf in (_ZONES[n % 4],)
    ]
    decide(cases[0], None, None, MORNING)  # loads the library of holidays, once in a process
    start = time.process_time()
    for one in cases:
        decide(one, None, None, MORNING)
    took = time.process_time() - start
    line("decide() over 100,000 cases, CPU seconds", f"{took:.2f}", "<= 1", took <= 1)


def simulation() -> None:
    first = MORNING.date() - timedelta(days=25)
    cases = [
        case(
            invoice((first + timedelta(days=n % 75)).isoformat(), f"f{n}"),
            contract=f"c{n}", holder_key=f"p{n * 9 // 10}", zone=zone, uf=uf,
        )
        for n in range(INVOICES)
        for zone, uf in (_ZONES[n % 4],)
    ]  # fmt: skip
    start = time.process_time()
    told = simulate(cases, {}, MORNING, 60)
    took = time.process_time() - start
    what = f"simulate {INVOICES:,} invoices, 60 days, {len(told.contacts):,} messages: CPU s"
    line(what, f"{took:.1f}", "<= 60", took <= 60)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line("memory of the whole bench so far, MB", f"{peak:,}", "<= 1,024", peak <= 1024)


def messages() -> None:
    road = Road()
    stored = road.contract(1)
    ledger = road.ledger()
    states = {type(state).__name__: state for state in ledger.record(stored.contract)}
    kept = [stored.invoices[0].id]
    count = 2_000
    start = time.process_time()
    for _ in range(count):
        view = compose(
            stored, states["Contract"], [states["Invoice"]], OPERATOR, MORNING.date(), "https://x/u/t", kept, resting=()
        )
        render("atraso", Channel.EMAIL, view)
    line("messages rendered per CPU second", f"{count / (time.process_time() - start):,.0f}", ">= 1,000")


def appends() -> float:
    batch = [b"%500d" % index for index in range(256)]
    edge, count = Edge(), 500_000
    start = time.process_time()
    while edge.size < count:
        edge, _ = edge.append(batch)
        assert edge.root
    rate = edge.size / (time.process_time() - start)
    line("log entries appended per CPU second, batches of 256", f"{rate:,.0f}", ">= 500,000", rate >= 500_000)
    return rate


def sealing() -> None:
    """Whole deliveries, the SDK's cost among them; the ratio is to what tree and bundles alone cost."""
    alone = appends()
    for batch, times in ((10, 100), (100, 40), (1_000, 10)):
        rate, asked = audit.deliveries(batch, times)
        hold, ok = (">= 4,000", rate >= 4_000) if batch == 1_000 else ("", None)
        each = asked.total() / (batch * times)
        what = f"facts sealed per CPU second, {batch} a delivery ({each:.2f} requests each)"
        line(what, f"{rate:,.0f} ({alone / rate:,.0f}x)", hold, ok)
    found = audit.on_disk(audit.ENTRIES)
    per_million = found.seconds * 1_000_000 / audit.ENTRIES
    what = f"fsck of {audit.ENTRIES:,} entries on disk, CPU s a million"
    line(what, f"{per_million:.1f}", "<= 10", per_million <= 10)
    line("fsck, peak MB of its process", f"{found.megabytes}", "<= 150", found.megabytes <= 150)
    what = f"objects read for a proof from {audit.ENTRIES:,} ({found.milliseconds:.1f} ms)"
    line(what, str(found.reads), "<= 6", found.reads <= 6)


def bot() -> None:
    """Replies as people write them, and the longest message the bot reads itself, each decided alone."""
    told = script()
    lines = (Path(__file__).parents[1] / "vectors/replies.tsv").read_text(encoding="utf-8").splitlines()
    texts = [one.split("\t")[0] for one in lines if not one.startswith("#")]
    texts.append(" ".join(texts)[:LONGEST])
    start = time.process_time()
    for _ in range(20):
        for text in texts:
            converse(Heard(text), State(), told, notice_open=True, known=True)
    took = (time.process_time() - start) / (20 * len(texts)) * 1000
    line("what the bot makes of a message, ms", f"{took:.3f}", "<= 1", took <= 1)


def portfolio_files() -> None:
    """Read and validated; what the store takes for each row is the signed door's own."""
    few, many = backfill.measured(backfill.ROWS // 100), backfill.measured(backfill.ROWS)
    what = f"rows of a portfolio file validated per CPU second, {backfill.ROWS:,} rows"
    line(what, f"{backfill.ROWS / many.seconds:,.0f}", "")
    more = many.megabytes - few.megabytes
    line("peak MB over that of a hundredth of the file", f"{more} ({many.megabytes})", "<= 8", more <= 8)


def protocols() -> None:
    found = helpdesk.measured()
    ratio = found.form / found.ours
    what = f"a ticket of django-helpdesk vs. a protocol number, p50 ({found.form:.2f} / {found.ours:.2f} ms)"
    line(what, f"{ratio:.1f}x", ">= 5x", ratio >= 5)
    line("    its row alone, without form and follow-up, ms", f"{found.row:.2f}", "")
    given, asked = numbers_of_workers(House())
    each = asked / len(given)
    line(f"requests for each of {len(given):,} numbers of {WORKERS} new workers", f"{each:.3f}", "<= 1.1", each <= 1.1)
    line("    of these given twice", str(len(given) - len(set(given))), "0", len(set(given)) == len(given))
    few, many = attendances.measured(attendances.ROWS // 10), attendances.measured(attendances.ROWS)
    what = f"a report over {attendances.ROWS:,} attendances, {many.requests:,} requests: CPU s"
    line(what, f"{many.seconds:.1f}", "<= 30", many.seconds <= 30)
    more = many.megabytes - few.megabytes
    line("peak MB over that of a tenth of them", f"{more} ({many.megabytes})", "<= 64", more <= 64)


def stages(measured: requests.Measured) -> str:
    totals: Counter[str] = Counter()
    for (stage, _, _), n in measured.by_stage.items():
        totals[stage] += n
    return ", ".join(f"{stage} {n / measured.outreach:.3f}" for stage, n in totals.items())


def road_requests() -> None:
    for name, mix in (("60/15/25", requests.MIX), ("e-mail only", requests.EMAIL_ONLY)):
        burst = requests.burst(DUE, 2 * DUE, mix)
        line(f"R, burst ({DUE:,} due, {name})", f"{burst.r:.2f}", "<= 2.0", burst.r <= 2)
        print(f"    by stage: {stages(burst)}")
        for (stage, service, operation), n in sorted(burst.by_stage.items()):
            print(f"    {stage:<6} {service}:{operation:<24} {n:>8,}")
        day = requests.day(DUE, 2 * DUE, mix)
        line(f"R, day (the same events over 8 h, {name})", f"{day.r:.2f}", "<= 3.0", day.r <= 3)
        print(f"    by stage: {stages(day)}")
    wide = requests.burst(DUE, OPEN)
    ratio = wide.by_stage.total() / burst.by_stage.total()
    line(f"requests, {DUE:,} due of {OPEN:,} vs. of {2 * DUE:,} open", f"{ratio:.3f}", "<= 1.05", ratio <= 1.05)


def door() -> None:
    """Signing by the caller is in the CPU time, and so are the in-memory stores."""
    for calls, events in ((200, 1), (20, 10), (4, 100)):
        start = time.process_time()
        found = requests.door(calls, events)
        took = (time.process_time() - start) / found.outreach * 1000
        line(f"webhook door, {events} events a call: requests an event ({took:.2f} ms of CPU)", f"{found.r:.2f}", "")


def second_run() -> None:
    road = requests.portfolio(500, 500)
    road.walk()
    before = road.facts()["outreach.queued"]
    road.clock.move(minutes=31)
    road.walk()
    again = road.facts()["outreach.queued"] - before
    line("outreach of a second run", str(again), "0", again == 0)


def beside_tryton() -> None:
    """The same fees due, by our ladder and by Tryton's dunning: evaluated and queued, twice."""
    ours, theirs = tryton.ours(DUE), tryton.theirs(DUE)
    ratio = theirs.cpu / ours.cpu
    what = f"Tryton's CPU vs. ours to evaluate and queue {DUE:,} due ({theirs.cpu:.1f} / {ours.cpu:.1f} s)"
    line(what, f"{ratio:.1f}x", ">= 10x", ratio >= 10)
    line(
        "    notices of ours, and more of them in a second run", f"{ours.notices:,} + {ours.again}", "", ours.again == 0
    )
    what = f"    Tryton's, and more of them in a second run ({theirs.where})"
    line(what, f"{theirs.notices:,} + {theirs.again:,}", "")


def nine_o_clock() -> None:
    """Some thousands by the deployed rates, at providers that grant a new account's pace; fifty thousand follow."""
    granted = {Channel.EMAIL: 14, Channel.SMS: 10, Channel.WHATSAPP: 80}
    road = requests.portfolio(BURST, BURST, requests.MIX)
    nine = NineOClock(road, STAGES["prod"], granted)
    nine.run(road.clock.now() + timedelta(hours=9))
    for channel, provider in nine.providers.items():
        messages = provider.taken.total()
        rate = 0.9 * messages / provider.seconds_of(0.9)
        minutes = messages * 50_000 / BURST / rate / 60
        what = f"due at nine by {channel}, a second (50,000 in {minutes:.0f} min; {provider.throttled} throttled)"
        line(what, f"{rate:.1f}", f">= {granted[channel] / 1.3:.1f}", rate >= granted[channel] / 1.3)
    assert len(road.arrived()) == BURST


def import_times() -> None:
    for function in imports.functions():
        ours, alone, ratio = imports.ratio(function)
        hold = 1.8 if function in imports.API_DOORS else 1.25
        what = f"import {function} vs. its clients ({ours:.0f} / {alone:.0f} ms)"
        line(what, f"{ratio:.2f}", f"<= {hold}", ratio <= hold)


if __name__ == "__main__":
    print(f"{'what':<58} {'measured':>16}   {'to hold':<22}")
    decisions()
    portfolio_files()
    simulation()
    messages()
    bot()
    protocols()
    sealing()
    second_run()
    beside_tryton()
    nine_o_clock()
    door()
    import_times()
    road_requests()
