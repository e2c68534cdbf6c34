"""How an outreach moves from state to state, and the fact that each move is. Pure.

Every function answers the changed states and the fact about the outreach; a workflow commits them
together. See the picture in `outreach.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emdia.clock import instant
from emdia.compliance.approval import Pinned
from emdia.compliance.frequency import Contacted
from emdia.facts import Fact, Value
from emdia.messages.outreach import HORIZON, UNDELIVERED, Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.state import State, Subject

# Kept of a person's log at each write: longer than any cap looks back.
LOG_SPAN = timedelta(days=8)

_S = OutreachStatus


@dataclass(frozen=True, slots=True)
class Move:
    """One change of an outreach: what to store, and the fact that says so."""

    states: tuple[State, ...]
    fact: Fact


def claim(
    outreach: Outreach,
    person: PersonLog,
    now: datetime,
    token: str,
    rule: str,
    template: str,
    sealed: dict[str, str],
    words: Pinned | None = None,
    life: timedelta = timedelta(0),
) -> Move:
    """Ours to send from here on: the slot of the caps is charged, and the sweep looks again at the horizon.

    `token` marks whose claim it is; `sealed` are further values of the fact (invoices, point, digest of the words);
    `words` the approved version they are made from; `life` is the message's own, where the provider ends it.
    """
    claimed = replace(
        outreach,
        status=_S.CLAIMED,
        claimed_at=now,
        claim=token,
        point=sealed["ponto"],
        template=template,
        words=words,
        rule=rule,
        due=now + life + HORIZON[outreach.channel],
    )
    recent = tuple(c for c in person.contacted if c.at > now - LOG_SPAN)
    charged = replace(person, contacted=(*recent, Contacted(now, outreach.charged_to, outreach.channel)))
    told = sealed | {"modelo": template}
    if words is not None:
        told |= {"modelo": words.id, "modelo_versao": words.version, "modelo_resumo": words.digest}
    return Move((claimed, charged), _fact("outreach.claimed", outreach, rule, told))


def accept(outreach: Outreach, provider_id: str) -> Move:
    """The provider took it; only a delivery event says what became of it."""
    accepted = replace(outreach, status=_S.ACCEPTED, provider_id=provider_id)
    return Move((accepted,), _fact("outreach.accepted", outreach, outreach.rule, {}))


def reject(outreach: Outreach, person: PersonLog, reason: str, now: datetime) -> Move:
    """The provider refused it for good: the person was not written to, the slot is given back.

    Whether another channel serves the step is decided next (`Outreach.wants_fallback`).
    """
    rejected = replace(outreach, status=_S.REJECTED, due=now if outreach.advanced else None)
    fact = _fact("outreach.rejected", outreach, outreach.rule, {"resposta": reason})
    return Move((rejected, _refund(person, outreach)), fact)


def release(outreach: Outreach, person: PersonLog, reason: str, again_at: datetime) -> Move:
    """Proved not taken, for now: queued again for `again_at` (UTC), the slot given back."""
    queued = replace(outreach, status=_S.QUEUED, claim="", claimed_at=None, point="", due=again_at)
    fact = _fact("outreach.released", outreach, outreach.rule, {"resposta": reason})
    return Move((queued, _refund(person, outreach)), fact)


def abandon(outreach: Outreach, person: PersonLog, reason: str) -> Move:
    """Proved not taken, and not tried again as this outreach: another one will be made. The slot is given back."""
    gone = replace(outreach, status=_S.CANCELLED, due=None)
    fact = _fact("outreach.released", outreach, outreach.rule, {"resposta": reason})
    return Move((gone, _refund(person, outreach)), fact)


def defer(outreach: Outreach, until: datetime, rule: str) -> Move:
    """Lawful later: stays queued, and the sweep brings it back at `until` (UTC)."""
    deferred = replace(outreach, rule=rule, due=until)
    return Move((deferred,), _fact("outreach.deferred", outreach, rule, {"ate": instant(until)}))


def cancel(outreach: Outreach, rule: str) -> Move:
    """The reason to write is gone."""
    cancelled = replace(outreach, status=_S.CANCELLED, rule=rule, due=None)
    return Move((cancelled,), _fact("outreach.cancelled", outreach, rule, {}))


def refuse(outreach: Outreach, rule: str, cause: str, fallback_at: datetime | None = None) -> Move:
    """No lawful or possible way on this channel. `cause` is a code, "" when the rule says it all.

    `fallback_at` (UTC): from when another channel may serve the step; None when none may.
    """
    refused = replace(outreach, status=_S.REFUSED, rule=rule, due=fallback_at)
    return Move((refused,), _fact("outreach.refused", outreach, rule, {"motivo": cause} if cause else {}))


def close(outreach: Outreach, rule: str) -> Move:
    """No other channel serves the step of an outreach that did not arrive."""
    return Move((replace(outreach, due=None),), _fact("fallback.refused", outreach, rule, {}))


def lapse(outreach: Outreach) -> Move:
    """No delivery event within the horizon: it may have landed, so its step is closed and never repeated."""
    unknown = replace(outreach, status=_S.UNKNOWN, due=None)
    return Move((unknown,), _fact("outreach.unknown", outreach, outreach.rule, {}))


# From which states a provider's report moves an outreach on. Reports come late, doubled and out of order: one
# that would move it backwards changes nothing.
_UNSETTLED = frozenset({_S.CLAIMED, _S.ACCEPTED, _S.UNKNOWN})
_REPORTS: Mapping[OutreachStatus, tuple[frozenset[OutreachStatus], str]] = {
    _S.DELIVERED: (_UNSETTLED, "outreach.delivered"),
    _S.READ: (_UNSETTLED | {_S.DELIVERED}, "outreach.read"),
    _S.FAILED: (_UNSETTLED | {_S.DELIVERED}, "outreach.failed"),
    _S.REJECTED: (_UNSETTLED, "outreach.rejected"),
    _S.COMPLAINED: (_UNSETTLED | {_S.DELIVERED, _S.READ}, "outreach.complained"),
}


def report(
    outreach: Outreach, status: OutreachStatus, at: datetime, provider_id: str, reason: str = "", *, proven: bool = True
) -> Move | None:
    """A provider's delivery event with our `ref`: the move it makes, None when it is old news.

    `at` is the provider's own moment (UTC). `proven`: bad news is proof that the message will not arrive, so that
    another channel may serve the step.
    """
    allowed, kind = _REPORTS[status]
    if outreach.status not in allowed:
        return None
    # A statutory notice advances no step: its means are its own record's matter.
    due = at if proven and status in UNDELIVERED and outreach.advanced else None
    moved = replace(outreach, status=status, provider_id=outreach.provider_id or provider_id, due=due)
    sealed = {"quando": instant(at)} | ({"motivo": reason} if reason else {})
    return Move((moved,), _fact(kind, outreach, outreach.rule, sealed))


def _refund(person: PersonLog, outreach: Outreach) -> PersonLog:
    # Of attempts that share a slot only this one's charge goes back: it alone is proved not to have left.
    mine = outreach.charged_to, outreach.channel
    kept = tuple(c for c in person.contacted if (c.outreach, c.channel) != mine)
    return replace(person, contacted=kept)


def _fact(kind: str, outreach: Outreach, rule: str, sealed: dict[str, str]) -> Fact:
    holder = Subject(outreach.holder_key)
    clear = {"canal": str(outreach.channel), "degrau": outreach.step, "regra": rule}
    return Fact(kind, outreach.ref, tuple(Value(name, value, holder) for name, value in (clear | sealed).items()))
