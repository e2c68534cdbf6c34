"""Whether an ERP's event goes the whole road: through the public door, into the books, into the sealed log.

The event tells of a contract that nobody has: no invoice and no contact point, so that nobody can be written to because
of it. It is signed by a client of its own, whose secret lives as long as the check.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from emdia.audit.opened import CANARY, opened_ref
from emdia.audit.ports import LogName
from emdia.aws.canary import JournalCanary
from emdia.aws.logs import AwsLogs
from emdia.cli import staff
from emdia.cli.smoke_site import AbsentError, Probe, Site, WrongError, paged
from emdia.clock import UtcClock, instant
from emdia.facts import LogClass
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.providers.signatures import sign
from emdia.state import inbox_ref
from emdia.workflows.watch_log import EVERY

CONTRACT: Final = "teste-de-implantacao"
CLIENT: Final = "smoke-"  # what the name of the check's own client begins with
_ANSWER_SECONDS: Final = 15
_LEFT_OVER: Final = timedelta(hours=1)  # a client this old belongs to no check that still runs
_OVER: Final = frozenset({InboxStatus.APPLIED, InboxStatus.SUPERSEDED})


@dataclass(frozen=True)
class _Answer:
    status: int
    document: Mapping[str, Any]


def refuses(site: Site) -> str:
    """The public door answers, and takes nothing whose signature is wrong."""
    with _client(site, site.operators[0]) as (client, _):
        answer = _post(site, client, _event(site.operators[0], site.house.clock.now()), staff.fresh(site.randomness))
    if (answer.status, answer.document.get("code")) != (401, "signature-invalid"):
        raise WrongError(f"respondeu {answer.status} {answer.document.get('code', '')} a uma assinatura falsa")
    return f"{_address(site)} recusa uma assinatura falsa com 401"


def goes_through(site: Site) -> str:
    """A signed event of each operator is taken, queued and applied."""
    for ans in site.operators:
        _opened(site, ans)
        event = _event(ans, site.house.clock.now())
        with _client(site, ans) as (client, secret):
            answer = _post(site, client, event, secret)
            if (answer.status, answer.document.get("refused")) != (202, []):
                raise WrongError(f"operadora {ans}: respondeu {answer.status} {answer.document.get('code', '')}")
            _applied(site, ans, client, event["id"])
    return f"evento assinado, aceito e aplicado: {', '.join(site.operators)}"


def seals(site: Site) -> str:
    """A fact written now is in a sealed log within the patience."""
    _opened(site, CANARY)
    canary, now, began = _canary(site), site.house.clock.now(), site.stopwatch()
    canary.sing(now)
    if not site.wait(lambda: canary.heard(now) is True):
        raise WrongError(f"um fato espera há mais de {site.patience:.0f} s por seu registro")
    return f"selado em {site.stopwatch() - began:.0f} s"


def sang(site: Site) -> str:
    """The canary of the last quarter of an hour but one, which the clock wrote by itself, is sealed."""
    now = site.house.clock.now()
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) - EVERY
    heard = _canary(site).heard(quarter)
    if heard is None:
        raise AbsentError("o relógio ainda não escreveu nenhum")
    if not heard:
        raise WrongError(f"o de {instant(quarter)} não está selado")
    return f"o de {instant(quarter)} está selado"


@contextmanager
def _client(site: Site, ans: str) -> Iterator[tuple[str, str]]:
    """An ERP client of the operator and its signing secret, for as long as the block runs.

    Each run has a name of its own: functions keep what they have read of a client for five minutes.
    """
    manager = site.service("secretsmanager")
    asked = {"Filters": [{"Key": "name", "Values": [staff.secret_name(site.stage, CLIENT)]}], "MaxResults": 100}
    for one in paged(manager.list_secrets, "SecretList", **asked):
        if UtcClock().now() - one["CreatedDate"] > _LEFT_OVER:
            manager.delete_secret(SecretId=one["Name"], ForceDeleteWithoutRecovery=True)
    client, secret = f"{CLIENT}{site.randomness.token(6).hex()}", staff.fresh(site.randomness)
    name = staff.secret_name(site.stage, client)
    manager.create_secret(
        Name=name,
        Description=f"Em Dia {site.stage}: of one smoke test, deleted at its end",
        SecretString=json.dumps({"operator": ans, "secrets": [secret]}),
    )
    try:
        yield client, secret
    finally:
        manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def _event(ans: str, now: datetime) -> dict[str, Any]:
    """A contract of nobody's. The CPF has right check digits and is what tests are made with."""
    nobody = {"name": "Teste de Implantação", "cpf": "000.000.001-91", "birth_on": "1970-01-01"}
    return {
        "id": f"smoke-{now:%Y%m%dT%H%M%S.%f}",
        "type": "contract.upserted",
        "operator": ans,
        "occurred_at": instant(now),
        "data": {
            "contract": CONTRACT,
            "kind": "individual",
            "signed_on": "2020-01-01",
            "plan": {"name": "Teste", "ans_register": "000000000"},
            "holder": nobody,
            "beneficiaries": [nobody],
            "address": {
                "street": "Praça da Sé",
                "number": "s/n",
                "district": "Sé",
                "city": "São Paulo",
                "uf": "SP",
                "postal_code": "01001-000",
                "ibge": "3550308",
            },
            "contact_points": [],
        },
    }


def _post(site: Site, client: str, event: Mapping[str, Any], secret: str) -> _Answer:
    body = json.dumps({"events": [event]}, ensure_ascii=False)
    now = site.house.clock.now()
    headers = {"content-type": "application/json", **sign(f"msg_{client}", now, body, [secret])}
    url = f"{_address(site)}/v1/erp/{client}/events"
    request = urllib.request.Request(url, body.encode(), headers, method="POST")  # noqa: S310  https, or loopback
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310
            return _answer(answer.status, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return _answer(refused.code, refused.read())
    except OSError as error:
        raise WrongError(f"{_address(site)} não respondeu ({type(error).__name__})") from None


def _answer(status: int, body: bytes) -> _Answer:
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return _Answer(status, told if isinstance(told, dict) else {})


def _address(site: Site) -> str:
    address = (site.address or site.output("ApiUrl")).rstrip("/")
    if not address.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise WrongError("o endereço não começa com https://")
    return address


def _opened(site: Site, ans: str) -> None:
    """Facts of a log without its key would ring for nothing until the night."""
    ref = opened_ref(LogName(ans, LogClass.OPERACAO, site.house.clock.now().year))
    if ref not in site.house.ledgers.of(ans).get([ref]):
        raise WrongError("os registros da operadora ainda não foram abertos")


def _applied(site: Site, ans: str, client: str, event: str) -> None:
    ref = inbox_ref(client, site.house.pseudonyms.of(ans, "event", event))
    ledger, seen = site.house.ledgers.of(ans), ""

    def over() -> bool:
        nonlocal seen
        row = ledger.get([ref]).get(ref)
        seen = f"{row.status} {row.reason}".strip() if isinstance(row, InboxEvent) else "ausente"
        return isinstance(row, InboxEvent) and row.status in _OVER

    if not site.wait(over):
        raise WrongError(f"operadora {ans}: o evento aceito não foi aplicado ({seen})")


def _canary(site: Site) -> JournalCanary:
    journal = site.output("JournalTable")
    s3, bucket = site.service("s3"), site.output("AuditBucket")
    return JournalCanary(
        site.house.ledgers, AwsLogs(s3, site.house.dynamodb, bucket, journal, site.stage, site.house.clock)
    )


PROBES: Final = (
    Probe("porta pública", "docs/runbook.md, errors-receive_erp_event; e o DNS de public_url.", refuses),
    Probe("ida e volta", "Olhe gatilhos e filas mortas acima, e o log de apply_erp_event.", goes_through),
    Probe("selo", "docs/runbook.md, counted-CanaryLate e counted-LogUnopened.", seals),
    Probe("canário", "docs/runbook.md, counted-CanaryLate.", sang),
)
