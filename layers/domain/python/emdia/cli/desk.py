"""Asks the deployed function `replay_parked` to deal with parked events."""

import json
from collections.abc import Mapping
from typing import Any


class RefusedByDeskError(Exception):
    """The function answered with a problem document."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("code", "")))
        self.problem = problem


def ask(functions: Any, stage: str, request: Mapping[str, object]) -> Mapping[str, Any]:
    """The result of one action. Raises RefusedByDeskError; RuntimeError when the function itself failed."""
    answer = functions.invoke(
        FunctionName=f"emdia-{stage}-replay_parked",
        Payload=json.dumps({**request, "language": "pt-BR"}).encode(),
    )
    told = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        # Its text may quote data: the function's log holds it, for who may read that.
        raise RuntimeError("a função replay_parked falhou")
    if "problem" in told:
        raise RefusedByDeskError(told["problem"])
    result: Mapping[str, Any] = told["result"]
    return result


def table(parked: Mapping[str, Any]) -> str:
    """The list of parked events as lines of a terminal."""
    rows = [("ID", "TIPO", "MOTIVO", "CAMPO", "RECEBIDO EM")]
    rows += [
        (one["id"], one["type"], one["reason"], one["pointer"] or "-", one["received_at"]) for one in parked["parked"]
    ]
    if len(rows) == 1:
        return "Nenhum evento parado."
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
