import argparse
import csv
import json
from datetime import date

import pypdfium2
import pytest
from jsonschema_rs import validator_for
from openpyxl import load_workbook

from emdia.cli import desk, protocol_reports
from functions.attend_protocol.handler import handle as attend
from functions.report_protocols.handler import handle
from infra.bundle import ROOT
from tests.fakes.house import ANS

SCHEMA = json.loads((ROOT / "docs/protocols-export.schema.json").read_text(encoding="utf-8"))
ANSWER = "A segunda via foi emitida hoje com vencimento em 10/12/2026, sem multa nem juros."


def staff(action, **more):
    return attend({"action": action, "operator": ANS, "actor": "ana", **more}, None)["result"]


def ask(_stage, _function, request):
    """As the command line reaches the function."""
    answer = handle({**request, "actor": "ana", "language": "pt-BR"}, None)
    if "problem" in answer:
        raise desk.RefusedByDeskError(answer["problem"])
    return answer["result"]


def run(*words):
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", default="dev")
    protocol_reports.add_parsers(parser.add_subparsers(required=True), ask)
    asked = parser.parse_args(words)
    return asked.run(asked)


PERIOD = ("--operator", ANS, "--from", "2026-11-01", "--to", "2026-11-25")


@pytest.fixture
def answered(seated):
    """One attendance, answered at once."""
    number = staff("open", key="1", medium="telefone", originator="beneficiario")["number"]
    staff("class", number=number, demand="nao_assistencial")
    staff("answer", number=number, outcome="atendido", text=ANSWER)
    seated.clock.move(seconds=1)
    return number


@pytest.mark.usefixtures("answered")
def test_a_report_as_csv(tmp_path):
    out = tmp_path / "r.csv"
    assert str(out) in run("report", *PERIOD, "--by", "day", "--out", str(out))
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    told = {(row["periodo"], row["indicador"], row["recorte"]): row for row in rows}
    assert told["25/11/2026", "opened", ""]["valor"] == told["Total", "opened", ""]["valor"] == "1"
    assert told["Total", "in_time", "nao_assistencial:kept"]["valor"] == "1"
    assert told["Total", "in_time", ""]["confirmado"] == "não"
    assert not (tmp_path / "r.csv.parte").exists()


@pytest.mark.usefixtures("answered")
def test_a_report_as_a_workbook_keeps_numbers_as_numbers_and_says_how_they_are_made(tmp_path):
    out = tmp_path / "r.xlsx"
    run("report", *PERIOD, "--lives", "1000", "--format", "xlsx", "--out", str(out))
    book = load_workbook(out, read_only=True)
    assert book.sheetnames == ["Sobre", "Indicadores", "Prazos por classe", "Canais", "Definições"]
    heads, month, total = book["Indicadores"].iter_rows(values_only=True)
    assert (heads[1], month[:2], total[0]) == ("Atendimentos abertos (atendimentos)", ("11/2026", 1), "Total")
    (igr,) = [row for row in book["Definições"].iter_rows(values_only=True) if row[0] == "IGR, estimativa"]
    assert igr[4] == "leitura nossa, não confirmada"
    assert "× 100.000" in igr[2]


@pytest.mark.usefixtures("answered")
def test_a_report_as_pdf_can_be_read(tmp_path):
    out = tmp_path / "r.pdf"
    run("report", *PERIOD, "--by", "day", "--format", "pdf", "--out", str(out))
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(out))
    assert "Relatório de atendimentos" in text
    assert "Contrato, mensalidade ou cobrança" in text.replace("\r\n", " ")


def test_the_regulators_export_is_written_part_by_part_and_holds_to_its_schema(tmp_path, answered, monkeypatch):
    monkeypatch.setattr("emdia.workflows.report_protocols.PAGE", 30)
    out = tmp_path / "x.json"
    assert run("export", *PERIOD, "--out", str(out)).startswith("1 protocolos")
    told = json.loads(out.read_text(encoding="utf-8"))
    validator_for(SCHEMA).validate(told)
    assert [one["number"] for one in told["protocols"]] == [answered]
    assert told["numbers"][0]["absent"] == [[2, 100]]


def test_a_period_without_attendances_is_a_whole_file_too(tmp_path, seated):
    out = tmp_path / "x.json"
    run("export", *PERIOD, "--out", str(out))
    told = json.loads(out.read_text(encoding="utf-8"))
    validator_for(SCHEMA).validate(told)
    assert told["protocols"] == told["numbers"] == []
    run("report", *PERIOD, "--format", "pdf", "--out", str(out))
    assert seated.facts()["protocols.measured"] == 1


def test_what_breaks_off_leaves_no_file(tmp_path, answered):
    out = tmp_path / "x.json"
    calls = iter([{"protocols": [{"number": answered}], "numbers": [], "next": "2026-11-25/1", "made_at": "x"}])

    def breaks(*_):
        try:
            return next(calls)
        except StopIteration:
            raise desk.FunctionFailedError("report_protocols") from None

    day = date(2026, 11, 25)
    asked = argparse.Namespace(stage="dev", operator=ANS, first=day, last=day, out=out)
    with pytest.raises(desk.FunctionFailedError):
        protocol_reports.run_export(asked, breaks)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("seated")
def test_what_is_refused_says_so(tmp_path):
    with pytest.raises(desk.RefusedByDeskError) as refused:
        run("report", "--operator", ANS, "--from", "2026-11-26", "--to", "2026-11-26", "--out", str(tmp_path / "r"))
    assert refused.value.problem["code"] == "report-period"
    answer = handle({"action": "measure", "operator": "654321", "actor": "ana", "from": "2026-11-25",
                     "to": "2026-11-25", "by": "day"}, None)  # fmt: skip
    assert answer["problem"]["code"] == "operator-unknown"
