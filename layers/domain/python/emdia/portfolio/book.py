"""The stored items of one contract while events are applied to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from emdia.facts import Fact
from emdia.portfolio.case import Case, StopKind
from emdia.portfolio.contract import Contract
from emdia.portfolio.municipal import holidays_of
from emdia.state import Ref, State, case_ref, contract_ref, stay_ref, stop_ref

S = TypeVar("S", bound=State)


class Unknown(Exception):  # noqa: N818  a condition of the story, caught in `apply`
    """The event's contract ("") or `invoice` is not known yet."""

    def __init__(self, invoice: str = "") -> None:
        super().__init__("not known yet")
        self.invoice = invoice


@dataclass(slots=True)
class Book:
    """Items of one contract by address: as `read`, and as they stand now (`states`).

    `facts` says what has been done to them.
    """

    contract: str
    ladder: str  # version pinned to a case that opens
    read: Mapping[Ref, State]
    states: dict[Ref, State]
    facts: list[Fact] = field(default_factory=list)

    def find(self, ref: Ref, kind: type[S]) -> S | None:
        """The item at `ref`, if there is one of that kind."""
        state = self.states.get(ref)
        return state if isinstance(state, kind) else None

    def put(self, *states: State) -> None:
        """Replace items."""
        self.states.update({state.ref: state for state in states})

    def case(self) -> Case:
        """The contract's case. Raises Unknown when the contract never came."""
        case = self.find(case_ref(self.contract), Case)
        if case is None:
            raise Unknown
        return case

    def resting(self, case: Case) -> tuple[date, ...]:
        """Holidays of the case's municipality, as far as they were read."""
        return holidays_of(case.ibge, self.states)

    def held(self) -> Contract:
        """The contract. Raises Unknown when it never came."""
        contract = self.find(contract_ref(self.contract), Contract)
        if contract is None:
            raise Unknown
        return contract


def stop_place(kind: StopKind, contract: str, stop: str) -> Ref:
    """Where a stop of `kind` is kept."""
    return stay_ref(contract, stop) if kind is StopKind.PROTECTIVE else stop_ref(contract, stop)
