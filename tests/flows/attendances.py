"""An operator whose attendances are opened, answered, complained about and rated over some days."""

from dataclasses import replace
from datetime import UTC, datetime

from emdia.aws.day_book import DynamoDayBook
from emdia.facts import Fact
from emdia.portfolio.contract import Contract, Operator
from emdia.ports import Act, Put
from emdia.protocols.number import NumbersOfDay, brasilia_day, numbers_ref
from emdia.state import contract_ref, operator_ref, protocol_ref
from emdia.workflows import report_protocols
from emdia.workflows.attend_protocol import Deps, attend_protocol
from emdia.workflows.close_numbers import close_numbers
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.warn_protocol import warn_protocols
from tests.fakes.house import ANS, LEDGER
from tests.flows.road import Road

NOON = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)  # Tuesday, the day after a holiday
SAO_PAULO = "3550308"
GRANTED = "A segunda via foi emitida hoje com vencimento em 10/12/2026, sem multa nem juros."


class Attendances(Road):
    """Road with staff, and with reports of what they did. Contracts are CT-1, CT-2 ... in the ERP."""

    def __post_init__(self):
        super().__post_init__()
        self.clock.at = NOON
        held = self.ledger().get([operator_ref()])[operator_ref()]
        assert isinstance(held, Operator)
        self.put(replace(held, seat=SAO_PAULO), "operator.recorded")
        self.numbers = NumberDesk(self.clock, self.randomness, self.meter)
        self.book = self.report_book()

    def report_book(self):
        """One request after the other, so that tests can break each."""
        return DynamoDayBook(self.dynamodb, LEDGER, self.naps.append, abreast=1)

    def put(self, state, kind):
        command = f"put {state.ref} {state.v}"
        assert self.ledger().commit([Act(command, (Put(state),), (Fact(kind, state.ref),))]).landed

    def do(self, action, number="", actor="ana", **more):
        deps = Deps(self.ledgers, self.pseudonyms, self.clock, self.randomness, self.meter, self.numbers)
        return attend_protocol({"action": action, "operator": ANS, "actor": actor, "number": number, **more}, deps)

    def opened(self, key, contract="", demand="nao_assistencial", medium="telefone"):
        number = self.do("open", key=key, medium=medium, originator="beneficiario")["number"]
        if contract:
            self.do("identify", number, contract=self.known(contract))
        if demand:
            self.do("class", number, demand=demand)
        return number

    def answered(self, key, contract="", demand="nao_assistencial", **more):
        number = self.opened(key, contract, demand, **more)
        self.do("claim", number)
        self.do("answer", number, outcome="atendido", text=GRANTED)
        return number

    def known(self, number):
        """The ERP's number of a contract that the ledger has."""
        key = self.pseudonyms.of(ANS, "contract", number)
        if contract_ref(key) not in self.ledger().get([contract_ref(key)]):
            case = self.contract(int(number[3:]))
            held = self.ledger().get([contract_ref(case.contract)])[contract_ref(case.contract)]
            assert isinstance(held, Contract)
            self.put(replace(held, key=key, v=0, last=""), "contract.recorded")
        return number

    def change(self, number, **how):
        held = self.ledger().get([protocol_ref(number)])[protocol_ref(number)]
        self.put(replace(held, **how), "protocol.rated")

    def warn(self, *numbers):
        held = self.ledger().get([protocol_ref(number) for number in numbers])
        warn_protocols(list(held.values()), self.clock.now(), self.ledger(), self.meter)

    def close_day(self, at):
        day = self.ledger().get([numbers_ref(brasilia_day(at))]).values()
        close_numbers(
            [one for one in day if isinstance(one, NumbersOfDay)], self.clock.now(), self.ledger(), self.meter
        )

    def report(self, action, first="2026-11-01", last="2026-11-30", actor="ana", **more):
        asked = {"action": action, "operator": ANS, "actor": actor, "from": first, "to": last, **more}
        return report_protocols.report_protocols(asked, report_protocols.Deps(self.ledgers, self.clock, self.book))

    def measures(self, by="month", period="Total", **more):
        """Value of each measure without class or channel, of one period."""
        told = self.report("measure", by=by, **more)["cells"]
        return {measure: value for name, measure, cut, value in told if name == period and not cut}
