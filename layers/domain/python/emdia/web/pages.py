"""Pages that a person reaches from a message: small, without script, without anything of the person on them."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from emdia.errors import Rejected, TryLater
from emdia.messages.words import mask_cnpj
from emdia.portfolio.contract import Operator

_TEMPLATES = Path(__file__).parent / "templates"
_UNKNOWN_OPERATOR = "a operadora do seu plano"


@dataclass(frozen=True, slots=True)
class Page:
    """A status and a document. `retry_after` in seconds, 0 for none."""

    status: int
    html: str
    retry_after: int = 0


def opt_out_page(operator: Operator | None) -> Page:
    """Explains what stops and what does not, with one button that posts to its own address."""
    body = _fill("ask", operator=_name(operator))
    return Page(200, _document("Parar e-mails de cobrança", body, operator))


def opted_out_page(operator: Operator | None) -> Page:
    """Confirms. The same after the first request and after any other."""
    contact = f": {escape(operator.phone)} ou {escape(operator.site)}" if operator else ""
    name = _name(operator)
    body = _fill("done", operator=name[:1].upper() + name[1:], contact=contact)
    return Page(200, _document("Pronto, os e-mails vão parar", body, operator))


def missing_page() -> Page:
    """For every link that is not ours: it never says why, so that nothing can be guessed from it."""
    return Page(404, _document("Link não encontrado", _fill("missing"), None))


def later_page() -> Page:
    """For what may work in a minute."""
    return Page(503, _document("Tente de novo em um minuto", _fill("later"), None), retry_after=60)


def answer(make: Callable[[], Page]) -> Mapping[str, object]:
    """The answer of a door that people see in a browser, as API Gateway takes it from a function.

    What `doors.py` says in JSON to a program, this says in Portuguese to a person: Rejected becomes the
    page for a link not found, TryLater the page that asks for a minute. Anything else is a bug and is raised.
    """
    try:
        page = make()
    except Rejected:
        page = missing_page()
    except TryLater:
        page = later_page()
    headers = dict(_headers())
    if page.retry_after:
        headers["Retry-After"] = str(page.retry_after)
    return {"statusCode": page.status, "headers": headers, "body": page.html, "isBase64Encoded": False}


def _document(title: str, body: str, operator: Operator | None) -> str:
    footer = ""
    if operator is not None:
        lines = (operator.name, f"CNPJ {mask_cnpj(operator.cnpj)}", f"Registro ANS nº {operator.ans}", operator.address)
        footer = "<br>".join(map(escape, lines))
    return _fill("page", title=escape(title), style=_style(), body=body, footer=footer)


def _name(operator: Operator | None) -> str:
    return escape(operator.name) if operator else _UNKNOWN_OPERATOR


def _fill(name: str, **values: str) -> str:
    """The template with `values`, which the caller has escaped. Raises KeyError for one that is missing."""
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text("utf-8"))


@cache
def _style() -> str:
    return (_TEMPLATES / "page.css").read_text("utf-8")


@cache
def _headers() -> Mapping[str, str]:
    """The address holds a token: it must reach neither another site (Referer) nor a shared cache."""
    style = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Strict-Transport-Security": "max-age=63072000",
    }
