"""What a notice must say (RN 593 art. 10, CDC art. 42-A): the eight items, checked before a word is written.

Holds personal data: never log it; errors name fields only.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256

from emdia.calendar import effective_due_date
from emdia.compliance.charges import Clause, Itemised
from emdia.compliance.notice import Consequence, Notice
from emdia.compliance.notice_days import last_day_to_pay
from emdia.compliance.rules import NOTICE_CONTENT, NOTICE_TEN_DAYS
from emdia.errors import Rejected
from emdia.identity import parse_ans, parse_cnpj, parse_cpf
from emdia.money import Centavos
from emdia.payments.settlement import Debt, Entry, owed


@dataclass(frozen=True, slots=True)
class Supplier:
    """Item 1: who collects."""

    name: str
    address: str
    cnpj: str
    ans_register: str


@dataclass(frozen=True, slots=True)
class Named:
    """A natural person as the notice names them."""

    name: str
    cpf: str


@dataclass(frozen=True, slots=True)
class NamedPlan:
    """Item 3: the plan, by name, contract number and register at ANS."""

    name: str
    number: str
    ans_register: str


@dataclass(frozen=True, slots=True)
class DebtLine:
    """Items 4 and 5: one open month, what settles it on the issue date, and its days unpaid on that date.

    `fee` and `entries` are the whole fee and what was paid of it; without them nothing was paid.
    """

    reference: str
    due_on: date
    owed: Itemised
    fee: Centavos | None = None
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The whole of it. `contacts` and `how_to_pay` are sentences of the operator."""

    supplier: Supplier
    person: Named
    affected: tuple[Named, ...]  # every beneficiary the consequence may reach
    plan: NamedPlan
    issued_on: date
    debts: tuple[DebtLine, ...]
    total: Centavos
    how_to_pay: str
    pay_by: date
    consequence: Consequence
    contacts: str


def check(
    content: Content, linked: Collection[str], clause: Clause | None, uf: str = "", resting: tuple[date, ...] = ()
) -> Content:
    """`content` itself, when nothing is missing, wrong or untrue on its issue date.

    `linked` are the CPFs (digits) of all beneficiaries the consequence may reach; `clause` is the contract's, `uf` the
    state of the registered address, on whose holidays nobody can pay, nor on those of its municipality, `resting`.
    Raises Rejected: `notice-incomplete` for an empty item or a missing beneficiary, `notice-inexact` for a value
    that is not that of the issue date, `notice-term-short` for fewer than ten days, and the codes of identity.py.
    """
    for name in ("supplier", "person", "plan"):
        part = getattr(content, name)
        for field in fields(part):
            _told(getattr(part, field.name), f"/{name}/{field.name}")
    _told(content.how_to_pay, "/how_to_pay")
    _told(content.contacts, "/contacts")
    parse_cnpj(content.supplier.cnpj, "/supplier/cnpj")
    parse_ans(content.supplier.ans_register, "/supplier/ans_register")
    parse_cpf(content.person.cpf, "/person/cpf")
    for n, one in enumerate(content.affected):
        _told(one.name, f"/affected/{n}/name")
        parse_cpf(one.cpf, f"/affected/{n}/cpf")
    if {parse_cpf(one.cpf) for one in content.affected} != set(linked) or not linked:
        raise Rejected("notice-incomplete", "/affected", rule=NOTICE_CONTENT)
    _check_debts(content, clause, uf, resting)
    if content.pay_by < last_day_to_pay(content.issued_on, uf, resting):
        raise Rejected("notice-term-short", "/pay_by", rule=NOTICE_TEN_DAYS)
    return content


def draft(
    notice: str,
    fees: tuple[str, ...],
    content: Content,
    linked: Collection[str],
    clause: Clause | None,
    words: bytes,
    uf: str = "",
) -> Notice:
    """The notice called `notice`, of the invoices `fees`, in the order of `content.debts`.

    `words` is what the person will read. Raises as `check` does, and Rejected `notice-incomplete` when debts and
    fees are not as many.
    """
    check(content, linked, clause, uf)
    if len(fees) != len(content.debts):
        raise Rejected("notice-incomplete", "/debts", rule=NOTICE_CONTENT)
    digest = sha256(words).hexdigest()
    return Notice(id=notice, fees=fees, consequence=content.consequence, content=digest, pay_by=content.pay_by)


def _told(text: str, pointer: str) -> None:
    if not text.strip():
        raise Rejected("notice-incomplete", pointer, rule=NOTICE_CONTENT)


def _check_debts(content: Content, clause: Clause | None, uf: str, resting: tuple[date, ...]) -> None:
    if not content.debts:
        raise Rejected("notice-incomplete", "/debts", rule=NOTICE_CONTENT)
    for n, line in enumerate(content.debts):
        _told(line.reference, f"/debts/{n}/reference")
        fee = line.owed.principal if line.fee is None else line.fee
        exact = owed(Debt(fee, line.due_on, clause, uf, resting=resting), line.entries, content.issued_on)
        late = effective_due_date(line.due_on, uf, resting) < content.issued_on
        if line.owed != exact or not late or exact.principal == 0:
            raise Rejected("notice-inexact", f"/debts/{n}/owed", rule=NOTICE_CONTENT)
    if content.total != sum(line.owed.total for line in content.debts):
        raise Rejected("notice-inexact", "/total", rule=NOTICE_CONTENT)
