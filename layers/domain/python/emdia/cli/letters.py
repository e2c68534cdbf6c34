"""`emdia letters`: the letters of a day for the printer, and what the printer's file tells of them."""

import argparse
import base64
import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emdia.errors import Rejected

Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]

_FUNCTION = "print_letters"
_EVENTS = {"postada": "posted", "devolvida": "returned", "entregue": "delivered"}
_POSTING = {"made": "a imprimir", **{english: word for word, english in _EVENTS.items()}}
_COLUMNS = {
    "referencia": "reference",
    "evento": "event",
    "quando": "at",
    "objeto": "object",
    "motivo": "reason",
    "recebedor": "signer",
}
_GROUP = 100  # rows in one request


def add_parser(letters: argparse.ArgumentParser, ask: Ask) -> None:
    """The commands; `ask(stage, function, request)` asks a deployed function in the name of who types."""
    actions = letters.add_subparsers(required=True, dest="action")
    jobs = actions.add_parser("jobs", help="cartas de um dia e em que pé estão, sem dados pessoais")
    jobs.add_argument("--day", help="dia em Brasília, AAAA-MM-DD (padrão: hoje)")
    fetch = actions.add_parser("fetch", help="fecha o lote de um dia que acabou e grava manifesto e PDFs")
    fetch.add_argument("--day", required=True, help="dia em Brasília, AAAA-MM-DD")
    fetch.add_argument("--out", required=True, type=Path, help="pasta a criar; quem baixa fica registrado")
    status = actions.add_parser("status", help="lê o arquivo da gráfica: postada, devolvida, entregue")
    status.add_argument("file", type=Path, help=f"CSV com {';'.join(_COLUMNS)}")
    for action, run in ((jobs, _jobs), (fetch, _fetch), (status, _status)):
        action.add_argument("--operator", required=True, help="registro na ANS")
        action.set_defaults(run=lambda asked, run=run: run(asked, lambda told: ask(asked.stage, _FUNCTION, told)))


_Told = Callable[[Mapping[str, object]], Mapping[str, Any]]


def _jobs(asked: argparse.Namespace, ask: _Told) -> str:
    request = {"action": "jobs", "operator": asked.operator}
    told = ask(request | ({"day": asked.day} if asked.day else {}))
    state = f"fechado em {told['closed']}" if told["closed"] else "aberto"
    lines = [f"Lote de {told['day']}: {len(told['letters'])} carta(s), {state}."]
    lines += [
        f"{one['reference']}  {one['service']}  {_POSTING[one['posting']]}  {one['object']}".rstrip()
        for one in told["letters"]
    ]
    lines += [f"Retorno de carta desconhecida desde {one['since']}: {one['id']}" for one in told["parked"]]
    return "\n".join(lines)


def _fetch(asked: argparse.Namespace, ask: _Told) -> str:
    run = {"operator": asked.operator, "day": asked.day}
    closed = ask({"action": "close", **run})
    asked.out.mkdir()
    (asked.out / "manifesto.csv").write_text(closed["manifest"], encoding="utf-8")
    start: int | None = 0
    while start is not None:
        told = ask({"action": "letters", "from": start, **run})
        for one in told["sheets"]:
            (asked.out / one["name"]).write_bytes(base64.b64decode(one["body"]))
        start = told["next"]
    return f"Lote de {closed['day']} fechado: {closed['letters']} carta(s) em {asked.out}."


def _status(asked: argparse.Namespace, ask: _Told) -> str:
    events = _rows(asked.file)
    results: list[str] = []
    for start in range(0, len(events), _GROUP):
        told = ask({"action": "status", "operator": asked.operator, "events": events[start : start + _GROUP]})
        results += told["events"]
    counts = {name: results.count(name) for name in ("applied", "repeated", "parked")}
    return "{applied} registrado(s), {repeated} já conhecido(s), {parked} de carta desconhecida.".format(**counts)


def _rows(path: Path) -> list[dict[str, str]]:
    """The file's rows. Raises Rejected `letter-file-invalid` with the line that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        if set(rows.fieldnames or ()) != set(_COLUMNS):
            raise Rejected("letter-file-invalid", "/1")
        found = []
        for row in rows:
            if None in row or None in row.values() or row["evento"] not in _EVENTS:
                raise Rejected("letter-file-invalid", f"/{rows.line_num}")
            told = {english: row[word].strip() for word, english in _COLUMNS.items()}
            found.append({name: value for name, value in (told | {"event": _EVENTS[row["evento"]]}).items() if value})
    return found
