"""`emdia protocol`: open attendances, work off their queue, answer; check a printed mark."""

import argparse
import sys
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emdia import wiring
from emdia.cli import protocol_reports
from emdia.cli.desk import table
from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.ports import Seals
from emdia.protocols.answers import Outcome
from emdia.protocols.authenticity import read_mark
from emdia.protocols.copy import spoken
from emdia.protocols.deadlines import Care, Demand
from emdia.protocols.protocol import Medium, Originator, Speaker
from emdia.workflows.attend_protocol import Who

KEY_BYTES = 32  # Ed25519
Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]


def add_parsers(nouns: Any, ask: Ask) -> None:
    """What staff can do with attendances; `ask(stage, function, request)` reaches the function."""
    protocol = nouns.add_parser("protocol", help="protocolos de atendimento (RN 623)").add_subparsers(required=True)

    def action(name: str, text: str, show: Callable[[Mapping[str, Any]], str], *fields: str) -> Any:
        parser = protocol.add_parser(name.replace("_", "-"), help=text, description=text)
        parser.add_argument("--operator", required=True, help="registro na ANS da operadora")
        if "number" in fields:
            parser.add_argument("number", help="número do protocolo")
        parser.set_defaults(run=lambda asked: show(ask(asked.stage, "attend_protocol", _request(name, fields, asked))))
        return parser

    opened = action("open", "abre um atendimento e dá o número", _number, "key", "medium", "originator")
    opened.add_argument("--key", required=True, help="id da interação em quem pede: repetido, devolve o mesmo número")
    _choice(opened, "--medium", Medium)
    _choice(opened, "--originator", Originator, Originator.PERSON)
    queue = action("queue", "a fila, pelo prazo mais próximo", _queue, "who")
    _choice(queue, "--who", Who, Who.ALL)
    action("show", "mostra um atendimento; quem olha fica registrado", _shown, "number")
    claimed = action("claim", "assume", _shown, "number", "from")
    claimed.add_argument("--from", default="", help="tira de quem está com ele, pelo nome que show mostra")
    identify = action("identify", "diz de que contrato é", _shown, "number", "contract")
    identify.add_argument("--contract", required=True, help="número do contrato no ERP")
    classed = action("class", "diz o que foi pedido; os prazos correm da abertura", _shown, "number", "demand", "care")
    _choice(classed, "--demand", Demand)
    classed.add_argument("--care", choices=[str(care) for care in Care], default="", help="cuidado pedido (RN 566)")
    say = action("say", "registra o que foi dito; o texto é lido da entrada", _shown,
                 "number", "id", "medium", "speaker", "recording", "internal", "seconds", "words")  # fmt: skip
    say.add_argument("--id", required=True, help="id da fala em quem registra")
    _choice(say, "--medium", Medium)
    _choice(say, "--speaker", Speaker)
    say.add_argument("--recording", default="", help="onde está a gravação")
    say.add_argument("--seconds", type=int, default=0, help="duração do contato: fala, espera e pós-atendimento")
    say.add_argument("--internal", action="store_true", help="nota interna, nunca mostrada ao beneficiário")
    hand = action("hand_over", "passa a outra pessoa, ou de volta à fila", _shown, "number", "to")
    hand.add_argument("--to", default="", help="quem assume; vazio: a fila")
    action("drafts", "textos aprovados com que começar uma resposta", _drafts, "number")
    answer = action("answer", "responde e encerra; o texto é lido da entrada, ou é o de --model", _shown,
                    "number", "outcome", "basis", "model", "values", "text")  # fmt: skip
    _choice(answer, "--outcome", Outcome, "")
    answer.add_argument("--model", default="", help="texto aprovado com que a resposta começa (drafts)")
    answer.add_argument("--value", dest="values", action="append", default=[], metavar="NOME=TEXTO",
                        help="preenche uma lacuna do texto aprovado; repita para cada uma")  # fmt: skip
    answer.add_argument("--edited", action="store_true", help="com --model: lê da entrada o texto editado")
    answer.add_argument("--basis", default="", help="cláusula ou norma, em toda negativa")
    key = protocol.add_parser("key", help="a chave pública das marcas, para a operadora publicar")
    key.add_argument("--operator", required=True, help="registro na ANS da operadora")
    key.set_defaults(run=lambda asked: _key(asked, wiring.command_line(asked.stage).seals))
    check = protocol.add_parser("check", help="confere a marca impressa numa cópia; não usa a rede")
    check.add_argument("mark", help="o texto do QR: EMDIA1/…")
    check.add_argument("--key", required=True, help="a chave que a operadora publica")
    check.set_defaults(run=_check)
    protocol_reports.add_parsers(protocol, ask)
    action("reanalyse", "reanálise pela ouvidoria", _shown, "number")


def _key(asked: argparse.Namespace, seals: Seals) -> str:
    return b64encode(seals.public_key(parse_ans(asked.operator, "/operator"))).decode()


def _check(asked: argparse.Namespace) -> str:
    try:
        key = b64decode(asked.key, validate=True)
    except NotBase64:
        key = b""
    if len(key) != KEY_BYTES:
        raise Rejected("mark-key-invalid", "/key")
    vouched = read_mark(asked.mark, key)
    return f"A marca confere: protocolo {spoken(vouched.number)}, emitido em {vouched.issued_at} (UTC)."


def _choice(parser: Any, flag: str, kind: Any, default: Any = None) -> None:
    parser.add_argument(flag, choices=[str(one) for one in kind], required=default is None, default=default)


def _request(action: str, fields: tuple[str, ...], asked: argparse.Namespace) -> Mapping[str, object]:
    told: dict[str, object] = {name: getattr(asked, name) for name in fields if name not in ("words", "text")}
    if "values" in told:
        told["values"] = _values(asked.values)
    # Read, not typed as an argument: what people say must not stand in a terminal's history.
    if not getattr(asked, "model", "") or asked.edited:
        told |= {name: sys.stdin.read().strip() for name in fields if name in ("words", "text")}
    return {"action": action, "operator": asked.operator, **told}


def _values(told: Sequence[str]) -> Mapping[str, str]:
    pairs = [one.partition("=") for one in told]
    if not all(name and text for name, _, text in pairs):
        raise Rejected("action-invalid", "/values")
    return {name: text for name, _, text in pairs}


def _drafts(result: Mapping[str, Any]) -> str:
    parts = []
    for one in result["drafts"]:
        blanks = ", ".join(one["blanks"]) or "nada"
        basis = f"\n  Fundamento: {one['basis']}" if one["basis"] else ""
        parts.append(f"{one['model']}: {one['subject']} ({one['outcome']}); preencher: {blanks}\n{one['text']}{basis}")
    return "\n\n".join(parts)


def _number(result: Mapping[str, Any]) -> str:
    return f"Protocolo {result['spoken']}" + (" (já emitido antes)" if result["again"] else "")


def _queue(result: Mapping[str, Any]) -> str:
    heads = ("PROTOCOLO", "PRAZO", "CANAL", "PEDIDO", "COM")
    rows = [(one["number"], one["due"], one["medium"], one["demand"] or "-", one["staff"] or "-")
            for one in result["waiting"]]  # fmt: skip
    return table(heads, rows) if rows else "Ninguém espera."


def _shown(result: Mapping[str, Any]) -> str:
    head = f"Protocolo {result['number']}: {result['status']}"
    told = {
        "aberto em": result["opened_at"],
        "pedido": result["demand"],
        "responder até": result["due"],
        "com": result["staff"],
        "desfecho": result["outcome"],
        "respondido em": result["answered_at"],
        "cópia até": result["copy_by"],
        "cópia enviada em": result["copy_sent_at"],
    }
    lines = [f"  {name}: {value}" for name, value in told.items() if value]
    lines += ["  fora do prazo"] if result["late"] else []
    for line in result.get("interactions", ()):
        note = " (nota interna)" if line["internal"] else ""
        lines.append(f"  {line['at']} {line['speaker']} por {line['medium']}{note}: {line['words']}")
        lines += [f"    fundamento: {line['basis']}"] if line["basis"] else []
    return "\n".join([head, *lines])
