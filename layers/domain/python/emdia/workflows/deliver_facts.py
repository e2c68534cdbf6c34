"""deliver_facts: numbered events go to the operator's ERP as signed webhooks, in the order of their contract.

At least once and without a gap: an event that cannot be delivered holds the later ones of its contract and no other's.
After three days the endpoint is paused, which calls somebody; nothing is ever dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from emdia.clock import instant
from emdia.errors import Halted, LostRace, Rejected
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
from emdia.state import contract_ref, endpoint_ref, invoice_ref, out_event_ref, out_head_ref
from emdia.workflows.acts import command

TOGETHER = 20  # events of one contract in one go
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


def deliver_facts(message: Mapping[str, object], deps: Deps, run: Run) -> None:
    """Deliver what waits of the contracts that `{"ans", "contracts"}` names. Raises TryLater.

    What `run` has no time for goes back to the queue. What is for an endpoint that hangs is left to the agenda: tried
    again for each contract, it would take all workers from every other operator's.
    """
    ledger = deps.ledgers.of(str(message["ans"]))
    names = message["contracts"]
    contracts = [str(name) for name in names] if isinstance(names, list) else []
    held = ledger.get([endpoint_ref()]).get(endpoint_ref())
    endpoint = held if isinstance(held, Endpoint) else None
    secrets = deps.secrets.webhook(ledger.ans)

    def wait(contract: str) -> bool:
        if ledger.ans in run.hanging:
            return False
        return _late(run, deps) or _deliver(contract, endpoint, secrets, ledger, deps, run)

    left = [contract for contract in contracts if wait(contract)]
    if left:
        deps.outbox.send([{"ans": ledger.ans, "contracts": left}])


def _late(run: Run, deps: Deps) -> bool:
    return deps.stopwatch() - run.started > PATIENCE_SECONDS


def _deliver(
    contract: str, endpoint: Endpoint | None, secrets: Sequence[str], ledger: Ledger, deps: Deps, run: Run
) -> bool:
    """Deliver the next events of a contract; whether more may follow."""
    now = deps.clock.now()
    head = ledger.get([out_head_ref(contract)]).get(out_head_ref(contract))
    if not isinstance(head, OutHead) or head.sent == head.given:
        return False
    if endpoint is None or endpoint.paused or not secrets:
        _record(head, replace(head, due=now + RECHECK), "paused", ledger)
        return False
    if head.failures and head.due is not None and head.due > now:
        return False  # it is not its turn yet: the message was an older one
    wanted = [out_event_ref(contract, n) for n in range(head.sent + 1, min(head.given, head.sent + TOGETHER) + 1)]
    held = ledger.get(wanted)
    events = [event for ref in wanted if isinstance(event := held.get(ref), OutEvent)]
    if len(events) != len(wanted):
        raise Halted("a number was given and its event is not there")
    words = _named(contract, events, ledger)
    sent, answer = 0, Posted(ok=True, status=0)
    for event, data in zip(events, words, strict=True):
        # What a slow endpoint took is written down before the worker is killed: else it would hear it for ever.
        if _late(run, deps):
            break
        answer = _post(event, data, ledger.ans, endpoint, secrets, deps)
        if not answer.ok:
            break
        sent += 1
    deps.meter.count("ErpEventsDelivered", sent)
    moved = delivered(head, sent, now) if answer.ok else failed(head, sent, now)
    if sent or not answer.ok:
        _record(head, moved, answer.reason or str(answer.status), ledger)
    if not answer.ok:
        _count_failure(answer, moved, endpoint, ledger, deps, run)
    return answer.ok and moved.sent < moved.given


def _count_failure(answer: Posted, moved: OutHead, endpoint: Endpoint, ledger: Ledger, deps: Deps, run: Run) -> None:
    deps.meter.count("ErpDeliveryFailed", reason=answer.reason)
    if answer.reason == TIMED_OUT:
        run.hanging.add(ledger.ans)
    if answer.gone or given_up(moved, deps.clock.now()):
        _pause(endpoint, answer, ledger, deps)


def _named(contract: str, events: Sequence[OutEvent], ledger: Ledger) -> list[dict[str, object]]:
    """What each event says, with the ERP's own numbers as far as the person is known."""
    told: list[dict[str, object]] = [json.loads(event.data) for event in events]
    if contract == NO_CONTRACT:
        return told
    invoices = {str(name) for one in told for name in _listed(one.get("invoices"))}
    try:
        states = ledger.get([contract_ref(contract), *(invoice_ref(contract, name) for name in sorted(invoices))])
    except Rejected:
        return [named(one, "", {}) for one in told]  # forgotten: that something happened may be told, of whom no more
    register = states.get(contract_ref(contract))
    numbers = {state.id: state.number for state in states.values() if isinstance(state, Invoice)}
    return [named(one, register.number if isinstance(register, Contract) else "", numbers) for one in told]


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


def _record(head: OutHead, moved: OutHead, answer: str, ledger: Ledger) -> None:
    values = (Value("ate", moved.sent), Value("resposta", answer), Value("falhas", moved.failures))
    act = Act(
        command("told", head.contract, head.v, moved.sent, moved.failures),
        (Put(moved),),
        (Fact("erp.told", head.ref, values),),
    )
    if ledger.commit([act]).lost:
        raise LostRace("new events came while others were delivered")


def _pause(endpoint: Endpoint, answer: Posted, ledger: Ledger, deps: Deps) -> None:
    """Stop calling an address that takes nothing: somebody mends it and resumes."""
    reason = "gone" if answer.gone else f"failing:{answer.reason or answer.status}"
    deps.meter.count("EndpointPaused")
    paused = replace(endpoint, paused=reason)
    fact = Fact("endpoint.paused", endpoint.ref, (Value("motivo", reason),))
    ledger.commit([Act(f"pause-endpoint:{endpoint.v}", (Put(paused),), (fact,))])
