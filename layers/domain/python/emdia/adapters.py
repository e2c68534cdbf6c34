# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""Adapters over AWS, each made when it is first asked for and kept while the worker lives."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from emdia.clock import UtcClock
from emdia.ports import Clock, Queue, Randomness
from emdia.settings import CLOCK, Settings, set_clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emdia.audit.ports import LogName
    from emdia.audit.shards import Hand
    from emdia.aws.agenda import DynamoAgenda
    from emdia.aws.books import DynamoBooks
    from emdia.aws.day_book import DynamoDayBook
    from emdia.aws.documents import S3Documents
    from emdia.aws.history import DynamoHistory
    from emdia.aws.keyring import Keyring
    from emdia.aws.ledger import DynamoLedgers
    from emdia.aws.log_keys import KmsLogKeys
    from emdia.aws.logs import AwsLogs
    from emdia.aws.mailer import SesMailer
    from emdia.aws.meter import LineMeter
    from emdia.aws.press import LetterPress
    from emdia.aws.pseudonyms import KeyedPseudonyms
    from emdia.aws.scan import DynamoCaseScan
    from emdia.aws.seals import KeyedSeals
    from emdia.aws.secrets import ManagedSecrets
    from emdia.aws.senders import DynamoSenders
    from emdia.aws.texter import SmsOptOuts
    from emdia.clock_file import ClockFile
    from emdia.messages.ports import Sender
    from emdia.portfolio.contract import Channel

BY_CLASS = "class"  # EMDIA_LOCK_DAYS where data is real: each log's own date

Ready = TypeVar("Ready")


class Adapters:
    """Everything a door may be given, made when it is first asked for."""

    def __init__(self, settings: Settings, randomness: Randomness) -> None:
        self.settings, self.randomness = settings, randomness

    def begin(self) -> "Adapters":
        """An invocation begins: where the clock can be set, it is read again."""
        if CLOCK in self.settings.told:
            self.clock_file.begin()
        return self

    def given(self, kind: type[Ready], **more: object) -> Ready:
        """What a workflow asks for: `more`, and for every other name the adapter that is called so."""
        names = [one for one in kind.__annotations__ if one not in more]
        return kind(**{name: getattr(self, name) for name in names}, **more)

    @cached_property
    def clock_file(self) -> "ClockFile":
        """The file that holds the time where it can be set."""
        from emdia.clock_file import ClockFile

        return ClockFile(Path(self.settings.of(CLOCK)))

    @cached_property
    def clock(self) -> Clock:
        """The clock of the house. Raises Halted where somebody would set it and may not."""
        return set_clock(self.settings.stage, self.clock_file.read) if CLOCK in self.settings.told else UtcClock()

    @cached_property
    def dynamodb(self) -> Any:
        """Client of the tables."""
        from emdia.aws.clients import client

        return client("dynamodb")

    @cached_property
    def keyring(self) -> "Keyring":
        """Subject and class keys."""
        from emdia.aws.clients import client
        from emdia.aws.keyring import Keyring

        table, cmk = self.settings.of("EMDIA_KEYS"), self.settings.of("EMDIA_KEYS_CMK")
        return Keyring(self.dynamodb, client("kms"), table, cmk, self.clock, self.randomness)

    @cached_property
    def ledgers(self) -> "DynamoLedgers":
        """Operators' ledgers."""
        from emdia.aws.ledger import DynamoLedgers

        ledger, journal = self.settings.of("EMDIA_LEDGER"), self.settings.of("EMDIA_JOURNAL")
        return DynamoLedgers(self.dynamodb, ledger, journal, self.keyring, self.clock, self.randomness)

    @cached_property
    def pseudonyms(self) -> "KeyedPseudonyms":
        """Keyed ids."""
        from emdia.aws.pseudonyms import KeyedPseudonyms

        return KeyedPseudonyms(self.keyring)

    @cached_property
    def secrets(self) -> "ManagedSecrets":
        """ERP clients' secrets."""
        from emdia.aws.clients import client
        from emdia.aws.secrets import ManagedSecrets

        # The machine's clock too: a cache of five minutes means five minutes of the world.
        return ManagedSecrets(client("secretsmanager"), self.settings.stage, UtcClock())

    @cached_property
    def agenda(self) -> "DynamoAgenda":
        """What falls due."""
        from emdia.aws.agenda import DynamoAgenda

        return DynamoAgenda(self.dynamodb, self.settings.of("EMDIA_LEDGER"), self.settings.of("EMDIA_JOURNAL"))

    @cached_property
    def history(self) -> "DynamoHistory":
        """A portfolio and its past, for simulations."""
        from emdia.aws.history import DynamoHistory

        return DynamoHistory(self.dynamodb, self.settings.of("EMDIA_LEDGER"))

    @property
    def books(self) -> "DynamoBooks":
        """What came in."""
        from emdia.aws.books import DynamoBooks

        return DynamoBooks(self.dynamodb, self.settings.of("EMDIA_LEDGER"))

    @cached_property
    def logs(self) -> "AwsLogs":
        """The sealed logs; only who writes them is told how long what they write is locked."""
        from emdia.aws.clients import client
        from emdia.aws.logs import AwsLogs

        told = self.settings.of("EMDIA_LOCK_DAYS") if "EMDIA_LOCK_DAYS" in self.settings.told else BY_CLASS
        days = None if told == BY_CLASS else int(told)
        bucket, journal = self.settings.of("EMDIA_AUDIT"), self.settings.of("EMDIA_JOURNAL")
        return AwsLogs(client("s3"), self.dynamodb, bucket, journal, self.settings.stage, self.clock, days)

    @cached_property
    def scan(self) -> "DynamoCaseScan":
        """The whole portfolio."""
        from emdia.aws.scan import DynamoCaseScan

        return DynamoCaseScan(self.dynamodb, self.settings.of("EMDIA_LEDGER"))

    @cached_property
    def day_book(self) -> "DynamoDayBook":
        """Attendances in the order of their numbers."""
        from emdia.aws.day_book import DynamoDayBook

        return DynamoDayBook(self.dynamodb, self.settings.of("EMDIA_LEDGER"))

    @cached_property
    def log_keys(self) -> "KmsLogKeys":
        """The keys that sign for the logs; only who makes them is told under which policy."""
        from emdia.aws.clients import client
        from emdia.aws.log_keys import KmsLogKeys

        policy = self.settings.told.get("EMDIA_LOG_KEY_POLICY", "")
        return KmsLogKeys(client("kms"), self.settings.stage, policy)

    @cached_property
    def sequencers(self) -> "dict[LogName, Hand]":
        """This worker's hands on the logs it has seen; each remembers the edge it left."""
        return {}

    @cached_property
    def senders(self) -> "DynamoSenders":
        """Whose a sender is."""
        from emdia.aws.senders import DynamoSenders

        return DynamoSenders(self.dynamodb, self.settings.of("EMDIA_LEDGER"))

    @cached_property
    def seals(self) -> "KeyedSeals":
        """Operators' protocol keys."""
        from emdia.aws.seals import KeyedSeals

        return KeyedSeals(self.keyring)

    @cached_property
    def documents(self) -> "S3Documents":
        """Files kept under lock."""
        from emdia.aws.clients import client
        from emdia.aws.documents import S3Documents

        bucket, days = self.settings.of("EMDIA_DOCUMENTS"), self.settings.of("EMDIA_LOCK_DAYS")
        lock = None if days == BY_CLASS else int(days)
        return S3Documents(client("s3"), bucket, self.keyring, self.clock, self.randomness, lock)

    @cached_property
    def sqs(self) -> Any:
        """Client of the queues."""
        from emdia.aws.clients import client

        return client("sqs")

    @cached_property
    def meter(self) -> "LineMeter":
        """Counts for alarms."""
        from emdia.aws.meter import LineMeter

        # The machine's clock: CloudWatch refuses what is told of another time.
        return LineMeter(self.settings.stage, self.settings.function, UtcClock())

    @property
    def channels(self) -> "Mapping[Channel, Queue]":
        """One queue per channel, so that each keeps the pace of its provider."""
        from emdia.portfolio.contract import Channel

        return {channel: self.queue(f"EMDIA_{channel.upper()}_QUEUE") for channel in Channel}

    @cached_property
    def opt_outs(self) -> "SmsOptOuts":
        """The SMS provider's own list."""
        from emdia.aws.clients import client
        from emdia.aws.texter import SmsOptOuts

        return SmsOptOuts(client("pinpoint-sms-voice-v2"), self.settings.of("EMDIA_OPT_OUT_LIST"))

    @cached_property
    def mailer(self) -> "SesMailer":
        """Who carries mails."""
        from emdia.aws.clients import send_client
        from emdia.aws.mailer import SesMailer

        return SesMailer(send_client("sesv2"), self.settings.of("EMDIA_CONFIGURATION_SET"))

    @cached_property
    def phones(self) -> "Mapping[Channel, Sender[Any]]":
        """Who carries what goes to telephones, one attempt each."""
        from emdia.aws.chatter import WhatsAppChatter
        from emdia.aws.clients import send_client
        from emdia.aws.texter import SmsTexter
        from emdia.portfolio.contract import Channel

        return {
            Channel.SMS: SmsTexter(send_client("pinpoint-sms-voice-v2"), self.settings.of("EMDIA_SMS_SET")),
            Channel.WHATSAPP: WhatsAppChatter(send_client("socialmessaging")),
        }

    @cached_property
    def providers(self) -> "Mapping[Channel, Sender[Any]]":
        """Who carries messages, one attempt each."""
        from emdia.portfolio.contract import Channel

        return {Channel.EMAIL: self.mailer, Channel.LETTER: self.press, **self.phones}

    @property
    def talking(self) -> "Mapping[Channel, Sender[Any]]":
        """Who carries what is no outreach: all but letters."""
        from emdia.portfolio.contract import Channel

        return {Channel.EMAIL: self.mailer, **self.phones}

    @cached_property
    def press(self) -> "LetterPress":
        """Who takes letters."""
        from emdia.aws.press import LetterPress

        return LetterPress(self.documents, self.ledgers, self.clock)

    def queue(self, name: str) -> Queue:
        """The queue whose URL is in the setting `name`."""
        from emdia.aws.queues import SqsQueue

        return SqsQueue(self.sqs, self.settings.of(name))
