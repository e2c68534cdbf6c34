"""Every call of a disposal fails once, before or after it landed: items, keys and fact go together, and once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from emdia.aws.remains import DynamoRemains
from emdia.errors import TryLater
from emdia.facts import Fact, LogClass
from emdia.money import Centavos
from emdia.payments.charge import Charge, ChargeName, ChargeStatus, Terms, txid_of
from emdia.people.disposal import KeptKey, Party
from emdia.portfolio.case import Case
from emdia.ports import Act, Put
from emdia.protocols.protocol import ContractProtocol, Interaction, Medium, Originator, Protocol, Speaker, Status
from emdia.state import Ref, State, attendance_subject
from emdia.workflows.dispose_records import Deps, dispose_records
from tests.fakes.faults import WAYS
from tests.fakes.house import ANS, LEDGER
from tests.flows.road import Road

LATER = datetime(2033, 3, 1, 5, 30, tzinfo=UTC)
NUMBER = f"{ANS}20261125000042"


class Archive:
    """A paid contract, an attendance of seventy lines and a key, all of them past their time tonight."""

    def __init__(self):
        self.road = Road()
        case = self.road.contract(1)
        self.road.settle(case)
        self.contract, self.person = case.contract, case.holder_key
        self.elsewhere = self.money(case)
        subject = attendance_subject(NUMBER)
        self.road.ledger().ensure_keys([(subject, LogClass.ATENDIMENTO)])
        now = self.road.clock.now()
        protocol = Protocol(
            number=NUMBER, opened_at=now, medium=Medium.PHONE, originator=Originator.PERSON, status=Status.CLOSED,
            answered_at=now, contract="another", said=70,
        )  # fmt: skip
        lines = [
            Interaction(
                number=NUMBER, id=f"{n:02d}", sequence=n, at=now, medium=Medium.PHONE, speaker=Speaker.PERSON,
                under=subject.id, words="Quero falar.",
            )
            for n in range(70)
        ]  # fmt: skip
        # An attendance that went before has left its key.
        self.other = attendance_subject(f"{ANS}20261125000043")
        self.road.ledger().ensure_keys([(self.other, LogClass.ATENDIMENTO)])
        self.road.clock.at = LATER
        self.night()  # the nights before found nothing: the agenda begins here
        self.put(Party(person=self.person, contract=self.contract, due=LATER))
        self.put(ContractProtocol(contract="another", number=NUMBER, opened_at=now))
        self.put(replace(protocol, stays_until=LATER))
        for line in lines:
            self.put(line)
        self.put(KeptKey(owner=self.other.id, subject=self.other.id, since=now, stays_until=LATER))
        self.road.restart()

    def money(self, case: Case) -> State:
        """The name of a charge of the contract, which leads back to it from a partition of its own."""
        invoice, day = case.invoices[0].id, self.road.clock.now().date()
        txid = txid_of(ANS, invoice, 1)
        terms = Terms(original=Centavos(100), due_on=day, valid_days=90)
        charge = Charge(
            contract=case.contract, invoice=invoice, number=1, txid=txid, terms=terms, status=ChargeStatus.ACTIVE,
            quoted_on=day,
        )  # fmt: skip
        name = ChargeName(txid=txid, contract=case.contract, invoice=invoice)
        self.put(charge)
        self.put(name)
        return name

    def put(self, state: State) -> None:
        act = Act(f"{state.ref}", (Put(state),), (Fact("contract.recorded", state.ref),))
        assert self.road.ledger().commit([act]).landed

    def night(self):
        road = self.road
        remains = DynamoRemains(road.dynamodb, LEDGER, road.keyring)
        deps = Deps(road.ledgers, road.agenda, remains, road.pseudonyms, road.clock, road.stopwatch, road.meter)
        return dispose_records(deps)

    def is_whole(self):
        """Whether all of it is gone, after checking that nothing went without its fact, or a key before its items."""
        road, facts = self.road, self.road.facts()
        rows = {(row["pk"]["S"], row["sk"]["S"]) for row in road.rows(LEDGER)}
        left = [sk for pk, sk in rows if pk == f"{ANS}#C#{self.contract}"]
        gone = facts["party.disposed"] == 1
        assert facts["contract.disposed"] == gone
        assert (not left) is gone
        assert ((f"{ANS}#{self.elsewhere.ref.partition}", self.elsewhere.ref.sort) in rows) is bool(left)
        assert (road.keyring.classes_of(ANS, self.person) == ()) is gone
        assert ((f"{ANS}#P#{self.person}", f"PARTY#{self.contract}") not in rows) is gone
        talk = [sk for pk, sk in rows if pk == f"{ANS}#PR#{NUMBER}"]
        # Two acts: the first eleven lines, then the rest with the attendance itself.
        assert (len(talk), facts["protocol.disposed"]) in ((71, 0), (60, 1), (0, 2))
        assert ((f"{ANS}#C#another", f"ATTENDANCE#{NUMBER}") in rows) is bool(talk)
        kept = Ref(f"P#{attendance_subject(NUMBER).id}", f"KEPT#{attendance_subject(NUMBER).id}")
        assert facts["key.disposed"] <= 2
        opens = road.keyring.classes_of(ANS, attendance_subject(NUMBER).id) == (LogClass.ATENDIMENTO,)
        assert opens is (bool(talk) or (f"{ANS}#{kept.partition}", kept.sort) in rows)
        return gone and not talk and facts["key.disposed"] >= 1

    def finish(self):
        for _ in range(3):
            self.road.clock.move(days=1)
            self.road.restart()
            self.night()


def calls_of_one_night():
    archive = Archive()
    before = archive.road.faults.total
    archive.night()
    return archive.road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_one_night() + 1))
def test_one_failure_anywhere_disposes_whole_or_leaves_it_due(call, error, landed):
    archive = Archive()
    archive.road.faults.fail("", call=call, landed=landed, error=error)
    try:
        archive.night()
    except TryLater:
        archive.is_whole()
    assert archive.road.faults.struck
    archive.finish()
    assert archive.is_whole()
    facts = archive.road.facts()
    assert (facts["contract.disposed"], facts["protocol.disposed"]) == (1, 2)
    assert archive.road.meter.total("DisposalStuck") == 0


def test_two_nights_at_once_dispose_once():
    archive = Archive()
    archive.road.dynamodb.before_write = archive.night
    archive.night()
    archive.finish()
    assert archive.is_whole()
    assert archive.road.facts()["contract.disposed"] == 1
