"""The columns of a portfolio file, and each row as the event that the signed door takes.

An event's id is a hash of what the row says, so that the same row is the same event however often, and in whichever
file, it comes. `posicao` is the day of which the row speaks: what the ERP told later stands above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from emdia.errors import Rejected
from emdia.portfolio.events import canonical
from emdia.providers import cells
from emdia.providers.cells import Cell, Parse, plain


class Kind(StrEnum):
    """What the rows of a table are."""

    CONTRACTS = "contratos"
    INVOICES = "faturas"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it becomes (`path` in the event, "" where a function of its own takes it), and an example."""

    name: str
    path: str
    parse: Parse
    example: str
    required: bool = True


def _optional(name: str, path: str, parse: Parse, example: str) -> Column:
    return Column(name, path, parse, example, required=False)


def _choice(cell: Cell) -> str:
    return plain(cells.text(cell)).replace(" ", "_")


def _people(cell: Cell) -> list[dict[str, str]]:
    """One person a line: `nome | CPF | nascimento`."""
    people = []
    for line in cells.text(cell).splitlines():
        parts = [part.strip() for part in line.split("|")]
        if parts == [""]:
            continue
        if len(parts) != 3:
            raise Rejected("people-invalid")
        people.append({"name": parts[0], "cpf": parts[1], "birth_on": cells.day(parts[2])})
    return people


def _means(cell: Cell) -> list[str]:
    words = {"carta": "letter", "ligacao": "call", "preposto": "agent"}
    told = [plain(word) for word in cells.text(cell).replace(",", "|").split("|")]
    return [words.get(word, word) for word in told if word]


_COMMON: Final = (
    Column("posicao", "/occurred_at", cells.moment, "24/11/2026"),
    _optional("sequencia", "/sequence", cells.whole, ""),
    Column("contrato", "/data/contract", cells.text, "000123"),
)
_POINTS: Final = {"email": "email", "celular": "sms", "whatsapp": "whatsapp"}

COLUMNS: Final[Mapping[Kind, Sequence[Column]]] = {
    Kind.CONTRACTS: (
        *_COMMON,
        Column("modalidade", "/data/kind", _choice, "individual"),
        Column("assinado_em", "/data/signed_on", cells.day, "01/03/2015"),
        _optional("regulamentado", "/data/regulated", cells.yes, "sim"),
        Column("plano", "/data/plan/name", cells.text, "Plano Exemplo"),
        Column("plano_ans", "/data/plan/ans_register", cells.text, "473.123/15-9"),
        Column("titular_nome", "/data/holder/name", cells.text, "Josefa Exemplo da Silva"),
        Column("titular_cpf", "/data/holder/cpf", cells.digits(11), "529.982.247-25"),
        Column("titular_nascimento", "/data/holder/birth_on", cells.day, "30/04/1961"),
        Column("titular_coberto", "", cells.yes, "sim"),
        _optional("cnpj", "/data/cnpj", cells.digits(14), ""),
        _optional("dependentes", "/data/beneficiaries", _people, "Ana Exemplo | 111.444.777-35 | 17/05/1980"),
        Column("logradouro", "/data/address/street", cells.text, "Rua das Acácias"),
        Column("numero", "/data/address/number", cells.text, "100"),
        _optional("complemento", "/data/address/complement", cells.text, "ap. 12"),
        Column("bairro", "/data/address/district", cells.text, "Centro"),
        Column("cidade", "/data/address/city", cells.text, "São Paulo"),
        Column("uf", "/data/address/uf", cells.text, "SP"),
        Column("cep", "/data/address/postal_code", cells.digits(8), "01001-000"),
        Column("ibge", "/data/address/ibge", cells.digits(7), "3550308"),
        _optional("email", "", cells.text, "josefa@exemplo.com.br"),
        _optional("celular", "", cells.text, "(11) 98765-4321"),
        _optional("whatsapp", "", cells.text, "(11) 98765-4321"),
        _optional("meios_de_notificacao", "/data/means_of_notice", _means, "email, carta"),
        _optional("multa_percentual", "/data/charges/multa_bp", cells.hundredths, "2,00"),
        _optional("juros_percentual_mes", "/data/charges/juros_bp_month", cells.hundredths, "1,00"),
        _optional("exclusao_prevista", "/data/exclusion_agreed", cells.yes, ""),
    ),
    Kind.INVOICES: (
        *_COMMON,
        Column("fatura", "/data/invoice", cells.text, "F-2026-11-000123"),
        Column("competencia", "/data/reference", cells.month, "11/2026"),
        Column("vencimento", "/data/due_on", cells.day, "10/11/2026"),
        Column("valor", "/data/amount_centavos", cells.hundredths, "1.234,56"),
        _optional("pix", "/data/payment/pix", cells.text, ""),
        _optional("linha_digitavel", "/data/payment/digitable_line", cells.text, ""),
        _optional("link", "/data/payment/url", cells.text, ""),
    ),
}
_TYPE: Final = {Kind.CONTRACTS: "contract.upserted", Kind.INVOICES: "invoice.issued"}
# What the result file puts before a refused row: it may be corrected and dropped in again as it is.
RESULT: Final = ("linha", "codigo", "campo", "motivo")


@dataclass(frozen=True, slots=True)
class Table:
    """A header understood: which kind, and the name of each column (None: a column of ours that is passed over)."""

    kind: Kind
    names: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: its number as a spreadsheet counts, and its cells beside their columns' names.

    `why` where it could not even be read.
    """

    number: int
    table: Table
    cells: Sequence[Cell] = field(repr=False)
    why: Rejected | None = None


def read_header(told: Sequence[Cell]) -> Table:
    """The table that a header announces. Raises Rejected `columns-unknown`, `column-unknown`, `column-missing`."""
    words = [plain(cells.shown(cell)).replace(" ", "_") for cell in told]
    while words and not words[-1]:
        words.pop()
    kind = Kind.INVOICES if "fatura" in words else Kind.CONTRACTS if "titular_nome" in words else None
    if kind is None:
        raise Rejected("columns-unknown")
    known = {column.name for column in COLUMNS[kind]}
    for place, word in enumerate(words, 1):
        if (word not in known and word not in RESULT) or words.index(word) != place - 1:
            raise Rejected("column-unknown", column=place)
    missing = [column.name for column in COLUMNS[kind] if column.required and column.name not in words]
    if missing:
        raise Rejected("column-missing", column=", ".join(missing))
    return Table(kind, tuple(None if word in RESULT else word for word in words))


def read_row(row: Row, ans: str) -> dict[str, Any]:
    """The row as an event of operator `ans`, not validated yet. Raises Rejected with the column as its pointer."""
    if row.why is not None:
        raise row.why
    found = _filled(row)
    told: dict[str, Any] = {"type": _TYPE[row.table.kind], "operator": ans, "data": {}}
    for column in COLUMNS[row.table.kind]:
        if column.name not in found:
            if column.required:
                raise Rejected("field-missing", column.name)
            continue
        if column.path:
            _put(told, column.path, _parsed(column, found))
    if row.table.kind is Kind.CONTRACTS:
        _complete(told["data"], found)
    return {**told, "id": f"arquivo.{sha256(canonical(told).encode()).hexdigest()[:40]}"}


def column_of(row: Row, pointer: str) -> str:
    """The column that a pointer into the event of `row` is about, "" where it is about the whole row."""
    if pointer.startswith("/data/contact_points/"):
        told = [name for name in _POINTS if name in _filled(row)]
        place = pointer.split("/")[3]
        return told[int(place)] if place.isdigit() and int(place) < len(told) else ""
    paths = [(column.path, column.name) for column in COLUMNS[row.table.kind] if column.path]
    fit = [(len(path), name) for path, name in paths if pointer == path or pointer.startswith(f"{path}/")]
    if fit:
        return max(fit)[1]
    below = (name for path, name in paths if path.startswith(f"{pointer}/") and pointer.count("/") > 1)
    return next(below, "")


def _filled(row: Row) -> Mapping[str, Cell]:
    pairs = zip(row.table.names, row.cells, strict=False)
    return {name: cell for name, cell in pairs if name is not None and cell not in ("", None)}


def _parsed(column: Column, found: Mapping[str, Cell]) -> object:
    try:
        return column.parse(found[column.name])
    except Rejected as refused:
        raise Rejected(refused.code, column.name) from None


def _put(told: dict[str, Any], path: str, value: object) -> None:
    *above, last = path.strip("/").split("/")
    for part in above:
        told = told.setdefault(part, {})
    told[last] = value


def _complete(data: dict[str, Any], found: Mapping[str, Cell]) -> None:
    """What no single column says: who is covered, how to reach them, and a clause with one half only."""
    by_name = {column.name: column for column in COLUMNS[Kind.CONTRACTS]}
    covered = _parsed(by_name["titular_coberto"], found)
    data["beneficiaries"] = [*([dict(data["holder"])] if covered else []), *data.get("beneficiaries", [])]
    points = [
        {"id": name, "channel": channel, "value": _parsed(by_name[name], found), "preference": place}
        for place, (name, channel) in enumerate(_POINTS.items())
        if name in found
    ]
    if points:
        data["contact_points"] = points
    if "charges" in data:
        data["charges"] = {"multa_bp": 0, "juros_bp_month": 0, **data["charges"]}
