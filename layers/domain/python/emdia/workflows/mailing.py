"""What a group of outreach needs before it may be claimed: everything read, and the words of each message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from emdia.calendar import local_day
from emdia.compliance.approval import InForce, Matter, Pinned, in_force
from emdia.compliance.windows import closes_at
from emdia.errors import Rejected
from emdia.facts import LogClass
from emdia.ladder.last_look import Go
from emdia.messages.letter import Letter, address_lines, sender_of
from emdia.messages.letter_page import draw
from emdia.messages.line import Line
from emdia.messages.outreach import Outreach, OutreachStatus, Target
from emdia.messages.page import SECRET, Page, fresh_page
from emdia.messages.person import PersonLog
from emdia.messages.ports import Chat, Mail, Message, Paper, Sms
from emdia.messages.print_job import reference_of, run_of
from emdia.messages.registry import LANGUAGE, Registry
from emdia.messages.render import registered_name, render
from emdia.messages.texts import text_of
from emdia.messages.words import View, compose
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Channel, ContactPoint, Contract, Operator
from emdia.portfolio.municipal import holiday_refs, holidays_of
from emdia.ports import KeyClass, Ledger, Pseudonyms, Randomness
from emdia.state import (
    Ref,
    State,
    Subject,
    case_ref,
    contract_ref,
    in_force_ref,
    invoice_ref,
    line_ref,
    operator_ref,
    outreach_ref,
    person_ref,
    registry_ref,
)

# Channels whose messages leave the details to a page of their own.
_SHORT = frozenset({Channel.SMS, Channel.WHATSAPP})
# Taken off an SMS's life: a phone must not ring in the very minute its window closes.
_MARGIN = timedelta(minutes=1)

# Why a message cannot be made: nobody approved its words, or Meta does not let them out.
WORDS_UNAPPROVED, WORDS_BARRED = "words-unapproved", "words-barred"


@dataclass(frozen=True, slots=True)
class Ready:
    """An outreach that may be claimed: everything read, words made. `page` is new, or None without one.

    `life` is the time after which the provider gives the message up.
    """

    outreach: Outreach
    person: PersonLog
    case_v: int
    point: str
    message: Message
    look: Go
    words: Pinned
    page: Page | None
    line: Line | None  # new, or told anew: whom we write to on the number
    life: timedelta


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of one operator's messages: unguessable, and without anything of the person."""

    pseudonyms: Pseudonyms
    randomness: Randomness
    public_url: str
    ans: str

    def unsubscribe(self, outreach: Outreach) -> str:
        """Where this outreach's channel can be stopped (functions/receive_opt_out)."""
        token = self.pseudonyms.seal_token(self.ans, f"{outreach.contract}|{outreach.channel}|{outreach.holder_key}")
        return f"{self.public_url}/u/{token}"

    def number(self, phone: str) -> str:
        """The pseudonym of a telephone, by which its owner is found when they write."""
        return self.pseudonyms.of(self.ans, "phone", phone)

    def details(self, outreach: Outreach, now: datetime) -> tuple[str, Page]:
        """Where the details of this outreach can be read (functions/show_debt), and the item that remembers it."""
        token, page = fresh_page(self.ans, outreach, self.randomness.token(SECRET), now)
        return f"{self.public_url}/p/{token}", page


def read_group(
    keys: Sequence[tuple[str, str, str]], ledger: Ledger, number: Callable[[str], str]
) -> Mapping[Ref, State]:
    """Everything a group needs: two reads, for invoices, numbers and municipality are known only from the first.

    `number` gives the pseudonym of a telephone.
    """
    refs = [operator_ref(), in_force_ref(), registry_ref()]
    for contract, outreach, person in keys:
        refs += [outreach_ref(contract, outreach), case_ref(contract), contract_ref(contract), person_ref(person)]
    sealed = [(Subject(p), c) for _, _, p in keys for c in (KeyClass.CADASTRO, LogClass.CONTATO)]
    states = dict(ledger.get(refs, sealed))
    wanted = [
        invoice_ref(o.contract, invoice)
        for o in states.values()
        if isinstance(o, Outreach) and o.status is OutreachStatus.QUEUED
        for invoice in o.invoices
    ]
    wanted += [line_ref(*line) for line in _lines(states, number)]
    wanted += holiday_refs([case.ibge for case in states.values() if isinstance(case, Case)])
    states.update(ledger.get(wanted))
    return states


def _lines(states: Mapping[Ref, State], number: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """The lines that the group's short messages will use: pseudonym of the number, and person."""
    for outreach in states.values():
        if isinstance(outreach, Outreach) and outreach.channel in _SHORT:
            contract = states.get(contract_ref(outreach.contract))
            point = contract.point(outreach.channel) if isinstance(contract, Contract) else None
            if point is not None:
                yield number(point.value), outreach.holder_key


def prepare(
    outreach: Outreach,
    case: Case,
    person: PersonLog,
    look: Go,
    states: Mapping[Ref, State],
    now: datetime,
    links: Links,
) -> Ready:
    """Make the words.

    Raises Rejected when something the message must say is missing; `words-unapproved`; `words-barred` when Meta lets no
    such message out.
    """
    channel = outreach.channel
    contract, operator, point = _whom(outreach, states)
    invoices = [i for i in states.values() if isinstance(i, Invoice) and i.id in look.keep]
    pin = approved(look.template, channel, in_force(states))
    stop = links.unsubscribe(outreach) if channel is Channel.EMAIL else ""
    url, page = links.details(outreach, now) if channel in _SHORT else ("", None)
    resting = holidays_of(case.ibge, states)
    view = compose(case, contract, invoices, operator, local_day(now, case.zone), stop, look.keep, url, resting=resting)
    where = (case.zone, channel, case.uf, case.clocks_beside(channel), resting)
    life = max(timedelta(0), closes_at(now, *where) - now - _MARGIN) if channel is Channel.SMS else timedelta(0)
    ref = Target(links.ans, outreach.contract, outreach.id).encode()
    if channel is Channel.LETTER:
        message: Message = _letter(look.template, pin, view, outreach, contract, operator, ref, now)
    elif channel is Channel.WHATSAPP:
        message = _chat(look.template, pin, view, ref, operator, point, states.get(registry_ref()))
    else:
        message = _message(look.template, channel, pin, view, ref, operator, point, life)
    line = _line(outreach, links.number(point.value), states) if channel in _SHORT else None
    return Ready(outreach, person, case.v, point.id, message, look, pin, page, line, life)


def _line(outreach: Outreach, number: str, states: Mapping[Ref, State]) -> Line | None:
    """The line to remember, None when it is remembered as it is."""
    held = states.get(line_ref(number, outreach.holder_key))
    if not isinstance(held, Line):
        return Line(key=number, holder_key=outreach.holder_key, contract=outreach.contract)
    return None if held.contract == outreach.contract else replace(held, contract=outreach.contract)


def _whom(outreach: Outreach, states: Mapping[Ref, State]) -> tuple[Contract, Operator, ContactPoint]:
    contract = states.get(contract_ref(outreach.contract))
    operator = states.get(operator_ref())
    if not isinstance(contract, Contract) or not isinstance(operator, Operator):
        raise Rejected("operator-unknown" if isinstance(contract, Contract) else "contract-unknown")
    point = contract.point(outreach.channel)
    if point is None:
        raise Rejected("contact-point-absent")
    if outreach.channel not in operator.channels:
        raise Rejected("sender-absent")
    return contract, operator, point


def _message(
    template: str,
    channel: Channel,
    pin: Pinned,
    view: View,
    ref: str,
    operator: Operator,
    point: ContactPoint,
    life: timedelta,
) -> Message:
    """The words in the shape that the channel's sender takes."""
    words = render(template, channel, view, int(pin.version))
    if channel is Channel.SMS:
        return Sms(ref, operator.sms_from, point.value, words.text, int(life.total_seconds()))
    stop = view.unsubscribe_url
    return Mail(ref, operator.mail_from, point.value, words.subject, words.text, words.html, stop)


def _letter(
    template: str,
    pin: Pinned,
    view: View,
    outreach: Outreach,
    contract: Contract,
    operator: Operator,
    ref: str,
    now: datetime,
) -> Paper:
    """The text drawn for its window. Raises Rejected `address-incomplete`, `address-too-long`, `letter-unprintable`."""
    words = render(template, Channel.LETTER, view, int(pin.version))
    sheet = Letter(
        reference=reference_of(run_of(now), outreach.id),
        sender=sender_of(operator, view.operator.cnpj),
        address=address_lines(contract.holder.name, contract.address),
        place_and_date=view.today,
        subject=words.subject,
        body=tuple(line for line in words.text.splitlines() if line.strip()),
    )
    told = (words.subject, words.text, outreach.holder_key, run_of(now))
    return Paper(ref, operator.name, contract.address.postal_code, *told, registered=False, sheet=draw(sheet))


def _chat(
    template: str, pin: Pinned, view: View, ref: str, operator: Operator, point: ContactPoint, registry: State | None
) -> Chat:
    """A template message, of a template that Meta lets out."""
    name = registered_name(text_of(template, Channel.WHATSAPP, int(pin.version)))
    if not isinstance(registry, Registry) or not registry.usable(name):
        raise Rejected(WORDS_BARRED)
    words = render(template, Channel.WHATSAPP, view, int(pin.version))
    told = (name, LANGUAGE, words.parameters, words.button, words.text)
    return Chat(ref, operator.whatsapp_from, point.value, *told)


def approved(template: str, channel: Channel, force: InForce) -> Pinned:
    """The version of a text that may be sent: in force, and in this release as it was when it was approved.

    Raises Rejected `words-unapproved`.
    """
    pin = force.version(Matter.WORDS, f"{template}/{channel}")
    try:
        if pin is not None and text_of(template, channel, int(pin.version)).digest == pin.digest:
            return pin
    except Rejected:
        pass  # the approved version is not in this release: as good as none
    raise Rejected(WORDS_UNAPPROVED)
