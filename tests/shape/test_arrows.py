"""functions -> workflows -> {pure rooms, ports};  wiring -> aws, providers -> ports;  infra -> actions only."""

import ast
import sys

import pytest

from tests.shape.source import code_lines, domain, handlers, infra

# Rooms whose answers a lawyer or an accountant could dispute, and the values below them.
PURE = {
    "money",
    "calendar",
    "identity",
    "errors",
    "facts",
    "clock",
    "state",
    "portfolio",
    "ladder",
    "compliance",
    "messages",
    "audit",
    "people",
    "protocols",
    "payments",
}
# Value libraries a pure room may name. `cryptography` makes and checks bytes only, `rfc3161_client` likewise.
VALUE_LIBRARIES = {"holidays", "phonenumbers", "validate_docbr", "jinja2", "reportlab"}
LIBRARIES_OF = {"audit": {"cryptography", "rfc3161_client"}, "protocols": {"cryptography"}}
# The leaf draws its salts through the Randomness port, which it is given.
PORTS_OF = {"audit": {"ports"}}
WORLD = {"os", "socket", "urllib", "http", "requests", "boto3", "botocore", "time", "random", "secrets", "subprocess"}

# room -> rooms it may import (besides itself and the pure ones)
ALLOWED = {
    "ports": set(),
    "__init__": set(),
    "settings": set(),
    "clock_file": set(),
    "workflows": {"ports", "providers"},
    "providers": {"ports"},
    "web": {"ports"},
    "aws": {"ports"},
    "doors": {"ports", "web"},
    "adapters": {"ports", "aws", "settings", "clock_file"},
    "fact_wiring": {"ports", "aws", "providers", "workflows", "settings", "adapters"},
    "witness_wiring": {"ports", "aws", "providers", "workflows", "settings", "adapters"},
    "wiring": {
        "ports",
        "aws",
        "providers",
        "workflows",
        "web",
        "settings",
        "adapters",
        "fact_wiring",
        "witness_wiring",
    },
    "cli": {"ports", "aws", "providers", "workflows", "web", "wiring", "doors", "settings", "adapters"},
}


def rooms_of(module):
    return {name.split(".")[1] for name in module.imports if name.startswith("emdia.")}


def libraries_of(module):
    return {name.split(".")[0] for name in module.imports} - {"emdia"} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", [m for m in domain() if m.room in PURE], ids=lambda m: m.name)
def test_pure_rooms_touch_nothing_but_values(module):
    assert rooms_of(module) <= PURE | PORTS_OF.get(module.room, set())
    assert libraries_of(module) <= VALUE_LIBRARIES | LIBRARIES_OF.get(module.room, set())
    assert not {name.split(".")[0] for name in module.imports} & WORLD


@pytest.mark.parametrize(
    "module", [m for m in domain() if m.room not in PURE and m.room != "emdia"], ids=lambda m: m.name
)
def test_arrows_point_one_way(module):
    assert rooms_of(module) <= PURE | ALLOWED[module.room] | {module.room}


@pytest.mark.parametrize("module", domain(), ids=lambda m: m.name)
def test_only_the_aws_room_names_aws(module):
    named = {name.split(".")[0] for name in module.imports} & {"boto3", "botocore", "aws_lambda_powertools"}
    assert not named or module.room in {"aws", "wiring", "cli"}


@pytest.mark.parametrize("module", [m for m in domain() if m.room not in {"wiring", "cli"}], ids=lambda m: m.name)
def test_only_wiring_reads_the_environment(module):
    read = [n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"}]
    assert not read


def _asks_the_machine_for_time(module):
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).split(".")[-1]
            if (owner, node.func.attr) in {
                ("datetime", "now"),
                ("datetime", "utcnow"),
                ("date", "today"),
                ("datetime", "today"),
                ("time", "time"),
            }:
                yield node.lineno


@pytest.mark.parametrize("module", [*domain(), *handlers()], ids=lambda m: m.name)
def test_time_comes_from_the_clock_port(module):
    assert module.name == "emdia.clock" or not list(_asks_the_machine_for_time(module))


@pytest.mark.parametrize("module", handlers(), ids=lambda m: m.name)
def test_a_handler_is_a_doorway(module):
    assert module.lines <= 40
    assert rooms_of(module) <= {"doors", "wiring", "workflows", "providers", "web", "errors"}
    assert not [node for node in ast.walk(module.tree) if isinstance(node, ast.ExceptHandler)]


@pytest.mark.parametrize("module", [m for m in infra() if not m.name.startswith("infra.local")], ids=lambda m: m.name)
def test_infrastructure_knows_only_the_actions(module):
    assert all(n.startswith("emdia.aws.actions") for n in module.imports if n.startswith("emdia"))


@pytest.mark.parametrize("module", [*domain(), *handlers(), *infra()], ids=lambda m: m.name)
def test_rooms_are_small_and_named(module):
    # The wiring is a list, one short function a door: it grows with the doors and is read one by one.
    assert module.code_lines <= (600 if module.name == "emdia.wiring" else 250)
    assert not {"utils", "helpers", "common", "misc"} & set(module.name.split("."))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
            assert code_lines(node, (node.end_lineno or 0) - node.lineno + 1) <= 60, node.name
