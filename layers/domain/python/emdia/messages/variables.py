"""Which members of the view a text uses, against those its head declares."""

from collections.abc import Iterator

from emdia.messages import texts
from emdia.messages.render import environment
from emdia.messages.samples import example_of
from emdia.messages.texts import Text

Use = tuple[str, int, str]  # file, line, member


def declared_and_used(text: Text) -> tuple[list[Use], list[str], list[Use]]:
    """Used but not declared; declared but not used; used but no member of the view.

    A file that does not parse uses nothing: it is told as such elsewhere.
    """
    used = list(_used(text))
    names = {name for _, _, name in used}
    undeclared = [use for use in used if use[2] not in text.variables]
    unused = sorted(set(text.variables) - names)
    return undeclared, unused, [use for use in used if not hasattr(example_of(text.name), use[2])]


def _used(text: Text) -> Iterator[Use]:
    main = f"{text.folder}/{text.channel}.txt"
    paths = set(texts.files(text.folder, text.channel))
    for path in sorted(paths | {part for parameter in text.parameters for part in texts.referenced(parameter)}):
        told = (texts.ROOT / path).read_text(encoding="utf-8")
        head = told[: len(told) - len(texts.words_of(told))]
        for line, name in _members(texts.words_of(told)):
            yield path, line + head.count("\n"), name
    for parameter in text.parameters:
        for _, name in _members(parameter):
            yield main, 1, name


def _members(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of every `v.name`."""
    from jinja2 import TemplateError, nodes  # noqa: PLC0415  whoever only sends must not pay for this

    try:
        tree = environment().parse(source)
    except TemplateError:
        return  # told as not-rendered
    for one in tree.find_all(nodes.Getattr):
        if isinstance(one.node, nodes.Name) and one.node.name == "v":
            yield one.lineno, one.attr
