"""What the ERP is told: which facts, in which words, in one sequence per contract without a gap. Pure.

A fact that the ERP must see (`facts.py`) becomes an event with the next number of its contract; events are delivered in
their order, the later ones held while an earlier one cannot be. At least once: the ERP knows a repeat by its id.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emdia.facts import KINDS
from emdia.state import AgendaKind, Ref, State, out_event_ref, out_head_ref, out_mark_ref

NO_CONTRACT = "operator"  # events that belong to no contract have a sequence of the operator's own
# Seconds until the next try. Three days in all; then the endpoint is paused and somebody is called.
BACKOFF = (5, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400, 86_400)
PATIENCE = timedelta(days=3)
REDRIVE = timedelta(minutes=15)
RECHECK = timedelta(hours=1)  # how often a paused endpoint's events are looked at: whether somebody resumed it

# Values of facts that the ERP is given, by the names of the catalogue. Whatever is not here is never told: words,
# addresses and names stay with us. Of a stay in hospital the ERP reads `protective-stop`, as everybody else.
MEMBERS: Mapping[str, str] = {
    "canal": "channel",
    "degrau": "step",
    "degraus_superados": "superseded_steps",
    "regra": "rule",
    "regua": "ladder",
    "braco": "arm",
    "contato": "outreach",
    "protocolo": "protocol",
    "faturas": "invoices",
    "valor": "amount_centavos",
    "juros": "juros_centavos",
    "multa": "multa_centavos",
    "principal": "principal_centavos",
    "sobra": "unallocated_centavos",
    "resta": "owed_centavos",
    "dia": "on",
    "entrada": "entry",
    "pix": "end_to_end_id",
    "devolvido": "returned_centavos",
    "ate": "until",
    "quando": "at",
    "motivo": "reason",
    "resposta": "response",
    "tipo": "kind",
    "cliente": "client",
    "campo": "pointer",
    "classe": "class",
    "prazo": "due",
    "desfecho": "outcome",
}
_LISTS = frozenset({"faturas", "degraus_superados"})
# Items that stand in one drawer of the operator's, each by the name of its contract (state.py, notice_record.py).
_LISTED = frozenset({"NOTICEGAP", "PARKEDCASE"})
TYPES = tuple(sorted(name for name, kind in KINDS.items() if kind.to_erp))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutHead(State):
    """Where a contract's events stand: `given` numbers so far, `sent` of them delivered."""

    contract: str
    given: int = 0
    sent: int = 0
    failures: int = 0  # of the event that is next, in a row
    failing_since: datetime | None = None
    due: datetime | None = None

    @property
    def ref(self) -> Ref:
        """See State."""
        return out_head_ref(self.contract)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.due is None else (AgendaKind.CLOCK, self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutEvent(State):
    """One event as the ERP gets it. `data` is JSON that names contract and invoices by pseudonym.

    The ERP's own numbers, which name a person, are put in when it is delivered: who is forgotten is forgotten here too.
    """

    contract: str
    sequence: int
    id: str
    type: str
    at: datetime
    data: str

    @property
    def ref(self) -> Ref:
        """See State."""
        return out_event_ref(self.contract, self.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutMark(State):
    """This fact has its number: the stream brings facts more than once."""

    contract: str
    fact: str
    sequence: int

    @property
    def ref(self) -> Ref:
        """See State."""
        return out_mark_ref(self.contract, self.fact)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that the ERP must see: its id, kind and moment, what it is about, and what it disclosed."""

    id: str
    kind: str
    at: datetime
    about: Ref
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Unopened:
    """A fact that the ERP must see, whose values are sealed still: what it is about, and the class of its keys.

    `told` opens it with the keys of persons, by their pseudonyms. Raises Halted for what nobody of ours sealed.
    """

    about: Ref
    keys: str
    told: Callable[[Sequence[str]], Told]


def contract_of(about: Ref) -> str:
    """Whose sequence an event about `about` belongs to."""
    kind, _, name = about.partition.partition("#")
    listed, _, contract = about.sort.partition("#")
    if kind == "C" and listed in _LISTED:
        return contract
    return name if kind == "C" else NO_CONTRACT


def data_of(told: Told) -> Mapping[str, object]:
    """What the ERP reads of a fact, contract and invoices still by pseudonym."""
    data: dict[str, object] = {}
    sort, _, name = told.about.sort.partition("#")
    if sort == "OUTREACH":
        data["outreach"] = name
    if sort == "INVOICE":
        data["invoices"] = [name]
    if told.about.partition.startswith("PR#"):
        data["protocol"] = told.about.partition[3:]
    for member, value in told.values.items():
        if member in MEMBERS and value != "":
            data[MEMBERS[member]] = str(value).split(",") if member in _LISTS else value
    return data


def named(data: Mapping[str, object], contract_number: str, invoice_numbers: Mapping[str, str]) -> dict[str, object]:
    """`data` with the ERP's own numbers; what is not known any more is left out."""
    told = {name: value for name, value in data.items() if name != "invoices"}
    if contract_number:
        told["contract"] = contract_number
    invoices = data.get("invoices")
    if isinstance(invoices, list):
        told["invoices"] = [invoice_numbers[one] for one in invoices if one in invoice_numbers]
    return told


def number(head: OutHead, told: Sequence[Told], now: datetime) -> tuple[OutHead, tuple[State, ...]]:
    """The next numbers of a contract for `told`, in their order; the head and every new item."""
    new: list[State] = []
    for place, one in enumerate(told, start=head.given + 1):
        text = json.dumps(data_of(one), ensure_ascii=False, separators=(",", ":"))
        new.append(OutEvent(contract=head.contract, sequence=place, id=one.id, type=one.kind, at=one.at, data=text))
        new.append(OutMark(contract=head.contract, fact=one.id, sequence=place))
    # Queued at once; the agenda finds what that message lost.
    due = head.due if head.due is not None else now + REDRIVE
    return replace(head, given=head.given + len(told), due=due), tuple(new)


def delivered(head: OutHead, sent: int, now: datetime) -> OutHead:
    """`sent` more events arrived, in order, and none failed."""
    done = head.sent + sent
    due = None if done == head.given else now
    return replace(head, sent=done, failures=0, failing_since=None, due=due)


def failed(head: OutHead, sent: int, now: datetime) -> OutHead:
    """After `sent` more events one did not arrive: it is tried again, and all later ones wait for it."""
    failures = 1 if sent else head.failures + 1
    since = now if sent or head.failing_since is None else head.failing_since
    wait = timedelta(seconds=BACKOFF[min(failures, len(BACKOFF)) - 1])
    return replace(head, sent=head.sent + sent, failures=failures, failing_since=since, due=now + wait)


def given_up(head: OutHead, now: datetime) -> bool:
    """Whether its next event has failed for three days: nothing is dropped, somebody must look."""
    return head.failing_since is not None and now - head.failing_since >= PATIENCE
