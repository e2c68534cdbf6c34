"""relay_facts: what the ERP must see, as the journal's stream brings it, becomes numbered events of its contract."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from emdia.errors import Halted, LostRace
from emdia.facts import Fact, Value
from emdia.portfolio.case import Case
from emdia.portfolio.outbound import NO_CONTRACT, OutHead, Told, contract_of, number
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Put, Queue, RecentFacts
from emdia.state import Ref, case_ref, endpoint_ref, out_head_ref, out_mark_ref
from emdia.workflows.acts import command

LOG = logging.getLogger("emdia")
LOOK_BACK = timedelta(days=2)
TOGETHER = 20  # events of one act: two items each, the head and the fact
# Commits that may lose against who else moves a contract's head before the stream or the schedule must come again.
ATTEMPTS = 5
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deps:
    """What relaying needs. `told_of` opens a row: `(ans, Told)`, None for one the ERP does not see; raises Halted."""

    told_of: Callable[[Row, Callable[[str, Ref], Sequence[str]]], tuple[str, Told] | None]
    recent: RecentFacts
    ledgers: Ledgers
    outbox: Queue
    clock: Clock
    meter: Meter


def relay_facts(rows: Sequence[Row], deps: Deps) -> None:
    """Number the facts of `rows` that the ERP must see, and queue their contracts.

    Rows come in the order they were written, some of them again, even in one call. Those of an operator without an
    endpoint are passed over: nobody listens. Raises TryLater when they should all come again.
    """
    persons: dict[tuple[str, Ref], Sequence[str]] = {}

    def persons_of(ans: str, about: Ref) -> Sequence[str]:
        """Whose keys may open what is told about `about`."""
        known = persons.get((ans, about))
        if known is None:
            known = persons[ans, about] = _persons(deps.ledgers.of(ans), about)
        return known

    by_contract: dict[tuple[str, str], list[Told]] = defaultdict(list)
    listening: dict[str, bool] = {}
    for row in rows:
        ans = str(row["pk"]["S"]).partition("#")[0]
        if ans not in listening:
            listening[ans] = endpoint_ref() in deps.ledgers.of(ans).get([endpoint_ref()])
        if not listening[ans]:
            continue
        try:
            found = deps.told_of(row, persons_of)
        except Halted as halted:
            deps.meter.count("FactMalformed")
            LOG.error("%s", halted)  # noqa: TRY400  no trace: the row itself is the finding
            continue
        if found is not None:
            told = found[1]
            by_contract[ans, contract_of(told.about)].append(told)
    keys: dict[str, list[str]] = defaultdict(list)
    for (ans, contract), facts in by_contract.items():
        if _relay(contract, facts, deps.ledgers.of(ans), deps):
            keys[ans].append(contract)
    deps.outbox.send([{"ans": ans, "contracts": contracts} for ans, contracts in keys.items()])


def relay_unmarked(deps: Deps) -> None:
    """Nightly: the facts of two days again, for what the stream lost. Those that have their number keep it.

    What it lost comes late, out of the order of its moment. Raises TryLater.
    """
    for page in deps.recent.pages(deps.clock.now() - LOOK_BACK):
        relay_facts(page, deps)


def _persons(ledger: Ledger, about: Ref) -> Sequence[str]:
    contract = contract_of(about)
    case = None if contract == NO_CONTRACT else ledger.get([case_ref(contract)]).get(case_ref(contract))
    return [case.holder_key] if isinstance(case, Case) else []


def _relay(contract: str, facts: Sequence[Told], ledger: Ledger, deps: Deps) -> int:
    """Give numbers to what has none yet, oldest first; how many got one."""
    given = 0
    for start in range(0, len(facts), TOGETHER):
        given += _number(contract, facts[start : start + TOGETHER], ledger, deps)
    return given


def _number(contract: str, facts: Sequence[Told], ledger: Ledger, deps: Deps) -> int:
    """Whoever sends to the ERP moves the same head: a lost commit is tried again from what is stored now."""
    for _ in range(ATTEMPTS):
        given = _try(contract, facts, ledger, deps)
        if given is not None:
            return given
    raise LostRace("other workers kept giving numbers of this contract")


def _try(contract: str, facts: Sequence[Told], ledger: Ledger, deps: Deps) -> int | None:
    place = out_head_ref(contract)
    states = ledger.get([place, *(out_mark_ref(contract, one.id) for one in facts)])
    fresh = list({one.id: one for one in facts if out_mark_ref(contract, one.id) not in states}.values())
    if not fresh:
        return 0
    held = states.get(place)
    head = held if isinstance(held, OutHead) else OutHead(contract=contract)
    further, new = number(head, fresh, deps.clock.now())
    values = (Value("primeiro", head.given + 1), Value("ultimo", further.given))
    act = Act(
        command("number", contract, head.given, *(one.id for one in fresh)),
        (Put(further), *map(Put, new)),
        (Fact("erp.numbered", further.ref, values),),
    )
    if ledger.commit([act]).lost:
        return None
    deps.meter.count("ErpEventsNumbered", len(fresh))
    return len(fresh)
