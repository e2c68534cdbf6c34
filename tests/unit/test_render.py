"""Messages as they leave: the law's content is there, nothing else is, and no template can misbehave."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from emdia.errors import Rejected
from emdia.messages import engine, texts
from emdia.messages.render import TEMPLATES, render
from emdia.money import format_brl
from emdia.portfolio.case import PaymentCodes
from emdia.portfolio.contract import Channel
from tests.browser.samples import OPERATOR, PIX, UNSUBSCRIBE, awkward, contract, invoice, two_years, view

NOVEMBER = invoice("2026-11", date(2026, 11, 10))
LATE = date(2026, 11, 23)


def seen(html: str) -> str:
    """The words a person sees: no style, no tags."""
    words = re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    return unescape(re.sub(" +", " ", words))


def parts(rendered):
    return rendered.text, seen(rendered.html)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("many", [False, True])
def test_every_message_says_who_writes_what_is_owed_and_how_to_stop(template, many):
    made = view(*(two_years() if many else (NOVEMBER,)), on=LATE)
    for part in parts(render(template, Channel.EMAIL, made)):
        for said in (OPERATOR.name, "12.ABC.345/01DE-35", "Registro ANS nº 123456", OPERATOR.address, OPERATOR.phone):
            assert said in part
        assert format_brl(made.total) in part
        for item in made.items:
            assert item.reference in part
            for amount in (item.owed.principal, item.owed.multa, item.owed.juros, item.owed.total):
                assert format_brl(amount) in part
        assert OPERATOR.how_to_pay in part
        assert PIX in part
        assert "já pagou, desconsidere" in part.replace("SE VOCÊ JÁ PAGOU", "já pagou")
        assert "não cancela a mensalidade nem os avisos que a lei exige" in part
    for part in (render(template, Channel.EMAIL, made).text, unescape(render(template, Channel.EMAIL, made).html)):
        assert UNSUBSCRIBE in part


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("on", [date(2026, 11, 7), date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 11), LATE])
def test_whatever_the_template_time_is_told_as_it_is(template, on):
    made = view(NOVEMBER, on=on)
    rendered = render(template, Channel.EMAIL, made)
    for part in (rendered.subject, *parts(rendered)):
        assert ("amanhã" in part) <= (on == date(2026, 11, 9))
        assert bool(re.search(r"\bvence hoje\b", part)) <= (on == date(2026, 11, 10))
        assert bool(re.search(r"em atraso", part)) <= (on > date(2026, 11, 10))
    assert made.items[0].when in rendered.text


@pytest.mark.parametrize("name", sorted(awkward()))
def test_a_locked_phone_shows_neither_amount_nor_debt(name):
    subject = awkward()[name].subject
    assert len(subject) <= 60
    assert not re.search(r"R\$|d[íi]vida|atras|débito|cobran|pendente|aberto|último|urgente", subject, re.IGNORECASE)
    preheader = re.search(r'<div style="display:none[^>]*>(.*?)</div>', awkward()[name].html)
    assert preheader
    assert "R$" not in preheader[1]


@pytest.mark.parametrize("name", sorted(awkward()))
def test_no_threat_no_shame_no_health(name):
    words = " ".join(parts(awkward()[name])).casefold()
    threats = ["negativa", "serasa", "spc", "protesto", "judicial", "cancelaremos", "perder", "imediatamente"]
    for wrong in (*threats, "último aviso", "vergonha", "intern", "doença", "cpf"):
        assert wrong not in words
    assert "silva" not in words  # only the first name


def test_without_delay_there_are_no_charges_to_read():
    for part in parts(render("lembrete", Channel.EMAIL, view(NOVEMBER, on=date(2026, 11, 7)))):
        assert "Multa" not in part
        assert "Juros" not in part


@pytest.mark.parametrize(
    ("multa_bp", "juros_bp", "said"),
    [(None, None, set()), (200, 0, {"Multa"}), (0, 100, {"Juros"}), (200, 100, {"Multa", "Juros"})],
)
@pytest.mark.parametrize("many", [False, True])
def test_what_is_nothing_is_left_out(multa_bp, juros_bp, said, many):
    invoices = two_years() if many else (NOVEMBER,)
    for part in parts(render("atraso", Channel.EMAIL, view(*invoices, on=LATE, multa_bp=multa_bp, juros_bp=juros_bp))):
        assert "R$\u00a00,00" not in part
        assert {word for word in ("Multa", "Juros") if word in part} == said


@pytest.mark.parametrize("template", TEMPLATES)
def test_with_charges_the_codes_are_explained(template):
    for part in parts(render(template, Channel.EMAIL, view(NOVEMBER, on=LATE))):
        assert "pode vir sem os acréscimos pelo atraso" in part
        assert f"fale conosco antes de pagar: telefone {OPERATOR.phone} ou" in part
        assert "mostrar um recebedor que" in part
        assert "um valor ou um recebedor" not in part


@pytest.mark.parametrize(
    "made",
    [
        view(NOVEMBER, on=date(2026, 11, 7)),
        view(NOVEMBER, on=LATE, multa_bp=None, juros_bp=None),
        view(NOVEMBER, on=LATE, codes=PaymentCodes()),
    ],
    ids=["on time", "no clause", "no codes"],
)
def test_without_charges_or_codes_there_is_nothing_to_explain(made):
    for part in parts(render("atraso", Channel.EMAIL, made)):
        assert "acréscimos" not in part
        assert "um valor ou um recebedor" in part


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_claim_says_that_it_is_no_notice_whatever_its_template(template):
    words = "não é a notificação por inadimplência"
    for invoices in ((NOVEMBER,), (NOVEMBER, invoice("2026-12", date(2026, 12, 10)))):
        for part in parts(render(template, Channel.EMAIL, view(*invoices, on=date(2026, 11, 12)))):
            assert words in part
    for part in parts(render(template, Channel.EMAIL, view(NOVEMBER, on=date(2026, 11, 10)))):
        assert words not in part


def test_of_several_each_code_is_said_to_pay_its_own():
    october = invoice("2026-10", date(2026, 10, 9))
    for part in parts(render("atraso", Channel.EMAIL, view(october, NOVEMBER, on=LATE))):
        assert "Cada código acima paga só a mensalidade" in part
        assert "Para pagar todas, use um código de cada uma" in part
        assert "um dos códigos acima" not in part
    for part in parts(render("atraso", Channel.EMAIL, view(october, NOVEMBER, on=LATE, codes=PaymentCodes()))):
        assert "código" not in part
    for part in parts(render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE))):
        assert "Cada código" not in part


def test_reminders_of_different_days_have_different_subjects():
    subjects = [render("lembrete", Channel.EMAIL, view(NOVEMBER, on=date(2026, 11, day))).subject for day in (7, 9)]
    assert subjects == [
        "Lembrete: sua mensalidade vence em 3 dias, 10/11/2026",
        "Lembrete: sua mensalidade vence amanhã, 10/11/2026",
    ]


def test_until_when_the_total_holds():
    saturday = invoice("2026-11", date(2026, 11, 28))
    for part in parts(render("lembrete", Channel.EMAIL, view(saturday, on=date(2026, 11, 27)))):
        assert "PARA PAGAMENTO ATÉ 30/11/2026" in part.upper()
    for part in parts(render("atraso", Channel.EMAIL, view(saturday, on=date(2026, 12, 1)))):
        assert "PARA PAGAMENTO EM 01/12/2026" in part.upper()


def test_the_telephone_can_be_touched():
    made = view(NOVEMBER, on=LATE, operator=replace(OPERATOR, phone="+551130030000"))
    rendered = render("atraso", Channel.EMAIL, made)
    assert rendered.html.count('href="tel:+551130030000"') == 2
    assert "Telefone: (11) 3003-0000\n" in rendered.text
    assert "+55" not in rendered.text
    unclear = replace(OPERATOR, phone='ramal "12"')
    assert "tel:" not in render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE, operator=unclear)).html


def test_the_opt_out_is_the_persons_over_all_contracts():
    rendered = render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE))
    assert "de nenhum contrato seu conosco" in rendered.text
    assert "em todos os seus contratos conosco" in rendered.html


def test_what_the_erp_wrote_is_escaped():
    evil = replace(OPERATOR, name='<script>alert("x")</script>', how_to_pay="<img src=x>", site="javascript:alert(1)")
    codes = PaymentCodes(pix="<b>1</b>", url="javascript:alert(1)")
    html = render(
        "atraso", Channel.EMAIL, view(NOVEMBER, on=LATE, operator=evil, codes=codes, of=contract("<i>Ana</i>"))
    ).html
    assert not re.search(r"<(script|img|b|i)\b", html)
    assert 'href="javascript' not in html


def test_the_html_is_a_document_for_a_mail_client():
    html = render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE)).html
    assert html.startswith('<!doctype html>\n<html lang="pt-BR">')
    assert not re.search(r"<(img|link|script|form|iframe)\b|url\(|@import", html)
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", html)]
    assert sizes
    assert min(sizes) >= 16


def test_two_dozen_invoices_stay_under_what_mail_clients_cut():
    rendered = render("atraso", Channel.EMAIL, view(*two_years(), on=LATE))
    assert len(rendered.html.encode()) < 102_000
    assert "24 mensalidades em aberto no seu plano, todas em atraso" in rendered.text


def test_text_has_no_markup_and_no_holes():
    for rendered in awkward().values():
        assert not re.search(r"<\w|&\w+;|\{\{|\n{3,}|None|Undefined", rendered.text)
        assert not re.search(r"\{\{|None|Undefined", rendered.html)


def test_a_message_without_codes_says_how_to_pay():
    text = render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE, codes=PaymentCodes())).text
    assert f"COMO PAGAR\n\n{OPERATOR.how_to_pay}" in text
    assert "Pix" not in text


HEAD = """+++
purpose = "x"
legal_base = "x"
norm = "x"
channel = "email"
variables = []
+++
"""


@pytest.fixture
def template_folder(tmp_path, monkeypatch):
    """Texts of somebody else's, in place of ours."""
    monkeypatch.setattr(texts, "ROOT", tmp_path)
    caches = (engine.part, engine.environment, texts.text_of)
    for cached in caches:
        cached.cache_clear()
    (tmp_path / "atraso/1").mkdir(parents=True)

    def write(**named: str) -> None:
        for part in ("subject.txt", "opening.txt", "txt", "html"):
            head = HEAD if part == "txt" else ""
            (tmp_path / f"atraso/1/email.{part}").write_text(head + named.get(part.split(".")[0], "x"))

    yield write
    for cached in caches:
        cached.cache_clear()


@pytest.mark.parametrize("part", ["subject", "opening", "txt", "html"])
@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{{ v.nobody }}", "template-undefined"),
        ("{{ nothing }}", "template-undefined"),
        ("{{ v.operator.nothing.more }}", "template-undefined"),
        ("{{ ''.__class__.__mro__ }}", "template-invalid"),
        ("{{ v.items.__class__ }}", "template-invalid"),
        ("{% if %}", "template-invalid"),
    ],
)
def test_a_template_that_is_wrong_refuses_the_message(template_folder, part, source, code):
    template_folder(**{part: source})
    with pytest.raises(Rejected) as refused:
        render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE))
    assert refused.value.code == code
    assert refused.value.params["template"] == "atraso"
    file = part if part in ("txt", "html") else f"{part}.txt"
    line = len(HEAD.splitlines()) + 1 if part == "txt" else 1
    assert refused.value.params["at"] == f"atraso/1/email.{file}:{line}"


def test_a_subject_of_two_lines_is_refused(template_folder):
    template_folder(subject="a\nBcc: b")
    with pytest.raises(Rejected, match="template-invalid"):
        render("atraso", Channel.EMAIL, view(NOVEMBER, on=LATE))


def test_an_unknown_template_is_refused():
    with pytest.raises(Rejected, match="template-unknown"):
        render("../../etc/passwd", Channel.EMAIL, view(NOVEMBER, on=LATE))


def test_jinja_is_loaded_by_the_first_message_only():
    code = "import sys, emdia.messages.render; sys.exit('jinja2' in sys.modules)"
    env = {"PYTHONPATH": str(texts.ROOT.parents[2])}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0
