# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""Environment -> dependencies: the one module that reads the environment.

One function per door, of the door's own name, giving what its workflow asks for. A handler calls it once per
invocation; adapters and clients are made on first use and kept while the worker lives.
"""

import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from emdia import witness_wiring
from emdia.adapters import Adapters
from emdia.settings import Settings

if TYPE_CHECKING:
    import emdia.workflows.apply_erp_event
    import emdia.workflows.attend_protocol
    import emdia.workflows.climb_ladder
    import emdia.workflows.cosign_audit
    import emdia.workflows.erase_person
    import emdia.workflows.explain_case
    import emdia.workflows.prove_audit
    import emdia.workflows.receive_delivery
    import emdia.workflows.receive_erp_event
    import emdia.workflows.receive_opt_out
    import emdia.workflows.replay_parked
    import emdia.workflows.seal_audit
    import emdia.workflows.send_message
    import emdia.workflows.stamp_audit
    import emdia.workflows.sweep_outreach
    import emdia.workflows.take_step
    import emdia.workflows.watch_log
    from emdia.workflows.number_desk import NumberDesk


class OsRandomness:
    """The operating system's CSPRNG (ports.Randomness)."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        return os.urandom(size)


@cache
def _adapters() -> Adapters:
    return Adapters(Settings.from_env(os.environ), OsRandomness())


def command_line(stage: str) -> Adapters:
    """For `emdia` at a person's terminal: the stage's tables and keys, as its state stack names them.

    The ledger may be a restored one, whose name no rule tells.
    """
    from emdia.aws.clients import client

    alias = f"alias/emdia-{stage}-class-keys"
    cmk = str(client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    (stack,) = client("cloudformation").describe_stacks(StackName=f"EmDia-{stage}-State")["Stacks"]
    outputs = {one["OutputKey"]: str(one["OutputValue"]) for one in stack["Outputs"]}
    told = {f"EMDIA_{name.upper()}": outputs[f"{name.title()}Table"] for name in ("ledger", "journal", "keys")}
    told["EMDIA_KEYS_CMK"] = cmk
    return Adapters(Settings(stage, "emdia", told), OsRandomness()).begin()


def receive_erp_event() -> "emdia.workflows.receive_erp_event.Deps":
    """For functions/receive_erp_event."""
    from emdia.workflows.receive_erp_event import Deps

    house = _adapters().begin()
    return Deps(
        secrets=house.secrets,
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        erp_events=house.queue("EMDIA_ERP_QUEUE"),
        clock=house.clock,
        meter=house.meter,
    )


def apply_erp_event() -> "emdia.workflows.apply_erp_event.Deps":
    """For functions/apply_erp_event."""
    from emdia.workflows.apply_erp_event import Deps

    house = _adapters().begin()
    return Deps(ledgers=house.ledgers, pseudonyms=house.pseudonyms, clock=house.clock, meter=house.meter)


def replay_parked() -> "emdia.workflows.replay_parked.Deps":
    """For functions/replay_parked."""
    from emdia.workflows.replay_parked import Deps

    house = _adapters().begin()
    return Deps(
        secrets=house.secrets,
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        erp_events=house.queue("EMDIA_ERP_QUEUE"),
        clock=house.clock,
        meter=house.meter,
    )


def climb_ladder() -> "emdia.workflows.climb_ladder.Deps":
    """For functions/climb_ladder."""
    from emdia.workflows.climb_ladder import Deps

    house = _adapters().begin()
    return Deps(agenda=house.agenda, steps=house.queue("EMDIA_STEPS_QUEUE"), clock=house.clock, meter=house.meter)


def take_step() -> "emdia.workflows.take_step.Deps":
    """For functions/take_step."""
    from emdia.portfolio.contract import Channel
    from emdia.workflows.take_step import Deps

    house = _adapters().begin()
    channels = {Channel.EMAIL: house.queue("EMDIA_EMAIL_QUEUE")}
    return Deps(ledgers=house.ledgers, channels=channels, clock=house.clock, meter=house.meter)


def release_case() -> "emdia.workflows.release_case.Deps":
    """For functions/release_case."""
    from emdia.workflows.release_case import Deps

    house = _adapters().begin()
    return Deps(ledgers=house.ledgers, clock=house.clock)


@cache
def _desk() -> "NumberDesk":
    from emdia.workflows.number_desk import NumberDesk

    house = _adapters()
    return NumberDesk(house.clock, house.randomness, house.meter)


def attend_protocol() -> "emdia.workflows.attend_protocol.Deps":
    """For functions/attend_protocol."""
    from emdia.workflows.attend_protocol import Deps

    house = _adapters().begin()
    return Deps(
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        clock=house.clock,
        randomness=house.randomness,
        meter=house.meter,
        desk=_desk(),
    )


def erase_person() -> "emdia.workflows.erase_person.Deps":
    """For functions/erase_person."""
    from emdia.aws import caller
    from emdia.aws.clients import client
    from emdia.aws.traces import DynamoTraces
    from emdia.workflows.erase_person import Deps

    house = _adapters().begin()
    ledger = house.settings.of("EMDIA_LEDGER")
    return Deps(
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        traces=DynamoTraces(house.dynamodb, ledger, house.keyring, house.pseudonyms),
        callers=caller.StsCallers(client("sts").meta.endpoint_url, caller.get),
        clock=house.clock,
        meter=house.meter,
        stage=house.settings.stage,
        recovery_days=int(house.settings.of("EMDIA_RECOVERY_DAYS")),
    )


def explain_case() -> "emdia.workflows.explain_case.Deps":
    """For functions/explain_case."""
    from emdia.workflows.explain_case import Deps

    house = _adapters().begin()
    return Deps(
        secrets=house.secrets,
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        clock=house.clock,
        meter=house.meter,
    )


def prove_audit() -> "emdia.workflows.prove_audit.Deps":
    """For functions/prove_audit."""
    from emdia.aws import caller
    from emdia.aws.clients import client
    from emdia.aws.openings import KeyedOpenings
    from emdia.workflows.prove_audit import Deps

    house = _adapters().begin()
    return Deps(
        logs=house.logs,
        signer=house.log_signer,
        openings=KeyedOpenings(house.keyring),
        ledgers=house.ledgers,
        pseudonyms=house.pseudonyms,
        callers=caller.StsCallers(client("sts").meta.endpoint_url, caller.get),
        clock=house.clock,
        stage=house.settings.stage,
    )


def send_message() -> "emdia.workflows.send_message.Deps":
    """For functions/send_message."""
    from emdia.workflows.send_message import Deps

    house = _adapters().begin()
    return Deps(
        ledgers=house.ledgers,
        mailer=_mailer(),
        pseudonyms=house.pseudonyms,
        randomness=house.randomness,
        clock=house.clock,
        stopwatch=time.monotonic,
        meter=house.meter,
        public_url=house.settings.of("EMDIA_PUBLIC_URL"),
    )


def receive_delivery() -> "emdia.workflows.receive_delivery.Deps":
    """For functions/receive_delivery."""
    from emdia.workflows.receive_delivery import Deps

    house = _adapters().begin()
    return Deps(ledgers=house.ledgers, clock=house.clock, meter=house.meter)


def receive_opt_out() -> "emdia.workflows.receive_opt_out.Deps":
    """For functions/receive_opt_out."""
    from emdia.workflows.receive_opt_out import Deps

    house = _adapters().begin()
    return Deps(ledgers=house.ledgers, pseudonyms=house.pseudonyms, clock=house.clock, meter=house.meter)


def sweep_outreach() -> "emdia.workflows.sweep_outreach.Deps":
    """For functions/sweep_outreach."""
    from emdia.aws.scan import DynamoCaseScan
    from emdia.portfolio.contract import Channel
    from emdia.workflows.sweep_outreach import Deps

    house = _adapters().begin()
    return Deps(
        ledgers=house.ledgers,
        agenda=house.agenda,
        scan=DynamoCaseScan(house.dynamodb, house.settings.of("EMDIA_LEDGER")),
        channels={Channel.EMAIL: house.queue("EMDIA_EMAIL_QUEUE")},
        erp_events=house.queue("EMDIA_ERP_QUEUE"),
        clock=house.clock,
        meter=house.meter,
    )


def seal_audit() -> "emdia.workflows.seal_audit.Deps":
    """For functions/seal_audit."""
    from emdia.aws.journal import entry_of
    from emdia.aws.log_head import DynamoUnsealedFacts
    from emdia.workflows.seal_audit import Deps

    house = _adapters().begin()
    return Deps(
        logs=house.logs,
        signer=house.log_signer,
        unsealed=DynamoUnsealedFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL")),
        entry_of=entry_of,
        hands=house.sequencers,
        meter=house.meter,
    )


def watch_log() -> "emdia.workflows.watch_log.Deps":
    """For functions/watch_log."""
    from emdia.aws.canary import JournalCanary
    from emdia.aws.clients import client
    from emdia.aws.log_versions import S3LogVersions
    from emdia.aws.state_check import DynamoStateCheck
    from emdia.workflows.watch_log import Deps

    house = _adapters().begin()
    ledger, journal = house.settings.of("EMDIA_LEDGER"), house.settings.of("EMDIA_JOURNAL")
    return Deps(
        canary=JournalCanary(house.ledgers, house.logs),
        state=DynamoStateCheck(house.dynamodb, ledger, journal),
        versions=S3LogVersions(client("s3"), house.dynamodb, house.settings.of("EMDIA_AUDIT"), journal, house.logs),
        clock=house.clock,
        meter=house.meter,
    )


def cosign_audit() -> "emdia.workflows.cosign_audit.Deps":
    """For functions/cosign_audit, in the witness's account."""
    return witness_wiring.cosign(_adapters())


def stamp_audit() -> "emdia.workflows.stamp_audit.Deps":
    """For functions/stamp_audit, in the witness's account."""
    return witness_wiring.stamp(_adapters())


@cache
def _mailer() -> Any:
    from emdia.aws.clients import send_client
    from emdia.aws.mailer import SesMailer

    return SesMailer(send_client("sesv2"), _adapters().settings.of("EMDIA_CONFIGURATION_SET"))
