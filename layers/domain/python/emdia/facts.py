"""Every kind of thing that can happen, in one table: read this first and you know the system.

A fact is written in the same transaction as the state change it describes, or before the data it
shows. Its personal values are sealed under its subjects' keys; what stays in clear is its id, kind and
moment. The table says of each kind: the log it belongs to (which fixes retention), whether the ERP is
told, and which of its values the lake keeps (never a direct identifier).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from emdia.state import OPERATOR_SUBJECT, Ref, Subject


class LogClass(StrEnum):
    """One log per class, operator and year."""

    CONTATO = "contato"
    ACORDO = "acordo"  # reserved for deals, with retention of its own; the ERP's word of a deal or promise is OPERACAO
    ATENDIMENTO = "atendimento"
    ACESSO = "acesso"
    OPERACAO = "operacao"


@dataclass(frozen=True, slots=True)
class FactKind:
    """A row of the table."""

    name: str
    log: LogClass
    to_erp: bool = False
    lake: tuple[str, ...] = ()


def _table(*kinds: FactKind) -> Mapping[str, FactKind]:
    return {kind.name: kind for kind in kinds}


CONTINUED = "log.continued"
_CONTACT_LAKE = ("canal", "regra", "degrau")

KINDS: Mapping[str, FactKind] = _table(
    # The ERP speaks.
    FactKind("erp.event.accepted", LogClass.OPERACAO, lake=("tipo",)),
    FactKind("erp.event.parked", LogClass.OPERACAO, to_erp=True, lake=("tipo", "regra")),
    FactKind("erp.event.edited", LogClass.OPERACAO),
    FactKind("erp.event.replayed", LogClass.OPERACAO),
    FactKind("erp.event.discarded", LogClass.OPERACAO),
    FactKind("erp.event.waiting", LogClass.OPERACAO, lake=("tipo",)),
    FactKind("erp.event.superseded", LogClass.OPERACAO, lake=("tipo",)),
    FactKind("contract.recorded", LogClass.OPERACAO),
    FactKind("contact_points.recorded", LogClass.OPERACAO),
    FactKind("invoice.recorded", LogClass.OPERACAO, lake=("valor", "vencimento")),
    FactKind("invoice.settled", LogClass.OPERACAO, to_erp=True, lake=("valor",)),
    FactKind("invoice.cancelled", LogClass.OPERACAO),
    FactKind("payment.entered", LogClass.OPERACAO, to_erp=True, lake=("valor", "sobra")),
    FactKind("payment.reversed", LogClass.OPERACAO, to_erp=True, lake=("valor",)),
    FactKind("charge.asked", LogClass.OPERACAO),
    FactKind("charge.opened", LogClass.OPERACAO, lake=("valor", "vencimento")),
    FactKind("charge.changed", LogClass.OPERACAO),
    FactKind("payment.parked", LogClass.OPERACAO, to_erp=True, lake=("motivo", "valor")),
    FactKind("payment.confirmed", LogClass.OPERACAO),
    FactKind("payment.assigned", LogClass.OPERACAO),
    FactKind("payment.flagged", LogClass.OPERACAO, to_erp=True, lake=("motivo", "valor")),
    FactKind("payment.unflagged", LogClass.OPERACAO),
    FactKind("payment.rated", LogClass.OPERACAO, lake=("nota",)),
    FactKind("pages.revoked", LogClass.OPERACAO),
    FactKind("stop.placed", LogClass.OPERACAO, to_erp=True),
    FactKind("stop.lifted", LogClass.OPERACAO, to_erp=True),
    # The ERP is told.
    FactKind("erp.told", LogClass.OPERACAO),
    FactKind("erp.numbered", LogClass.OPERACAO),
    FactKind("endpoint.recorded", LogClass.OPERACAO),
    FactKind("endpoint.paused", LogClass.OPERACAO),
    # A portfolio comes by file.
    FactKind("import.began", LogClass.OPERACAO),
    FactKind("import.advanced", LogClass.OPERACAO),
    FactKind("import.ended", LogClass.OPERACAO),
    # The person is written to.
    FactKind("outreach.queued", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.deferred", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.refused", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.cancelled", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.claimed", LogClass.CONTATO, lake=_CONTACT_LAKE),
    FactKind("outreach.released", LogClass.CONTATO, lake=_CONTACT_LAKE),
    FactKind("outreach.accepted", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.rejected", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.delivered", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.read", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.failed", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.complained", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.unknown", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("fallback.refused", LogClass.CONTATO, to_erp=True, lake=_CONTACT_LAKE),
    FactKind("outreach.recalled", LogClass.CONTATO, to_erp=True, lake=("canal",)),
    FactKind("contact_point.dead", LogClass.CONTATO, to_erp=True, lake=("canal",)),
    FactKind("channel.opted_in", LogClass.CONTATO, lake=("canal",)),
    FactKind("channel.opted_out", LogClass.CONTATO, to_erp=True, lake=("canal",)),
    # The ladder decides not to write.
    FactKind("step.refused", LogClass.CONTATO, to_erp=True, lake=("regra", "degrau")),
    FactKind("step.deferred", LogClass.CONTATO, lake=("regra", "degrau")),
    FactKind("ladder.drawn", LogClass.OPERACAO, lake=("regua", "braco")),
    FactKind("case.parked", LogClass.OPERACAO, to_erp=True, lake=("regra",)),
    FactKind("case.released", LogClass.OPERACAO),
    FactKind("case.repaired", LogClass.OPERACAO),
    # Letters, printed and posted by others.
    FactKind("letter.made", LogClass.CONTATO),
    FactKind("letter.tracked", LogClass.CONTATO),
    FactKind("letter.parked", LogClass.OPERACAO),
    FactKind("print_run.closed", LogClass.OPERACAO),
    FactKind("letters.viewed", LogClass.ACESSO),
    # The notice of RN 593.
    FactKind("notice.drafted", LogClass.CONTATO, to_erp=True, lake=("regra",)),
    FactKind("notice.deferred", LogClass.CONTATO, lake=("regra",)),
    FactKind("notice.served", LogClass.CONTATO, to_erp=True, lake=("meio",)),
    FactKind("notice.shown", LogClass.CONTATO, to_erp=True, lake=("meio", "prova")),
    FactKind("notice.held", LogClass.CONTATO, lake=("regra",)),
    FactKind("notice.ended", LogClass.CONTATO, to_erp=True, lake=("regra",)),
    FactKind("notice.exhausted", LogClass.CONTATO, to_erp=True, lake=("regra",)),
    FactKind("notice.identity_failed", LogClass.CONTATO),
    FactKind("notice.parked", LogClass.OPERACAO, to_erp=True, lake=("regra",)),
    # An attendance (RN 623).
    FactKind("protocol.numbers_leased", LogClass.ATENDIMENTO),
    FactKind("protocol.numbers_not_issued", LogClass.ATENDIMENTO),
    FactKind("protocol.recalled", LogClass.ATENDIMENTO),
    FactKind("protocol.opened", LogClass.ATENDIMENTO, lake=("canal",)),
    FactKind("protocol.said", LogClass.ATENDIMENTO, lake=("canal",)),
    FactKind("talk.ended", LogClass.ATENDIMENTO),
    FactKind("protocol.identified", LogClass.ATENDIMENTO),
    FactKind("protocol.classed", LogClass.ATENDIMENTO, to_erp=True, lake=("classe",)),
    FactKind("protocol.warned", LogClass.ATENDIMENTO, lake=("regra",)),
    FactKind("protocol.claimed", LogClass.ATENDIMENTO),
    FactKind("protocol.handed_over", LogClass.ATENDIMENTO),
    FactKind("protocol.answered", LogClass.ATENDIMENTO, to_erp=True, lake=("desfecho",)),
    FactKind("protocol.reanalysed", LogClass.ATENDIMENTO, to_erp=True),
    FactKind("protocol.code_sent", LogClass.ATENDIMENTO),
    FactKind("protocol.code_tried", LogClass.ATENDIMENTO),
    FactKind("protocol.copied", LogClass.ATENDIMENTO, lake=("canal",)),
    FactKind("protocol.copy_sent", LogClass.ATENDIMENTO, lake=("canal",)),
    FactKind("protocol.copy_put_off", LogClass.ATENDIMENTO),
    FactKind("protocol.copy_missed", LogClass.ATENDIMENTO, lake=("motivo",)),
    FactKind("protocol.rated", LogClass.ATENDIMENTO, lake=("nota",)),
    # Somebody looks, or administers.
    FactKind("protocol.viewed", LogClass.ACESSO),
    FactKind("protocols.measured", LogClass.ACESSO),
    FactKind("protocols.exported", LogClass.ACESSO),
    FactKind("parked.viewed", LogClass.ACESSO),
    FactKind("case.viewed", LogClass.ACESSO),
    FactKind("import.viewed", LogClass.ACESSO),
    FactKind("event.disclosed", LogClass.ACESSO),
    FactKind("payment.viewed", LogClass.ACESSO),
    FactKind("notice.viewed", LogClass.ACESSO),
    FactKind("verdict.viewed", LogClass.ACESSO),
    FactKind("erasure.viewed", LogClass.ACESSO),
    FactKind("ledger.restored", LogClass.OPERACAO),
    FactKind("log.probed", LogClass.OPERACAO),
    FactKind("log.opened", LogClass.OPERACAO),
    FactKind("log.closed", LogClass.OPERACAO),
    # The first entry of a log that goes on from a damaged one stands in that log, whichever its class is.
    *(FactKind(f"{CONTINUED}.{log.value}", log) for log in LogClass),
    FactKind("portfolio.exported", LogClass.ACESSO),
    FactKind("reply.received", LogClass.CONTATO, to_erp=True, lake=("canal",)),
    FactKind("reply.answer_owed", LogClass.CONTATO),
    FactKind("debt.viewed", LogClass.ACESSO),
    FactKind("operator.recorded", LogClass.OPERACAO),
    FactKind("template.standing", LogClass.OPERACAO),
    FactKind("municipal_holidays.recorded", LogClass.OPERACAO),
    # Words, ladders and norms come into force.
    FactKind("approval.submitted", LogClass.OPERACAO),
    FactKind("approval.given", LogClass.OPERACAO),
    FactKind("approval.refused", LogClass.OPERACAO),
    FactKind("approval.activated", LogClass.OPERACAO),
    FactKind("approval.retired", LogClass.OPERACAO),
    # A person is forgotten, or must not be.
    FactKind("erasure.requested", LogClass.OPERACAO),
    FactKind("erasure.refused", LogClass.OPERACAO),
    FactKind("erasure.approved", LogClass.OPERACAO),
    FactKind("person.forgotten", LogClass.OPERACAO),
    FactKind("legal_hold.placed", LogClass.OPERACAO),
    FactKind("legal_hold.lifted", LogClass.OPERACAO),
    # What has been kept long enough goes; what stays past its time says why.
    FactKind("recording.disposed", LogClass.OPERACAO),
    FactKind("protocol.disposed", LogClass.OPERACAO),
    FactKind("contract.disposed", LogClass.OPERACAO),
    FactKind("party.disposed", LogClass.OPERACAO),
    FactKind("key.disposed", LogClass.OPERACAO),
    FactKind("disposal.held", LogClass.OPERACAO),
    FactKind("disposals.ended", LogClass.OPERACAO),
)

# A log costs a key a month: one that no fact can reach is not opened.
WRITTEN_LOGS = tuple(log for log in LogClass if any(k.log is log and CONTINUED not in k.name for k in KINDS.values()))


@dataclass(frozen=True, slots=True)
class Value:
    """One disclosed value of a fact and the person whose key seals it."""

    name: str  # Portuguese, lower case: titular, ator, canal, regra, degrau, valor, texto ...
    value: str | int
    subject: Subject = OPERATOR_SUBJECT


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to the entity at `about`.

    `ver` and `anterior` (the entity's version and its previous leaf) are added by `Ledger.commit`, so
    that a missing fact leaves a visible gap. Names must not repeat a clear member of the leaf.
    """

    kind: str
    about: Ref
    values: tuple[Value, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fact: {self.kind}")

    @property
    def log(self) -> LogClass:
        """The log this fact is sealed in."""
        return KINDS[self.kind].log
