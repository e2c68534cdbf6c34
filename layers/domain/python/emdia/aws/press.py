"""Letters as print jobs (ports.Sender): the sheet under lock in `documents`, its line in the run of the day.

One attempt. Before its line exists nobody prints a letter: what fails until then is proved not taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from emdia.errors import EmDiaError, Rejected, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.messages.outreach import Target
from emdia.messages.ports import Outcome, Paper, Sent
from emdia.messages.print_job import PrintJob, reference_of
from emdia.ports import Act, Clock, Documents, Ledgers, Put
from emdia.state import Subject


@dataclass(frozen=True)
class LetterPress:
    """Takes letters that are drawn already."""

    documents: Documents
    ledgers: Ledgers
    clock: Clock
    at_once: int = 1

    def send(self, messages: Sequence[Paper]) -> Sequence[Sent]:
        """See messages.ports.Sender."""
        return [self._one(paper) for paper in messages]

    def _one(self, paper: Paper) -> Sent:
        target, holder = Target.decode(paper.ref), Subject(paper.holder_key)
        try:
            kept = self.documents.keep(target.ans, holder, LogClass.CONTATO, paper.sheet)
        except TryLater:
            return Sent(Outcome.THROTTLED, reason="documents-unavailable")
        except Rejected as refused:
            return Sent(Outcome.REJECTED, reason=refused.code)
        except EmDiaError:
            return Sent(Outcome.BROKEN, reason="documents")
        job = PrintJob(
            day=paper.run,
            outreach=target.outreach,
            contract=target.contract,
            holder_key=paper.holder_key,
            file=kept,
            registered=paper.registered,
            made_at=self.clock.now(),
        )
        told = {"contato": target.outreach, "arquivo": kept.ref, "resumo": kept.sha256}
        fact = Fact("letter.made", job.ref, tuple(Value(name, value, holder) for name, value in told.items()))
        command = f"letter:{target.outreach}"
        try:
            landed = command in self.ledgers.of(target.ans).commit([Act(command, (Put(job),), (fact,))]).landed
        except TryLater:
            return Sent(Outcome.MAYBE, reason="job-unknown")
        except EmDiaError:
            return Sent(Outcome.BROKEN, reason="job")
        reference = reference_of(paper.run, target.outreach)
        return Sent(Outcome.ACCEPTED, reference) if landed else Sent(Outcome.MAYBE, reason="job-unknown")
