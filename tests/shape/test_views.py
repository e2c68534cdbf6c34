"""No path shows a person before a fact says to whom: every door that answers is walked, and what the terminal reads."""

import ast

import pytest

from emdia.aws.actions import FUNCTION_ACTIONS
from emdia.errors import Halted
from emdia.facts import CONTINUED, KINDS, LogClass
from emdia.ports import Seen
from emdia.workflows.views import show
from infra.bundle import ROOT

DOMAIN = ROOT / "layers/domain/python/emdia"
VIEWS = {kind for kind, row in KINDS.items() if row.log is LogClass.ACESSO and not kind.startswith(CONTINUED)}
ANSWERING = {"api", "invoked", "foreign", "json_answer", "header", "Answer"}
# Doors that answer somebody and show nobody, with the reason. A new door is in here or asks for a Seen.
SHOWS_NOBODY = {
    "approve_version": "words, ladders and norms: who approved is the operator's own staff",
    "open_log": "names and public keys of logs",
    "open_protocol": "the number that was given, to the system that asked",
    "prove_notice": "what was filed is not answered",
    "receive_delivery": "answers a provider",
    "receive_erp_event": "ids and codes, to the ERP that sent the event",
    "receive_opt_out": "a page without a name; whose link it is is not told",
    "receive_payment": "how many Pix were new, to the bank that told of them",
    "receive_reply": "answers a provider",
}
# What the command line reads by itself, with the reason why nobody is shown.
TERMINAL_READS = {
    "__main__": "the operator's own profile is written, and its portfolio exported by snapshots, which asks for a Seen",
    "approvals": "words, ladders and norms",
    "attendance_clients": "whether an operator is registered",
    "channels": "an operator's own sender numbers",
    "clients": "writes",
    "imports": "the clock alone",
    "protocols": "a public key",
    "restore": "counts",
    "smoke": "the state of a stage; of an operator its senders",
    "smoke_road": "how far an event of nobody's has come",
    "smoke_senders": "an operator's own sender numbers and templates",
    "staff": "the operator's own profile, holidays, whether it is registered",
    "trace": "by trace_outreach, which asks for a Seen",
    "webhooks": "where a contract's events stand: numbers and moments",
}


def trees(folder):
    return {path.stem: ast.parse(path.read_text()) for path in sorted(folder.glob("*.py"))}


WORKFLOWS, CLI = trees(DOMAIN / "workflows"), trees(DOMAIN / "cli")


def named(tree):
    return {node.attr if isinstance(node, ast.Attribute) else node.id for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Name)}  # fmt: skip


def texts(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def asks(tree):
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "show" for node in ast.walk(tree))


def workflows_of(function):
    handler = ast.parse((ROOT / "functions" / function / "handler.py").read_text())
    found = [node.module.rsplit(".", 1)[1] for node in ast.walk(handler)
             if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("emdia.workflows.")]  # fmt: skip
    return handler, found


def answering():
    return [one for one in sorted(FUNCTION_ACTIONS) if named(workflows_of(one)[0]) & ANSWERING]


@pytest.mark.parametrize("function", answering())
def test_a_door_that_answers_somebody_asks_for_a_seen_or_says_why_not(function):
    _, modules = workflows_of(function)
    assert any(asks(WORKFLOWS[one]) for one in modules) is not bool(SHOWS_NOBODY.get(function)), modules


@pytest.mark.parametrize("module", sorted(WORKFLOWS.keys() | {f"cli.{one}" for one in CLI}))
def test_whoever_witnesses_a_view_hands_the_proof_on(module):
    """A fact of a view whose proof is dropped would let the data go without it tomorrow."""
    tree = CLI[module[4:]] if module.startswith("cli.") else WORKFLOWS[module]
    for node in ast.walk(tree):
        dropped = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if dropped and getattr(node.value.func, "attr", "") == "witness":
            inside = next(f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and node in ast.walk(f))
            assert not texts(inside) & VIEWS, f"{module}.{inside.name}"


def test_no_exception_outlives_its_door():
    assert SHOWS_NOBODY.keys() <= set(answering())
    assert TERMINAL_READS.keys() <= CLI.keys()


def test_nothing_but_the_ledger_makes_a_seen():
    makers = set()
    for path in DOMAIN.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Seen":
                makers.add(path.relative_to(DOMAIN).as_posix())
    assert makers == {"aws/ledger.py"}


def test_every_kind_of_view_is_witnessed_where_something_is_shown():
    for kind in VIEWS:
        where = [tree for tree in (*WORKFLOWS.values(), *CLI.values()) if kind in texts(tree)]
        assert where, kind


@pytest.mark.parametrize("module", sorted(CLI))
def test_the_terminal_s_own_reads_are_walked_too(module):
    reads = {"command_line", "ledgers"} & named(CLI[module])
    assert not reads or TERMINAL_READS.get(module) or asks(CLI[module]), f"{module} reads stores by itself"


def test_nothing_is_shown_without_proof():
    assert show(Seen("view:1"), "Josefa") == "Josefa"
    for proof in (None, "view:1", True):
        with pytest.raises(Halted):
            show(proof, "Josefa")
