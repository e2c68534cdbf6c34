"""Why somebody was or was not written to: each answer with its rule, its sentence and its norm."""

from dataclasses import replace
from datetime import date

import pytest

from emdia.compliance.delay import OperatorDelay
from emdia.compliance.notice import Consequence
from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.rules import RULES
from emdia.ladder.explain import RecordFile, explain
from emdia.ladder.explain_page import document, page
from emdia.ladder.step_note import StepNote
from emdia.messages.outreach import OutreachStatus
from emdia.messages.person import PersonLog
from emdia.money import Centavos
from emdia.portfolio.case import OpenInvoice, Reach, Stop, StopKind
from emdia.portfolio.contract import Channel, ContractKind
from emdia.portfolio.document import Kept
from tests.unit.cases import case, contacted, invoice, local, outreach

NOW = local("2026-11-25 10:00")  # a Wednesday
TAKEN = (invoice("2026-11-18", step="D+7"),)


def file(*, invoices=(), person=None, sent=(), notes=(), holidays=(), **changes):
    open_ = invoices or (invoice("2026-11-18", step="D+3"),)
    return RecordFile(case(*open_, **changes), person or PersonLog(key="p1"), sent, notes, holidays)


def note(text, rule, until=None, steps=()):
    return StepNote(contract="c1", holder_key="p1", at=local(text), rule=rule, edition="1", until=until, steps=steps)


def texts(lines):
    return [line.text for line in lines]


def test_each_outreach_and_each_refusal_is_told_with_its_rule_and_norm():
    sent = outreach(local("2026-11-21 09:00"), OutreachStatus.DELIVERED, claimed_at=local("2026-11-21 09:01"))
    held = note("2026-11-16 09:00", "stop.dispute", steps=("D-1",))
    waits = note("2026-11-20 09:00", "frequency.week", until=local("2026-11-21 09:00"))
    told = explain(file(sent=[sent], notes=[waits, held]), NOW)
    assert [(line.at, line.rule) for line in told.done] == [
        (local("2026-11-16 09:00"), "stop.dispute"),
        (local("2026-11-20 09:00"), "frequency.week"),
        (local("2026-11-21 09:01"), "ladder.step-due"),
    ]
    assert texts(told.done) == [
        "Sem contato; degrau D-1 encerrado.",
        "Sem contato antes de 21/11/2026 09:00.",
        "Contato por e-mail, degrau D+3: entregue.",
    ]
    assert told.done[0].norm == "RN ANS 593/2023 art. 4; CDC art. 42 (leitura cautelosa)"
    assert told.done[2].norm == ""


@pytest.mark.parametrize("status", OutreachStatus)
def test_every_end_of_an_outreach_has_words(status):
    told = explain(file(sent=[outreach(local("2026-11-21 09:00"), status)]), NOW)
    assert len(texts(told.done)) == 1


@pytest.mark.parametrize(
    ("changes", "text", "rule"),
    [
        ({}, "Um contato pode sair agora: degrau D+7, por e-mail.", "ladder.step-due"),
        ({"kind": ContractKind.EMPRESARIAL}, "Nenhum contato.", "scope.company-paid"),
        ({"stops": (Stop(StopKind.PROTECTIVE, "s"),)}, "Nenhum contato.", "stop.protective"),
        ({"reach": ((Channel.EMAIL, Reach.OPTED_OUT),)}, "Nenhum contato da régua.", "consent.opted-out"),
        ({"invoices": TAKEN}, "Nenhum contato da régua antes de 03/12/2026 09:00.", "ladder.no-step-due"),
        ({"person": contacted(NOW)}, "Nenhum contato da régua antes de 26/11/2026 09:00.", "frequency.day"),
        ({"parked": "x"}, "O caso espera por uma pessoa da operadora: x. A régua nada envia.", "data.missing"),
    ],
)
def test_what_holds_now(changes, text, rule):
    (line,) = explain(file(**changes), NOW).stands
    assert (line.text, line.rule) == (text, rule)


def test_a_parked_case_of_a_ladder_nobody_knows_is_explained_all_the_same():
    told = explain(file(parked="ladder-unknown", ladder="nobody's"), NOW)
    # Its notice is no matter of the ladder.
    assert [line.rule for line in (*told.stands, *told.ahead)] == ["data.missing", "data.missing", "notice.last-day"]
    coming = explain(file(parked="ladder-unknown", ladder="nobody's"), NOW, date(2026, 12, 3))
    assert [line.rule for line in (*coming.stands, *coming.ahead)] == ["data.missing", "data.missing"]


def test_what_nobody_approved_writes_to_nobody():
    told = explain(replace(file(), unapproved="approval.ladder"), NOW)
    assert [line.rule for line in (*told.stands, *told.ahead[:1])] == ["approval.ladder", "approval.ladder"]
    waiting = explain(replace(file(invoices=TAKEN), unapproved="approval.norms"), NOW)
    assert waiting.stands[0].rule == "ladder.no-step-due"


def test_a_queued_outreach_is_looked_at_as_it_would_be_before_the_call():
    queued = outreach(local("2026-11-25 09:00"), step="D+7")

    def said(moment, **changes):
        told = explain(file(invoices=TAKEN, sent=[queued], last_outreach=queued.id, **changes), local(moment))
        (line,) = told.stands
        return line.text, line.rule

    assert said("2026-11-25 10:00") == (
        "O contato programado (degrau D+7, por e-mail) pode sair agora.",
        "ladder.step-due",
    )
    assert said("2026-11-25 20:00") == (
        "O contato programado (degrau D+7, por e-mail) não sai antes de 26/11/2026 09:00.", "window.weekday-hours",
    )  # fmt: skip
    stopped = said("2026-11-25 10:00", stops=(Stop(StopKind.HOLD, "s"),))
    assert stopped == ("O contato programado (degrau D+7, por e-mail) não sai.", "stop.hold")


def test_what_may_come_and_on_which_channel_from_when():
    reach = ((Channel.EMAIL, Reach.OPEN), (Channel.SMS, Reach.OPTED_OUT), (Channel.WHATSAPP, Reach.DEAD))
    told = explain(file(reach=reach, person=contacted(local("2026-11-24 18:00"))), NOW)
    # Sixteen hours after the last contact; D+15 falls on Thursday 3 December, D+30 on Friday 18.
    assert [(line.at, line.text) for line in told.ahead] == [
        (local("2026-11-25 10:00"), "Contato por e-mail, degrau D+7, sobre a mensalidade de novembro/2026."),
        (local("2026-12-03 09:00"), "Contato por e-mail, degrau D+15, sobre a mensalidade de novembro/2026."),
        (local("2026-12-18 09:00"), "Contato por e-mail, degrau D+30, sobre a mensalidade de novembro/2026."),
        (
            local("2026-12-23 09:00"),
            f"{ONE.replace('outubro', 'novembro')}; {IN_TIME} 06/01/2027.",
        ),
    ]
    assert [(line.text, line.rule) for line in told.channels] == [
        ("e-mail: permitido agora.", "window.weekday-hours"),
        ("SMS: não pode ser usado.", "consent.opted-out"),
        ("WhatsApp: não pode ser usado.", "contact.dead-point"),
        ("carta: não pode ser usado.", "contact.no-point"),
    ]
    late = explain(file(person=contacted(local("2026-11-25 09:30"))), NOW).channels[0]
    assert (late.text, late.rule) == ("e-mail: permitido a partir de 26/11/2026 09:00.", "frequency.day")
    quiet = file(invoices=(invoice("2026-11-18", step="D+30"),), stops=(Stop(StopKind.HOLD, "s"),))
    assert texts(explain(quiet, NOW).ahead) == ["Nenhum contato previsto."]


def past(day, **more):
    told = explain(file(**more), NOW, date.fromisoformat(day))
    return told.done, [(line.text, line.rule) for line in told.stands]


def test_a_day_of_the_past_is_told_from_what_was_stored():
    sent = outreach(local("2026-11-19 09:00"), OutreachStatus.READ)
    later = outreach(local("2026-11-23 09:00"), OutreachStatus.DELIVERED, id="later")
    done, stands = past("2026-11-19", sent=[sent, later])
    assert (len(done), stands) == (1, [])
    waits = note("2026-11-20 09:00", "frequency.week", until=local("2026-11-23 09:00"))
    assert past("2026-11-21", notes=[waits])[1] == [("Um degrau já vencido esperava.", "frequency.week")]
    halted = note("2026-11-18 09:00", "stop.lawyer", steps=("D0",))
    assert past("2026-11-20", notes=[halted])[1] == [("Nenhuma decisão neste dia: valia a anterior.", "stop.lawyer")]
    assert past("2026-11-20")[1] == [("Nenhuma decisão neste dia.", "ladder.no-step-due")]
    # What came after that day is not told of it.
    assert past("2026-11-17", notes=[halted]) == ((), [("Nenhuma decisão neste dia.", "ladder.no-step-due")])


def test_the_hours_of_a_day_are_told_by_channel():
    told = explain(file(uf="SP"), NOW, date(2026, 11, 21))  # a Saturday: digital only, where the state allows it
    assert [(line.text, line.rule) for line in told.channels] == [
        ("e-mail, SMS, WhatsApp: das 10:00 às 13:00.", "window.weekend"),
        ("carta: nenhum horário permitido neste dia.", "window.weekend"),
    ]
    told = explain(file(holidays=(date(2027, 1, 25),)), NOW, date(2027, 1, 25))
    assert told.channels[0].rule == "window.municipal-holiday"


def coming(day, **more):
    told = explain(file(**more), NOW, date.fromisoformat(day))
    return [line.text for line in told.ahead], [line.rule for line in told.stands]


def test_a_day_to_come_is_decided_if_nothing_happens_meanwhile():
    seven = "Contato por e-mail, degrau D+7, sobre a mensalidade de novembro/2026."
    assert coming("2026-12-03") == (
        [seven, "Contato por e-mail, degrau D+15, sobre a mensalidade de novembro/2026."],
        [],
    )
    assert coming("2026-12-02") == ([seven], ["ladder.no-step-due"])
    assert coming("2026-12-02", kind=ContractKind.EMPRESARIAL) == (["Nenhum contato previsto."], ["scope.company-paid"])
    hold = (Stop(StopKind.HOLD, "s", until=local("2026-12-10 09:00")),)
    assert coming("2026-12-09", stops=hold) == (["Nenhum contato previsto."], ["stop.hold"])
    assert coming("2026-12-10", stops=hold)[1] == []
    assert coming("2026-12-02", parked="ladder-unknown")[1] == ["data.missing"]


# What may come of the notice.

ALL_TAKEN = (invoice("2026-10-23", step="D+30"),)
ONE = "Notificação por falta de pagamento (RN ANS 593), se a mensalidade de outubro/2026 continuar em aberto"
IN_TIME = "o último dia para enviá-la a tempo é"
FAULT = OperatorDelay(date(2026, 10, 1), date(2026, 10, 30))
CAUSED = OpenInvoice("f1", "2026-10", date(2026, 10, 23), Centavos(1), "D+30", FAULT)


def record(issued="2026-11-16", fees=("f1",), **changes):
    day = date.fromisoformat(issued)
    words = Kept("notices/n1", "0" * 64)
    fields = {"consequence": Consequence.RESCIND, "pay_by": date(2026, 11, 26), "last_sending": date(2026, 12, 11)}
    at = local(f"{issued} 09:00")
    return NoticeRecord(
        contract="c1",
        id="n1",
        holder_key="p1",
        fees=fees,
        words=words,
        issued_on=day,
        drafted_at=at,
        **(fields | changes),
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, [(local("2026-11-27 09:00"), f"{ONE}; {IN_TIME} 11/12/2026.")]),
        (
            {"kind": ContractKind.ADESAO},
            [(local("2026-11-27 09:00"), f"{ONE}, se o contrato previr a exclusão; {IN_TIME} 11/12/2026.")],
        ),
        # The 49th day of a due date long gone: it may go late.
        (
            {"invoices": (invoice("2026-10-05", step="D+30"),)},
            [(NOW, f"{ONE}; o último dia para enviá-la a tempo foi 23/11/2026.")],
        ),
        ({"kind": ContractKind.EMPRESARIAL}, []),
        ({"stops": (Stop(StopKind.DISPUTE, "s"),)}, []),
        ({"stops": (Stop(StopKind.DISPUTE, "s", ("f1",)),)}, []),
        ({"invoices": (CAUSED,)}, []),
    ],
)  # fmt: skip
def test_a_person_whose_ladder_is_over_is_told_that_the_notice_may_come(changes, said):
    told = explain(file(**({"invoices": ALL_TAKEN} | changes)), NOW).ahead
    assert [(line.at, line.text) for line in told if line.rule == "notice.last-day"] == said
    assert all(line.norm.startswith("RN ANS 593/2023 art. 4 caput") for line in told if line.rule)


def test_a_notice_that_stands_is_told_with_its_term_and_that_a_person_decides():
    held = replace(file(invoices=ALL_TAKEN), notices=[record()])
    (line,) = explain(held, NOW).ahead
    assert (line.at, line.rule) == (None, "notice.ten-days")
    assert line.text == (
        "Notificação por falta de pagamento de 16/11/2026: prazo para pagar ou contestar até 26/11/2026. "
        "Nada se segue dela sem decisão de uma pessoa da operadora."
    )
    # One that names a fee no longer owed has ended: what is open now asks for its own.
    ended = replace(held, notices=[record(fees=("f0", "f1"))])
    assert [line.rule for line in explain(ended, NOW).ahead] == ["notice.last-day"]


def test_the_notice_is_not_foretold_past_the_day_that_is_asked_about():
    assert coming("2026-11-26", invoices=ALL_TAKEN)[0] == ["Nenhum contato previsto."]
    assert coming("2026-11-27", invoices=ALL_TAKEN)[0] == [f"{ONE}; {IN_TIME} 11/12/2026."]


def test_lines_by_one_rule_share_its_sentence_and_the_hour_has_a_name():
    text = page(explain(file(), NOW))
    assert text.count("Chegou o dia de um degrau da régua de cobrança. [ladder.step-due]") == 2
    assert "  e-mail: permitido agora.\n" in text
    there = page(explain(file(zone="America/Rio_Branco", uf="AC"), NOW))
    assert there.startswith("Dia 25/11/2026, hora legal do Acre.")


def test_the_page_gives_sentence_norm_and_id_and_the_document_the_same():
    told = explain(file(stops=(Stop(StopKind.DISPUTE, "s"),)), NOW)
    text = page(told)
    assert text.startswith("Dia 25/11/2026, hora legal de Brasília.")
    norm = "RN ANS 593/2023 art. 4; CDC art. 42 (leitura cautelosa)"
    assert f"{RULES['stop.dispute']} Norma: {norm}. [stop.dispute]" in text
    plain = document(told)
    assert plain["text"] == text
    assert plain["stands"] == [
        {
            "at": "",
            "text": "Nenhum contato.",
            "rule": "stop.dispute",
            "why": RULES["stop.dispute"],
            "norm": norm,
        }
    ]


def test_the_clock_is_that_of_where_the_person_lives():
    there = file(zone="America/Rio_Branco", uf="AC")
    told = explain(there, local("2026-11-25 01:00"))  # still Tuesday in Acre
    assert told.asked == date(2026, 11, 24)
    assert replace(told).zone == "America/Rio_Branco"
