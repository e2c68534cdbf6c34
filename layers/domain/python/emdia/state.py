"""What every stored thing shares: its address, its version, and the leaf it was last changed by."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from emdia.clock import instant


class AgendaKind(StrEnum):
    """The clocks of the system: one index, three kinds."""

    LADDER = "ladder"  # cases whose next step falls due
    CLOCK = "clock"  # outreach and inbox rows that must not go stale
    RETENTION = "retention"  # what has been kept long enough


@dataclass(frozen=True, slots=True)
class Ref:
    """Address of one item of one operator, without the operator: a `Ledger` adds it, and only its own.

    >>> case_ref("9f2c")
    Ref(partition='C#9f2c', sort='CASE')
    """

    partition: str
    sort: str


def case_ref(contract: str) -> Ref:
    """The hot item a case is decided from."""
    return Ref(f"C#{contract}", "CASE")


def contract_ref(contract: str) -> Ref:
    """Holder, plan, address, contact points and consents of a contract."""
    return Ref(f"C#{contract}", "CONTRACT")


def beneficiary_ref(contract: str, beneficiary: str) -> Ref:
    """One person covered by a contract."""
    return Ref(f"C#{contract}", f"BENEFICIARY#{beneficiary}")


def invoice_ref(contract: str, invoice: str) -> Ref:
    """Full story of one invoice."""
    return Ref(f"C#{contract}", f"INVOICE#{invoice}")


def stop_ref(contract: str, stop: str) -> Ref:
    """A dispute or a hold."""
    return Ref(f"C#{contract}", f"STOP#{stop}")


def stay_ref(contract: str, stay: str) -> Ref:
    """A hospital stay: its own key class, never read outside `compliance` and legal (LGPD art. 11 §5)."""
    return Ref(f"C#{contract}", f"HEALTH#{stay}")


def outreach_ref(contract: str, outreach: str) -> Ref:
    """One act of writing to a person."""
    return Ref(f"C#{contract}", f"OUTREACH#{outreach}")


def step_ref(contract: str, at: datetime) -> Ref:
    """Why a step that had come due was not taken at `at` (UTC)."""
    return Ref(f"C#{contract}", f"STEP#{instant(at)}")


def waiting_ref(contract: str, invoice: str = "") -> Ref:
    """Accepted events that wait for a contract ("") or for one of its invoices: known without a query."""
    return Ref(f"C#{contract}", f"WAIT#{invoice}")


def parked_drawer(client: str) -> str:
    """Where a client's parked events are listed.

    Addressed as a contract is, so that `Ledger.record` lists it; no pseudonym of a contract can be equal to it.
    """
    return f"parked-{client}"


PARKED_CASES = "parked.cases"  # no client's drawer can be called so: theirs begin with "parked-"


def parked_case_ref(contract: str) -> Ref:
    """Pointer to a case that waits for a person, in one drawer with the operator's others."""
    return Ref(f"C#{PARKED_CASES}", f"PARKEDCASE#{contract}")


def parked_ref(client: str, event: str) -> Ref:
    """Pointer to one parked event."""
    return Ref(f"C#{parked_drawer(client)}", f"PARKED#{event}")


def charge_ref(contract: str, invoice: str) -> Ref:
    """The newest charge of an invoice at the bank."""
    return Ref(f"C#{contract}", f"CHARGE#{invoice}")


def txid_ref(txid: str) -> Ref:
    """Which invoice a charge is for, by the name the bank knows it by; the name says nothing (payments/charge.py)."""
    return Ref(f"A#txid#{txid}", "TXID")


def payment_ref(payment: str) -> Ref:
    """One Pix, by the pseudonym of its endToEndId: whoever tells of it, in whatever order, it is one item."""
    return Ref(f"PAY#{payment}", "PAYMENT")


FLAGGED_MONEY = "payments.flagged"  # drawer; no pseudonym of a contract can be equal to it


def flag_ref(entry: str) -> Ref:
    """Money of which a person must say what becomes of it, in one drawer with the operator's other."""
    return Ref(f"C#{FLAGGED_MONEY}", f"MONEYFLAG#{entry}")


def person_ref(person: str) -> Ref:
    """Seven days of outreach to one person over all contracts, for the caps."""
    return Ref(f"P#{person}", "P")


def inbox_ref(client: str, event: str) -> Ref:
    """An ERP event as accepted or parked, with the answer given."""
    return Ref(f"IN#{client}#{event}", "IN")


def page_ref(key: str) -> Ref:
    """The page of a short message's details, by the hash of its secret."""
    return Ref(f"PAGE#{key}", "PAGE")


def pages_revoked_ref(contract: str) -> Ref:
    """Until when the pages of a contract's messages were closed by a person."""
    return Ref(f"C#{contract}", "PAGESREVOKED")


def lines_of(number: str) -> str:
    """Where the persons are listed whom we write to on a number, by its pseudonym.

    Addressed as a contract is, so that `Ledger.record` lists it; no pseudonym of a contract can be equal to it.
    """
    return f"line-{number}"


def line_ref(number: str, person: str) -> Ref:
    """One person whom we write to on a number."""
    return Ref(f"C#{lines_of(number)}", f"LINE#{person}")


def registry_ref() -> Ref:
    """How the operator's WhatsApp templates stand at Meta."""
    return Ref("OPERATOR", "WHATSAPP")


def import_ref(file: str) -> Ref:
    """How far one version of a portfolio file is."""
    return Ref(f"IM#{file}", "IMPORT")


def operator_ref() -> Ref:
    """The operator's own profile: name, CNPJ, ANS register, sender."""
    return Ref("OPERATOR", "PROFILE")


def in_force_ref() -> Ref:
    """What the operator has approved and activated: read beside its profile."""
    return Ref("OPERATOR", "INFORCE")


def approvals_drawer(matter: str) -> str:
    """Where the versions of a matter are listed; addressed as a contract is, equal to no pseudonym of one."""
    return f"approvals.{matter}"


def approval_ref(matter: str, thing: str, version: str) -> Ref:
    """One version of one thing on its way to being in force."""
    return Ref(f"C#{approvals_drawer(matter)}", f"APPROVAL#{thing}#{version}")


def municipal_holidays_ref(ibge: str) -> Ref:
    """The holidays of one municipality, as the operator told them."""
    return Ref(f"M#{ibge}", "HOLIDAYS")


def out_head_ref(contract: str) -> Ref:
    """Where a contract's events to the ERP stand."""
    return Ref(f"OUT#{contract}", "HEAD")


def out_event_ref(contract: str, sequence: int) -> Ref:
    """One event to the ERP, by its number."""
    return Ref(f"OUT#{contract}", f"EVENT#{sequence:010d}")


def out_mark_ref(contract: str, fact: str) -> Ref:
    """Which number a fact got."""
    return Ref(f"OUT#{contract}", f"MARK#{fact}")


def endpoint_ref() -> Ref:
    """Where the operator's ERP wants to be told."""
    return Ref("OPERATOR", "ENDPOINT")


def protocol_ref(number: str) -> Ref:
    """One attendance, by its twenty digits: who has the number needs no other key."""
    return Ref(f"PR#{number}", "PROTOCOL")


def interaction_ref(number: str, interaction: str) -> Ref:
    """One thing said in an attendance."""
    return Ref(f"PR#{number}", f"INTERACTION#{interaction}")


def asked_ref(key: str) -> Ref:
    """Which number an interaction got; `key` is a pseudonym of its id."""
    return Ref(f"X#{key}", "ASKED")


def rating_ref(number: str) -> Ref:
    """How the person rates an attendance."""
    return Ref(f"PR#{number}", "RATING")


def tracking_ref(contract: str) -> Ref:
    """The code that was sent to whoever wants to follow a contract's attendances."""
    return Ref(f"C#{contract}", "TRACKING")


QUEUE_SHARDS = 8  # of one operator's waiting attendances: two hundred numbers a second are no burden to any of them


def queue_partition(shard: int) -> str:
    """Where attendances that wait for a person are listed, by their nearest term."""
    return f"Q#{shard}"


def waiting_protocol_ref(number: str, due: str) -> Ref:
    """Place of one attendance in the queue; `due` is an instant as stored, so that the list is in order."""
    return Ref(queue_partition(int(number[-2:]) % QUEUE_SHARDS), f"DUE#{due}#{number}")


def contract_protocol_ref(contract: str, number: str) -> Ref:
    """Pointer from a contract to one of its attendances."""
    return Ref(f"C#{contract}", f"ATTENDANCE#{number}")


def party_ref(person: str, contract: str) -> Ref:
    """That a person is or was the holder of a contract, or covered by it."""
    return Ref(f"P#{person}", f"PARTY#{contract}")


def kept_key_ref(owner: str, subject: str) -> Ref:
    """A key that outlives what it sealed, because facts in the log are sealed under it too."""
    return Ref(f"P#{owner}", f"KEPT#{subject}")


DISPOSALS = "people.disposals"  # drawer; no pseudonym of a contract can be equal to it


def disposals_ref(run: str) -> Ref:
    """What one look at the retention clocks did and held back."""
    return Ref(f"C#{DISPOSALS}", f"DISPOSALS#{run}")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Base of every stored item.

    `v` is the version read (0: not stored yet); a commit writes `v + 1` on condition that the stored version is
    still `v`. `last` names the fact that last changed the item ("" before the first): its leaf, and the item's salt
    (aws/content.py).
    """

    v: int = 0
    last: str = ""

    @property
    def ref(self) -> Ref:
        """Where this item lives."""
        raise NotImplementedError

    @property
    def agenda(self) -> tuple[AgendaKind, datetime] | None:
        """This item's one entry in the agenda, its earliest clock (UTC); None when nothing is due."""
        return None

    @property
    def expires(self) -> datetime | None:
        """From when on (UTC) the store may delete the item by itself, with no fact; None: never.

        For what leads to others and is evidence of nothing: neither disputes nor legal holds keep it.
        """
        return None

    @property
    def weight(self) -> int:
        """Of items due at the same instant the heavier come first."""
        return 0

    @property
    def person(self) -> str:
        """Pseudonym of the person the agenda names beside the item ("" when none)."""
        return ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose key seals a value: a person's pseudonym, or `operator` for what belongs to no person."""

    id: str


OPERATOR_SUBJECT = Subject("operator")


def attendance_subject(number: str) -> Subject:
    """Whose key seals what is said in an attendance while nobody is known."""
    return Subject(f"atendimento:{number}")
