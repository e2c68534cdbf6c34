"""Somebody asks what became of one outreach: its facts in order, from the invoices it was about to its delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from emdia.audit.leaf import told_by
from emdia.audit.ports import Openings
from emdia.clock import instant
from emdia.errors import Rejected
from emdia.facts import KINDS, Fact, LogClass, Value
from emdia.messages.outreach import Outreach, Target
from emdia.ports import Clock, Ledgers, PastFact, PastFacts
from emdia.state import Ref, case_ref, invoice_ref, outreach_ref
from emdia.workflows.acts import command
from emdia.workflows.views import show

_QUEUED = "outreach.queued"
_OF_INVOICES = ("invoice.recorded", "invoice.settled", "invoice.cancelled")
# An invoice is told weeks before its step falls due; the journal keeps thirty days.
_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Deps:
    """What tracing needs."""

    ledgers: Ledgers
    past: PastFacts
    openings: Openings
    clock: Clock


@dataclass(frozen=True, slots=True)
class Happened:
    """One fact of the story: its kind, its moment (UTC) and what it discloses."""

    kind: str
    at: datetime
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Story:
    """The outreach as it stands, and what happened to it, oldest first."""

    outreach: Outreach
    happened: Sequence[Happened]


def trace_outreach(reference: str, actor: str, deps: Deps) -> Story:
    """The story of the outreach that a provider knows as `reference` (Target.encode).

    Raises Rejected `ref-invalid`, `ref-unknown`; TryLater, also when who asks cannot be recorded.
    """
    try:
        target = Target.decode(reference)
    except ValueError:
        raise Rejected("ref-invalid", "/ref") from None
    ledger, now = deps.ledgers.of(target.ans), deps.clock.now()
    ref = outreach_ref(target.contract, target.outreach)
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    told = (Value("ator", actor), Value("tela", "história do contato"), Value("contato", target.outreach))
    seen = Fact("case.viewed", case_ref(target.contract), told)
    witnessed = ledger.witness([seen], command("trace", reference, actor, instant(now)))
    outreach = ledger.get([ref]).get(ref)
    if not isinstance(outreach, Outreach):
        raise Rejected("ref-unknown", "/ref")
    items = [ref, case_ref(target.contract), *(invoice_ref(target.contract, one) for one in outreach.invoices)]
    kinds = [kind for kind in KINDS if kind.startswith("outreach.")] + list(_OF_INVOICES)
    facts = deps.past.since(target.ans, outreach.created_at - _BEFORE, kinds, items)
    happened = sorted(_happened(facts, outreach, ref, target.ans, deps.openings), key=lambda one: one.at)
    return show(witnessed, Story(outreach, happened))


def _happened(
    facts: Iterator[PastFact], outreach: Outreach, ref: Ref, ans: str, openings: Openings
) -> Iterator[Happened]:
    for fact in facts:
        opened = openings.disclosures(ans, KINDS[fact.kind].log, fact.opening, [outreach.holder_key])
        values = dict(map(told_by, opened))
        # Decisions are facts about the case: of this outreach is the one that names it.
        other = fact.about != ref and KINDS[fact.kind].log is LogClass.CONTATO
        if not other or (fact.kind == _QUEUED and values.get("contato") == outreach.id):
            yield Happened(fact.kind, fact.at, values)
