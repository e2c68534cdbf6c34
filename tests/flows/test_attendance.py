"""An attendance from its number to its answer, over in-memory clients."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from emdia.aws.keyring import Keyring
from emdia.errors import Rejected, TryLater
from emdia.facts import Fact
from emdia.portfolio.contract import Operator
from emdia.ports import Act, Put
from emdia.state import contract_ref, operator_ref
from emdia.workflows.attend_protocol import Deps, attend_protocol
from emdia.workflows.number_desk import NumberDesk
from tests.fakes.house import ANS, JOURNAL, LEDGER
from tests.flows.road import Road

NOON = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # Wednesday
SAO_PAULO = "3550308"
GRANTED = "A segunda via foi emitida hoje com vencimento em 10/12/2026, sem multa nem juros."
DENIED = "O desconto pedido não pode ser dado, porque o contrato não prevê desconto por antecipação."
CLAUSE = "Cláusula 9ª, item 2: os valores são os da tabela anexa."


class Desk(Road):
    """Road with one attendance of contract 1 and staff."""

    def __post_init__(self):
        super().__post_init__()
        self.clock.at = NOON
        held = self.ledger().get([operator_ref()])[operator_ref()]
        assert isinstance(held, Operator)
        seated = replace(held, seat=SAO_PAULO)
        fact = Fact("operator.recorded", operator_ref())
        assert self.ledger().commit([Act("seat", (Put(seated),), (fact,))]).landed
        self.contract(1)
        self.numbers = NumberDesk(self.clock, self.randomness, self.meter)

    def open(self, key="1"):
        return self.do("open", key=key, medium="telefone", originator="beneficiario")["number"]

    def do(self, action, number="", actor="ana", **more):
        deps = Deps(self.ledgers, self.pseudonyms, self.clock, self.randomness, self.meter, self.numbers)
        return attend_protocol({"action": action, "operator": ANS, "actor": actor, "number": number, **more}, deps)

    def known(self, number):
        """The ERP's number of a contract that the ledger has."""
        key = self.pseudonyms.of(ANS, "contract", number)
        if contract_ref(key) not in self.ledger().get([contract_ref(key)]):
            case = self.contract(int(number[3:]))
            held = self.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
            fact = Fact("contract.recorded", contract_ref(key))
            act = Act(f"known {number}", (Put(replace(held, key=key, v=0, last="")),), (fact,))
            assert self.ledger().commit([act]).landed
        return number

    def queue(self):
        return [one["number"] for one in self.do("queue")["waiting"]]


@pytest.fixture
def desk():
    return Desk()


def classed(desk, key="1", demand="nao_assistencial"):
    number = desk.open(key)
    desk.do("class", number, demand=demand)
    return number


def test_from_the_number_to_the_answer(desk):
    number = desk.open()
    assert desk.queue() == [number]
    told = desk.do("class", number, demand="nao_assistencial")
    assert told["due"] == "2026-12-03T03:00:00.000Z"  # 7 calendar days of the SAC decree come first
    desk.do("claim", number)
    desk.do("say", number, id="m1", medium="telefone", speaker="beneficiario", words="Quero a segunda via.")
    told = desk.do("answer", number, outcome="atendido", text=GRANTED)
    assert (told["status"], told["outcome"], told["late"]) == ("encerrado", "atendido", False)
    assert desk.queue() == []
    shown = desk.do("show", number)["interactions"]
    assert [(line["speaker"], line["words"]) for line in shown] == [
        ("beneficiario", "Quero a segunda via."),
        ("atendente", GRANTED),
    ]


def test_the_queue_has_what_nobody_classed_first_and_then_the_nearest_term(desk):
    late = classed(desk, "late", "nao_assistencial")
    soon = classed(desk, "soon", "historico")
    fresh = desk.open("fresh")
    assert desk.queue() == [fresh, soon, late]


def test_urgent_stands_before_everything_that_is_classed(desk):
    soon = classed(desk, "soon", "assistencial")
    urgent = classed(desk, "urgent", "urgencia")
    assert desk.queue() == [urgent, soon]


def test_an_answer_that_is_none_changes_nothing(desk):
    number = classed(desk)
    with pytest.raises(Rejected, match="answer-not-conclusive"):
        desk.do("answer", number, outcome="informado", text="Seu pedido está em análise pela equipe.")
    assert desk.queue() == [number]


def test_a_denial_needs_what_it_rests_on_and_shows_it(desk):
    number = classed(desk)
    with pytest.raises(Rejected, match="answer-basis-missing"):
        desk.do("answer", number, outcome="negado", text=DENIED)
    desk.do("answer", number, outcome="negado", text=DENIED, basis=CLAUSE)
    assert desk.do("show", number)["interactions"][0]["basis"] == CLAUSE


def test_nothing_is_answered_before_somebody_classed_it(desk):
    number = desk.open()
    with pytest.raises(Rejected, match="protocol-unclassed"):
        desk.do("answer", number, outcome="atendido", text=GRANTED)


def test_the_ombudsman_looks_once_more(desk):
    number = classed(desk)
    with pytest.raises(Rejected, match="protocol-open"):
        desk.do("reanalyse", number)
    desk.do("answer", number, outcome="negado", text=DENIED, basis=CLAUSE)
    desk.clock.move(days=1)
    told = desk.do("reanalyse", number)
    assert (told["status"], told["demand"], desk.queue()) == ("aberto", "ouvidoria", [number])
    desk.do("answer", number, outcome="atendido", text=GRANTED)
    with pytest.raises(Rejected, match="protocol-reanalysed"):
        desk.do("reanalyse", number)


def test_two_people_do_not_take_the_same_one(desk):
    number = classed(desk)
    desk.do("claim", number, "ana")
    desk.do("claim", number, "ana")
    with pytest.raises(Rejected, match="protocol-claimed"):
        desk.do("claim", number, "bia")
    with pytest.raises(Rejected, match="protocol-not-yours"):
        desk.do("hand_over", number, "bia")
    desk.do("hand_over", number, "ana", to="bia")
    desk.do("hand_over", number, "bia")
    assert desk.do("claim", number, "caio")["staff"] == "caio"


def test_it_becomes_a_contracts_once_and_for_good(desk):
    number = desk.open()
    with pytest.raises(Rejected, match="contract-unknown"):
        desk.do("identify", number, contract="CT-999")
    for _ in range(2):
        desk.do("identify", number, contract=desk.known("CT-7"))
    with pytest.raises(Rejected, match="protocol-identified"):
        desk.do("identify", number, contract=desk.known("CT-8"))
    desk.do("say", number, id="m1", medium="chat", speaker="beneficiario", words="Sou eu mesma.")
    held = desk.ledger().record(desk.pseudonyms.of(ANS, "contract", "CT-7"), "ATTENDANCE#")
    assert [one.number for one in held] == [number]


def test_the_same_words_twice_are_one_interaction(desk):
    number = classed(desk)
    for _ in range(2):
        desk.do("say", number, id="m1", medium="whatsapp", speaker="beneficiario", words="oi")
    assert len(desk.do("show", number)["interactions"]) == 1


def test_words_are_stored_sealed_and_never_in_a_leaf(desk):
    number = classed(desk)
    desk.do("say", number, id="m1", medium="whatsapp", speaker="beneficiario", words="Meu segredo é 4711")
    stored = repr([desk.dynamodb.stored(table) for table in (LEDGER, JOURNAL)])
    assert "protocol.said" in stored
    assert "segredo" not in stored
    desk.restart()
    assert desk.do("show", number)["interactions"][0]["words"] == "Meu segredo é 4711"


def test_whoever_looks_is_seen_first(desk):
    number = classed(desk)
    desk.faults.fail("PutItem")
    with pytest.raises(TryLater):
        desk.do("show", number)
    desk.do("show", number)
    assert "protocol.viewed" in repr(desk.dynamodb.stored(JOURNAL))


@pytest.mark.parametrize("number", [f"{ANS}20261125000099", "99999920261125000001"])
def test_a_number_of_nobody_and_one_of_another_operator_are_the_same(desk, number):
    desk.open()
    with pytest.raises(Rejected) as refused:
        desk.do("show", number)
    assert refused.value.code == "protocol-unknown"


def test_warnings_come_once_each_and_lateness_is_kept(desk):
    number = classed(desk, demand="assistencial")
    seen = []
    for hours in range(0, 12 * 24, 6):
        desk.clock.at = NOON + timedelta(hours=hours)
        if desk.sweep():
            seen.append(hours)
            assert desk.sweep() == 0
    assert desk.meter.total("ProtocolWarned") == len(seen) - 1  # one sweep closed the day of the number
    assert {("percent", "50"), ("percent", "80"), ("percent", "100")} == {
        one for name, dimensions in desk.meter.counted for one in dimensions if name == "ProtocolWarned"
    }
    assert (desk.meter.total("ProtocolNearlyLate"), desk.meter.total("ProtocolLate")) == (2, 1)
    told = desk.do("answer", number, outcome="atendido", text=GRANTED)
    assert told["late"] is True


def test_what_nobody_classes_rings(desk):
    number = desk.open()
    desk.clock.move(hours=5)
    assert desk.sweep() == 1
    assert desk.meter.counted["ProtocolWarned", (("percent", "100"),)] == 1
    desk.do("class", number, demand="nao_assistencial")
    told = desk.do("answer", number, outcome="atendido", text=GRANTED)
    assert told["late"] is False, "the hours for classing are no norm's"


def test_two_acts_at_once_do_not_overwrite_each_other(desk, monkeypatch):
    number = classed(desk)
    original = Keyring.ensure
    ran = []

    def meanwhile(self, ans, wanted):
        if not ran:
            ran.append(1)
            desk.do("claim", number, "bia")
        return original(self, ans, wanted)

    monkeypatch.setattr(Keyring, "ensure", meanwhile)
    assert desk.do("answer", number, outcome="atendido", text=GRANTED)["status"] == "encerrado"
    assert desk.do("show", number)["staff"] == "bia"


def test_who_loses_against_a_colleague_is_told_of_them(desk, monkeypatch):
    number = classed(desk)
    original = desk.ledgers.of(ANS).commit
    ran = []

    def meanwhile(_ledger, acts):
        if not ran:
            ran.append(1)
            desk.do("claim", number, "bia")
        return original(acts)

    monkeypatch.setattr(type(desk.ledgers.of(ANS)), "commit", meanwhile)
    with pytest.raises(Rejected, match="protocol-claimed"):
        desk.do("claim", number, "ana")
    assert desk.do("show", number)["staff"] == "bia"


@pytest.mark.parametrize("landed", [False, True])
def test_every_call_may_fail_and_the_answer_lands_once(desk, landed):
    for k in range(1, 9):
        number = classed(desk, f"call-{k}")
        desk.faults.fail("", call=k, landed=landed)
        for _ in range(4):
            try:
                desk.do("answer", number, outcome="atendido", text=GRANTED)
                break
            except Rejected:  # closed: it had landed
                break
            except TryLater:
                continue
        desk.faults.planned.clear()
        shown = desk.do("show", number)
        assert shown["status"] == "encerrado"
        assert len(shown["interactions"]) == 1
        assert desk.queue() == []


def test_somebody_ill_does_not_keep_an_attendance(desk):
    number = classed(desk)
    desk.do("claim", number)
    with pytest.raises(Rejected, match="protocol-claimed"):
        desk.do("claim", number, actor="bia")
    with pytest.raises(Rejected, match="protocol-claimed"):
        desk.do("claim", number, actor="bia", **{"from": "carla"})
    assert desk.do("claim", number, actor="bia", **{"from": "ana"})["staff"] == "bia"


def test_the_queue_says_what_each_is_and_who_has_it(desk):
    number = classed(desk)
    desk.do("claim", number)
    (one,) = desk.do("queue")["waiting"]
    assert (one["number"], one["medium"], one["demand"], one["staff"]) == (
        number,
        "telefone",
        "nao_assistencial",
        "ana",
    )


def test_what_others_have_claimed_hides_nothing_that_is_free(desk, monkeypatch):
    monkeypatch.setattr("emdia.workflows.attend_protocol.PAGE", 3)
    numbers = [classed(desk, str(n)) for n in range(5)]
    for number, actor in zip(numbers, ("ana", "bia", "ana"), strict=False):
        desk.do("claim", number, actor=actor)

    def asked(who):
        return [one["number"] for one in desk.do("queue", who=who)["waiting"]]

    assert asked("all") == numbers[:3]
    assert asked("free") == numbers[3:]
    assert asked("mine") == [numbers[0], numbers[2]]
    with pytest.raises(Rejected, match="action-invalid"):
        asked("theirs")
