"""Registers operators, ERP clients and the holidays of municipalities."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.identity import parse_ans, parse_cnpj, parse_email, parse_ibge
from emdia.messages.spelling import BRIEF
from emdia.portfolio.contract import Operator
from emdia.portfolio.municipal import parse_holidays
from emdia.ports import STATE_KEYS, Act, Ledgers, Put, Randomness
from emdia.state import OPERATOR_SUBJECT, operator_ref

SECRET_BYTES = 32  # Standard Webhooks: 24 to 64


def add_operator(told: Mapping[str, str], ledgers: Ledgers, actor: str, now: datetime) -> Operator:
    """Record the operator's profile, or change it: what every message is signed with (CDC art. 42-A).

    Raises Rejected for an invalid register, CNPJ, sender or seat; LostRace when somebody else changed it meanwhile.
    """
    ans = parse_ans(told["ans"], "/ans")
    ledger = ledgers.of(ans)
    ledger.ensure_keys([(OPERATOR_SUBJECT, key) for key in (*STATE_KEYS, LogClass.ACESSO)])
    held = ledger.get([operator_ref()]).get(operator_ref())
    operator = Operator(
        ans=ans,
        name=_required(told, "name"),
        cnpj=parse_cnpj(told["cnpj"], "/cnpj"),
        address=_required(told, "address"),
        mail_from=parse_email(told["mail_from"], "/mail_from"),
        phone=_required(told, "phone"),
        site=_required(told, "site"),
        how_to_pay=_required(told, "how_to_pay"),
        seat=parse_ibge(told["seat"], "/seat"),
        short_name=_short(told.get("short_name", "")),
        sms_from=told.get("sms_from", "").strip(),
        whatsapp_from=told.get("whatsapp_from", "").strip(),
        letters=told.get("letters", "") == "yes",
    )
    if held is not None:
        operator = replace(operator, v=held.v, last=held.last)
    text = json.dumps({key: told[key] for key in sorted(told)}, ensure_ascii=False)
    fact = Fact("operator.recorded", operator.ref, (Value("ator", actor), Value("cadastro", text)))
    command = f"operator:{ans}:{operator.v}:{sha256(f'{actor}|{text}|{now}'.encode()).hexdigest()[:16]}"
    if ledger.commit([Act(command, (Put(operator),), (fact,))]).lost:
        raise LostRace("somebody else changed the operator")
    return operator


def _short(name: str) -> str:
    """A name that an SMS has room for."""
    if len(name) > BRIEF or not name.isprintable():
        raise Rejected("field-invalid", "/short_name")
    return name.strip()


def _required(told: Mapping[str, str], field: str) -> str:
    value = told[field].strip()
    if not value or not value.isprintable():
        raise Rejected("field-invalid", f"/{field}")
    return value


def put_holidays(ans: str, table: str, ledgers: Ledgers, actor: str, now: datetime) -> int:
    """Replace the holidays of every municipality that `table` names (portfolio/municipal.py); how many those are.

    They close contact windows from the next decision on. Raises Rejected for what the table may not say;
    LostRace when somebody else changed some of them meanwhile: those named before are in force, put it again.
    """
    ledger = ledgers.of(parse_ans(ans, "/operator"))
    told = parse_holidays(table)
    held = ledger.get([one.ref for one in told])
    acts = []
    for one in told:
        stored = held.get(one.ref)
        state = one if stored is None else replace(one, v=stored.v, last=stored.last)
        days = ";".join(f"{day.isoformat()} {name}" for day, name in one.days)
        values = (Value("ator", actor), Value("municipio", one.ibge), Value("dias", days))
        mark = sha256(f"{actor}|{days}|{now}".encode()).hexdigest()[:16]
        fact = Fact("municipal_holidays.recorded", one.ref, values)
        acts.append(Act(f"holidays:{one.ibge}:{state.v}:{mark}", (Put(state),), (fact,)))
    if ledger.commit(acts).lost:
        raise LostRace("somebody else changed the holidays")
    return len(acts)


def add_client(secretsmanager: Any, stage: str, client: str, ans: str, ledgers: Ledgers, randomness: Randomness) -> str:
    """Create the client's secret and give its signing key, this once.

    Raises Rejected `operator-unknown` for a register nobody recorded: its events would be signed by no one;
    `client-exists`.
    """
    operator = parse_ans(ans, "/operator")
    if operator_ref() not in ledgers.of(operator).get([operator_ref()]):
        raise Rejected("operator-unknown", "/operator")
    secret = fresh(randomness)
    told = {"operator": operator, "secrets": [secret]}
    try:
        secretsmanager.create_secret(
            Name=secret_name(stage, client),
            Description=f"Em Dia {stage}: signing secrets of ERP client {client}",
            SecretString=json.dumps(told),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceExistsException":
            raise Rejected("client-exists", "/client") from None
        raise
    return secret


def rotate_client(secretsmanager: Any, stage: str, client: str, randomness: Randomness) -> str:
    """A fresh signing key beside the newest one so far, which stays valid; an older one ends.

    Raises Rejected `client-unknown`.
    """
    name = secret_name(stage, client)
    try:
        told = json.loads(secretsmanager.get_secret_value(SecretId=name)["SecretString"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise Rejected("client-unknown", "/client") from None
        raise
    secret = fresh(randomness)
    told["secrets"] = [secret, *told["secrets"][:1]]
    secretsmanager.put_secret_value(SecretId=name, SecretString=json.dumps(told))
    return secret


def secret_name(stage: str, client: str) -> str:
    """Where the functions look for a client's secrets."""
    return f"emdia/{stage}/erp/{client}"


def fresh(randomness: Randomness) -> str:
    """A signing key as Standard Webhooks spells it."""
    return "whsec_" + base64.b64encode(randomness.token(SECRET_BYTES)).decode()
