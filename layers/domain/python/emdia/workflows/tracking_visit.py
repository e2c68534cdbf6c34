"""One visit of somebody who follows their attendances: what the code opened, and what every page of it needs."""

from dataclasses import dataclass, field
from datetime import datetime

from emdia.clock import instant, parse_instant
from emdia.compliance.municipality import zone_of
from emdia.errors import Halted, Rejected
from emdia.facts import Fact, Value
from emdia.messages.line import ANSWER
from emdia.messages.outreach import Target
from emdia.messages.ports import Mail
from emdia.portfolio.contract import Contract, Operator
from emdia.ports import Ledger, Ledgers, Pseudonyms, Randomness, Seals, Seen
from emdia.protocols.authenticity import mark, vouch
from emdia.protocols.copy import Copy, copy_of
from emdia.protocols.number import BRASILIA
from emdia.protocols.protocol import Interaction, Protocol
from emdia.protocols.tracking import SESSION
from emdia.state import Ref, contract_ref, operator_ref
from emdia.workflows.acts import command

PERSON = "titular"  # as who acts, in facts
_KIND = "acompanhar"  # of a token of ours: those in messages open nothing here


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that holds: whose it is, and by which clocks they are told."""

    session: str = field(repr=False)
    ledger: Ledger
    operator: Operator
    contract: Contract
    zone: str


def session_of(contract: Contract, ans: str, pseudonyms: Pseudonyms, now: datetime) -> str:
    """What the pages of this visit carry: pseudonyms and an end, made by us alone."""
    return pseudonyms.seal_token(ans, "|".join((_KIND, contract.key, contract.holder_key, instant(now + SESSION))))


def visit_of(session: str, ledgers: Ledgers, pseudonyms: Pseudonyms, now: datetime) -> Visit:
    """Raises Rejected `token-invalid` for what is no session, has ended, or is of a former holder; TryLater."""
    ans, text = pseudonyms.open_token(session)
    kind, *names = text.split("|")
    if kind != _KIND or len(names) != 3 or now >= parse_instant(names[2]):
        raise Rejected("token-invalid")
    ledger = ledgers.of(ans)
    refs = [contract_ref(names[0]), operator_ref()]
    states = ledger.get(refs)
    contract, operator = (states.get(ref) for ref in refs)
    if not isinstance(contract, Contract) or not isinstance(operator, Operator) or contract.holder_key != names[1]:
        raise Rejected("token-invalid")
    return Visit(session, ledger, operator, contract, zone_of(operator.seat) if operator.seat else BRASILIA)


def seen(visit: Visit, about: Ref, page: str, now: datetime) -> Seen:
    """Whoever looks is seen first, the person too. Raises TryLater: then nothing is shown."""
    fact = Fact("protocol.viewed", about, (Value("ator", PERSON), Value("tela", page)))
    return visit.ledger.witness([fact], command("followed", about.partition, page, instant(now)))


def copy_for(visit: Visit, protocol: Protocol, seals: Seals) -> Copy:
    """The copy of one attendance, its mark signed. Raises Halted; TryLater."""
    lines = [one for one in visit.ledger.listed(f"PR#{protocol.number}", 0) if isinstance(one, Interaction)]
    vouched = vouch(protocol.number, protocol.opened_at)
    signed = mark(vouched, seals.sign(visit.ledger.ans, vouched.signed))
    return copy_of(protocol, lines, visit.operator, visit.zone, signed)


def reference(ans: str, contract: str, randomness: Randomness) -> Target:
    """What the provider echoes of a mail that nothing depends on."""
    return Target(ans, contract, f"{ANSWER}{randomness.token(8).hex()}")


def mail_of(ledger: Ledger, contract: Contract, to: str, subject: str, text: str, html: str, ref: Target) -> Mail:
    """A mail that somebody asked for: no outreach, so that no cap counts it and nothing can be unsubscribed from."""
    operator = ledger.get([operator_ref()]).get(operator_ref())
    if not isinstance(operator, Operator):
        raise Halted(f"contract {contract.key} has no operator")
    return Mail(ref.encode(), operator.mail_from, to, subject, text, html, "")
