"""The notice of RN 593 where little room is: who writes, what it is, where the whole of it is read, how to answer.

The eight items stand on the page behind the link, in the words kept under lock (notice_words.py). Only the person's
answer on the same channel proves receipt (RN 593 art. 8). These sentences are part of what is approved with the notice.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from emdia.errors import Rejected
from emdia.messages import gsm7
from emdia.messages.ports import Chat
from emdia.messages.registry import LANGUAGE
from emdia.messages.spelling import bare_cnpj, brief_name, first_name, mask_cnpj, spell_date, spell_phone
from emdia.portfolio.contract import Operator

ANSWER: Final = "CIENTE"
WHATSAPP_NAME: Final = "notificacao_v1"
# With the addresses that AWS gives, which are long, there is room for the shorter of the two only.
_SMS: Final = (
    "{name}, CNPJ {cnpj}: notificacao por falta de pagamento do plano. {url} Responda " + ANSWER,
    "{name}, CNPJ {cnpj}: notificacao de debito {url} Responda " + ANSWER,
)
_WHATSAPP: Final = (
    "Olá, {{1}}. Esta é uma notificação por falta de pagamento do seu plano de saúde, enviada por {{2}}, CNPJ {{3}}, "
    "{{4}}.\n\nLeia a notificação completa pelo botão abaixo: ela diz quais mensalidades estão em aberto, os valores, "
    "como pagar e o que pode acontecer. Pague ou fale com a operadora até {{5}}: {{6}}.\n\nSe recebeu esta "
    f"notificação, responda {ANSWER}. Isso não significa concordar com a dívida."
)
_FOOTER: Final = "Se você já pagou, desconsidere"
_BUTTON: Final = "Ler a notificação"


def sms_text(operator: Operator, url: str) -> str:
    """One SMS. Raises Rejected `sms-long` when name and address leave no room."""
    name = operator.short_name or brief_name(operator.name)
    for form in _SMS:
        text = gsm7.plain(form.format(name=name, cnpj=bare_cnpj(mask_cnpj(operator.cnpj)), url=url))
        if gsm7.fits(text):
            return text
    raise Rejected("sms-long", template="notificacao")


def chat(operator: Operator, holder: str, pay_by: date, url: str, ref: str, to: str) -> Chat:
    """The template message; `url` ends in what fills the link of its button."""
    values = (
        first_name(holder) or "titular",
        operator.name,
        mask_cnpj(operator.cnpj),
        operator.address,
        spell_date(pay_by),
        f"{spell_phone(operator.phone)} ou {operator.site}",
    )
    body = _WHATSAPP
    for n, value in enumerate(values, 1):
        body = body.replace(f"{{{{{n}}}}}", value)
    told = (WHATSAPP_NAME, LANGUAGE, values, url.rpartition("/")[2], body)
    return Chat(ref, operator.whatsapp_from, to, *told)


def registration(public_url: str) -> Mapping[str, object]:
    """The document that registers the template at Meta (WhatsApp Business Management API, message_templates)."""
    page = f"{public_url}/n/"
    told = ("Josefa", "Operadora Exemplo", "11.222.333/0001-81", "Av. Paulista, 1000", "26/10/2026", "(11) 3000-0000")
    link = {"type": "URL", "text": _BUTTON, "url": page + "{{1}}", "example": [page + "123456abcdefghijklmnop"]}
    return {
        "name": WHATSAPP_NAME,
        "language": LANGUAGE,
        "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": _WHATSAPP, "example": {"body_text": [list(told)]}},
            {"type": "FOOTER", "text": _FOOTER},
            {"type": "BUTTONS", "buttons": [link]},
        ],
    }
