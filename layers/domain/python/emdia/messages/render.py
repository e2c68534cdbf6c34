"""A view and a template become a message: subject, plain text and HTML.

Templates run in Jinja2's sandbox, since operators will write their own; a name that a template gets
wrong refuses the message instead of leaving a hole in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from emdia.errors import Rejected
from emdia.messages.words import Item, View
from emdia.money import format_brl

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_TEMPLATES = Path(__file__).parent / "templates"
TEMPLATES = ("lembrete", "vencimento", "atraso")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message's three parts. The HTML is escaped here: SES does not escape template data."""

    subject: str
    text: str
    html: str


def render(template: str, view: View) -> Rendered:
    """`view` through the template called `template`.

    Raises Rejected: `template-unknown`, `template-undefined` (names something the view has not),
    `template-invalid` (does not parse, or does what the sandbox forbids, or its subject has several lines).
    """
    # Imported here and in _environment only: a function that never writes to anybody must not pay for Jinja2.
    from jinja2 import TemplateError, UndefinedError  # noqa: PLC0415

    if template not in TEMPLATES:
        raise Rejected("template-unknown", template=template)
    try:
        write_subject, write_opening, write_text, write_html = _parts(template)
        # Rendered as text first, then given to the HTML as a value, so that the HTML escapes them.
        subject, opening = write_subject(v=view).strip(), write_opening(v=view).strip()
        text = write_text(v=view, opening=opening)
        html = write_html(v=view, opening=opening, subject=subject)
    except UndefinedError:
        raise Rejected("template-undefined", template=template) from None
    except TemplateError:
        raise Rejected("template-invalid", template=template) from None
    if len(subject.splitlines()) != 1:  # a line break in a subject would begin a header of somebody's own
        raise Rejected("template-invalid", template=template)
    return Rendered(subject, text.strip() + "\n", html.strip() + "\n")


def enumerate_months(items: Sequence[Item]) -> str:
    """The reference months in a row, as a sentence lists them; beyond three, only how many.

    Nobody reads two dozen months in a sentence: the table below it has them.
    """
    names = [item.reference for item in items]
    if len(names) > 3:
        return f"{len(names)} mensalidades"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} e {names[-1]}"


@cache
def _parts(template: str) -> tuple[Callable[..., str], ...]:
    """Renderers of subject, opening sentence, text and HTML, compiled on first use."""
    environment = _environment()
    names = (f"{template}.{part}" for part in ("subject.txt", "opening.txt", "txt", "html"))
    return tuple(environment.get_template(name).render for name in names)


@cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import FileSystemLoader, StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["brl"] = format_brl
    environment.filters["months"] = enumerate_months
    return environment
