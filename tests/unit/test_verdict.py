"""The verdict: no "may" without every element, and nothing that helps the person ever helps the operator."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.calendar import effective_due_date, local_day
from emdia.compliance.arrears import Deal, Dispute, Guard
from emdia.compliance.notice import ANSWERS, PROOFS, Agreed, Consequence, Means, Registered
from emdia.compliance.rules import RULES
from emdia.compliance.standing import NoticeStatus
from emdia.compliance.verdict import verdict
from emdia.portfolio.contract import ContractKind
from tests.unit.arrears import LONG_AGO, PROVING, arrears, at, attempt, fee, judge, notice, unmet, with_fee
from tests.unit.cases import SAO_PAULO
from tests.unit.test_lawful import OFTEN, SELDOM, usually

ELEMENTS = [
    *("notice.scope", "notice.act", "notice.two-fees", "notice.sixty-days", "notice.each-time", "notice.content"),
    *("notice.operator-fault", "notice.proof", "notice.fiftieth-day", "notice.ten-days", "notice.dispute"),
    *("notice.deal", "notice.later-payment", "notice.part-paid", "stop.protective", "stop.hold"),
]  # fmt: skip


def ripe(**changes):
    """Everything is there: a verdict of 18 May 2026 may."""
    return arrears(
        fee("f1", "2026-03-10"),
        fee("f2", "2026-04-10"),
        notice(attempt("2026-04-15", proved="2026-04-20"), **changes),
    )


def test_a_may_names_every_element_with_its_evidence():
    found = judge(ripe(), "2026-05-18")
    assert found.may
    assert [element.rule for element in found.elements] == ELEMENTS
    assert found.earliest == date(2026, 5, 10)
    evidence = {element.rule: element.evidence for element in found.elements}
    assert evidence["notice.two-fees"] == ("f1", "f2")
    assert evidence["notice.proof"] == ("email:read-confirmed",)
    assert evidence["notice.content"] == ("digest",)
    assert not any(element.why_not for element in found.elements)


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        (replace(ripe(), regulated=False), {"notice.scope"}),
        (replace(ripe(), kind=ContractKind.EMPRESARIAL), {"scope.company-paid"}),
        (replace(ripe(), kind=ContractKind.ADESAO), {"data.missing"}),
        (replace(ripe(), kind=ContractKind.ADESAO, exclusion_agreed=False), {"notice.scope"}),
        (replace(ripe(), kind=ContractKind.ADESAO, exclusion_agreed=True), {"notice.act"}),
        (ripe(consequence=Consequence.SUSPEND), {"notice.act"}),
        (ripe(content=""), {"notice.content"}),
        (ripe(pay_by=date(2026, 5, 18)), {"notice.ten-days"}),
        (ripe(fees=("f1", "f2", "lost")), {"notice.each-time"}),
        (with_fee(ripe(), "f2", due_on=date(2027, 3, 10)), {"notice.two-fees"}),
        (replace(ripe(), disputes=(Dispute("d", (), at("2026-05-01")),)), {"notice.dispute"}),
        (replace(ripe(), disputes=(Dispute("d", (), at("2026-05-01"), at("2026-05-08")),)), {"notice.ten-days"}),
        (replace(ripe(), deals=(Deal("a", ("f2",), at("2026-05-01")),)), {"notice.deal"}),
        (replace(ripe(), guards=(Guard("g", protective=True, since=at("2026-05-01")),)), {"stop.protective"}),
        (
            replace(ripe(), guards=(Guard("g", protective=True, since=at("2026-05-01"), until=at("2026-05-08")),)),
            {"notice.ten-days"},
        ),
        (replace(ripe(), guards=(Guard("g", protective=False, since=at("2026-05-01")),)), {"stop.hold"}),
        (with_fee(ripe(), "f2", operator_caused=True), {"notice.two-fees", "notice.operator-fault"}),
        (with_fee(ripe(), "f2", paid_at=at("2026-05-18")), {"notice.two-fees", "notice.part-paid"}),
        (with_fee(ripe(), "f2", parts=(date(2026, 5, 1),)), {"notice.part-paid"}),
        (replace(ripe(), register=()), {"notice.registered-point", "notice.fiftieth-day", "notice.ten-days"}),
        (
            replace(ripe(), notices=()),
            {"notice.act", *ELEMENTS[4:14]},
        ),
    ],
)
def test_each_element_alone_forbids(held, missing):
    found = judge(held, "2026-05-18")
    assert not found.may
    assert {element.rule for element in found.elements if not element.met} == missing
    assert all(element.why_not.startswith(RULES[element.rule]) for element in found.elements if not element.met)


def test_a_collective_contract_excludes_one_beneficiary_if_it_says_so():
    held = replace(ripe(consequence=Consequence.EXCLUDE), kind=ContractKind.ADESAO, exclusion_agreed=True)
    assert judge(held, "2026-05-18", Consequence.EXCLUDE).may
    assert unmet(held, "2026-05-18", Consequence.RESCIND) == {"notice.act"}


def test_the_fiftieth_day_itself_is_in_time():
    """29 April is day 50 of 10 March: only the ten days are still to run; received on the 30th, both are."""
    for received, missing in [
        ("2026-04-29", {"notice.ten-days"}),
        ("2026-04-30", {"notice.ten-days", "notice.fiftieth-day"}),
    ]:
        held = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-04-28", proved=received)))
        assert unmet(held, "2026-05-01") - {"notice.sixty-days"} == missing


def test_a_holiday_of_the_state_gives_the_person_another_day():
    """9 July 2026 is a holiday in São Paulo: a tenth day on it is payable on the 10th."""
    held = arrears(fee("f1", "2026-04-10"), fee("f2", "2026-05-11"), notice(attempt("2026-06-24", proved="2026-06-29")))
    assert judge(held, "2026-07-01").earliest == date(2026, 7, 10)
    assert judge(replace(held, uf="SP"), "2026-07-01").earliest == date(2026, 7, 11)


def test_received_after_day_50_it_needs_its_ten_days():
    late = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-05-05", proved="2026-05-06")))
    # The tenth day, the 16th, is a Saturday, payable until Monday the 18th.
    assert unmet(late, "2026-05-18") == {"notice.fiftieth-day", "notice.ten-days"}
    assert judge(late, "2026-05-18").earliest == date(2026, 5, 19)
    assert judge(late, "2026-05-19").may


def test_an_answered_dispute_and_an_ended_protection_give_ten_new_days():
    answered = replace(ripe(), disputes=(Dispute("d", ("f1",), at("2026-05-01"), at("2026-05-08")),))
    assert judge(answered, "2026-05-18").earliest == date(2026, 5, 19)
    assert judge(answered, "2026-05-19").may
    stop = Guard("g", protective=True, since=at("2026-05-02"), until=at("2026-06-10"))
    assert judge(replace(ripe(), guards=(stop,)), "2026-06-01").earliest == date(2026, 6, 23)  # 20 June: a Saturday


def test_the_twelve_months_roll():
    """Two fees thirteen months apart are not two in twelve months; eleven months and some days are."""
    for second, enough in [("2027-03-10", False), ("2027-03-09", True)]:
        held = arrears(fee("f1", "2026-03-10"), fee("f2", second), notice(attempt("2027-04-15", proved="2027-04-16")))
        assert judge(held, "2027-06-30").may is enough


# Over random contracts.

# Mostly ripe: of contracts that are random all over, hardly one in four hundred may, and nothing is put to the test.
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(lambda day: at(day.isoformat()))
LATER = st.dates(date(2026, 5, 1), date(2027, 12, 31)).map(lambda day: at(day.isoformat()))
MOMENTS = usually(OFTEN, LATER, DAYS)
FEES = ["f1", "f2", "f3"]


@st.composite
def attempts(draw, due):
    """A sending soon after the second fee fell due, on `due`, mostly with what proves its means, mostly soon."""
    means = draw(st.sampled_from(Means))
    sent = due + timedelta(days=draw(usually(OFTEN, st.integers(3, 20), st.integers(1, 200))))
    if draw(st.sampled_from(SELDOM)):
        return attempt(sent.isoformat(), means)
    received = sent + timedelta(days=draw(usually(OFTEN, st.integers(0, 9), st.integers(0, 60))))
    half = tuple(kinds[:1] for kinds in PROVING.values())
    kinds = draw(usually(OFTEN, st.just(PROVING[means]), st.sampled_from([*PROVING.values(), *half])))
    return attempt(sent.isoformat(), means, received.isoformat(), kinds)


@st.composite
def notices(draw, due, id_):
    return notice(
        *draw(st.lists(attempts(due), min_size=1, max_size=2)),
        fees=draw(usually(OFTEN, st.sampled_from([("f1", "f2"), ("f1", "f2", "f3")]), st.just(("f2",)))),
        id_=id_,
        content=draw(usually(OFTEN, st.just("digest"), st.just(""))),
        pay_by=due + timedelta(days=draw(st.integers(10, 60))),
    )


@st.composite
def contracts(draw):
    first = date(2026, draw(st.integers(1, 4)), draw(st.integers(1, 28)))
    dues = [first]
    for _ in FEES[1:]:
        apart = usually(OFTEN, st.integers(28, 33), st.sampled_from([0, 200, 363, 365, 366, 380]))
        dues.append(dues[-1] + timedelta(days=draw(apart)))
    fees = [
        fee(
            id_,
            due.isoformat(),
            operator_caused=draw(st.integers(0, 12)) == 0,
            withdrawn=draw(st.integers(0, 12)) == 0,
        )
        for id_, due in zip(FEES, dues, strict=True)
    ]
    made = [draw(notices(dues[1], "n1"))]
    made += draw(usually(SELDOM, st.lists(notices(dues[1], "n2"), max_size=1), st.just([])))
    listed = draw(usually(OFTEN, st.just(tuple(Means)), st.lists(st.sampled_from(Means), unique=True).map(tuple)))
    until = draw(usually(SELDOM, DAYS, st.none()))
    held = arrears(
        *fees,
        *made,
        kind=draw(usually(OFTEN, st.just(ContractKind.INDIVIDUAL), st.just(ContractKind.EMPRESARIAL))),
        agreed=tuple(Agreed(means, date(2025, 3, 1)) for means in listed),
        register=(Registered("p", LONG_AGO, until),),
    )
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        held = draw(helped(held))
    return held


@st.composite
def helped(draw, held):
    """`held` and one more thing in the person's favour: a payment, whole or in part, a dispute, a deal, or a stop."""
    # Mostly about the time of the notice, where it matters.
    second = sorted(f.due_on for f in held.fees)[1]
    near = st.integers(0, 90).map(lambda days: at((second + timedelta(days=days)).isoformat()))
    since = draw(usually(OFTEN, near, DAYS))
    until = draw(usually(OFTEN, st.integers(0, 60).map(lambda days: since + timedelta(days=days)), st.none()))
    touched = tuple(draw(st.lists(st.sampled_from(FEES), max_size=2)))
    kind = draw(st.sampled_from(["payment", "part", "dispute", "deal", "stop"]))
    if kind == "payment":
        paid = draw(st.sampled_from(held.fees))
        return held if paid.paid_at else with_fee(held, paid.id, paid_at=since)
    if kind == "part":
        paid = draw(st.sampled_from(held.fees))
        return with_fee(held, paid.id, parts=(*paid.parts, local_day(since, SAO_PAULO)))
    if kind == "dispute":
        return replace(held, disputes=(*held.disputes, Dispute("d", touched, since, until)))
    if kind == "deal":
        return replace(held, deals=(*held.deals, Deal("a", touched, since, until)))
    guard = Guard("g", protective=draw(st.booleans()), since=since, until=until)
    return replace(held, guards=(*held.guards, guard))


def written_down_again(held, now):
    """The law once more, in other words: what must be true wherever a verdict says may."""
    sent = [n for n in held.notices if min(a.sent_at for a in n.attempts) <= now]
    speaking = max(sent, key=lambda n: (min(a.sent_at for a in n.attempts), n.id))
    left = min(a.sent_at for a in speaking.attempts)
    named = [f for f in held.fees if f.id in speaking.fees]
    listed = {one.means for one in held.agreed}
    receipts = [
        max(e.at for e in a.evidence if e.kind in kinds)
        for a in speaking.attempts
        for kinds in (PROOFS[a.means] if a.means in listed else ANSWERS)
        if kinds <= {e.kind for e in a.evidence if e.at <= now}
        and all(one.until is None or a.sent_at < one.until for one in held.register)
    ]
    today = local_day(now, SAO_PAULO)
    first = local_day(min(receipts), SAO_PAULO)
    assert held.kind is ContractKind.INDIVIDUAL
    assert len(named) == len(speaking.fees) >= 2
    assert speaking.content
    assert not any((f.paid_at and f.paid_at <= now) or f.withdrawn or f.operator_caused for f in named)
    assert not any(f.paid_at and left <= f.paid_at <= now for f in held.fees)
    parts = {f.id: [on for on in f.parts if local_day(left, SAO_PAULO) <= on <= today] for f in held.fees}
    assert not any(parts.values()), "money was accepted since the notice left"
    assert (today - effective_due_date(min(f.due_on for f in named))).days > 60
    assert (today - first).days > 10
    assert today > speaking.pay_by
    span = [f.due_on for f in named if effective_due_date(f.due_on) < today]
    since = max(span).replace(year=max(span).year - 1)
    assert len([due for due in span if due > since]) >= 2
    for dispute in held.disputes:
        if dispute.opened_at <= now and (not dispute.fees or set(dispute.fees) & set(speaking.fees)):
            assert (today - local_day(dispute.answered_at, SAO_PAULO)).days > 10
    for deal in held.deals:
        if deal.signed_at <= now and set(deal.fees) & set(speaking.fees):
            assert deal.broken_at < left
    for guard in held.guards:
        if guard.since <= now:
            assert guard.until <= now
            assert not guard.protective or (today - local_day(guard.until, SAO_PAULO)).days > 10


SEEDED = settings(max_examples=400, deadline=None, derandomize=True, database=None)


def edges(held, now):
    """Days on which a slip of a rule would show: the first that the verdict names, and those after a stop ended."""
    told = verdict(held, Consequence.RESCIND, now).earliest
    ends = [one.answered_at for one in held.disputes] + [one.until for one in held.guards]
    soon = [end + timedelta(days=days) for end in ends if end is not None for days in (1, 9)]
    return soon if told is None else [at(told.isoformat()), *soon]


def test_no_may_lacks_an_element():
    may = 0

    @settings(SEEDED, max_examples=1000)
    @given(contracts(), MOMENTS)
    def ask(held, now):
        nonlocal may
        for moment in (now, *edges(held, now)):
            found = verdict(held, Consequence.RESCIND, moment)
            assert all(element.rule in RULES for element in found.elements)
            assert not found.may or all(element.met for element in found.elements)
            if found.may:
                may += 1
                assert [element.rule for element in found.elements] == ELEMENTS
                assert found.earliest <= local_day(moment, SAO_PAULO)
                assert found.standing.status is NoticeStatus.PROVED
                written_down_again(held, moment)

    ask()
    assert may > 120  # or the property would hold of nothing


@SEEDED
@given(st.data(), contracts(), MOMENTS)
def test_nothing_that_helps_the_person_turns_may_not_into_may(data, held, now):
    more = data.draw(helped(held))
    if verdict(more, Consequence.RESCIND, now).may:
        assert verdict(held, Consequence.RESCIND, now).may


@SEEDED
@given(contracts(), MOMENTS)
def test_the_earliest_day_is_the_first_that_may_and_no_day_before(held, now):
    """If nothing else happens: the day told is lawful, the day before is not."""
    quiet = replace(
        held,
        notices=tuple(n for n in held.notices if all(a.sent_at <= now for a in n.attempts)),
        fees=tuple(
            replace(
                f,
                paid_at=None if f.paid_at and f.paid_at > now else f.paid_at,
                parts=tuple(on for on in f.parts if on <= local_day(now, SAO_PAULO)),
            )
            for f in held.fees
        ),
        disputes=tuple(d for d in held.disputes if d.opened_at <= now),
        deals=tuple(d for d in held.deals if d.signed_at <= now),
        guards=tuple(g for g in held.guards if g.since <= now),
    )
    found = verdict(quiet, Consequence.RESCIND, now)
    if found.earliest is not None and not found.may:
        assert not verdict(quiet, Consequence.RESCIND, at((found.earliest - timedelta(days=1)).isoformat())).may
        assert verdict(quiet, Consequence.RESCIND, at(found.earliest.isoformat())).may
