"""The notice of RN 593 as a value: what was said of which fees, by which means, and what proves it was received.

Nothing here sends or ends anything. Instants are aware UTC. Source: docs/law.md, the rules `notice.*`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from emdia.compliance.rules import (
    NOTICE_MEANS_AGREED,
    NOTICE_PROOF,
    NOTICE_REGISTERED_POINT,
)


class Consequence(StrEnum):
    """What a notice announces; three different things in RN 617/2024."""

    SUSPEND = "suspend"  # coverage stops for a time
    EXCLUDE = "exclude"  # one beneficiary leaves a collective contract
    RESCIND = "rescind"  # the whole contract ends


class Means(StrEnum):
    """Means of notice (art. 8), named as the ERP names those that a contract lists."""

    EMAIL = "email"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    CALL = "call"
    LETTER = "letter"  # with AR
    AGENT = "agent"


class EvidenceKind(StrEnum):
    """What a file kept under Object Lock shows. The last four prove nothing alone, and are kept all the same."""

    CERTIFICATE = "certificate"  # of the signed e-mail, with its chain
    READ_CONFIRMED = "read-confirmed"  # MDN, or a link opened after signing in
    REPLY = "reply"  # the person, from the point written to, says they know
    DATA_CONFIRMED = "data-confirmed"  # the interlocutor confirmed their data
    AR = "ar"  # signed at the address, by whoever received it
    SIGNED_RECEIPT = "signed-receipt"  # by the person, to the agent
    RECORDING = "recording"
    DELIVERED = "delivered"  # two ticks, an accepted SMS
    OPENED = "opened"  # a tracking pixel, blue ticks
    FAILED = "failed"  # a bounce, an AR that came back


_K = EvidenceKind
# Any one of these sets, whole, proves receipt by that means.
PROOFS: Final[Mapping[Means, tuple[frozenset[EvidenceKind], ...]]] = {
    Means.EMAIL: (frozenset({_K.CERTIFICATE}), frozenset({_K.READ_CONFIRMED}), frozenset({_K.REPLY})),
    Means.WHATSAPP: (frozenset({_K.REPLY}),),
    Means.SMS: (frozenset({_K.REPLY}),),
    Means.CALL: (frozenset({_K.RECORDING, _K.DATA_CONFIRMED}),),
    Means.LETTER: (frozenset({_K.AR}),),
    Means.AGENT: (frozenset({_K.SIGNED_RECEIPT}),),
}
# The person's own answer, which alone counts on a means the contract does not list (art. 9 §4).
ANSWERS: Final = (frozenset({_K.REPLY}), frozenset({_K.SIGNED_RECEIPT}))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of proof: `at` is when what it shows happened, `ref` where it is kept.

    Raises ValueError without a place: what cannot be shown proves nothing.
    """

    kind: EvidenceKind
    at: datetime
    ref: str

    def __post_init__(self) -> None:
        if not self.ref:
            raise ValueError("evidence is kept somewhere")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try by one means. `point` identifies the address or number written to, without showing it.

    Raises ValueError for evidence older than the sending: it belongs to something else.
    """

    means: Means
    point: str
    sent_at: datetime
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if any(one.at < self.sent_at for one in self.evidence):
            raise ValueError("evidence from before the sending")

    @property
    def failed(self) -> bool:
        """Whether it is known that nothing arrived."""
        return any(one.kind is EvidenceKind.FAILED for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Agreed:
    """A means that the contract, or an amendment of it, names from `since` on (local day)."""

    means: Means
    since: date


@dataclass(frozen=True, slots=True)
class Registered:
    """A point in the operator's register from `since` until before `until` (UTC; None: still)."""

    point: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice of one contract for one set of fees; a new event makes a new one.

    `content` is the digest of the words that passed `notice_content.check`, "" when they did not; `pay_by` the last
    day they promise.
    """

    id: str
    fees: tuple[str, ...]
    consequence: Consequence
    content: str
    pay_by: date
    attempts: tuple[Attempt, ...] = ()
    drafted_at: datetime | None = None  # None: as old as its first sending

    @property
    def begun_at(self) -> datetime | None:
        """When its words were made; a deal that broke before then is over for it."""
        return self.drafted_at or self.sent_at

    @property
    def sent_at(self) -> datetime | None:
        """When it first left; None while it is a draft."""
        return min((attempt.sent_at for attempt in self.attempts), default=None)


@dataclass(frozen=True, slots=True)
class Proof:
    """Received, at the moment `at`, as the evidence at `refs` shows."""

    at: datetime
    means: Means
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why an attempt proves nothing: the id of the rule."""

    rule: str


def proof_of(
    attempt: Attempt, agreed: Sequence[Agreed], register: Sequence[Registered], sent_on: date, now: datetime
) -> Proof | Unproved:
    """Whether `attempt` is proved by `now`; `sent_on` is the local day of its sending.

    The earliest complete set of evidence counts, at the moment its last piece came.
    """
    if not any(_held(one, attempt) for one in register):
        return Unproved(NOTICE_REGISTERED_POINT)
    listed = any(one.means is attempt.means and one.since <= sent_on for one in agreed)
    found = _earliest(attempt, PROOFS[attempt.means] if listed else ANSWERS, now)
    if found is not None:
        return found
    return Unproved(NOTICE_PROOF if listed else NOTICE_MEANS_AGREED)


def _held(one: Registered, attempt: Attempt) -> bool:
    return (
        one.point == attempt.point
        and one.since <= attempt.sent_at
        and (one.until is None or attempt.sent_at < one.until)
    )


def _earliest(attempt: Attempt, sets: Sequence[frozenset[EvidenceKind]], now: datetime) -> Proof | None:
    first: dict[EvidenceKind, Evidence] = {}
    for one in sorted(attempt.evidence, key=lambda one: one.at):
        if one.at <= now:
            first.setdefault(one.kind, one)
    proofs = [
        Proof(max(first[kind].at for kind in kinds), attempt.means, tuple(first[kind].ref for kind in sorted(kinds)))
        for kinds in sets
        if kinds <= first.keys()
    ]
    return min(proofs, key=lambda proof: proof.at, default=None)
