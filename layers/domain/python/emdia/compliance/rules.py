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
STOP_PROMISE: Final = "stop.promise"
STOP_DEAL: Final = "stop.deal"
STOP_DEATH: Final = "stop.death"
STOP_LAWYER: Final = "stop.lawyer"
STOP_OVER_INDEBTEDNESS: Final = "stop.over-indebtedness"
STOP_MINOR: Final = "stop.minor"
STOP_WRONG_PERSON: Final = "stop.wrong-person"
STOP_SAYS_PAID: Final = "stop.says-paid"
STOP_OPERATOR_DELAY: Final = "stop.operator-delay"
STOP_HOLDER_CHANGED: Final = "stop.holder-changed"
CONSENT_OPTED_OUT: Final = "consent.opted-out"
CONSENT_NO_OPT_IN: Final = "consent.no-opt-in"
CONTACT_NO_POINT: Final = "contact.no-point"
CONTACT_DEAD_POINT: Final = "contact.dead-point"
FREQUENCY_DAY: Final = "frequency.day"
FREQUENCY_WEEK: Final = "frequency.week"
FREQUENCY_GAP: Final = "frequency.gap"
FREQUENCY_CALLS: Final = "frequency.calls"
FREQUENCY_STATUTORY: Final = "frequency.statutory-notice"
WINDOW_WEEKDAY_HOURS: Final = "window.weekday-hours"
WINDOW_WEEKEND: Final = "window.weekend"
WINDOW_HOLIDAY: Final = "window.holiday"
WINDOW_STATE_HOLIDAY: Final = "window.state-holiday"
WINDOW_MUNICIPAL_HOLIDAY: Final = "window.municipal-holiday"
WINDOW_CARNIVAL: Final = "window.carnival-corpus-christi"
WINDOW_EVE: Final = "window.eve"
WINDOW_PHONE_CLOCK: Final = "window.phone-clock"
LADDER_STEP_DUE: Final = "ladder.step-due"
LADDER_NO_STEP_DUE: Final = "ladder.no-step-due"
LADDER_COMPLETE: Final = "ladder.complete"
LADDER_FALLBACK: Final = "ladder.fallback"
LADDER_NO_FALLBACK: Final = "ladder.no-fallback"
LADDER_OUTREACH_OPEN: Final = "ladder.outreach-open"
LADDER_SUPERSEDED: Final = "ladder.superseded"
LADDER_NO_WINDOW_LEFT: Final = "ladder.no-window-left"
LADDER_MINIMUM_GAP: Final = "ladder.minimum-gap"
SCOPE_COMPANY_PAID: Final = "scope.company-paid"
CONTACT_WORDS_NOT_APPROVED: Final = "contact.words-not-approved"
APPROVAL_WORDS: Final = "approval.words"
APPROVAL_LADDER: Final = "approval.ladder"
APPROVAL_NORMS: Final = "approval.norms"
DATA_MISSING: Final = "data.missing"
CHARGES_MULTA_CAP: Final = "charges.multa-cap"
CHARGES_JUROS_CAP: Final = "charges.juros-cap"
CHARGES_LEGAL_RATE: Final = "charges.legal-rate"
CHARGES_OPERATOR_DELAY: Final = "charges.operator-delay"
CHARGES_EFFECTIVE_DUE_DATE: Final = "charges.effective-due-date"
NOTICE_SCOPE: Final = "notice.scope"
NOTICE_ACT: Final = "notice.act"
NOTICE_TWO_FEES: Final = "notice.two-fees"
NOTICE_SIXTY_DAYS: Final = "notice.sixty-days"
NOTICE_EACH_TIME: Final = "notice.each-time"
NOTICE_CONTENT: Final = "notice.content"
NOTICE_MEANS_AGREED: Final = "notice.means-agreed"
NOTICE_REGISTERED_POINT: Final = "notice.registered-point"
NOTICE_PROOF: Final = "notice.proof"
NOTICE_FIFTIETH_DAY: Final = "notice.fiftieth-day"
NOTICE_TEN_DAYS: Final = "notice.ten-days"
NOTICE_DISPUTE: Final = "notice.dispute"
NOTICE_DEAL: Final = "notice.deal"
NOTICE_LATER_PAYMENT: Final = "notice.later-payment"
NOTICE_PART_PAID: Final = "notice.part-paid"
NOTICE_OPERATOR_FAULT: Final = "notice.operator-fault"
NOTICE_LAST_DAY: Final = "notice.last-day"
RECEIPT_PAYMENT: Final = "receipt.payment"
RECEIPT_UNDONE: Final = "receipt.undone"
RECEIPT_TOO_LATE: Final = "receipt.too-late"
ATTENDANCE_NUMBER: Final = "attendance.number"
ATTENDANCE_TERM: Final = "attendance.term"
ATTENDANCE_NO_PAUSE: Final = "attendance.no-pause"
ATTENDANCE_CONCLUSIVE: Final = "attendance.conclusive"
ATTENDANCE_DENIAL: Final = "attendance.denial"

RULES: Final[Mapping[str, str]] = {
    STOP_SETTLED: "Não há mensalidade em aberto: o pagamento foi registrado.",
    STOP_CANCELLED: "A cobrança foi cancelada pela operadora.",
    STOP_DISPUTE: "O valor ou a existência da cobrança foi contestado e ainda não houve resposta.",
    STOP_HOLD: "A operadora suspendeu os contatos deste contrato.",
    STOP_PROTECTIVE: "Há uma proteção legal em vigor: nenhum contato de cobrança é feito.",
    STOP_PROMISE: "A pessoa prometeu pagar até uma data que ainda não passou.",
    STOP_DEAL: "A dívida foi negociada e o acordo está em vigor.",
    STOP_DEATH: "A operadora foi informada do falecimento do titular.",
    STOP_LAWYER: "A pessoa indicou advogado: o assunto segue com ele.",
    STOP_OVER_INDEBTEDNESS: "Há plano ou processo de repactuação de dívidas por superendividamento.",
    STOP_MINOR: "O titular é menor de idade.",
    STOP_WRONG_PERSON: "Quem recebe as mensagens avisou que não é o titular.",
    STOP_SAYS_PAID: "A pessoa avisou que já pagou: por 48 horas não há contato.",
    STOP_OPERATOR_DELAY: "Por falha da operadora a mensalidade ainda não pode ser paga.",
    STOP_HOLDER_CHANGED: "O titular do contrato mudou depois que o contato foi programado.",
    CONSENT_OPTED_OUT: "A pessoa pediu para não receber mensagens por este canal.",
    CONSENT_NO_OPT_IN: "A pessoa não autorizou mensagens por WhatsApp para este número.",
    CONTACT_NO_POINT: "Não há endereço ou número cadastrado para este canal.",
    CONTACT_DEAD_POINT: "As mensagens enviadas ao endereço ou número cadastrado não são entregues.",
    FREQUENCY_DAY: "No máximo um contato por dia com a mesma pessoa, somados contratos e canais.",
    FREQUENCY_WEEK: "No máximo três contatos em sete dias com a mesma pessoa, somados contratos e canais.",
    FREQUENCY_GAP: "Entre dois contatos com a mesma pessoa passam pelo menos dezesseis horas.",
    FREQUENCY_CALLS: "No máximo duas ligações por dia para a mesma pessoa, atendidas ou não.",
    FREQUENCY_STATUTORY: "A notificação que a lei exige não entra nos limites de frequência, mas respeita os horários.",
    WINDOW_WEEKDAY_HOURS: "Contatos só de segunda a sexta, das 9h às 18h, no horário de onde a pessoa mora.",
    WINDOW_WEEKEND: "Aos domingos não há contato; aos sábados, só mensagens, onde o estado permite, das 10h às 13h.",
    WINDOW_HOLIDAY: "Em feriado nacional não há contato.",
    WINDOW_STATE_HOLIDAY: "Em feriado do estado não há contato.",
    WINDOW_MUNICIPAL_HOLIDAY: "Em feriado do município não há contato.",
    WINDOW_CARNIVAL: "No Carnaval e em Corpus Christi não há contato.",
    WINDOW_EVE: "Em 24 e 31 de dezembro não há contato depois do meio-dia.",
    WINDOW_PHONE_CLOCK: "O telefone é de outro fuso: o horário tem de ser permitido nos dois lugares.",
    LADDER_STEP_DUE: "Chegou o dia de um degrau da régua de cobrança.",
    LADDER_NO_STEP_DUE: "Nenhum degrau novo da régua de cobrança venceu.",
    LADDER_COMPLETE: "Todos os degraus da régua de cobrança já foram percorridos.",
    LADDER_FALLBACK: "A mensagem anterior do dia comprovadamente não chegou: outro canal a substitui.",
    LADDER_NO_FALLBACK: "A mensagem do dia não chegou e não há outro canal permitido a tempo.",
    LADDER_OUTREACH_OPEN: "Um contato anterior deste contrato ainda não teve desfecho.",
    LADDER_SUPERSEDED: "O degrau foi dispensado porque um degrau posterior também já venceu.",
    LADDER_NO_WINDOW_LEFT: "Não restou horário permitido para este degrau antes do degrau seguinte.",
    LADDER_MINIMUM_GAP: "Entre dois degraus do mesmo contrato passa um intervalo mínimo, e nenhum se repete.",
    SCOPE_COMPANY_PAID: "A mensalidade é paga pela empresa contratante: nada se cobra do beneficiário.",
    CONTACT_WORDS_NOT_APPROVED: "O texto deste degrau não está aprovado para este canal.",
    APPROVAL_WORDS: "O texto desta mensagem ainda não foi aprovado pelo jurídico e pelo comitê de ética.",
    APPROVAL_LADDER: "A régua de cobrança ainda não foi aprovada pelo jurídico e pelo comitê de ética.",
    APPROVAL_NORMS: "A tabela de normas em uso ainda não foi aprovada pelo jurídico.",
    DATA_MISSING: "Falta um dado que a lei exige: uma pessoa precisa completar o cadastro.",
    CHARGES_MULTA_CAP: "A multa por atraso não passa de 2% da mensalidade.",
    CHARGES_JUROS_CAP: "Os juros por atraso não passam de 1% ao mês, simples e proporcionais aos dias.",
    CHARGES_LEGAL_RATE: "Sem cláusula no contrato não se cobra multa nem juros.",
    CHARGES_EFFECTIVE_DUE_DATE: (
        "O que vence em dia sem banco, também por feriado do estado ou do município, é pago sem acréscimo no próximo."
    ),
    CHARGES_OPERATOR_DELAY: "Os dias em que a operadora impediu o pagamento não contam como atraso.",
    NOTICE_SCOPE: "Esta notificação vale para contratos regulamentados que a própria pessoa paga.",
    NOTICE_ACT: "Só pode ser feito o que a notificação anunciou e o tipo de contrato admite.",
    NOTICE_TWO_FEES: "São precisas duas mensalidades em aberto dentro de doze meses; as já pagas não contam.",
    NOTICE_SIXTY_DAYS: "A mensalidade mais antiga em aberto precisa ter mais de sessenta dias de atraso.",
    NOTICE_EACH_TIME: "Cada inadimplência pede uma notificação nova, que indique as mensalidades em aberto.",
    NOTICE_CONTENT: "A notificação precisa trazer todos os itens obrigatórios, com valores exatos na data de emissão.",
    NOTICE_MEANS_AGREED: "O meio precisa estar no contrato, ou a pessoa ter respondido que está ciente.",
    NOTICE_REGISTERED_POINT: "A notificação precisa ir ao endereço ou número que constava do cadastro no dia do envio.",
    NOTICE_PROOF: "Cada meio de notificação tem a sua prova de recebimento; entregue ou visualizada não basta.",
    NOTICE_FIFTIETH_DAY: "Recebida depois do quinquagésimo dia, a notificação só vale com dez dias de prazo.",
    NOTICE_TEN_DAYS: "Há pelo menos dez dias corridos, desde a notificação recebida, para pagar ou contestar.",
    NOTICE_DISPUTE: "Há contestação sem resposta; depois da resposta correm novos dez dias.",
    NOTICE_DEAL: "A dívida foi negociada: a notificação anterior não vale mais, mesmo se o acordo for descumprido.",
    NOTICE_LATER_PAYMENT: "A operadora recebeu mensalidade depois da notificação, que por isso não vale mais.",
    NOTICE_PART_PAID: "Parte do que a notificação indica já foi paga ou retirada: ela não vale mais.",
    NOTICE_OPERATOR_FAULT: "Atraso causado pela própria operadora não conta, nem pode estar na notificação.",
    NOTICE_LAST_DAY: "A notificação sai entre o 35º dia de atraso e o último dia de trabalho antes do 50º.",
    RECEIPT_PAYMENT: "Um pagamento foi recebido: o titular é avisado uma vez, sem cobrança e nos horários permitidos.",
    RECEIPT_UNDONE: "O pagamento foi devolvido: não há recibo a enviar.",
    RECEIPT_TOO_LATE: "O pagamento já tem mais de uma semana: o recibo não é mais enviado.",
    ATTENDANCE_NUMBER: "Todo atendimento recebe primeiro o seu número, de vinte dígitos, que nunca se repete.",
    ATTENDANCE_TERM: "Cada pedido tem prazo de resposta; quando mais de uma norma fala dele, vale o que termina antes.",
    ATTENDANCE_NO_PAUSE: "O prazo de resposta não para: nenhuma norma permite suspendê-lo.",
    ATTENDANCE_CONCLUSIVE: "O atendimento só termina com uma resposta que diga sim ou não e por quê.",
    ATTENDANCE_DENIAL: "A negativa é sempre por escrito e indica a cláusula ou a norma em que se apoia.",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether an act is lawful now, and the id of the rule that says so (when it is, the last one asked)."""

    ok: bool
    rule: str
