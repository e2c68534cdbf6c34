"""What differs between stages, and nothing else does. Read by every construct; no account is needed to synthesise."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

# Personal data of Brazilian beneficiaries stays in Brazil; customer-key tables need the region known at synth.
REGION: Final = "sa-east-1"


class Wheels(StrEnum):
    """Whose processor and interpreter the vendor layer is built for."""

    LAMBDA = "lambda"  # CPython 3.13 on arm64
    HOST = "host"  # the interpreter that synthesises: the embedded AWS runs handlers on it


class Release(StrEnum):
    """How a new version of a function takes over its alias `live`."""

    GRADUAL = "gradual"  # a tenth of the calls for five minutes; an error of the new version turns it back
    AT_ONCE = "at-once"  # for a repair that must not wait, and where nobody real is written to


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast one queue is drained. `concurrency` is the pace towards the provider behind it.

    `batch` records an invocation, after waiting `window` seconds for them; `timeout` seconds for the function.
    `per_second`: messages that the provider behind it takes, of all workers together; None where none is waited for.
    """

    batch: int
    window: int
    concurrency: int
    timeout: int
    per_second: int | None = None

    @property
    def out_of_sight(self) -> int:
        """Seconds that a message which failed waits for its next delivery.

        Six times the function's timeout, as AWS asks, and the wait for a batch on top: a message must not come up again
        while the first delivery is still being worked on.
        """
        return 6 * self.timeout + self.window


# A message that failed four times is looked at by a person; a bug must not be retried for days.
MAX_RECEIVES: Final = 4

# Kept by the event source's MaximumConcurrency, never by reserved concurrency: a throttled poller would burn
# receive counts and push good messages into the dead-letter queue.
RATES: Final[dict[str, Rate]] = {
    "erp-events": Rate(batch=10, window=1, concurrency=20, timeout=60),
    "steps": Rate(batch=10, window=5, concurrency=10, timeout=60),
    # SES starts accounts at 14 messages a second and lets short bursts pass; a short code begins at ten SMS a second, a
    # number on WhatsApp takes eighty. Each worker waits for its share of that after every group. What is too fast all
    # the same is throttled, released and tried again; it is never lost.
    "email": Rate(batch=5, window=5, concurrency=2, timeout=60, per_second=14),
    "sms": Rate(batch=2, window=5, concurrency=2, timeout=60, per_second=10),
    "whatsapp": Rate(batch=2, window=5, concurrency=8, timeout=60, per_second=80),
    # Drawn and kept by us, a few a second: no provider waits for them, and the printer takes a day's at once.
    "letter": Rate(batch=2, window=30, concurrency=2, timeout=60),
    # One ERP a time slot would starve the others; each message names many contracts of one operator.
    "erp-out": Rate(batch=10, window=5, concurrency=5, timeout=60),
    # One file a worker; two, so that a small file need not wait for a large one.
    "imports": Rate(batch=1, window=0, concurrency=2, timeout=300),
    # Ten contracts a message, each read whole; most of them need nothing.
    "notices": Rate(batch=2, window=5, concurrency=2, timeout=60),
    # Copies of answered attendances: a provider call each, at the pace of one worker.
    "copies": Rate(batch=1, window=0, concurrency=2, timeout=60),
    # Whoever writes "stop" is heard at once.
    "replies": Rate(batch=10, window=0, concurrency=5, timeout=60),
    # Four deliveries, five minutes apart: an event that is faster than our own record of the message is tried for a
    # quarter of an hour, and then waits for a person among the dead letters.
    "deliveries": Rate(batch=100, window=60, concurrency=5, timeout=40),
}

OUTREACH: Final = 25  # in one message of a channel's queue, at most
# What one worker hands over in a second when nothing holds it back: mails in bulk, the others one by one.
_ALONE: Final = {"email": 50, "sms": 10, "whatsapp": 10}
_PAUSES: Final = 20  # seconds of an invocation that may be spent waiting for the provider's pace


def _paced(name: str, per_second: int) -> Rate:
    """A channel's queue at a pace that its provider has granted: workers enough, and none that runs out of time."""
    concurrency = min(1000, max(2, math.ceil(per_second / _ALONE[name])))
    batch = max(1, min(RATES[name].batch, int(per_second / concurrency * _PAUSES / OUTREACH)))
    return replace(RATES[name], per_second=per_second, concurrency=concurrency, batch=batch)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Numbers of the operator's account and of the witness's. Both templates name the other: that is their point."""

    operator: str
    witness: str


# The two accounts of the embedded AWS: twelve digits as an access key are an account, and its root.
LAPTOP: Final = Accounts("210987654321", "109876543210")


@dataclass(frozen=True, slots=True)
class BankDoor:
    """Where banks call: a domain of the operator's, and the ARN of its certificate in ACM (docs/deploy.md)."""

    domain: str
    certificate: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One deployment of Em Dia.

    `audit_days`/`documents_days`: Object Lock COMPLIANCE default retention, in days; nobody can shorten it
    afterwards, not even the account's root, hence one day wherever data is made up.
    `tls`: buckets, queues and topics demand it; the embedded AWS has none (`infra/local/gaps.py`).
    `request_conditions`: policies may ask for conditional writes and kinds of signature; the embedded AWS knows
    neither condition key.
    `simulated_clock`: the schedules exist but sleep, because the laptop's clock runs by itself.
    `embedded`: without web ACL, aliases, traces and backup plan, which the embedded AWS does not have.
    `release`: how new versions take over. `public_url`: base of the links in messages, the API's own address if None.
    `ledger`: name of the restored table that stands in for the stack's own (docs/restore.md).
    `accounts`: where the stage and its witness live; without it there is no witness, and nothing is open to one.
    `bank`: where banks call; without it the API `bank` exists on the laptop alone, and no Pix of ours is collected.
    `pace`: messages a second that providers have granted, by channel, where it is not what RATES begins with.
    """

    name: str
    wheels: Wheels
    audit_days: int
    documents_days: int
    log_days: int
    api_rate: int  # requests a second
    api_burst: int
    tls: bool = True
    request_conditions: bool = True
    simulated_clock: bool = False
    embedded: bool = False
    release: Release = Release.AT_ONCE
    public_url: str | None = None
    ledger: str | None = None
    accounts: Accounts | None = None
    bank: BankDoor | None = None
    pace: Mapping[str, int] = field(default_factory=dict)

    @property
    def rates(self) -> Mapping[str, Rate]:
        """How fast each queue of the stage is drained."""
        return {**RATES, **{name: _paced(name, granted) for name, granted in self.pace.items()}}

    @property
    def worker_pace(self) -> str:
        """EMDIA_PACE: messages a second of one worker, by channel; "" where providers are made up.

        A tenth is left to notices, copies and answers, which go to the same providers.
        """
        shares = (
            f"{name}={0.9 * rate.per_second / rate.concurrency:g}"
            for name, rate in self.rates.items()
            if rate.per_second
        )
        return "" if self.simulated_clock else " ".join(shares)

    @property
    def real(self) -> bool:
        """Whether data is of real people, and locked by its class rather than for a day."""
        return self.audit_days > 1

    @property
    def lock_days(self) -> str:
        """EMDIA_LOCK_DAYS: how long an object of a log is locked, `class` for the date of its class."""
        return "class" if self.real else str(self.audit_days)

    @property
    def max_lock_days(self) -> int:
        """No lock may be longer: nobody could ever undo it. The longest class keeps eleven years after its own."""
        return 12 * 366 + 1 if self.real else self.audit_days + 1


STAGES: Final[dict[str, Stage]] = {
    stage.name: stage
    for stage in (
        Stage(
            "local",
            Wheels.HOST,
            audit_days=1,
            documents_days=1,
            log_days=1,
            api_rate=1000,
            api_burst=2000,
            tls=False,
            request_conditions=False,
            simulated_clock=True,
            embedded=True,
            accounts=LAPTOP,
        ),
        Stage("dev", Wheels.LAMBDA, audit_days=1, documents_days=1, log_days=14, api_rate=50, api_burst=100),
        # Five years: the limitation period of the debt (Código Civil art. 206 §5 I), see docs/law.md.
        Stage(
            "prod",
            Wheels.LAMBDA,
            audit_days=1827,
            documents_days=1827,
            log_days=365,
            api_rate=300,
            api_burst=600,
            release=Release.GRADUAL,
        ),
    )
}


def told(stage: Stage, own: Mapping[str, object]) -> Stage:
    """`stage` with what an operator says of it in `cdk.context.json`.

    `public_url`, `release`, `ledger`; `accounts` is `{"operator": "<12 digits>", "witness": "<12 digits>"}`, `bank`
    `{"domain": "<host name>", "certificate": "<its ARN in ACM>"}`, `pace` `{"email": <messages a second>, ...}`.

    Raises ValueError for anything else: a misspelt setting must not be passed over.
    """
    if unknown := own.keys() - {"public_url", "release", "ledger", "accounts", "bank", "pace"}:
        raise ValueError(f"stage {stage.name}: no such setting: {', '.join(sorted(unknown))}")
    ledger = str(own["ledger"]) if "ledger" in own else None
    # The name tells the functions that they work on a restored ledger (emdia/aws/era.py).
    if ledger is not None and not re.fullmatch(f"emdia-{stage.name}-ledger-[a-z0-9-]{{1,40}}", ledger):
        raise ValueError(f"stage {stage.name}: a restored ledger is called emdia-{stage.name}-ledger-<name>")
    return replace(
        stage,
        public_url=str(own["public_url"]) if "public_url" in own else stage.public_url,
        release=Release(str(own.get("release", stage.release))),
        ledger=ledger,
        accounts=_accounts(own["accounts"]) if "accounts" in own else stage.accounts,
        bank=_bank(own["bank"]) if "bank" in own else stage.bank,
        pace=_pace(own["pace"]) if "pace" in own else stage.pace,
    )


def _pace(own: object) -> Mapping[str, int]:
    paces = dict(own) if isinstance(own, dict) else {}
    sound = bool(paces) and paces.keys() <= _ALONE.keys()
    if not sound or not all(type(pace) is int and 2 <= pace <= 10_000 for pace in paces.values()):
        raise ValueError(f"pace is messages a second, from 2 to 10,000, by channel: {', '.join(_ALONE)}")
    return paces


def _bank(own: object) -> BankDoor:
    told = dict(own) if isinstance(own, dict) else {}
    sound = told.keys() == {"domain", "certificate"} and str(told["certificate"]).startswith("arn:")
    if not sound or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", str(told["domain"])):
        raise ValueError("a bank's door is a domain and the ARN of its certificate")
    return BankDoor(str(told["domain"]), str(told["certificate"]))


def _accounts(own: object) -> Accounts:
    numbers = dict(own) if isinstance(own, dict) else {}
    told = {str(number) for number in numbers.values() if re.fullmatch(r"\d{12}", str(number))}
    if numbers.keys() != {"operator", "witness"} or len(told) != len(numbers):
        raise ValueError("accounts are two: operator and witness, each a number of twelve digits")
    return Accounts(str(numbers["operator"]), str(numbers["witness"]))


def witness_of(stage: str) -> str:
    """Name of the stack in the witness's account. No other is deployed with it, nor by the same people."""
    return f"EmDia-{stage}-Witness"


def stacks_of(stage: str) -> tuple[str, ...]:
    """Names of the stage's stacks, in the order they are deployed in."""
    return (f"EmDia-{stage}-State", f"EmDia-{stage}-Service", f"EmDia-{stage}-Alarms")


SEALER: Final = "AuditSealAuditRole"  # how the template names the role of seal_audit
RECOVERY_DAYS: Final = 7  # of the table of keys: how long a key that was deleted can still be restored
LIVE: Final = "live"  # the alias by which every function is called
API_STAGE: Final = "public"  # first segment of every path of the REST API
INTAKE_DAYS: Final = 30  # files an ERP dropped in; what they said lives on in the ledger
