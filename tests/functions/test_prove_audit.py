import json

import pytest

from emdia import wiring
from emdia.audit.leaf import told_by
from emdia.audit.note import parse_vkey
from emdia.audit.pack import check_pack, make_pack
from emdia.audit.proof import parse_proof
from emdia.facts import Fact, LogClass, Value
from emdia.state import OPERATOR_SUBJECT, Subject, operator_ref
from emdia.workflows.proved_call import digest_of
from functions.open_log.handler import handle as open_log
from functions.prove_audit.handler import handle
from functions.seal_audit.handler import handle as seal
from tests.fakes.faults import closed
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.opening import disclosed

ROLE = "arn:aws:sts::111122223333:assumed-role"
CLERK, DPO, LEGAL = f"{ROLE}/Staff/rui", f"{ROLE}/emdia-local-dpo/ana", f"{ROLE}/emdia-local-legal/leo"
CPF, OTHER = "52998224725", "11144477735"
VALUES = ("titular", "dependente", "canal")
LOG = {"operator": ANS, "class": "contato", "year": 2026}


@pytest.fixture
def sealed(road):
    """Three hundred sealed facts; the ids of those of class `contato`, each about two persons, in the log's order."""
    ledger = road.ledger()
    persons = [Subject(road.pseudonyms.of(ANS, "person", cpf)) for cpf in (CPF, OTHER)]
    wanted = [(one, LogClass.CONTATO) for one in (*persons, OPERATOR_SUBJECT)]
    ledger.ensure_keys([*wanted, (OPERATOR_SUBJECT, LogClass.ACESSO)])
    for start in range(0, 300, 100):
        facts = [
            Fact(
                "outreach.queued",
                operator_ref(),
                (
                    Value("titular", f"Maria {n}", persons[0]),
                    Value("dependente", f"João {n}", persons[1]),
                    Value("canal", "email"),
                ),
            )
            for n in range(start, start + 100)
        ]
        ledger.witness(facts, f"w-{start}")
    assert "result" in open_log({"operator": ANS}, None)
    seal({"sweep": "unsealed"}, None)
    marks = {
        row["pk"]["S"].rsplit("#", 1)[1]: int(row["idx"]["N"])
        for row in road.rows(JOURNAL)
        if row["sk"]["S"] == "R" and row["log"]["S"] == "contato#2026"
    }
    return sorted(marks, key=marks.__getitem__)


def ask(action, **more):
    return handle({"action": action, "language": "pt-BR", **LOG, **more}, None)


def refused(action, **more):
    return ask(action, **more)["problem"]["code"]


def disclose(road, actor, **more):
    request = {"action": "disclose", **LOG, **more}
    return handle({**request, "proof": road.sts.question(actor, digest_of(request)), "language": "pt-BR"}, None)


def said(road, event):
    """What the fact says, told apart from what is tested."""
    row = road.dynamodb.tables[JOURNAL].items[f"{ANS}#EVT#{event}"]["E"]
    persons = [Subject(road.pseudonyms.of(ANS, "person", cpf)) for cpf in (CPF, OTHER)]
    return disclosed(road, ANS, row, OPERATOR_SUBJECT, *persons)


def views(road):
    rows = [row for row in road.rows(JOURNAL) if row.get("kind", {}).get("S") == "event.disclosed"]
    return [disclosed(road, ANS, row, OPERATOR_SUBJECT) for row in rows]


@pytest.mark.parametrize("at", [0, 137, 299])
def test_a_fact_is_proved_by_its_id_and_nothing_is_disclosed(road, sealed, at):
    told = ask("prove", event=sealed[at])["result"]
    assert (told["index"], told["size"]) == (at, 300)
    log = parse_vkey(told["key"])
    assert log.public == road.signer.public
    assert parse_proof(told["proof"].encode()).check(told["leaf"].encode(), log).size == 300
    assert json.loads(told["leaf"])["id"] == sealed[at]
    assert set(told) == {"index", "size", "leaf", "proof", "key"}
    assert views(road) == []


def test_an_event_whose_rows_have_expired_is_found_in_the_log(road, sealed):
    del road.dynamodb.tables[JOURNAL].items[f"{ANS}#EVT#{sealed[200]}"]
    assert ask("prove", event=sealed[200])["result"]["index"] == 200


def test_what_is_not_sealed_yet_and_what_never_was_are_told_apart(road, sealed):
    road.ledger().witness([Fact("outreach.queued", operator_ref(), (Value("canal", "sms"),))], "late")
    (late,) = [row for row in road.rows(JOURNAL) if row.get("command", {}).get("S") == "late"]
    assert refused("prove", event=late["pk"]["S"].rsplit("#", 1)[1]) == "event-unsealed"
    assert refused("prove", event="f" * 32) == "event-unknown"
    assert refused("prove", event=sealed[0], year=2025) == "log-unknown"
    assert refused("prove", event=sealed[0], **{"class": "acordo"}) == "log-unknown"


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"action": "burn"}, "/action"),
        ({"action": "prove"}, "/event"),
        ({"action": "prove", "event": "x" * 501}, "/event"),
        ({"action": "prove", "event": "x", "class": "outra"}, "/class"),
        ({"action": "prove", "event": "x", "class": ["contato"]}, "/class"),
        ({"action": "prove", "event": "x", "year": "2026"}, "/year"),
        ({"action": "prove", "event": "x", "year": True}, "/year"),
        ({"action": "prove", "event": "x", "operator": "12"}, "/operator"),
        ({"action": "grow"}, "/old"),
        ({"action": "grow", "old": -1}, "/old"),
        ({"action": "grow", "old": 1, "new": "2"}, "/new"),
        ({"action": "disclose", "event": "x"}, "/proof"),
    ],
)
@pytest.mark.usefixtures("road")
def test_a_request_that_makes_no_sense_is_refused_with_its_field(request_, pointer):
    assert handle({**LOG, **request_}, None)["problem"]["pointer"] == pointer


def test_that_the_log_only_grew_is_proved_as_a_witness_is_asked(road, sealed):
    road.ledger().witness([Fact("outreach.queued", operator_ref(), (Value("canal", "sms"),))], "late")
    seal({"sweep": "unsealed"}, None)
    assert sealed
    sizes = [int(one.body.split(b"\n")[1]) for one in checkpoints(road)]
    assert sizes[-1] == 301
    for old, new in ((300, None), (0, None), (37, 301), (301, 301), (200, 300)):
        told = ask("grow", old=old, **({} if new is None else {"new": new}))["result"]
        first, _, rest = told["request"].partition("\n")
        assert first == f"old {old}"
        hashes, _, note = rest.partition("\n\n") if rest[0] != "\n" else ("", "", rest[1:])
        assert note.encode() == checkpoints(road)[sizes.index(new or 301)].body
        assert bool(hashes) is (old not in (0, new or 301))
    assert refused("grow", old=302) == "sizes-invalid"
    assert refused("grow", old=301, new=300) == "sizes-invalid"
    assert refused("grow", old=1, new=299) == "size-unsigned"


def checkpoints(road):
    return road.s3.versions[f"auditoria.emdia-local/{ANS}/contato/2026/checkpoint"]


class TestDisclosing:
    def test_legal_sees_the_chosen_fields_of_the_named_person_and_is_seen(self, road, sealed):
        given = {"event": sealed[5], "fields": ["titular", "canal"], "reason": "processo 1234", "cpf": CPF}
        told = disclose(road, LEGAL, **given)["result"]
        assert [told_by(one) for one in told["disclosures"]] == [
            ("titular", said(road, sealed[5])["titular"]),
            ("canal", "email"),
        ]
        assert told["others"] == []  # what only another person's key opens is not even named
        pack = make_pack(
            told["leaf"].encode(), parse_proof(told["proof"].encode()), parse_vkey(told["key"]), told["disclosures"]
        )
        assert check_pack(pack)[1] == {"titular": said(road, sealed[5])["titular"], "canal": "email"}
        (seen,) = views(road)
        assert seen["ator"] == LEGAL
        assert (seen["evento"], seen["campos"], seen["motivo"]) == (sealed[5], "titular,canal", "processo 1234")
        assert seen["titular"] == road.pseudonyms.of(ANS, "person", CPF)

    def test_without_a_person_s_cpf_only_the_operator_s_own_values_open(self, road, sealed):
        told = disclose(road, LEGAL, event=sealed[5], fields=[], reason="x")["result"]
        assert (told["disclosures"], told["others"]) == ([], ["canal"])
        answer = disclose(road, LEGAL, event=sealed[5], fields=["canal", "titular"], reason="x")
        assert (answer["problem"]["code"], answer["problem"]["pointer"]) == ("disclosure-unknown", "/fields/1")
        assert len(views(road)) == 2

    @pytest.mark.parametrize("actor", [CLERK, DPO, f"{ROLE}/emdia-prod-legal/leo"])
    def test_nobody_else_sees_anything(self, road, sealed, actor):
        answer = disclose(road, actor, event=sealed[5], fields=["canal"], reason="x")
        assert answer["problem"]["code"] == "disclosure-for-legal"
        assert views(road) == []

    def test_a_proof_of_who_asks_serves_one_request_only(self, road, sealed):
        request = {"action": "disclose", **LOG, "event": sealed[5], "fields": ["canal"], "reason": "x"}
        proof = road.sts.question(LEGAL, digest_of(request))
        answer = handle({**request, "event": sealed[6], "proof": proof}, None)
        assert answer["problem"]["code"] == "caller-unproved"

    def test_nothing_is_shown_when_the_view_cannot_be_told(self, road, sealed):
        road.faults.fail("PutItem", error=closed)
        answer = disclose(road, LEGAL, event=sealed[5], fields=["canal"], reason="x")
        assert answer["problem"]["code"] == "try-later"

    @pytest.mark.parametrize("landed", [False, True])
    def test_whichever_call_fails_nothing_is_shown_unseen_and_asking_again_serves(self, road, sealed, landed):
        given = {"event": sealed[150], "fields": ["titular"], "reason": "x", "cpf": CPF}
        call, failed = 0, 0
        while True:
            call, before = call + 1, len(views(road))
            road.restart()
            for one in (one for one in vars(wiring).values() if hasattr(one, "cache_clear")):
                one.cache_clear()
            road.clock.move(seconds=1)
            road.show_clock()
            road.faults.struck.clear()
            road.faults.fail("", call=call, landed=landed, error=closed)
            answer = disclose(road, LEGAL, **given)
            struck = bool(road.faults.struck)
            road.faults.planned.clear()
            assert len(views(road)) >= before + ("result" in answer)
            assert "result" in answer or answer["problem"]["code"] == "try-later"
            if not struck:
                break
            failed += "problem" in answer
            assert "result" in disclose(road, LEGAL, **given)
        assert failed > 8  # who calls, keys, checkpoint, mark, bundle, tiles, view, batch

    def test_every_look_is_a_fact_of_its_own(self, road, sealed):
        for _ in range(2):
            road.clock.move(seconds=1)
            road.show_clock()
            assert "result" in disclose(road, LEGAL, event=sealed[5], fields=["canal"], reason="x")
        assert len(views(road)) == 2

    def test_what_a_forgotten_person_s_key_sealed_stays_shut(self, road, sealed):
        person, other = road.pseudonyms.of(ANS, "person", CPF), said(road, sealed[5])["dependente"]
        road.restart()
        for key in [key for key in road.dynamodb.tables["emdia-test-keys"].items if key.endswith(f"#S#{person}")]:
            del road.dynamodb.tables["emdia-test-keys"].items[key]
        answer = disclose(road, LEGAL, event=sealed[5], fields=["titular"], reason="x", cpf=CPF)
        assert answer["problem"]["code"] == "disclosure-unknown"
        told = disclose(road, LEGAL, event=sealed[5], fields=["dependente"], reason="x", cpf=OTHER)["result"]
        assert told_by(told["disclosures"][0]) == ("dependente", other)

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"fields": "canal"}, "/fields"),
            ({"fields": ["canal", "canal"]}, "/fields"),
            ({"fields": [1]}, "/fields"),
            ({"fields": ["canal"], "reason": ""}, "/reason"),
            ({"fields": ["canal"], "cpf": "123"}, "/cpf"),
        ],
    )
    def test_a_request_must_say_what_and_why(self, road, sealed, more, pointer):
        answer = disclose(road, LEGAL, **{"event": sealed[5], "reason": "x", **more})
        assert answer["problem"]["pointer"] == pointer
        assert views(road) == []
