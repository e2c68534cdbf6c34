"""A bank tells of Pix it has received: each is entered or parked before the bank is told that we know."""

from dataclasses import dataclass, field

from emdia.errors import Rejected
from emdia.identity import parse_ans
from emdia.payments.ports import BankSecrets
from emdia.ports import Clock, Ledgers, Meter, Pseudonyms
from emdia.providers.pix_words import read_call
from emdia.workflows.entering import Till, enter_payments


@dataclass(frozen=True, slots=True)
class Deps:
    """What receiving needs. `certified`: no call without a certificate is heard, as on every stage but the laptop's."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    secrets: BankSecrets
    clock: Clock
    meter: Meter
    certified: bool = True


@dataclass(frozen=True, slots=True)
class BankCall:
    """A call as it came. `caller`: subject of the certificate that the gateway has verified, "" without one."""

    operator: str
    caller: str
    body: bytes = field(repr=False)


def receive_payment(call: BankCall, deps: Deps) -> int:
    """How many Pix of the call were new. They are durable when this returns.

    The path names the operator: the receiver's key is optional in what a bank sends. Raises Rejected: `bank-unknown`
    for an operator without a bank, `caller-unknown` for another certificate than the bank's, and the codes of
    providers/pix_words.py; TryLater.
    """
    try:
        access = deps.secrets.bank(parse_ans(call.operator))
    except Rejected:
        access = None
    if access is None:
        raise Rejected("bank-unknown", "/operator")
    # The trust store lets in whom an authority vouches for; many banks may be of the same one.
    if call.caller not in access.callers and (call.caller or deps.certified):
        raise Rejected("caller-unknown")
    till = Till(deps.ledgers, deps.pseudonyms, deps.clock, deps.meter)
    return enter_payments(call.operator, read_call(call.body), access.key, till)
