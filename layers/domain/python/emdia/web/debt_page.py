"""The page of what is owed and how to pay it: phone first, the person's first name and nothing else of theirs."""

from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from emdia.errors import Rejected
from emdia.messages.receipt_words import ReceiptView
from emdia.messages.words import View
from emdia.money import format_brl
from emdia.portfolio.contract import Operator
from emdia.web.pages import UNCERTAIN, Page, document, fill, script_of
from emdia.web.problems import title
from emdia.web.qr import qr_svg
from emdia.web.scores import scores

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES = Path(__file__).parent / "templates"


def debt_page(
    operator: Operator,
    view: View | None,
    receipt: ReceiptView | None = None,
    *,
    asks: bool = False,
    done: bool = False,
    problem: Rejected | None = None,
) -> Page:
    """What `view` says, with all that CDC art. 42-A asks for; or that nothing is open any more. A receipt first.

    `asks`: the receipt's person may say how they found paying; `done`: they just did; `problem`: what was wrong then.
    """
    paid = "" if receipt is None else _body("receipt").render(v=receipt)
    asked = _rating(problem, asks=asks, done=done)
    status = 200 if problem is None else 422
    if view is None and receipt is not None:
        return Page(status, document("Recibo de pagamento", f"{paid}{asked}", operator))
    if view is None:
        return Page(200, document("Nada a pagar por este link", fill("paid"), operator))
    if view.one:
        heading = "Sua mensalidade em aberto" if view.claims else "Sua mensalidade"
    else:
        heading = "Suas mensalidades em aberto" if view.claims else "Suas mensalidades"
    script = script_of("copy") if any(item.codes.pix for item in view.items) else ""
    body = _body("debt").render(v=view)
    if receipt is not None:
        heading, body = "Recibo de pagamento", f"{paid}<h2>O que resta</h2>{body}{asked}"
    return Page(status, document(heading, body, operator, script), script)


def _rating(problem: Rejected | None, *, asks: bool, done: bool) -> str:
    if not asks and not done:
        return ""
    said = '<p role="status">Obrigado pela avaliação.</p>' if done else ""
    notice = f'<p role="alert" id="erro">{escape(title(problem, "pt-BR"))}</p>' if problem is not None else said
    return fill("rate", notice=notice, form=fill("rate_form", scores=scores()) if asks else "")


def no_debt_page(code: str) -> Page:
    """What a person reads when nothing could be shown; the same for a link that is not ours and one that is too old."""
    if code in UNCERTAIN:
        return Page(UNCERTAIN[code], document("Tente de novo em um minuto", fill("debt_later"), None))
    if code == "payment-returned":
        return Page(410, document("Este pagamento foi devolvido", fill("receipt_returned"), None))
    return Page(404, document("Link vencido ou incompleto", fill("debt_missing"), None))


@cache
def _body(name: str) -> "Template":
    # Here only: a door that shows no debt must not pay for Jinja2.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["brl"] = format_brl
    made.filters["qr"] = qr_svg
    return made.get_template(f"{name}.html")
