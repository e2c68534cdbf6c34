# ruff: noqa: T201  a command prints; Tryton's pool must be configured before its modules are imported
"""Tryton's half of the comparison, run by the interpreter of `.venvs/tryton`: prints one line of JSON.

Tryton's own code does everything: its records are made through its models, `generate_dunnings` evaluates and `process`
queues, as its two wizards call them. Only that is measured, and of it only this process's CPU: what its database
server spends is not counted, as the answers of AWS are not counted on our side.
"""

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from dues import STEPS, dues


def main(uri: str, count: int) -> None:
    """Make a database with `count` fees due, dun it, process it, and do both again."""
    from trytond import config

    config.set("database", "uri", uri)
    os.environ["DB_NAME"] = "emdia_bench" if uri.startswith("postgresql") else ":memory:"
    from trytond.tests.test_tryton import CONTEXT, DB_NAME, activate_module

    activate_module("account_dunning")
    company, _ = transacted(DB_NAME, CONTEXT, lambda: seed(count))
    told = {}
    for run in ("first", "second"):
        notices, cpu = transacted(DB_NAME, CONTEXT | {"company": company}, dun)
        told[run] = {"cpu": cpu, "notices": notices}
    print(json.dumps(told))


def transacted(database: str, context: dict[str, object], work: Callable[[], int]) -> tuple[int, float]:
    """What `work` gave and the CPU of its last run: Tryton asks for it again with its tables locked."""
    from trytond.transaction import Transaction, TransactionError

    locks: dict[str, object] = {}
    while True:
        with Transaction().start(database, 1, context=context, **locks) as transaction:
            started = time.process_time()
            try:
                given = work()
                transaction.commit()
            except TransactionError as error:
                transaction.rollback()
                error.fix(locks)
                continue
            return given, time.process_time() - started


def dun() -> int:
    """Evaluate and queue, as the wizards "Create Dunnings" and "Process Dunnings" do; notices made."""
    from trytond.pool import Pool

    dunning = Pool().get("account.dunning")
    dunning.generate_dunnings(date=dt.date.today())  # noqa: DTZ011  Tryton's own clock
    drafts = dunning.search([("state", "=", "draft")])
    dunning.process(drafts)
    return len(drafts)


def seed(count: int) -> int:
    """A company with its chart, a procedure of our steps, and one posted move with all lines; its id."""
    from trytond.modules.account.tests.test_module import create_chart, get_fiscalyear
    from trytond.modules.company.tests.test_module import create_company, set_company
    from trytond.pool import Pool

    pool = Pool()
    company = create_company()
    with set_company(company):
        create_chart(company)
        today = dt.date.today()  # noqa: DTZ011  Tryton's own clock
        year = get_fiscalyear(company, today)
        year.save()
        type(year).create_period([year])
        (procedure,) = pool.get("account.dunning.procedure").create(
            [
                {
                    "name": "Régua",
                    "levels": [
                        ("create", [{"sequence": n, "overdue": dt.timedelta(day)} for n, day in enumerate(STEPS)])
                    ],
                }
            ]
        )
        fees = list(dues(count))
        parties = pool.get("party.party").create(
            [{"name": f"Pessoa {n}", "dunning_procedure": procedure.id} for n, _, _ in fees]
        )
        account = pool.get("account.account")
        receivable, *_ = account.search([("type.receivable", "=", True), ("party_required", "=", True)])
        revenue, *_ = account.search(
            [("type.revenue", "=", True), ("company", "=", company.id), ("closed", "!=", True)]
        )
        lines = [
            {
                "account": receivable.id,
                "party": party.id,
                "debit": Decimal(centavos) / 100,
                "maturity_date": today - dt.timedelta(late),
            }
            for party, (_, late, centavos) in zip(parties, fees)  # noqa: B905  as many as were asked for
        ]
        lines.append({"account": revenue.id, "credit": sum(line["debit"] for line in lines)})
        journal, *_ = pool.get("account.journal").search([("code", "=", "REV")])
        move = pool.get("account.move")
        period = pool.get("account.period").find(company.id, date=today)
        made = move.create(
            [
                {
                    "journal": journal.id,
                    "period": period,
                    "date": today,
                    "company": company.id,
                    "lines": [("create", lines)],
                }
            ]
        )
        move.post(made)
    return company.id


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
