"""The second factor of whoever follows their attendances: a code to a point of the register, and what it opens."""

import hmac
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from emdia.errors import Halted, LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.messages.outreach import Target
from emdia.messages.ports import Sms
from emdia.portfolio.contract import Channel, Contract, Operator
from emdia.ports import Act, Ledger, Put
from emdia.protocols import tracking
from emdia.protocols.copy import spoken
from emdia.protocols.protocol import Protocol
from emdia.protocols.tracking import Challenge
from emdia.state import contract_ref, operator_ref, protocol_ref, tracking_ref
from emdia.workflows.tracking_visit import mail_of, reference, session_of

if TYPE_CHECKING:
    from emdia.workflows.track_protocol import Deps

_CODE_SECONDS = 600  # an SMS with a code that has ended must not arrive


def _whose(number: str, ledger: Ledger) -> Contract | None:
    """The contract of an attendance; None for a number of nobody, of nobody known, and of a person forgotten."""
    protocol = ledger.get([protocol_ref(number)]).get(protocol_ref(number))
    if not isinstance(protocol, Protocol) or not protocol.contract:
        return None
    try:
        contract = ledger.get([contract_ref(protocol.contract)]).get(contract_ref(protocol.contract))
    except Rejected:  # forgotten: to whoever asks, as if it had never been
        return None
    # Words of a former holder are not the present one's.
    known = isinstance(contract, Contract) and contract.holder_key == protocol.holder_key
    return contract if known and isinstance(contract, Contract) else None


def send_code(number: str, deps: "Deps") -> None:
    """Write a code to the register's e-mail address, else to its mobile number; nobody is told whether there is one."""
    ledger = deps.ledgers.of(number[:6])
    contract = _whose(number, ledger)
    if contract is None:
        return
    operator = ledger.get([operator_ref()]).get(operator_ref())
    by_sms = isinstance(operator, Operator) and operator.sms_from and contract.point(Channel.SMS)
    if contract.point(Channel.EMAIL) is None and not by_sms:
        return
    now = deps.clock.now()
    held = ledger.get([tracking_ref(contract.key)]).get(tracking_ref(contract.key))
    before = held if isinstance(held, Challenge) else None
    if not tracking.may_send(before, now):
        return
    code = tracking.code_of(deps.randomness.token(8))
    fresh = tracking.challenge(before, contract.key, _digest(contract.key, code, ledger, deps), now)
    fact = Fact("protocol.code_sent", fresh.ref, (Value("vez", fresh.sent),))
    act = Act(f"code:{contract.key}:{deps.randomness.token(8).hex()}", (Put(fresh),), (fact,))
    if not ledger.commit([act]).landed:
        return  # another click was faster: its code is on the way
    _carry(code, number, contract, operator.sms_from if isinstance(operator, Operator) else "", ledger, deps)


def _carry(code: str, number: str, contract: Contract, sender: str, ledger: Ledger, deps: "Deps") -> None:
    ref = _ref(ledger, contract, deps)
    mail, phone = contract.point(Channel.EMAIL), contract.point(Channel.SMS)
    if mail is not None:
        lines = (
            f"Seu código para acompanhar o protocolo {spoken(number)}: {code}",
            "Vale por dez minutos e uma só vez. Não conte este código a ninguém: a operadora nunca o pede.",
            "Se não foi você que pediu, ignore este e-mail.",
        )
        html = "".join(f"<p>{escape(line)}</p>" for line in lines)
        told = mail_of(ledger, contract, mail.value, f"Código {code}", "\n\n".join(lines), html, ref)
        sent = deps.mailer.send([told])[0]
    elif phone is not None:
        words = f"{code} e o seu codigo para acompanhar o atendimento. Vale 10 minutos. Nao conte a ninguem."
        sent = deps.texter.send([Sms(ref.encode(), sender, phone.value, words, _CODE_SECONDS)])[0]
    else:
        raise Halted("a code without anybody to send it to")
    deps.meter.count("TrackingCode", outcome=sent.outcome)


def _ref(ledger: Ledger, contract: Contract, deps: "Deps") -> Target:
    return reference(ledger.ans, contract.key, deps.randomness)


def _digest(contract: str, code: str, ledger: Ledger, deps: "Deps") -> str:
    return deps.pseudonyms.of(ledger.ans, "tracking-code", f"{contract}\x00{code}")


def enter(number: str, code: str, deps: "Deps") -> str | None:
    """A session, or None for a wrong code, one that has ended and a number of nobody alike."""
    ledger = deps.ledgers.of(number[:6])
    contract = _whose(number, ledger)
    if contract is None:
        return None
    held = ledger.get([tracking_ref(contract.key)]).get(tracking_ref(contract.key))
    now = deps.clock.now()
    if not isinstance(held, Challenge) or not tracking.opens(held, now):
        return None
    told = "".join(char for char in code[:40] if char.isdecimal())
    right = hmac.compare_digest(_digest(contract.key, told, ledger, deps), held.code)
    # What is not counted is not answered: a wrong code, and the one use of the right one.
    after = replace(held, used=True) if right else replace(held, tries=held.tries + 1)
    fact = Fact("protocol.code_tried", held.ref, (Value("certo", int(right)), Value("vezes", after.tries)))
    act = Act(f"code-tried:{held.contract}:{deps.randomness.token(8).hex()}", (Put(after),), (fact,))
    if not ledger.commit([act]).landed:
        raise LostRace("another try was faster")
    return session_of(contract, ledger.ans, deps.pseudonyms, now) if right else None
