"""Pages where a person confirms that they received the notice of RN 593, or reads it after giving the CPF."""

from html import escape

from emdia.messages.notice_short import ANSWER
from emdia.messages.notice_words import NoticeWords, words_html
from emdia.messages.spelling import spell_phone
from emdia.portfolio.contract import Operator
from emdia.web.pages import Page, document, fill, operator_name

_TITLE = "Confirmar o recebimento da notificação"


def notice_page(operator: Operator, *, wrong: bool = False, reading: bool = False) -> Page:
    """Asks whose notice it is; `wrong` after a CPF that is not the holder's.

    `reading`: behind it the notice can be read, as a short message could not carry it; else its receipt is confirmed.
    """
    problem = fill("notice_wrong") if wrong else ""
    described = ' aria-invalid="true" aria-describedby="erro"' if wrong else ""
    name = "notice_ask" if reading else "notice"
    body = fill(name, operator=operator_name(operator), problem=problem, described=described)
    return Page(422 if wrong else 200, document("Ler a notificação" if reading else _TITLE, body, operator))


def words_page(operator: Operator, words: NoticeWords | None) -> Page:
    """The notice, to whoever knows the holder's CPF, and how its receipt is confirmed: by an answer, not here.

    None: the CPF was not the holder's, and is asked for again.
    """
    if words is None:
        return notice_page(operator, wrong=True, reading=True)
    body = fill("notice_words", words=words_html(words), answer=ANSWER)
    return Page(200, document(words.subject, body, operator))


def confirmed_page(operator: Operator, when: str, until: str) -> Page:
    """Says what was recorded, at which local moment, and until when the person may act."""
    contact = f": {escape(spell_phone(operator.phone))}"
    body = fill("notice_done", when=escape(when), until=escape(until), contact=contact)
    return Page(200, document("Recebimento confirmado", body, operator))
