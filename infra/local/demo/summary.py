"""What the demo shows at its end, for people at a terminal."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from emdia.compliance.rules import RULES
from infra.local import gaps
from infra.local.demo import attended, money
from infra.local.demo.attended import Attended
from infra.local.demo.books import Balanced
from infra.local.demo.channels import shown, unasked
from infra.local.demo.facts import Found
from infra.local.demo.hasty import counter_example
from infra.local.demo.judge import Verdict
from infra.local.demo.listening import Listened
from infra.local.demo.live import Life
from infra.local.demo.logs import Logs
from infra.local.demo.seal import Sealed
from infra.local.demo.witness import Witnessed


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was found when the days were over.

    `parked`: events that wait for a person; `misfiled`: by how many fees the product and the ERPs differ on
    what is still open; `money`: the ledger beside the banks' books; `listened`: what the ERP heard; `sealed`: what
    the sealed logs hold; `witnessed`: what a second account says of them; `attended`: what became of the attendances;
    `requests`: signed by our functions and seen by the embedded AWS.
    """

    life: Life
    found: Found
    verdict: Verdict
    logs: Logs
    dead: Mapping[str, int]
    parked: int
    misfiled: int
    money: Balanced
    listened: Listened
    sealed: Sealed
    witnessed: Witnessed
    attended: Attended
    requests: int
    seconds: float

    @property
    def strayed(self) -> int:
        """Outreach the product calls sent and neither mailbox, phone nor printer has, and the other way round."""
        arrived = {mail.ref.split("-")[2] for mail in self.life.laptop.mails}
        return len(self.found.reached ^ (arrived | self.found.printed))

    @property
    def failures(self) -> list[str]:
        """Why the demo must not be called a success; empty when it is one."""
        checks = {
            f"{self.verdict.total} broken promises": self.verdict.total,
            f"{self.strayed} messages that books, mailboxes and phones do not agree on": self.strayed,
            f"{sum(self.life.second_climbs)} messages by climbing a second time": sum(self.life.second_climbs),
            f"{self.misfiled} fees open here and closed there": self.misfiled,
            f"books that differ by {self.money.difference} centavos": self.money.difference,
            f"{self.money.astray} payments that bank and ledger do not agree on": self.money.astray,
            "nobody paid by Pix": not self.life.cashier.payers.paid,
            f"{self.listened.heard} events told to the ERP of {self.listened.events}": self.listened.heard
            != self.listened.events,
            f"{len(self.listened.disorder)} contracts told to the ERP with a gap or out of order": len(
                self.listened.disorder
            ),
            f"dead letters: {dict(self.dead)}": len(self.dead),
            f"{len(self.logs.errors)} unexpected lines in the functions' logs": len(self.logs.errors),
            f"{len(self.sealed.broken)} objects of the sealed logs do not hold": len(self.sealed.broken),
            f"{len(self.witnessed.broken)} things the witness keeps do not hold": len(self.witnessed.broken),
            f"{self.witnessed.cosigned} logs cosigned, {self.witnessed.stamped} stamped, of {self.sealed.logs}": not (
                self.witnessed.cosigned == self.witnessed.stamped == self.sealed.logs
            ),
            f"{self.found.kinds.total() - self.sealed.facts} facts are in no sealed log": self.found.kinds.total()
            != self.sealed.facts,
            "answers that nobody asked for": unasked(self.life.laptop),
            f"{len(self.attended.wrong)} things wrong with attendances": len(self.attended.wrong),
            f"staff were refused {dict(self.life.desk.refused)}": self.life.desk.refused.total(),
            "no event was parked though some were nonsense": not self.parked,
            "no message was sent at all": not self.life.laptop.mails,
            "the climb was never repeated": not self.life.second_climbs,
        }
        return [text for text, bad in checks.items() if bad]


def render(outcome: Outcome) -> str:
    """The whole summary."""
    bad = counter_example(outcome.life.chronicle.world.start.year)
    parts = (
        _days(outcome),
        shown(outcome.life),
        attended.shown(outcome.attended, outcome.life.reactions.talkers, outcome.life.desk),
        _rules(outcome),
        bad,
        _promises(outcome),
        money.shown(outcome.life, outcome.found, outcome.money, outcome.listened),
        _costs(outcome),
        _left_out(),
    )
    return "\n\n".join("\n".join(part) for part in parts)


def _days(outcome: Outcome) -> Iterator[str]:
    life, found = outcome.life, outcome.found
    yield f"{'day':<15}{'due':>6}{'sent':>7}{'delivered':>11}{'refused':>9}{'deferred':>10}{'paid':>7}   by rule"
    start = life.chronicle.world.start
    last = max([*found.due, *life.sent, *life.reactions.delivered, start])
    for offset in range((last - start).days + 1):
        yield _day(start + timedelta(days=offset), outcome)
    refused, deferred = _total(found.refused), _total(found.deferred)
    yield (
        f"{'total':<15}{found.due.total():>6}{life.sent.total():>7}{life.reactions.delivered.total():>11}"
        f"{refused.total():>9}{deferred.total():>10}{life.chronicle.paid.total():>7}"
    )


def _day(day: date, outcome: Outcome) -> str:
    life, found = outcome.life, outcome.found
    refused, deferred = found.refused.get(day, Counter()), found.deferred.get(day, Counter())
    rules = ", ".join(f"{rule} {count}" for rule, count in (refused + deferred).most_common(3))
    return (
        f"{day:%a %Y-%m-%d} {found.due[day]:>6}{life.sent[day]:>7}{life.reactions.delivered[day]:>11}"
        f"{refused.total():>9}{deferred.total():>10}{life.chronicle.paid[day]:>7}   {rules}"
    ).rstrip()


def _total(by_day: Mapping[date, Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in by_day.values():
        total.update(counts)
    return total


def _rules(outcome: Outcome) -> Iterator[str]:
    for title, by_day in (("refused", outcome.found.refused), ("deferred", outcome.found.deferred)):
        yield f"{title}, by rule"
        for rule, count in _total(by_day).most_common():
            yield f"  {count:>6}  {rule:<24}{RULES.get(rule.partition(':')[0], '')}"


def _promises(outcome: Outcome) -> Iterator[str]:
    life, verdict = outcome.life, outcome.verdict
    climbs = ", ".join(map(str, life.second_climbs))
    yield f"duplicates {verdict.duplicates}   (judged from {len(life.laptop.mails)} messages and the ERPs' books)"
    for what, count in verdict.counts.items():
        where = f"   e.g. {', '.join(verdict.examples[what])}" if count else ""
        yield f"  {count:>6}  {what}{where}"
    yield f"second climb_ladder at once: {climbs} outreaches ({len(life.second_climbs)} times)"
    yield f"messages on which the product's books and people's mailboxes and phones disagree: {outcome.strayed}"
    refused = sum(len(erp.refused) for erp in life.chronicle.erps.values())
    taken = sum(erp.sent for erp in life.chronicle.erps.values())
    yield f"ERP events: {taken} taken, {refused} refused by name; a forged signature was answered 401"
    yield f"fees on whose being open the product and the ERPs disagree: {outcome.misfiled}"
    yield f"parked events that wait for a person: {outcome.parked}"
    facts = outcome.found.kinds.total()
    yield f"facts in the journal: {facts} of {len(outcome.found.kinds)} kinds"
    sealed = outcome.sealed
    yield f"sealed: {sealed.facts} facts in {sealed.logs} logs, every object checked against its signed checkpoint"
    yield from (f"  BROKEN {line}" for line in sealed.broken)
    seen = outcome.witnessed
    yield (
        f"second account: {seen.cosigned} logs cosigned by the witness, {seen.stamped} checkpoints stamped (RFC 3161), "
        f"{seen.copied} objects in the replica"
    )
    yield from (f"  BROKEN {line}" for line in seen.broken)


def _costs(outcome: Outcome) -> Iterator[str]:
    final = len(outcome.found.final)
    if final:
        yield (
            f"R = {outcome.requests / final:.1f} requests signed by our functions ({outcome.requests}) for each "
            f"outreach in a final state ({final}), ERP events included; counted where they arrive, for orientation: "
            "the embedded AWS ignores batch windows. Lambda's own polling of SQS is not HTTP here and not in it."
        )
    spent = sorted(outcome.life.laptop.progress.spent.items(), key=lambda one: -one[1])
    yield f"time {outcome.seconds:.0f} s over {outcome.life.moments} moments, of which"
    for what, seconds in spent:
        yield f"  {seconds:>6.1f} s  {what}"
    if outcome.logs.warnings:
        yield "warnings in the functions' logs"
        for text, count in outcome.logs.warnings.most_common(8):
            yield f"  {count:>6}  {text}"


def _left_out() -> Iterator[str]:
    yield "What the embedded AWS leaves out"
    for title, table in (
        ("left out of the template", gaps.LEFT_OUT),
        ("set by API after deploying, and read back", gaps.SET_AFTERWARDS),
        ("deployed but idle", gaps.IDLE),
    ):
        yield f"  {title}"
        for what, why in table.items():
            yield f"    {what}: {why}"
