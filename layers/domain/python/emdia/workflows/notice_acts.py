"""What a notice's drafting, sending and end change, and the facts that say so. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.compliance.norms import edition
from emdia.compliance.notice_file import NoticeFile
from emdia.compliance.notice_need import Need
from emdia.compliance.notice_record import NoticeGap, NoticeRecord, Shown, Try, notice_id
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.messages.notice_words import TEXT, digest
from emdia.messages.transitions import Move
from emdia.portfolio.document import Kept
from emdia.ports import Act, Change, Check, Put, Remove
from emdia.state import State, Subject


def drafted(
    file: NoticeFile,
    need: Need,
    ans: str,
    now: datetime,
    pay_by: date,
    words: Kept,
    due: datetime,
    gap: NoticeGap | None,
) -> Act:
    """The notice exists from here on. The case is checked: money that came meanwhile makes the draft untrue."""
    case = file.case
    today = local_day(now, case.zone)
    record = NoticeRecord(
        contract=case.contract,
        id=notice_id(ans, case.contract, need.fees, today),
        holder_key=case.holder_key,
        fees=need.fees,
        consequence=need.consequence,
        words=words,
        issued_on=today,
        drafted_at=now,
        pay_by=pay_by,
        last_sending=need.last_sending,
        due=due,
    )
    told = {
        "regra": need.rule,
        "normas": edition(),
        "faturas": ",".join(need.fees),
        "consequencia": str(need.consequence),
        "modelo": TEXT,
        "modelo_resumo": digest(),
        "resumo": words.sha256,
        "ate": record.pay_by.isoformat(),
    }
    mended = (Remove(gap.ref, gap.v, gap.last),) if gap is not None else ()
    changes = (Check(case.ref, case.v), Put(record), *mended)
    return Act(f"notice:{record.id}", changes, (fact("notice.drafted", record, told),))


def served(
    record: NoticeRecord, tried: Try, move: Move, beside: Iterable[State], case: Check, due: datetime, token: str
) -> Act:
    """The claim of one sending, with the record that it was tried: they land together or not at all.

    `beside`: what the message refers to, its page and the line of its number.
    """
    sent = replace(record, tries=(*record.tries, tried), due=due)
    told = {
        "meio": str(tried.means),
        "contato": tried.outreach,
        "ponto": tried.point,
        "previsto_no_contrato": "sim" if tried.listed else "não",
    }
    changes: tuple[Change, ...] = (case, *map(Put, (*move.states, *beside)), Put(sent))
    return Act(f"serve:{record.id}:{token}", changes, (move.fact, fact("notice.served", record, told)))


def later(record: NoticeRecord, until: datetime, rule: str) -> Act:
    """Not now: looked at again at `until` (UTC)."""
    moved = replace(record, due=until)
    told = {"regra": rule, "ate": instant(until)}
    return Act(f"notice-later:{record.id}:{record.v}", (Put(moved),), (fact("notice.deferred", record, told),))


def rested(record: NoticeRecord, kind: str, rule: str, status: str = "", under: Subject | None = None) -> Act:
    """Nothing more is due on it by itself: ended, held, proved or without a means left.

    `under` seals the fact where the holder's own key may be gone.
    """
    told = {"regra": rule} | ({"situacao": status} if status else {})
    act = f"{kind}:{record.id}:{record.v}"
    return Act(act, (Put(replace(record, due=None)),), (fact(kind, record, told, under),))


def shown(record: NoticeRecord, outreach: str, proof: Shown) -> tuple[Put, Fact]:
    """The sending `outreach` is proved by `proof`: nothing more is due, and the fact that says so."""
    (tried,) = (one for one in record.tries if one.outreach == outreach)
    proved = replace(tried, shown=(*tried.shown, proof))
    tries = tuple(proved if one is tried else one for one in record.tries)
    told = {
        "meio": str(tried.means),
        "prova": str(proof.kind),
        "contato": outreach,
        "arquivo": proof.file.ref,
        "resumo": proof.file.sha256,
    }
    return Put(replace(record, tries=tries, due=None)), fact("notice.shown", record, told)


def parked(contract: str, refused: Rejected, gap: NoticeGap | None, now: datetime) -> Act | None:
    """Leave it to a person; None when it is listed already for the same reason."""
    if gap is not None and (gap.reason, gap.pointer) == (refused.code, refused.pointer):
        return None
    new = NoticeGap(contract=contract, reason=refused.code, pointer=refused.pointer, since=now)
    listed = new if gap is None else replace(gap, reason=refused.code, pointer=refused.pointer, since=now)
    # Under the operator's key: the person's may be gone, and that may be the very reason.
    told = Fact("notice.parked", new.ref, (Value("regra", refused.code), Value("campo", refused.pointer)))
    return Act(f"notice-park:{contract}:{listed.v}", (Put(listed),), (told,))


def fact(kind: str, record: NoticeRecord, told: Mapping[str, str], under: Subject | None = None) -> Fact:
    """A fact about the notice, sealed under the holder's key, or that of `under`."""
    holder = under or Subject(record.holder_key)
    return Fact(kind, record.ref, tuple(Value(name, value, holder) for name, value in told.items()))
