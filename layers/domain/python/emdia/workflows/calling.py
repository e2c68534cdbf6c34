"""The provider's calls of a claimed group, and what is written down of them: part of `send_message`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emdia.errors import TryLater
from emdia.messages import transitions
from emdia.messages.outreach import CLAIM_TO_CALL, Outreach
from emdia.messages.person import PersonLog
from emdia.messages.ports import OPTED_OUT, Outcome, Sender, Sent
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Ledger, Meter, Stopwatch
from emdia.state import Ref, State
from emdia.workflows.acts import act_of
from emdia.workflows.mailing import Ready
from emdia.workflows.trail import follow

# After a throttle the provider is asked again then, by the sweep.
BACKOFF = timedelta(minutes=5)


def call(
    claimed: Sequence[Ready],
    started: float,
    senders: Mapping[Channel, Sender[Any]],
    stopwatch: Stopwatch,
    meter: Meter,
) -> Sequence[Sent]:
    """One provider call after the other, none later than ten seconds after the claim began."""
    sent: dict[str, Sent] = {}
    for channel, sender in senders.items():
        mine = [one for one in claimed if one.outreach.channel is channel]
        for start in range(0, len(mine), sender.at_once):
            some = mine[start : start + sender.at_once]
            waited = stopwatch() - started
            meter.count("ClaimToCallMs", int(waited * 1000))
            late = waited > CLAIM_TO_CALL.total_seconds()
            too_old = [Sent(Outcome.NOT_SENT, reason="claim-too-old")] * len(some)
            results = too_old if late else sender.send([one.message for one in some])
            sent.update((one.outreach.id, result) for one, result in zip(some, results, strict=True))
    return [sent[one.outreach.id] for one in claimed]


def record(
    claimed: Sequence[Ready],
    sent: Sequence[Sent],
    states: Mapping[Ref, State],
    now: datetime,
    ledger: Ledger,
    meter: Meter,
) -> None:
    """Write down what is known. What may have landed stays claimed; so does what cannot be recorded now."""
    acts: list[Act] = []
    both = list(zip(claimed, sent, strict=True))
    for one, result in both:
        outreach = states[one.outreach.ref]
        person = states[one.person.ref]
        if isinstance(outreach, Outreach) and isinstance(person, PersonLog) and result.outcome is not Outcome.MAYBE:
            acts.append(_outcome(outreach, person, result, now))
    follow("sent", ((one.outreach.contract, f"{one.outreach.id}:{result.outcome}") for one, result in both))
    broken = sum(result.outcome is Outcome.BROKEN for result in sent)
    if broken:
        meter.count("SenderBroken", broken)  # rings: no step is lost, but nobody is written to
    told = Counter((result.outcome, one.outreach.channel) for one, result in both)
    for (outcome, channel), count in told.items():
        meter.count("Sent", count, outcome=outcome, channel=channel)
    try:
        done = ledger.commit(acts)
    except TryLater:
        # The messages are out: sending again is the one thing that must not happen. Delivery events resolve the
        # accepted ones; a release that is not recorded ends as unknown at the horizon.
        meter.count("OutcomeNotRecorded", len(acts))
        return
    # Lost here means a delivery event was faster: it knows more than the answer did.
    meter.count("OutcomeOvertaken", len(done.lost))


def _outcome(outreach: Outreach, person: PersonLog, result: Sent, now: datetime) -> Act:
    if result.outcome is Outcome.ACCEPTED:
        move = transitions.accept(outreach, result.provider_id)
    elif result.outcome is Outcome.REJECTED:
        if result.reason == OPTED_OUT:
            person = person.hears(outreach.channel, opted_in=False, at=now)
        move = transitions.reject(outreach, person, result.reason, now)
    else:
        move = transitions.release(outreach, person, result.reason, now + BACKOFF)
    return act_of(move, outreach)
