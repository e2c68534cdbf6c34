"""Letters as a print shop gets them, read back by a PDF reader that is not ours."""

from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.errors import Halted, Rejected
from emdia.messages.letter import Letter, Table, address_lines, sender_of
from emdia.messages.letter_page import draw
from emdia.portfolio.contract import Address
from tests.flows.road import OPERATOR

MM = 72 / 25.4
ADDRESS = Address("Rua das Acácias", "120", "apto 31", "Jardim São João", "São José dos Campos", "SP", "12245000", "1")
HEADS = ("Mensalidade", "Vencimento", "Valor", "Total")
TOTAL = ("Total", "", "", "R$ 9,00")


def letter(**changes: object) -> Letter:
    fields: dict[str, object] = {
        "reference": "N-3F9A21C07B5E",
        "sender": sender_of(OPERATOR, "11.222.333/0001-81"),
        "address": address_lines("Conceição Gonçalves de Assunção", ADDRESS),
        "place_and_date": "25 de novembro de 2026",
        "subject": "Notificação por inadimplência",
        "body": (
            "Prezada Conceição,",
            Table(HEADS, (("outubro/2026", "10/10/2026", "R$\xa01.200,00", "R$ 1.236,80"),), TOTAL),
            "Ligue para nós.",
        ),
    }
    return Letter(**(fields | changes))


def pages(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def test_everything_it_says_can_be_read_with_its_accents():
    (text,) = pages(draw(letter()))
    for said in ("Operadora Exemplo Saúde S.A.", "CNPJ 11.222.333/0001-81", "Registro ANS nº 123456"):
        assert text.count(said) == 2, "at the head and at the foot"
    for said in (
        "Conceição Gonçalves de Assunção",
        "Rua das Acácias, 120 – apto 31",
        "12245-000 São José dos Campos/SP",
    ):
        assert said in text
    for said in ("Notificação por inadimplência", "outubro/2026", "R$ 1.236,80", "R$ 9,00", "Página 1 de 1"):
        assert said in text


def test_the_address_stands_inside_the_window():
    page = pypdfium2.PdfDocument(draw(letter()))[0]
    found = page.get_textpage()
    for line in letter().address:
        searched = found.search(line)
        start, count = searched.get_next()
        boxes = [found.get_charbox(index) for index in range(start, start + count)]
        left, right = min(box[0] for box in boxes) / MM, max(box[2] for box in boxes) / MM
        top, bottom = 297 - max(box[3] for box in boxes) / MM, 297 - min(box[1] for box in boxes) / MM
        assert left >= 22
        assert right <= 108
        assert top >= 52
        assert bottom <= 86


def test_fonts_are_embedded():
    pdf = draw(letter())
    assert pdf.count(b"/FontFile2") >= 2


def test_the_same_letter_is_the_same_bytes():
    assert draw(letter()) == draw(letter())
    assert draw(letter()) != draw(letter(reference="N-3F9A21C07B5F"))


def test_a_long_table_goes_on_over_pages_under_its_heads():
    rows = tuple((f"m{n}/2026", "10/10/2026", "R$ 1,00", "R$ 1,00") for n in range(120))
    found = pages(draw(letter(body=(Table(HEADS, rows),))))
    assert len(found) > 2
    assert all("Vencimento" in text for text in found)
    assert [f"Página {n} de {len(found)}" in text for n, text in enumerate(found, 1)] == [True] * len(found)
    assert all(f"m{n}/2026" in "".join(found) for n in range(120))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("Maria " * 40, {}),
        ("Maria", {"street": "Rua " * 60}),
        ("Maria", {"district": "x" * 80}),
        ("Maria da Conceição Albuquerque Maranhão Cavalcanti de Assunção", {"street": "Avenida " * 16}),
    ],
)
def test_an_address_too_long_for_the_window_is_refused(name, changes):
    with pytest.raises(Rejected) as refused:
        draw(letter(address=address_lines(name, replace(ADDRESS, **changes))))
    assert refused.value.code == "address-too-long"


@pytest.mark.parametrize("field", ["street", "city", "uf", "postal_code"])
def test_an_incomplete_address_is_refused(field):
    with pytest.raises(Rejected) as refused:
        address_lines("Maria", replace(ADDRESS, **{field: " "}))
    assert (refused.value.code, refused.value.pointer) == ("address-incomplete", f"/address/{field}")


def test_a_person_without_a_name_gets_no_letter():
    with pytest.raises(Rejected):
        address_lines(" ", ADDRESS)


def test_a_house_without_number_is_told_so():
    assert address_lines("Maria", replace(ADDRESS, number="", complement=""))[1] == "Rua das Acácias, s/nº"


def test_a_character_the_font_lacks_loses_its_marks_or_refuses_the_letter():
    assert "Nguyen" in pages(draw(letter(address=("Nguyễn", "Rua A"))))[0]
    with pytest.raises(Rejected) as refused:
        draw(letter(address=("王小明", "Rua A")))
    assert refused.value.code == "letter-unprintable"


def test_markup_in_a_name_is_text():
    assert "<b>Maria</b> & Cia" in pages(draw(letter(body=("<b>Maria</b> & Cia",))))[0]


@pytest.mark.parametrize("reference", ["", "é", "x" * 25, "a\n"])
def test_a_reference_that_is_no_barcode_halts(reference):
    with pytest.raises(Halted):
        draw(letter(reference=reference))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="latin-1", categories=["L", "N", "P"]), min_size=1, max_size=60), max_size=30)
)
def test_any_body_is_drawn_whole(paragraphs):
    # What reads the page takes a hyphen that ends a line for one that divides a word, and says so by U+FFFE.
    found = "".join("".join(pages(draw(letter(body=tuple(paragraphs))))).split()).replace("\ufffe", "-")
    assert all("".join(paragraph.split()) in found for paragraph in paragraphs if "\xad" not in paragraph)
