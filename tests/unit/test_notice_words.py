"""The words of the notice: the eight items, plain, without threat, the same for every means."""

from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.compliance.charges import charges
from emdia.compliance.notice import Consequence
from emdia.compliance.notice_content import Content, DebtLine, Named, NamedPlan, Supplier
from emdia.messages.letter import Letter
from emdia.messages.letter_page import draw
from emdia.messages.notice_words import as_html, as_letter, as_text, from_bytes, notice_words, to_bytes
from emdia.money import Centavos

URL = "https://avisos.example/n/token"


def content(
    consequence: Consequence = Consequence.RESCIND, name: str = "Maria & Filhos <ME>", fees: int = 2
) -> Content:
    issued = date(2026, 10, 15)
    debts = tuple(
        DebtLine("setembro/2026", date(2026, 9, 10), charges(Centavos(120_000), date(2026, 9, 10), issued, None))
        for _ in range(fees)
    )
    return Content(
        supplier=Supplier("Operadora Exemplo", "Av. Paulista, 1000", "11222333000181", "123456"),
        person=Named(name, "52998224725"),
        affected=(Named(name, "52998224725"), Named("João", "11144477735")),
        plan=NamedPlan("Essencial", "CT-1", "470001234"),
        issued_on=issued,
        debts=debts,
        total=Centavos(sum(one.owed.total for one in debts)),
        how_to_pay="Pague pelo aplicativo.",
        pay_by=date(2026, 10, 26),
        consequence=consequence,
        contacts="(11) 3000-0000 ou https://operadora.example",
    )


def test_what_is_kept_is_what_is_read_back():
    words = notice_words(content())
    assert from_bytes(to_bytes(words)) == words
    assert to_bytes(words) == to_bytes(notice_words(content()))


def test_html_is_escaped_and_holds_the_link_once():
    html = as_html(notice_words(content()), URL)
    assert "Maria &amp; Filhos &lt;ME&gt;" in html
    assert "<ME>" not in html
    assert html.count(URL) == 1


@pytest.mark.parametrize(
    ("consequence", "said"),
    [
        (Consequence.RESCIND, "rescindido"),
        (Consequence.SUSPEND, "suspensa"),
        (Consequence.EXCLUDE, "excluídas"),
    ],
)
def test_it_names_the_one_consequence(consequence, said):
    text = as_text(notice_words(content(consequence)), URL)
    others = {"rescindido", "suspensa", "excluídas"} - {said}
    assert said in text
    assert not any(other in text for other in others)


def test_it_threatens_nobody():
    text = as_text(notice_words(content()), URL).lower()
    for word in ("imediatamente", "judicial", "serasa", "spc", "negativa", "última chance", "urgente", "vergonha"):
        assert word not in text


def test_one_fee_is_spoken_of_in_the_singular():
    assert "Esta mensalidade está em aberto" in as_text(notice_words(content(fees=1)), URL)
    assert "Estas 2 mensalidades estão em aberto" in as_text(notice_words(content()), URL)


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 30))
def test_however_many_fees_the_paper_holds_them(fees):
    letter = as_letter(notice_words(content(fees=fees)), "N1", ("Operadora",), ("Maria", "Rua A"))
    assert isinstance(letter, Letter)
    assert draw(letter).startswith(b"%PDF")


def on_paper(told: Content) -> str:
    sender, window = ("Operadora", "Rua A", "CNPJ"), ("Maria", "Rua B", "01000-000 X/SP")
    pdf = pypdfium2.PdfDocument(draw(as_letter(notice_words(told), "N1", sender, window)))
    return "".join(page.get_textpage().get_text_range() for page in pdf)


def test_no_amount_is_broken_on_paper_however_large_the_debt():
    assert "28.800,00" in on_paper(content(fees=24))
    assert "12.345.678,90" in on_paper(replace(content(fees=1), total=Centavos(1_234_567_890)))


def test_the_figures_of_an_e_mail_stand_in_lines_that_fit_a_telephone():
    html = as_html(notice_words(content()), URL)
    assert "<table" not in html
    assert "<li>setembro/2026: vencimento 10/09/2026, dias em aberto 35, valor R$\u00a01.200,00" in html
    assert "<li>Total: R$\u00a02.400,00</li>" in html
