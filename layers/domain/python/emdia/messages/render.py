"""A view and a text become a message, in the shape its channel carries."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from emdia.errors import Halted, Rejected
from emdia.messages import gsm7, texts
from emdia.messages.engine import WRONG, Place, filled_in, part, refusal
from emdia.messages.receipt_words import ReceiptView
from emdia.messages.texts import Text, text_of
from emdia.messages.words import View
from emdia.portfolio.contract import Channel

AnyView = View | ReceiptView
# What a step of a ladder may say.
TEMPLATES = ("lembrete", "vencimento", "atraso")
_MOST = 1_000_000  # characters: no message is as long, and whoever looks through one would never end
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
    `template-invalid` (does not parse, or does what the sandbox forbids or nobody can do, or its subject has several
    lines), each with the place; `sms-long` (more than one SMS); Halted for an SMS or WhatsApp message without the page
    that holds what they leave out.
    """
    # Imported here and in engine.py only: a function that never writes to anybody must not pay for Jinja2.
    from jinja2 import TemplateError  # noqa: PLC0415

    text = text_of(template, channel, version)
    if channel in (Channel.SMS, Channel.WHATSAPP) and not view.page_url:
        raise Halted("a short message without the page of its details")
    try:
        rendered = _CARRY[channel](text, view)
    except (TemplateError, *WRONG) as wrong:
        raise refusal(wrong, template) from None
    if max(map(len, (rendered.text, rendered.html, rendered.subject, *rendered.parameters))) > _MOST:
        raise Rejected("template-invalid", template=template, at=f"{text.folder}/{channel}.txt:1")
    lines = 1 if channel in (Channel.EMAIL, Channel.LETTER) else 0
    if len(rendered.subject.splitlines()) != lines:  # a line break in a subject would begin a header of somebody's own
        raise Rejected("template-invalid", template=template, at=f"{text.folder}/{channel}.subject.txt:1")
    return rendered


def _email(text: Text, view: AnyView) -> Rendered:
    write = {name: part(f"{text.folder}/email.{name}") for name in ("subject.txt", "opening.txt", "txt", "html")}
    # Rendered as text first, then given to the HTML as a value, so that the HTML escapes them.
    subject, opening = write["subject.txt"](v=view).strip(), write["opening.txt"](v=view).strip()
    words = write["txt"](v=view, opening=opening)
    html = write["html"](v=view, opening=opening, subject=subject)
    return Rendered(words.strip() + "\n", subject, html.strip() + "\n")


def _letter(text: Text, view: AnyView) -> Rendered:
    subject, words = (part(f"{text.folder}/letter.{name}")(v=view) for name in ("subject.txt", "txt"))
    return Rendered(words.strip() + "\n", subject.strip())


def _sms(text: Text, view: AnyView) -> Rendered:
    words = gsm7.plain(part(f"{text.folder}/sms.txt")(v=view))
    if not gsm7.fits(words):
        raise Rejected("sms-long", template=text.name)
    return Rendered(words)


def _whatsapp(text: Text, view: AnyView) -> Rendered:
    """Meta takes no line break, tab or run of spaces in a parameter, nor an empty one."""
    path = f"{text.folder}/whatsapp.txt"
    told = [filled_in(one, {"v": view}, Place(path, texts.line_of(path, one))) for one in text.parameters]
    parameters = tuple(re.sub(r"[^\S\u00a0]+", " ", one).strip() for one in told)
    body = texts.source(path)
    if not {int(hole) for hole in _HOLE.findall(body)} <= set(range(1, len(parameters) + 1)):
        raise Rejected("template-invalid", template=text.name, at=f"{path}:{texts.head_lines(texts.ROOT / path) + 1}")
    return Rendered(
        filled(body, parameters),
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
