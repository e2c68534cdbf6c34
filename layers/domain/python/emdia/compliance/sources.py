"""Norm and article behind each rule, as people read them, and how sure the reading is.

Beside the rules of rules.py; docs/law.md shows the same, and a test keeps the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reading(StrEnum):
    """How a rule stands to its source; see docs/law.md."""

    CONFIRMED = "confirmed"  # the text of the norm says so
    CAUTIOUS = "cautious"  # no text, an unread or a disputed one: what protects the person more
    POLICY = "policy"  # a choice of the house or the operator


@dataclass(frozen=True, slots=True)
class Source:
    """`norm` in Portuguese, "" for a policy."""

    norm: str
    reading: Reading


_CONFIRMED, _CAUTIOUS, _POLICY = Reading

SOURCES: Final[Mapping[str, Source]] = {
    "stop.settled": Source("CDC art. 42; Código Civil arts. 304, 319", _CONFIRMED),
    "stop.cancelled": Source("CDC art. 42", _CONFIRMED),
    "stop.dispute": Source("RN ANS 593/2023 art. 4; CDC art. 42", _CAUTIOUS),
    "stop.hold": Source("", _POLICY),
    "stop.protective": Source("Lei 9.656/1998 art. 13 par. único III; LGPD art. 11", _CAUTIOUS),
    "stop.promise": Source("CDC arts. 42, 71", _CAUTIOUS),
    "stop.deal": Source("RN ANS 593/2023 art. 4; CDC art. 42", _CAUTIOUS),
    "stop.death": Source("Código Civil arts. 6, 1.997; CDC art. 42", _CAUTIOUS),
    "stop.lawyer": Source("CDC art. 42; Lei 8.906/1994 art. 7", _CAUTIOUS),
    "stop.over-indebtedness": Source("CDC arts. 54-C, 104-A a 104-C (Lei 14.181/2021)", _CAUTIOUS),
    "stop.minor": Source("Código Civil arts. 3, 4; LGPD art. 14", _CAUTIOUS),
    "stop.wrong-person": Source("LGPD arts. 6 V, 18 III; CDC art. 42", _CAUTIOUS),
    "stop.says-paid": Source("MG Lei 19.095/2010; CDC art. 42", _CAUTIOUS),
    "stop.operator-delay": Source("Código Civil arts. 394, 396; RN ANS 593/2023 art. 4; CDC art. 42", _CAUTIOUS),
    "stop.holder-changed": Source("LGPD art. 6 V; CDC art. 42", _CAUTIOUS),
    "consent.opted-out": Source("LGPD arts. 6, 7 IX, 18 §2; CDC art. 71", _CAUTIOUS),
    "consent.no-opt-in": Source("LGPD arts. 7 I, 8; WhatsApp Business Messaging Policy", _CAUTIOUS),
    "contact.no-point": Source("RN ANS 593/2023 art. 8 §1; LGPD art. 6", _CAUTIOUS),
    "contact.dead-point": Source("LGPD art. 6 V", _CAUTIOUS),
    "frequency.day": Source("CDC arts. 42, 71", _CAUTIOUS),
    "frequency.week": Source("CDC arts. 42, 71", _CAUTIOUS),
    "frequency.gap": Source("CDC arts. 42, 71", _CAUTIOUS),
    "frequency.calls": Source("CDC arts. 42, 71; MG Lei 19.095/2010", _CAUTIOUS),
    "frequency.statutory-notice": Source("RN ANS 593/2023 art. 4; LGPD art. 7 II; CDC art. 71", _CAUTIOUS),
    "window.weekday-hours": Source(
        "CDC arts. 42, 71; horários dentro dos de SP Lei 17.832/2023 art. 51, RJ Lei 6.854/2014 (Lei 7.868/2018), "
        "ES Lei 10.626/2017",
        _CAUTIOUS,
    ),
    "window.weekend": Source(
        "CDC arts. 42, 71; SP Lei 17.832/2023 art. 51, AL Lei 7.782/2016, MG Lei 19.095/2010", _CAUTIOUS
    ),
    "window.holiday": Source(
        "Lei 662/1949 (Lei 10.607/2002), Lei 6.802/1980, Lei 14.759/2023 quanto aos dias; CDC art. 71 quanto ao "
        "descanso",
        _CAUTIOUS,
    ),
    "window.state-holiday": Source(
        "Lei 9.093/1995 art. 1 II e a lei de cada estado quanto aos dias; CDC art. 71 quanto ao descanso", _CAUTIOUS
    ),
    "window.municipal-holiday": Source(
        "Lei 9.093/1995 art. 2 e a lei de cada município quanto aos dias; CDC art. 71 quanto ao descanso", _CAUTIOUS
    ),
    "window.carnival-corpus-christi": Source(
        "Res. CMN 4.880/2020 quanto aos dias; CDC art. 71 quanto ao descanso", _CAUTIOUS
    ),
    "window.eve": Source("CDC art. 71", _CAUTIOUS),
    "window.phone-clock": Source("CDC arts. 42, 71", _CAUTIOUS),
    "ladder.step-due": Source("", _POLICY),
    "ladder.no-step-due": Source("", _POLICY),
    "ladder.complete": Source("", _POLICY),
    "ladder.fallback": Source("", _POLICY),
    "ladder.no-fallback": Source("CDC arts. 42, 71", _CAUTIOUS),
    "ladder.outreach-open": Source("CDC arts. 42, 71", _CAUTIOUS),
    "ladder.superseded": Source("CDC arts. 42, 71", _CAUTIOUS),
    "ladder.no-window-left": Source("CDC arts. 42, 71", _CAUTIOUS),
    "ladder.minimum-gap": Source("", _POLICY),
    "scope.company-paid": Source("RN ANS 593/2023 arts. 1-3; CDC art. 42", _CONFIRMED),
    "contact.words-not-approved": Source("", _POLICY),
    "approval.words": Source("CDC arts. 42, 42-A", _CAUTIOUS),
    "approval.ladder": Source("", _POLICY),
    "approval.norms": Source("", _POLICY),
    "data.missing": Source("CDC art. 42-A; LGPD art. 6 V", _CAUTIOUS),
    "charges.multa-cap": Source("CDC art. 52 §1 (Lei 9.298/1996); RN ANS 593/2023", _CONFIRMED),
    "charges.juros-cap": Source("Decreto 22.626/1933; CTN art. 161 §1; RN ANS 593/2023", _CAUTIOUS),
    "charges.legal-rate": Source("Código Civil arts. 389, 406 (Lei 14.905/2024)", _CAUTIOUS),
    "charges.effective-due-date": Source("Lei 7.089/1983 art. 1; Código Civil art. 132 §1", _CAUTIOUS),
    "charges.operator-delay": Source("Código Civil arts. 394 a 396; RN ANS 593/2023 art. 4", _CAUTIOUS),
    "notice.scope": Source("RN ANS 593/2023 arts. 1-3", _CONFIRMED),
    "notice.act": Source("RN ANS 593/2023 (RN 617/2024), definições; art. 10", _CAUTIOUS),
    "notice.two-fees": Source("RN ANS 593/2023 art. 4 §§2, 3", _CONFIRMED),
    "notice.sixty-days": Source("Lei 9.656/1998 art. 13 par. único II", _CAUTIOUS),
    "notice.each-time": Source("RN ANS 593/2023 art. 4", _CAUTIOUS),
    "notice.content": Source("RN ANS 593/2023 art. 10; CDC art. 42-A", _CAUTIOUS),
    "notice.means-agreed": Source("RN ANS 593/2023 art. 9 §§3, 4", _CONFIRMED),
    "notice.registered-point": Source("RN ANS 593/2023 art. 8 §1", _CONFIRMED),
    "notice.proof": Source("RN ANS 593/2023 art. 8 (RN 617/2024)", _CONFIRMED),
    "notice.fiftieth-day": Source("RN ANS 593/2023 art. 4 caput, §1", _CONFIRMED),
    "notice.ten-days": Source("RN ANS 593/2023 art. 4 §§1, 6; Código Civil art. 132 §1", _CAUTIOUS),
    "notice.dispute": Source("RN ANS 593/2023 art. 4", _CONFIRMED),
    "notice.deal": Source("RN ANS 593/2023 art. 4", _CAUTIOUS),
    "notice.later-payment": Source("STJ REsp 1.995.100/GO; Código Civil art. 422", _CAUTIOUS),
    "notice.part-paid": Source("RN ANS 593/2023 arts. 4, 10; STJ REsp 2.001.686/MS", _CAUTIOUS),
    "notice.operator-fault": Source("RN ANS 593/2023 art. 4", _CAUTIOUS),
    "notice.last-day": Source("RN ANS 593/2023 art. 4 caput; CDC art. 71", _CAUTIOUS),
    "receipt.payment": Source("Código Civil arts. 319, 320; CDC arts. 6 III, 71", _CAUTIOUS),
    "receipt.undone": Source("CDC arts. 6 III, 37 §1", _CAUTIOUS),
    "receipt.too-late": Source("", _POLICY),
    "attendance.number": Source("RN ANS 623/2024; RN ANS 395/2016, anexo, para os vinte dígitos", _CAUTIOUS),
    "attendance.term": Source(
        "RN ANS 623/2024; RN ANS 483/2022; RN ANS 566/2022; Decreto 11.034/2022 arts. 12, 13; Código Civil art. 132",
        _CAUTIOUS,
    ),
    "attendance.no-pause": Source("RN ANS 623/2024", _CAUTIOUS),
    "attendance.conclusive": Source("RN ANS 623/2024", _CONFIRMED),
    "attendance.denial": Source("RN ANS 623/2024 art. 14", _CONFIRMED),
}
