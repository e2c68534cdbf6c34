"""deliver_facts: numbered events go to the operator's ERP as signed webhooks, in the order of their contract.

At least once and without a gap: an event that cannot be delivered holds the later ones of its contract and no other's.
After three days the endpoint is paused, which calls somebody; nothing is ever dropped.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from emdia.clock import instant
from emdia.errors import Halted, Rejected
from emdia.facts import Fact, Value
from emdia.portfolio.case import Invoice
from emdia.portfolio.contract import Contract, Endpoint
from emdia.portfolio.outbound import NO_CONTRACT, RECHECK, OutEvent, OutHead, delivered, failed, given_up, named
from emdia.ports import (
    TIMED_OUT,
    Act,
    Clock,
    Ledger,
    Ledgers,
    Meter,
    Posted,
    Put,
    Queue,
    Stopwatch,
    Webhook,
    WebhookSecrets,
)
from emdia.providers.signatures import sign
from emdia.state import Ref, State, contract_ref, endpoint_ref, invoice_ref, out_event_ref, out_head_ref
from emdia.workflows.acts import command

TOGETHER = 20  # events of one contract in one go
AT_ONCE = 10  # contracts read together
PATIENCE_SECONDS = 40.0  # of one invocation, and then a last call of ten: what is left comes with the next message


@dataclass(slots=True)
class Run:
    """One invocation, all of its messages: when it began (stopwatch), and whose endpoint let its time run out."""

    started: float
    hanging: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Deps:
    """What delivering needs."""

    ledgers: Ledgers
    secrets: WebhookSecrets
    webhook: Webhook
    outbox: Queue
    clock: Clock
    stopwatch: Stopwatch
    meter: Meter


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next events of a contract and what each of them says."""

    head: OutHead
    events: Sequence[OutEvent]
    words: Sequence[Mapping[str, object]]


def deliver_facts(message: Mapping[str, object], deps: Deps, run: Run) -> None:
    """Deliver what waits of the contracts that `{"ans", "contracts"}` names. Raises TryLater.

    What `run` has no time for goes back to the queue. What is for an endpoint that hangs is left to the agenda: tried
    again for each contract, it would take all workers from every other operator's.
    """
    ledger = deps.ledgers.of(str(message["ans"]))
    names = message["contracts"]
    left = [str(name) for name in names] if isinstance(names, list) else []
    held = ledger.get([endpoint_ref()]).get(endpoint_ref())
    endpoint = held if isinstance(held, Endpoint) else None
    secrets = deps.secrets.webhook(ledger.ans)
    more = []
    while left and not _late(run, deps) and ledger.ans not in run.hanging:
        some, left = left[:AT_ONCE], left[AT_ONCE:]
        heads = _due(some, ledger, deps)
        if endpoint is None or endpoint.paused or not secrets:
            later = deps.clock.now() + RECHECK
            more += [h.contract for h in heads if not _record(h, replace(h, due=later), "paused", ledger)]
            continue
        waiting = _read(heads, ledger)
        more += [one.head.contract for one in waiting if _deliver(one, endpoint, secrets, ledger, deps, run)]
    again = more if ledger.ans in run.hanging else [*more, *left]
    if again:
        deps.outbox.send([{"ans": ledger.ans, "contracts": again}])


def _late(run: Run, deps: Deps) -> bool:
    return deps.stopwatch() - run.started > PATIENCE_SECONDS


def _due(contracts: Sequence[str], ledger: Ledger, deps: Deps) -> Sequence[OutHead]:
    """Heads of the contracts that have something to tell now: the message may be an older one."""
    held = ledger.get([out_head_ref(contract) for contract in contracts])
    heads = [
        head for contract in dict.fromkeys(contracts) if isinstance(head := held.get(out_head_ref(contract)), OutHead)
    ]
    now = deps.clock.now()
    return [
        head
        for head in heads
        if head.sent < head.given and not (head.failures and head.due is not None and head.due > now)
    ]


def _read(heads: Sequence[OutHead], ledger: Ledger) -> Iterator[Waiting]:
    """The next events of each contract, and what they say. Raises Halted where a numbered event is not there."""
    wanted = {
        head.contract: [
            out_event_ref(head.contract, n) for n in range(head.sent + 1, min(head.given, head.sent + TOGETHER) + 1)
        ]
        for head in heads
    }
    held = ledger.get([ref for refs in wanted.values() for ref in refs])
    events: dict[str, list[OutEvent]] = {}
    for contract, refs in wanted.items():
        events[contract] = [event for ref in refs if isinstance(event := held.get(ref), OutEvent)]
        if len(events[contract]) != len(refs):
            raise Halted("a number was given and its event is not there")
    words = _named(events, ledger)
    for head in heads:
        yield Waiting(head, events[head.contract], words[head.contract])


def _deliver(one: Waiting, endpoint: Endpoint, secrets: Sequence[str], ledger: Ledger, deps: Deps, run: Run) -> bool:
    """Deliver the next events of a contract as far as `run` has time; whether more may follow."""
    if ledger.ans in run.hanging:
        return False
    now = deps.clock.now()
    sent, answer = 0, Posted(ok=True, status=0)
    for event, data in zip(one.events, one.words, strict=True):
        # What a slow endpoint took is written down before the worker is killed: else it would hear it for ever.
        if _late(run, deps):
            break
        answer = _post(event, data, ledger.ans, endpoint, secrets, deps)
        if not answer.ok:
            break
        sent += 1
    deps.meter.count("ErpEventsDelivered", sent)
    moved = delivered(one.head, sent, now) if answer.ok else failed(one.head, sent, now)
    told = sent or not answer.ok
    landed = not told or _record(one.head, moved, answer.reason or str(answer.status), ledger)
    if not answer.ok:
        _count_failure(answer, moved, endpoint, ledger, deps, run)
    return not landed or (answer.ok and moved.sent < moved.given)


def _count_failure(answer: Posted, moved: OutHead, endpoint: Endpoint, ledger: Ledger, deps: Deps, run: Run) -> None:
    deps.meter.count("ErpDeliveryFailed", reason=answer.reason)
    if answer.reason == TIMED_OUT:
        run.hanging.add(ledger.ans)
    if answer.gone or given_up(moved, deps.clock.now()):
        _pause(endpoint, answer, ledger, deps)


def _named(events: Mapping[str, Sequence[OutEvent]], ledger: Ledger) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """What each event says, by contract, with the ERP's own numbers as far as the person is known."""
    told = {contract: [json.loads(event.data) for event in some] for contract, some in events.items()}
    wanted: dict[str, list[Ref]] = {}
    for contract in told.keys() - {NO_CONTRACT}:
        invoices = {str(name) for one in told[contract] for name in _listed(one.get("invoices"))}
        wanted[contract] = [contract_ref(contract), *(invoice_ref(contract, name) for name in sorted(invoices))]
    known = _known(wanted, ledger)
    words = {contract: told[contract] for contract in told.keys() & {NO_CONTRACT}}
    for contract, refs in wanted.items():
        states = [known[ref] for ref in refs if ref in known]
        register = next((state.number for state in states if isinstance(state, Contract)), "")
        numbers = {state.id: state.number for state in states if isinstance(state, Invoice)}
        words[contract] = [named(one, register, numbers) for one in told[contract]]
    return words


def _known(wanted: Mapping[str, Sequence[Ref]], ledger: Ledger) -> Mapping[Ref, State]:
    """What is still there; of a forgotten person nothing: that something happened may be told, of whom no more."""
    try:
        return ledger.get([ref for refs in wanted.values() for ref in refs])
    except Rejected:
        if len(wanted) <= 1:
            return {}
        return {ref: state for one, refs in wanted.items() for ref, state in _known({one: refs}, ledger).items()}


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _post(
    event: OutEvent,
    data: Mapping[str, object],
    ans: str,
    endpoint: Endpoint,
    secrets: Sequence[str],
    deps: Deps,
) -> Posted:
    body = json.dumps(
        {
            "id": event.id,
            "type": event.type,
            "timestamp": instant(event.at),
            "operator": ans,
            "sequence": event.sequence,
            "data": data,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    headers = {"content-type": "application/json", **sign(event.id, deps.clock.now(), body, secrets)}
    return deps.webhook.post(endpoint.url, headers, body.encode())


def _record(head: OutHead, moved: OutHead, answer: str, ledger: Ledger) -> bool:
    """Whether it was recorded: when new events came, or another worker told the same, the contract is read again."""
    values = (Value("ate", moved.sent), Value("resposta", answer), Value("falhas", moved.failures))
    act = Act(
        command("told", head.contract, head.v, moved.sent, moved.failures),
        (Put(moved),),
        (Fact("erp.told", head.ref, values),),
    )
    return not ledger.commit([act]).lost


def _pause(endpoint: Endpoint, answer: Posted, ledger: Ledger, deps: Deps) -> None:
    """Stop calling an address that takes nothing: somebody mends it and resumes."""
    reason = "gone" if answer.gone else f"failing:{answer.reason or answer.status}"
    deps.meter.count("EndpointPaused")
    paused = replace(endpoint, paused=reason)
    fact = Fact("endpoint.paused", endpoint.ref, (Value("motivo", reason),))
    ledger.commit([Act(f"pause-endpoint:{endpoint.v}", (Put(paused),), (fact,))])
