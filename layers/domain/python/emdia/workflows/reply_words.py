"""The words of an answer: the script's, filled in with the attendance's number, its term and the link to pay."""

from dataclasses import dataclass
from datetime import date, timedelta

from emdia.calendar import local_day
from emdia.messages import gsm7
from emdia.messages.answer import ACKNOWLEDGED, NUMBER, OPTED_OUT
from emdia.messages.bot.converse import Effect, Turn, Waiting
from emdia.messages.bot.words import answer_words
from emdia.messages.outreach import Outreach
from emdia.messages.page import SECRET, Page, fresh_page
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Channel
from emdia.ports import Ledger
from emdia.protocols.deadlines import Demand, Seat, clocks_of
from emdia.protocols.protocol import Medium, Protocol
from emdia.state import case_ref, outreach_ref
from emdia.workflows.attendance import seat_of
from emdia.workflows.reply_hearing import Deps, Hearing

# What waits for people is not talked over: a message that the bot cannot settle is kept, and no more is promised.
_SETTLES = frozenset({"segunda_via", "ciente", "recebido"})


@dataclass(frozen=True, slots=True)
class Said:
    """`words` as they are sent ("": nothing is), by `medium`; `pages` must be stored with them.

    `served`: whether all that the bot can give was there to be given; else people give it.
    """

    words: str
    medium: Medium
    pages: tuple[Page, ...] = ()
    served: bool = True


def said_to(turn: Turn, hearing: Hearing, protocol: Protocol, road: Channel, ledger: Ledger, deps: Deps) -> Said:
    """What is answered to `turn` by the channel `road`."""
    medium = Medium(road)
    if hearing.script is None:
        return Said(_plain(turn, hearing, protocol, road), medium)
    if protocol.human_asked_at is not None and _only_talk(turn):
        return Said("", medium)
    replies = turn.replies
    link, served = "", True
    pages: tuple[Page, ...] = ()
    if "segunda_via" in replies:
        made = _link(hearing, ledger, deps)
        served = made is not None
        if made is None:
            replies = tuple(dict.fromkeys("humano" if one == "segunda_via" else one for one in replies))
        else:
            link, pages = made[0], (made[1],)
    told = {
        "protocolo": protocol.number,
        "prazo": f"{_last_day(protocol, seat_of(ledger)):%d/%m/%Y}",
        "telefone": hearing.operator.phone,
        "operadora": hearing.operator.short_name or hearing.operator.name,
        "link": link,
    }
    return Said(answer_words(replies, told, road, hearing.script), medium, pages, served)


def _plain(turn: Turn, hearing: Hearing, protocol: Protocol, road: Channel) -> str:
    words = OPTED_OUT if Effect.OPT_OUT in turn.effects else ACKNOWLEDGED.format(phone=hearing.operator.phone)
    whole = f"{NUMBER.format(number=protocol.number)} {words}"
    return gsm7.plain(whole) if road is Channel.SMS else whole


def _only_talk(turn: Turn) -> bool:
    """Whether nothing follows from it but that people will read it."""
    wished = _SETTLES & set(turn.replies)
    return not wished and set(turn.effects) <= {Effect.HAND_OVER} and turn.state.waiting is not Waiting.CONFIRMATION


def _last_day(protocol: Protocol, seat: Seat) -> date:
    """The last local day of the nearest term. What nobody has classed may be about care: its term is the shorter."""
    due = protocol.due
    if due is None:
        demands = (Demand.ASSISTENTIAL, Demand.NON_ASSISTENTIAL)
        due = min(clock.due for one in demands for clock in clocks_of(one, protocol.opened_at, seat))
    return local_day(due - timedelta(seconds=1), seat.zone)


def _link(hearing: Hearing, ledger: Ledger, deps: Deps) -> tuple[str, Page] | None:
    """A page of what the newest message named; None when nothing was ever written to the person's contract."""
    if hearing.line is None:
        return None
    ref = case_ref(hearing.line.contract)
    case = ledger.get([ref]).get(ref)
    if not isinstance(case, Case) or not case.last_outreach or case.holder_key != hearing.line.holder_key:
        return None
    newest = outreach_ref(case.contract, case.last_outreach)
    outreach = ledger.get([newest]).get(newest)
    if not isinstance(outreach, Outreach):
        return None
    token, page = fresh_page(ledger.ans, outreach, deps.randomness.token(SECRET), hearing.now)
    return f"{deps.public_url}/p/{token}", page
