"""`emdia webhook`: where the operator's ERP is told, with which secret, and what it is told again."""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from emdia import wiring
from emdia.aws.clients import client
from emdia.aws.secrets import OURS
from emdia.cli.staff import fresh, rotate_client, secret_name
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.identity import parse_ans
from emdia.portfolio.contract import Endpoint
from emdia.portfolio.outbound import NO_CONTRACT, OutHead
from emdia.ports import Act, Ledger, Ledgers, Pseudonyms, Put, Randomness
from emdia.providers.webhook import parse_endpoint
from emdia.settings import LOCAL
from emdia.state import endpoint_ref, operator_ref, out_head_ref

Actor = Callable[[], str]


def add_parser(webhook: argparse.ArgumentParser, actor: Actor) -> None:
    """What can be done with the endpoint."""
    actions = webhook.add_subparsers(required=True)

    def action(name: str, text: str, run: Callable[[argparse.Namespace, str], str]) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=text, description=text)
        parser.add_argument("--operator", required=True, help="registro na ANS da operadora")
        parser.set_defaults(run=lambda asked: run(asked, actor()))
        return parser

    action("set", "define o endereço que recebe os avisos", _set).add_argument("--url", required=True)
    action("rotate", "novo segredo; o anterior continua assinando junto", _rotate)
    action("status", "mostra o endereço e se está parado", _status)
    action("resume", "volta a enviar depois de uma pausa", _resume)
    replay = action("replay", "envia de novo, a partir de um número", _replay)
    replay.add_argument("--contract", default="", help="número do contrato no ERP; vazio: avisos da operadora")
    replay.add_argument("--from", dest="first", type=int, required=True, help="primeiro número a repetir")


def _set(asked: argparse.Namespace, actor: str) -> str:
    house = wiring.command_line(asked.stage)
    url = parse_endpoint(asked.url, local=asked.stage == LOCAL)
    secret = put_endpoint(asked.operator, url, asked.stage, client("secretsmanager"), house.ledgers,
                          wiring.OsRandomness(), actor, house.clock.now())  # fmt: skip
    return f"Avisos vão para {url}." + (f" Segredo de assinatura, mostrado só agora:\n{secret}" if secret else "")


def _rotate(asked: argparse.Namespace, _actor: str) -> str:
    name = f"{OURS}{parse_ans(asked.operator, '/operator')}"
    secret = rotate_client(client("secretsmanager"), asked.stage, name, wiring.OsRandomness())
    return f"Novo segredo, mostrado só agora; por ora cada aviso leva as duas assinaturas:\n{secret}"


def _status(asked: argparse.Namespace, _actor: str) -> str:
    endpoint = held_endpoint(_ledger(asked))
    return f"{endpoint.url}: " + (f"parado ({endpoint.paused})" if endpoint.paused else "em uso")


def _resume(asked: argparse.Namespace, actor: str) -> str:
    ledger, now = _ledger(asked), wiring.command_line(asked.stage).clock.now()
    _record(replace(held_endpoint(ledger), paused=""), ledger, actor, now)
    return "Os avisos voltam a ser enviados em até uma hora."


def _replay(asked: argparse.Namespace, actor: str) -> str:
    house = wiring.command_line(asked.stage)
    count = replay(asked.contract, asked.first, _ledger(asked), house.pseudonyms, actor, house.clock.now())
    return f"{count} aviso(s) serão enviados de novo em até 15 minutos."


def _ledger(asked: argparse.Namespace) -> Ledger:
    return wiring.command_line(asked.stage).ledgers.of(parse_ans(asked.operator, "/operator"))


def put_endpoint(
    ans: str,
    url: str,
    stage: str,
    secretsmanager: Any,
    ledgers: Ledgers,
    randomness: Randomness,
    actor: str,
    now: datetime,
) -> str:
    """Record where the ERP is told; the signing secret the first time, "" afterwards.

    What happens from now on is told. Raises Rejected `operator-unknown`; LostRace.
    """
    ledger = ledgers.of(parse_ans(ans, "/operator"))
    states = ledger.get([operator_ref(), endpoint_ref()])
    if operator_ref() not in states:
        raise Rejected("operator-unknown", "/operator")
    held = states.get(endpoint_ref())
    secret = fresh(randomness)
    try:
        secretsmanager.create_secret(
            Name=secret_name(stage, f"{OURS}{ledger.ans}"),
            Description=f"Em Dia {stage}: signs what the ERP of {ledger.ans} is told",
            SecretString=json.dumps({"operator": ledger.ans, "secrets": [secret]}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise
        secret = ""
    endpoint = replace(held, url=url, paused="") if isinstance(held, Endpoint) else Endpoint(url=url)
    _record(endpoint, ledger, actor, now)
    return secret


def replay(contract: str, first: int, ledger: Ledger, pseudonyms: Pseudonyms, actor: str, now: datetime) -> int:
    """Tell a contract's events again from number `first`; how many. The ERP knows them by their ids.

    Raises Rejected `contract-unknown`, `replay-range-invalid`; LostRace.
    """
    key = pseudonyms.of(ledger.ans, "contract", contract) if contract else NO_CONTRACT
    head = ledger.get([out_head_ref(key)]).get(out_head_ref(key))
    if not isinstance(head, OutHead):
        raise Rejected("contract-unknown", "/contract")
    if not 1 <= first <= head.given:
        raise Rejected("replay-range-invalid", "/from", given=head.given)
    sent = min(first - 1, head.sent)
    values = (Value("ator", actor), Value("de", first))
    mark = sha256(f"{actor}|{first}|{now}".encode()).hexdigest()[:16]
    again = replace(head, sent=sent, failures=0, failing_since=None, due=now)
    act = Act(f"replay:{key}:{head.v}:{mark}", (Put(again),), (Fact("erp.told", head.ref, values),))
    if ledger.commit([act]).lost:
        raise LostRace("events of this contract are being delivered")
    return head.given - sent


def held_endpoint(ledger: Ledger) -> Endpoint:
    """Raises Rejected `endpoint-unknown`."""
    endpoint = ledger.get([endpoint_ref()]).get(endpoint_ref())
    if not isinstance(endpoint, Endpoint):
        raise Rejected("endpoint-unknown", "/operator")
    return endpoint


def _record(endpoint: Endpoint, ledger: Ledger, actor: str, now: datetime) -> None:
    values = (Value("ator", actor), Value("url", endpoint.url))
    mark = sha256(f"{actor}|{endpoint.url}|{now}".encode()).hexdigest()[:16]
    act = Act(f"endpoint:{endpoint.v}:{mark}", (Put(endpoint),), (Fact("endpoint.recorded", endpoint.ref, values),))
    if ledger.commit([act]).lost:
        raise LostRace("somebody else changed the endpoint")
