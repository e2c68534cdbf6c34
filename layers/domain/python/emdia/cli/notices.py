"""`emdia notice`: the notices of RN 593 and what may follow from them. Nothing here suspends, excludes or rescinds."""

import argparse
import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emdia.cli import desk

Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]

_FUNCTION = "judge_contract"
_WHAT = {"suspend": "suspensão", "exclude": "exclusão", "rescind": "rescisão"}
_STATUS = {
    "drafted": "redigida",
    "sent": "enviada, sem prova ainda",
    "proved": "recebimento provado",
    "unproved": "sem prova até o último dia",
    "cured": "tudo pago",
    "partly-cured": "parte paga: não vale mais",
    "disputed": "contestada, à espera de resposta",
    "suspended": "suspensa por proteção",
    "expired": "não vale mais",
}
_AGAIN = (
    "Este veredito vale para o instante acima e para uma pessoa decidir; nada é executado pelo sistema. Peça-o de novo "
    "no momento do ato: um pagamento pode ter chegado."
)


def add_parser(notice: argparse.ArgumentParser, ask: Ask) -> None:
    """The commands; `ask(stage, function, request)` asks a deployed function in the name of who types."""
    actions = notice.add_subparsers(required=True, dest="action")
    texts = {
        "list": "contratos cuja notificação espera por um dado, sem dados pessoais",
        "show": "notificações de um contrato e em que pé estão; quem olha fica registrado",
        "evidence": "um documento guardado; quem olha fica registrado",
        "prove": "guarda a prova de uma notificação feita por carta, preposto ou ligação",
        "verdict": "o que a lei pede para suspender, excluir ou rescindir, item por item",
        "dossier": "uma pasta com o veredito, as notificações e as provas",
    }
    for name, text in texts.items():
        action = actions.add_parser(name, help=text)
        action.add_argument("--operator", required=True, help="registro na ANS")
        if name != "list":
            action.add_argument("contract", help="número do contrato no ERP")
        if name in ("verdict", "dossier"):
            action.add_argument("--what", required=True, choices=list(_WHAT), help="suspensão, exclusão ou rescisão")
        if name == "evidence":
            action.add_argument("file", help="documento mostrado por show")
        if name == "prove":
            _prove_arguments(action)
        if name in ("evidence", "dossier"):
            action.add_argument("--out", required=True, type=Path, help="arquivo ou pasta a criar")
        action.set_defaults(run=lambda asked: _run(asked, ask))


def _prove_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("--notice", required=True, help="id mostrado por show, ou seu começo")
    action.add_argument(
        "--means", required=True, choices=["letter", "agent", "call"], help="carta, preposto ou ligação"
    )
    action.add_argument(
        "--kind",
        required=True,
        choices=["ar", "signed-receipt", "recording", "data-confirmed", "failed"],
        help="AR, recibo assinado, gravação, dados confirmados, ou devolvida",
    )
    action.add_argument("--sent-at", required=True, help="instante do envio, com fuso: 2026-10-20T10:00:00-03:00")
    action.add_argument("--at", required=True, help="instante do que a prova mostra, com fuso")
    action.add_argument("--file", required=True, type=Path, help="imagem, PDF ou áudio, até 4 MB")


def _prove(asked: argparse.Namespace, ask: Ask) -> str:
    fields = ("operator", "contract", "notice", "means", "kind", "sent_at", "at")
    request = {name: getattr(asked, name) for name in fields}
    told = ask(asked.stage, "prove_notice", {**request, "body": base64.b64encode(asked.file.read_bytes()).decode()})
    return f"Prova guardada em {told['file']}. SHA-256 {told['sha256']}. O que ela prova: emdia notice verdict"


def _run(asked: argparse.Namespace, ask: Ask) -> str:
    if asked.action == "prove":
        return _prove(asked, ask)
    request: dict[str, object] = {"action": asked.action, "operator": asked.operator}
    for name, field in (("contract", "contract"), ("what", "consequence"), ("file", "file")):
        if getattr(asked, name, None) is not None:
            request[field] = getattr(asked, name)
    told = ask(asked.stage, _FUNCTION, request)
    if asked.action == "list":
        return desk.notice_gaps(told)
    if asked.action == "show":
        return shown(told)
    if asked.action == "verdict":
        return page(told)
    return _evidence(told, asked.out) if asked.action == "evidence" else _dossier(told, asked.out)


def shown(told: Mapping[str, Any]) -> str:
    """The notices of a contract, for a terminal."""
    if not told["notices"]:
        return f"Contrato {told['contract']}: nenhuma notificação."
    lines = [f"Contrato {told['contract']}"]
    for one in told["notices"]:
        lines += [
            "",
            f"Notificação {one['notice'][:8]} de {one['issued_on']}: {_STATUS[one['status']]} ({one['rule']})",
            f"  {one['why']}",
            f"  Anuncia: {_WHAT[one['consequence']]}. Faturas: {', '.join(one['fees'])}. Texto: {one['words']}",
            f"  Último dia para enviar: {one['last_sending']}. Prazo dado: {one['pay_by']}.",
        ]
        for tried in one["tries"]:
            listed = "previsto no contrato" if tried["listed"] else "não previsto no contrato: só vale com resposta"
            lines.append(f"  {tried['sent_at']} por {tried['means']} ({listed})")
            lines += [f"    prova {e['kind']} em {e['at']}: {e['file']}" for e in tried["evidence"]]
    return "\n".join(lines)


def page(told: Mapping[str, Any]) -> str:
    """The verdict, for a person to read and sign."""
    what = _WHAT[told["consequence"]]
    answer = "os elementos estão presentes" if told["may"] else "NÃO pode"
    lines = [f"Contrato {told['contract']}: {what}: {answer}", f"Em {told['at']}, normas {told['norms']}."]
    if not told["may"]:
        when = f"Só o tempo falta: a partir de {told['earliest']}, se nada mudar."
        lines.append(when if told["earliest"] else "Esperar não basta: falta um fato.")
    for one in told["elements"]:
        lines += ["", f"[{'x' if one['met'] else ' '}] {one['rule']}: {one['says']}"]
        if one["why_not"]:
            lines.append(f"    Falta: {one['why_not']}")
        if one["evidence"]:
            lines.append(f"    Prova: {', '.join(one['evidence'])}")
    return "\n".join([*lines, "", _AGAIN])


def _evidence(told: Mapping[str, Any], out: Path) -> str:
    with out.open("xb") as file:
        file.write(base64.b64decode(told["body"]))
    return f"Gravado em {out}. SHA-256 {told['sha256']}"


def _dossier(told: Mapping[str, Any], out: Path) -> str:
    out.mkdir()
    sums = []
    for one in told["files"]:
        (out / one["name"]).write_bytes(base64.b64decode(one["body"]))
        sums.append(f"{one['sha256']}  {one['name']}" if one["sha256"] else f"# desenhado agora: {one['name']}")
    verdict = {name: value for name, value in told.items() if name != "files"}
    (out / "veredito.json").write_text(json.dumps(verdict, ensure_ascii=False, indent=1), encoding="utf-8")
    (out / "veredito.txt").write_text(page(told) + "\n", encoding="utf-8")
    (out / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")
    return f"Dossiê gravado em {out}, {len(told['files'])} documento(s). Confira: sha256sum -c SHA256SUMS"
