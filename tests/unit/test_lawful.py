"""Random portfolios, judged by the law told again by hand: no contact breaks window, cap, gap or stop."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emdia.compliance.delay import OperatorDelay
from emdia.ladder.decide import Halt, Send, Wait, decide
from emdia.ladder.last_look import Cancel, Defer, Go, Refuse, last_look
from emdia.messages.outreach import OPEN, OutreachStatus
from emdia.portfolio.case import OpenInvoice, Reach, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind
from tests.unit.cases import case, contacted, invoice, outreach
from tests.unit.test_windows import MANAUS, NORONHA, SAO_PAULO, lawful

SEEDED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=900,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PLACES = st.sampled_from(
    [
        *((SAO_PAULO, "SP"), (SAO_PAULO, "RJ"), (SAO_PAULO, "MG"), (NORONHA, "PE"), (MANAUS, "AM")),
        *(("America/Maceio", "AL"), ("America/Bahia", "BA")),
    ]
)
OFTEN, SELDOM = (True, True, True, True, False), (False, False, False, True)


def usually(odds, common, rare):
    """Mostly `common`: what is random all over is hardly ever lawful, and then nothing is put to the test."""
    return st.sampled_from(odds).flatmap(lambda yes: common if yes else rare)


# Hours back at which each cap alone binds: many at random, a row of days, and just past the gap on the same day.
CLOSE = st.one_of(
    st.lists(st.integers(0, 200), max_size=6),
    st.integers(1, 6).map(lambda days: [24 * day for day in range(1, days + 1)]),
    st.sampled_from([[16], [17]]),
)


@st.composite
def instants(draw):
    """Mostly by day, all year round."""
    day = datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 900)))
    return day + timedelta(minutes=draw(usually(OFTEN, st.integers(12 * 60, 21 * 60), st.integers(0, 1439))))


@st.composite
def portfolios(draw):
    """A case, what its holder received, its municipality's holidays and now."""
    now, (zone, uf) = draw(instants()), draw(PLACES)
    today = now.astimezone(ZoneInfo(zone)).date()
    invoices = []
    for n in range(draw(st.integers(1, 3))):
        due = today - timedelta(days=draw(st.integers(-4, 40)))
        plain = invoice("2026-01-01", f"f{n}", draw(st.sampled_from(["", "", "D0", "D+3"])))
        since = today - timedelta(days=draw(st.integers(-3, 20)))
        until = draw(st.none() | st.integers(0, 15).map(lambda length, since=since: since + timedelta(days=length)))
        caused = draw(usually(SELDOM, st.just(OperatorDelay(since, until)), st.none()))
        invoices.append(OpenInvoice(plain.id, plain.reference, due, plain.amount, plain.step, caused))
    ends = st.none() | st.integers(-48, 48).map(lambda hours: now + timedelta(hours=hours))
    whom = st.sampled_from([(), ("f0",), ("f0", "f1")])
    stop = st.builds(Stop, st.sampled_from(StopKind), st.just("s"), whom, ends)
    reach = draw(usually(OFTEN, st.just(Reach.OPEN), st.sampled_from(Reach)))
    kind = draw(usually(OFTEN, st.just(ContractKind.INDIVIDUAL), st.sampled_from(ContractKind)))
    stops = draw(usually(SELDOM, st.lists(stop, max_size=2), st.just([])))
    hours = draw(usually(OFTEN, st.lists(st.integers(1, 30 * 24), max_size=2), CLOSE))
    holidays = draw(usually(SELDOM, st.just((today,)), st.just(())))
    the_case = case(*invoices, zone=zone, uf=uf, stops=tuple(stops), reach=((Channel.EMAIL, reach),), kind=kind)
    return the_case, contacted(*(now - timedelta(hours=back) for back in hours)), holidays, now


def judge(the_case, person, holidays, now, invoices):
    """Every reason of law why these invoices must not be written about at this moment."""
    zone = ZoneInfo(the_case.zone)
    today: date = now.astimezone(zone).date()
    moments = [one.at for one in person.contacted]
    told = {one.id: one for one in the_case.invoices}
    stops = [one for one in the_case.stops if one.until is None or one.until > now]
    found = {
        "window": not lawful(now, the_case.zone, the_case.uf) or today in holidays,
        "day": any(at.astimezone(zone).date() == today for at in moments),
        "week": sum(now - timedelta(days=7) < at for at in moments) >= 3,
        "gap": any(now - at < timedelta(hours=16) for at in moments),
        "stop": any(not one.invoices or set(one.invoices) & set(invoices) for one in stops),
        "consent": the_case.reach_of(Channel.EMAIL) is not Reach.OPEN,
        "company": the_case.kind is ContractKind.EMPRESARIAL,
        "operator's fault": any(told[one].caused is not None and told[one].caused.covers(today) for one in invoices),
    }
    return {name for name, broken in found.items() if broken}


@pytest.mark.parametrize("question", ["decide", "last_look"])
def test_no_contact_breaks_window_cap_gap_or_stop(question):
    seen: dict[str, int] = {}

    @SEEDED
    @given(portfolios(), st.sampled_from([None, *OutreachStatus]))
    def ask(portfolio, status):
        the_case, person, holidays, now = portfolio
        names = tuple(one.id for one in the_case.invoices)
        if question == "decide":
            last = None if status is None else outreach(now - timedelta(days=3), status)
            found = decide(the_case, person, last, now, holidays)
            assert not isinstance(found, Send) or status not in OPEN
            written = found.invoices if isinstance(found, Send) else ()
        else:
            queued = outreach(now - timedelta(hours=1), invoices=names, advanced=names, step="D+30")
            found = last_look(queued, the_case, person, now, holidays)
            written = found.keep if isinstance(found, Go) else ()
        seen[type(found).__name__] = seen.get(type(found).__name__, 0) + 1
        if written:
            assert judge(the_case, person, holidays, now, written) == set()
        if isinstance(found, Wait | Defer):
            assert found.until > now
            opens = lawful(found.until, the_case.zone, the_case.uf)
            assert opens or found.rule == "ladder.outreach-open"
            if found.rule.partition(".")[0] in ("window", "frequency"):
                assert found.until.astimezone(ZoneInfo(the_case.zone)).date() not in holidays

    ask()
    # Every way out was taken, the lawful one often: a judge that is never asked proves nothing.
    ways = (Send, Wait, Halt) if question == "decide" else (Go, Defer, Cancel, Refuse)
    assert {way.__name__ for way in ways} <= seen.keys()
    assert seen[ways[0].__name__] > 60
