"""Which fees an SMS or a WhatsApp message is about, from its words alone: it names a total, and months or days.

The total is checked on the way: it must be what those fees cost that day, by the contract's own clause.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import combinations

from emdia.calendar import effective_due_date
from emdia.compliance.charges import Clause, charges
from emdia.messages.spelling import spell_date, spell_month
from emdia.money import Centavos
from infra.local.demo.bills import Bill
from infra.local.demo.portfolio import Account

_TOTAL = re.compile(r"R\$\s?([0-9.]+),([0-9]{2})")
_BOLD_TOTAL = re.compile(r"\*R\$\s?([0-9.]+),([0-9]{2})\*")
_SEVERAL = re.compile(r"([0-9]+) mensalidades em aberto")
NOTICE = "comunica que há mensalidades em aberto no contrato abaixo"
SHORT_NOTICES = "notificacao por falta de pagamento", "notificação por falta de pagamento", "notificacao de debito"
CORRECTED = 9, 10  # a corrected fee is so much of what it was


def fees_named(text: str, on: date, accounts: Sequence[Account], may_ask: Callable[[Bill], bool]) -> list[Bill]:
    """The fees of one of `accounts` that `text`, sent on the local day `on`, asks for; [] when nothing fits.

    Where the words leave a choice, it falls on what they `may_ask` for: no guess is held against the sender.
    """
    found = _BOLD_TOTAL.search(text) or _TOTAL.search(text)
    if found is None:
        return []
    total = int(found[1].replace(".", "") + found[2])
    several = _SEVERAL.search(text)
    fitting = [some for account in accounts for some in _fitting(account, int(several[1]) if several else 1, total, on)]
    named = [(sum(_mentioned(bill, uf, text, on) for bill in some), some) for uf, some in fitting]
    if several is None:
        named = [one for one in named if one[0]]
    return list(max(named, key=lambda one: (one[0], sum(map(may_ask, one[1]))), default=(0, ()))[1])


def _fitting(account: Account, count: int, total: int, on: date) -> Iterator[tuple[str, tuple[Bill, ...]]]:
    """With the state: so many of the account's fees that cost `total` together."""
    known = [bill for bill in account.fees if bill.issued_on <= on]
    for some in combinations(known, count):
        totals = {0}
        for bill in some:
            totals = {before + cost for before in totals for cost in _costs(bill, account, on)}
        if total in totals:
            yield account.holder.place.uf, some


def _costs(bill: Bill, account: Account, on: date) -> set[int]:
    """What a fee costs on a day, as issued and as corrected."""
    clause = Clause(*account.charges) if account.charges is not None else None
    amounts = (bill.amount, bill.amount * CORRECTED[0] // CORRECTED[1])
    return {charges(Centavos(one), bill.due_on, on, clause, account.holder.place.uf).total for one in amounts}


def _mentioned(bill: Bill, uf: str, text: str, on: date) -> bool:
    month = spell_month(bill.reference)
    figures = f"{bill.reference[5:]}/{bill.reference[:4]} em aberto"
    days = [spell_date(bill.due_on), spell_date(effective_due_date(bill.due_on, uf))]
    today = "vence hoje" in text and on == bill.due_on
    return today or any(words in text for words in (month, f" {figures}", *days))


def of_notice(bill: Bill, text: str) -> bool:
    """Whether the notice of RN 593 in `text` is about the fee: it names contract and due date."""
    return f"Contrato nº {bill.account}." in text and f"vencimento {spell_date(bill.due_on)}," in text
