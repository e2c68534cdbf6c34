"""The door of portfolio files: rows become the ERP's events, once, and every refused one is told with its reason."""

import base64
import csv
import json

import pytest

from emdia import wiring
from emdia.facts import LogClass
from emdia.portfolio.case import InvoiceStatus
from emdia.providers.columns import Kind
from emdia.workflows import import_file as importing
from functions.apply_erp_event.handler import handle as apply
from functions.import_file.handler import handle
from functions.receive_erp_event.handler import handle as door
from tests.fakes import erp
from tests.fakes.house import ANS, ERP_QUEUE, IMPORTS_QUEUE, JOURNAL, LEDGER
from tests.fakes.portfolio import as_csv, as_xlsx, contract, drop, eventbridge, invoice
from tests.functions.sqs import batch


@pytest.fixture
def house(road):
    road.at("2026-11-25")
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    return road


def take(house, file):
    """The event, and the messages that the function sends itself, until it is done."""
    bodies = [eventbridge(file, house.clock.now())]
    while bodies:
        answer = handle(batch(bodies), None)
        assert answer == {"batchItemFailures": []}
        bodies = house.sqs.take(IMPORTS_QUEUE, 100)


def apply_all(house):
    while bodies := house.sqs.take(ERP_QUEUE, 10):
        assert apply(batch(bodies), None) == {"batchItemFailures": []}


def ask(file, action, **more):
    return handle({"action": action, "key": file.key, "version": file.version, "actor": "ana", **more}, None)


def status(file):
    return ask(file, "status")["result"]


def result(house, file, kind=Kind.INVOICES):
    body = house.intake.stored.get(f"resultado/{file.client}/{file.name}.{kind}.csv", [b""])[-1].decode("utf-8-sig")
    return list(csv.DictReader(body.splitlines(), delimiter=";"))


def inbox(house):
    rows = [row for row in house.dynamodb.stored(LEDGER) if row["pk"]["S"].startswith(f"{ANS}#IN#")]
    return len(rows)


def record(house, number="CT-1"):
    return house.ledger().record(house.pseudonyms.of(ANS, "contract", number))


def test_contracts_and_invoices_of_one_workbook_are_in_the_ledger(house):
    file = drop(house, "carteira.xlsx", as_xlsx([contract(), contract("CT-2")], [invoice(), invoice("F-2", "CT-2")]))
    take(house, file)
    told = status(file)
    assert (told["status"], told["accepted"], told["refused"]) == ("done", 4, 0)
    apply_all(house)
    for number in ("CT-1", "CT-2"):
        sorts = [state.ref.sort.partition("#")[0] for state in record(house, number)]
        assert {"CASE", "CONTRACT", "INVOICE"} <= set(sorts)


def test_twice_changes_nothing(house):
    rows = [invoice(f"F-{n}") for n in range(5)]
    take(house, drop(house, "c.csv", as_csv([contract()])))
    take(house, drop(house, "f.csv", as_csv(rows)))
    apply_all(house)
    before = record(house)
    kept = inbox(house)
    again = drop(house, "outra vez.csv", as_csv(rows, ",", "latin-1"))
    take(house, again)
    apply_all(house)
    assert status(again)["accepted"] == 5
    assert (record(house), inbox(house)) == (before, kept)


def test_what_the_erp_told_later_stands_above_the_file(house):
    now = house.clock.now()
    call = erp.call(house, [erp.contract(now), erp.invoice(now, amount_centavos=5_000)])
    assert door(call, None)["statusCode"] == 202
    apply_all(house)
    take(house, drop(house, "f.csv", as_csv([invoice("F-1")])))
    apply_all(house)
    (fee,) = [state for state in record(house) if state.ref.sort.startswith("INVOICE")]
    assert (fee.amount, fee.status) == (5_000, InvoiceStatus.OPEN)


def test_a_refused_row_is_told_with_its_number_its_column_and_why_in_portuguese(house):
    rows = [invoice(), invoice("F-2", valor="489.90"), invoice("F-3", competencia="13/2026"), invoice("F-4")]
    file = drop(house, "f.csv", as_csv(rows))
    take(house, file)
    assert (status(file)["accepted"], status(file)["refused"]) == (2, 2)
    found = [(one["linha"], one["codigo"], one["campo"], one["motivo"], one["fatura"]) for one in result(house, file)]
    assert found == [
        ("3", "number-not-brazilian", "valor", "Número inválido: use 1.234,56, com duas casas no máximo.", "F-2"),
        ("4", "month-not-brazilian", "competencia", "Competência inválida: use MM/AAAA.", "F-3"),
    ]


def test_a_row_that_was_parked_when_applied_is_refused_the_next_time_with_that_reason(house):
    take(house, drop(house, "f.csv", as_csv([invoice()])))
    apply_all(house)
    house.clock.move(days=8)
    (key,) = [row for row in house.dynamodb.stored(LEDGER) if row["pk"]["S"].startswith(f"{ANS}#IN#")]
    message = {"ans": ANS, "client": erp.CLIENT, "events": [key["pk"]["S"].rsplit("#", 1)[1]]}
    house.show_clock()
    apply(batch([message]), None)
    again = drop(house, "g.csv", as_csv([invoice()]))
    take(house, again)
    assert [one["codigo"] for one in result(house, again)] == ["contract-never-came"]


def test_a_file_that_ends_in_the_middle_keeps_what_stood_before(house):
    body = as_csv([contract(), contract("CT-2")]).rstrip() + b'\r\n"20/11'
    file = drop(house, "c.csv", body)
    take(house, file)
    told = status(file)
    assert (told["status"], told["reason"], told["accepted"]) == ("refused", "quote-open", 2)
    (line,) = result(house, file, Kind.CONTRACTS)
    assert (line["linha"], line["codigo"]) == ("4", "quote-open")
    assert "linha 4" in line["motivo"]


def test_a_file_that_is_none_is_refused_with_what_to_do(house):
    file = drop(house, "lista.csv", b"nome;telefone\r\nJosefa;11\r\n")
    take(house, file)
    assert status(file)["reason"] == "columns-unknown"
    (line,) = result(house, file, Kind.CONTRACTS)
    assert "--template" in line["motivo"]


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_workers_that_run_out_of_time_end_with_what_one_would_have_done(house, monkeypatch, made):
    rows = [invoice(f"F-{n}", valor="1.0" if n % 7 == 3 else "10,00") for n in range(60)]
    monkeypatch.setattr(importing, "CHUNK", 10)
    once = drop(house, "uma.csv", made(rows))
    take(house, once)
    kept = inbox(house)
    monkeypatch.setattr(importing, "PATIENCE_SECONDS", -1.0)
    slow = drop(house, "partes.csv", made(rows))

    def one_chunk(*_given):
        ticks = iter([0.0, -2.0, 0.0])  # the first look finds time, the second none
        return lambda: next(ticks)

    turns = 0
    bodies = [eventbridge(slow, house.clock.now())]
    while bodies:
        turns += 1
        ready = wiring.import_file()
        object.__setattr__(ready, "stopwatch", one_chunk())
        assert handle(batch(bodies), None, deps=ready) == {"batchItemFailures": []}
        bodies = house.sqs.take(IMPORTS_QUEUE, 100)
    assert turns > 5
    done = {name: status(once)[name] for name in ("status", "accepted", "refused", "row", "offset")}
    assert done == {name: status(slow)[name] for name in done}
    assert result(house, slow) == result(house, once)
    assert inbox(house) == kept


def test_what_people_see_is_recorded_first_and_not_shown_when_it_cannot_be(house):
    file = drop(house, "f.csv", as_csv([invoice(valor="x")]))
    assert status(file) == {"status": "waiting"}
    assert ask(file, "result", kind="faturas")["problem"]["code"] == "import-running"
    take(house, file)
    shown = ask(file, "result", kind="faturas")["result"]
    assert shown["next"] is None
    assert "number-not-brazilian" in base64.b64decode(shown["body"]).decode()
    seen = [row for row in house.dynamodb.stored(JOURNAL) if row.get("class", {}).get("S") == LogClass.ACESSO]
    assert [row["kind"]["S"] for row in seen] == ["import.viewed"]
    house.faults.fail("PutItem")
    house.clock.move(seconds=1)
    house.show_clock()
    assert ask(file, "result", kind="faturas")["problem"]["code"] == "try-later"
    assert ask(file, "result", kind="contratos")["result"] == {"body": "", "next": None}


def test_who_nobody_knows_imports_nothing(house):
    file = drop(house, "f.csv", as_csv([invoice()]), client="ninguem")
    assert handle(batch([eventbridge(file, house.clock.now())]), None) == {"batchItemFailures": []}
    assert inbox(house) == 0
    assert ask(file, "status")["problem"]["code"] == "client-unknown"
    for wrong in ({"key": "entrada/f.csv", "version": "1"}, {"key": "resultado/a/b", "version": "1"}, {"detail": 1}):
        assert handle(batch([wrong]), None) == {"batchItemFailures": []}
    assert ask(file, "delete")["problem"]["code"] == "action-invalid"


def test_nothing_personal_is_stored_in_clear_or_queued(house):
    take(house, drop(house, "f.csv", as_csv([contract(), contract("CT-2", titular_cpf="1")])))
    stored = repr(house.dynamodb.stored(LEDGER)) + repr(house.dynamodb.stored(JOURNAL))
    queued = json.dumps(house.sqs.take(ERP_QUEUE, 100))
    for personal in ("Josefa", "529.982", "52998224725", "CT-1", "f.csv"):
        assert personal not in stored
        assert personal not in queued


def test_a_store_that_passes_over_ranges_is_read_all_the_same(house, monkeypatch):
    whole = house.intake.get_object

    def all_of_it(*, Key, Range, **asked):  # noqa: N803
        del Range
        body = house.intake.stored[Key][int(asked.get("VersionId", 0)) - 1]
        answer = whole(Key=Key, Range=f"bytes=0-{len(body)}", **asked)
        return {"Body": answer["Body"], "ContentLength": len(body)}

    monkeypatch.setattr(house.intake, "get_object", all_of_it)
    file = drop(house, "c.xlsx", as_xlsx([contract()], [invoice(), invoice("F-2", valor="x")]))
    take(house, file)
    assert (status(file)["accepted"], status(file)["refused"]) == (2, 1)
