"""What a group of outreach needs before it may be claimed: everything read, and the words of each mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from emdia.calendar import local_day
from emdia.compliance.approval import InForce, Matter, Pinned, in_force
from emdia.errors import Rejected
from emdia.facts import LogClass
from emdia.ladder.last_look import Go
from emdia.messages.outreach import Outreach, OutreachStatus, Target
from emdia.messages.person import PersonLog
from emdia.messages.render import render
from emdia.messages.texts import text_of
from emdia.messages.words import compose
from emdia.portfolio.case import Case, Invoice
from emdia.portfolio.contract import Channel, Contract, Operator
from emdia.portfolio.municipal import holiday_refs
from emdia.ports import KeyClass, Ledger, Mail, Pseudonyms
from emdia.state import (
    Ref,
    State,
    Subject,
    case_ref,
    contract_ref,
    in_force_ref,
    invoice_ref,
    operator_ref,
    outreach_ref,
    person_ref,
)

WORDS_UNAPPROVED = "words-unapproved"


@dataclass(frozen=True, slots=True)
class Ready:
    """An outreach that may be claimed: everything read, words made."""

    outreach: Outreach
    person: PersonLog
    case_v: int
    point: str
    mail: Mail
    look: Go
    words: Pinned


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of one operator's messages: unguessable, and without anything of the person."""

    pseudonyms: Pseudonyms
    public_url: str
    ans: str

    def unsubscribe(self, outreach: Outreach) -> str:
        """Where this outreach's channel can be stopped (functions/receive_opt_out)."""
        token = self.pseudonyms.seal_token(self.ans, f"{outreach.contract}|{outreach.channel}|{outreach.holder_key}")
        return f"{self.public_url}/u/{token}"


def read_group(keys: Sequence[tuple[str, str, str]], ledger: Ledger) -> Mapping[Ref, State]:
    """Everything a group needs: two reads, for invoices and municipality are known only from the first."""
    refs = [operator_ref(), in_force_ref()]
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
    wanted += holiday_refs([case.ibge for case in states.values() if isinstance(case, Case)])
    states.update(ledger.get(wanted))
    return states


def prepare(
    outreach: Outreach,
    case: Case,
    person: PersonLog,
    look: Go,
    states: Mapping[Ref, State],
    now: datetime,
    links: Links,
) -> Ready:
    """Make the words. Raises Rejected when something the message must say is missing; `words-unapproved`."""
    contract = states.get(contract_ref(outreach.contract))
    operator = states.get(operator_ref())
    if not isinstance(contract, Contract) or not isinstance(operator, Operator):
        raise Rejected("operator-unknown" if isinstance(contract, Contract) else "contract-unknown")
    point = contract.point(Channel.EMAIL)
    if point is None:
        raise Rejected("contact-point-absent")
    invoices = [i for i in states.values() if isinstance(i, Invoice) and i.id in look.keep]
    url = links.unsubscribe(outreach)
    view = compose(case, contract, invoices, operator, local_day(now, case.zone), url, look.keep)
    pin = approved(look.template, Channel.EMAIL, in_force(states))
    words = render(look.template, Channel.EMAIL, view, int(pin.version))
    ref = Target(links.ans, outreach.contract, outreach.id).encode()
    mail = Mail(ref, operator.mail_from, point.value, words.subject, words.text, words.html, url)
    return Ready(outreach, person, case.v, point.id, mail, look, pin)


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
