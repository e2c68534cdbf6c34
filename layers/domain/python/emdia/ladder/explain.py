"""Why a person was or was not written to, and what may come next: each answer with its rule and the norm behind it.

It reads what decided (the case in brief, what the person received, outreach and step notes) and nothing that names
anybody. What was done is told as stored, what may come as `decide`, `last_look` and `simulate` answer today: if
nothing happens meanwhile. Text is Portuguese for the person, their lawyer or the operator's staff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from emdia.calendar import instant_of
from emdia.compliance.notice_record import NoticeRecord
from emdia.compliance.rules import DATA_MISSING, LADDER_NO_STEP_DUE, LADDER_STEP_DUE
from emdia.compliance.sources import SOURCES, Reading
from emdia.compliance.windows import Days
from emdia.ladder.decide import Halt, Send, Wait, decide
from emdia.ladder.explain_channels import SPOKEN, channels_at, hours_of, moment
from emdia.ladder.explain_notice import notice_ahead
from emdia.ladder.last_look import Cancel, Defer, Go, Refuse, last_look
from emdia.ladder.simulate import Simulated, simulate
from emdia.ladder.situation import today_in
from emdia.ladder.step_note import StepNote
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.messages.person import PersonLog
from emdia.messages.spelling import in_a_row, spell_month
from emdia.portfolio.case import Case

_DAY = timedelta(days=1)
_Place = tuple[datetime, str]
AHEAD = timedelta(days=90)  # how far what may come is looked for
_BECAME = {
    OutreachStatus.QUEUED: "programado, ainda não enviado",
    OutreachStatus.CLAIMED: "enviado, sem resposta do provedor ainda",
    OutreachStatus.ACCEPTED: "enviado, entrega ainda não confirmada",
    OutreachStatus.DELIVERED: "entregue",
    OutreachStatus.READ: "lido",
    OutreachStatus.COMPLAINED: "entregue e marcado como indesejado",
    OutreachStatus.FAILED: "enviado e não entregue",
    OutreachStatus.REJECTED: "recusado pelo provedor: a pessoa não o recebeu",
    OutreachStatus.UNKNOWN: "enviado, sem confirmação de entrega no prazo",
    OutreachStatus.CANCELLED: "cancelado antes do envio",
    OutreachStatus.REFUSED: "não enviado",
}


@dataclass(frozen=True, slots=True)
class RecordFile:
    """What is stored of one contract: `outreach` and `notes` of its present holder, `holidays` of where they live."""

    case: Case
    person: PersonLog
    outreach: Sequence[Outreach] = ()
    notes: Sequence[StepNote] = ()
    holidays: Days = ()
    unapproved: str = ""  # rule by which the ladder, or the norms, may not be used yet
    notices: Sequence[NoticeRecord] = ()
    parked_why: str = ""  # in Portuguese, why a parked case waits for a person


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: what, at which moment (UTC) if at one, and the id of the rule that made it ("" for none)."""

    text: str
    rule: str = ""
    at: datetime | None = None

    @property
    def norm(self) -> str:
        """Norm and article, with a word where the reading is cautious; "" for a choice of the operator."""
        source = SOURCES.get(self.rule)
        if source is None or not source.norm:
            return ""
        return source.norm + (" (leitura cautelosa)" if source.reading is Reading.CAUTIOUS else "")


@dataclass(frozen=True, slots=True)
class Explanation:
    """`asked` is the person's local day it speaks of; the rest are lines in the order of time."""

    asked: date
    zone: str
    done: tuple[Line, ...]
    stands: tuple[Line, ...]
    ahead: tuple[Line, ...]
    channels: tuple[Line, ...]


def explain(file: RecordFile, now: datetime, on: date | None = None) -> Explanation:
    """The answers for `now` (UTC), or for the person's local day `on`.

    A past day: what was done until its end, and why nothing was done on it. A day to come: what would be done until
    its end, and why nothing on it. Raises Rejected `ladder-unknown`.
    """
    zone = file.case.zone
    today = today_in(now, zone)
    day = today if on is None else on
    ends = instant_of(day + _DAY, 0, zone)
    past = _past(file)
    done = tuple(past.values())
    if day < today:
        past = {place: line for place, line in past.items() if place[0] < ends}
        return Explanation(day, zone, tuple(past.values()), _stood(file, past, day), (), _hours(file, day))
    if day == today:
        return Explanation(day, zone, done, (_stands(file, now),), _ahead(file, now, now + AHEAD), _channels(file, now))
    ahead = _ahead(file, now, ends)
    return Explanation(day, zone, done, _will_stand(file, now, day), ahead, _hours(file, day))


def _channels(file: RecordFile, now: datetime) -> tuple[Line, ...]:
    told = channels_at(file.case, file.person, now, file.holidays)
    return tuple(Line(text, rule) for text, rule in told)


def _hours(file: RecordFile, day: date) -> tuple[Line, ...]:
    return tuple(Line(text, rule) for text, rule in hours_of(file.case, day, file.holidays))


def _past(file: RecordFile) -> dict[_Place, Line]:
    """Outreach and notes in the order they came, each by its moment and a tie-breaker."""
    lines: dict[_Place, Line] = {}
    for one in file.outreach:
        at = one.claimed_at or one.created_at
        what = f"Contato por {SPOKEN[one.channel]}, degrau {one.step}"
        if not one.step:
            what = f"{'Recibo de pagamento' if one.payment else 'Notificação'} por {SPOKEN[one.channel]}"
        text = f"{what}: {_BECAME[one.status]}."
        lines[at, one.id] = Line(text, one.rule, at)
    for note in file.notes:
        text = "Sem contato."
        if note.until is not None:
            text = f"Sem contato antes de {moment(note.until, file.case.zone)}."
        elif note.steps:
            text = f"Sem contato; degrau {', '.join(note.steps)} encerrado."
        lines[note.at, ""] = Line(text, note.rule, note.at)
    return dict(sorted(lines.items()))


def _stood(file: RecordFile, past: Mapping[_Place, Line], day: date) -> tuple[Line, ...]:
    """Why nothing was done on the past `day`; nothing to add when something was."""
    zone = file.case.zone
    starts = instant_of(day, 0, zone)
    if any(at >= starts for at, _ in past):
        return ()
    waiting = [note for note in file.notes if note.until is not None and note.at < starts < note.until]
    if waiting:
        return (Line("Um degrau já vencido esperava.", waiting[-1].rule),)
    before = next(reversed([*past.values()]), None)
    if before is not None and before.rule.partition(".")[0] in ("stop", "scope"):
        return (Line("Nenhuma decisão neste dia: valia a anterior.", before.rule),)
    return (Line("Nenhuma decisão neste dia.", LADDER_NO_STEP_DUE),)


def _stands(file: RecordFile, now: datetime) -> Line:
    """What holds at `now`."""
    case, last = file.case, _last(file)
    if case.parked:
        why = file.parked_why or case.parked
        return Line(
            f"O caso espera por uma pessoa da operadora: {why.removesuffix('.')}. A régua nada envia.", DATA_MISSING
        )
    if last is not None and last.status is OutreachStatus.QUEUED:
        return _queued(file, last, now)
    decision = decide(case, file.person, last, now, file.holidays)
    if isinstance(decision, Send) and file.unapproved:
        return Line("Nenhum contato da régua até que haja aprovação.", file.unapproved)
    if isinstance(decision, Send):
        text = f"Um contato pode sair agora: degrau {decision.step}, por {SPOKEN[decision.channel]}."
        return Line(text, decision.rule)
    if isinstance(decision, Wait):
        return Line(f"Nenhum contato da régua antes de {moment(decision.until, case.zone)}.", decision.rule)
    return Line(_none(decision.rule), decision.rule)


def _none(rule: str) -> str:
    """Nothing at all where a stop holds the case; elsewhere a notice may come that is no step of the ladder."""
    return "Nenhum contato." if rule.partition(".")[0] in ("stop", "scope") else "Nenhum contato da régua."


def _queued(file: RecordFile, last: Outreach, now: datetime) -> Line:
    look = last_look(last, file.case, file.person, now, file.holidays)
    what = f"O contato programado (degrau {last.step}, por {SPOKEN[last.channel]})"
    if isinstance(look, Go):
        return Line(f"{what} pode sair agora.", look.rule)
    if isinstance(look, Defer):
        return Line(f"{what} não sai antes de {moment(look.until, file.case.zone)}.", look.rule)
    return Line(f"{what} não sai.", look.rule if isinstance(look, Cancel | Refuse) else last.rule)


def _last(file: RecordFile) -> Outreach | None:
    return next((one for one in file.outreach if one.id == file.case.last_outreach), None)


def _will_stand(file: RecordFile, now: datetime, day: date) -> tuple[Line, ...]:
    """Why nothing would be done on the coming `day`; nothing to add when a contact would be made."""
    case = file.case
    if case.parked:
        return (_stands(file, now),)
    starts = instant_of(day, 0, case.zone)
    told = _simulated(file, now, starts + _DAY)
    if any(today_in(one.at, case.zone) == day for one in told.contacts):
        return ()
    decided = [rule for on, rule in (*told.decided, *told.set_aside) if on == day and rule != LADDER_STEP_DUE]
    if decided:
        return tuple(Line("Nenhum contato da régua neste dia.", rule) for rule in dict.fromkeys(decided))
    # What halts a case today halts it then too; what it waits for may have come by then.
    halted = decide(case, file.person, None, starts, file.holidays)
    rule = halted.rule if isinstance(halted, Halt) else LADDER_NO_STEP_DUE
    return (Line(f"{_none(rule).removesuffix('.')} neste dia.", rule),)


def _simulated(file: RecordFile, now: datetime, ends: datetime) -> Simulated:
    case, last = file.case, _last(file)
    days = -((now - ends) // _DAY)
    return simulate(
        [case],
        {file.person.key: file.person},
        now,
        days,
        outreach={} if last is None else {case.contract: last},
        holidays={case.ibge: file.holidays},
    )


def _ahead(file: RecordFile, now: datetime, ends: datetime) -> tuple[Line, ...]:
    """The contacts that would be made before `ends`."""
    told = notice_ahead(file.case, file.notices, file.holidays, now, ends)
    notices = [Line(text, rule, at) for text, rule, at in told]
    if file.case.parked:
        # Its ladder itself may be unknown: nothing can be simulated.
        waits = Line("Nenhum contato da régua, até que uma pessoa da operadora resolva o que falta.", DATA_MISSING)
        return (waits, *notices)
    if file.unapproved:
        return (Line("Nenhum contato da régua até que haja aprovação.", file.unapproved), *notices)
    months = {invoice.id: spell_month(invoice.reference) for invoice in file.case.invoices}
    lines = [
        Line(
            f"Contato por {SPOKEN[one.channel]}, degrau {one.step}, sobre {_about([months[i] for i in one.invoices])}.",
            LADDER_STEP_DUE,
            one.at,
        )
        for one in _simulated(file, now, ends).contacts
        if one.at < ends
    ]
    both = sorted((*lines, *notices), key=lambda line: line.at or now)
    return tuple(both) or (Line("Nenhum contato previsto."),)


def _about(months: Sequence[str]) -> str:
    return f"{'a mensalidade' if len(months) == 1 else 'as mensalidades'} de {in_a_row(months)}"
