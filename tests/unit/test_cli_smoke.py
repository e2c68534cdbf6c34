"""`emdia smoke`: every check green and red, against the services' own models, and an event on the real road."""

import base64
import json
import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from emdia.audit.opened import CANARY, OpenedLog
from emdia.audit.ports import LogName
from emdia.aws.actions import FUNCTION_ACTIONS, WITNESS_FUNCTIONS
from emdia.aws.canary import JournalCanary
from emdia.cli import __main__ as cli
from emdia.cli import smoke
from emdia.cli.failures import SmokeTestFailedError
from emdia.cli.smoke_road import CONTRACT
from emdia.cli.smoke_site import Site
from emdia.facts import Fact, LogClass
from emdia.messages import texts
from emdia.messages.page import SECRET, TOKEN_LENGTH, fresh_page
from emdia.messages.registry import Registry, TemplateStanding
from emdia.messages.render import registered_name
from emdia.messages.spelling import BRIEF
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Put
from emdia.state import AgendaKind, operator_ref
from infra.bundle import ROOT
from tests.fakes.faults import client_error
from tests.fakes.house import ANS, AUDIT, JOURNAL, LEDGER, STAGE, House
from tests.fakes.strict import StrictAccount
from tests.flows.road import OPERATOR
from tests.functions.intake import Intake

PREFIX = "emdia-test-"
ARN = "arn:aws:{}:sa-east-1:111122223333:{}"
NAMES = sorted(FUNCTION_ACTIONS.keys() - WITNESS_FUNCTIONS)
WHATSAPP_EVENTS = ARN.format("sns", "emdia-test-whatsapp-events")


class Stage:
    """A healthy stage and what a deployer's clients see of it; tests spoil one thing."""

    def __init__(self):
        self.intake = Intake(House())
        self.house = self.intake.house
        self.took, self.sealed, self.door = True, True, True
        self.slept = 0.0
        self.status = dict.fromkeys(("State", "Service", "Alarms"), "UPDATE_COMPLETE")
        self.functions = {name: {"State": "Active", "LastUpdateStatus": "Successful"} for name in NAMES}
        self.links("https://pague.operadora.com.br")
        self.sources = [{"FunctionArn": ARN.format("lambda", f"function:{PREFIX}take_step:live"), "State": "Enabled"}]
        self.dead = {"steps-dead": 0, "clock-dead": 0}
        self.schedules = {"Climb": "ENABLED", "Canary": "ENABLED"}
        self.subscriptions = [ARN.format("sns", "emdia-test-alarms:1")]
        self.alarms = {"dead-steps": ("OK", True), "ladder-silent": ("INSUFFICIENT_DATA", True)}
        self.mail = {"SendingEnabled": True, "EnforcementStatus": "HEALTHY", "ProductionAccessEnabled": True}
        self.domains = {OPERATOR.mail_from.rpartition("@")[2]: (True, "SUCCESS")}
        self.tier, self.numbers = "PRODUCTION", {OPERATOR.sms_from: "ACTIVE"}
        self.registration, self.topics = "COMPLETE", [WHATSAPP_EVENTS]
        self.account = StrictAccount(self.answers())
        self.record()

    def links(self, base):
        self.functions["send_message"]["Environment"] = {"Variables": {"EMDIA_PUBLIC_URL": base}}

    def record(self):
        ledger = self.house.ledger()
        ours = [registered_name(text) for text in texts.texts() if text.channel is Channel.WHATSAPP]
        registry = Registry(
            templates=tuple(TemplateStanding(n, "APPROVED", "UTILITY", self.house.clock.now()) for n in ours)
        )
        kept = ((OPERATOR, "operator.recorded"), (registry, "template.standing"))
        assert not ledger.commit([Act(kind, (Put(one),), (Fact(kind, one.ref),)) for one, kind in kept]).lost
        for ans in (ANS, CANARY):
            log = OpenedLog(log=LogClass.OPERACAO, year=self.house.clock.now().year, key="k", public="00" * 32)
            self.house.ledgers.of(ans).commit([Act("open", (Put(log),), (Fact("log.opened", log.ref),))])

    def answers(self):
        manager = self.house.secretsmanager
        return {
            "cloudformation.describe_stacks": self.stack,
            "lambda.get_function_configuration": self.function,
            "lambda.list_event_source_mappings": lambda **_: {"EventSourceMappings": self.sources},
            "sqs.list_queues": lambda **_: {"QueueUrls": [f"https://sqs/1/{PREFIX}{n}" for n in (*self.dead, "steps")]},
            "sqs.get_queue_attributes": lambda QueueUrl, **_: {  # noqa: N803
                "Attributes": {"ApproximateNumberOfMessages": str(self.dead[QueueUrl.rpartition(PREFIX)[2]])}
            },
            "scheduler.list_schedules": lambda **_: {
                "Schedules": [{"Name": PREFIX + name, "State": state} for name, state in self.schedules.items()]
            },
            "sns.list_subscriptions_by_topic": lambda **_: {
                "Subscriptions": [{"SubscriptionArn": arn} for arn in self.subscriptions]
            },
            "cloudwatch.describe_alarms": self.two_pages_of_alarms,
            "sesv2.get_account": lambda: self.mail,
            "sesv2.get_email_identity": self.identity,
            "pinpoint-sms-voice-v2.describe_phone_numbers": lambda: {"PhoneNumbers": [
                number(one, status) for one, status in self.numbers.items()
            ]},
            "pinpoint-sms-voice-v2.describe_sender_ids": lambda: {"SenderIds": []},
            "pinpoint-sms-voice-v2.describe_account_attributes": lambda: {
                "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": self.tier}]
            },
            "socialmessaging.get_linked_whatsapp_business_account_phone_number": self.linked_number,
            "socialmessaging.get_linked_whatsapp_business_account": self.linked_account,
            "secretsmanager.list_secrets": lambda Filters, **_: {  # noqa: N803
                "SecretList": [
                    {"Name": name, "CreatedDate": datetime.now(UTC) - timedelta(days=1)}
                    for name in manager.values
                    if name.startswith(Filters[0]["Values"][0])
                ]
            },
            "secretsmanager.create_secret": self.create_secret,
            "secretsmanager.delete_secret": self.delete_secret,
        }  # fmt: skip

    def stack(self, *, StackName):  # noqa: N803
        short = StackName.removeprefix("EmDia-test-")
        told = {
            "State": {"JournalTable": JOURNAL, "AuditBucket": AUDIT, "LedgerTable": LEDGER},
            "Service": {"ApiUrlDDEE0114": "https://api.example"},
            "Alarms": {"WatchAlarmTopicB3679C28": ARN.format("sns", "emdia-test-alarms")},
        }[short]
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in told.items()]
        made = {"CreationTime": datetime.now(UTC), "StackName": StackName, "StackStatus": self.status[short]}
        return {"Stacks": [made | {"Outputs": outputs}]}

    def function(self, *, FunctionName):  # noqa: N803
        name, _, alias = FunctionName.removeprefix(PREFIX).partition(":")
        assert alias == "live"
        if name not in self.functions:
            raise client_error("ResourceNotFoundException", "GetFunctionConfiguration")
        return self.functions[name]

    def two_pages_of_alarms(self, *, NextToken="", **_):  # noqa: N803
        told = [
            {"AlarmName": PREFIX + name, "StateValue": state, "ActionsEnabled": on}
            for name, (state, on) in self.alarms.items()
        ]
        return {"MetricAlarms": told[1:]} if NextToken else {"MetricAlarms": told[:1], "NextToken": "2"}

    def identity(self, *, EmailIdentity):  # noqa: N803
        if EmailIdentity not in self.domains:
            raise client_error("NotFoundException", "GetEmailIdentity")
        verified, dkim = self.domains[EmailIdentity]
        return {"VerifiedForSendingStatus": verified, "DkimAttributes": {"Status": dkim}}

    def linked_number(self, *, id):  # noqa: A002
        assert id == OPERATOR.whatsapp_from
        return {"linkedWhatsAppBusinessAccountId": "waba-" + "1" * 32}

    def linked_account(self, *, id):  # noqa: A002
        assert id == "waba-" + "1" * 32
        destinations = [{"eventDestinationArn": arn} for arn in self.topics]
        told = {"registrationStatus": self.registration, "eventDestinations": destinations, "phoneNumbers": []}
        names = {"arn": ARN.format("social-messaging", "waba/1"), "id": id, "wabaId": "1", "wabaName": "Boa Vida"}
        return {"account": told | names | {"linkDate": datetime.now(UTC)}}

    def create_secret(self, *, Name, SecretString, Description):  # noqa: N803
        assert Description
        self.house.secretsmanager.values[Name] = SecretString
        return {"Name": Name}

    def delete_secret(self, *, SecretId, ForceDeleteWithoutRecovery):  # noqa: N803
        assert ForceDeleteWithoutRecovery
        del self.house.secretsmanager.values[SecretId]
        return {"Name": SecretId}

    def sleep(self, seconds):
        """While somebody waits, the stage works."""
        self.slept += seconds
        if self.took:
            self.intake.apply()
        if self.sealed:
            seal_all(self.house)

    def site(self, address, patience=30):
        return Site(
            STAGE, [ANS], address, patience, self.account.service, self.house, self.house.randomness,
            lambda: self.slept, self.sleep,
        )  # fmt: skip


def number(sender, status):
    return {
        "PhoneNumberArn": "a", "PhoneNumber": sender, "Status": status, "IsoCountryCode": "BR",
        "MessageType": "TRANSACTIONAL", "NumberCapabilities": ["SMS"], "NumberType": "SHORT_CODE",
        "MonthlyLeasingPrice": "1", "TwoWayEnabled": True, "SelfManagedOptOutsEnabled": True, "OptOutListName": "o",
        "DeletionProtectionEnabled": True, "CreatedTimestamp": datetime.now(UTC),
    }  # fmt: skip


def seal_all(house):
    """Give every fact of the canary its seal mark, as the sealer does once it stands in the log."""
    keys = [row["pk"]["S"] for row in house.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]
    facts = sorted(key.rpartition("#")[2] for key in keys if key.startswith(f"{CANARY}#"))
    log = LogName(CANARY, LogClass.OPERACAO, house.clock.now().year)
    house.logs.head(log).mark([(fact, at) for at, fact in enumerate(facts)])


class Door(BaseHTTPRequestHandler):
    """The public API in front of the house's own door, on loopback."""

    stage = None

    def do_POST(self):
        if not self.stage.door:
            self.send_error(502)
            return
        version, erp, client, events = self.path.strip("/").split("/")
        assert (version, erp, events) == ("v1", "erp", "events")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.stage.intake.post_raw(
            {
                "httpMethod": "POST",
                "pathParameters": {"client": client},
                "headers": dict(self.headers.items()),
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
            }
        )
        told = json.dumps(answer["json"]).encode()
        self.send_response(answer["status"])
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def stage():
    made = Stage()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Door,), {"stage": made}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


def run(stage, capsys):
    """Each check's result and what was seen; whether it passed as a whole."""
    try:
        said = smoke.smoke(stage.site(stage.address), smoke.PROBES)
    except SmokeTestFailedError as failed:
        said = str(failed)
    lines = capsys.readouterr().out.splitlines()
    width = max(len(probe.name) for probe in smoke.PROBES)
    table = {line[:width].strip(): line[width:].split(None, 1) for line in lines if line[:width].strip()}
    return table, said, [line for line in lines if "O que fazer" in line]


def test_a_healthy_stage_is_green_and_an_event_goes_the_whole_road(stage, capsys):
    table, said, todo = run(stage, capsys)
    reds = {name: seen for name, seen in table.items() if seen[0] == "FALHA"}
    assert reds == {}
    assert list(table) == [probe.name for probe in smoke.PROBES]
    assert (said, todo) == (f"Tudo certo: {len(smoke.PROBES)} verificações.", [])
    assert table["canário"][0] == "-"  # the clock has written none yet
    (contract,) = stage.intake.record(CONTRACT, "CONTRACT")
    assert contract.contact_points == ()
    assert [one for one in stage.intake.record(CONTRACT) if "INVOICE" in one.ref.sort] == []


def test_nothing_is_left_but_one_contract_of_nobody_s(stage, capsys):
    before = dict(stage.house.secretsmanager.values)
    assert run(stage, capsys)[1].startswith("Tudo certo")
    first = len(stage.intake.record(CONTRACT))
    stage.house.clock.move(minutes=20)
    table, said, _ = run(stage, capsys)
    assert said.startswith("Tudo certo"), table
    assert stage.house.secretsmanager.values == before
    assert len(stage.intake.record(CONTRACT)) == first
    assert stage.intake.desk("list")["result"] == {"parked": []}
    assert not {"EventRefused", "EventParked", "LogUnopened"} & {name for name, _ in stage.house.meter.counted}
    # Nobody is written to or looked after because of it; its person is disposed of in time, as everybody is.
    clocks = [row["agenda_pk"]["S"] for row in stage.house.dynamodb.stored(LEDGER) if "agenda_pk" in row]
    assert {clock.partition("#")[0] for clock in clocks} <= {AgendaKind.RETENTION}


def test_a_client_that_a_killed_run_left_behind_is_deleted(stage, capsys):
    stage.house.add_erp_client("smoke-0011", "whsec_" + "A" * 32)
    assert run(stage, capsys)[1].startswith("Tudo certo")
    assert "emdia/test/erp/smoke-0011" not in stage.house.secretsmanager.values


def spoil(**changed):
    def change(stage):
        for name, value in changed.items():
            setattr(stage, name, value)

    return change


def without_operator(stage):
    table = stage.house.dynamodb.tables[LEDGER].items
    del table[f"{ANS}#OPERATOR"]


def without_logs(stage):
    stage.house.clock.move(days=400)


def without_clients(stage):
    stage.house.secretsmanager.values.clear()


def malformed_client(stage):
    stage.house.secretsmanager.values["emdia/test/erp/x"] = "{}"


def malformed_endpoint(stage):
    stage.house.secretsmanager.values[f"emdia/test/erp/out-{ANS}"] = "{}"


def canary_waits(stage):
    now = stage.house.clock.now()
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0) - timedelta(minutes=15)
    JournalCanary(stage.house.ledgers, stage.house.logs).sing(quarter)
    stage.sealed = False


RED = {
    "a stack turned back": (lambda s: s.status.update(Service="UPDATE_ROLLBACK_COMPLETE"), {"pilhas"}),
    "a function that is missing": (lambda s: s.functions.pop("take_step"), {"funções"}),
    "a function whose update failed": (
        lambda s: s.functions["take_step"].update(LastUpdateStatus="Failed"),
        {"funções"},
    ),
    "a function that cannot start": (lambda s: s.functions["take_step"].update(State="Failed"), {"funções"}),
    "a queue that hands on nothing": (lambda s: s.sources[0].update(State="Disabled"), {"gatilhos"}),
    "no triggers": (spoil(sources=[]), {"gatilhos"}),
    "a dead letter": (lambda s: s.dead.update({"steps-dead": 2}), {"filas mortas"}),
    "no queues": (spoil(dead={}), {"filas mortas"}),
    "a schedule that sleeps": (lambda s: s.schedules.update(Climb="DISABLED"), {"horários"}),
    "no schedules": (spoil(schedules={}), {"horários"}),
    "nobody who hears": (spoil(subscriptions=[]), {"quem ouve alarmes"}),
    "a subscription not confirmed": (spoil(subscriptions=["PendingConfirmation"]), {"quem ouve alarmes"}),
    "an alarm that rings": (lambda s: s.alarms.update({"dead-steps": ("ALARM", True)}), {"alarmes"}),
    "an alarm that may not": (lambda s: s.alarms.update({"dead-steps": ("OK", False)}), {"alarmes"}),
    "no operator": (without_operator, {"operadoras"}),
    "no client": (without_clients, {"segredos"}),
    "a malformed secret": (malformed_client, {"segredos"}),
    "a malformed secret of our own calls": (malformed_endpoint, {"segredos"}),
    "a domain not verified": (lambda s: s.domains.update(dict.fromkeys(s.domains, (False, "SUCCESS"))), {"e-mail"}),
    "no DKIM": (lambda s: s.domains.update(dict.fromkeys(s.domains, (True, "PENDING"))), {"e-mail"}),
    "an unknown domain": (spoil(domains={}), {"e-mail"}),
    "a sandboxed account": (lambda s: s.mail.update(ProductionAccessEnabled=False), {"e-mail"}),
    "an account under review": (lambda s: s.mail.update(EnforcementStatus="SHUTDOWN"), {"e-mail"}),
    "a sandboxed SMS account": (spoil(tier="SANDBOX"), {"SMS"}),
    "an SMS sender of another account": (spoil(numbers={}), {"SMS"}),
    "a short code not yet active": (spoil(numbers={OPERATOR.sms_from: "PENDING"}), {"SMS"}),
    "links that no SMS has room for": (
        lambda s: s.links("https://a1b2c3d4e5.execute-api.sa-east-1.amazonaws.com/public"),
        {"SMS"},
    ),
    "a WhatsApp account half linked": (spoil(registration="INCOMPLETE"), {"WhatsApp"}),
    "WhatsApp events that go elsewhere": (spoil(topics=[]), {"WhatsApp"}),
    "a door that fails": (spoil(door=False), {"porta pública", "ida e volta"}),
    "an address that is none": (spoil(address="ftp://api.example"), {"porta pública", "ida e volta"}),
    "nobody at the address": (spoil(address="http://127.0.0.1:9"), {"porta pública", "ida e volta"}),
    "a queue nobody drains": (spoil(took=False), {"ida e volta"}),
    "facts that are not sealed": (spoil(sealed=False), {"selo"}),
    "the canary's quarter not sealed": (canary_waits, {"selo", "canário"}),
    "logs that are not open": (without_logs, {"ida e volta", "selo"}),
}


@pytest.mark.parametrize("what", RED)
def test_what_is_wrong_is_red_with_what_to_do_and_everything_else_is_looked_at_all_the_same(stage, capsys, what):
    spoiled, expected = RED[what]
    spoiled(stage)
    table, said, todo = run(stage, capsys)
    assert {name for name, seen in table.items() if seen[0] == "FALHA"} == expected, table
    assert len(table) == len(smoke.PROBES)
    assert said == f"{len(expected)} de {len(smoke.PROBES)} verificações falharam."
    assert len(todo) == len(expected)


def test_the_links_it_measures_are_as_long_as_those_of_messages():
    outreach = SimpleNamespace(contract="c" * 32, id="o" * 32, holder_key="h" * 32)
    token, _ = fresh_page(ANS, outreach, bytes(SECRET), datetime.now(UTC))
    assert len(token) == TOKEN_LENGTH


def test_thirty_four_characters_of_address_are_what_an_sms_has_room_for(stage, capsys):
    """As docs/deploy.md says, whatever an operator's short name is."""
    held = stage.house.ledger().get([operator_ref()])[operator_ref()]
    longest = replace(held, short_name="A" * BRIEF)
    stage.house.ledger().commit([Act("long", (Put(longest),), (Fact("operator.recorded", longest.ref),))])
    said = []
    for length in (34, 35):
        stage.links("https://" + "x" * (length - 8))
        table, _, _ = run(stage, capsys)
        said.append(table["SMS"][0])
    assert said == ["ok", "FALHA"]


def test_what_aws_refuses_is_red_and_says_so(stage, capsys):
    def refuse(**_):
        raise client_error("AccessDeniedException", "ListSchedules")

    stage.account.answers["scheduler.list_schedules"] = refuse
    table, _, _ = run(stage, capsys)
    assert table["horários"] == ["FALHA", "A AWS recusou: AccessDeniedException em ListSchedules"]


def test_channels_that_no_operator_uses_are_not_asked_about(stage, capsys):
    held = stage.house.ledger().get([operator_ref()])[operator_ref()]
    plain = replace(held, sms_from="", whatsapp_from="")
    stage.house.ledger().commit([Act("plain", (Put(plain),), (Fact("operator.recorded", plain.ref),))])
    table, said, _ = run(stage, capsys)
    assert (table["SMS"][0], table["WhatsApp"][0]) == ("-", "-")
    assert said.startswith("Tudo certo")
    assert not {one for one in stage.account.asked if one.startswith(("sms-voice", "social"))}


def test_nothing_personal_is_printed(stage, capsys):
    stage.door = False
    try:
        smoke.smoke(stage.site(stage.address), smoke.PROBES)
    except SmokeTestFailedError:
        text = capsys.readouterr().out
    assert not re.search(r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}|@|whsec", text)


def test_the_rights_it_asks_for_are_those_the_guide_names(stage, capsys):
    run(stage, capsys)
    guide = (ROOT / "docs" / "deploy.md").read_text()
    named = set(re.findall(r"`([a-z-]+:[A-Za-z]+)`", guide.partition("## 5. Smoke test")[2].partition("\n## ")[0]))
    iam = {one.replace("email:", "ses:").replace("monitoring:", "cloudwatch:") for one in stage.account.asked}
    assert iam <= named
    assert {one for one in named if not one.startswith(("dynamodb:", "kms:"))} - iam == {
        "secretsmanager:GetSecretValue"
    }


def test_the_command_ends_by_its_exit_code(stage, capsys, monkeypatch):
    monkeypatch.setattr(smoke, "client", stage.account.service)
    monkeypatch.setattr(smoke.wiring, "command_line", lambda _stage: stage.house)
    monkeypatch.setattr("emdia.cli.smoke_site.time.sleep", stage.sleep)
    asked = ["--stage", STAGE, "smoke", "--operator", ANS, "--url", stage.address]
    site = Site.__init__
    monkeypatch.setattr(
        Site, "__init__", lambda self, *given: site(self, *given, stopwatch=lambda: stage.slept, sleep=stage.sleep)
    )
    assert cli.main(asked) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("Tudo certo")
    stage.dead["steps-dead"] = 1
    assert cli.main(asked) == 1
    told = capsys.readouterr()
    assert told.err == f"1 de {len(smoke.PROBES)} verificações falharam.\n"
    assert "filas mortas" in told.out
    assert cli.main(["smoke", "--operator", "12"]) == 1
    assert "ans-invalid" in capsys.readouterr().err
