"""`emdia protocol report` and `emdia protocol export`: attendances of a period, as tables and for the regulator."""

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from emdia.clock import parse_instant
from emdia.protocols import report_page
from emdia.protocols.definitions import DEFINITIONS
from emdia.protocols.export import FORMAT
from emdia.protocols.measures import By
from emdia.protocols.report import Asked, Cell, Sheet, sheets

Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]
FUNCTION = "report_protocols"


def add_parsers(protocol: Any, ask: Ask) -> None:
    """What a period's attendances were: in numbers, and one by one."""
    report = protocol.add_parser("report", help="indicadores por período; quem pede fica registrado")
    report.add_argument("--by", choices=[str(one) for one in By], default=str(By.MONTH), help="dia, semana ou mês")
    report.add_argument("--format", choices=sorted(_WRITERS), default="csv", help="formato do arquivo")
    report.add_argument("--lives", type=int, default=0, help="média de vidas no período, para estimar o IGR")
    report.set_defaults(run=lambda asked: run_report(asked, ask))
    export = protocol.add_parser("export", help="todos os protocolos e prazos, em JSON, para a ANS; fica registrado")
    export.set_defaults(run=lambda asked: run_export(asked, ask))
    for parser in (report, export):
        parser.add_argument("--operator", required=True, help="registro na ANS da operadora")
        parser.add_argument("--from", dest="first", required=True, type=date.fromisoformat, help="2026-11-01")
        parser.add_argument("--to", dest="last", required=True, type=date.fromisoformat, help="2026-11-30, incluído")
        parser.add_argument("--out", required=True, type=Path, help="arquivo a gravar")


def run_report(asked: argparse.Namespace, ask: Ask) -> str:
    """The report in a file. Raises Rejected, TryLater as the function says."""
    told = ask(asked.stage, FUNCTION, {**_request("measure", asked), "by": asked.by, "lives": asked.lives})
    cells = [Cell(*one) for one in told["cells"]]
    about = Asked(asked.operator, asked.first, asked.last, By(asked.by), asked.lives)
    made = sheets(about, cells, parse_instant(told["made_at"]))
    with _whole(asked.out) as path:
        _WRITERS[asked.format](path, made, cells)
    return f"Relatório gravado: {asked.out}"


def run_export(asked: argparse.Namespace, ask: Ask) -> str:
    """Every protocol of the period in one JSON document, written as its parts come: memory does not grow with it."""
    parts = _parts(asked, ask)
    first = next(parts)
    head = {"format": FORMAT, "operator": asked.operator, "from": asked.first.isoformat(),
            "to": asked.last.isoformat(), "made_at": first["made_at"]}  # fmt: skip
    days: dict[str, dict[str, Any]] = {}
    count = 0
    with _whole(asked.out) as path, path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "protocols": [')
        for part in (first, *parts):
            for row in part["protocols"]:
                file.write((",\n" if count else "\n") + json.dumps(row, ensure_ascii=False, separators=(",", ":")))
                count += 1
            for one in part["numbers"]:
                _join(days, one)
        file.write('\n], "numbers": ' + json.dumps(list(days.values())) + "}\n")
    return f"{count} protocolos gravados: {asked.out}"


def _request(action: str, asked: argparse.Namespace) -> dict[str, object]:
    span = {"from": asked.first.isoformat(), "to": asked.last.isoformat()}
    return {"action": action, "operator": asked.operator, **span}


def _parts(asked: argparse.Namespace, ask: Ask) -> Iterator[Mapping[str, Any]]:
    after = ""
    while True:
        part = ask(asked.stage, FUNCTION, {**_request("export", asked), "after": after})
        yield part
        after = part["next"]
        if not after:
            return


def _join(days: dict[str, dict[str, Any]], one: Mapping[str, Any]) -> None:
    """A day comes in several parts; a run of numbers that one of them cuts is one run again."""
    held = days.setdefault(one["day"], {**one, "not_issued": [], "absent": []})
    for name in ("not_issued", "absent"):
        for first, last in one[name]:
            if held[name] and held[name][-1][1] == first - 1:
                held[name][-1][1] = last
            else:
                held[name].append([first, last])


class _whole:  # noqa: N801  reads as a word: with _whole(path)
    """A file under another name until it is whole: what broke off is never taken for a report."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(path.name + ".parte")

    def __enter__(self) -> Path:
        return self._part

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)


def _csv(path: Path, made: tuple[Sheet, ...], cells: list[Cell]) -> None:
    """One number a line, as spreadsheets in Portuguese read it; the formulas stand in the other formats."""
    del made
    about = {one.id: one for one in DEFINITIONS}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, delimiter=";")
        lines.writerow(("periodo", "indicador", "recorte", "valor", "unidade", "confirmado"))
        for one in cells:
            measure, _, kind = one.measure.partition(".")
            cut = ":".join(filter(None, (one.cut, kind)))
            row = about[measure]
            unit = "respostas" if kind else row.unit
            value = f"{one.value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
            lines.writerow((one.period, measure, cut, value, unit, "sim" if row.confirmed else "não"))


def _xlsx(path: Path, made: tuple[Sheet, ...], cells: list[Cell]) -> None:
    """A sheet a table, written row by row."""
    from openpyxl import Workbook  # noqa: PLC0415  only who writes one pays for the library

    del cells
    book = Workbook(write_only=True)
    for sheet in made:
        table = book.create_sheet(sheet.title)
        if any(sheet.heads):
            table.append(sheet.heads)
        for row in sheet.rows:
            table.append(row)
    book.save(path)


def _pdf(path: Path, made: tuple[Sheet, ...], cells: list[Cell]) -> None:
    del cells
    path.write_bytes(report_page.draw("Relatório de atendimentos (RN 623)", made))


_WRITERS: Mapping[str, Callable[[Path, tuple[Sheet, ...], list[Cell]], None]] = {
    "csv": _csv, "xlsx": _xlsx, "pdf": _pdf,
}  # fmt: skip
