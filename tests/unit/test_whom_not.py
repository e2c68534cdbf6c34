"""Whom not to write to: each reason from the ERP's event to the rule that a decision shows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from emdia.errors import Rejected
from emdia.ladder.decide import Halt, Send, decide
from emdia.ladder.last_look import Cancel, Go, last_look
from emdia.ladder.situation import unreachable
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import STOP_RULES, InvoiceStatus, Reach, Stop, StopKind, minor_stop, reaches
from emdia.portfolio.contract import Channel, ContactPoint
from emdia.providers.erp import parse_event
from emdia.state import invoice_ref, outreach_ref
from tests.fakes import erp, people
from tests.unit.cases import case, contacted, invoice, local, outreach
from tests.unit.test_apply import CONTRACT, NOW, consent, hours, name, opened, queued, stop

REASONS = {
    "promise": "stop.promise",
    "deal": "stop.deal",
    "death": "stop.death",
    "lawyer": "stop.lawyer",
    "over_indebtedness": "stop.over-indebtedness",
    "minor": "stop.minor",
    "wrong_person": "stop.wrong-person",
    "says_paid": "stop.says-paid",
}
OF_THE_PERSON = ("death", "lawyer", "over_indebtedness", "minor", "wrong_person")
BUSINESS_MORNING = local("2026-11-25 10:00")


def test_every_kind_of_stop_has_a_rule_of_its_own():
    assert set(STOP_RULES) == set(StopKind)
    assert len(set(STOP_RULES.values())) == len(StopKind)


@pytest.mark.parametrize(("reason", "rule"), REASONS.items())
def test_each_reason_cancels_what_is_queued_and_shows_as_its_own_rule(reason, rule):
    shelf = queued(opened())
    shelf.apply(stop("hold.placed", hours(40), hold="H-1", reason=reason))
    held = shelf.states[outreach_ref(CONTRACT, "o1")]
    assert (held.status, held.rule) == (OutreachStatus.CANCELLED, rule)
    now = hours(41)
    assert decide(shelf.case, None, None, now) == Halt(rule, {})
    again = replace(held, status=OutreachStatus.QUEUED)
    assert last_look(again, shelf.case, None, now) == Cancel(rule)


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason != "says_paid"])
def test_a_hold_is_lifted_whatever_its_reason_and_in_whatever_order(reason):
    placed, lifted = stop("hold.placed", hours(2), hold="H-1", reason=reason), stop("hold.lifted", hours(3), hold="H-1")
    for events in ((placed, lifted), (lifted, placed)):
        shelf = opened()
        for one in events:
            shelf.apply(one)
        assert shelf.case.stops == ()


def test_a_hold_placed_again_for_another_reason_is_one_stop():
    shelf = opened(stop("hold.placed", hours(2), hold="H-1", reason="promise"))
    shelf.apply(stop("hold.placed", hours(3), hold="H-1", reason="lawyer"))
    assert [one.kind for one in shelf.case.stops] == [StopKind.LAWYER]


@pytest.mark.parametrize("reason", OF_THE_PERSON)
def test_what_is_true_of_a_person_is_never_told_of_some_invoices(reason):
    with pytest.raises(Rejected) as refused:
        parse_event(stop("hold.placed", hours(2), hold="H-1", reason=reason, invoices=["F-1"]), NOW)
    assert (refused.value.code, refused.value.pointer) == ("field-invalid", "/data/invoices")


MAIL = {"id": "p1", "channel": "email", "value": "josefa@exemplo.com.br"}


def reach(shelf):
    return shelf.case.reach_of(Channel.EMAIL)


def test_an_address_that_reaches_somebody_else_is_never_used_again():
    shelf = opened(stop("hold.placed", hours(2), hold="H-1", reason="wrong_person", contact_points=["p1"]))
    assert reach(shelf) is Reach.DEAD
    assert [fact.kind for fact in shelf.facts].count("contact_point.dead") == 1
    shelf.apply(stop("hold.lifted", hours(3), hold="H-1"))
    assert shelf.case.stops == ()
    assert decide(shelf.case, None, None, hours(45)).rule == "contact.dead-point"
    # The ERP tells the same address again, under its id and under another one; only another address serves.
    for n, (point, found) in enumerate(
        [
            (MAIL, Reach.DEAD),
            (MAIL | {"id": "p9"}, Reach.DEAD),
            (MAIL | {"id": "p9", "value": "outra@exemplo.com.br"}, Reach.OPEN),
        ]
    ):
        shelf.apply(stop("contact_points.updated", hours(4 + n), contact_points=[point]))
        assert reach(shelf) is found


def test_a_point_told_after_it_was_reported_is_barred_when_it_comes():
    shelf = opened(stop("hold.placed", hours(2), hold="H-1", reason="wrong_person", contact_points=["p2"]))
    assert reach(shelf) is Reach.OPEN
    shelf.apply(
        stop("contact_points.updated", hours(3), contact_points=[MAIL | {"id": "p2", "value": "x@exemplo.com.br"}])
    )
    assert reach(shelf) is Reach.DEAD
    # The report told again changes nothing.
    before = len(shelf.facts)
    shelf.apply(stop("hold.placed", hours(4), hold="H-1", reason="wrong_person", contact_points=["p2"]))
    assert [fact.kind for fact in shelf.facts[before:]].count("contact_point.dead") == 0


@pytest.mark.parametrize("reason", [None, *(reason for reason in REASONS if reason != "wrong_person")])
def test_only_a_wrong_person_is_at_a_contact_point(reason):
    told = {"hold": "H-1", "contact_points": ["p1"]} | ({} if reason is None else {"reason": reason})
    with pytest.raises(Rejected) as refused:
        parse_event(stop("hold.placed", hours(2), **told), NOW)
    assert (refused.value.code, refused.value.pointer) == ("field-invalid", "/data/contact_points")


def test_an_unknown_reason_is_refused():
    with pytest.raises(Rejected) as refused:
        parse_event(stop("hold.placed", hours(2), hold="H-1", reason="holiday"), NOW)
    assert refused.value.pointer == "/data/reason"


def test_a_promise_for_one_invoice_leaves_the_others():
    shelf = opened(
        erp.invoice(hours(2), "F-2"), stop("hold.placed", hours(3), hold="H", reason="deal", invoices=["F-1"])
    )
    decision = decide(shelf.case, None, None, hours(45))
    assert isinstance(decision, Send)
    assert decision.invoices == (name("invoice", "F-2"),)


def test_forty_eight_hours_of_silence_after_i_paid():
    said = hours(20)
    shelf = opened(stop("hold.placed", said, hold="P-1", reason="says_paid"))
    (pause,) = shelf.case.stops
    assert pause.until == said + timedelta(hours=48)
    assert decide(shelf.case, None, None, pause.until - timedelta(seconds=1)) == Halt("stop.says-paid", {})
    assert not isinstance(decide(shelf.case, None, None, pause.until), Halt)


@pytest.mark.parametrize(("until", "lasts"), [(hours(30), 48), (hours(100), 80)])
def test_the_pause_may_be_longer_never_shorter(until, lasts):
    placed = stop("hold.placed", hours(20), hold="P-1", reason="says_paid", until=until.isoformat())
    (pause,) = opened(placed).case.stops
    assert pause.until == hours(20) + timedelta(hours=lasts)


def test_nothing_shortens_the_pause_not_even_a_lifted_hold():
    placed = stop("hold.placed", hours(20), hold="P-1", reason="says_paid")
    lifted = stop("hold.lifted", hours(21), hold="P-1")
    for events in ((placed, lifted), (lifted, placed)):
        shelf = opened()
        for one in events:
            shelf.apply(one)
        assert [one.kind for one in shelf.case.stops] == [StopKind.SAYS_PAID]


@pytest.mark.parametrize(
    ("birth_on", "until"),
    [
        (date(2009, 3, 10), datetime(2027, 4, 1, 3, tzinfo=UTC)),
        (date(2008, 12, 31), datetime(2027, 1, 1, 3, tzinfo=UTC)),
        (date(2012, 2, 29), datetime(2030, 3, 1, 3, tzinfo=UTC)),
        (date(2008, 10, 31), None),  # eighteen last month
        (date(1961, 4, 30), None),
    ],
)
def test_a_minor_is_known_by_the_register(birth_on, until):
    """Until the month of the eighteenth birthday is over: the case names nobody's birthday."""
    found = minor_stop(birth_on, NOW, "America/Sao_Paulo")
    assert (found and found.until) == until


def test_nobody_under_age_is_written_to():
    born = {"name": "Josefa Araújo", "cpf": erp.CPF, "birth_on": "2010-06-01"}
    shelf = opened(erp.contract(hours(2), holder=born))
    assert decide(shelf.case, None, None, BUSINESS_MORNING) == Halt("stop.minor", {})
    # The register was wrong, or a parent takes the contract over: told anew, the stop is gone.
    shelf.apply(erp.contract(hours(3), holder=born | {"birth_on": "1990-06-01"}))
    assert shelf.case.stops == ()
    other = {"name": "Rui Araújo", "cpf": erp.SPOUSE_CPF, "birth_on": "1990-06-01"}
    shelf.apply(erp.contract(hours(4), holder=born), stop("hold.placed", hours(5), hold="H"))
    shelf.apply(erp.contract(hours(6), holder=other))
    assert [one.kind for one in shelf.case.stops] == [StopKind.HOLD]


def test_hard_case_15_opt_out():
    """SAIR on day 20: no more reminders on the channel; the notice is not stopped, the debt is not hidden."""
    shelf = queued(opened())
    shelf.apply(consent("opt_out.recorded", hours(40)))
    held = shelf.states[outreach_ref(CONTRACT, "o1")]
    assert (held.status, held.rule) == (OutreachStatus.CANCELLED, "consent.opted-out")
    decision = decide(shelf.case, None, None, BUSINESS_MORNING)
    assert isinstance(decision, Halt)
    assert decision.rule == "consent.opted-out"
    # The statutory notice may still use the channel, and any other that is registered.
    assert unreachable(shelf.case, None, Channel.EMAIL) == "consent.opted-out"
    assert unreachable(shelf.case, None, Channel.EMAIL, statutory=True) == ""
    # The debt stands where it stood, for whoever asks.
    assert [one.id for one in shelf.case.invoices] == [name("invoice", "F-1")]
    assert shelf.states[invoice_ref(CONTRACT, name("invoice", "F-1"))].status is InvoiceStatus.OPEN
    # Base, moment and evidence are kept.
    kept = [fact for fact in shelf.facts if fact.kind == "channel.opted_out"]
    assert {value.name for value in kept[0].values} == {"canal", "quando", "como", "texto"}


def test_an_opt_out_of_the_person_stops_reminders_only():
    person = contacted().hears(Channel.EMAIL, False, BUSINESS_MORNING)
    assert unreachable(case(), person, Channel.EMAIL) == "consent.opted-out"
    assert unreachable(case(), person, Channel.EMAIL, statutory=True) == ""


@pytest.mark.parametrize(("reach", "rule"), [(Reach.DEAD, "contact.dead-point"), (Reach.NONE, "contact.no-point")])
def test_even_a_notice_cannot_go_where_nothing_arrives(reach, rule):
    there = case(reach=((Channel.EMAIL, reach),))
    assert unreachable(there, None, Channel.EMAIL, statutory=True) == rule


def test_a_dead_address_shows_before_an_opt_out():
    told = people.contract(dead_points=("p1",), contact_points=(ContactPoint("p1", Channel.EMAIL, "a@b.example", 1),))
    assert dict(reaches(told))[Channel.EMAIL] is Reach.DEAD


@pytest.mark.parametrize("kind", StopKind)
def test_every_stop_of_the_whole_case_binds_both_questions(kind):
    held = case(invoice("2026-11-18"), stops=(Stop(kind, "s"),))
    assert decide(held, None, None, BUSINESS_MORNING) == Halt(STOP_RULES[kind], {})
    waiting = outreach(local("2026-11-25 09:00"), step="D+7")
    assert last_look(waiting, held, None, BUSINESS_MORNING) == Cancel(STOP_RULES[kind])
    assert isinstance(last_look(waiting, replace(held, stops=()), None, BUSINESS_MORNING), Go)


def test_never_a_relative_employer_or_neighbour():
    """Contact points hang on the contract and have no place for a third person; beneficiaries bring none."""
    told = {
        "contract": "CT-1",
        "contact_points": [{"id": "m", "channel": "sms", "value": "11987654321", "whose": "mãe"}],
    }
    with pytest.raises(Rejected) as refused:
        parse_event(erp.event("contact_points.updated", hours(2), told), NOW)
    assert refused.value.code == "field-unknown"
    child = {"name": "Ana", "cpf": erp.SPOUSE_CPF, "birth_on": "2001-01-01", "phone": "11987654321"}
    with pytest.raises(Rejected) as refused:
        parse_event(erp.contract(hours(2), beneficiaries=[child]), NOW)
    assert refused.value.code == "field-unknown"
