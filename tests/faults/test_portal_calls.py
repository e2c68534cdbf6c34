"""Every call of an attendance that a person opens on their page fails once: one number, their words once."""

import pytest

from emdia.errors import TryLater
from emdia.protocols.protocol import Interaction
from emdia.state import contract_ref
from emdia.workflows.attendance import read
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.portal_talk import open_here, write_here
from emdia.workflows.tracking_visit import session_of, visit_of
from tests.fakes.faults import WAYS
from tests.fakes.house import ANS
from tests.flows.attendances import Attendances

FORM = {"texto": "Meu boleto veio errado.", "pedido": "0" * 16}
MORE = {"texto": "E faltou dizer isto.", "pedido": "1" * 16}


class Portal(Attendances):
    """A person of a known contract on their page, served by a worker that knows nothing."""

    def __post_init__(self):
        super().__post_init__()
        key = self.pseudonyms.of(ANS, "contract", self.known("CT-1"))
        contract = self.ledger().get([contract_ref(key)])[contract_ref(key)]
        self.session = session_of(contract, ANS, self.pseudonyms, self.clock.now())
        self.restart()
        self.desk = NumberDesk(self.clock, self.randomness, self.meter)

    def opens(self):
        visit = visit_of(self.session, self.ledgers, self.pseudonyms, self.clock.now())
        ports = (self.ledgers, self.pseudonyms, self.clock, self.randomness, self.meter)
        return open_here(visit, FORM, self.desk, ports)

    def writes(self, number):
        visit = visit_of(self.session, self.ledgers, self.pseudonyms, self.clock.now())
        return write_here(visit, read(number, visit.ledger), MORE, self.clock)

    def twice(self, work):
        """As a person does who is told to try again."""
        for _ in range(2):
            try:
                return work()
            except TryLater:
                continue
        raise AssertionError("refused twice")


def calls():
    portal = Portal()
    before = portal.faults.total
    portal.writes(portal.opens())
    return portal.faults.total - before


CALLS = range(1, calls() + 1)


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", CALLS)
def test_one_failure_anywhere_gives_one_number_and_keeps_the_words_once(call, error, landed):
    portal = Portal()
    portal.faults.fail("", call=call, landed=landed, error=error)
    number = portal.twice(portal.opens)
    portal.twice(lambda: portal.writes(number))
    assert portal.faults.struck
    assert portal.opens() == number
    assert portal.facts()["protocol.opened"] == 1
    said = [one.words for one in portal.ledger().listed(f"PR#{number}", 0) if isinstance(one, Interaction)]
    assert sorted(said) == sorted([FORM["texto"], MORE["texto"]])
