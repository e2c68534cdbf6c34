"""The hard cases of the notice, each under its number, with its dates and the rule that decides.

Unless told otherwise: individual contract of 2025 that lists all means. "T" is the earliest lawful day.
"""

from dataclasses import replace
from datetime import date

import pytest

from emdia.compliance.arrears import Deal
from emdia.compliance.charges import Clause, charges
from emdia.compliance.notice import Consequence, EvidenceKind, Means, Proof, Registered, Unproved
from emdia.compliance.notice_days import deadlines, last_day_to_pay, next_means, old_enough, received_by
from emdia.compliance.standing import NoticeStatus, best_proof, standing
from emdia.money import Centavos
from emdia.portfolio.contract import ContractKind
from tests.unit.arrears import arrears, at, attempt, fee, judge, notice, unmet, with_fee
from tests.unit.cases import SAO_PAULO


def status(held, now):
    return standing(held.notices[0], held, at(now)).status


def test_case_1_non_consecutive():
    march, paid = fee("f1", "2026-03-10"), fee("abr", "2026-04-10", paid="2026-04-10")
    assert received_by(march.due_on) == date(2026, 4, 29)
    assert deadlines(march.due_on).last_sending == date(2026, 4, 28)
    alone = arrears(march, paid, notice(attempt("2026-04-16", proved="2026-04-17"), fees=["f1"]))
    assert judge(alone, "2026-04-29").earliest is None
    assert "notice.two-fees" in unmet(alone, "2026-04-29")

    # June falls due and stays open: a new notice lists both.
    second = notice(attempt("2026-06-18", proved="2026-06-22"), id_="n2")
    both = replace(alone, fees=(*alone.fees, fee("f2", "2026-06-10")), notices=(*alone.notices, second))
    assert old_enough(march.due_on) == date(2026, 5, 10)
    assert judge(both, "2026-07-02").earliest == date(2026, 7, 3)
    assert unmet(both, "2026-07-02") == {"notice.ten-days", "notice.fiftieth-day"}
    assert judge(both, "2026-07-03").may
    # On the notice of March alone it would not have been enough.
    old_only = replace(both, notices=alone.notices)
    assert unmet(old_only, "2026-07-03") == {"notice.two-fees"}


def test_case_3_two_invoices_young_debt():
    held = arrears(fee("f1", "2026-09-05"), fee("f2", "2026-10-05"), notice(attempt("2026-10-06", proved="2026-10-07")))
    assert last_day_to_pay(date(2026, 10, 7)) == date(2026, 10, 19)  # 17 October is a Saturday
    assert "notice.sixty-days" in unmet(held, "2026-10-18")
    assert unmet(held, "2026-11-04") == {"notice.sixty-days"}
    # Day 61 of 5 September is 5 November. But that was a Saturday before a holiday, payable until Tuesday the 8th:
    # the delay began then, and the first day beyond every reading is 8 November.
    assert (date(2026, 11, 5) - date(2026, 9, 5)).days == 61
    assert judge(held, "2026-11-05").earliest == date(2026, 11, 8)
    assert not judge(held, "2026-11-07").may
    assert judge(held, "2026-11-08").may
    # The same debt due on a Friday: day 61 is day 61.
    friday = with_fee(held, "f1", due_on=date(2026, 9, 4))
    assert judge(friday, "2026-10-18").earliest == date(2026, 11, 4)


def test_case_4_paid_late_days():
    held = arrears(
        fee("jan", "2026-01-12", paid="2026-02-21"),
        fee("abr", "2026-04-10", paid="2026-05-05"),
        fee("f1", "2026-08-10"),
        notice(attempt("2026-08-20", proved="2026-08-20"), fees=["f1"]),
    )
    assert {"notice.two-fees", "notice.sixty-days"} <= unmet(held, "2026-08-22")
    # Even months later the 77 days already paid for count nothing.
    assert unmet(held, "2026-12-01") == {"notice.two-fees"}


def test_case_5_whatsapp_two_blue_ticks_no_reply():
    ticks = (EvidenceKind.DELIVERED, EvidenceKind.OPENED)
    sent = attempt("2026-04-20", Means.WHATSAPP, proved="2026-04-20 15:00", kinds=ticks)
    held = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(sent))
    assert best_proof(held.notices[0], held, at("2026-04-28")) == Unproved("notice.proof")
    assert status(held, "2026-04-27") is NoticeStatus.SENT
    assert status(held, "2026-04-28") is NoticeStatus.UNPROVED
    last = deadlines(date(2026, 3, 10)).last_sending
    fallback = next_means([sent], [Means.WHATSAPP, Means.EMAIL], [], last, at("2026-04-28"), SAO_PAULO)
    assert fallback is Means.EMAIL
    answer = attempt("2026-04-20", Means.WHATSAPP, proved="2026-05-04 10:00")
    replied = replace(held, notices=(notice(replace(sent, evidence=sent.evidence + answer.evidence)),))
    assert status(replied, "2026-05-04 09:59") is NoticeStatus.UNPROVED
    proof = best_proof(replied.notices[0], replied, at("2026-05-04"))
    assert isinstance(proof, Proof)
    assert proof.at == at("2026-05-04 10:00")
    assert status(replied, "2026-05-04") is NoticeStatus.PROVED


def test_case_6_ar_signed_by_the_doorman():
    letter = attempt("2026-04-15", Means.LETTER, proved="2026-04-20", point="rua A")
    held = arrears(
        fee("f1", "2026-03-10"),
        fee("f2", "2026-04-10"),
        notice(letter),
        register=(Registered("rua A", at("2025-03-01")),),
    )
    assert status(held, "2026-04-20") is NoticeStatus.PROVED
    moved = replace(
        held,
        register=(
            Registered("rua A", at("2025-03-01"), until=at("2026-04-01")),
            Registered("rua B", at("2026-04-01")),
        ),
    )
    assert best_proof(moved.notices[0], moved, at("2026-04-20")) == Unproved("notice.registered-point")
    assert "notice.registered-point" in unmet(moved, "2026-06-30")
    assert judge(held, "2026-06-30").may


def test_a_part_of_one_fee_ends_the_notice_as_a_whole_fee_does():
    held = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-04-15", proved="2026-04-16")))
    paid = with_fee(held, "f1", parts=(date(2026, 4, 24),))
    assert status(paid, "2026-04-23") is NoticeStatus.PROVED
    assert status(paid, "2026-04-24") is NoticeStatus.PARTLY_CURED
    # What had come before the notice was made is in the debt it states.
    assert status(with_fee(held, "f1", parts=(date(2026, 4, 14),)), "2026-04-24") is NoticeStatus.PROVED
    other = replace(held, fees=(*held.fees, fee("f3", "2026-05-10", parts=(date(2026, 5, 2),))))
    assert status(other, "2026-05-03") is NoticeStatus.EXPIRED


def test_case_8_pays_one_of_two():
    held = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-04-15", proved="2026-04-16")))
    paid = with_fee(held, "f1", paid_at=at("2026-04-24"))  # day 8 after the notice
    assert status(paid, "2026-04-23") is NoticeStatus.PROVED
    assert status(paid, "2026-04-24") is NoticeStatus.PARTLY_CURED
    assert {"notice.two-fees", "notice.part-paid"} <= unmet(paid, "2026-08-30")
    # A second one falls due: the old notice still does not serve, a new one does.
    again = replace(paid, fees=(*paid.fees, fee("f3", "2026-05-11")))
    assert not judge(again, "2026-08-30").may
    new = notice(attempt("2026-06-15", proved="2026-06-16"), fees=["f2", "f3"], id_="n2")
    assert judge(replace(again, notices=(*again.notices, new)), "2026-08-30").may


def test_case_10_operators_fault():
    august = fee("f1", "2026-08-10", operator_caused=True)
    held = arrears(august, fee("f2", "2026-09-10"), notice(attempt("2026-10-15", proved="2026-10-16")))
    assert {"notice.two-fees", "notice.operator-fault"} <= unmet(held, "2026-12-30")
    assert judge(held, "2026-12-30").earliest is None
    assert judge(with_fee(held, "f1", operator_caused=False), "2026-12-30").may


def test_case_12_deal_then_default():
    held = arrears(
        fee("f1", "2026-03-10"),
        fee("f2", "2026-04-10"),
        notice(attempt("2026-04-15", proved="2026-04-16")),
        deals=(Deal("d1", ("f1", "f2"), at("2026-04-25"), broken_at=at("2026-06-25")),),
    )
    assert status(held, "2026-04-26") is NoticeStatus.EXPIRED
    assert unmet(held, "2026-08-30") == {"notice.deal"}
    fresh = notice(attempt("2026-07-01", proved="2026-07-02"), id_="n2")
    renewed = replace(held, notices=(*held.notices, fresh))
    assert judge(renewed, "2026-07-13").earliest == date(2026, 7, 14)  # 12 July is a Sunday, payable on the 13th
    assert judge(renewed, "2026-07-14").may
    # Accepting the current fee after a notice kills that notice too (REsp 1.995.100).
    current = replace(renewed, fees=(*renewed.fees, fee("f9", "2026-07-10", paid="2026-07-10")))
    assert unmet(current, "2026-07-30") == {"notice.later-payment"}
    assert standing(fresh, current, at("2026-07-30")).rule == "notice.later-payment"


def test_case_14_company_paid_collective():
    held = arrears(fee("f1", "2026-03-10"), fee("f2", "2026-04-10"), notice(attempt("2026-04-15", proved="2026-04-16")))
    company = judge(replace(held, kind=ContractKind.EMPRESARIAL), "2026-05-19")  # 70 days late
    assert [(e.rule, e.met) for e in company.elements] == [("scope.company-paid", False)]
    assert (company.may, company.earliest) == (False, None)
    assert judge(replace(held, kind=ContractKind.EMPRESARIO_INDIVIDUAL), "2026-05-19").may


def test_case_15_opt_out():
    last = deadlines(date(2026, 3, 10)).last_sending
    asked = ([Means.WHATSAPP, Means.EMAIL, Means.LETTER], [Means.WHATSAPP], last)
    assert next_means([], *asked, at("2026-04-14"), SAO_PAULO) is Means.EMAIL
    tried = [attempt("2026-04-14"), attempt("2026-04-17", Means.LETTER)]
    # Its only other way left: the opt-out does not stop the statutory notice.
    assert next_means(tried, *asked, at("2026-04-28"), SAO_PAULO) is Means.WHATSAPP


def test_case_18_charges_are_the_exact_debt():
    owed = charges(Centavos(120_000), date(2026, 10, 15), date(2026, 11, 16), Clause(200, 100))
    assert (owed.multa, owed.juros, owed.total, owed.days) == (2_400, 1_280, 123_680, 32)
    assert charges(Centavos(120_000), date(2026, 10, 10), date(2026, 10, 13), Clause(200, 100)).total == 120_000


@pytest.mark.parametrize("what", Consequence)
def test_case_20_the_verdict_knows_no_health(what):
    """Only that a protection is in force enters, never why (LGPD art. 11 §5)."""
    from emdia.compliance.arrears import Arrears, Guard

    names = {name for kind in (Arrears, Guard) for name in kind.__dataclass_fields__}
    assert names == {
        *("contract", "kind", "regulated", "exclusion_agreed", "zone", "uf", "agreed", "register", "fees"),
        *("notices", "disputes", "deals", "guards", "id", "protective", "since", "until", "resting"),
    }
    held = arrears(guards=(Guard("g", protective=True, since=at("2026-01-01")),))
    stop = next(e for e in judge(held, "2026-05-01", what).elements if e.rule == "stop.protective")
    assert stop.why_not == "Há uma proteção legal em vigor: nenhum contato de cobrança é feito."
