"""A view and a text become a message, in the shape its channel carries.

Texts run in Jinja2's sandbox, since operators will write their own; a name that a text gets wrong refuses
the message instead of leaving a hole in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from emdia.errors import Halted, Rejected
from emdia.messages import gsm7, texts
from emdia.messages.receipt_words import ReceiptView
from emdia.messages.texts import Text, text_of
from emdia.messages.words import Item, View
from emdia.money import format_brl
from emdia.portfolio.contract import Channel

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

AnyView = View | ReceiptView
# What a step of a ladder may say.
TEMPLATES = ("lembrete", "vencimento", "atraso")
_HOLE = re.compile(r"\{\{([0-9]+)\}\}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message as its channel carries it. The HTML is escaped here: SES does not escape template data.

    E-mail: `subject`, `text`, `html`. SMS: `text`. Letter: `subject`, `text` in paragraphs. WhatsApp: `text` as the
    person reads it, `parameters` in the order of the registered template's holes, and `button`, the end of its link.
    """

    text: str
    subject: str = ""
    html: str = ""
    parameters: tuple[str, ...] = ()
    button: str = ""


def render(template: str, channel: Channel, view: AnyView, version: int | None = None) -> Rendered:
    """`view` through the text `template` of `channel`, in `version` (None: the newest there is).

    Raises Rejected: `template-unknown`, `template-undefined` (names something the view has not),
    `template-invalid` (does not parse, or does what the sandbox forbids, or its subject has several lines), `sms-long`
    (more than one SMS); Halted for an SMS or WhatsApp message without the page that holds what they leave out.
    """
    # Imported here and in _environment only: a function that never writes to anybody must not pay for Jinja2.
    from jinja2 import TemplateError, UndefinedError  # noqa: PLC0415

    text = text_of(template, channel, version)
    if channel in (Channel.SMS, Channel.WHATSAPP) and not view.page_url:
        raise Halted("a short message without the page of its details")
    try:
        rendered = _CARRY[channel](text, view)
    except UndefinedError:
        raise Rejected("template-undefined", template=template) from None
    except TemplateError:
        raise Rejected("template-invalid", template=template) from None
    lines = 1 if channel in (Channel.EMAIL, Channel.LETTER) else 0
    if len(rendered.subject.splitlines()) != lines:  # a line break in a subject would begin a header of somebody's own
        raise Rejected("template-invalid", template=template)
    return rendered


def _email(text: Text, view: AnyView) -> Rendered:
    write = {part: _part(f"{text.folder}/email.{part}") for part in ("subject.txt", "opening.txt", "txt", "html")}
    # Rendered as text first, then given to the HTML as a value, so that the HTML escapes them.
    subject, opening = write["subject.txt"](v=view).strip(), write["opening.txt"](v=view).strip()
    words = write["txt"](v=view, opening=opening)
    html = write["html"](v=view, opening=opening, subject=subject)
    return Rendered(words.strip() + "\n", subject, html.strip() + "\n")


def _letter(text: Text, view: AnyView) -> Rendered:
    subject, words = (_part(f"{text.folder}/letter.{part}")(v=view) for part in ("subject.txt", "txt"))
    return Rendered(words.strip() + "\n", subject.strip())


def _sms(text: Text, view: AnyView) -> Rendered:
    words = gsm7.plain(_part(f"{text.folder}/sms.txt")(v=view))
    if not gsm7.fits(words):
        raise Rejected("sms-long", template=text.name)
    return Rendered(words)


def _whatsapp(text: Text, view: AnyView) -> Rendered:
    """Meta takes no line break, tab or run of spaces in a parameter, nor an empty one."""
    told = [environment().from_string(one).render(v=view) for one in text.parameters]
    parameters = tuple(re.sub(r"[^\S\u00a0]+", " ", one).strip() for one in told)
    return Rendered(
        filled(texts.source(f"{text.folder}/whatsapp.txt"), parameters),
        parameters=parameters,
        button=view.page_url.rpartition("/")[2],
    )


_CARRY: Mapping[Channel, Callable[[Text, AnyView], Rendered]] = {
    Channel.EMAIL: _email,
    Channel.SMS: _sms,
    Channel.WHATSAPP: _whatsapp,
    Channel.LETTER: _letter,
}


def filled(body: str, parameters: Sequence[str]) -> str:
    """The body of a registered template with its holes filled.

    >>> filled("Olá, {{1}}.", ["Ana"])
    'Olá, Ana.'
    """
    return _HOLE.sub(lambda hole: parameters[int(hole[1]) - 1], body).strip()


def registered_name(text: Text) -> str:
    """What a WhatsApp template is called at Meta: a name there holds one wording for ever."""
    return f"{text.name}_v{text.version}"


def registration(text: Text, examples: Rendered, public_url: str) -> Mapping[str, object]:
    """The document that registers a WhatsApp text at Meta, with a rendered message as the examples it asks for.

    Source: WhatsApp Business Management API, message_templates.
    """
    body = {
        "type": "BODY",
        "text": texts.source(f"{text.folder}/whatsapp.txt").strip(),
        "example": {"body_text": [list(examples.parameters)]},
    }
    page = f"{public_url}/p/"
    link = {"type": "URL", "text": text.button, "url": page + "{{1}}", "example": [page + examples.button]}
    return {
        "name": registered_name(text),
        "language": "pt_BR",
        "category": text.category.upper(),
        "components": [body, {"type": "FOOTER", "text": text.footer}, {"type": "BUTTONS", "buttons": [link]}],
    }


def enumerate_months(items: Sequence[Item]) -> str:
    """The reference months in a row, as a sentence lists them; beyond three, only how many.

    Nobody reads two dozen months in a sentence: the table below it has them.
    """
    names = [item.reference for item in items]
    if len(names) > 3:
        return f"{len(names)} mensalidades"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} e {names[-1]}"


@cache
def _part(path: str) -> Callable[..., str]:
    """Renderer of one file, compiled on first use."""
    return environment().get_template(path).render


@cache
def environment() -> "SandboxedEnvironment":
    """What texts run in: a sandbox that knows files of texts only, and in which a wrong name is an error."""
    from jinja2 import FunctionLoader, StrictUndefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_load),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["brl"] = format_brl
    made.filters["months"] = enumerate_months
    return made


def _load(path: str) -> str | None:
    """What a text may include: files of texts, and nothing outside their folder."""
    try:
        found = (texts.ROOT / path).resolve()
        return texts.source(path) if found.is_relative_to(texts.ROOT.resolve()) else None
    except OSError:
        return None
