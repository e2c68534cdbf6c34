"""After a restore: the ledger learns from the journal whom we wrote to, and who asked us to stop, since that moment.

Run by a person while nothing is sent (docs/restore.md), after the ERPs have sent again what they said since then: only
then does every contract exist. Running it again changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from emdia.audit.leaf import told_by
from emdia.audit.ports import Openings
from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, LogClass, Value
from emdia.messages.outreach import Outreach
from emdia.messages.person import log_of
from emdia.messages.recall import Remembered, recall
from emdia.portfolio.case import Case
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, PastFact, PastFacts, Pseudonyms, Put
from emdia.state import Subject, case_ref, operator_ref, outreach_ref, person_ref
from emdia.workflows import receive_opt_out
from emdia.workflows.acts import command
from emdia.workflows.recall_attendances import KINDS as ATTENDANCES
from emdia.workflows.recall_attendances import recall_attendances

_ATTEMPTS = 3
_CLAIMED, _OPTED_OUT = "outreach.claimed", "channel.opted_out"
# The provider proved not to have taken it: the person was not written to.
_NOT_SENT = frozenset({"outreach.released", "outreach.rejected"})
# What a person has done since, which nobody can do again but a person.
BY_HAND = (
    "operator.recorded",
    "municipal_holidays.recorded",
    "erp.event.edited",
    "erp.event.discarded",
    "case.released",
    "approval.activated",
    "person.forgotten",
    "legal_hold.placed",
    "legal_hold.lifted",
)
KINDS = (_CLAIMED, *sorted(_NOT_SENT), _OPTED_OUT, *ATTENDANCES, *BY_HAND)


@dataclass(frozen=True, slots=True)
class Deps:
    """What recalling needs."""

    ledgers: Ledgers
    past: PastFacts
    openings: Openings
    pseudonyms: Pseudonyms
    clock: Clock
    meter: Meter


@dataclass(frozen=True, slots=True)
class Recalled:
    """How many outreach, opt-outs and attendances the ledger had forgotten.

    `unheld`: how many are of contracts it does not hold; their ERP sends again, then this is run again. `by_hand`: what
    people have to do again, by kind of fact.
    """

    outreach: int
    opt_outs: int
    attendances: int
    unheld: int
    by_hand: Mapping[str, int]


def recall_outreach(ans: str, since: datetime, actor: str, deps: Deps) -> Recalled:
    """Recall everything of operator `ans` since `since` (UTC), the moment that the ledger was restored to.

    Raises LostRace when something still writes to the ledger; TryLater.
    """
    ledger, now = deps.ledgers.of(ans), deps.clock.now()
    told = (Value("ator", actor), Value("desde", instant(since)))
    ledger.witness([Fact("ledger.restored", operator_ref(), told)], command("restored", actor, instant(since), now))
    facts = list(deps.past.since(ans, since, KINDS))
    done: Counter[bool | None] = Counter(_recall(one, ledger, now) for one in _remembered(facts))
    said = [fact for fact in facts if fact.kind == _OPTED_OUT]
    stopped: Counter[bool | None] = Counter(_stop(fact, ledger, deps) for fact in said)
    by_hand = Counter(fact.kind for fact in facts if fact.kind in BY_HAND)
    deps.meter.count("OutreachRecalled", done[True])
    attendances = recall_attendances(facts, ledger, deps.openings, now)
    return Recalled(done[True], stopped[True], attendances.opened, done[None] + stopped[None], by_hand)


def _remembered(facts: Sequence[PastFact]) -> Sequence[Remembered]:
    """Each outreach that was claimed more often than a provider refused it, earliest first.

    A refusal of a claim older than the restore leaves the outreach claimed in the ledger, which sends it no more.
    """
    claims: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    refused: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        key = fact.about.partition.partition("#")[2], fact.about.sort.partition("#")[2]
        if fact.kind == _CLAIMED:
            claims[key].append(fact.at)
        elif fact.kind in _NOT_SENT:
            refused[key] += 1
    found = [Remembered(*key, max(moments)) for key, moments in claims.items() if len(moments) > refused[key]]
    return sorted(found, key=lambda one: (one.at, one.outreach))


def _recall(one: Remembered, ledger: Ledger, now: datetime) -> bool | None:
    """Whether the ledger had forgotten it; None when it does not hold the contract, or its person was forgotten."""
    for _ in range(_ATTEMPTS):
        refs = [case_ref(one.contract), outreach_ref(one.contract, one.outreach)]
        states = ledger.get(refs)
        case, outreach = states.get(refs[0]), states.get(refs[1])
        if not isinstance(case, Case):
            return None
        ref = person_ref(case.holder_key)
        keys = [(Subject(case.holder_key), LogClass.CONTATO)]
        more = ledger.get([ref, *holiday_refs([case.ibge])], keys)
        person, resting = log_of(case.holder_key, more.get(ref)), holidays_of(case.ibge, more)
        try:
            move = recall(one, case, person, outreach if isinstance(outreach, Outreach) else None, now, resting)
            if move is None:
                return False
            act = Act(f"recall:{one.outreach}:{case.v}:{person.v}", tuple(map(Put, move.states)), (move.fact,))
            if ledger.commit([act]).landed:
                return True
        except Rejected:
            return None
    raise LostRace("something still writes to the restored ledger")


def _stop(fact: PastFact, ledger: Ledger, deps: Deps) -> bool | None:
    """Record an opt-out again that the person gave by a link. What an ERP said, the ERP says again."""
    contract, person = "", fact.about.partition.removeprefix("P#")
    if fact.about.sort == "CONTRACT":
        contract = fact.about.partition.removeprefix("C#")
        case = ledger.get([case_ref(contract)]).get(case_ref(contract))
        if not isinstance(case, Case):
            return None
        person = case.holder_key
    values = dict(map(told_by, deps.openings.disclosures(ledger.ans, LogClass.CONTATO, fact.opening, [person])))
    if "canal" not in values:
        return None
    if "quando" in values:
        return False  # an ERP told it, and when: it has told it again
    about = fact.about
    before = ledger.get([about]).get(about)
    token = deps.pseudonyms.seal_token(ledger.ans, f"{contract}|{values['canal']}|{person}")
    evidence = receive_opt_out.Evidence(str(values.get("como", values.get("base", ""))), str(values.get("texto", "")))
    receive_opt_out.receive_opt_out(
        token, evidence, receive_opt_out.Deps(deps.ledgers, deps.pseudonyms, deps.clock, deps.meter)
    )
    return ledger.get([about]).get(about) != before
