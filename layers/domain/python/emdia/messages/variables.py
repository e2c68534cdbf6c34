"""Which data a text uses, against those that its head declares and those that exist.

Found in the files, in branches too that no sample takes: a wrong name must not wait for the one person it concerns.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from emdia.messages import texts
from emdia.messages.engine import environment
from emdia.messages.samples import example_of
from emdia.messages.texts import Text

if TYPE_CHECKING:
    from jinja2 import nodes

Use = tuple[str, int, str]  # file, line, name
_UNKNOWN: Final = object()  # what cannot be told without running the text
# Beside the view: what the parts of an e-mail are given (render.py), and what a loop knows of itself.
_GIVEN: Final = ("opening", "subject", "loop")


def declared_and_used(text: Text) -> tuple[list[Use], list[str], list[Use]]:
    """Used but not declared; declared but not used; used but not there ("operator.fax", "tomorrow").

    A file that does not parse uses nothing: it is told as such elsewhere.
    """
    trees = list(_trees(text))
    used = [(path, line, name) for path, more, tree in trees for line, name in _members(tree, more)]
    undeclared = [use for use in used if use[2] not in text.variables]
    unused = sorted(set(text.variables) - {name for _, _, name in used})
    scope = _scope(text, trees)
    unknown = [(path, line, name) for path, more, tree in trees for line, name in _absent(tree, more, scope)]
    return undeclared, unused, unknown


_Tree = tuple[str, int, "nodes.Template"]  # file, the lines before it, its words


def _trees(text: Text) -> Iterator[_Tree]:
    """Every file of the text, and each parameter of its head, at the line where it stands."""
    main = f"{text.folder}/{text.channel}.txt"
    paths = set(texts.files(text.folder, text.channel))
    sources = [
        (path, texts.head_lines(texts.ROOT / path), texts.source(path))
        for path in sorted(paths | {part for parameter in text.parameters for part in texts.referenced(parameter)})
    ]
    sources += [(main, texts.line_of(main, one) - 1, one) for one in text.parameters]
    for path, before, source in sources:
        if (tree := _parsed(source)) is not None:
            yield path, before, tree


def _parsed(source: str) -> "nodes.Template | None":
    from jinja2 import TemplateError  # noqa: PLC0415  whoever only sends must not pay for this

    try:
        return environment().parse(source)
    except TemplateError:
        return None  # told as not-rendered


def _members(tree: "nodes.Template", before: int) -> Iterator[tuple[int, str]]:
    """Line and name of every `v.name`."""
    from jinja2 import nodes  # noqa: PLC0415

    for one in tree.find_all(nodes.Getattr):
        if isinstance(one.node, nodes.Name) and one.node.name == "v":
            yield one.lineno + before, one.attr


def _scope(text: Text, trees: list[_Tree]) -> Mapping[str, object]:
    """Every name that some file of the text gives a value, with an example of it: what a file includes sees them."""
    from jinja2 import nodes  # noqa: PLC0415

    scope: dict[str, object] = {"v": example_of(text.name)}
    scope |= dict.fromkeys((*_GIVEN, *environment().globals), _UNKNOWN)
    for _, _, tree in trees:
        for named in tree.find_all(nodes.Name):
            if named.ctx != "load":
                scope.setdefault(named.name, _UNKNOWN)
        scope |= {macro.name: _UNKNOWN for macro in tree.find_all(nodes.Macro)}
    for _, _, tree in trees:
        for loop in tree.find_all(nodes.For):
            many = _value(loop.iter, scope)
            if isinstance(loop.target, nodes.Name) and isinstance(many, tuple) and many:
                scope[loop.target.name] = many[0]
        for made in tree.find_all(nodes.Assign):
            if isinstance(made.target, nodes.Name):
                scope[made.target.name] = _value(made.node, scope)
    return scope


def _absent(tree: "nodes.Template", before: int, scope: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """Line and name of what is asked for and is not there."""
    from jinja2 import nodes  # noqa: PLC0415

    for named in tree.find_all(nodes.Name):
        if named.ctx == "load" and named.name not in scope:
            yield named.lineno + before, named.name
    for one in tree.find_all(nodes.Getattr):
        owner = _value(one.node, scope)
        if owner is not _UNKNOWN and not hasattr(owner, one.attr):
            yield one.lineno + before, _spelt(one).removeprefix("v.")


def _value(node: "nodes.Node", scope: Mapping[str, object]) -> object:
    """An example of what an expression gives, as far as it only follows names."""
    from jinja2 import nodes  # noqa: PLC0415

    if isinstance(node, nodes.Name):
        return scope.get(node.name, _UNKNOWN)
    if isinstance(node, nodes.Getattr):
        owner = _value(node.node, scope)
        return _UNKNOWN if owner is _UNKNOWN else getattr(owner, node.attr, _UNKNOWN)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and node.arg.value == 0:
        owner = _value(node.node, scope)
        return owner[0] if isinstance(owner, tuple) and owner else _UNKNOWN
    return _UNKNOWN


def _spelt(node: "nodes.Node") -> str:
    """An expression as the text writes it: "item.owed.multa"."""
    from jinja2 import nodes  # noqa: PLC0415

    if isinstance(node, nodes.Getattr):
        return f"{_spelt(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"
