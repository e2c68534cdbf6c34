"""The norms table: every parameter of law that code applies, as rows with source and dates of force.

No hour, cap or rate of law stands anywhere else. The row in force on the local day of the act applies, and
the narrowest one: that of the state and channel before that of the state, before the general one. A state's
or channel's row is an addition here, never a change in code. docs/law.md shows this table to lawyers, and
docs/norms-approvals.md records which of them approved it.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final, Literal

from emdia.compliance.kept import KEPT
from emdia.errors import Halted

Unit = Literal[
    "minute of the local day",
    "contacts",
    "calls",
    "seconds",
    "hours",
    "days",
    "business days",
    "months",
    "years",
    "fees",
    "basis points",
    "centavos",
    "basis points a month",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One parameter. In force from `since` through `until` (None: still); `uf`, `channel` None: everywhere.

    `confirmed` False: our cautious reading, at least as strict as any text found; `note` says why.
    """

    id: str
    value: int
    unit: Unit
    source: str
    since: date
    until: date | None = None
    uf: str | None = None
    channel: str | None = None
    confirmed: bool
    note: str = ""

    def applies(self, on: date, uf: str | None, channel: str | None) -> bool:
        """Whether the row speaks of `on`, `uf` and `channel`."""
        in_force = self.since <= on and (self.until is None or on <= self.until)
        return in_force and self.uf in (None, uf) and self.channel in (None, channel)


LAST_MINUTE: Final = 24 * 60 - 1
_CDC: Final = "CDC (Lei 8.078/1990) arts. 42 e 71"
_CDC_SINCE: Final = date(1991, 3, 11)


def _span(  # the two rows of one kind of day, in whole hours but for 23:59; equal ones mean closed
    family: str, kind: str, opens: int, closes: int, note: str, source: str = _CDC, since: date = _CDC_SINCE, *,
    confirmed: bool = False, uf: str | None = None, channel: str | None = None,
) -> tuple[Norm, Norm]:  # fmt: skip
    opening = Norm(id=f"{family}.{kind}.opens", value=opens * 60, unit="minute of the local day", source=source,
                   since=since, uf=uf, channel=channel, confirmed=confirmed, note=note)  # fmt: skip
    return opening, replace(opening, id=f"{family}.{kind}.closes", value=min(closes * 60, LAST_MINUTE))


def _state(uf: str, weekday: tuple[int, int], saturday: tuple[int, int], source: str, since: date, note: str, *,
           confirmed: bool = False) -> tuple[Norm, ...]:  # fmt: skip
    rows = [("state", kind, *hours) for kind, hours in (("weekday", weekday), ("saturday", saturday))]
    return tuple(one for row in rows for one in _span(*row, note, source, since, confirmed=confirmed, uf=uf))


def _cap(name: str, value: int, unit: Unit, note: str) -> Norm:
    return Norm(id=f"frequency.{name}", value=value, unit=unit, source=_CDC, since=_CDC_SINCE,
                confirmed=False, note=note)  # fmt: skip


def _term(name: str, value: int, unit: Unit, source: str, since: date, note: str, *,
          confirmed: bool = False) -> Norm:  # fmt: skip
    return Norm(id=f"protocol.{name}", value=value, unit=unit, source=source, since=since,
                confirmed=confirmed, note=note)  # fmt: skip


_INTERSECTION = "no federal law sets hours; these lie inside those of SP, RJ, ES and MG"
_DIGITAL = "messages only, and only where a row of the state opens the Saturday too"
_REST = "no text found allows Sundays, holidays, or other means on Saturdays"
_YEAR = "read in a summary; day of publication not verified, so counted from 1 January"
_MG = "MG Lei 19.095/2010 as PL 484/2019 would amend it"
_MG_SINCE = date(2021, 8, 11)
_RN_623, _RN_623_SINCE = "RN ANS 623/2024", date(2025, 7, 1)
_SAC, _SAC_SINCE = "Decreto 11.034/2022", date(2022, 10, 3)
_NIP, _NIP_SINCE = "RN ANS 483/2022 (RN 657/2025)", date(2022, 4, 1)
_CARE, _CARE_SINCE = "RN ANS 566/2022", date(2023, 2, 1)
_NIP_NOTE = "to settle it with the person; day of force not verified"
_CARE_NOTE = "the care itself; where it is due before the answer, it rules. Day of force not verified"
_MG_NOTE = "passed on 11/08/2021; whether it was sanctioned is not verified, it is kept as if it was"

NORMS: Final[tuple[Norm, ...]] = (
    *_span("window", "weekday", 9, 18, _INTERSECTION),
    *_span("window", "saturday", 0, 0, _REST),
    *(row for channel in ("email", "sms", "whatsapp") for row in _span("window", "saturday", 10, 13, _DIGITAL,
                                                                       channel=channel)),
    *_span("window", "sunday", 0, 0, _REST),
    *_span("window", "holiday", 0, 0, _REST),
    *_span("window", "eve", 9, 12, "24 and 31 December: art. 71 protects rest and leisure"),
    *_span("state", "weekday", 0, 24, "no law of the state found: the general window alone limits"),
    *_span("state", "saturday", 0, 0, "no law of the state found that opens Saturdays"),
    *_state("SP", (8, 20), (8, 14), "SP Lei 17.832/2023 art. 51", date(2023, 11, 1), "", confirmed=True),
    *_state("RJ", (9, 19), (0, 0), "RJ Lei 6.854/2014 (Lei 7.868/2018)", date(2018, 1, 1),
            "business days only; day of publication not verified, so counted from 1 January"),
    *_state("AL", (8, 20), (8, 14), "AL Lei 7.782/2016", date(2016, 1, 1), _YEAR),
    *_state("ES", (8, 19), (0, 0), "ES Lei 10.626/2017", date(2017, 1, 1), f"business days only; {_YEAR}"),
    *_state("AM", (8, 18), (0, 0), "AM Lei 306/2016, number not verified", date(2016, 1, 1),
            "two summaries conflict (until 19:00 and no weekend; 08:00-18:00 and Saturday): the stricter of each"),
    *_state("MG", (9, 18), (10, 13), _MG, _MG_SINCE, _MG_NOTE),
    _cap("day.cap", 1, "contacts", "per person over all contracts and channels; local calendar day"),
    _cap("week.cap", 3, "contacts", "per person over all contracts and channels"),
    _cap("week.days", 7, "days", "rolling, 24 hours each: stricter than calendar days"),
    _cap("gap.hours", 16, "hours", "policy: a message in the evening is not followed by one at nine in the morning"),
    _cap("calls.cap", 2, "calls", "a local day, answered or not; as the code of telemarketing firms (Probare) has it"),
    Norm(id="frequency.calls.cap", value=2, unit="calls", source=_MG, since=_MG_SINCE, uf="MG",
         confirmed=False, note=_MG_NOTE),
    Norm(id="frequency.paid-pause.hours", value=48, unit="hours", source=f"{_CDC}; {_MG}", since=_CDC_SINCE,
         confirmed=False, note="two days after the person says that they paid; the text is of MG, kept everywhere"),
    Norm(
        id="charges.multa.cap", value=200, unit="basis points",
        source="CDC art. 52 §1 (Lei 9.298/1996); RN ANS 593/2023",
        since=date(1996, 8, 2), confirmed=True, note="once, on the overdue fee, only if the contract has it",
    ),
    Norm(
        id="charges.juros.cap", value=100, unit="basis points a month",
        source="Decreto 22.626/1933; CTN art. 161 §1; RN ANS 593/2023",
        since=date(2003, 1, 11), confirmed=False,
        note="simple, pro rata die over 30 days; the cap safe under every reading of Código Civil art. 406",
    ),
    Norm(
        id="payments.residue", value=5, unit="centavos",
        source="Código Civil art. 422",
        since=date(2003, 1, 11), confirmed=False,
        note="policy: charges of so little that are left by rounding are not asked for; never a part of the fee",
    ),
    Norm(
        id="charges.legal-rate", value=0, unit="basis points a month",
        source="Código Civil art. 406 (Lei 14.905/2024)",
        since=date(2003, 1, 11), confirmed=False,
        note="juros where the contract has no clause: none are added, which is never more than Selic less IPCA",
    ),
    Norm(
        id="notice.draft.from", value=35, unit="days",
        source="RN ANS 593/2023",
        since=date(2025, 2, 1), confirmed=False,
        note="policy within the law: time left for a second and a third means",
    ),
    Norm(
        id="notice.draft.until", value=40, unit="days",
        source="RN ANS 593/2023",
        since=date(2025, 2, 1), confirmed=False,
        note="policy within the law: time left for a second and a third means",
    ),
    Norm(
        id="notice.last-day", value=49, unit="days",
        source="RN ANS 593/2023 art. 4 caput",
        since=date(2025, 2, 1), confirmed=False,
        note="the day before the 50th; from the due date itself, never extended",
    ),
    Norm(
        id="notice.received.day", value=50, unit="days",
        source="RN ANS 593/2023 art. 4 caput; Lei 9.656/1998 art. 13 par. único II",
        since=date(2025, 2, 1), confirmed=True,
        note="received later it needs the ten days of §1",
    ),
    Norm(
        id="notice.term.days", value=10, unit="days",
        source="RN ANS 593/2023 art. 4 §§1, 6",
        since=date(2025, 2, 1), confirmed=True,
        note="uninterrupted; the day of the proof is day 0",
    ),
    Norm(
        id="notice.fees.minimum", value=2, unit="fees",
        source="RN ANS 593/2023 art. 4 §3",
        since=date(2025, 2, 1), confirmed=True,
        note="consecutive or not",
    ),
    Norm(
        id="notice.fees.months", value=12, unit="months",
        source="RN ANS 593/2023 art. 4 §3",
        since=date(2025, 2, 1), confirmed=False,
        note="rolling, ends at the last one open",
    ),
    Norm(
        id="notice.debt.days", value=60, unit="days",
        source="Lei 9.656/1998 art. 13 par. único II",
        since=date(2001, 8, 24), confirmed=False,
        note="more than these; read as cumulative with the two fees, and asked of every kind of contract",
    ),
    _term("answer.urgencia", 0, "business days", _RN_623, _RN_623_SINCE, "at once", confirmed=True),
    _term("answer.assistencial", 5, "business days", _RN_623, _RN_623_SINCE,
          "where no answer is possible at once", confirmed=True),
    _term("answer.assistencial_alta_complexidade", 10, "business days", _RN_623, _RN_623_SINCE,
          "PAC and elective admission", confirmed=True),
    _term("answer.nao_assistencial", 7, "business days", _RN_623, _RN_623_SINCE,
          "fee, adjustment, cancellation, dispute", confirmed=True),
    _term("answer.ouvidoria", 7, "business days", f"{_RN_623} art. 16", _RN_623_SINCE, "re-analysis; read on one page"),
    _term("answer.nip_assistencial", 5, "business days", _NIP, _NIP_SINCE, _NIP_NOTE),
    _term("answer.nip_nao_assistencial", 10, "business days", _NIP, _NIP_SINCE, _NIP_NOTE),
    _term("answer.historico", 5, "days", f"{_SAC} art. 12", _SAC_SINCE,
          "the history of a demand, to who asks for it", confirmed=True),
    _term("sac.answer", 7, "days", f"{_SAC} art. 13", _SAC_SINCE,
          "runs beside the term of ANS: the earlier one is warned about"),
    _term("triage.hours", 4, "hours", _RN_623, _RN_623_SINCE,
          "policy: by then somebody has classed what was opened, so that its term is known"),
    _term("human.seconds", 60, "seconds", "Portaria MJ 2.014/2008 art. 1", date(2008, 12, 1),
          "a target from asking for a person to one who claims it; written for calls, kept for messages"),
    _term("copy.hours", 72, "hours", "RN ANS 395/2016 art. 14", date(2016, 5, 15),
          "the value of RN 623 was not verified; the old one is kept"),
    _term("record.years", 2, "years", f"{_SAC} art. 12", _SAC_SINCE, "from the answer, to the end of the day"),
    _term("complaint.years", 5, "years", _RN_623, _RN_623_SINCE,
          "from the answer, where a complaint, the ombudsman or a NIP followed: the longer of two readings"),
    _term("recording.days", 90, "days", f"{_SAC} art. 12", _SAC_SINCE,
          "from the call; one that a complaint followed is kept with its record"),
    _term("care.consulta_basica", 7, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.consulta_demais", 14, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.sessao_terapia", 10, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.odontologia", 7, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.laboratorio", 3, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.diagnostico", 10, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.alta_complexidade", 21, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.hospital_dia", 10, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.internacao_eletiva", 21, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    _term("care.urgencia", 0, "business days", _CARE, _CARE_SINCE, _CARE_NOTE),
    *(
        Norm(id=f"retention.{what}", value=value, unit=unit, source=source, since=since, confirmed=False, note=note)
        for what, value, unit, source, since, note in KEPT
    ),
)  # fmt: skip


def gone_after(what: str, since: datetime) -> datetime:
    """From when on a thing that is over `since` (UTC) need not be kept: the row `retention.<what>`, in days."""
    return since + timedelta(days=norm(f"retention.{what}", since.date()).value)


@lru_cache(maxsize=16_384)
def norm(id: str, on: date, uf: str | None = None, channel: str | None = None) -> Norm:  # noqa: A002  the row's id
    """The row called `id` in force on `on` (local day of the act), narrowest first.

    Raises Halted when there is none: the law of that day is not known, and nothing may be guessed.
    """
    rows = [row for row in NORMS if row.id == id and row.applies(on, uf, channel)]
    if not rows:
        raise Halted(f"no norm {id} in force on {on}")
    return max(rows, key=lambda row: (row.uf is not None, row.channel is not None))


@cache
def edition() -> str:
    """Name of the table as it stands: 16 hex characters over every row, in whatever order they are written.

    Facts about decisions carry it, and docs/norms-approvals.md says who approved which edition.
    """
    rows = sorted(json.dumps(asdict(row), sort_keys=True, default=date.isoformat) for row in NORMS)
    return sha256("\n".join(rows).encode()).hexdigest()[:16]
