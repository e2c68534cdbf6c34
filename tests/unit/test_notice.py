"""Means and proof, content, clocks and states of the notice of RN 593."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.calendar import is_business_day
from emdia.compliance.arrears import Deal, Dispute, Guard
from emdia.compliance.charges import Clause, charges
from emdia.compliance.notice import (
    PROOFS,
    Agreed,
    Attempt,
    Consequence,
    Evidence,
    EvidenceKind,
    Means,
    Proof,
    Registered,
    Unproved,
    proof_of,
)
from emdia.compliance.notice_content import (
    Content,
    DebtLine,
    Named,
    NamedPlan,
    Supplier,
    check,
    draft,
)
from emdia.compliance.notice_days import PATIENCE, deadlines, last_day_to_pay, next_look, next_means
from emdia.compliance.standing import CLOSED, NoticeStatus, standing
from emdia.errors import Rejected
from emdia.money import Centavos
from tests.unit.arrears import PROVING, arrears, at, attempt, fee, notice, with_fee
from tests.unit.cases import SAO_PAULO

K = EvidenceKind
NOW = at("2026-06-01")
ALL = [Agreed(means, date(2025, 1, 1)) for means in Means]
HELD = [Registered("p", at("2025-01-01"))]


def proved(one, agreed=ALL, register=HELD, now=NOW):
    return proof_of(one, agreed, register, date(2026, 4, 15), now)


@pytest.mark.parametrize("means", Means)
def test_each_means_has_its_proof_and_nothing_less(means):
    whole = attempt("2026-04-15", means, proved="2026-04-16")
    proof = proved(whole)
    assert isinstance(proof, Proof)
    assert (proof.at, proof.means, set(proof.refs)) == (at("2026-04-16"), means, {e.ref for e in whole.evidence})
    for missing in whole.evidence:
        less = replace(whole, evidence=tuple(e for e in whole.evidence if e is not missing))
        assert proved(less) == Unproved("notice.proof")


@given(st.sampled_from(Means), st.sets(st.sampled_from(K)))
def test_only_a_listed_set_of_evidence_proves(means, kinds):
    result = proved(attempt("2026-04-15", means, proved="2026-04-16", kinds=tuple(kinds)))
    assert isinstance(result, Proof) == any(needed <= kinds for needed in PROOFS[means])


def test_the_proof_counts_from_its_last_piece_and_not_before():
    recorded = Evidence(K.RECORDING, at("2026-04-15 10:00"), "r")
    confirmed = Evidence(K.DATA_CONFIRMED, at("2026-04-15 10:07"), "d")
    call = Attempt(Means.CALL, "p", at("2026-04-15 10:00"), (confirmed, recorded))
    assert proved(call).at == confirmed.at
    assert proved(call, now=at("2026-04-15 10:06")) == Unproved("notice.proof")


@pytest.mark.parametrize("kind", [K.READ_CONFIRMED, K.CERTIFICATE])
def test_a_contract_that_lists_no_email_asks_for_an_answer(kind):
    """Art. 9 §§3-4: an older contract, unless amended, knows its own means only."""
    letter_only = [Agreed(Means.LETTER, date(2012, 5, 2))]
    read = attempt("2026-04-15", proved="2026-04-16", kinds=(kind,))
    assert proved(read, letter_only) == Unproved("notice.means-agreed")
    assert isinstance(proved(attempt("2026-04-15", proved="2026-04-16", kinds=(K.REPLY,)), letter_only), Proof)
    amended = [*letter_only, Agreed(Means.EMAIL, date(2026, 4, 15))]
    assert isinstance(proved(read, amended), Proof)
    too_late = [*letter_only, Agreed(Means.EMAIL, date(2026, 4, 16))]
    assert proved(read, too_late) == Unproved("notice.means-agreed")


def test_on_a_means_not_agreed_only_the_persons_own_word_counts():
    for means in Means:
        result = proved(attempt("2026-04-15", means, proved="2026-04-16"), [])
        own_word = means in {Means.WHATSAPP, Means.SMS, Means.AGENT}
        assert isinstance(result, Proof) is own_word


def test_evidence_is_kept_somewhere_and_younger_than_the_sending():
    with pytest.raises(ValueError, match="kept"):
        Evidence(K.AR, NOW, "")
    with pytest.raises(ValueError, match="before"):
        attempt("2026-04-15", proved="2026-04-14")


def test_a_point_counts_if_it_was_registered_when_the_notice_left():
    one = attempt("2026-04-15", proved="2026-04-20")
    assert isinstance(proved(one, register=[Registered("p", one.sent_at, one.sent_at + timedelta(seconds=1))]), Proof)
    for since, until in [("2026-04-16", None), ("2025-01-01", "2026-04-15"), ("2025-01-01", "2026-04-01")]:
        gone = [Registered("p", at(since), at(until) if until else None), Registered("q", at("2025-01-01"))]
        assert proved(one, register=gone) == Unproved("notice.registered-point")


# Content.

CLAUSE = Clause(200, 100)


def content(**changes):
    issued = date(2026, 4, 15)
    owed = [
        (ref, due, charges(Centavos(50_000), due, issued, CLAUSE))
        for ref, due in (("2026-03", date(2026, 3, 10)), ("2026-04", date(2026, 4, 10)))
    ]
    fields = {
        "supplier": Supplier("Operadora Exemplo", "Av. Paulista, 1000", "11222333000181", "123456"),
        "person": Named("Ana Souza", "52998224725"),
        "affected": (Named("Ana Souza", "529.982.247-25"), Named("Rui Souza", "11144477735")),
        "plan": NamedPlan("Plano Exemplo", "CT-1", "123456789"),
        "issued_on": issued,
        "debts": tuple(DebtLine(*one) for one in owed),
        "total": Centavos(sum(one[2].total for one in owed)),
        "how_to_pay": "Pague pelo aplicativo.",
        "pay_by": date(2026, 4, 27),
        "consequence": Consequence.RESCIND,
        "contacts": "0800 000 0000",
    }
    return Content(**(fields | changes))


LINKED = ["52998224725", "11144477735"]


def test_a_whole_content_makes_a_notice_that_says_so():
    made = draft("n1", ("f1", "f2"), content(), LINKED, CLAUSE, b"as palavras")
    assert (made.fees, made.consequence, made.pay_by, made.sent_at) == (
        ("f1", "f2"), Consequence.RESCIND, date(2026, 4, 27), None,
    )  # fmt: skip
    assert len(made.content) == 64
    assert draft("n1", ("f1", "f2"), content(), LINKED, CLAUSE, b"outras").content != made.content


WHOLE = content()


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        *(
            ({part: replace(getattr(WHOLE, part), **{name: " "})}, "notice-incomplete", f"/{part}/{name}")
            for part in ("supplier", "person", "plan")
            for name in getattr(WHOLE, part).__dataclass_fields__
        ),
        ({"supplier": replace(WHOLE.supplier, cnpj="11222333000180")}, "cnpj-invalid", "/supplier/cnpj"),
        ({"supplier": replace(WHOLE.supplier, ans_register="12")}, "ans-invalid", "/supplier/ans_register"),
        ({"person": Named("Ana", "11111111111")}, "cpf-invalid", "/person/cpf"),
        ({"affected": WHOLE.affected[:1]}, "notice-incomplete", "/affected"),
        ({"affected": ()}, "notice-incomplete", "/affected"),
        ({"affected": (Named("", "52998224725"), WHOLE.affected[1])}, "notice-incomplete", "/affected/0/name"),
        ({"debts": (), "total": Centavos(0)}, "notice-incomplete", "/debts"),
        ({"debts": (replace(WHOLE.debts[0], reference=""), *WHOLE.debts[1:])}, "notice-incomplete",
         "/debts/0/reference"),
        ({"total": Centavos(WHOLE.total + 1)}, "notice-inexact", "/total"),
        # Drafted on one day and issued on the next: the debt of yesterday is not exact any more.
        ({"issued_on": date(2026, 4, 16)}, "notice-inexact", "/debts/0/owed"),
        # Not late yet.
        ({"debts": (DebtLine("2026-05", date(2026, 5, 10), charges(Centavos(1), date(2026, 5, 10),
                                                                   date(2026, 4, 15), CLAUSE)),)},
         "notice-inexact", "/debts/0/owed"),
        ({"how_to_pay": ""}, "notice-incomplete", "/how_to_pay"),
        ({"contacts": ""}, "notice-incomplete", "/contacts"),
        # The tenth day is a Saturday: it is payable until Monday the 27th.
        ({"pay_by": date(2026, 4, 26)}, "notice-term-short", "/pay_by"),
    ],
)  # fmt: skip
def test_what_is_missing_or_untrue_is_refused_by_name(changes, code, pointer):
    with pytest.raises(Rejected) as refused:
        check(content(**changes), LINKED, CLAUSE)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert "Ana" not in str(refused.value)


def test_no_beneficiary_may_be_invented_and_debts_are_as_many_as_fees():
    with pytest.raises(Rejected, match="notice-incomplete"):
        check(content(), LINKED[:1], CLAUSE)
    with pytest.raises(Rejected, match="notice-incomplete"):
        check(content(affected=()), [], CLAUSE)
    with pytest.raises(Rejected, match="notice-incomplete"):
        draft("n1", ("f1",), content(), LINKED, CLAUSE, b"")


# Clocks.


@given(st.dates(date(2025, 2, 1), date(2028, 12, 31)))
def test_the_notice_never_leaves_on_a_day_of_rest_nor_after_day_49(due):
    found = deadlines(due)
    assert is_business_day(found.last_sending)
    assert due + timedelta(days=40) <= found.last_sending <= due + timedelta(days=49)
    assert due + timedelta(days=35) == found.draft_from <= found.draft_until <= due + timedelta(days=40)


@given(st.dates(date(2025, 2, 1), date(2028, 12, 31)))
def test_the_person_has_ten_days_and_a_banking_day_at_the_end(received):
    last = last_day_to_pay(received)
    assert is_business_day(last)
    assert 10 <= (last - received).days <= 10 + 5


def test_day_49_on_a_holiday_is_done_the_business_day_before():
    assert deadlines(date(2026, 9, 14)).last_sending == date(2026, 10, 30)  # day 49 is 2 November, after a Sunday


@pytest.mark.parametrize(
    ("due", "uf", "resting", "last"),
    [
        ("2026-05-21", "RJ", (), "2026-07-09"),
        ("2026-05-21", "SP", (), "2026-07-08"),  # 9 July is a holiday of the state
        ("2026-05-21", "SP", ("2026-07-08",), "2026-07-07"),  # and the town rests the day before
        ("2025-12-30", "RJ", (), "2026-02-13"),  # day 49 is the Tuesday of Carnival
        ("2026-04-16", "SP", (), "2026-06-03"),  # Corpus Christi
    ],
)
def test_day_49_on_any_day_of_rest_is_done_before_it(due, uf, resting, last):
    days = tuple(date.fromisoformat(day) for day in resting)
    assert deadlines(date.fromisoformat(due), uf, days).last_sending == date.fromisoformat(last)


def test_the_next_means_comes_in_time_and_each_is_tried_once():
    last = deadlines(date(2026, 3, 10)).last_sending
    reachable = list(Means)
    tried = []
    for day in range(15, 29):
        now = at(f"2026-04-{day}")
        while (means := next_means(tried, reachable, [], last, now, SAO_PAULO)) is not None:
            tried.append(attempt(f"2026-04-{day}", means))
    # 18, 19, 21, 25 and 26 April are days of rest.
    assert [(one.means, one.sent_at.day) for one in tried] == [
        (Means.EMAIL, 15), (Means.WHATSAPP, 20), (Means.SMS, 22), (Means.CALL, 23), (Means.LETTER, 24),
        (Means.AGENT, 28),
    ]  # fmt: skip
    assert {one.means for one in tried} == set(PATIENCE) == set(Means)


@pytest.mark.parametrize(
    ("sent", "today", "look"),
    [
        ([], "2026-04-15", "2026-04-16"),
        ([(Means.EMAIL, "2026-04-15")], "2026-04-15", "2026-04-18"),
        ([(Means.EMAIL, "2026-04-15"), (Means.SMS, "2026-04-18")], "2026-04-18", "2026-04-19"),
        ([(Means.LETTER, "2026-04-24")], "2026-04-24", "2026-04-28"),  # its AR would come back too late
        ([(Means.EMAIL, "2026-04-27")], "2026-04-27", "2026-04-28"),
        ([(Means.EMAIL, "2026-04-28")], "2026-04-28", "2026-04-28"),
        ([(Means.LETTER, "2026-05-04")], "2026-05-04", "2026-05-04"),  # late is better than never
    ],
)
def test_no_patience_outlasts_the_last_day_to_send(sent, today, look):
    tries = [(means, date.fromisoformat(day)) for means, day in sent]
    assert next_look(tries, date.fromisoformat(today), date(2026, 4, 28)) == date.fromisoformat(look)


def test_of_two_proofs_of_one_attempt_the_earlier_counts():
    read, certified = Evidence(K.READ_CONFIRMED, at("2026-04-18"), "r"), Evidence(K.CERTIFICATE, at("2026-04-16"), "c")
    proof = proved(Attempt(Means.EMAIL, "p", at("2026-04-15"), (read, certified)))
    assert (proof.at, proof.refs) == (certified.at, ("c",))


def test_a_channel_that_was_opted_out_of_comes_last():
    last = deadlines(date(2026, 3, 10)).last_sending
    asked = (list(Means), [Means.EMAIL], last, at("2026-04-28"), SAO_PAULO)
    assert next_means([], *asked) is Means.WHATSAPP
    others = [attempt("2026-04-15", means) for means in Means if means is not Means.EMAIL]
    assert next_means(others, *asked) is Means.EMAIL


def test_a_known_failure_needs_no_patience():
    bounced = attempt("2026-04-15 10:00", proved="2026-04-15 10:01", kinds=(K.FAILED,))
    last = deadlines(date(2026, 3, 10)).last_sending
    assert next_means([bounced], list(Means), [], last, at("2026-04-15"), SAO_PAULO) is Means.WHATSAPP
    assert next_means([attempt("2026-04-15")], list(Means), [], last, at("2026-04-15"), SAO_PAULO) is None


# States.


def base():
    return arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-04-15", proved="2026-04-20")))


@pytest.mark.parametrize(
    ("changes", "now", "expected", "rule"),
    [
        ({}, "2026-04-14", "drafted", "notice.proof"),
        ({}, "2026-04-19", "sent", "notice.proof"),
        ({}, "2026-04-20", "proved", "notice.proof"),
        ({"notices": (notice(attempt("2026-04-15")),)}, "2026-04-28", "unproved", "notice.last-day"),
        ({"notices": (notice(),)}, "2026-05-28", "unproved", "notice.last-day"),
        ({"disputes": (Dispute("d", (), at("2026-04-21")),)}, "2026-04-21", "disputed", "notice.dispute"),
        ({"disputes": (Dispute("d", ("f2",), at("2026-04-21"), at("2026-04-25")),)}, "2026-04-24", "disputed",
         "notice.dispute"),
        ({"disputes": (Dispute("d", ("f2",), at("2026-04-21"), at("2026-04-25")),)}, "2026-04-25", "proved",
         "notice.proof"),
        ({"disputes": (Dispute("d", ("f8",), at("2026-04-21")),)}, "2026-04-24", "proved", "notice.proof"),
        ({"guards": (Guard("g", protective=True, since=at("2026-04-01")),)}, "2026-04-24", "suspended",
         "stop.protective"),
        ({"guards": (Guard("g", protective=False, since=at("2026-04-01")),)}, "2026-04-24", "proved", "notice.proof"),
        ({"deals": (Deal("a", ("f1",), at("2026-04-22")),)}, "2026-04-22", "expired", "notice.deal"),
        ({"deals": (Deal("a", ("f1",), at("2026-03-22"), at("2026-04-01")),)}, "2026-04-22", "proved", "notice.proof"),
    ],
)  # fmt: skip
def test_where_a_notice_stands(changes, now, expected, rule):
    held = replace(base(), **changes)
    found = standing(held.notices[0], held, at(now))
    assert (found.status, found.rule) == (expected, rule)


def test_payment_cures_and_a_newer_notice_takes_over():
    one = with_fee(base(), "f1", paid_at=at("2026-04-22"))
    assert standing(one.notices[0], one, at("2026-04-23")).status is NoticeStatus.PARTLY_CURED
    both = with_fee(one, "f2", withdrawn=True)
    assert standing(both.notices[0], both, at("2026-04-23")).status is NoticeStatus.CURED
    newer = replace(base(), notices=(*base().notices, notice(attempt("2026-05-04"), id_="n2")))
    assert standing(newer.notices[0], newer, at("2026-05-03")).status is NoticeStatus.PROVED
    assert standing(newer.notices[0], newer, at("2026-05-04")).rule == "notice.each-time"
    assert NoticeStatus.EXPIRED in CLOSED


def test_every_means_of_the_tests_is_proved_as_the_law_page_says():
    assert all(frozenset(kinds) in PROOFS[means] for means, kinds in PROVING.items())
