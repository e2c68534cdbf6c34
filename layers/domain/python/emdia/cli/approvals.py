"""`emdia words|ladder|norms submit|approve|refuse|activate|retire|list|show`: what is in force, by whose word."""

import argparse
from collections.abc import Mapping
from typing import Any

from emdia import wiring
from emdia.aws.caller import signed_question
from emdia.aws.clients import client
from emdia.cli import desk
from emdia.clock import instant
from emdia.compliance.approval import Approval, Matter, Standing
from emdia.identity import parse_ans
from emdia.people.offices import Office
from emdia.state import approval_ref
from emdia.workflows.approvals import ALL, Thing, approvals_of, chosen, things
from emdia.workflows.proved_call import digest_of

_SAID: Mapping[Standing, str] = {
    Standing.DRAFT: "rascunho",
    Standing.LEGAL: "aprovado pelo jurídico",
    Standing.ETHICS: "aprovado pelo comitê de ética",
    Standing.ACTIVE: "em vigor",
    Standing.RETIRED: "fora de vigor",
    Standing.REFUSED: "recusado",
}
_OFFICE: Mapping[Office | None, str] = {Office.LEGAL: "jurídico", Office.ETHICS: "comitê de ética", None: "-"}
_DONE: Mapping[str, str] = {
    "submit": "enviado para aprovação",
    "approve": "aprovado",
    "refuse": "recusado",
    "activate": "em vigor",
    "retire": "fora de vigor",
}


def _run(asked: argparse.Namespace) -> str:
    request = {
        "action": asked.act,
        "operator": parse_ans(asked.operator, "/operator"),
        "matter": str(asked.matter),
        "name": asked.name,
    }
    proof = signed_question(client("sts"), digest_of(request))
    result = desk.ask(client("lambda"), asked.stage, "approve_version", {**request, "proof": proof})
    return "\n".join(f"{name}: {_DONE[asked.act]}." for name in result["done"])


def _list(asked: argparse.Namespace) -> str:
    house = wiring.command_line(asked.stage)
    held = approvals_of(asked.matter, house.ledgers.of(parse_ans(asked.operator, "/operator")))
    shipped = {approval_ref(t.matter, t.id, t.version): t for t in things(asked.matter, house.clock.now().year)}
    rows = [_row(thing, held.get(ref)) for ref, thing in shipped.items()]
    rows += [
        (f"{one.id}@{one.version}", f"{_SAID[one.standing]}, mas não está nesta entrega", "-", one.digest[:12])
        for ref, one in held.items()
        if ref not in shipped
    ]
    return desk.table(("NOME", "SITUAÇÃO", "FALTA", "RESUMO"), rows)


def _row(thing: Thing, one: Approval | None) -> tuple[str, str, str, str]:
    if one is None:
        return thing.name, "não enviado", "-", thing.digest[:12]
    changed = ", mas o conteúdo mudou" if thing.digest != one.digest else ""
    return thing.name, _SAID[one.standing] + changed, _OFFICE[one.turn], one.digest[:12]


def _show(asked: argparse.Namespace) -> str:
    house = wiring.command_line(asked.stage)
    ledger = house.ledgers.of(parse_ans(asked.operator, "/operator"))
    lines = []
    for thing in chosen(asked.name, asked.matter, house.clock.now().year):
        ref = approval_ref(thing.matter, thing.id, thing.version)
        held = ledger.get([ref]).get(ref)
        lines += [thing.name, f"  conteúdo desta entrega: {thing.digest}"]
        if not isinstance(held, Approval):
            lines.append("  não enviado para aprovação")
            continue
        lines += [
            f"  situação: {_SAID[held.standing]}",
            f"  conteúdo enviado: {held.digest}",
            f"  enviado por {held.author}, {instant(held.at)}",
            f"  verificação: {held.evidence or '-'}",
        ]
        lines += [f"  aprovado por {yes.actor} ({_OFFICE[yes.office]}), {instant(yes.at)}" for yes in held.yes]
    return "\n".join(lines)


def add_actions(actions: Any, matter: Matter) -> None:
    """The actions on one matter, beside whatever else its noun can do."""
    texts_of = {
        "submit": "envia para aprovação; quem envia não aprova",
        "approve": "aprova, no papel em que a pessoa entrou na AWS",
        "refuse": "recusa",
        "activate": "põe em vigor o que tem todas as aprovações",
        "retire": "tira de vigor: o que depende dele espera",
        "show": "mostra situação, conteúdo e assinaturas",
    }
    for name, text in texts_of.items():
        action = actions.add_parser(name, help=text)
        fixed = {"nargs": "?", "default": ALL} if matter is Matter.NORMS else {}
        action.add_argument("name", help=f"nome mostrado por list, ou {ALL}", **fixed)
        action.set_defaults(run=_show if name == "show" else _run, act=name, matter=matter)
        action.add_argument("--operator", required=True, help="registro na ANS da operadora")
    listing = actions.add_parser("list", help="mostra tudo o que há e em que situação está")
    listing.add_argument("--operator", required=True, help="registro na ANS da operadora")
    listing.set_defaults(run=_list, matter=matter)
