"""A call centre's system leads an attendance through all it may do, one worker a call."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from emdia.facts import Fact
from emdia.portfolio.contract import Channel, ContactPoint
from emdia.ports import Act, Put
from emdia.protocols.copying import owed
from emdia.protocols.protocol import Interaction, Medium, Speaker, Status
from emdia.providers.cognito import scopes_of
from emdia.state import contract_ref, operator_ref, protocol_ref
from tests.fakes.house import ANS, COPIES_QUEUE, LEDGER
from tests.flows.road import phone


def systems(story):
    """The story's contract CT-1 calls again, this time at a call centre."""
    claims = {"client_id": "acme", "scope": " ".join(scopes_of(ANS))}

    def call(method, number="", part="", body=None, key="k-1", **how):
        event = {
            "httpMethod": method,
            "pathParameters": {"number": number, "part": part},
            "headers": {"Idempotency-Key": key},
            "body": json.dumps(body or {}),
            "isBase64Encoded": False,
            "requestContext": {"authorizer": {"claims": claims}},
        }
        answer = story.run("open_protocol", event, **how)
        assert answer["statusCode"] in (200, 201), answer
        return json.loads(answer["body"])

    said = {"id": "1", "words": "Quero a segunda via.", "speaker": "beneficiario"}
    opening = {"medium": "telefone", "interaction": said}
    number = call("POST", body=opening, unanswered=True)["number"]
    assert call("POST", body=opening)["number"] == number
    call("GET")
    call("POST", number, "contract", {"contract": "CT-1"})
    call("POST", number, "class", {"demand": "nao_assistencial"})
    call("POST", number, "answer", {"outcome": "atendido", "text": "A segunda via foi enviada por e-mail hoje."})
    call("GET", number)
    # A conversation so long that its copy is no template data any more.
    for n in range(14):
        call("POST", number, "interactions", {**said, "id": f"l{n}", "medium": "chat", "words": "ç" * 10_000})
    _follow(story, number)
    # The first number of an operator makes its keys.
    claims["scope"] = " ".join(scopes_of("654321"))
    call("POST", body=opening)


def reports(story):
    """The attendances of the day in numbers and one by one; another operator's first look makes its key of looks."""
    now = story.road.clock.now()
    first, last = ((now - timedelta(days=n, hours=4)).date().isoformat() for n in (60, 0))
    held = story.road.ledger().get([operator_ref()])[operator_ref()]
    other = replace(held, ans="987654", v=0, last="")
    act = Act("other profile", (Put(other),), (Fact("operator.recorded", operator_ref()),))
    assert story.road.ledger("987654").commit([act]).landed
    for ans in ("987654", ANS):
        asked = {"operator": ans, "actor": "ana", "from": first, "to": last}
        for more in ({"action": "measure", "by": "day"}, {"action": "export"}):
            answer = story.run("report_protocols", {**asked, **more})
            assert "result" in answer, answer
    assert answer["result"]["protocols"]


def copies(story):
    """An answered attendance of WhatsApp: its copy leaves there, by mail and by SMS, as providers refuse it."""
    road = story.road
    ledger = road.ledger()
    mine = [row for row in road.rows(LEDGER) if row["sk"]["S"] == "PROTOCOL" and row["pk"]["S"].startswith(ANS)]
    chats = [row for row in mine if '"medium":"whatsapp"' in row["d"]["S"] and '"contract"' in row["d"]["S"]]
    ref = protocol_ref(chats[0]["pk"]["S"].rpartition("#")[2])
    held = ledger.get([ref])[ref]
    contract = ledger.get([contract_ref(held.contract)])[contract_ref(held.contract)]
    points = [ContactPoint("m", Channel.EMAIL, "a@b.example", 1), ContactPoint("s", Channel.SMS, phone(4), 2)]
    line = Interaction(
        number=held.number, id="in-last", sequence=99, at=road.clock.now(), medium=Medium.WHATSAPP,
        speaker=Speaker.PERSON, under=held.holder_key, words="oi", author=phone(4),
    )  # fmt: skip
    more = [Put(line), Put(replace(contract, contact_points=tuple(points), dead_points=()))]
    # The third is so long that its copy is no template data any more.
    rounds = [((), 0), (("whatsapp",), 0), (("whatsapp",), 14), (("whatsapp", "email"), 0)]
    for n, (refused, lines) in enumerate(rounds):
        more += [Put(replace(line, id=f"l{one}", words="ç" * 10_000)) for one in range(lines)]
        held = ledger.get([ref])[ref]
        copying = replace(owed(road.clock.now()), refused=refused)
        again = replace(held, status=Status.CLOSED, warnings=(), copying=copying)
        act = Act(f"owed {n}", (Put(again), *more), (Fact("protocol.copy_put_off", ref),))
        assert ledger.commit([act]).landed
        more = []
        road.clock.move(hours=1)
        story.run("sweep_outreach", {"sweep": "clock"})
        story.drain(COPIES_QUEUE, "send_copy", unanswered=n == 0)
        assert ledger.get([ref])[ref].copying.sent_at is not None


def _follow(story, number):
    """The person looks at it on their telephone: code, list, words, copy, complaint, rating."""

    def post(status=200, *, unanswered=False, **fields):
        event = {"httpMethod": "POST", "headers": {}, "body": urlencode(fields), "isBase64Encoded": False}
        answer = story.run("track_protocol", event, unanswered=unanswered)
        assert answer["statusCode"] == status, answer
        return answer["body"]

    post(numero=number, unanswered=True)
    post(numero=number, codigo="0", status=422)
    code = re.search(r": (\d{6})", story.road.ses.mailbox[-1].text)[1]
    session = re.search(r'name="sessao" value="([^"]+)"', post(numero=number, codigo=code))[1]
    visit = {"sessao": session, "protocolo": number}
    post(**visit)
    assert "Enviamos" in post(**visit, acao="enviar")
    assert "Obrigado" in post(**visit, acao="avaliar", nota="5")
    assert "ouvidoria" in post(**visit, acao="reclamar", texto="Não recebi.")
    asked = {"sessao": session, "acao": "abrir", "texto": "E agora?", "pedido": "0" * 16}
    assert "número do seu atendimento" in post(**asked, unanswered=True)
    assert "registrada" in post(**visit, acao="escrever", texto="E mais isto.", pedido="1" * 16)
    _by_sms(story, number, post)


def _by_sms(story, number, post):
    """Who has no e-mail in the register gets the code on their telephone."""
    ledger = story.road.ledger()
    ref = protocol_ref(number)
    ref = contract_ref(ledger.get([ref])[ref].contract)
    held = ledger.get([ref])[ref]
    point = ContactPoint("s", Channel.SMS, phone(1), 1)
    act = Act("by sms", (Put(replace(held, contact_points=(point,))),), (Fact("contact_points.recorded", ref),))
    assert ledger.commit([act]).landed
    story.road.clock.move(minutes=2)
    post(numero=number)
    assert "codigo" in story.road.sms.phones[-1].text
