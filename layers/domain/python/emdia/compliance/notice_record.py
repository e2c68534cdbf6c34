"""A notice as it is stored: one item per contract and debt set. Where it stands is told from facts, never kept here."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from emdia.compliance.notice import Attempt, Consequence, Evidence, EvidenceKind, Means, Notice
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.portfolio.document import Kept
from emdia.state import AgendaKind, Ref, State

# The provider did not take it: nobody was written to, so it was no attempt.
_NOT_TAKEN = frozenset({OutreachStatus.QUEUED, OutreachStatus.CANCELLED, OutreachStatus.REFUSED})
_FAILED = frozenset({OutreachStatus.FAILED, OutreachStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Shown:
    """Evidence of one try: what it shows, when that happened (UTC), and the file that shows it."""

    kind: EvidenceKind
    at: datetime
    file: Kept


@dataclass(frozen=True, slots=True)
class Try:
    """One sending. `listed`: the contract named the means on that day; the point was in the register then."""

    means: Means
    outreach: str
    point: str
    listed: bool
    sent_at: datetime
    shown: tuple[Shown, ...] = ()
    registered: bool = True  # whether that is known of the point: not for what was served by hand before a change


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord(State):
    """`words`: the notice as drafted, a PDF; `content`: its digest. `last_sending`: local day of the legal limit."""

    contract: str
    id: str
    holder_key: str
    fees: tuple[str, ...]
    consequence: Consequence
    words: Kept
    issued_on: date
    drafted_at: datetime
    pay_by: date
    last_sending: date
    tries: tuple[Try, ...] = ()
    failures: int = 0  # times that somebody with a link could not say whose it is
    due: datetime | None = None  # when it must be looked at again (UTC)

    @property
    def ref(self) -> Ref:
        """See State."""
        return notice_ref(self.contract, self.id)

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """See State."""
        return None if self.due is None else (AgendaKind.CLOCK, self.due)

    def notice(self, sent: Mapping[str, Outreach]) -> Notice:
        """The value that compliance judges; `sent` are the outreach of the contract, by id."""
        attempts = [_attempt(one, sent.get(one.outreach)) for one in self.tries]
        return Notice(
            id=self.id,
            fees=self.fees,
            consequence=self.consequence,
            content=self.words.sha256,
            pay_by=self.pay_by,
            attempts=tuple(one for one in attempts if one is not None),
            drafted_at=self.drafted_at,
        )


def _attempt(one: Try, outreach: Outreach | None) -> Attempt | None:
    """None when nothing left; a bounce is evidence too, that nothing arrived."""
    if outreach is not None and outreach.status in _NOT_TAKEN:
        return None
    evidence = [Evidence(shown.kind, shown.at, shown.file.ref) for shown in one.shown]
    if outreach is not None and outreach.status in _FAILED:
        evidence.append(Evidence(EvidenceKind.FAILED, one.sent_at, f"contato {one.outreach}"))
    return Attempt(one.means, one.point, one.sent_at, tuple(evidence))


def notice_ref(contract: str, notice: str) -> Ref:
    """One notice of a contract."""
    return Ref(f"C#{contract}", f"NOTICE#{notice}")


def notice_id(ans: str, contract: str, fees: Collection[str], day: date) -> str:
    """Identity of a notice: one a contract, debt set and local day. 32 hex characters."""
    text = f"{ans}|{contract}|notice|{','.join(sorted(fees))}|{day.isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


NOTICE_GAPS = "gaps.notices"  # no pseudonym of a contract has a dot


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGap(State):
    """In the operator's drawer: this contract's notice cannot be drafted or sent, since when and why (a code)."""

    contract: str
    reason: str
    pointer: str = ""
    since: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return notice_gap_ref(self.contract)


def notice_gap_ref(contract: str) -> Ref:
    """What a person must complete before the contract's notice can go on."""
    return Ref(f"C#{NOTICE_GAPS}", f"NOTICEGAP#{contract}")
