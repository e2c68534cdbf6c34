"""`emdia audit keys` and `shard`: what checks the logs, and a log that has to go on under another name."""

import argparse
from typing import Any

from emdia.audit.note import ED25519, Verifier
from emdia.audit.ports import LogName
from emdia.aws.clients import client
from emdia.aws.log_keys import KmsLogKeys
from emdia.aws.logs import origin_of
from emdia.cli import desk
from emdia.errors import Halted
from emdia.facts import LogClass


def add_parsers(actions: Any) -> None:
    """What can be asked of the logs' keys."""
    keys = actions.add_parser("keys", help="as chaves públicas dos registros, para publicar e dizer à testemunha")
    keys.add_argument("--operator", help="só desta operadora")
    keys.set_defaults(run=_keys)
    shard = actions.add_parser("shard", help="continua em outro um registro que não pode seguir: em duas vezes")
    shard.add_argument("--operator", required=True, help="registro na ANS da operadora")
    shard.add_argument("--class", dest="log", required=True, type=LogClass, help=", ".join(LogClass))
    shard.add_argument("--year", required=True, type=int, help="ano dos eventos, em UTC")
    shard.add_argument("--reason", required=True, help="motivo, em uma linha; fica registrado")
    shard.set_defaults(run=_shard)


def _keys(asked: argparse.Namespace) -> str:
    keys = KmsLogKeys(client("kms"), asked.stage)
    names = sorted(keys.known(), key=lambda name: (name.ans, name.label, name.log.value))
    lines = [_line(name, keys, asked.stage) for name in names if asked.operator in (None, name.ans)]
    return "\n".join(filter(None, lines)) or "Nenhum registro aberto."


def _line(name: LogName, keys: KmsLogKeys, stage: str) -> str:
    """A log's key; of a disabled one KMS may not tell it, and it was published while it was open."""
    try:
        held = keys.of(name)
    except Halted:
        return f"# {origin_of(stage, name)}: fechado"
    return Verifier(origin_of(stage, name), ED25519, held.public).vkey if held else ""


def _shard(asked: argparse.Namespace) -> str:
    actor = str(client("sts").get_caller_identity()["Arn"]).rpartition(":")[2][-64:]
    request = {"action": "shard", "operator": asked.operator, "class": asked.log.value, "year": asked.year}
    told = desk.ask(client("lambda"), asked.stage, "open_log", {**request, "reason": asked.reason, "actor": actor})
    if "closed" in told:
        return f"{told['closed']}: fechado, ninguém mais o assina. Repita o comando a partir de {told['ready']}."
    desk.start(client("lambda"), asked.stage, "seal_audit", {"sweep": "unsealed"})
    lines = [f"{told['opened']}: aberto; o que não foi selado vai para ele.", "Publique a chave e diga-a à testemunha:"]
    return "\n".join([*lines, str(told["key"])])
