"""docs/threats.md tells of no test that does not exist, and each of its moves is tried or owned up to."""

import ast
import re

from tests.shape.source import ROOT

ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    for line in (ROOT / "docs/threats.md").read_text().splitlines()
    if line.startswith("|") and not line.startswith(("| Right", "|---"))
]


def known():
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


def test_every_move_is_tried_or_owned_up_to():
    assert ROWS
    for row in ROWS:
        shown_by = row[-1]
        assert "(../tests/" in shown_by or "`test_" in shown_by or shown_by in ("not built", "not tried"), row


def test_every_test_that_is_named_exists():
    named = {name for row in ROWS for name in re.findall(r"`(test_\w+)`", row[-1])}
    assert named
    assert named - set(known()) == set()
