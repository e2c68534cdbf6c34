"""What the mail provider tells of outreach it took: the only thing that resolves a claim."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from emdia.errors import Halted, Rejected, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.decide import next_due
from emdia.messages import transitions
from emdia.messages.delivery import Delivery, DeliveryKind
from emdia.messages.line import ANSWER
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import log_of
from emdia.messages.ports import Senders
from emdia.messages.reply import TemplateTold
from emdia.portfolio.case import Case, reaches
from emdia.portfolio.contract import Channel, Consent, Contract
from emdia.ports import Act, Clock, KeyClass, Ledger, Ledgers, Meter, Put
from emdia.state import Ref, State, Subject, case_ref, contract_ref, outreach_ref, person_ref
from emdia.workflows.acts import commit_apart, isolate
from emdia.workflows.hear_templates import hear_templates
from emdia.workflows.trail import follow

LOG = logging.getLogger("emdia")

_STATUS: Mapping[DeliveryKind, OutreachStatus] = {
    DeliveryKind.DELIVERED: OutreachStatus.DELIVERED,
    DeliveryKind.READ: OutreachStatus.READ,
    DeliveryKind.FAILED: OutreachStatus.FAILED,
    DeliveryKind.COMPLAINED: OutreachStatus.COMPLAINED,
    DeliveryKind.REJECTED: OutreachStatus.REJECTED,
}
_BAD_NEWS = frozenset({DeliveryKind.FAILED, DeliveryKind.COMPLAINED})


@dataclass(frozen=True, slots=True)
class Deps:
    """What hearing of deliveries needs."""

    ledgers: Ledgers
    senders: Senders
    clock: Clock
    meter: Meter
    account: str  # the AWS account whose providers we listen to


def receive_delivery(events: Sequence[Delivery | TemplateTold], deps: Deps) -> frozenset[Delivery | TemplateTold]:
    """Apply delivery events in any order and number; answers those that must be delivered again.

    Those are events of an outreach we do not know (the provider may be faster than our own transaction; in
    the end they stay in the dead-letter queue for a person) and of items that changed meanwhile.
    """
    told = [event for event in events if isinstance(event, TemplateTold)]
    again: set[Delivery | TemplateTold] = {*hear_templates(told, deps.ledgers, deps.senders)}
    by_operator: dict[str, dict[str, list[Delivery]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        if isinstance(event, TemplateTold) or event.ref.outreach.startswith(ANSWER):
            continue  # heard above; or an answer of ours, of which nothing depends
        if event.kind in _STATUS:  # DELAYED is no news: the provider still tries
            by_operator[event.ref.ans][event.ref.contract].append(event)
    for ans, by_contract in by_operator.items():
        again |= _apply_apart(by_contract, deps.ledgers.of(ans), deps)
    return frozenset(again)


def _apply_apart(by_contract: Mapping[str, Sequence[Delivery]], ledger: Ledger, deps: Deps) -> set[Delivery]:
    """Apply them, one contract that cannot be read or written stopping no other."""
    found, bad = isolate(
        lambda some: _apply({contract: by_contract[contract] for contract in some}, ledger, deps), list(by_contract)
    )
    again = {event for events in found for event in events}
    for contract, error in bad:
        if isinstance(error, Rejected):
            deps.meter.count("DeliveryLetGo", len(by_contract[contract]))  # of a person who was forgotten
        else:
            again.update(by_contract[contract])  # to the dead letters, and somebody is called
    return again


def _apply(by_contract: Mapping[str, Sequence[Delivery]], ledger: Ledger, deps: Deps) -> set[Delivery]:
    """One act per contract, as many in a transaction as fit."""
    events = [event for of_contract in by_contract.values() for event in of_contract]
    try:
        states = _read(events, ledger)
        unknown = {event for event in events if not isinstance(states.get(_ref(event)), Outreach)}
        deps.meter.count("DeliveryUnknown", len(unknown))
        acts: dict[str, Act] = {}
        for contract, of_contract in by_contract.items():
            known = [event for event in of_contract if event not in unknown]
            if (act := _act(contract, known, states, deps.clock.now())) is not None:
                acts[contract] = act
        done = commit_apart(list(acts.values()), ledger)
        heard = [event for event in events if event not in unknown]
        follow("heard", ((event.ref.contract, f"{event.ref.outreach}:{event.kind}") for event in heard))
    except TryLater as later:
        LOG.warning("delivery events come again: %s", later)
        return set(events)
    lost = [event for c, act in acts.items() if act.command in done.lost for event in by_contract[c]]
    return unknown | set(lost)


def _ref(event: Delivery) -> Ref:
    return outreach_ref(event.ref.contract, event.ref.outreach)


def _read(events: Sequence[Delivery], ledger: Ledger) -> Mapping[Ref, State]:
    """The outreach; and for bad news also the case and contract that must learn it."""
    states = dict(ledger.get({_ref(event) for event in events}))
    wanted: set[Ref] = set()
    sealed: set[tuple[Subject, str]] = set()
    for event in events:
        outreach = states.get(_ref(event))
        if isinstance(outreach, Outreach):
            sealed.add((Subject(outreach.holder_key), LogClass.CONTATO))
            if event.kind in _BAD_NEWS:
                wanted |= {case_ref(outreach.contract), contract_ref(outreach.contract)}
                wanted.add(person_ref(outreach.holder_key))
                sealed.add((Subject(outreach.holder_key), KeyClass.CADASTRO))
    states.update(ledger.get(wanted, sealed))
    return states


def _act(contract: str, events: Sequence[Delivery], states: Mapping[Ref, State], now: datetime) -> Act | None:
    """All that the events of one contract change; None when they are old news."""
    changed: dict[Ref, State] = {}
    facts: list[Fact] = []
    for event in sorted(events, key=lambda e: e.at):
        outreach = changed.get(_ref(event), states.get(_ref(event)))
        if not isinstance(outreach, Outreach):
            continue
        # A mail's passing bounce may be the answer of somebody on holiday: it proves nothing.
        proven = event.permanent or event.kind is DeliveryKind.REJECTED or outreach.channel is not Channel.EMAIL
        status = _STATUS[event.kind]
        move = transitions.report(outreach, status, event.at, event.provider_id, event.reason, proven=proven)
        if move is None:
            continue
        changed[outreach.ref] = move.states[0]
        facts.append(move.fact)
        if event.kind in _BAD_NEWS:
            facts.extend(_learn(event, outreach, states, changed, now))
    if not facts:
        return None
    versions = ",".join(f"{ref.sort}@{state.v}" for ref, state in sorted(changed.items(), key=lambda c: c[0].sort))
    return Act(f"delivery:{contract}:{versions}", tuple(map(Put, changed.values())), tuple(facts))


def _learn(
    event: Delivery,
    outreach: Outreach,
    states: Mapping[Ref, State],
    changed: dict[Ref, State],
    now: datetime,
) -> Sequence[Fact]:
    """A permanent bounce kills the contact point; a complaint opts the person out of the channel."""
    refs = contract_ref(outreach.contract), case_ref(outreach.contract)
    contract, case = (changed.get(ref, states.get(ref)) for ref in refs)
    if not isinstance(contract, Contract) or not isinstance(case, Case):
        raise Halted("an outreach without its contract or case")
    holder = Subject(outreach.holder_key)
    channel = Value("canal", outreach.channel, holder)
    if outreach.holder_key != contract.holder_key:
        # The contract has another holder by now, who has said nothing and whose address this is not.
        if event.kind is DeliveryKind.COMPLAINED:
            ref = person_ref(outreach.holder_key)
            person = log_of(outreach.holder_key, changed.get(ref, states.get(ref)))
            changed[ref] = person.hears(outreach.channel, opted_in=False, at=event.at)
        return ()
    if event.kind is DeliveryKind.COMPLAINED:
        text = "reclamação de spam recebida do provedor de e-mail"
        consent = Consent(outreach.channel, False, event.at, "complaint", text, contract.said_now(event.at))
        learned = replace(contract, consents=(*contract.consents, consent))
        ref = person_ref(outreach.holder_key)
        person = log_of(outreach.holder_key, changed.get(ref, states.get(ref)))
        changed[ref] = person.hears(outreach.channel, opted_in=False, at=event.at)
        fact = Fact("channel.opted_out", contract.ref, (channel, Value("base", "complaint", holder)))
    elif event.permanent and outreach.point not in contract.dead_points and not _corrected(contract, outreach):
        learned = replace(contract, dead_points=(*contract.dead_points, outreach.point))
        fact = Fact("contact_point.dead", contract.ref, (channel, Value("ponto", outreach.point, holder)))
    else:
        return ()
    changed[contract.ref] = learned
    moved = replace(case, reach=reaches(learned))
    changed[case.ref] = replace(moved, due=next_due(moved, now))
    return (fact,)


def _corrected(contract: Contract, outreach: Outreach) -> bool:
    """Whether the contact points were told anew after the mail left: the bounce may speak of the old address."""
    return outreach.claimed_at is not None and contract.points_as_of.occurred_at > outreach.claimed_at
