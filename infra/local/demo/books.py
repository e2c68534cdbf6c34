"""Do the books balance? The ledger's entries beside the bank's own book, to the centavo.

Items are read as the table holds them: what money came for an invoice stands in clear, under a name of the bank's
payment that says nothing. What an entry paid is counted again by the rules (payments/settlement.py).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from emdia.aws.plain import reader
from emdia.compliance.charges import Clause
from emdia.money import Centavos
from emdia.payments.settlement import Allocation, Debt, Entry, balance
from infra.local.cloud import Cloud
from infra.local.demo.facts import scan
from infra.local.sandbox.teller import Pix

_WANTED = "sk = :case OR sk = :payment OR begins_with(sk, :invoice)"
_VALUES = {":case": {"S": "CASE"}, ":payment": {"S": "PAYMENT"}, ":invoice": {"S": "INVOICE#"}}


@dataclass(slots=True)
class Ledgers:
    """What the ledger holds of money, operator by operator. Amounts are centavos."""

    open_fees: int = 0
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)  # by partition key
    invoices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    payments: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Balanced:
    """`banked`: the bank's book. It must be `fees` + `charges` + `unallocated` (too much, or for nothing we know).

    `astray`: payments of the bank that the ledger does not have exactly once, or has and the bank does not.
    """

    banked: int
    fees: int
    charges: int
    unallocated: int
    astray: int

    @property
    def difference(self) -> int:
        """Zero when the books balance."""
        return self.banked - self.fees - self.charges - self.unallocated


def read_ledgers(cloud: Cloud) -> Ledgers:
    """Everything in one reading of the table."""
    found = Ledgers()
    for item in scan(cloud, cloud.table("ledger"), _WANTED, _VALUES, ("pk", "sk", "d")):
        where, told = item["pk"]["S"], json.loads(item["d"]["S"])
        if item["sk"]["S"] == "CASE":
            found.cases[where] = told
            found.open_fees += len(told.get("invoices", ()))
        elif item["sk"]["S"] == "PAYMENT":
            found.payments.append((where, told))
        elif told.get("entries"):
            found.invoices.append((where, told))
    return found


def balanced(held: Ledgers, book: Iterable[Pix]) -> Balanced:
    """The ledger beside the bank's book."""
    known = {(where.partition("#")[0], told["id"]): told for where, told in held.payments}
    paid: dict[str, int] = defaultdict(int)
    entered: Counter[tuple[str, str]] = Counter()
    for where, told in held.invoices:
        ans = where.partition("#")[0]
        for part in _allocated(told, held.cases[where]):
            if (ans, part.entry) in known:
                entered[ans, part.entry] += 1
                paid["fees"] += part.principal
                paid["charges"] += part.juros + part.multa
                paid["unallocated"] += part.unallocated
    for name, told in known.items():
        if told["status"] == "parked":
            paid["unallocated"] += told["amount"]
            entered[name] += 1
    pixes = list(book)
    ours = Counter((ans, told["txid"], told["amount"]) for (ans, _), told in known.items())
    theirs = Counter((pix.operator, pix.txid, pix.amount) for pix in pixes)
    astray = ((ours - theirs) + (theirs - ours)).total() + sum(entered[name] != 1 for name in known)
    banked = sum(pix.amount for pix in pixes)
    return Balanced(banked, paid["fees"], paid["charges"], paid["unallocated"], astray)


def _allocated(invoice: Mapping[str, Any], case: Mapping[str, Any]) -> Sequence[Allocation]:
    """Where each entry of an invoice went."""
    entries = [reader(Entry)(one) for one in invoice["entries"]]
    clause = None
    if case.get("multa_bp") is not None or case.get("juros_bp_month") is not None:
        clause = Clause(case.get("multa_bp") or 0, case.get("juros_bp_month") or 0)
    amount = Centavos(0 if invoice.get("status") == "cancelled" else invoice["amount"])
    debt = Debt(amount, date.fromisoformat(invoice["due_on"]), clause, case["uf"])
    return balance(debt, entries, max(one.on for one in entries)).allocations
