"""What a cold start pays for: a function loads what it uses and nothing else."""

import ast
import json
import subprocess
import sys

import pytest

from tests.shape.source import FUNCTIONS, PACKAGE, ROOT, domain

DOORS = sorted(p.parent.name for p in FUNCTIONS.glob("*/handler.py"))
# Only the two API doors and the command line's function parse what strangers wrote.
PARSES = {"receive_erp_event", "import_file", "replay_parked"}
NEVER = {"moto", "aws_cdk", "pytest", "ministack", "boto3", "playwright"}
COSTLY = {
    "pydantic",
    "jinja2",
    "phonenumbers",
    "validate_docbr",
    "holidays",
    "aws_lambda_powertools",
    "reportlab",
    "openpyxl",
}


def modules_after_import(function):
    code = (
        f"import importlib, json, sys; importlib.import_module('functions.{function}.handler'); "
        "print(json.dumps(sorted(m.split('.')[0] for m in sys.modules)))"
    )
    env = {"PYTHONPATH": f"{ROOT}:{PACKAGE}", "PATH": ""}
    answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout))


@pytest.mark.parametrize("function", DOORS)
def test_pay_only_for_what_you_use(function):
    loaded = modules_after_import(function)
    assert not loaded & NEVER
    assert not loaded & (COSTLY - ({"pydantic"} if function in PARSES else set()))


@pytest.mark.parametrize("module", domain(), ids=lambda m: m.name)
def test_clients_are_built_in_one_place(module):
    if module.name == "emdia.aws.clients":
        return
    built = [n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and n.attr in {"create_client", "client"}]
    named = [n for n in built if ast.unparse(n.value).split(".")[0] in {"boto3", "botocore", "session", "_session()"}]
    assert not named, "build clients in emdia.aws.clients only"


def test_clients_that_write_to_people_make_one_attempt(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    from emdia.aws.clients import send_client

    tried = send_client("sesv2").meta.config.retries
    assert tried["total_max_attempts"] == 1


SENDING = {"'sesv2'", "'pinpoint-sms-voice-v2'", "'socialmessaging'"}


def test_what_writes_to_people_gets_such_a_client():
    made = [
        (ast.unparse(node.args[0]), ast.unparse(node.func).split(".")[-1])
        for module in domain()
        if module.name in ("emdia.wiring", "emdia.adapters")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute | ast.Name)
        and ast.unparse(node.func).split(".")[-1] in {"client", "send_client"}
        and node.args
    ]
    assert {service for service, how in made if how == "send_client"} == SENDING
