"""The notice of RN 593 as a flow through the stored road: drafted in time, proved by means, judged, never executed.

The numbered cases are those of the operator's counsel; T is the earliest lawful day of an act.
"""

import re
from dataclasses import replace
from datetime import date

import pytest

from emdia.compliance import rules
from emdia.compliance.delay import OperatorDelay
from emdia.compliance.notice import Consequence
from emdia.compliance.notice_record import NOTICE_GAPS
from emdia.compliance.standing import NoticeStatus
from emdia.facts import Fact
from emdia.messages.delivery import DeliveryKind
from emdia.messages.outreach import OutreachStatus
from emdia.portfolio.case import Invoice, StopKind
from emdia.portfolio.contract import Channel, Consent, Contract, ContractKind
from emdia.ports import Act, Put
from emdia.state import contract_ref, invoice_ref, outreach_ref
from emdia.workflows import confirm_notice
from tests.fakes.faults import read_timeout, throttling
from tests.flows.notices import NoticeRoad


def road_at(day: str) -> NoticeRoad:
    road = NoticeRoad()
    road.at(day)
    return road


def change(road, case, **changes):
    """The ERP tells the contract anew."""
    ledger, ref = road.ledger(), contract_ref(case.contract)
    contract = ledger.get([ref])[ref]
    assert isinstance(contract, Contract)
    told = Act(
        f"told:{case.contract}:{contract.v}", (Put(replace(contract, **changes)),), (Fact("contract.recorded", ref),)
    )
    assert ledger.commit([told]).landed


def confirm(road, mail=None, cpf="529.982.247-25"):
    """The person opens the link of the newest mail and says so."""
    token = re.search(r"/n/(\S+)", (mail or road.ses.mailbox[-1]).text)[1]
    deps = confirm_notice.Deps(road.ledgers, road.documents, road.pseudonyms, road.clock, road.meter)
    return confirm_notice.confirm_notice(token, cpf, deps)


# Drafted and sent.


def test_arrears_become_a_notice_from_the_thirty_fifth_day_on():
    road = road_at("2026-10-14")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    assert not road.file(case).notices
    road.at("2026-10-15")
    road.night()
    road.night()
    (mail,) = road.ses.mailbox
    assert mail.to == "pessoa1@caixa.example"
    for said in (
        "Operadora Exemplo Saúde S.A.", "11.222.333/0001-81", "registro ANS nº 123456", "Av. Paulista, 1000",
        "Pessoa Número 1, CPF 529.982.247-25", "Filha da Pessoa 1, CPF 111.444.777-35",
        "Plano Exemplo, registro ANS nº 123456789", "Contrato nº CT-1", "setembro/2026", "dias em aberto 35",
        "500,00", "outubro/2026", "Pague pelo aplicativo", "até 26/10/2026", "poderá ser rescindido",
        "(11) 3000-0000",
    ):  # fmt: skip
        assert said in mail.text, said
        assert said.removeprefix("dias em aberto ") in mail.html, said
    assert road.stands(case) is NoticeStatus.SENT
    facts = road.facts()
    assert (facts["notice.drafted"], facts["notice.served"]) == (1, 1)


def test_the_words_are_kept_under_lock_and_their_digest_is_in_the_notice():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    record = road.notice(case)
    kept = road.documents.open("123456", _subject(record), record.words)
    assert "Pessoa Número 1".encode() in kept
    (version,) = road.s3.versions[f"123456/{record.words.ref}"]
    assert version.until is not None
    assert b"Pessoa" not in version.body
    assert road.arrears(case).notices[0].content == record.words.sha256


def _subject(record):
    from emdia.state import Subject

    return Subject(record.holder_key)


def test_nothing_is_sent_at_night_and_the_agenda_brings_it_back_in_the_morning():
    road = road_at("2026-10-15")
    road.sweep()
    road.at("2026-10-15", hour=4)
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    assert road.file(case).notices
    assert not road.ses.mailbox
    road.at("2026-10-15", hour=9)
    road.sweep()
    road.serve()
    assert len(road.ses.mailbox) == 1


def test_the_notice_is_free_of_caps_but_counts_for_the_ladder():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.climb()
    road.take()
    road.send()
    assert len(road.ses.mailbox) == 1  # the ladder has written today
    road.night()
    assert len(road.ses.mailbox) == 2
    assert road.case(case).last_outreach


def test_an_opt_out_does_not_stop_it():
    # 15. The debtor replied SAIR on day 20: the ladder is silent, the statutory notice goes all the same.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    no = Consent(Channel.EMAIL, False, road.clock.now(), "pagina", "Parar", road.file(case).contract.as_of)
    change(road, case, consents=(no,))
    road.night()
    assert len(road.ses.mailbox) == 1
    assert road.case(case).invoices  # and the debt is not hidden


# Proof.


def test_delivered_and_opened_prove_nothing():
    # 5. Two ticks, no reply by day 49.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    for kind in (DeliveryKind.DELIVERED, DeliveryKind.READ):
        road.hear([road.event(road.ses.mailbox[-1].ref, kind)])
    assert road.stands(case) is NoticeStatus.SENT
    road.at("2026-10-29")  # the 49th day
    assert road.stands(case) is NoticeStatus.UNPROVED
    assert rules.NOTICE_PROOF in road.unmet(case)
    # "Ok, vi", later: proved at that time.
    road.at("2026-11-03")
    assert confirm(road).at == road.clock.now()
    assert road.stands(case) is NoticeStatus.PROVED


def test_a_confirmed_notice_may_be_acted_on_when_every_element_is_there():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    road.at("2026-10-16")
    assert confirm(road).until == date(2026, 10, 26)
    assert road.verdict(case).earliest == date(2026, 11, 10)  # the 61st day of 10/09
    road.at("2026-11-09")
    assert road.unmet(case) == {rules.NOTICE_SIXTY_DAYS}
    road.at("2026-11-10")
    found = road.verdict(case)
    assert found.may
    proof = next(one for one in found.elements if one.rule == rules.NOTICE_PROOF)
    (shown,) = road.notice(case).tries[0].shown
    assert proof.evidence == (shown.file.ref,)
    assert b"Declaro que recebi" in road.documents.open("123456", _subject(road.notice(case)), shown.file)
    assert not road.verdict(case, Consequence.SUSPEND).may  # only what was announced


def test_a_wrong_cpf_proves_nothing_and_too_many_close_the_link():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    for _ in range(confirm_notice.FAILURES):
        assert confirm(road, cpf="111.444.777-35") is None
    with pytest.raises(Exception, match="token-invalid"):
        confirm(road)
    assert road.stands(case) is NoticeStatus.SENT


def test_confirming_twice_keeps_the_first_moment():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    first = confirm(road)
    road.clock.move(days=2)
    assert confirm(road) == first
    assert len(road.notice(case).tries[0].shown) == 1


def test_a_means_the_contract_does_not_list_counts_because_the_person_answers():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10", means=("letter",))
    road.night()
    assert rules.NOTICE_MEANS_AGREED in road.unmet(case)
    confirm(road)
    road.at("2026-11-10")
    assert road.verdict(case).may


def test_an_address_told_anew_does_not_prove_or_unprove_what_was_sent():
    # 6. What counts is the register on the day of the sending.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    points = road.file(case).contract.contact_points
    change(road, case, contact_points=(replace(points[0], id="e2", value="nova@caixa.example"),))
    confirm(road)
    road.at("2026-11-10")
    assert road.verdict(case).may


def test_after_the_last_means_without_proof_a_person_is_called():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    road.hear([road.event(road.ses.mailbox[-1].ref, DeliveryKind.FAILED, permanent=True)])
    road.at("2026-10-16")
    road.night()
    road.night()
    assert len(road.ses.mailbox) == 1
    assert road.facts()["notice.exhausted"] == 1
    assert road.meter.total("NoticeExhausted") == 1
    assert not road.verdict(case).may


# The days, and which fees.


def test_fees_that_are_not_consecutive():
    # 1. March and June 2026 unpaid: the first notice names one fee and can never serve; the second names both.
    road = road_at("2026-04-14")
    case = road.owing(1, "2026-03-10")
    road.night()
    assert len(road.notice(case).fees) == 1
    confirm(road)
    road.at("2026-05-20")
    assert rules.NOTICE_TWO_FEES in road.unmet(case)
    road.owe(case, "2026-06-10")
    road.at("2026-06-11")
    road.night()
    assert len(road.notice(case).fees) == 2
    assert len(road.ses.mailbox) == 2
    road.at("2026-06-22")
    confirm(road)
    assert road.verdict(case).earliest == date(2026, 7, 3)
    road.at("2026-07-02")
    assert not road.verdict(case).may
    road.at("2026-07-03")
    assert road.verdict(case).may


def test_two_fees_and_a_young_debt():
    # 3. The law's sixty days and the two fees are asked for together.
    road = road_at("2026-10-12")
    case = road.owing(1, "2026-09-08", "2026-10-05")
    road.at("2026-10-13")
    road.night()
    confirm(road)
    road.at("2026-10-26")
    assert road.unmet(case) == {rules.NOTICE_SIXTY_DAYS}
    assert road.verdict(case).earliest == date(2026, 11, 8)


def test_one_fee_asks_for_no_second_notice_while_its_own_stands():
    road = road_at("2026-04-14")
    case = road.owing(1, "2026-03-10")
    for day in ("2026-04-14", "2026-04-15", "2026-04-24"):
        road.at(day)
        road.night()
    assert len(road.file(case).notices) == 1


def test_one_of_two_paid_ends_the_notice():
    # 8.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    confirm(road)
    road.at("2026-10-23")
    road.pay(case, "2026-09-10")
    assert road.stands(case) is NoticeStatus.PARTLY_CURED
    assert {rules.NOTICE_PART_PAID, rules.NOTICE_TWO_FEES} <= road.unmet(case)


def test_all_paid_cures_it_and_nothing_is_sent_any_more():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    for due in ("2026-09-10", "2026-10-10"):
        road.pay(case, due)
    assert road.stands(case) is NoticeStatus.CURED
    road.sweep()
    for _ in range(8):
        road.clock.move(days=1)
        road.sweep()
        road.serve()
    assert len(road.ses.mailbox) == 1
    assert road.notice(case).due is None
    assert road.facts()["notice.ended"] == 1


def test_the_operator_s_own_fault_does_not_count():
    # 10. A debit that was never sent.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    ref = invoice_ref(case.contract, f"{1:032x}")
    invoice = road.ledger().get([ref])[ref]
    assert isinstance(invoice, Invoice)
    road.invoices(case, [replace(invoice, caused=OperatorDelay(date(2026, 9, 1), date(2026, 9, 30)))])
    road.night()
    assert not road.file(case).notices  # October alone is not old enough


def test_a_later_fee_accepted_ends_the_notice():
    # 12, second half (REsp 1.995.100).
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    confirm(road)
    road.owe(case, "2026-11-10")
    road.at("2026-11-10")
    road.pay(case, "2026-11-10")
    assert road.stands(case) is NoticeStatus.EXPIRED
    assert rules.NOTICE_LATER_PAYMENT in road.unmet(case)


# What holds it.


def test_a_deal_ends_it_and_a_broken_deal_needs_a_fresh_notice():
    # 12, first half.
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    confirm(road)
    road.at("2026-10-23")
    road.stop(case, StopKind.DEAL)
    assert road.stands(case) is NoticeStatus.EXPIRED
    road.night()
    assert len(road.file(case).notices) == 1  # nobody is notified of what is negotiated
    road.at("2026-11-24")
    road.stop(case, StopKind.DEAL, active=False)
    assert rules.NOTICE_DEAL in road.unmet(case)
    road.at("2026-11-25")
    road.night()
    assert len(road.file(case).notices) == 2
    assert road.stands(case) is NoticeStatus.UNPROVED  # sent past the 49th day: late is better than never
    confirm(road)
    road.at("2026-12-08")
    assert road.verdict(case).may


def test_a_dispute_holds_it_and_its_answer_gives_new_ten_days():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    confirm(road)
    road.at("2026-10-20")
    road.stop(case, StopKind.DISPUTE)
    assert road.stands(case) is NoticeStatus.DISPUTED
    road.at("2026-11-20")
    assert road.unmet(case) == {rules.NOTICE_DISPUTE}
    assert road.verdict(case).earliest is None
    road.stop(case, StopKind.DISPUTE, active=False)
    assert road.verdict(case).earliest == date(2026, 12, 1)


def test_a_protection_suspends_it_and_its_end_gives_new_ten_days():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.night()
    confirm(road)
    road.at("2026-11-11")
    road.stop(case, StopKind.PROTECTIVE)
    assert road.stands(case) is NoticeStatus.SUSPENDED
    assert rules.STOP_PROTECTIVE in road.unmet(case)
    road.at("2026-11-20")
    road.stop(case, StopKind.PROTECTIVE, active=False)
    assert road.unmet(case) == {rules.NOTICE_TEN_DAYS}
    assert road.verdict(case).earliest == date(2026, 12, 1)


@pytest.mark.parametrize(
    "kind", [StopKind.HOLD, StopKind.LAWYER, StopKind.DEATH, StopKind.PROTECTIVE, StopKind.DISPUTE]
)
def test_nobody_is_notified_while_something_holds_the_contract(kind):
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.stop(case, kind)
    road.night()
    assert not road.file(case).notices
    road.stop(case, kind, active=False)
    road.at("2026-10-16")
    road.night()
    assert len(road.ses.mailbox) == 1


def test_a_hold_between_two_means_rests_the_notice_until_it_is_lifted():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.at("2026-10-15", hour=4)
    road.night()
    road.stop(case, StopKind.HOLD)
    road.at("2026-10-15")
    road.night()
    assert not road.ses.mailbox
    road.stop(case, StopKind.HOLD, active=False)
    road.at("2026-10-16")
    road.night()
    assert len(road.ses.mailbox) == 1


def test_a_contract_paid_by_the_company_is_none_of_our_business():
    # 14.
    road = road_at("2026-12-01")
    case = road.owing(1, "2026-09-10", "2026-10-10", kind=ContractKind.EMPRESARIAL)
    road.commit_case(replace(road.case(case), kind=ContractKind.EMPRESARIAL), "contract.recorded")
    assert road.find() == 0
    assert [one.rule for one in road.verdict(case).elements] == [rules.SCOPE_COMPANY_PAID]


def test_the_same_debt_of_a_sole_trader_is():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10", kind=ContractKind.EMPRESARIO_INDIVIDUAL)
    road.night()
    assert road.stands(case) is NoticeStatus.SENT


# Bad input: parked for a person, never guessed.


@pytest.mark.parametrize(
    ("changes", "reason", "pointer"),
    [
        ({"means_of_notice": ()}, "notice-means-unknown", "/means_of_notice"),
        ({"beneficiaries": ()}, "notice-incomplete", "/affected"),
        ({"beneficiaries": ("f" * 32,)}, "notice-incomplete", "/beneficiaries"),
    ],
)
def test_what_lacks_a_datum_waits_for_a_person(changes, reason, pointer):
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10", **changes)
    other = road.owing(2, "2026-09-10", "2026-10-10")
    road.night()
    road.night()
    (gap,) = road.ledger().record(NOTICE_GAPS)
    assert (gap.contract, gap.reason, gap.pointer) == (case.contract, reason, pointer)
    assert road.facts()["notice.parked"] == 1
    assert road.stands(other) is NoticeStatus.SENT
    # Completed: it goes on, and is listed no more.
    whole = road.file(other).contract
    people = tuple(one.key for one in road.ledger().record(case.contract, "BENEFICIARY#"))
    change(road, case, means_of_notice=whole.means_of_notice, beneficiaries=people)
    road.at("2026-10-16")
    road.night()
    assert road.stands(case) is NoticeStatus.SENT
    assert not road.ledger().record(NOTICE_GAPS)


def test_a_contract_by_adhesion_excludes_only_when_it_provides_for_it():
    road = road_at("2026-10-15")
    told = [road.owing(n, "2026-09-10", "2026-10-10", kind=ContractKind.ADESAO, exclusion_agreed=agreed)
            for n, agreed in ((1, True), (2, False), (3, None))]  # fmt: skip
    road.night()
    assert road.notice(told[0]).consequence is Consequence.EXCLUDE
    assert "excluídas do contrato coletivo" in road.ses.mailbox[0].text
    assert not road.file(told[1]).notices
    (gap,) = road.ledger().record(NOTICE_GAPS)
    assert (gap.contract, gap.reason, gap.pointer) == (told[2].contract, "exclusion-unknown", "/exclusion_agreed")
    change(road, told[2], exclusion_agreed=True)
    road.night()
    assert road.stands(told[2]) is NoticeStatus.SENT
    assert not road.ledger().record(NOTICE_GAPS)


def test_nobody_waits_for_a_clause_before_it_is_asked_for():
    road = road_at("2026-10-14")
    road.owing(1, "2026-09-10", kind=ContractKind.ADESAO)
    road.night()
    assert not road.ledger().record(NOTICE_GAPS)


def test_a_person_without_an_address_is_left_to_somebody():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10", contact_points=())
    road.night()
    assert not road.ses.mailbox
    assert road.facts()["notice.exhausted"] == 1
    assert not road.verdict(case).may


# The provider.


def test_a_throttled_notice_is_tried_again_as_another_sending():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.sweep()
    road.faults.fail("SendBulkEmail", error=throttling)
    road.night()
    assert not road.ses.mailbox
    assert not road.arrears(case).notices[0].attempts
    road.clock.move(minutes=45)
    road.sweep()
    road.serve()
    assert len(road.ses.mailbox) == 1
    assert len(road.arrears(case).notices[0].attempts) == 1


def test_what_may_have_landed_is_never_sent_again_by_the_same_means():
    road = road_at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    road.faults.fail("SendBulkEmail", landed=True, error=read_timeout)
    road.night()
    for _ in range(6):
        road.clock.move(days=1)
        road.sweep()
        road.night()
    assert len(road.ses.mailbox) == 1
    tried = road.notice(case).tries[0]
    ref = outreach_ref(case.contract, tried.outreach)
    assert road.ledger().get([ref])[ref].status is OutreachStatus.UNKNOWN
