"""A person asks, by the link in a message, not to be written to on its channel any more."""

from dataclasses import dataclass, replace
from datetime import datetime

from emdia.compliance.rules import CONSENT_OPTED_OUT
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.ladder.decide import next_due
from emdia.messages import transitions
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import log_of
from emdia.portfolio.case import Case, reaches
from emdia.portfolio.contract import Channel, Consent, Contract, Operator
from emdia.ports import Act, Clock, KeyClass, Ledger, Ledgers, Meter, Pseudonyms, Put
from emdia.state import Subject, case_ref, contract_ref, operator_ref, outreach_ref, person_ref

# Times to decide again after somebody else wrote the case first, before the person is asked to try later.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Deps:
    """What opting out needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the person asked (`one-click` or `pagina`) and the words the request stood under."""

    how: str
    text: str


def whose_opt_out(token: str, deps: Deps) -> Operator | None:
    """The operator whose messages the token's link stops; None while it has no profile.

    Reads nothing of the person. Raises Rejected `token-invalid`, TryLater.
    """
    ans, *_ = _open(token, deps)
    operator = deps.ledgers.of(ans).get([operator_ref()]).get(operator_ref())
    return operator if isinstance(operator, Operator) else None


def receive_opt_out(token: str, evidence: Evidence, deps: Deps) -> None:
    """Record the opt-out for contract and person, close the channel and cancel what is queued, all in one commit.

    Asking again changes nothing. An outreach already claimed may still arrive. Raises Rejected
    `token-invalid` (also for a contract that is no more); TryLater.
    """
    ans, contract_key, channel, holder = _open(token, deps)
    ledger = deps.ledgers.of(ans)
    for _ in range(ATTEMPTS):
        act = _act(ledger, contract_key, channel, holder, evidence, deps.clock.now())
        if act is None:
            return
        if act.command in ledger.commit([act]).landed:
            deps.meter.count("OptedOut", channel=channel)
            return
    raise LostRace("the contract kept changing")


def _open(token: str, deps: Deps) -> tuple[str, str, Channel, str]:
    """Operator, contract, channel, and the pseudonym of the person the link was sent to."""
    ans, text = deps.pseudonyms.open_token(token)
    try:
        contract, channel, holder = text.split("|")
        return ans, contract, Channel(channel), holder
    except ValueError:
        raise Rejected("token-invalid") from None


def _act(ledger: Ledger, key: str, channel: Channel, holder: str, evidence: Evidence, now: datetime) -> Act | None:
    """What is still to be done; None when the opt-out stands in contract, case and outreach."""
    states = ledger.get([contract_ref(key), case_ref(key)])
    contract, case = states.get(contract_ref(key)), states.get(case_ref(key))
    if not isinstance(contract, Contract) or not isinstance(case, Case):
        raise Rejected("token-invalid")
    if holder != contract.holder_key:
        return _of_former_holder(ledger, holder, channel, evidence, now)
    subject, log_ref = Subject(contract.holder_key), person_ref(contract.holder_key)
    sealed = [(subject, klass) for klass in (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)]
    last_ref = outreach_ref(key, case.last_outreach)
    more = ledger.get([log_ref, last_ref], sealed)
    person, last = log_of(contract.holder_key, more.get(log_ref)), more.get(last_ref)
    if contract.opted_out(channel) and case.reach == reaches(contract) and person.opted_out(channel):
        return None
    values = (("canal", channel), ("como", evidence.how), ("texto", evidence.text), ("regra", CONSENT_OPTED_OUT))
    facts = [Fact("channel.opted_out", contract.ref, tuple(Value(n, str(v), subject) for n, v in values))]
    learned = _without(contract, channel, evidence, now)
    closed = replace(case, reach=reaches(learned))
    said = learned.consents[-1]
    puts = [Put(learned), Put(replace(closed, due=next_due(closed, now))), Put(person.hears(channel, False, said.at))]
    if isinstance(last, Outreach) and last.status is OutreachStatus.QUEUED and last.channel is channel:
        move = transitions.cancel(last, CONSENT_OPTED_OUT)
        puts += map(Put, move.states)
        facts.append(move.fact)
    return Act(f"opt-out:{key}:{channel}:{contract.v}:{case.v}:{person.v}", tuple(puts), tuple(facts))


def _of_former_holder(ledger: Ledger, holder: str, channel: Channel, evidence: Evidence, now: datetime) -> Act | None:
    """Whoever held the contract when the mail was sent speaks for themselves, not for who holds it now."""
    ref, subject = person_ref(holder), Subject(holder)
    person = log_of(holder, ledger.get([ref], [(subject, LogClass.CONTATO)]).get(ref))
    if person.opted_out(channel):
        return None
    values = (("canal", channel), ("como", evidence.how), ("texto", evidence.text), ("regra", CONSENT_OPTED_OUT))
    fact = Fact("channel.opted_out", ref, tuple(Value(n, str(v), subject) for n, v in values))
    return Act(f"opt-out:{holder}:{channel}:{person.v}", (Put(person.hears(channel, False, now)),), (fact,))


def _without(contract: Contract, channel: Channel, evidence: Evidence, now: datetime) -> Contract:
    # The ERP's clock may run ahead: what the person says now is newer than all that is already recorded.
    at = max([now, *(consent.at for consent in contract.consents if consent.channel is channel)])
    as_of = contract.said_now(at)
    consent = Consent(channel, opted_in=False, at=at, how=evidence.how, text=evidence.text, as_of=as_of)
    return replace(contract, consents=(*contract.consents, consent))
