"""`emdia restore`: holds all sending, lets a restored ledger learn what it has forgotten, and lets sending go on."""

import argparse
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from emdia import wiring
from emdia.adapters import Adapters
from emdia.aws.actions import FUNCTION_ACTIONS
from emdia.aws.clients import client
from emdia.aws.openings import KeyedOpenings
from emdia.aws.past_facts import DynamoPastFacts
from emdia.clock import parse_instant
from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.workflows.recall_outreach import Deps, Recalled, recall_outreach

PROVIDERS = frozenset({"email", "sms", "whatsapp", "print"})  # what a grant of a function that writes to people is on
_DECIDES = "take_step"


def add_parser(parser: argparse.ArgumentParser, actor: Callable[[], str]) -> None:
    """What can be asked. `actor` tells who asks, as AWS knows them."""
    actions = parser.add_subparsers(required=True, dest="action")
    pause = actions.add_parser("pause", help="ninguém mais é contatado; eventos do ERP continuam a ser aceitos")
    pause.set_defaults(run=lambda asked: _switch(asked.stage, on=False))
    resume = actions.add_parser("resume", help="os contatos continuam")
    resume.set_defaults(run=lambda asked: _switch(asked.stage, on=True))
    recall = actions.add_parser("recall", help="o razão restaurado aprende o que esqueceu")
    recall.add_argument("--operator", required=True, help="registro na ANS da operadora")
    recall.add_argument("--since", required=True, help="momento restaurado, em UTC: 2026-11-25T12:00:00Z")
    recall.set_defaults(run=lambda asked: _recall(asked, actor()))


def sources(functions: Any, stage: str) -> Iterator[dict[str, Any]]:
    """The queues' triggers of every function that decides to write to people, or does."""
    names = {name for name, grants in FUNCTION_ACTIONS.items() if any(grant.on in PROVIDERS for grant in grants)}
    wanted = {f"emdia-{stage}-{name}" for name in names | {_DECIDES}}
    return (source for source in every_source(functions, stage) if source["FunctionArn"].split(":")[6] in wanted)


def every_source(functions: Any, stage: str) -> Iterator[dict[str, Any]]:
    """The triggers of every function of the stage."""
    request: dict[str, Any] = {}
    while True:
        answer = functions.list_event_source_mappings(**request)
        for source in answer["EventSourceMappings"]:
            if source["FunctionArn"].split(":")[6].startswith(f"emdia-{stage}-"):
                yield source
        if not answer.get("NextMarker"):
            return
        request = {"Marker": answer["NextMarker"]}


def _switch(stage: str, *, on: bool) -> str:
    functions = client("lambda")
    found = list(sources(functions, stage))
    if not found:
        raise Rejected("stage-unknown", "/stage")
    for source in found:
        functions.update_event_source_mapping(UUID=source["UUID"], Enabled=on)
    names = sorted(source["FunctionArn"].split(":")[6] for source in found)
    return ("Retomado: " if on else "Em pausa: ") + ", ".join(names)


def _recall(asked: argparse.Namespace, who: str) -> str:
    ans = parse_ans(asked.operator, "/operator")
    try:
        since = parse_instant(asked.since)
    except ValueError:
        raise Rejected("instant-invalid", "/since") from None
    return told(recall(wiring.command_line(asked.stage), ans, since, who))


def recall(house: Adapters, ans: str, since: datetime, who: str) -> Recalled:
    """See workflows.recall_outreach, with the adapters of a person at a terminal."""
    past = DynamoPastFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL"))
    deps = Deps(house.ledgers, past, KeyedOpenings(house.keyring), house.pseudonyms, house.clock, house.meter)
    return recall_outreach(ans, since, who, deps)


def told(done: Recalled) -> str:
    """What was recalled, and what is left for people to do."""
    lines = [f"Contatos lembrados: {done.outreach}. Pedidos de descadastro lembrados: {done.opt_outs}."]
    if done.attendances:
        lines.append(f"Atendimentos lembrados, de volta à fila, sem o que foi dito: {done.attendances}.")
    if done.unheld:
        lines.append(
            f"De contratos que o razão não tem: {done.unheld}. "
            "O ERP deve reenviar os eventos deles; depois, repita o comando."
        )
    lines += [f"A refazer por uma pessoa: {kind}, {count} vez(es)." for kind, count in sorted(done.by_hand.items())]
    return "\n".join(lines)
