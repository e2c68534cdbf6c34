"""A page that shows a text as made-up people would read it, for who has to approve it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emdia.messages.lint import Finding
from emdia.messages.render import Rendered
from emdia.messages.texts import Text

_TEMPLATE = Path(__file__).parent / "templates" / "preview.html"


def preview(text: Text, messages: Mapping[str, Rendered], findings: Sequence[Finding]) -> str:
    """The page: what the text is for, what the linter finds, and every message, by the name of its sample."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  pages of functions need no Jinja2

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(text=text, messages=messages, findings=findings)
