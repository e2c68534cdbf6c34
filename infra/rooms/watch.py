"""One alarm topic, and an alarm for everything that must not stay unseen."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.alarms import Alarms
from infra.names import Watched
from infra.stages import Stage

# What functions count (emdia.ports.Meter) and somebody must hear of: metric -> what it means.
COUNTED: Mapping[str, str] = {
    "Crashed": "An API door crashed: somebody outside was answered 500.",
    "CaseParked": "A case could not be decided and waits for a person.",
    "EventRefused": "An ERP's event was refused and parked: see `emdia parked list`.",
    "EventParked": "An accepted event could not be applied and is parked: see `emdia parked list`.",
    "Unapproved": "Words, a ladder or norms are not approved: nobody is written to. See `emdia words list`.",
    "CaseRepaired": "An open case had lost its place in the agenda: a defect of ours, mended by the sweep.",
    "OutcomeNotRecorded": "Mails left and their outcome could not be written down: their outreach may end as unknown.",
    "NoticeParked": "A notice of RN 593 lacks a datum: see `emdia notice list`.",
    "LetterParked": "The post told something of a letter nobody knows, perhaps an AR: see `emdia letters jobs`.",
    "NoticeExhausted": "A notice was served by every means without proof: somebody has to serve it otherwise.",
    "ProtocolNearlyLate": "Four fifths of an attendance's term have run without an answer: see `emdia protocol queue`.",
    "ProtocolLate": "An attendance's term, or the time to class it, has run out: see `emdia protocol queue`.",
    "ProtocolCopyLate": "The copy of an answered attendance could not be sent in its 72 hours.",
    "ProtocolNumbersLow": "Four fifths of today's protocol numbers are taken; without a number nobody is attended.",
    "PixParked": "Money came that nobody could enter: see `emdia payments unallocated`.",
    "PixContradicts": "A bank tells another amount of a Pix than before: ask it which one is true.",
    "ReconcileFailed": "A bank could not be asked what it received: payments it failed to tell stay unknown.",
    "ChargeFailed": "A page was shown without its Pix code: the bank refused or did not answer.",
    "SenderBroken": "Amazon SES takes nothing from us: sender, configuration, account or rights. Nobody is written to.",
    "ClockStuck": "An item that is due can be neither read nor closed; the others go on.",
    "DisposalStuck": "Something whose retention has ended can be neither opened nor disposed of; the others go on.",
    "DisposalBehind": "What should have been disposed of a week ago is still there: the nightly run does not keep up.",
    "OutreachUnknown": "No provider told what became of an outreach: delivery events may have stopped coming.",
    "LogHalted": "A sealed log contradicts itself and stands still: somebody tampered with it, or a defect of ours.",
    "LogUnopened": "Facts wait because their log has no key: the next nightly sweep opens it, or see the runbook.",
    "FactTampered": "A fact's row in the journal was changed or deleted: nothing of ours does that.",
    "CanaryLate": "The last quarter's canary is not sealed: facts wait, or the log's functions fail.",
    "StateTampered": "An item of the ledger is not as its newest fact left it: somebody wrote past the facts.",
    "FactWithheld": "A fact of two days ago is in no log: its log has no key, stands still, or somebody withholds it.",
    "ObjectRewritten": "An object of a sealed log was written again or deleted: nothing of ours does that.",
    "FactMalformed": "A row in the journal looks like a fact and is none: nothing of ours writes that.",
}
SILENCE = Duration.hours(1)  # four ticks

OLDEST_FACT = Duration.minutes(5)  # of the stream's day: past that, facts are sealed late
OLDEST_MESSAGE = Duration.minutes(30)  # two ticks of the ladder: past that, people are written to late


class Watch(Construct):
    """Alarms on dead letters, failing functions, queues that stand still, and what functions count."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey, watched: Watched) -> None:
        super().__init__(scope, "Watch")
        alarms = Alarms(self, stage, key)
        for name in watched.dead:
            alarms.ring(
                f"dead-{name}",
                f"Somebody has to look: a message of {name} failed for good.",
                watched.dead_letters(name, Duration.minutes(1)),
                0,
            )
        for name in watched.work:
            alarms.ring(
                f"late-{name}",
                f"The queue {name} stands still: its oldest message waits too long.",
                watched.age(name, Duration.minutes(5)),
                OLDEST_MESSAGE.to_seconds(),
            )
        for name in watched.functions:
            alarms.ring(
                f"errors-{name}",
                f"The function {name} raised: a broken invariant or a bug, never a bad record.",
                watched.function(name, "Errors", Duration.minutes(5)),
                0,
            )
        alarms.ring(
            "late-facts",
            "Facts wait too long to be sealed: after a day the stream forgets them, and only the sweep is left.",
            watched.function("seal_audit", "IteratorAge", Duration.minutes(5), "Maximum"),
            OLDEST_FACT.to_milliseconds(),
        )
        for name, text in COUNTED.items():
            alarms.ring(f"counted-{name}", text, alarms.counted(name, Duration.minutes(5)), 0)
        alarms.ring(
            "ladder-silent",
            "The ladder was not climbed for an hour: nobody is written to.",
            alarms.counted("CasesDue", SILENCE, "SampleCount"),
            0,
            silent=True,
        )
        alarms.ring(
            "canary-silent",
            "No canary was sealed for an hour: facts are not sealed, or nobody asks.",
            alarms.counted("CanarySealed", SILENCE, "SampleCount"),
            0,
            silent=True,
        )
