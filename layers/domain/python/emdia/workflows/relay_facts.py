"""relay_facts: what the ERP must see, as the journal's stream brings it, becomes numbered events of its contract."""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from emdia.errors import Halted, LostRace
from emdia.facts import Fact, Value
from emdia.portfolio.case import Case
from emdia.portfolio.outbound import NO_CONTRACT, OutHead, Told, Unopened, contract_of, number
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Put, Queue, RecentFacts
from emdia.state import Subject, case_ref, endpoint_ref, out_head_ref, out_mark_ref
from emdia.workflows.acts import command

LOG = logging.getLogger("emdia")
LOOK_BACK = timedelta(days=2)
TOGETHER = 20  # events of one act: two items each, the head and the fact
# Commits that a contract may lose against who else moves its head before the stream or the schedule must come again.
ATTEMPTS = 5
Row = Mapping[str, Any]
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Deps:
    """What relaying needs.

    `read` says what a row holds, None for one that the ERP does not see; raises Halted for one nobody of ours made.
    """

    read: Callable[[Row], Unopened | None]
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
    by_operator: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_operator[str(row["pk"]["S"]).partition("#")[0]].append(row)
    queued = []
    for ans, some in by_operator.items():
        ledger = deps.ledgers.of(ans)
        if endpoint_ref() not in ledger.get([endpoint_ref()]):
            continue
        numbered = _number(_told(some, ledger, deps), ledger, deps)
        if numbered:
            queued.append({"ans": ans, "contracts": numbered})
    deps.outbox.send(queued)


def relay_unmarked(deps: Deps) -> None:
    """Nightly: the facts of two days again, for what the stream lost. Those that have their number keep it.

    What it lost comes late, out of the order of its moment. Raises TryLater.
    """
    for page in deps.recent.pages(deps.clock.now() - LOOK_BACK):
        relay_facts(page, deps)


def _told(rows: Sequence[Row], ledger: Ledger, deps: Deps) -> dict[str, list[Told]]:
    """What the ERP must see, by contract, in the order of `rows`."""
    seen: list[tuple[Unopened, str]] = []
    classes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found = _of_ours(partial(deps.read, row), deps)
        if found is not None:
            contract = contract_of(found.about)
            seen.append((found, contract))
            classes[contract].add(found.keys)
    cases = ledger.get([case_ref(contract) for contract in classes if contract != NO_CONTRACT])
    holders = {case.contract: case.holder_key for case in cases.values() if isinstance(case, Case)}
    # All keys at once: what is opened next finds them kept.
    ledger.get((), [(Subject(holders[one]), key) for one in classes if one in holders for key in sorted(classes[one])])
    by_contract: dict[str, list[Told]] = defaultdict(list)
    for sealed, contract in seen:
        holder = [holders[contract]] if contract in holders else []
        told = _of_ours(partial(sealed.told, holder), deps)
        if told is not None:
            by_contract[contract].append(told)
    return by_contract


def _of_ours(read: Callable[[], Read | None], deps: Deps) -> Read | None:
    try:
        return read()
    except Halted as halted:
        deps.meter.count("FactMalformed")
        LOG.error("%s", halted)  # noqa: TRY400  no trace: the row itself is the finding
        return None


def _number(by_contract: Mapping[str, Sequence[Told]], ledger: Ledger, deps: Deps) -> list[str]:
    """Give numbers to what has none yet, oldest first; the contracts of which some got one.

    Whoever sends to the ERP moves the same heads: a lost commit is tried again from what is stored now.
    """
    left = {contract: list(facts) for contract, facts in by_contract.items()}
    numbered: set[str] = set()
    lost: Counter[str] = Counter()
    while left:
        tried = {contract: facts[:TOGETHER] for contract, facts in left.items()}
        given, again = _try(tried, ledger, deps)
        numbered |= given
        lost.update(again)
        if any(count == ATTEMPTS for count in lost.values()):
            raise LostRace("other workers kept giving numbers of a contract")
        left = {one: facts if one in again else facts[TOGETHER:] for one, facts in left.items()}
        left = {one: facts for one, facts in left.items() if facts}
    return sorted(numbered)


def _try(tried: Mapping[str, Sequence[Told]], ledger: Ledger, deps: Deps) -> tuple[set[str], set[str]]:
    """Contracts of which some facts got their numbers, and those whose head somebody else moved."""
    marks = [out_mark_ref(contract, one.id) for contract, facts in tried.items() for one in facts]
    states = ledger.get([*map(out_head_ref, tried), *marks])
    acts: dict[str, tuple[str, Act, int]] = {}  # by command
    for contract, facts in tried.items():
        fresh = list({one.id: one for one in facts if out_mark_ref(contract, one.id) not in states}.values())
        if not fresh:
            continue
        held = states.get(out_head_ref(contract))
        head = held if isinstance(held, OutHead) else OutHead(contract=contract)
        further, new = number(head, fresh, deps.clock.now())
        values = (Value("primeiro", head.given + 1), Value("ultimo", further.given))
        act = Act(
            command("number", contract, head.given, *(one.id for one in fresh)),
            (Put(further), *map(Put, new)),
            (Fact("erp.numbered", further.ref, values),),
        )
        acts[act.command] = contract, act, len(fresh)
    done = ledger.commit([act for _, act, _ in acts.values()])
    deps.meter.count("ErpEventsNumbered", sum(acts[one][2] for one in done.landed))
    return {acts[one][0] for one in done.landed}, {acts[one][0] for one in done.lost}
