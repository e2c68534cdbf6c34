"""The source tree as the shape tests read it: modules, their imports, their lines."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers/domain/python"
FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Module:
    """A module of ours. `room` is its first folder or file under `emdia`, or `functions` or `infra`."""

    path: Path
    name: str
    room: str
    tree: ast.Module

    @property
    def imports(self) -> set[str]:
        """Absolute dotted names imported anywhere in it, functions included."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
        return found

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())

    @property
    def code_lines(self) -> int:
        return code_lines(self.tree, self.lines)


def code_lines(node: ast.AST, lines: int) -> int:
    """`lines` less the docstrings inside: saying why is free, doing much is not."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(inner, clean=False):
            text = inner.body[0]
            lines -= (text.end_lineno or text.lineno) - text.lineno + 1
    return lines


def _modules(base: Path, prefix: str) -> Iterator[Module]:
    for path in sorted(base.rglob("*.py")):
        parts = path.relative_to(base).with_suffix("").parts
        name = ".".join((prefix, *parts)) if prefix else ".".join(parts)
        room = parts[1] if parts[0] == "emdia" and len(parts) > 1 else prefix or parts[0]
        yield Module(path, name.removesuffix(".__init__"), room, ast.parse(path.read_text()))


@cache
def domain() -> tuple[Module, ...]:
    return tuple(_modules(PACKAGE, ""))


@cache
def handlers() -> tuple[Module, ...]:
    return tuple(m for m in _modules(FUNCTIONS, "functions"))


@cache
def infra() -> tuple[Module, ...]:
    return tuple(_modules(ROOT / "infra", "infra"))
