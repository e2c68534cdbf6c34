"""A copy of an attendance as the person is given it: number, terms, what was said, the answer, where to complain. Pure.

RN 623 art. 14 (a denial in writing, in plain language, with the clause or the norm); Decreto 11.034/2022 art. 12 (the
history of a demand). Notes among staff are no part of it, nor is the name of who attended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from emdia.messages.spelling import mask_cnpj, spell_phone
from emdia.portfolio.contract import Operator
from emdia.protocols.answers import Outcome
from emdia.protocols.deadlines import Demand
from emdia.protocols.protocol import Interaction, Medium, Protocol, Speaker, Status

ANS_SAYS = "ANS: 0800 701 9656 ou gov.br/ans"
DEMANDS: Mapping[Demand, str] = {
    Demand.URGENT: "Urgência ou emergência",
    Demand.ASSISTENTIAL: "Atendimento de saúde",
    Demand.ASSISTENTIAL_COMPLEX: "Alta complexidade ou internação eletiva",
    Demand.NON_ASSISTENTIAL: "Contrato, mensalidade ou cobrança",
    Demand.OMBUDSMAN: "Reanálise pela ouvidoria",
    Demand.NIP_ASSISTENTIAL: "Reclamação na ANS (saúde)",
    Demand.NIP_NON_ASSISTENTIAL: "Reclamação na ANS (contrato)",
    Demand.HISTORY: "Cópia do histórico",
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.GRANTED: "Pedido atendido",
    Outcome.PARTLY: "Pedido atendido em parte",
    Outcome.DENIED: "Pedido negado",
    Outcome.INFORMED: "Informação prestada",
    Outcome.WITHDRAWN: "Você desistiu do pedido",
    Outcome.NOT_OURS: "Quem responde é outra empresa",
}
MEDIA: Mapping[Medium, str] = {
    Medium.WHATSAPP: "WhatsApp",
    Medium.SMS: "SMS",
    Medium.EMAIL: "e-mail",
    Medium.CHAT: "internet",
    Medium.PHONE: "telefone",
    Medium.IN_PERSON: "atendimento presencial",
    Medium.SOCIAL: "rede social",
}
SPEAKERS: Mapping[Speaker, str] = {
    Speaker.PERSON: "Você",
    Speaker.STAFF: "Atendente",
    Speaker.BOT: "Atendimento automático",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said: when and by whom in words, and the words."""

    head: str
    words: str = field(repr=False)
    basis: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """What a copy shows, every instant by the clock of the operator's seat."""

    number: str
    spoken: str
    sender: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # label, text
    said: tuple[Said, ...]
    complain: tuple[str, ...]  # empty before there is an answer
    mark: str  # authenticity.py

    @property
    def text(self) -> str:
        """The copy as plain text."""
        parts = [f"Protocolo de atendimento {self.spoken}", "", *(f"{name}: {told}" for name, told in self.facts), ""]
        for one in self.said:
            parts += [one.head, one.words, *([f"Fundamento: {one.basis}"] if one.basis else []), ""]
        parts += [*self.complain, *([""] if self.complain else [])]
        parts += ["Autenticidade (confere sem internet, com a chave que a operadora publica):", self.mark, ""]
        return "\n".join([*parts, *self.sender])


def copy_of(protocol: Protocol, lines: Sequence[Interaction], operator: Operator, zone: str, mark: str) -> Copy:
    """The copy of `protocol` with what was said to and by the person; `zone` (IANA) of the operator's seat."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(zone)):%d/%m/%Y às %H:%M}"

    said = tuple(
        Said(f"{SPEAKERS[one.speaker]}, {local(one.at)}, por {MEDIA[one.medium]}", one.words, one.basis)
        for one in sorted(lines, key=lambda one: one.sequence)
        if not one.internal
    )
    number = protocol.number
    phone = spell_phone(operator.phone)
    answered = protocol.status is Status.CLOSED
    complain = (
        f"Não concorda? Peça a reanálise à ouvidoria da operadora, citando este protocolo: {phone} ou {operator.site}.",
        f"Também é possível reclamar na {ANS_SAYS}.",
    )
    return Copy(
        number=number,
        spoken=spoken(number),
        sender=(operator.name, f"CNPJ {mask_cnpj(operator.cnpj)}, registro ANS nº {operator.ans}", operator.address),
        facts=tuple(facts_of(protocol, zone)),
        said=said,
        complain=complain if answered else (),
        mark=mark,
    )


def facts_of(protocol: Protocol, zone: str) -> list[tuple[str, str]]:
    """Where an attendance stands, as label and text; instants by the clocks of `zone`."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(zone)):%d/%m/%Y às %H:%M}"

    told = [("Aberto em", local(protocol.opened_at))]
    if protocol.medium is not None:
        told.append(("Canal", MEDIA[protocol.medium]))
    told.append(("Assunto", "Ainda sem classificação" if protocol.demand is None else DEMANDS[protocol.demand]))
    if protocol.due is not None:
        told.append(("Resposta até", local(protocol.due)))
    if protocol.outcome is not None and protocol.answered_at is not None:
        told += [("Resultado", OUTCOMES[protocol.outcome]), ("Respondido em", local(protocol.answered_at))]
    if protocol.late:
        told.append(("Prazo", "A resposta passou do prazo"))
    return told


def spoken(number: str) -> str:
    """The twenty digits in their three groups."""
    return f"{number[:6]} {number[6:14]} {number[14:]}"
