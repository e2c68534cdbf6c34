"""What runs the texts of files: Jinja2 in its sandbox, and what it says when a text is wrong.

Texts run in a sandbox, since operators will write their own; a name that a text gets wrong refuses the message
instead of leaving a hole in it, and is told with its file and line.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from emdia.errors import Rejected
from emdia.messages import texts
from emdia.messages.spelling import in_a_row
from emdia.messages.words import Item
from emdia.money import Centavos, format_brl

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

# What a wrong text may raise while it runs, beside the engine's own errors.
WRONG = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)
_SEVERAL = "<template>"  # what the engine calls a source that is no file


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file below ROOT, lines from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@cache
def part(path: str) -> Callable[..., str]:
    """Renderer of one file, compiled on first use. Raises jinja2.TemplateError."""
    return environment().get_template(path).render


def filled_in(source: str, values: Mapping[str, object], at: Place) -> str:
    """`source`, which stands at `at` in a head, with its values. Raises Rejected as `refusal` says."""
    from jinja2 import TemplateError  # noqa: PLC0415  see environment

    try:
        return environment().from_string(source).render(values)
    except (TemplateError, *WRONG) as wrong:
        raise refusal(wrong, at.path.partition("/")[0], at) from None


def refusal(wrong: Exception, template: str, at: Place | None = None) -> Exception:
    """What a wrong text is refused with: its fault by code, name, file and line; `wrong` itself when no text did it.

    Rejected: `template-undefined` (a name that does not exist), `template-invalid` (all else). `at` is where to point
    when the fault lies in no file of its own.
    """
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError  # noqa: PLC0415

    place = next(_places(wrong), None) or at
    if isinstance(wrong, TemplateSyntaxError):
        place = _place(wrong.filename, wrong.lineno) or at
    if isinstance(wrong, TemplateNotFound):
        return Rejected("template-invalid", template=template, at=str(wrong.name))
    if place is None and not isinstance(wrong, TemplateError):
        return wrong  # no text ran: a fault of ours
    told = {"template": template, "at": str(place or template)}
    if isinstance(wrong, UndefinedError):
        # The engine names it last: 'x' is undefined, 'Operator' has no attribute 'x', tuple object has no element 9.
        names = re.findall(r"'([^']*)'", str(wrong)) or str(wrong).split()
        return Rejected("template-undefined", variable=names[-1], **told)
    return Rejected("template-invalid", **told)


def _places(wrong: Exception) -> Iterator[Place]:
    """Lines of texts that were running, the innermost first."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(wrong.__traceback__)]
    for name, line in reversed(frames):
        if place := _place(name, line):
            yield place


def _place(name: str | None, line: int) -> Place | None:
    """The line of a whole file, head included, of which the engine saw the words only."""
    if name is None or name == _SEVERAL or not Path(name).is_relative_to(texts.ROOT):
        return None
    return Place(str(Path(name).relative_to(texts.ROOT)), line + texts.head_lines(Path(name)))


def enumerate_months(items: Sequence[Item]) -> str:
    """The reference months in a row, as a sentence lists them; beyond three, only how many.

    Nobody reads two dozen months in a sentence: the table below it has them.
    """
    names = [item.reference for item in items]
    return f"{len(names)} mensalidades" if len(names) > 3 else in_a_row(names)


@cache
def environment() -> "SandboxedEnvironment":
    """What texts run in: a sandbox that knows files of texts only, and in which a wrong name is an error."""
    # Imported in functions only: one that never writes to anybody must not pay for Jinja2.
    from jinja2 import FunctionLoader, StrictUndefined, Undefined  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    def brl(amount: Any) -> str:
        if isinstance(amount, Undefined):
            str(amount)  # says which name is wrong; arithmetic would only say that it is no number
        if not isinstance(amount, int):
            raise TypeError("money is centavos")
        return format_brl(Centavos(amount))

    made = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_load),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["brl"] = brl
    made.filters["months"] = enumerate_months
    return made


def _load(path: str) -> tuple[str, str, Callable[[], bool]] | None:
    """What a text may include: files of texts, and nothing outside their folder."""
    file = texts.ROOT / path
    try:
        if file.resolve().is_relative_to(texts.ROOT.resolve()):
            return texts.source(path), str(file), lambda: True
    except OSError:
        return None
    return None
