"""House: the whole of Em Dia wired over in-memory clients, with a clock to set and seeded randomness."""

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import mkdtemp

from emdia.audit.opened import CANARY
from emdia.audit.ports import LogName
from emdia.aws.agenda import DynamoAgenda
from emdia.aws.chatter import WhatsAppChatter
from emdia.aws.documents import S3Documents
from emdia.aws.history import DynamoHistory
from emdia.aws.intake import S3IntakeFiles
from emdia.aws.keyring import Keyring
from emdia.aws.ledger import DynamoLedger, DynamoLedgers
from emdia.aws.log_head import DynamoUnsealedFacts
from emdia.aws.log_keys import KmsLogKeys
from emdia.aws.logs import AwsLogs, KmsSigner, alias_of
from emdia.aws.mailer import SesMailer
from emdia.aws.press import LetterPress
from emdia.aws.pseudonyms import KeyedPseudonyms
from emdia.aws.queues import SqsQueue
from emdia.aws.scan import DynamoCaseScan
from emdia.aws.secrets import ManagedSecrets
from emdia.aws.senders import DynamoSenders
from emdia.aws.texter import SmsOptOuts, SmsTexter
from emdia.clock_file import ClockFile
from emdia.facts import LogClass
from emdia.portfolio.contract import Channel
from emdia.providers.pix import PixBanks
from emdia.settings import LOCAL
from infra.local.sandbox.bank import SandboxBank
from tests.fakes.bank import access_told, faulty_line
from tests.fakes.dynamodb import MemoryDynamo
from tests.fakes.faults import Faults
from tests.fakes.kms import MemoryKms
from tests.fakes.phones import MemorySms, MemorySocial
from tests.fakes.s3 import HouseS3, MemoryIntake
from tests.fakes.secrets import MemorySecrets
from tests.fakes.ses import MemorySes
from tests.fakes.sqs import MemorySqs
from tests.fakes.sts import MemorySts

ANS = "123456"
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CLOCK_FILE = ClockFile(Path(mkdtemp(prefix="emdia-clock-")) / "now.clock")
LEDGER, JOURNAL, KEYS, CMK = "emdia-test-ledger", "emdia-test-journal", "emdia-test-keys", "arn:aws:kms:test:cmk"
ERP_QUEUE, STEPS_QUEUE, EMAIL_QUEUE = "https://sqs.test/erp", "https://sqs.test/steps", "https://sqs.test/email"
SMS_QUEUE, WHATSAPP_QUEUE = "https://sqs.test/sms", "https://sqs.test/whatsapp"
LETTER_QUEUE = "https://sqs.test/letter"
SMS_SET, OPT_OUT_LIST = "emdia-test-sms", "emdia-test"
ACCOUNT = "123456789012"
ERP_OUT_QUEUE = "https://sqs.test/erp-out"
AUDIT, LOG_KEY = "emdia-test-audit", "arn:aws:kms:test:log-key"
COPIES_QUEUE = "https://sqs.test/copies"
DOCUMENTS, NOTICES_QUEUE = "emdia-test-documents", "https://sqs.test/notices"
INTAKE, IMPORTS_QUEUE = "emdia-test-intake", "https://sqs.test/imports"
CONFIGURATION_SET, STAGE, PUBLIC_URL = "emdia-test", "test", "https://avisos.example"


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


class SeededRandomness:
    """The same bytes in every run."""

    def __init__(self, seed: int) -> None:
        self._stream = random.Random(seed)

    def token(self, size: int) -> bytes:
        return self._stream.randbytes(size)


class CountingMeter:
    """What was counted, by name and dimensions."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def count(self, name: str, value: int = 1, **dimensions: str) -> None:
        self.counted[name, tuple(sorted((key, str(one)) for key, one in dimensions.items()))] += value

    def total(self, name: str) -> int:
        return sum(value for (counted, _), value in self.counted.items() if counted == name)


@dataclass
class House:
    """Everything shares one clock, one `faults` and one stream of randomness. `naps` collects the sleeps.

    `ticks` is the stopwatch: it moves only when a test moves it.
    """

    seed: int = 1
    clock: HandClock = field(default_factory=HandClock)
    faults: Faults = field(default_factory=Faults)
    naps: list[float] = field(default_factory=list)
    ticks: float = 0.0

    def __post_init__(self) -> None:
        self.randomness = SeededRandomness(self.seed)
        self.dynamodb = MemoryDynamo(self.faults, (LEDGER, JOURNAL, KEYS), indexed=LEDGER)
        self.cmk = CMK
        self.kms = MemoryKms(self.faults, CMK, LOG_KEY)
        self.open_logs()
        self.intake = MemoryIntake(self.faults, INTAKE)
        self.s3 = HouseS3(self.faults, AUDIT, DOCUMENTS, intake=self.intake)
        self.sqs = MemorySqs(self.faults)
        self.ses = MemorySes(self.faults, CONFIGURATION_SET)
        self.sms = MemorySms(self.faults, SMS_SET)
        self.social = MemorySocial(self.faults)
        self.secretsmanager = MemorySecrets(self.faults)
        self.sts = MemorySts(self.faults)
        self.bank = SandboxBank(self.clock.now)
        self.meter = CountingMeter()
        self.restart()

    def restart(self) -> None:
        """Other workers: nothing cached, the same stores."""
        given = (self.clock, self.randomness, self.naps.append)
        self.keyring = Keyring(self.dynamodb, self.kms, KEYS, self.cmk, *given)
        self.ledgers = DynamoLedgers(self.dynamodb, LEDGER, JOURNAL, self.keyring, *given)
        self.pseudonyms = KeyedPseudonyms(self.keyring)
        self.agenda = DynamoAgenda(self.dynamodb, LEDGER, JOURNAL, self.naps.append)
        self.scan = DynamoCaseScan(self.dynamodb, LEDGER)
        self.history = DynamoHistory(self.dynamodb, LEDGER)
        self.erp_events = SqsQueue(self.sqs, ERP_QUEUE)
        self.outbox = SqsQueue(self.sqs, ERP_OUT_QUEUE)
        self.steps = SqsQueue(self.sqs, STEPS_QUEUE)
        self.email = SqsQueue(self.sqs, EMAIL_QUEUE)
        self.texts, self.chats = SqsQueue(self.sqs, SMS_QUEUE), SqsQueue(self.sqs, WHATSAPP_QUEUE)
        self.papers = SqsQueue(self.sqs, LETTER_QUEUE)
        self.channels = {
            Channel.EMAIL: self.email,
            Channel.SMS: self.texts,
            Channel.WHATSAPP: self.chats,
            Channel.LETTER: self.papers,
        }
        self.notices = SqsQueue(self.sqs, NOTICES_QUEUE)
        self.copies = SqsQueue(self.sqs, COPIES_QUEUE)
        self.documents = S3Documents(self.s3, DOCUMENTS, self.keyring, self.clock, self.randomness)
        self.files = S3IntakeFiles(self.s3, INTAKE)
        self.imports = SqsQueue(self.sqs, IMPORTS_QUEUE)
        self.mailer = SesMailer(self.ses, CONFIGURATION_SET)
        self.texter, self.chatter = SmsTexter(self.sms, SMS_SET), WhatsAppChatter(self.social)
        self.press = LetterPress(self.documents, self.ledgers, self.clock)
        self.senders = {
            Channel.EMAIL: self.mailer,
            Channel.SMS: self.texter,
            Channel.WHATSAPP: self.chatter,
            Channel.LETTER: self.press,
        }
        self.owners = DynamoSenders(self.dynamodb, LEDGER)
        self.opt_outs = SmsOptOuts(self.sms, OPT_OUT_LIST)
        self.secrets = ManagedSecrets(self.secretsmanager, STAGE, self.clock)
        self.banks = PixBanks(self.secrets.bank, self.clock, lambda _: faulty_line(self.bank, self.faults))
        self.logs = AwsLogs(self.s3, self.dynamodb, AUDIT, JOURNAL, STAGE, self.clock)
        self.signer = KmsSigner(self.kms, LOG_KEY)
        self.log_keys = KmsLogKeys(self.kms, STAGE, "{}")
        self.unsealed = DynamoUnsealedFacts(self.dynamodb, JOURNAL, self.naps.append)

    def logs_of(self, stage: str) -> AwsLogs:
        """The logs as another stage's functions name them."""
        return AwsLogs(self.s3, self.dynamodb, AUDIT, JOURNAL, stage, self.clock)

    def open_logs(self) -> None:
        """Every log these tests write is open, and one key signs for all: `open_log` itself is tested apart."""
        for stage, ans, log, year in product((STAGE, LOCAL), (ANS, CANARY), LogClass, range(2025, 2040)):
            self.kms.aliases[alias_of(stage, LogName(ans, log, year))] = LOG_KEY

    def send_clients(self) -> dict[str, object]:
        """The clients that write to people, by service."""
        return {"sesv2": self.ses, "pinpoint-sms-voice-v2": self.sms, "socialmessaging": self.social}

    def stopwatch(self) -> float:
        return self.ticks

    def add_erp_client(self, client: str, *secrets: str, ans: str = ANS) -> None:
        told = {"operator": ans, "secrets": list(secrets)}
        self.secretsmanager.values[f"emdia/{STAGE}/erp/{client}"] = json.dumps(told)

    def add_bank(self, ans: str = ANS, stage: str = STAGE) -> None:
        """The operator has a bank, from the next worker on."""
        self.secretsmanager.values[f"emdia/{stage}/bank"] = json.dumps({ans: access_told()})
        self.restart()

    def ledger(self, ans: str = ANS) -> DynamoLedger:
        return self.ledgers.of(ans)
