"""One Pix on its way into the books: what is held of it, why it cannot be entered, and the items that keep it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emdia.calendar import local_day
from emdia.facts import Fact, Value
from emdia.money import Centavos
from emdia.payments.charge import ChargeName
from emdia.payments.payment import Payment, PaymentStatus
from emdia.payments.ports import Received
from emdia.portfolio.contract import AsOf
from emdia.portfolio.received import Flag, MoneyFlag, MoneyTold
from emdia.ports import Act, Change, Put, Remove
from emdia.state import Ref, State, flag_ref, payment_ref
from emdia.workflows.acts import command

_BANKS_ZONE = "America/Sao_Paulo"  # whose days the Pix counts


@dataclass(frozen=True, slots=True)
class Place:
    """The invoice a payment is for."""

    contract: str
    invoice: str
    name: ChargeName | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One payment with what is held of it, and why it cannot be entered ("" when it can)."""

    id: str
    told: Received
    held: Payment | None
    place: Place | None
    why: str

    @property
    def known(self) -> bool:
        """Whether it is parked already, and nothing went back since."""
        held = self.held
        return held is not None and held.status is PaymentStatus.PARKED and held.returned >= self.told.returned


def unreadable(one: Due) -> Due:
    """It is for a contract that was forgotten: the money is there all the same."""
    return replace(one, why=Flag.UNREADABLE)


def told_of(contract: str, one: Due) -> MoneyTold:
    """The bank's word of it, as the contract's items hear it."""
    left = Centavos(one.told.amount - one.told.returned)
    name = one.place.name if one.place else None
    return MoneyTold(
        key=("bank", one.id),
        type="pix",
        contract=contract,
        as_of=AsOf(0, one.told.at),
        invoice=one.place.invoice if one.place else "",
        payment=one.id,
        end_to_end_id=one.told.id,
        paid_at=one.told.at,
        amount=left or one.told.amount,
        reversed=not left,
        quoted_on=name.quoted_on if name else None,
    )


def parked(one: Due, states: Mapping[Ref, State]) -> Act:
    """Kept where a person sees it; what has gone back whole is nobody's question any more."""
    left = one.told.amount - one.told.returned
    held = states.get(flag_ref(one.id))
    flag = MoneyFlag(
        v=held.v if held else 0,
        last=held.last if held else "",
        entry=one.id,
        contract="",
        invoice="",
        reason=Flag(one.why),
        amount=Centavos(left),
        on=local_day(one.told.at, _BANKS_ZONE),
    )
    changes: list[Change] = [Put(payment_of(one, PaymentStatus.PARKED, ""))]
    if left:
        changes.append(Put(flag))
    elif held is not None:
        changes.append(Remove(held.ref, held.v, held.last))
    values: dict[str, str | int] = {
        "motivo": one.why,
        "valor": int(one.told.amount),
        "devolvido": int(one.told.returned),
        "pix": one.told.id,
    }
    fact = Fact("payment.parked", payment_ref(one.id), tuple(Value(name, value) for name, value in values.items()))
    return Act(command_of("park", [one]), tuple(changes), (fact,))


def payment_of(one: Due, status: PaymentStatus, holder: str) -> Payment:
    """The item that keeps it; `holder` is whose key seals it, "" while nobody knows."""
    held, entered = one.held, status is PaymentStatus.ENTERED and one.place is not None
    return Payment(
        v=held.v if held else 0,
        last=held.last if held else "",
        id=one.id,
        end_to_end_id=one.told.id,
        txid=one.told.txid,
        amount=one.told.amount,
        at=one.told.at,
        status=status,
        returned=one.told.returned,
        contract=one.place.contract if entered and one.place else "",
        invoice=one.place.invoice if entered and one.place else "",
        holder_key=holder,
    )


def command_of(verb: str, some: Sequence[Due]) -> str:
    """The same payments in the same state are the same command."""
    return command(f"pix-{verb}", *(f"{one.id}/{one.held.v if one.held else 0}/{one.told.returned}" for one in some))
