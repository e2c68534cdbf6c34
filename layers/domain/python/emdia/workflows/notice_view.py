"""What one contract's notice is decided from, read in two requests, and how what follows is committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from emdia.compliance.notice_days import last_sending_now
from emdia.compliance.notice_file import NoticeFile, read_file, rest
from emdia.compliance.notice_record import NoticeGap, NoticeRecord, notice_gap_ref
from emdia.compliance.windows import next_open
from emdia.errors import LostRace
from emdia.facts import LogClass
from emdia.messages.person import PersonLog, log_of
from emdia.messages.ports import Sender
from emdia.portfolio.contract import Channel, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import (
    Act,
    Clock,
    Documents,
    KeyClass,
    Ledger,
    Ledgers,
    Meter,
    Pseudonyms,
    Randomness,
    Stopwatch,
)
from emdia.state import Ref, State, Subject, in_force_ref, operator_ref, person_ref


@dataclass(frozen=True, slots=True)
class Deps:
    """What serving notices needs. `public_url` is the base of the links in a message."""

    ledgers: Ledgers
    documents: Documents
    senders: Mapping[Channel, Sender[Any]]
    pseudonyms: Pseudonyms
    randomness: Randomness
    clock: Clock
    stopwatch: Stopwatch
    meter: Meter
    public_url: str


@dataclass(frozen=True, slots=True)
class View:
    """What one contract's notice is decided from."""

    file: NoticeFile
    operator: Operator | None
    person: PersonLog
    gap: NoticeGap | None
    states: Mapping[Ref, State]
    now: datetime


def read_view(contract: str, holder: str, ledger: Ledger, deps: Deps) -> View:
    """Everything a notice of the contract needs, as of now. Raises Rejected `contract-unknown`, `subject-forgotten`."""
    now = deps.clock.now()
    file = read_file(ledger.record(contract))
    subject = Subject(holder)
    refs = [operator_ref(), in_force_ref(), person_ref(file.case.holder_key), notice_gap_ref(contract)]
    keys = [(subject, KeyClass.CADASTRO), (subject, LogClass.CONTATO)]
    states = ledger.get([*refs, *holiday_refs([file.case.ibge])], keys)
    file = rest(file, holidays_of(file.case.ibge, states))
    operator, gap = states.get(operator_ref()), states.get(notice_gap_ref(contract))
    return View(
        file,
        operator if isinstance(operator, Operator) else None,
        log_of(file.case.holder_key, states.get(person_ref(file.case.holder_key))),
        gap if isinstance(gap, NoticeGap) else None,
        states,
        now,
    )


def opens(view: View, at: datetime, channel: Channel = Channel.EMAIL) -> datetime:
    """The first lawful moment to send on `channel` from `at` on; by the clock of the address where none is named."""
    case = view.file.case
    days = holidays_of(case.ibge, view.states)
    return next_open(at, case.zone, channel, case.uf, case.clocks_beside(channel), days)


def last_sending(record: NoticeRecord, view: View) -> date:
    """The last local day on which the notice may leave in time, by the holidays known today."""
    arrears = view.file.arrears
    (oldest, *_) = arrears.named(record.fees)
    return last_sending_now(record.last_sending, oldest.due_on, arrears.uf, arrears.resting)


def commit(act: Act, ledger: Ledger) -> Mapping[Ref, State]:
    """Land one act. Raises LostRace when somebody else was first."""
    done = ledger.commit([act])
    if done.lost:
        raise LostRace("the contract changed meanwhile")
    return done.states
