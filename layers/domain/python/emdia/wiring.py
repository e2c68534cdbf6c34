# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""Environment -> dependencies: the one module that reads the environment and builds adapters.

One function per door, of the door's own name, giving what its workflow asks for. A handler calls it once per
invocation; adapters and clients are made on first use and kept while the worker lives.
"""

import os
import time
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from emdia.clock import UtcClock
from emdia.ports import Clock, Queue
from emdia.settings import LOCAL, Settings, set_clock

if TYPE_CHECKING:
    import emdia.workflows.apply_erp_event
    import emdia.workflows.climb_ladder
    import emdia.workflows.receive_delivery
    import emdia.workflows.receive_erp_event
    import emdia.workflows.receive_opt_out
    import emdia.workflows.replay_parked
    import emdia.workflows.send_message
    import emdia.workflows.sweep_outreach
    import emdia.workflows.take_step
    from emdia.aws.agenda import DynamoAgenda
    from emdia.aws.clock_row import ClockRow
    from emdia.aws.keyring import Keyring
    from emdia.aws.ledger import DynamoLedgers
    from emdia.aws.meter import LineMeter
    from emdia.aws.pseudonyms import KeyedPseudonyms
    from emdia.aws.secrets import ManagedSecrets


class OsRandomness:
    """The operating system's CSPRNG (ports.Randomness)."""

    def token(self, size: int) -> bytes:
        """`size` unpredictable bytes."""
        return os.urandom(size)


class _Adapters:
    """Everything a door may be given, made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def begin(self) -> "_Adapters":
        """An invocation begins: where the clock can be set, it is read again."""
        if self.settings.stage == LOCAL:
            self.clock_row.begin()
        return self

    @cached_property
    def clock_row(self) -> "ClockRow":
        from emdia.aws.clock_row import ClockRow

        return ClockRow(self.dynamodb, self.settings.of("EMDIA_JOURNAL"))

    @cached_property
    def clock(self) -> Clock:
        return set_clock(self.settings.stage, self.clock_row.read) if self.settings.stage == LOCAL else UtcClock()

    @cached_property
    def randomness(self) -> OsRandomness:
        return OsRandomness()

    @cached_property
    def dynamodb(self) -> Any:
        from emdia.aws.clients import client

        return client("dynamodb")

    @cached_property
    def keyring(self) -> "Keyring":
        from emdia.aws.clients import client
        from emdia.aws.keyring import Keyring

        table, cmk = self.settings.of("EMDIA_KEYS"), self.settings.of("EMDIA_KEYS_CMK")
        return Keyring(self.dynamodb, client("kms"), table, cmk, self.clock, self.randomness)

    @cached_property
    def ledgers(self) -> "DynamoLedgers":
        from emdia.aws.ledger import DynamoLedgers

        ledger, journal = self.settings.of("EMDIA_LEDGER"), self.settings.of("EMDIA_JOURNAL")
        return DynamoLedgers(self.dynamodb, ledger, journal, self.keyring, self.clock, self.randomness)

    @cached_property
    def pseudonyms(self) -> "KeyedPseudonyms":
        from emdia.aws.pseudonyms import KeyedPseudonyms

        return KeyedPseudonyms(self.keyring)

    @cached_property
    def secrets(self) -> "ManagedSecrets":
        from emdia.aws.clients import client
        from emdia.aws.secrets import ManagedSecrets

        # The machine's clock too: a cache of five minutes means five minutes of the world.
        return ManagedSecrets(client("secretsmanager"), self.settings.stage, UtcClock())

    @cached_property
    def agenda(self) -> "DynamoAgenda":
        from emdia.aws.agenda import DynamoAgenda

        return DynamoAgenda(self.dynamodb, self.settings.of("EMDIA_LEDGER"), self.settings.of("EMDIA_JOURNAL"))

    @cached_property
    def sqs(self) -> Any:
        from emdia.aws.clients import client

        return client("sqs")

    @cached_property
    def meter(self) -> "LineMeter":
        from emdia.aws.meter import LineMeter

        # The machine's clock: CloudWatch refuses what is told of another time.
        return LineMeter(self.settings.stage, self.settings.function, UtcClock())

    def queue(self, name: str) -> Queue:
        """The queue whose URL is in the setting `name`."""
        from emdia.aws.queues import SqsQueue

        return SqsQueue(self.sqs, self.settings.of(name))


@cache
def _adapters() -> _Adapters:
    return _Adapters(Settings.from_env(os.environ))


def command_line(stage: str) -> _Adapters:
    """For `emdia` at a person's terminal: the stage's tables and keys, by the names the template gives them."""
    from emdia.aws.clients import client

    alias = f"alias/emdia-{stage}-class-keys"
    told = {f"EMDIA_{name.upper()}": f"emdia-{stage}-{name}" for name in ("ledger", "journal", "keys")}
    told["EMDIA_KEYS_CMK"] = str(client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    return _Adapters(Settings(stage, "emdia", told)).begin()


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


@cache
def _mailer() -> Any:
    from emdia.aws.clients import send_client
    from emdia.aws.mailer import SesMailer

    return SesMailer(send_client("sesv2"), _adapters().settings.of("EMDIA_CONFIGURATION_SET"))
