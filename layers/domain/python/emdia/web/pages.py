"""Pages that a person reaches from a message: small, whole without script, nothing asked of anybody else."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from emdia.messages.spelling import dialled, mask_cnpj, spell_phone
from emdia.portfolio.contract import Operator

_TEMPLATES = Path(__file__).parent / "templates"
_UNKNOWN_OPERATOR = "a operadora do seu plano"
# Whether the request landed is not known to the person: the page asks for another try, which is harmless.
UNCERTAIN: Mapping[str, int] = {"try-later": 503, "internal": 500}


@dataclass(frozen=True, slots=True)
class Page:
    """A status and a document. `script`: the one script in it, which alone may run."""

    status: int
    html: str
    script: str = ""

    @property
    def headers(self) -> Mapping[str, str]:
        """The address holds a token: it must reach neither another site (Referer) nor a shared cache."""
        return _headers(self.script)


def opt_out_page(operator: Operator | None) -> Page:
    """Explains what stops and what does not, with one button that posts to its own address."""
    body = fill("ask", operator=operator_name(operator))
    return Page(200, document("Parar e-mails de cobrança", body, operator))


def opted_out_page(operator: Operator | None) -> Page:
    """Confirms. The same after the first request and after any other."""
    contact = f": {_phone(operator)} ou {_site(operator)}" if operator else ""
    name = operator_name(operator)
    body = fill("done", operator=name[:1].upper() + name[1:], contact=contact)
    return Page(200, document("Pronto, os e-mails vão parar", body, operator))


def refusal_page(code: str) -> Page:
    """What a person reads when a door could not do what was asked, by the code a program would be told.

    Every link that is not ours gets the same page: nothing can be guessed from it.
    """
    if code in UNCERTAIN:
        return Page(UNCERTAIN[code], document("Tente de novo em um minuto", fill("later"), None))
    return Page(404, document("Link não encontrado", fill("missing"), None))


def document(title: str, body: str, operator: Operator | None, script: str = "") -> str:
    """A whole page around `body` (escaped by the caller), signed by the operator; `script` runs at its end."""
    footer = ""
    if operator is not None:
        lines = (operator.name, f"CNPJ {mask_cnpj(operator.cnpj)}", f"Registro ANS nº {operator.ans}", operator.address)
        footer = "<br>".join(map(escape, lines))
    run = f"<script>{script}</script>\n" if script else ""
    return fill("page", title=escape(title), style=_style(), body=body, footer=footer, script=run)


def operator_name(operator: Operator | None) -> str:
    """The operator in a sentence, escaped."""
    return f"a operadora {escape(operator.name)}" if operator else _UNKNOWN_OPERATOR


def _phone(operator: Operator) -> str:
    said, dial = escape(spell_phone(operator.phone)), dialled(operator.phone)
    return f'<a href="tel:{dial}">{said}</a>' if dial else said


def _site(operator: Operator) -> str:
    site = escape(operator.site)
    return f'<a href="{site}">{site.removeprefix("https://")}</a>' if site.startswith("https://") else site


def fill(name: str, **values: str) -> str:
    """The template with `values`, which the caller has escaped. Raises KeyError for one that is missing."""
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template(_read(f"{name}.html"))


def _style() -> str:
    return _read("page.css")


def script_of(name: str) -> str:
    """A script of ours, to stand in a page."""
    return _read(f"{name}.js")


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _headers(script: str) -> Mapping[str, str]:
    run = f"script-src 'sha256-{_digest(script)}'; " if script else ""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_digest(_style())}'; {run}form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Strict-Transport-Security": "max-age=63072000",
    }
