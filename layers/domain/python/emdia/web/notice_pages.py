"""Pages where a person confirms that they received the notice of RN 593: nothing of the debt or of them is shown."""

from html import escape

from emdia.messages.spelling import spell_phone
from emdia.portfolio.contract import Operator
from emdia.web.pages import Page, document, fill, operator_name

_TITLE = "Confirmar o recebimento da notificação"


def notice_page(operator: Operator, *, wrong: bool = False) -> Page:
    """Asks whose notice it is; `wrong` after a CPF that is not the holder's."""
    problem = fill("notice_wrong") if wrong else ""
    described = ' aria-invalid="true" aria-describedby="erro"' if wrong else ""
    body = fill("notice", operator=operator_name(operator), problem=problem, described=described)
    return Page(422 if wrong else 200, document(_TITLE, body, operator))


def confirmed_page(operator: Operator, when: str, until: str) -> Page:
    """Says what was recorded, at which local moment, and until when the person may act."""
    contact = f": {escape(spell_phone(operator.phone))}"
    body = fill("notice_done", when=escape(when), until=escape(until), contact=contact)
    return Page(200, document("Recebimento confirmado", body, operator))
