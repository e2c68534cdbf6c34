"""Asks the deployed functions that deal with what is parked."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from emdia.settings import LOCAL


class DeskError(Exception):
    """Root of what goes wrong here."""


class FunctionFailedError(DeskError):
    """The function crashed."""

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.function = function


class RefusedByDeskError(DeskError):
    """The function answered with a problem document."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("code", "")))
        self.problem = problem


def ask(functions: Any, stage: str, function: str, request: Mapping[str, object]) -> Mapping[str, Any]:
    """The result of one action. Raises RefusedByDeskError; FunctionFailedError."""
    answer = functions.invoke(
        FunctionName=name_of(stage, function),
        Payload=json.dumps({**request, "language": "pt-BR"}).encode(),
    )
    told = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        # Its text may quote data: the function's log holds it, for who may read that.
        raise FunctionFailedError(function)
    if "problem" in told:
        raise RefusedByDeskError(told["problem"])
    result: Mapping[str, Any] = told["result"]
    return result


def start(functions: Any, stage: str, function: str, request: Mapping[str, object]) -> None:
    """Have a function do something that nobody waits for."""
    payload = json.dumps(request).encode()
    functions.invoke(FunctionName=name_of(stage, function), InvocationType="Event", Payload=payload)


def name_of(stage: str, function: str) -> str:
    """How a person calls a function: by its alias, as its queue does; the embedded AWS has no aliases."""
    return f"emdia-{stage}-{function}" if stage == LOCAL else f"emdia-{stage}-{function}:live"


def events(listed: Mapping[str, Any]) -> str:
    """The list of parked events as lines of a terminal."""
    rows = [
        (one["id"], one["type"], one["reason"], one["pointer"] or "-", one["received_at"]) for one in listed["parked"]
    ]
    return table(("ID", "TIPO", "MOTIVO", "CAMPO", "RECEBIDO EM"), rows) if rows else "Nenhum evento parado."


def cases(listed: Mapping[str, Any]) -> str:
    """The list of parked cases as lines of a terminal."""
    rows = [(one["case"], one["reason"], one["parked_at"]) for one in listed["parked"]]
    return table(("CASO", "MOTIVO", "PARADO EM"), rows) if rows else "Nenhum caso parado."


def notice_gaps(listed: Mapping[str, Any]) -> str:
    """The list of contracts whose notice waits for a person, as lines of a terminal."""
    rows = [(one["case"], one["reason"], one["pointer"] or "-", one["since"]) for one in listed["parked"]]
    return table(("CASO", "MOTIVO", "CAMPO", "DESDE"), rows) if rows else "Nenhuma notificação parada."


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their heads, in columns."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join(line.rstrip() for line in lines)
