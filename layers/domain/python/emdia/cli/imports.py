"""`emdia import`: a portfolio file goes to its bucket, is followed to its end, and its refused rows come back."""

import argparse
import base64
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from emdia import wiring
from emdia.aws.clients import client
from emdia.cli.clients import client_name
from emdia.cli.failures import SaidError, StandsStillError, said
from emdia.errors import Rejected
from emdia.providers.columns import Kind
from emdia.providers.intake_events import Dropped
from emdia.providers.refusals import template
from emdia.providers.tables import check_size
from emdia.settings import LOCAL
from emdia.web.problems import title

Ask = Callable[[str, str, Mapping[str, object]], Mapping[str, Any]]

_FUNCTION: Final = "import_file"
_SECONDS: Final = 5  # between two looks
# Seconds without news after which something is wrong: a start takes moments, and a worker that died is followed by
# another half an hour later.
_PATIENCE: Final[Mapping[str, int]] = {"waiting": 180, "running": 2400}


def add_parser(parser: argparse.ArgumentParser, ask: Ask) -> None:
    """What can be asked; `ask(stage, function, request)` asks a deployed function in the name of who types."""
    parser.add_argument("file", nargs="?", type=Path, help="CSV ou XLSX de contratos ou faturas")
    parser.add_argument("--client", type=client_name, help="cliente ERP em cujo nome as linhas entram")
    parser.add_argument("--out", type=Path, help="onde gravar as linhas recusadas (padrão: ao lado do arquivo)")
    parser.add_argument("--template", choices=[str(kind) for kind in Kind], help="mostra uma tabela modelo, em CSV")

    def run(asked: argparse.Namespace) -> str:
        if asked.template:
            return template(Kind(asked.template)).rstrip()
        if asked.file is None or asked.client is None:
            parser.error("diga o arquivo e --client, ou --template")
        file = _dropped(asked.stage, asked.client, asked.file)
        if asked.stage == LOCAL:
            _say(file)
        told = {"key": file.key, "version": file.version}
        status = _followed(lambda: ask(asked.stage, _FUNCTION, {"action": "status", **told}))
        lines = [f"Aceitas: {status['accepted']}. Recusadas: {status['refused']}."]
        if status["reason"]:
            why = Rejected(str(status["reason"]), row=status["row"])
            lines.append(f"O arquivo parou na linha {status['row']}: {said(title(why, 'pt-BR'), why.code, '')}")
        for kind in Kind:
            out = _out(asked.out or asked.file, kind)
            if _saved(partial(_page, ask, asked.stage, told, kind), out):
                lines.append(f"Linhas recusadas de {kind}, com o motivo: {out}")
        if status["reason"]:
            raise SaidError("\n".join(lines))  # a script must see that the file was not read to its end
        return "\n".join(lines)

    parser.set_defaults(run=run)


def _dropped(stage: str, owner: str, file: Path) -> Dropped:
    """The file, uploaded under a name that two uploads do not share.

    Raises Rejected `file-empty` and `file-too-large` before any of it is sent.
    """
    check_size(file.stat().st_size)
    now: datetime = wiring.command_line(stage).clock.now()
    name = f"{now:%Y%m%dT%H%M%S}-{file.name}"
    (stack,) = client("cloudformation").describe_stacks(StackName=f"EmDia-{stage}-State")["Stacks"]
    bucket = next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "IntakeBucket")
    key = Dropped(owner, name, "new").key
    with file.open("rb") as body:
        answer = client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/octet-stream")
    return Dropped(owner, name, str(answer["VersionId"]))


def _say(file: Dropped) -> None:
    """Tell the queue of the file, as EventBridge does on AWS; the embedded one names no version of it."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"emdia-{LOCAL}-imports")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(file.told()))


def _followed(look: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """The status when it is over; what is known meanwhile goes to the error output.

    Raises StandsStillError when nothing has moved for too long.
    """
    last: Mapping[str, Any] = {}
    still = 0
    while True:
        status = look()
        if status["status"] in ("done", "refused"):
            return status
        still = still + _SECONDS if status == last else 0
        last = status
        if still >= _PATIENCE[status["status"]]:
            raise StandsStillError(
                f"Nada aconteceu com o arquivo em {still // 60} minutos. Ele está guardado e entra quando a fila "
                "andar; enviá-lo de novo não duplica nada. Veja `emdia smoke`: gatilhos, filas mortas, segredos."
            )
        if status["status"] == "running":
            read = f", {100 * status['offset'] // status['size']} %" if status["offset"] else ""
            text = f"linha {status['row']}{read}: {status['accepted']} aceitas, {status['refused']} recusadas"
        else:
            text = "à espera"
        print(text, file=sys.stderr)
        time.sleep(_SECONDS)


def _page(ask: Ask, stage: str, told: Mapping[str, str], kind: Kind, start: int) -> Mapping[str, Any]:
    return ask(stage, _FUNCTION, {"action": "result", **told, "kind": str(kind), "start": start})


def _saved(page: Callable[[int], Mapping[str, Any]], out: Path) -> bool:
    """Whether there were refused rows to save."""
    told = page(0)
    if not told["body"]:
        return False
    with out.open("wb") as file:
        file.write(base64.b64decode(told["body"]))
        while told["next"] is not None:
            told = page(told["next"])
            file.write(base64.b64decode(told["body"]))
    return True


def _out(beside: Path, kind: Kind) -> Path:
    return beside.with_name(f"{beside.stem}.{kind}.recusadas.csv")
