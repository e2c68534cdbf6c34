# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""Environment -> dependencies: the one module that reads the environment.

One function per door, of the door's own name, giving what its workflow asks for. A handler calls it once per
invocation; adapters and clients are made on first use and kept while the worker lives.
"""

import os
import time
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from emdia import fact_wiring, witness_wiring
from emdia.adapters import Adapters
from emdia.settings import Settings

if TYPE_CHECKING:
    import emdia.workflows.apply_erp_event
    import emdia.workflows.approve_version
    import emdia.workflows.attend_payment
    import emdia.workflows.attend_protocol
    import emdia.workflows.climb_ladder
    import emdia.workflows.confirm_notice
    import emdia.workflows.cosign_audit
    import emdia.workflows.deliver_facts
    import emdia.workflows.dispose_records
    import emdia.workflows.erase_person
    import emdia.workflows.explain_case
    import emdia.workflows.find_arrears
    import emdia.workflows.import_file
    import emdia.workflows.judge_contract
    import emdia.workflows.open_log
    import emdia.workflows.open_protocol
    import emdia.workflows.print_letters
    import emdia.workflows.prove_audit
    import emdia.workflows.prove_notice
    import emdia.workflows.receive_delivery
    import emdia.workflows.receive_erp_event
    import emdia.workflows.receive_opt_out
    import emdia.workflows.receive_payment
    import emdia.workflows.reconcile_payments
    import emdia.workflows.relay_facts
    import emdia.workflows.replay_parked
    import emdia.workflows.reply_hearing
    import emdia.workflows.report_protocols
    import emdia.workflows.seal_audit
    import emdia.workflows.send_copy
    import emdia.workflows.send_message
    import emdia.workflows.serve_notice
    import emdia.workflows.show_debt
    import emdia.workflows.stamp_audit
    import emdia.workflows.sweep_outreach
    import emdia.workflows.take_step
    import emdia.workflows.track_protocol
    import emdia.workflows.watch_log
    from emdia.providers.pix import PixBanks
    from emdia.workflows.number_desk import NumberDesk

Ready = TypeVar("Ready")


class OsRandomness:
    """The operating system's CSPRNG (ports.Randomness)."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        return os.urandom(size)


@cache
def _adapters() -> Adapters:
    return Adapters(Settings.from_env(os.environ), OsRandomness())


def _given(kind: type[Ready], **more: object) -> Ready:
    return _adapters().begin().given(kind, **more)


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

    return _given(Deps, erp_events=_adapters().queue("EMDIA_ERP_QUEUE"))


def apply_erp_event() -> "emdia.workflows.apply_erp_event.Deps":
    """For functions/apply_erp_event."""
    from emdia.workflows.apply_erp_event import Deps

    return _given(Deps)


def import_file() -> "emdia.workflows.import_file.Deps":
    """For functions/import_file."""
    from emdia.aws.clients import client
    from emdia.aws.intake import S3IntakeFiles
    from emdia.web.problems import title
    from emdia.workflows.import_file import Deps

    house = _adapters()
    return _given(
        Deps,
        files=S3IntakeFiles(client("s3"), house.settings.of("EMDIA_INTAKE")),
        imports=house.queue("EMDIA_IMPORTS_QUEUE"),
        stopwatch=time.monotonic,
        say=lambda why: title(why, "pt-BR"),
        receiving=receive_erp_event(),
    )


def replay_parked() -> "emdia.workflows.replay_parked.Deps":
    """For functions/replay_parked."""
    from emdia.workflows.replay_parked import Deps

    return _given(Deps, erp_events=_adapters().queue("EMDIA_ERP_QUEUE"))


def climb_ladder() -> "emdia.workflows.climb_ladder.Deps":
    """For functions/climb_ladder."""
    from emdia.workflows.climb_ladder import Deps

    return _given(Deps, steps=_adapters().queue("EMDIA_STEPS_QUEUE"))


def take_step() -> "emdia.workflows.take_step.Deps":
    """For functions/take_step."""
    from emdia.workflows.take_step import Deps

    return _given(Deps)


def release_case() -> "emdia.workflows.release_case.Deps":
    """For functions/release_case."""
    from emdia.workflows.release_case import Deps

    return _given(Deps)


@cache
def _desk() -> "NumberDesk":
    from emdia.workflows.number_desk import NumberDesk

    house = _adapters()
    return NumberDesk(house.clock, house.randomness, house.meter)


def attend_protocol() -> "emdia.workflows.attend_protocol.Deps":
    """For functions/attend_protocol."""
    from emdia.workflows.attend_protocol import Deps

    return _given(Deps, desk=_desk())


def open_protocol() -> "emdia.workflows.open_protocol.Deps":
    """For functions/open_protocol."""
    from emdia.workflows.open_protocol import Deps

    return _given(Deps, desk=_desk())


def track_protocol() -> "emdia.workflows.track_protocol.Deps":
    """For functions/track_protocol."""
    from emdia.portfolio.contract import Channel
    from emdia.workflows.track_protocol import Deps

    return _given(Deps, desk=_desk(), texter=_adapters().phones[Channel.SMS])


def send_copy() -> "emdia.workflows.send_copy.Deps":
    """For functions/send_copy."""
    from emdia.workflows.send_copy import Deps

    return _given(Deps, senders=_adapters().talking, public_url=_adapters().settings.of("EMDIA_PUBLIC_URL"))


def report_protocols() -> "emdia.workflows.report_protocols.Deps":
    """For functions/report_protocols."""
    from emdia.workflows.report_protocols import Deps

    return _given(Deps)


def approve_version() -> "emdia.workflows.approve_version.Deps":
    """For functions/approve_version."""
    return fact_wiring.approve_version(_adapters().begin())


def dispose_records() -> "emdia.workflows.dispose_records.Deps":
    """For functions/dispose_records."""
    return fact_wiring.dispose_records(_adapters().begin())


def erase_person() -> "emdia.workflows.erase_person.Deps":
    """For functions/erase_person."""
    return fact_wiring.erase_person(_adapters().begin())


def explain_case() -> "emdia.workflows.explain_case.Deps":
    """For functions/explain_case."""
    from emdia.web.problems import title
    from emdia.workflows.explain_case import Deps

    return _given(Deps, say=lambda why: title(why, "pt-BR"))


def prove_audit() -> "emdia.workflows.prove_audit.Deps":
    """For functions/prove_audit."""
    return fact_wiring.prove_audit(_adapters().begin())


def send_message() -> "emdia.workflows.send_message.Deps":
    """For functions/send_message."""
    from emdia.workflows.send_message import Deps

    return _given(
        Deps,
        senders=_adapters().providers,
        stopwatch=time.monotonic,
        public_url=_adapters().settings.of("EMDIA_PUBLIC_URL"),
        pace=_adapters().settings.pace(),
        pause=time.sleep,
    )


def receive_delivery() -> "emdia.workflows.receive_delivery.Deps":
    """For functions/receive_delivery."""
    from emdia.workflows.receive_delivery import Deps

    return _given(Deps, account=_adapters().settings.of("EMDIA_ACCOUNT"))


def receive_reply() -> "emdia.workflows.reply_hearing.Deps":
    """For functions/receive_reply."""
    from emdia.workflows.reply_hearing import Deps

    return _given(
        Deps,
        providers=_adapters().phones,
        desk=_desk(),
        pause=time.sleep,
        public_url=_adapters().settings.of("EMDIA_PUBLIC_URL"),
        account=_adapters().settings.of("EMDIA_ACCOUNT"),
    )


@cache
def _banks() -> "PixBanks":
    from emdia.clock import UtcClock
    from emdia.providers import pix

    # The machine's clock: a token holds in the bank's time, which nobody sets.
    return pix.PixBanks(_adapters().secrets.bank, UtcClock(), pix.line_of)


def receive_payment() -> "emdia.workflows.receive_payment.Deps":
    """For functions/receive_payment."""
    from emdia.settings import LOCAL
    from emdia.workflows.receive_payment import Deps

    return _given(Deps, certified=_adapters().settings.stage != LOCAL)


def reconcile_payments() -> "emdia.workflows.reconcile_payments.Deps":
    """For functions/reconcile_payments."""
    from emdia.workflows.reconcile_payments import Deps

    return _given(Deps, banks=_banks())


def attend_payment() -> "emdia.workflows.attend_payment.Deps":
    """For functions/attend_payment."""
    from emdia.workflows.attend_payment import Deps

    return _given(Deps)


def show_debt() -> "emdia.workflows.show_debt.Deps":
    """For functions/show_debt."""
    from emdia.workflows.show_debt import Deps

    return _given(Deps, banks=_banks())


def receive_opt_out() -> "emdia.workflows.receive_opt_out.Deps":
    """For functions/receive_opt_out."""
    from emdia.workflows.receive_opt_out import Deps

    return _given(Deps)


def sweep_outreach() -> "emdia.workflows.sweep_outreach.Deps":
    """For functions/sweep_outreach."""
    from emdia.workflows.sweep_outreach import Deps

    return _given(
        Deps,
        steps=_adapters().queue("EMDIA_STEPS_QUEUE"),
        erp_events=_adapters().queue("EMDIA_ERP_QUEUE"),
        notices=_adapters().queue("EMDIA_NOTICES_QUEUE"),
        outbox=_adapters().queue("EMDIA_ERP_OUT_QUEUE"),
        copies=_adapters().queue("EMDIA_COPIES_QUEUE"),
    )


def find_arrears() -> "emdia.workflows.find_arrears.Deps":
    """For functions/find_arrears."""
    from emdia.workflows.find_arrears import Deps

    return _given(Deps, notices=_adapters().queue("EMDIA_NOTICES_QUEUE"))


def serve_notice() -> "emdia.workflows.serve_notice.Deps":
    """For functions/serve_notice."""
    from emdia.workflows.serve_notice import Deps

    return _given(
        Deps,
        senders=_adapters().providers,
        stopwatch=time.monotonic,
        public_url=_adapters().settings.of("EMDIA_PUBLIC_URL"),
    )


def confirm_notice() -> "emdia.workflows.confirm_notice.Deps":
    """For functions/confirm_notice."""
    from emdia.workflows.confirm_notice import Deps

    return _given(Deps)


def prove_notice() -> "emdia.workflows.prove_notice.Deps":
    """For functions/prove_notice."""
    from emdia.workflows.prove_notice import Deps

    return _given(Deps)


def judge_contract() -> "emdia.workflows.judge_contract.Deps":
    """For functions/judge_contract."""
    from emdia.workflows.judge_contract import Deps

    return _given(Deps)


def print_letters() -> "emdia.workflows.print_letters.Deps":
    """For functions/print_letters."""
    from emdia.workflows.print_letters import Deps

    return _given(Deps)


def relay_facts() -> "emdia.workflows.relay_facts.Deps":
    """For functions/relay_facts."""
    return fact_wiring.relay_facts(_adapters().begin())


def deliver_facts() -> "emdia.workflows.deliver_facts.Deps":
    """For functions/deliver_facts."""
    return fact_wiring.deliver_facts(_adapters().begin())


def seal_audit() -> "emdia.workflows.seal_audit.Deps":
    """For functions/seal_audit."""
    return fact_wiring.seal_audit(_adapters().begin())


def open_log() -> "emdia.workflows.open_log.Deps":
    """For functions/open_log."""
    return fact_wiring.open_log(_adapters().begin())


def watch_log() -> "emdia.workflows.watch_log.Deps":
    """For functions/watch_log."""
    return fact_wiring.watch_log(_adapters().begin())


def cosign_audit() -> "emdia.workflows.cosign_audit.Deps":
    """For functions/cosign_audit, in the witness's account."""
    return witness_wiring.cosign(_adapters())


def stamp_audit() -> "emdia.workflows.stamp_audit.Deps":
    """For functions/stamp_audit, in the witness's account."""
    return witness_wiring.stamp(_adapters())
