"""Which members of a state stay in clear, and under whose key all others are sealed."""

from dataclasses import dataclass

from emdia.aws.keyring import Wanted
from emdia.compliance.approval import Approval
from emdia.facts import LogClass
from emdia.payments.payment import Payment
from emdia.people.erasure import Erasure, LegalHold
from emdia.portfolio.case import Invoice, StopKind, StopRecord
from emdia.portfolio.contract import Beneficiary, Contract
from emdia.portfolio.inbox import InboxEvent
from emdia.ports import KeyClass
from emdia.protocols.protocol import Interaction
from emdia.state import OPERATOR_SUBJECT, State, Subject


@dataclass(frozen=True, slots=True)
class Sealing:
    """Which members of a state stay in clear, and under whose key all others are sealed.

    A member added tomorrow is sealed until somebody decides otherwise here.
    """

    clear: frozenset[str]
    under: Wanted


_CONTRACT = frozenset({"key", "holder_key", "as_of", "points_as_of"})
_BENEFICIARY = frozenset({"contract", "key", "as_of"})
_INVOICE = frozenset(
    {
        "contract", "id", "holder_key", "reference", "due_on", "amount", "status", "paid_at", "paid_amount",
        "as_of", "closed_as_of", "entries",
    }
)  # fmt: skip
_PAYMENT = frozenset({"id", "txid", "amount", "at", "status", "returned", "contract", "invoice", "holder_key"})
_STOP = frozenset({"contract", "id", "holder_key", "kind", "active", "invoices", "until", "as_of"})
# That a person is in hospital, since when and for which invoices it counts: all of it is health data.
_STAY = frozenset({"contract", "id", "holder_key", "kind"})
_INTERACTION = frozenset({"number", "id", "sequence", "at", "medium", "speaker", "under", "internal"})
# Not the event's kind: beside the contract's pseudonym a hospital stay would stand in clear.
_INBOX = frozenset(
    {
        "client", "id", "status", "digest", "received_at", "key_month", "contract", "reason", "pointer",
        "due",
    }
)  # fmt: skip
_OPERATOR = (OPERATOR_SUBJECT, KeyClass.CADASTRO)

# Who of the staff wrote, approved or refused it is sealed.
_APPROVAL = frozenset({"matter", "id", "version", "digest", "evidence", "standing", "at"})


def sealing_of(state: State) -> Sealing | None:  # noqa: C901, PLR0911  one line per type is how it reads best
    """What of `state` is sealed; None for states that hold ids, amounts and instants only."""
    match state:
        case Contract():
            return Sealing(_CONTRACT, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Beneficiary():
            return Sealing(_BENEFICIARY, (Subject(state.key), KeyClass.CADASTRO))
        case Invoice():
            return Sealing(_INVOICE, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Payment():
            # Of a Pix that names nobody's charge nobody is known: it is the operator's to find out.
            return Sealing(_PAYMENT, (Subject(state.holder_key or OPERATOR_SUBJECT.id), KeyClass.CADASTRO))
        case StopRecord(kind=StopKind.PROTECTIVE):
            return Sealing(_STAY, (Subject(state.holder_key), KeyClass.SAUDE))
        case StopRecord():
            return Sealing(_STOP, (Subject(state.holder_key), KeyClass.CADASTRO))
        case Interaction():
            return Sealing(_INTERACTION, (Subject(state.under), LogClass.ATENDIMENTO))
        case InboxEvent():
            return Sealing(_INBOX, (Subject(f"inbox:{state.client}:{state.key_month}"), KeyClass.ENTRADA))
        # Who of the staff asked, approved or placed it, and the reason in their words.
        case Erasure():
            return Sealing(frozenset({"id", "person", "classes", "status", "done_at"}), _OPERATOR)
        case LegalHold():
            return Sealing(frozenset({"person", "active"}), _OPERATOR)
        case Approval():
            return Sealing(_APPROVAL, (OPERATOR_SUBJECT, KeyClass.CADASTRO))
        case _:
            return None
