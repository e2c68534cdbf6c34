"""SMS, WhatsApp and letter: what each carries, within what its channel takes."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.errors import Halted, Rejected
from emdia.messages import gsm7, texts
from emdia.messages.render import TEMPLATES, registered_name, registration, render
from emdia.messages.spelling import brief_name
from emdia.messages.texts import text_of
from emdia.money import format_brl
from emdia.portfolio.contract import Channel
from tests.browser.samples import OPERATOR, PAGE, contract, invoice, two_years, view

NOVEMBER = invoice("2026-11", date(2026, 11, 10))
SATURDAY = invoice("2026-11", date(2026, 11, 28))
LATE = date(2026, 11, 23)
DAYS = [date(2026, 11, 7), date(2026, 11, 10), LATE]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("many", [False, True])
def test_an_sms_says_who_how_much_where_and_how_to_stop_in_one_message(template, on, many):
    made = view(*(two_years() if many else (NOVEMBER,)), on=on)
    text = render(template, Channel.SMS, made).text
    assert gsm7.fits(text)
    for said in ("Vida Serena", "CNPJ 12ABC34501DE35", format_brl(made.total).replace("\u00a0", " "), PAGE, "SAIR"):
        assert said in text
    assert ("em aberto" in text) == (many or on == LATE)
    assert ("vence hoje" in text) == (not many and on == DAYS[1])


def test_an_sms_in_days_of_grace_says_until_when_nothing_is_added():
    assert (
        "pague ate 30/11/2026: R$ 899,90." in render("atraso", Channel.SMS, view(SATURDAY, on=date(2026, 11, 30))).text
    )


def test_the_short_name_of_the_operator_is_the_one_an_sms_uses():
    known = replace(OPERATOR, short_name="VidaSerena")
    assert render("atraso", Channel.SMS, view(NOVEMBER, on=LATE, operator=known)).text.startswith("VidaSerena, CNPJ ")


def test_what_does_not_fit_one_sms_is_refused_and_never_sent_in_pieces():
    long = replace(
        view(NOVEMBER, on=LATE), page_url="https://abcdefghij.execute-api.sa-east-1.amazonaws.com/prod/p/" + "x" * 22
    )
    with pytest.raises(Rejected, match="sms-long"):
        render("atraso", Channel.SMS, long)


@given(st.text(max_size=60))
def test_the_alphabet_of_an_sms_has_no_accents(text):
    assert gsm7.plain(gsm7.plain(text)) == gsm7.plain(text)
    assert "ç" not in gsm7.plain(text)
    assert not gsm7.fits("ação")


@pytest.mark.parametrize(
    ("name", "brief"),
    [
        ("Vida Serena Operadora de Planos de Saúde Ltda.", "Vida Serena"),
        ("Cooperativa de Trabalho", "Cooperativa"),
        ("Supercalifragilisticoexpialidoso", "Supercalifragilistic"),
        ("Plano", "Plano"),
    ],
)
def test_a_name_is_cut_between_words(name, brief):
    assert brief_name(name) == brief


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("on", DAYS)
@pytest.mark.parametrize("many", [False, True])
def test_a_whatsapp_message_is_what_meta_takes(template, on, many):
    made = view(*(two_years() if many else (NOVEMBER,)), on=on, of=contract("W" * 60))
    rendered = render(template, Channel.WHATSAPP, made)
    assert len(rendered.text) <= 1024
    for one in rendered.parameters:
        assert one
        assert not re.search(r"[\n\t]| {4}", one)
    for said in (OPERATOR.name, OPERATOR.address, "12.ABC.345/01DE-35", format_brl(made.total), "responda SAIR"):
        assert said in rendered.text
    for amount in (made.principal, made.multa, made.juros):
        assert not amount or format_brl(amount) in rendered.text
    assert rendered.button == PAGE.rpartition("/")[2]
    assert "{{" not in rendered.text


def test_a_person_without_a_name_is_still_greeted():
    assert render("atraso", Channel.WHATSAPP, view(NOVEMBER, on=LATE, of=contract(""))).parameters[0] == "titular"


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_registration_holds_every_hole_once_in_order_with_an_example(template):
    text = text_of(template, Channel.WHATSAPP)
    rendered = render(template, Channel.WHATSAPP, view(NOVEMBER, on=LATE))
    told = registration(text, rendered, "https://avisos.vidaserena.example")
    body, footer, buttons = told["components"]
    holes = re.findall(r"\{\{(\d+)\}\}", body["text"])
    assert holes == [str(n) for n in range(1, len(text.parameters) + 1)]
    assert not re.match(r"\{\{", body["text"])
    assert not body["text"].endswith("}}")
    assert body["example"]["body_text"] == [list(rendered.parameters)]
    assert len(footer["text"]) <= 60
    assert buttons["buttons"][0]["example"] == [PAGE]
    assert len(buttons["buttons"][0]["text"]) <= 25
    assert (told["category"], told["language"]) == ("UTILITY", "pt_BR")
    assert re.fullmatch(r"[a-z0-9_]+", registered_name(text))


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
def test_a_short_message_needs_the_page_of_its_details(channel):
    with pytest.raises(Halted):
        render("atraso", channel, replace(view(NOVEMBER, on=LATE), page_url=""))


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("many", [False, True])
def test_a_letter_itemises_and_says_who_writes(template, many):
    made = view(*(two_years() if many else (NOVEMBER,)), on=LATE)
    rendered = render(template, Channel.LETTER, made)
    for said in (OPERATOR.name, OPERATOR.address, "12.ABC.345/01DE-35", format_brl(made.total), "Parar as cartas"):
        assert said in rendered.text
    for item in made.items:
        for amount in (item.owed.principal, item.owed.multa, item.owed.juros):
            assert format_brl(amount) in rendered.text
    assert rendered.subject
    assert not re.search(r"\n{3,}|\{\{|http\S*/u/", rendered.text)


def test_every_text_is_on_every_channel_and_its_digest_covers_what_it_shares(tmp_path, monkeypatch):
    assert {one.id for one in texts.texts()} >= {f"{name}/{channel}" for name in TEMPLATES for channel in Channel}
    made_of = texts.files("atraso/1", Channel.EMAIL)
    assert {"atraso/1/email.html", "partes/1/base.html", "partes/1/note.txt"} <= set(made_of)
    before = text_of("atraso", Channel.EMAIL).digest
    for path in (*made_of, *texts.files("atraso/1", Channel.SMS)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((texts.ROOT / path).read_bytes())
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    text_of.cache_clear()
    assert text_of("atraso", Channel.EMAIL).digest == before
    (tmp_path / "partes/1/note.txt").write_text("Pague.")
    text_of.cache_clear()
    assert text_of("atraso", Channel.EMAIL).digest != before
    assert text_of("atraso", Channel.SMS)
    text_of.cache_clear()


@pytest.mark.parametrize(("name", "version"), [("nobody", None), ("atraso", 99), ("partes", None), ("../atraso", None)])
def test_a_text_that_is_not_there_is_refused(name, version):
    with pytest.raises(Rejected, match="template-unknown"):
        text_of(name, Channel.EMAIL, version)
