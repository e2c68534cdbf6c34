"""`emdia person` and `emdia legal-hold`: forget a person on two approvals, or forbid it."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from emdia.aws.caller import signed_question
from emdia.aws.clients import client
from emdia.cli import desk
from emdia.workflows.proved_call import digest_of

_OFFICES = {"dpo": "DPO", "legal": "jurídico"}
_CPF = "O CPF é lido da entrada, para não ficar no histórico do terminal."


def add_parsers(nouns: Any) -> None:
    """What can be asked of persons."""
    person = nouns.add_parser("person", help="elimina os dados de uma pessoa (LGPD)").add_subparsers(required=True)
    erase = person.add_parser("erase", help="pedido, aprovações e certificado").add_subparsers(required=True)
    request = _action(erase, "request", "pede a eliminação. " + _CPF, _request)
    request.add_argument("--class", dest="classes", action="append", help="só esta classe de dados; repetível")
    _action(erase, "status", "mostra os pedidos, sem dados pessoais", _status)
    for name, text, run in (
        ("approve", "aprova; são duas aprovações: DPO e jurídico", _approve),
        ("certificate", "mostra o certificado; quem olha fica registrado", _certificate),
    ):
        _action(erase, name, text, run).add_argument("erasure", help="id do pedido")
    _action(person, "disposals", "mostra o que foi eliminado por prazo e o que ficou, com o motivo", _disposals)
    holds = nouns.add_parser("legal-hold", help="retenção jurídica de uma pessoa").add_subparsers(required=True)
    for name, text, run in (
        ("place", "proíbe eliminar dados da pessoa. " + _CPF, _place),
        ("lift", "encerra a proibição. " + _CPF, _lift),
    ):
        _action(holds, name, text, run).add_argument("--reason", required=True, help="motivo, em uma linha")


def _action(parser: Any, name: str, text: str, run: Any) -> argparse.ArgumentParser:
    action: argparse.ArgumentParser = parser.add_parser(name, help=text, description=text)
    action.add_argument("--operator", required=True, help="registro na ANS da operadora")
    action.set_defaults(run=run)
    return action


def _ask(asked: argparse.Namespace, action: str, **more: object) -> Mapping[str, Any]:
    """One request, with AWS's own word on who makes it."""
    request: dict[str, object] = {"action": action, "operator": asked.operator, **more}
    proof = signed_question(client("sts"), digest_of(request))
    return desk.ask(client("lambda"), asked.stage, "erase_person", {**request, "proof": proof})


def _cpf() -> str:
    if sys.stdin.isatty():
        print("CPF: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _request(asked: argparse.Namespace) -> str:
    more = {"classes": asked.classes} if asked.classes else {}
    result = _ask(asked, "request", cpf=_cpf(), **more)
    return f"Pedido {result['erasure']} registrado ({', '.join(result['classes'])}). Faltam DPO e jurídico."


def _approve(asked: argparse.Namespace) -> str:
    result = _ask(asked, "approve", erasure=asked.erasure)
    if result["status"] == "done":
        return "Aprovado e cumprido: os dados foram eliminados. Veja: emdia person erase certificate"
    return "Aprovado; falta a outra função."


def _certificate(asked: argparse.Namespace) -> str:
    return str(_ask(asked, "certificate", erasure=asked.erasure)["certificate"])


KINDS = {
    "attendance": "atendimentos",
    "recording": "referências a gravações",
    "contract": "contratos",
    "party": "vínculos de pessoas",
    "key": "chaves de atendimentos",
}
REASONS = {
    "legal-hold": "retenção jurídica",
    "case-open": "faturas em aberto",
    "stop-active": "contestação, acordo ou pausa em vigor",
    "dispute-active": "contestação em vigor",
    "clock-running": "prazo em curso",
    "events-waiting": "eventos do ERP à espera",
    "attendance-kept": "atendimento ainda guardado",
    "money-flagged": "pagamento à espera de decisão",
}


def _disposals(asked: argparse.Namespace) -> str:
    lines = []
    for run in _ask(asked, "disposals")["disposals"]:
        done = ", ".join(f"{count} {KINDS[kind]}" for kind, count in run["done"].items())
        lines.append(f"{run['at']}  {done or 'nada eliminado'}")
        lines += [f"    ficou: {KINDS[h['kind']]} {h['name']}: {REASONS[h['reason']]}" for h in run["held"]]
    return "\n".join(lines) or "Nada chegou ao fim do prazo."


def _status(asked: argparse.Namespace) -> str:
    rows = [
        f"{one['erasure']}  {one['asked_at']}  {_state(one)}  {', '.join(one['classes'])}"
        for one in _ask(asked, "list")["erasures"]
    ]
    return "\n".join(rows) or "Nenhum pedido."


def _state(one: Mapping[str, Any]) -> str:
    if one["status"] == "done":
        return "cumprido"
    given = [_OFFICES[office] for office in one["approved_by"]]
    return f"aprovado por {' e '.join(given)}" if given else "sem aprovação"


def _place(asked: argparse.Namespace) -> str:
    _ask(asked, "hold", cpf=_cpf(), reason=asked.reason)
    return "Retenção jurídica registrada: nada desta pessoa será eliminado."


def _lift(asked: argparse.Namespace) -> str:
    _ask(asked, "lift", cpf=_cpf(), reason=asked.reason)
    return "Retenção jurídica encerrada."
