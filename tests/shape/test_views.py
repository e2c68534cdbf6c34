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
ANSWERING = {"api", "form_of", "invoked", "foreign", "json_answer", "refusal", "header", "raw_body", "Answer"}
# Of doors.py, what answers a queue, a stream or a clock: that they were heard, and no more.
SILENT = {"messages", "each", "together", "streamed", "tick"}
# Doors that answer somebody and show nobody, with the reason. A new door is in here or asks for a Seen.
SHOWS_NOBODY = {
    "approve_version": "words, ladders and norms: who approved is the operator's own staff",
    "open_log": "names and public keys of logs",
    "prove_notice": "what was filed is not answered",
    "receive_delivery": "answers a provider",
    "receive_erp_event": "ids and codes, to the ERP that sent the event",
    "receive_opt_out": "a page without a name; whose link it is is not told",
    "receive_payment": "how many Pix were new, to the bank that told of them",
    "receive_reply": "answers a provider",
}
_STANDS = "the attendance's number, terms and who has it: its words are in other items"
# Actions, by function, that show nobody though others of the same door do. A new action is in here or asks for a Seen.
ACTS_SHOW_NOBODY = {
    "attend_payment": {
        "unallocated": "amounts, days and reasons",
        "revoke": "whether it was done",
        "assign": "whether it was done",
        "replay": "whether it was done",
    },
    "attend_protocol": {
        "queue": _STANDS,
        "open": "the number that was given",
        "drafts": "approved texts",
        **dict.fromkeys(("identify", "class", "say", "claim", "hand_over", "answer", "reanalyse"), _STANDS),
    },
    "erase_person": {
        **dict.fromkeys(("request", "approve", "list"), "classes and offices; whose it is is not told"),
        **dict.fromkeys(("hold", "lift"), "whether it was done"),
        "disposals": "counts, reasons, numbers and pseudonyms",
    },
    "import_file": {"status": "rows and bytes"},
    "judge_contract": {"list": "pseudonyms, and which datum is missing"},
    "print_letters": {
        "jobs": "references and numbers of the post",
        "close": "the run's references and digests, for the printer",
        "status": "what became of each line that was told",
    },
    "prove_audit": {"prove": "leaf and proof: digests", "grow": "proof"},
    "release_case": {"list": "pseudonyms and reasons", "release": "whether it was done"},
    "replay_parked": {
        "list": "ids, types and reasons",
        **dict.fromkeys(("edit", "replay", "discard"), "what became of it"),
    },
    "report_protocols": {},
}
# What the command line reads by itself, with the reason why nobody is shown.
TERMINAL_READS = {
    "__main__": "the operator's own profile is written, and its portfolio exported by snapshots, which asks for a Seen",
    "approvals": "words, ladders and norms",
    "attendance_clients": "whether an operator is registered",
    "audit_log": "sealed logs: digests, proofs and sealed openings",
    "audit_state": "pseudonyms and kinds of items that do not hold",
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


def stories(tree):
    return [node.module.rsplit(".", 1)[1] for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("emdia.workflows.")]  # fmt: skip


def workflows_of(function):
    handler = ast.parse((ROOT / "functions" / function / "handler.py").read_text())
    return handler, stories(handler)


def door_names(tree):
    """What of doors.py a handler uses."""
    imported = {one.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "emdia.doors"
                for one in node.names}  # fmt: skip
    return imported | {node.attr for node in ast.walk(tree)
                       if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "doors"}  # fmt: skip


def functions_of(tree):
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def called(node):
    """The function of the module that a `return` hands its answer over to; "" for an answer made in place."""
    return getattr(getattr(node, "func", None), "id", "")


def actions_of(tree, entry):
    """Every action that `entry` tells apart, and the function that answers it: `entry` itself where it does so."""
    found = {}
    for node in tree.body:
        table = node.value if isinstance(node, ast.AnnAssign) else None
        if isinstance(table, ast.Dict) and getattr(node.target, "id", "") in ("_ACTIONS", "_VERBS", "_SCREENS"):
            found |= {
                key.value: getattr(value, "id", entry.name) for key, value in zip(table.keys, table.values, strict=True)
            }
    ends = called(entry.body[-1].value) if isinstance(entry.body[-1], ast.Return) else ""
    for node in (one for one in ast.walk(entry) if isinstance(one, ast.If)):
        for test in (
            one for one in ast.walk(node.test) if isinstance(one, ast.Compare) and "action" in ast.unparse(one.left)
        ):
            told = {one.value for one in ast.walk(test.comparators[0]) if isinstance(one, ast.Constant)}
            if isinstance(test.ops[0], ast.Eq) and isinstance(node.body[0], ast.Return):
                found |= dict.fromkeys(told, called(node.body[0].value) or entry.name)
            elif isinstance(test.ops[0], ast.NotIn):
                found |= {one: ends or entry.name for one in told if one not in found}
    return found


def shows(tree, name, seen=()):
    """Whether a function of the module asks for a Seen, itself or by one that it calls."""
    if name == "show":
        return True
    node = functions_of(tree).get(name)
    if node is None or name in seen:
        return False
    inner = {getattr(one.func, "id", "") for one in ast.walk(node) if isinstance(one, ast.Call)}
    return any(shows(tree, one, (*seen, name)) for one in inner)


def answering():
    return [one for one in sorted(FUNCTION_ACTIONS) if named(workflows_of(one)[0]) & ANSWERING]


@pytest.mark.parametrize("function", sorted(FUNCTION_ACTIONS))
def test_every_door_answers_by_a_way_that_is_walked(function):
    """Who returns something by a way of its own would be seen by nobody."""
    handler, _ = workflows_of(function)
    used = door_names(handler)
    assert used, "an answer that doors.py does not make"
    assert used & (ANSWERING | SILENT)
    returned = [node.value for node in ast.walk(functions_of(handler)["handle"]) if isinstance(node, ast.Return)]
    for value in (one for one in returned if one is not None and ast.unparse(one) != "None"):
        assert named(value) & (ANSWERING | SILENT | functions_of(handler).keys()), ast.unparse(value)


def test_every_way_of_answering_is_classed():
    made = {name for name in functions_of(ast.parse((DOMAIN / "doors.py").read_text())) if not name.startswith("_")}
    assert made <= ANSWERING | SILENT


@pytest.mark.parametrize("function", sorted(ACTS_SHOW_NOBODY))
def test_every_action_of_a_door_asks_for_a_seen_or_says_why_not(function):
    """One action that shows people would else hide another that shows them unseen."""
    _, modules = workflows_of(function)
    (name,) = [one for one in modules if asks(WORKFLOWS[one])]
    tree = WORKFLOWS[name]
    found = actions_of(tree, functions_of(tree)[name])
    assert len(found) > 1
    silent = {action for action, by in found.items() if not shows(tree, by)}
    assert silent == ACTS_SHOW_NOBODY[function].keys()


def test_every_door_with_actions_has_them_walked():
    asking = {one for one in answering() if one not in SHOWS_NOBODY}
    with_actions = {one for one in asking if any("action" in texts(WORKFLOWS[name]) for name in workflows_of(one)[1])}
    assert with_actions - {"explain_case", "open_protocol"} == ACTS_SHOW_NOBODY.keys()  # one path; attend_protocol's


@pytest.mark.parametrize("function", answering())
def test_a_door_that_answers_somebody_asks_for_a_seen_or_says_why_not(function):
    _, modules = workflows_of(function)
    # A call of a system is an action of attend_protocol.
    near = {
        *modules,
        *(() if function in SHOWS_NOBODY else (two for one in modules for two in stories(WORKFLOWS[one]))),
    }
    assert any(asks(WORKFLOWS[one]) for one in near) is not bool(SHOWS_NOBODY.get(function)), modules


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
    reads = {"command_line", "ledgers"} & named(CLI[module]) or {"dynamodb", "s3"} & texts(CLI[module])
    assert not reads or TERMINAL_READS.get(module) or asks(CLI[module]), f"{module} reads stores by itself"


def test_nothing_is_shown_without_proof():
    assert show(Seen("view:1"), "Josefa") == "Josefa"
    for proof in (None, "view:1", True):
        with pytest.raises(Halted):
            show(proof, "Josefa")
