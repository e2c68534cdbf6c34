"""Every right is used and every call is allowed: the functions' own doors and wiring, with a spy on each client.

One story leads every function through all it may have to do, answers that never come included: a right that no
chapter needs is a right too many, a call without a right would be refused on AWS.
"""

import importlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from emdia import wiring
from emdia.audit.note import ED25519, Verifier
from emdia.audit.opened import CANARY, OpenedLog
from emdia.audit.ports import LogName
from emdia.aws import caller, clients
from emdia.aws.actions import FUNCTION_ACTIONS
from emdia.aws.log_keys import KmsLogKeys
from emdia.aws.logs import alias_of, origin_of
from emdia.facts import Fact, LogClass
from emdia.messages.delivery import DeliveryKind
from emdia.people.disposal import Party
from emdia.portfolio.contract import Channel, Endpoint, Operator
from emdia.ports import Act, Put
from emdia.providers import pix
from emdia.state import Subject, case_ref, endpoint_ref, operator_ref
from emdia.workflows.proved_call import digest_of
from infra.local.sandbox.tsa import TimestampServer
from tests.fakes import erp, portfolio
from tests.fakes.bank import faulty_line
from tests.fakes.faults import read_timeout
from tests.fakes.house import ANS, EMAIL_QUEUE, IMPORTS_QUEUE, JOURNAL, KEYS, SMS_QUEUE, STEPS_QUEUE, WHATSAPP_QUEUE
from tests.fakes.portfolio import as_csv, drop, eventbridge
from tests.fakes.witness import WitnessHouse
from tests.flows.notices import NoticeRoad
from tests.flows.road import OPERATOR, phone
from tests.flows.talks import noticed
from tests.functions.conftest import ENVIRONMENT
from tests.functions.sqs import batch
from tests.functions.stream import stream
from tests.functions.test_receive_delivery import notification
from tests.infra.notice_chapter import notices
from tests.infra.payment_chapter import payments
from tests.infra.protocol_chapter import copies, reports, systems
from tests.infra.recorder import Recorder, differences

EVENTS = Path(__file__).parents[1] / "events"
OUT_QUEUE = "https://sqs.test/erp-out"
ERP_QUEUE = "https://sqs.test/erp-events"  # as deployed: the recorder knows queues by their names


PERSONAL = re.compile(
    r"Josefa|Pessoa N|529\.?982|111444777|josefa@|caixa\.example|CT-\d|Acácias|Rua A\b|1961-04-30|1980-05-17"
)


class Context:
    """What Lambda tells a function of its time."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Story:
    """Runs functions by their doors, each time in a worker that remembers nothing."""

    def __init__(self) -> None:
        self.road = NoticeRoad()
        self.recorder = Recorder()
        self.shown = []  # function, facts of a view that its answer cost, its answer where none can be written

    def clients(self):
        road, spy = self.road, self.recorder.spy
        named = {"dynamodb": road.dynamodb, "kms": road.kms, "sqs": road.sqs, "secretsmanager": road.secretsmanager}
        named |= {"s3": road.s3, "sts": road.sts, "pinpoint-sms-voice-v2": road.sms}
        return {name: spy(client, name) for name, client in named.items()} | {
            name: spy(client, name) for name, client in road.send_clients().items()
        }

    def run(self, function, event, *, unanswered=False):
        for one in vars(wiring).values():
            if hasattr(one, "cache_clear"):
                one.cache_clear()
        self.road.show_clock()
        if unanswered:
            # Twice no answer though the write landed: what is known is found out by reading.
            self.road.faults.fail("TransactWriteItems", call=1, landed=True, error=read_timeout)
            self.road.faults.fail("TransactWriteItems", call=2, landed=True, error=read_timeout)
        seen = self.views()
        answer = self.call(function, event)
        if names_somebody(answer):
            self.shown.append((function, self.views() - seen, self.unseen(function, event)))
        return answer

    def call(self, function, event):
        with self.recorder.function(function):
            return importlib.import_module(f"functions.{function}.handler").handle(event, Context())

    def views(self):
        """Facts so far that say who looked at what."""
        return len([row for row in self.road.rows(JOURNAL) if row.get("class", {}).get("S") == LogClass.ACESSO])

    def unseen(self, function, event):
        """What the same call answers when no fact can be written."""
        self.road.faults.fail("PutItem")
        try:
            return self.call(function, event)
        finally:
            self.road.faults.planned.clear()

    def drain(self, url, function, **how):
        bodies = self.road.sqs.take(url, 10_000)
        assert bodies, f"nothing for {function}"
        assert self.run(function, batch(bodies), **how) == {"batchItemFailures": []}


def names_somebody(answer):
    """Whether an answer holds anything of the persons of this story: names, CPFs, addresses, contract numbers."""
    return bool(PERSONAL.search(json.dumps(answer, ensure_ascii=False, default=str)))


@pytest.fixture(scope="module")
def calls(story):
    return story.recorder.calls


@pytest.fixture(scope="module")
def story():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "EMDIA_ERP_QUEUE": ERP_QUEUE}.items():
            patch.setenv(name, value)
        story = Story()
        spied = story.clients()
        patch.setattr(clients, "client", spied.__getitem__)
        patch.setattr(clients, "send_client", spied.__getitem__)
        patch.setattr(caller, "get", story.road.sts.get)
        patch.setattr(pix, "line_of", lambda _: faulty_line(story.road.bank, story.road.faults))
        _intake(story)
        _importing(story)
        _ladder(story)
        _explain(story)
        _opt_out(story)
        notices(story, ERP_QUEUE)
        _sealing(story)
        _proving(story)
        _continuing(story)
        _watching(story)
        _approving(story)
        _erasing(story)
        _disposing(story)
        _attending(story)
        systems(story)
        reports(story)
        _replies(story)
        copies(story)
        _telling(story)
        _witnessing(story, patch)
    for one in vars(wiring).values():
        if hasattr(one, "cache_clear"):
            one.cache_clear()
    return story


def _intake(story):
    road = story.road
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    now = road.clock.now()

    def receive(*events, status=202, **how):
        answer = story.run("receive_erp_event", erp.call(road, list(events)), **how)
        assert answer["statusCode"] == status, answer

    # An invoice before its contract waits for it; then the contract comes.
    receive(erp.invoice(now))
    story.drain(ERP_QUEUE, "apply_erp_event")
    receive(erp.contract(now), unanswered=True)
    story.drain(ERP_QUEUE, "apply_erp_event")
    # A payment; nothing is to be made for it, so that what goes unanswered is the commit itself.
    receive(erp.paid(now))
    story.drain(ERP_QUEUE, "apply_erp_event", unanswered=True)
    # The first hospital stay makes the key class of health.
    stay = {"contract": "CT-1", "stay": "s-1"}
    receive(erp.event("hospitalisation.started", now, stay))
    story.drain(ERP_QUEUE, "apply_erp_event")
    # Two that cannot be read: one the ERP corrects, one a person does.
    wrong = [erp.invoice(now, number, amount_centavos=-1) for number in ("F-8", "F-9")]
    right = [
        erp.invoice(now, number) | {"id": event["id"]} for event, number in zip(wrong, ("F-8", "F-9"), strict=True)
    ]
    receive(*wrong, status=422)
    receive(right[0])
    _parked(story, right[1])
    # One whose message is lost: the sweep finds it.
    receive(erp.invoice(now, "F-10"))
    road.sqs.take(ERP_QUEUE, 10_000)


def _importing(story):
    """Files in a fresh worker each: one goes on in its own message, one has rows to be told and is looked at."""
    road = story.road
    # An operator that begins with its portfolio: neither pseudonyms nor inbox have a key yet.
    told = json.dumps({"operator": "321654", "secrets": [erp.SECRET]})
    road.secretsmanager.values["emdia/local/erp/legado"] = told
    good = drop(road, "carteira.csv", as_csv([portfolio.contract("CT-70")]), "legado")
    story.run("import_file", batch([eventbridge(good, road.clock.now())]))
    slow = drop(road, "faturas.csv", as_csv([portfolio.invoice("F-70", "CT-70", valor="x")]), "legado")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emdia.workflows.import_file.PATIENCE_SECONDS", -1.0)
        story.run("import_file", batch([eventbridge(slow, road.clock.now())]))
    story.drain(IMPORTS_QUEUE, "import_file", unanswered=True)
    asked = {"key": slow.key, "version": slow.version, "actor": "ana"}
    assert story.run("import_file", {"action": "status", **asked})["result"]["refused"] == 1
    assert story.run("import_file", {"action": "result", "kind": "faturas", **asked})["result"]["body"]
    story.drain(ERP_QUEUE, "apply_erp_event")


def _parked(story, right):
    def ask(action, **more):
        answer = story.run("replay_parked", {"action": action, "client": erp.CLIENT, "actor": "ana", **more}, **how)
        return answer["result"]

    how = {}
    (row,) = ask("list")["parked"]
    ask("show", event=row["id"])
    ask("edit", event=row["id"], body=json.dumps(right))
    how = {"unanswered": True}
    ask("replay", event=row["id"])


def _ladder(story):
    road = story.road
    road.portfolio(2)
    road.contract(3, channels=(Channel.SMS,))
    road.contract(4, channels=(Channel.WHATSAPP, Channel.EMAIL))
    story.run("climb_ladder", {})
    story.drain(STEPS_QUEUE, "take_step", unanswered=True)
    for queue in (EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE):
        story.drain(queue, "send_message", unanswered=True)
    road.add_bank(stage="local")
    # Whoever got the SMS opens its link, and pays by the code on its page.
    (text,) = road.sms.phones
    opened = {"httpMethod": "GET", "pathParameters": {"token": text.text.split("/p/")[1].split()[0]}, "headers": {}}
    assert story.run("show_debt", opened, unanswered=True)["statusCode"] == 200
    # It is no receipt's: nobody is asked how paying was.
    rated = {**opened, "httpMethod": "POST", "body": "nota=5"}
    assert story.run("show_debt", rated, unanswered=True)["statusCode"] == 404
    payments(story, ERP_QUEUE)
    # A case whose ladder does not exist is parked; a person looks and, once it exists again, releases it.
    odd = road.contract(40)
    road.commit_case(replace(road.case(odd), ladder="nobody's"), "invoice.recorded")
    story.run("climb_ladder", {})
    story.drain(STEPS_QUEUE, "take_step")
    road.commit_case(replace(road.case(odd), ladder=odd.ladder), "invoice.recorded")
    for action in ({"action": "list"}, {"action": "show", "case": odd.contract}):
        assert "result" in story.run("release_case", {"operator": "123456", "actor": "ana", **action})
    release = {"action": "release", "operator": "123456", "actor": "ana", "case": odd.contract}
    assert "result" in story.run("release_case", release, unanswered=True)
    letters = [notification(mail.ref) for mail in road.ses.mailbox]
    story.run("receive_delivery", batch(letters), unanswered=True)
    # A WhatsApp message that did not arrive: its step goes to another channel. Meta pauses a template.
    road.hear([road.event(road.social.phones[0].ref, DeliveryKind.FAILED)])
    template = json.loads((EVENTS / "whatsapp/template.json").read_text())
    story.run("receive_delivery", batch([json.dumps(template)]))
    story.run("sweep_outreach", {"sweep": "clock"})
    story.drain(STEPS_QUEUE, "take_step")
    story.drain(EMAIL_QUEUE, "send_message")
    # A mail too large for a bulk entry's data.
    ledger = road.ledger()
    operator = ledger.get([operator_ref()])[operator_ref()]
    assert isinstance(operator, Operator)
    long = replace(operator, how_to_pay="Pague no aplicativo. " * 6_300)
    assert ledger.commit([Act("long", (Put(long),), (Fact("operator.recorded", operator_ref()),))]).landed
    road.contract(50)
    story.run("climb_ladder", {})
    story.drain(STEPS_QUEUE, "take_step")
    story.drain(EMAIL_QUEUE, "send_message")
    # A message that is lost, an ERP event that is lost, a claim that nobody resolves.
    for n, channel in enumerate((Channel.EMAIL, Channel.SMS, Channel.WHATSAPP), 60):
        road.contract(n, channels=(channel,))
    story.run("climb_ladder", {})
    story.drain(STEPS_QUEUE, "take_step")
    for queue in (EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE):
        road.sqs.take(queue, 10_000)
    road.clock.move(hours=1)
    story.run("sweep_outreach", {"sweep": "clock"})
    assert all(road.sqs.take(queue, 10_000) for queue in (EMAIL_QUEUE, SMS_QUEUE, WHATSAPP_QUEUE))
    assert road.sqs.take(ERP_QUEUE, 10_000)
    case = road.contract(70)
    road.commit_case(replace(road.case(case), due=None), "invoice.recorded")
    story.run("sweep_outreach", {"sweep": "cases"}, unanswered=True)


def _replies(story):
    """Whoever got an SMS or a WhatsApp message writes back; the last knows of a notice and says so."""
    road = story.road
    known = case_ref(f"{1_000_004:032x}")
    noticed(road, road.ledger().get([known])[known])
    said = json.loads((EVENTS / "sms/reply.json").read_text()) | {"originationNumber": phone(3)}
    asked = json.loads((EVENTS / "sms/reply.json").read_text()) | {"originationNumber": phone(3), "messageBody": "oi"}
    chat = json.loads((EVENTS / "whatsapp/reply.json").read_text())
    entry = json.loads(chat["whatsAppWebhookEntry"])
    entry["changes"][0]["value"]["messages"][0]["text"]["body"] = "ciente"
    chat["whatsAppWebhookEntry"] = json.dumps(entry).replace("5511980000001", phone(4)[1:])
    moment = str(int(road.clock.now().timestamp()))
    chat["whatsAppWebhookEntry"] = chat["whatsAppWebhookEntry"].replace("1795608185", moment)
    # The first who ever writes to an operator finds no key of this class there.
    road.owners.register(Channel.SMS, "28999", "654321")
    first = asked | {"destinationNumber": "28999", "inboundMessageId": "in-3"}
    bodies = [json.dumps(one) for one in (asked | {"inboundMessageId": "in-2"}, said, chat, first)]
    for body in bodies:
        assert story.run("receive_reply", batch([body]), unanswered=True) == {"batchItemFailures": []}
    # Somebody says no more than hello, and the conversation ends with the bot's question.
    hello = json.dumps(chat).replace("ciente", "oi").replace("HBgMNTUxMTk4MDAwMDAwMRUCABIYIEI", "another")
    assert story.run("receive_reply", batch([hello])) == {"batchItemFailures": []}
    road.clock.move(hours=25)
    story.run("sweep_outreach", {"sweep": "clock"})


def _explain(story):
    """Staff ask of a contract in a worker that knows nothing; a register just recorded has no keys yet."""
    ledger = story.road.ledger("654321")
    told = replace(OPERATOR, ans="654321")
    assert ledger.commit([Act("new", (Put(told),), (Fact("operator.recorded", operator_ref()),))]).landed
    asked = {"operator": "654321", "contract": "CT-1", "actor": "ana"}
    assert story.run("explain_case", asked)["problem"]["code"] == "contract-unknown"
    body = json.dumps({"contract": "CT-1"}).encode()
    assert story.run("explain_case", erp.call(story.road, None, body=body))["statusCode"] == 200


def _attending(story):
    """An attendance of a contract the ERP told, from its number to its answer, one worker an action."""
    road = story.road
    ledger = road.ledger()
    held = ledger.get([operator_ref()])[operator_ref()]
    act = Act("seat", (Put(replace(held, seat="3550308")),), (Fact("operator.recorded", operator_ref()),))
    assert ledger.commit([act]).landed

    def attend(action, **more):
        answer = story.run("attend_protocol", {"action": action, "operator": ANS, "actor": "ana", **more})
        assert "result" in answer, answer
        return answer["result"]

    opening = {"key": "call", "medium": "telefone", "originator": "beneficiario"}
    number = attend("open", **opening)["number"]
    assert attend("open", **opening)["again"]
    attend("queue")
    attend("identify", number=number, contract="CT-1")
    attend("class", number=number, demand="nao_assistencial")
    attend("say", number=number, id="1", medium="telefone", speaker="beneficiario", words="Quero a segunda via.")
    attend("answer", number=number, outcome="atendido", text="A segunda via foi enviada por e-mail hoje.")
    attend("show", number=number)
    # An attendance of nobody known: its words get a key of its own; no answer comes to the writing of its number.
    story.run(
        "attend_protocol", {"action": "open", "operator": ANS, "actor": "ana", **opening, "key": "2"}, unanswered=True
    )
    other = attend("open", **{**opening, "key": "3"})["number"]
    attend("say", number=other, id="1", medium="telefone", speaker="beneficiario", words="Quem é?")


def _telling(story):
    """The ERP gets an endpoint; what happened is numbered and told, by the stream and by the nightly look."""
    road = story.road
    put = Put(Endpoint(url="https://erp.invalid/emdia"))
    act = Act("endpoint", (put,), (Fact("endpoint.recorded", endpoint_ref()),))
    assert road.ledger().commit([act]).landed
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/out-{ANS}"] = told
    rows = [row for row in road.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]
    assert story.run("relay_facts", stream(rows), unanswered=True) == {"batchItemFailures": []}
    story.run("relay_facts", {"sweep": "unmarked"})
    # Their message is lost; the sweep finds the contracts again.
    road.sqs.take(OUT_QUEUE, 10_000)
    road.clock.move(hours=1)
    story.run("sweep_outreach", {"sweep": "clock"})
    story.drain(OUT_QUEUE, "deliver_facts", unanswered=True)
    # More than one run has time for goes back to its queue.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emdia.workflows.deliver_facts.PATIENCE_SECONDS", -1.0)
        story.run("deliver_facts", batch([{"ans": ANS, "contracts": ["c"]}]))


def _opt_out(story):
    road = story.road
    asking = road.contract(90)
    token = road.pseudonyms.seal_token(ANS, f"{asking.contract}|email|{asking.holder_key}")
    event = {"httpMethod": "POST", "pathParameters": {"token": token}, "headers": {}, "body": None}
    story.run("receive_opt_out", event | {"isBase64Encoded": False}, unanswered=True)


def _sealing(story):
    # A log that is named already, one that is not, and a year that is over.
    aliases = story.road.kms.aliases
    del aliases[f"alias/emdia-local-log-{ANS}-atendimento-2026"]
    over = LogName(ANS, LogClass.ATENDIMENTO, 2025)
    key = KmsLogKeys(story.road.kms, "local", "{}").make("x")
    aliases[alias_of("local", over)] = key.id
    past = OpenedLog(log=over.log, year=over.year, key=key.id, public=key.public.hex())
    story.road.ledger().commit([Act("past", (Put(past),), (Fact("log.opened", past.ref),))])
    story.run("open_log", {"operator": ANS}, unanswered=True)
    story.run("open_log", {"sweep": "logs"})
    for pk in [pk for pk in story.road.dynamodb.tables[KEYS].items if pk.startswith(CANARY)]:
        del story.road.dynamodb.tables[KEYS].items[pk]  # the canary may sing before its log is opened
    # What the stream brings, then what it did not: the sweep finds the rest, and objects that are there already.
    rows = [row for row in story.road.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]
    assert story.run("seal_audit", stream(rows[:5])) == {"batchItemFailures": []}
    story.run("seal_audit", {"sweep": "unsealed"})


def _proving(story):
    """A fact of the stream is proved, and legal sees what it said; an older size is found among the versions."""
    road = story.road
    (fact, *_) = [row for row in road.dynamodb.stored(JOURNAL) if row.get("kind", {}).get("S") == "outreach.queued"]
    log = {"operator": ANS, "class": "contato", "year": int(fact["ts"]["S"][:4])}
    event = fact["pk"]["S"].rsplit("#", 1)[1]
    assert "result" in story.run("prove_audit", {"action": "prove", **log, "event": event})
    twice = {**log, "class": "operacao"}  # sealed from the stream and by the sweep
    path = f"auditoria.emdia-local/{ANS}/{twice['class']}/{twice['year']}/checkpoint"
    size = min(int(one.body.split(b"\n")[1]) for one in road.s3.versions[path])
    assert "result" in story.run("prove_audit", {"action": "grow", **twice, "old": 1, "new": size})
    request = {"action": "disclose", **log, "event": event, "fields": [], "reason": "x", "cpf": "52998224725"}
    proof = road.sts.question("arn:aws:sts::111122223333:assumed-role/emdia-local-legal/leo", digest_of(request))
    assert "result" in story.run("prove_audit", {**request, "proof": proof})


def _continuing(story):
    """A log is closed and goes on under another name."""
    asked = {"action": "shard", "operator": ANS, "class": "contato", "year": 2026, "reason": "x", "actor": "ana"}
    story.run("open_log", asked)
    story.road.clock.move(minutes=16)
    assert "opened" in story.run("open_log", asked)["result"]


def _watching(story):
    for watch in ("canary", "canary", "state", "facts", "versions"):
        story.run("watch_log", {"watch": watch})


def _approving(story):
    """A text is submitted, and no answer comes to the writing of a yes."""
    road = story.road
    for office, action in (("staff", "submit"), ("legal", "approve")):
        request = {"action": action, "operator": ANS, "matter": "words", "name": "atraso/sms"}
        proof = road.sts.question(
            f"arn:aws:sts::111122223333:assumed-role/emdia-local-{office}/{office}", digest_of(request)
        )
        story.run("approve_version", {**request, "proof": proof}, unanswered=office == "legal")


def _erasing(story):
    """One who was written to and has paid is forgotten, long after: on two approvals, the last one unanswered."""
    road, cpf = story.road, "11144477735"
    subject = Subject(road.pseudonyms.of(ANS, "person", cpf))
    case = road.contract(95, person=int(subject.id, 16))
    for function, queue in (("take_step", STEPS_QUEUE), ("send_message", EMAIL_QUEUE)):
        if function == "take_step":
            story.run("climb_ladder", {})
        story.drain(queue, function)
    road.settle(case)
    road.settle(road.contract(97))  # for `_disposing`: its person's keys grow old as well
    road.clock.move(days=13 * 366)

    def ask(office, action, **more):
        request = {"action": action, "operator": ANS, **more}
        arn = f"arn:aws:sts::111122223333:assumed-role/emdia-local-{office}/{office}"
        event = {**request, "proof": road.sts.question(arn, digest_of(request))}
        answer = story.run("erase_person", event, unanswered=more.pop("erasure", "") and office == "legal")
        assert "result" in answer, answer
        return answer["result"]

    asked = ask("clerk", "request", cpf=cpf)["erasure"]
    ask("dpo", "approve", erasure=asked)
    ask("legal", "approve", erasure=asked)
    ask("legal", "list")
    ask("clerk", "certificate", erasure=asked)


def _disposing(story):
    """A contract of long ago, all paid, goes with its person's keys; no answer comes to the writing of it."""
    road = story.road
    known = case_ref(f"{1_000_097:032x}")
    case = road.ledger().get([known])[known]
    party = Party(person=case.holder_key, contract=case.contract, due=road.clock.now())
    assert road.ledger().commit([Act("party", (Put(party),), (Fact("contract.recorded", party.ref),))]).landed
    story.run("dispose_records", {}, unanswered=True)
    assert road.keyring.classes_of(ANS, case.holder_key) == ()


def test_nobody_is_shown_a_person_before_a_fact_says_who_looks(story):
    """Every function goes through all it does here, so that a path which shows a person is one of these."""
    assert {"replay_parked", "release_case"} <= {function for function, _, _ in story.shown}
    for function, facts, unseen in story.shown:
        assert facts, f"{function} shows a person and no fact says to whom"
        assert not names_somebody(unseen), f"{function} shows a person though no fact could be written"


def _witnessing(story, patch):
    # The second account: other clients. It looks twice, so that what is there already is met.
    house = WitnessHouse(story.road)
    named = {"s3": house.s3, "kms": house.kms, "secretsmanager": house.secretsmanager}
    spied = {name: story.recorder.spy(client, name) for name, client in named.items()}
    patch.setattr(clients, "client", spied.__getitem__)
    with TimestampServer() as server:
        told = {"url": server.url, "roots": server.authority.roots}
        keys = KmsLogKeys(story.road.kms, "local")
        vkeys = [Verifier(origin_of("local", name), ED25519, keys.of(name).public).vkey for name in keys.known()]
        secret = json.dumps({"log_keys": vkeys, "tsa": told})
        house.secretsmanager.values["emdia/local/witness"] = secret
        for _ in range(2):
            story.run("cosign_audit", {})
            story.run("stamp_audit", {})
    assert any(key.endswith("/carimbo.tsr") for key in house.own.versions)


@pytest.mark.parametrize("function", sorted(FUNCTION_ACTIONS))
def test_calls_and_rights_are_the_same(calls, function):
    found = [line for line in differences(calls) if line.startswith(f"{function} ")]
    assert found == []
