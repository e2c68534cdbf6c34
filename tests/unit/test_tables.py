"""Portfolio files read row by row: dialects, damage, and going on from any place."""

import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from emdia.errors import Rejected
from emdia.portfolio.imports import Place
from emdia.providers import sheets
from emdia.providers.cells import Unreadable
from emdia.providers.columns import Kind, column_of, read_row
from emdia.providers.erp import parse_event
from emdia.providers.refusals import heading, refusal, template
from emdia.providers.remote import opened
from emdia.providers.tables import MAX_FILE, read_rows
from tests.fakes.house import ANS
from tests.fakes.portfolio import as_csv, as_xlsx, contract, invoice

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


START = Place()


def rows_of(body, after=START):
    return list(read_rows(opened(lambda start, length: body[start : start + length], len(body)), len(body), after))


def events_of(body):
    return [parse_event(read_row(row, ANS), NOW) for row, _ in rows_of(body)]


def refused(body):
    with pytest.raises(Rejected) as raised:
        rows_of(body)
    return raised.value


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_dialect_says_the_same(separator, encoding, ends):
    told = [contract(titular_nome="Zoé; d'Ávila, a\nmoça".replace("\n", " ")), contract("CT-2")]
    assert events_of(as_csv(told, separator, encoding, ends)) == events_of(as_csv(told))


def test_a_row_is_the_event_that_the_door_takes():
    (event,) = events_of(
        as_csv([contract(dependentes="Ana | 111.444.777-35 | 17/05/1980\nZé | 168.995.350-09 | 1/2/2001")])
    )
    data = event["data"]
    assert event["type"] == "contract.upserted"
    assert event["occurred_at"] == "2026-11-20T03:00:00.000Z"
    assert [one["name"] for one in data["beneficiaries"]] == ["Josefa Exemplo da Silva", "Ana", "Zé"]
    assert [(one["id"], one["channel"]) for one in data["contact_points"]] == [
        ("email", "email"), ("celular", "sms"), ("whatsapp", "whatsapp"),
    ]  # fmt: skip
    assert (data["charges"], data["means_of_notice"]) == ({"multa_bp": 200, "juros_bp_month": 100}, ["email", "letter"])
    (fee,) = events_of(as_csv([invoice()]))
    assert fee["data"]["amount_centavos"] == 123456
    assert (fee["data"]["reference"], fee["data"]["due_on"]) == ("2026-11", "2026-11-10")


def test_an_alphanumeric_cnpj():
    (event,) = events_of(as_csv([contract(modalidade="Empresarial", cnpj="12.ABC.345/01DE-35")]))
    assert event["data"]["cnpj"] == "12ABC34501DE35"


def test_the_same_row_is_the_same_event_in_any_file_and_another_row_another():
    first, second = events_of(as_csv([invoice(), invoice("F-2")]))
    (again,) = events_of(as_csv([invoice()], ",", "latin-1"))
    (sheet,) = events_of(as_xlsx([invoice()]))
    assert first["id"] == again["id"] == sheet["id"] != second["id"]


def test_a_workbook_of_days_and_numbers_says_what_its_text_says():
    told = invoice(
        valor=1234.56, vencimento=date(2026, 11, 10), competencia=date(2026, 11, 1), posicao=date(2026, 11, 20)
    )
    assert events_of(as_xlsx([told])) == events_of(as_csv([invoice()]))
    assert events_of(as_xlsx([contract()], [invoice()])) == events_of(as_csv([contract()])) + events_of(
        as_csv([invoice()])
    )
    (event,) = events_of(as_xlsx([contract(titular_cpf=52998224725, cep=1001000, ibge=3550308)]))
    assert event["data"]["address"]["postal_code"] == "01001000"


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_reading_goes_on_after_any_row_as_if_it_had_not_stopped(made):
    told = [contract(f"CT-{n}", complemento="bloco A\nap. 1" if n % 2 else "") for n in range(12)]
    body = made(told)
    whole = rows_of(body)
    assert len(whole) == 12
    for n, (_, place) in enumerate(whole):
        assert rows_of(body, place) == whole[n + 1 :]


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_read():
    lines = as_csv([invoice("F-1"), invoice("F-2"), invoice("F-3"), invoice("F-4")]).split(b"\r\n")
    lines[2] = lines[2].rsplit(b";", 2)[0]
    lines[3] = b'"F"x' + lines[3]
    found = [row for row, _ in rows_of(b"\r\n".join([*lines[:2], b"", *lines[2:]]))]
    assert [(row.number, row.why.code if row.why else "") for row in found] == [
        (2, ""), (4, "row-cells"), (5, "quote-stray"), (6, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("titular_cpf", "111.111.111-11", "cpf-invalid"), ("valor", "489.90", "number-not-brazilian"),
        ("email", "josefa", "email-invalid"), ("celular", "(11) 3333-4444", "phone-not-mobile"),
        ("ibge", "9999999", "ibge-invalid"), ("uf", "RJ", "uf-mismatch"),
        ("vencimento", "30/02/2026", "day-not-brazilian"),
        ("titular_nome", "", "field-missing"), ("multa_percentual", "10,00", "clause-over-cap"),
        ("posicao", "20/11/2027", "instant-in-future"), ("dependentes", "Ana, 1", "people-invalid"),
        ("titular_coberto", "talvez", "yes-or-no"), ("modalidade", "coletivo", "field-invalid"),
        ("competencia", "13/2026", "month-not-brazilian"), ("fatura", "=1+1", "field-invalid"),
    ],
)  # fmt: skip
def test_a_cell_that_is_refused_is_named_by_its_column(column, cell, code):
    made = contract if column in contract() and column != "valor" else invoice
    ((row, _),) = rows_of(as_csv([made(**{column: cell})]))
    with pytest.raises(Rejected) as raised:
        parse_event(read_row(row, ANS), NOW)
    why = raised.value
    named = why.pointer if not why.pointer.startswith("/") else column_of(row, why.pointer)
    assert (why.code, named) == (code, column)


def test_a_refused_row_is_told_whole_and_may_come_back_as_it_is():
    told = invoice(valor="489.90", contrato="=cmd()")
    ((row, _),) = rows_of(as_csv([told]))
    result = heading(Kind.INVOICES) + refusal(row, Rejected("number-not-brazilian", "valor"), "Número inválido.")
    assert "2;number-not-brazilian;valor;Número inválido.;20/11/2026;;'=cmd();" in result
    ((again, _),) = rows_of(result.encode())
    names = again.table.names
    assert {name: cell for name, cell in zip(names, again.cells, strict=True) if name} == told


def test_templates_are_files_that_are_taken():
    for kind in Kind:
        (event,) = events_of(template(kind).encode())
        assert event["id"].startswith("arquivo.")


def test_files_that_are_none():
    assert refused(b"").code == "file-empty"
    assert refused("contrato;fatura".encode("utf-16")).code == "file-not-text"
    assert refused(b"\x00\x01\x02").code == "file-not-text"
    assert refused(b"a;b;c\r\n1;2;3").code == "columns-unknown"
    assert refused(b'"a;b').code == "columns-unknown"
    assert refused(b"x" * 200_000).code == "line-too-long"
    missing = refused(as_csv([{k: v for k, v in invoice().items() if k != "valor"}]))
    assert (missing.code, missing.params) == ("column-missing", {"column": "valor"})
    unknown = refused(as_csv([invoice(desconto="5")]))
    assert (unknown.code, unknown.params) == ("column-unknown", {"column": len(invoice()) + 1})


def test_two_gigabytes_are_refused_unread():
    def never(_start, _length):
        return b"contrato;fatura"[:_length]

    with pytest.raises(Rejected, match="file-too-large"):
        next(read_rows(opened(never, 2 * 1024**3), 2 * 1024**3, Place()))
    assert MAX_FILE < 2 * 1024**3


def test_an_open_quote_ends_the_file_where_it_stands():
    body = as_csv([invoice("F-1"), invoice("F-2")]).rstrip() + b'\r\n"20/11'
    rows = read_rows(opened(lambda s, n: body[s : s + n], len(body)), len(body), Place())
    found = [next(rows)[0].number, next(rows)[0].number]
    with pytest.raises(Rejected) as raised:
        next(rows)
    assert (found, raised.value.code, raised.value.params) == ([2, 3], "quote-open", {"row": 4})


def test_what_a_workbook_may_hide_is_refused():
    good = as_xlsx([invoice(), invoice("F-2")])
    assert refused(as_xlsx([invoice(), invoice("F-2")], merge="A2:B2")).code == "sheet-merged"
    for cut in (30, len(good) // 2, len(good) - 10):
        assert refused(good[:cut]).code == "sheet-broken"
    spoilt = bytearray(good)
    spoilt[len(good) // 3] ^= 0xFF
    assert refused(bytes(spoilt)).code == "sheet-broken"
    ((row, _),) = rows_of(as_xlsx([invoice(valor="=A1*2")]))
    assert Unreadable("cell-formula") in row.cells


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"])
def test_entities_are_never_unfolded(part):
    names = "abcdefghi"
    entities = "".join(f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in pairwise(names))
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">{entities}]>'.encode()
    out, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(as_xlsx([invoice()])))
    with zipfile.ZipFile(out, "w") as archive:
        for name in good.namelist():
            body = good.read(name)
            archive.writestr(name, bomb + body.replace(b"</t>", b"&i;</t>", 1) if name == part else body)
    tracemalloc.start()
    try:
        assert refused(out.getvalue()).code == "sheet-broken"
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_is_not_unpacked(monkeypatch):
    out = io.BytesIO(as_xlsx([invoice()]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * 4_000_000)
    body = out.getvalue()
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 2_000_000)
    tracemalloc.start()
    try:
        assert refused(body).code == "sheet-too-large"
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("rows", [2_000, 40_000])
def test_memory_does_not_grow_with_the_file(rows):
    """The same bound for a file twenty times as long: a piece read ahead, a row, no more."""
    head, line = as_csv([invoice()]).split(b"\r\n")[:2]
    body = b"\r\n".join([head, *[line] * rows])
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(opened(lambda s, n: body[s : s + n], len(body)), len(body), Place()))
        assert count == rows
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
