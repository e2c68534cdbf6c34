"""The words of the notice of RN 593: one text for every means, its eight items in the order of the norm.

Plain, true and without threat: it says what may follow, from when, and how to avoid it. `TEXT` names this wording;
whoever changes a sentence raises it, and whatever changes in this file is another thing to approve (`digest`). Holds
personal data: never log it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from emdia.compliance.notice import Consequence
from emdia.compliance.notice_content import Content
from emdia.messages.letter import Letter, Table
from emdia.messages.spelling import mask_cnpj, spell_date
from emdia.money import format_brl

TEXT: Final = "notificacao/1"
SUBJECT: Final = "Notificação por falta de pagamento do plano de saúde"
_MONTHS = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
_FOLLOWS: Mapping[Consequence, str] = {
    Consequence.SUSPEND: "a cobertura do plano poderá ser suspensa para todas as pessoas indicadas acima",
    Consequence.EXCLUDE: "as pessoas indicadas acima poderão ser excluídas do contrato coletivo",
    Consequence.RESCIND: "o contrato poderá ser rescindido, e o plano terminará para todas as pessoas indicadas acima",
}
_HEADS = ("Mensalidade", "Vencimento", "Dias em aberto", "Valor", "Multa", "Juros", "Total")


@cache
def digest() -> str:
    """Hex SHA-256 of this wording: what legal and the ethics committee approve (compliance/approval.py)."""
    files = (Path(__file__), Path(__file__).with_name("notice_short.py"))
    return sha256(b"\0".join(one.read_bytes() for one in files)).hexdigest()


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """Subject and body; the body holds one table, the debt."""

    subject: str
    place_and_date: str
    body: tuple[str | Table, ...]


def notice_words(content: Content) -> NoticeWords:
    """`content` in words. It must have passed `notice_content.check`."""
    person, plan, supplier = content.person, content.plan, content.supplier
    issued = spell_date(content.issued_on)
    affected = "; ".join(f"{one.name}, CPF {_mask_cpf(one.cpf)}" for one in content.affected)
    fees = "Esta mensalidade está" if len(content.debts) == 1 else f"Estas {len(content.debts)} mensalidades estão"
    body: tuple[str | Table, ...] = (
        f"{person.name}, CPF {_mask_cpf(person.cpf)}:",
        (
            f"{supplier.name}, operadora do plano, CNPJ {mask_cnpj(supplier.cnpj)}, registro ANS nº "
            f"{supplier.ans_register}, {supplier.address}, comunica que há mensalidades em aberto no contrato abaixo. "
            "Se você já pagou ou negociou, desconsidere esta notificação e avise a operadora."
        ),
        f"Plano: {plan.name}, registro ANS nº {plan.ans_register}. Contrato nº {plan.number}.",
        f"Pessoas do contrato que podem ser afetadas: {affected}.",
        f"{fees} em aberto. Os valores são os de {issued}, data desta notificação:",
        _debt(content),
        f"Como pagar: {content.how_to_pay}",
        (
            f"Até quando: pague ou fale com a operadora até {spell_date(content.pay_by)}. Se esta notificação chegar "
            f"depois de {issued}, o prazo é de dez dias corridos contados do recebimento, e nunca termina antes "
            "daquela data. Enquanto o pagamento não é feito, o valor pode aumentar com os encargos do contrato; peça "
            "o valor do dia."
        ),
        (
            "O que pode acontecer: se o valor não for pago nem negociado nesse prazo, e quando houver ao menos duas "
            f"mensalidades em aberto e mais de sessenta dias de atraso, {_FOLLOWS[content.consequence]} (Lei "
            "9.656/1998, art. 13, parágrafo único, II; RN ANS 593/2023). Nada acontece durante internação."
        ),
        (
            "Se você não concorda com a existência ou com o valor desta dívida, diga isso à operadora nesse prazo: ela "
            "deve responder e conceder novos dez dias depois da resposta."
        ),
        f"Dúvidas, segunda via e negociação: {content.contacts}.",
    )
    day = content.issued_on
    return NoticeWords(SUBJECT, f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}", body)


def to_bytes(words: NoticeWords) -> bytes:
    """The words as they are kept under lock: every means says exactly these."""
    body = [part if isinstance(part, str) else asdict(part) for part in words.body]
    told = {"texto": TEXT, "assunto": words.subject, "data": words.place_and_date, "corpo": body}
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()


def from_bytes(kept: bytes) -> NoticeWords:
    """What `to_bytes` wrote, in this or an earlier wording."""
    told = json.loads(kept)
    body = tuple(part if isinstance(part, str) else _table_of(part) for part in told["corpo"])
    return NoticeWords(told["assunto"], told["data"], body)


def as_letter(words: NoticeWords, reference: str, sender: tuple[str, ...], address: tuple[str, ...]) -> Letter:
    """The notice on paper."""
    return Letter(
        reference=reference,
        sender=sender,
        address=address,
        place_and_date=words.place_and_date,
        subject=words.subject,
        body=words.body,
    )


def as_text(words: NoticeWords, confirm_url: str) -> str:
    """The notice as plain text; `confirm_url` is where the person confirms that they received it, "" on paper."""
    body = ["\n".join(_row(one, row) for row in _rows(one)) if isinstance(one, Table) else one for one in words.body]
    confirm = [f"Confirme o recebimento desta notificação: {confirm_url}"] if confirm_url else []
    return "\n\n".join([words.place_and_date, *body, *confirm]) + "\n"


def as_html(words: NoticeWords, confirm_url: str) -> str:
    """The notice as HTML of an e-mail, every value escaped: the provider escapes nothing.

    Its figures stand in lines, not in a table: seven columns do not fit a telephone, and the last is the debt.
    """
    link = escape(confirm_url, quote=True)
    heading = f'<h1 style="font-size:20px">{escape(words.subject)}</h1>'
    confirm = f'<p><a href="{link}" style="font-weight:bold">Confirmar o recebimento desta notificação</a></p>'
    style = (
        "font-family:Arial,sans-serif;font-size:16px;line-height:1.5;max-width:640px;margin:0 auto;padding:16px;"
        "overflow-wrap:anywhere"
    )
    head = (
        '<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Notificação</title></head>'
    )
    return f'{head}<body><div style="{style}">{heading}{words_html(words)}{confirm}</div></body></html>\n'


def words_html(words: NoticeWords) -> str:
    """Date and body as HTML for a telephone's width, the table in lines; every value escaped."""
    parts = [f"<p>{escape(words.place_and_date)}</p>"]
    for one in words.body:
        if isinstance(one, Table):
            lines = [f"<li>{escape(_row(one, row).removeprefix('- '))}</li>" for row in _rows(one)]
            parts.append(f"<ul>{''.join(lines)}</ul>")
        else:
            parts.append(f"<p>{escape(one)}</p>")
    return "".join(parts)


def _debt(content: Content) -> Table:
    rows = tuple(
        (
            line.reference,
            spell_date(line.due_on),
            str((content.issued_on - line.due_on).days),
            format_brl(line.owed.principal),
            format_brl(line.owed.multa),
            format_brl(line.owed.juros),
            format_brl(line.owed.total),
        )
        for line in content.debts
    )
    return Table(_HEADS, rows, ("Total", "", "", "", "", "", format_brl(content.total)))


def _table_of(told: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(row) for row in told["rows"])
    return Table(tuple(told["heads"]), rows, tuple(told["total"]))


def _rows(table: Table) -> tuple[tuple[str, ...], ...]:
    return (*table.rows, *((table.total,) if table.total else ()))


def _row(table: Table, row: tuple[str, ...]) -> str:
    """One row in words, heads beside values: a table of spaces breaks in every mail program."""
    cells = [(head, cell) for head, cell in zip(table.heads[1:], row[1:], strict=True) if cell]
    told = [cell if head == row[0] else f"{head.lower()} {cell}" for head, cell in cells]  # never "Total: total"
    return f"- {row[0]}: {', '.join(told)}"


def _mask_cpf(cpf: str) -> str:
    return f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"
