"""Every call of the approval that erases fails once, before or after it landed: keys and fact go together."""

from datetime import date

import pytest

from emdia.aws.caller import StsCallers
from emdia.aws.traces import DynamoTraces
from emdia.errors import Rejected, TryLater
from emdia.facts import Fact, LogClass
from emdia.portfolio.contract import AsOf, Beneficiary
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject, person_ref
from emdia.workflows.erase_person import Deps, erase_person
from emdia.workflows.proved_call import digest_of
from tests.fakes.faults import WAYS
from tests.fakes.house import ANS, LEDGER
from tests.fakes.sts import ENDPOINT
from tests.flows.road import Road

CPF = "52998224725"
CLASSES = (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)


class Office:
    """A person written to long ago, whom one office has agreed to forget."""

    def __init__(self):
        self.road = Road()
        self.person = self.road.pseudonyms.of(ANS, "person", CPF)
        case = self.road.contract(1, person=int(self.person, 16))
        self.road.walk()
        self.road.settle(case)
        self.road.clock.move(days=6 * 366)
        self.asked = str(self.ask("clerk", "request", cpf=CPF)["erasure"])
        self.ask("dpo", "approve", erasure=self.asked)
        self.road.restart()

    def ask(self, office, action, human="leo", **more):
        road = self.road
        request = {"action": action, "operator": ANS, **more}
        arn = f"arn:aws:sts::111122223333:assumed-role/emdia-prod-{office}/{office}-{human}"
        deps = Deps(
            ledgers=road.ledgers,
            pseudonyms=road.pseudonyms,
            traces=DynamoTraces(road.dynamodb, LEDGER, road.keyring, road.pseudonyms),
            callers=StsCallers(ENDPOINT, road.sts.get),
            clock=road.clock,
            meter=road.meter,
            stage="prod",
            recovery_days=7,
        )
        return erase_person({**request, "proof": road.sts.question(arn, digest_of(request))}, deps)

    def approve(self, human="leo"):
        return self.ask("legal", "approve", human, erasure=self.asked)

    def is_whole(self):
        """Whether the person is gone, after checking that nothing was done by half."""
        road, facts = self.road, self.road.facts()
        keys = road.keyring.classes_of(ANS, self.person)
        gone = facts["person.forgotten"] == 1
        assert keys == (() if gone else tuple(sorted(CLASSES)))
        assert (person_ref(self.person) in road.ledger().get([person_ref(self.person)])) is not gone
        assert facts["erasure.approved"] == 1 + gone
        return gone


def calls_of_one_approval():
    office = Office()
    before = office.road.faults.total
    office.approve()
    return office.road.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, calls_of_one_approval() + 1))
def test_one_failure_anywhere_erases_whole_or_not_at_all(call, error, landed):
    office = Office()
    office.road.faults.fail("", call=call, landed=landed, error=error)
    try:
        office.approve()
    except TryLater:
        if not office.is_whole():
            assert office.approve()["status"] == "done"
    assert office.road.faults.struck
    assert office.is_whole()
    with pytest.raises(Rejected, match="erasure-approved"):
        office.approve()


def test_of_two_who_approve_at_once_one_erases():
    office = Office()
    office.road.dynamodb.before_write = lambda: office.approve("eva")
    with pytest.raises(TryLater):
        office.approve()
    assert office.is_whole()


def test_a_covered_person_is_kept_as_long_as_the_contract_and_then_forgotten_alone():
    office = Office()
    road, ledger = office.road, office.road.ledger()

    covered = Subject(road.pseudonyms.of(ANS, "person", "11144477735"))
    ledger.ensure_keys([(covered, KeyClass.CADASTRO)])
    row = Beneficiary(
        contract=f"{1_000_001:032x}",
        key=covered.id,
        name="João Coberto",
        cpf="11144477735",
        birth_on=date(2010, 1, 1),
        as_of=AsOf(9, road.clock.now()),
    )
    assert ledger.commit([Act("covered", (Put(row),), (Fact("contract.recorded", row.ref),))]).landed
    with pytest.raises(Rejected, match="erasure-retention"):
        office.ask("clerk", "request", cpf="11144477735")
    road.clock.move(days=6 * 366)
    office.asked = str(office.ask("clerk", "request", cpf="11144477735")["erasure"])
    office.ask("dpo", "approve", erasure=office.asked)
    assert office.approve()["status"] == "done"
    assert road.keyring.classes_of(ANS, covered.id) == ()
    assert road.keyring.classes_of(ANS, office.person)
