"""The one list of rule ids. Code cites these and nothing else; docs/law.md has a row for each.

A decision carries the id of the rule that made it: in logs, facts, tables of the demo, and answers to "why
was this person (not) written to". The sentences are what such a person reads. A rule about a hospital stay
speaks of protection only: LGPD art. 11 keeps the reason from everyone but compliance and legal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STOP_SETTLED: Final = "stop.settled"
STOP_CANCELLED: Final = "stop.cancelled"
STOP_DISPUTE: Final = "stop.dispute"
STOP_HOLD: Final = "stop.hold"
STOP_PROTECTIVE: Final = "stop.protective"
STOP_HOLDER_CHANGED: Final = "stop.holder-changed"
CONSENT_OPTED_OUT: Final = "consent.opted-out"
CONTACT_NO_POINT: Final = "contact.no-point"
CONTACT_DEAD_POINT: Final = "contact.dead-point"
FREQUENCY_DAY: Final = "frequency.day"
FREQUENCY_WEEK: Final = "frequency.week"
WINDOW_WEEKDAY_HOURS: Final = "window.weekday-hours"
WINDOW_WEEKEND: Final = "window.weekend"
WINDOW_HOLIDAY: Final = "window.holiday"
WINDOW_EVE: Final = "window.eve"
LADDER_STEP_DUE: Final = "ladder.step-due"
LADDER_NO_STEP_DUE: Final = "ladder.no-step-due"
LADDER_COMPLETE: Final = "ladder.complete"
LADDER_OUTREACH_OPEN: Final = "ladder.outreach-open"
LADDER_SUPERSEDED: Final = "ladder.superseded"
LADDER_NO_WINDOW_LEFT: Final = "ladder.no-window-left"
SCOPE_COMPANY_PAID: Final = "scope.company-paid"
DATA_MISSING: Final = "data.missing"
CHARGES_MULTA_CAP: Final = "charges.multa-cap"
CHARGES_JUROS_CAP: Final = "charges.juros-cap"

RULES: Final[Mapping[str, str]] = {
    STOP_SETTLED: "Não há mensalidade em aberto: o pagamento foi registrado.",
    STOP_CANCELLED: "A cobrança foi cancelada pela operadora.",
    STOP_DISPUTE: "O valor ou a existência da cobrança foi contestado e ainda não houve resposta.",
    STOP_HOLD: "A operadora suspendeu os contatos deste contrato.",
    STOP_PROTECTIVE: "Há uma proteção legal em vigor: nenhum contato de cobrança é feito.",
    STOP_HOLDER_CHANGED: "O titular do contrato mudou depois que o contato foi programado.",
    CONSENT_OPTED_OUT: "A pessoa pediu para não receber mensagens por este canal.",
    CONTACT_NO_POINT: "Não há endereço ou número cadastrado para este canal.",
    CONTACT_DEAD_POINT: "As mensagens enviadas ao endereço ou número cadastrado não são entregues.",
    FREQUENCY_DAY: "No máximo um contato por dia com a mesma pessoa, somados contratos e canais.",
    FREQUENCY_WEEK: "No máximo três contatos em sete dias com a mesma pessoa, somados contratos e canais.",
    WINDOW_WEEKDAY_HOURS: "Contatos só de segunda a sexta, das 9h às 18h, no horário de onde a pessoa mora.",
    WINDOW_WEEKEND: "Aos sábados e domingos não há contato.",
    WINDOW_HOLIDAY: "Em feriado nacional não há contato.",
    WINDOW_EVE: "Em 24 e 31 de dezembro não há contato depois do meio-dia.",
    LADDER_STEP_DUE: "Chegou o dia de um degrau da régua de cobrança.",
    LADDER_NO_STEP_DUE: "Nenhum degrau da régua de cobrança venceu ainda.",
    LADDER_COMPLETE: "Todos os degraus da régua de cobrança já foram percorridos.",
    LADDER_OUTREACH_OPEN: "Um contato anterior deste contrato ainda não teve desfecho.",
    LADDER_SUPERSEDED: "O degrau foi dispensado porque um degrau posterior também já venceu.",
    LADDER_NO_WINDOW_LEFT: "Não restou horário permitido para este degrau antes do degrau seguinte.",
    SCOPE_COMPANY_PAID: "A mensalidade é paga pela empresa contratante: nada se cobra do beneficiário.",
    DATA_MISSING: "Falta um dado que a lei exige: uma pessoa precisa completar o cadastro.",
    CHARGES_MULTA_CAP: "A multa por atraso não passa de 2% da mensalidade.",
    CHARGES_JUROS_CAP: "Os juros por atraso não passam de 1% ao mês, simples e proporcionais aos dias.",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether an act is lawful now, and the id of the rule that says so (when it is, the last one asked)."""

    ok: bool
    rule: str
