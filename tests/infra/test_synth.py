"""Synthesis itself: on a machine without Node, judged by cdk-nag and cfn-lint, with hashes that stand still."""

import ast
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from aws_cdk import aws_s3 as s3

from infra import bundle
from infra.app import build
from infra.bundle import ROOT
from infra.local.assembly import BANK, EXAMPLE
from infra.stages import STAGES, Wheels, stacks_of, told
from tests.infra.templates import STAGES as NAMES
from tests.infra.templates import template

CONTEXT = {
    "stage": "prod",
    "public_url": "https://cobranca.operadora.example/",
    "prod": {"accounts": asdict(EXAMPLE), "bank": asdict(BANK)},
}
ONE = "1" * 12


def test_a_machine_without_node_and_without_credentials_synthesises(tmp_path):
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env={
            "PATH": str(tmp_path),
            "HOME": str(tmp_path),
            # As the CDK's own command line asks for it.
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(CONTEXT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    service = json.loads((out / "EmDia-prod-Service.template.json").read_text())
    assert service["Outputs"]["ApiUrlDDEE0114"]["Value"] == "https://cobranca.operadora.example"
    state = "EmDia-prod-State.template.json"
    assert (out / state).read_text() == (template("prod").folder / state).read_text()


@pytest.mark.parametrize(
    "accounts",
    [
        "x",
        {},
        {"operator": ONE},
        {"witness": ONE},
        {"operator": ONE, "witness": ONE},
        {"operator": ONE, "witness": "2"},
        {"operator": ONE, "witness": "2" * 12, "third": "3" * 12},
    ],
)
def test_accounts_are_told_together_and_are_two(accounts):
    with pytest.raises(ValueError, match="twelve digits"):
        told(STAGES["dev"], {"accounts": accounts})


def test_without_accounts_there_is_no_witness_and_nothing_is_open_to_one(tmp_path):
    build(STAGES["dev"], tmp_path / "out").synth()
    names = sorted(path.name for path in (tmp_path / "out").glob("*.template.json"))
    assert names == sorted(f"{name}.template.json" for name in stacks_of("dev"))
    state = (tmp_path / "out" / "EmDia-dev-State.template.json").read_text()
    assert "Replication" not in state
    assert "WitnessBucket" not in state


@pytest.mark.parametrize("stage", NAMES)
def test_no_stack_is_near_what_cloudformation_takes(stage):
    """500 resources a stack; a function is nine of them: before the next two a room moves to a stack of its own."""
    for path in template(stage).folder.glob("*.template.json"):
        assert len(json.loads(path.read_text())["Resources"]) <= 482, path.name


def test_a_finding_of_cdk_nag_stops_the_synthesis(tmp_path):
    app = build(STAGES["dev"], tmp_path / "out")
    s3.Bucket(app.node.find_child("EmDia-dev-State"), "Loose")
    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        app.synth()


@pytest.mark.parametrize("stage", NAMES)
def test_every_accepted_finding_gives_its_reason(stage):
    reasons = [
        entry["data"]
        for path in template(stage).folder.glob("*.metadata.json")
        for entries in json.loads(path.read_text()).values()
        for entry in entries
        if "acknowledge" in entry["type"].lower() or "AwsSolutions" in json.dumps(entry)
    ]
    assert reasons
    for given in reasons:
        assert len(json.dumps(given)) > 60, given


def test_cfn_lint_finds_nothing():
    # W3005: the CDK names dependencies that a reference already implies.
    paths = [str(path) for stage in NAMES for path in sorted(template(stage).folder.glob("*.template.json"))]
    linter = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [str(linter), "--ignore-checks", "W3005", "--", *paths], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_bytecode_left_by_a_test_run_changes_no_hash(tmp_path, monkeypatch):
    domain = tmp_path / "domain"
    (domain / "emdia").mkdir(parents=True)
    (domain / "emdia" / "money.py").write_text("CENTS = 100\n")
    monkeypatch.setattr(bundle, "DOMAIN", domain)
    monkeypatch.setattr(bundle, "BUNDLES", tmp_path / "bundles")
    folder, before = bundle.domain(Wheels.LAMBDA)
    (domain / "emdia" / "__pycache__").mkdir()
    (domain / "emdia" / "__pycache__" / "money.cpython-311.pyc").write_bytes(b"\0" * 40)
    assert bundle.domain(Wheels.LAMBDA) == (folder, before)
    (domain / "emdia" / "money.py").write_text("CENTS = 1000\n")
    _, after = bundle.domain(Wheels.LAMBDA)
    assert after != before


def test_function_assets_carry_the_handler_and_nothing_else():
    names = json.loads(next(template("dev").folder.glob("*Service.assets.json")).read_text())["files"].values()
    folders = [template("dev").folder / name["source"]["path"] for name in names]
    doors = [folder for folder in folders if (folder / "handler.py").exists()]
    assert doors
    for folder in doors:
        assert [path.name for path in folder.iterdir()] == ["handler.py"]


def test_the_vendor_layer_is_for_lambda_and_small_enough():
    folder, _ = bundle.vendor(Wheels.LAMBDA)
    machine = {path.name.rsplit("-", 3)[-3] for path in folder.rglob("*.cpython-313-*.so")}
    assert machine == {"aarch64"}
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert total < 100_000_000  # Lambda takes 250 MB unzipped, both layers and the function together


def test_of_the_fonts_only_those_of_the_letters_are_shipped():
    folder, _ = bundle.vendor(Wheels.HOST)
    fonts = {path.name for path in (folder / "python" / "reportlab" / "fonts").iterdir()}
    assert fonts == {"Vera.ttf", "VeraBd.ttf", "VeraBI.ttf", "VeraIt.ttf"}


def test_the_host_bundle_holds_every_service_the_adapters_ask_for():
    folder, _ = bundle.vendor(Wheels.HOST)
    kept = {path.name for path in (folder / "python" / "botocore" / "data").iterdir() if path.is_dir()}
    assert kept == bundle.SERVICES


def test_the_vendor_layer_ships_what_the_domain_imports_and_nothing_else():
    named = {"phonenumberslite": "phonenumbers", "rfc3161-client": "rfc3161_client", "validate-docbr": "validate_docbr"}
    lines = (ROOT / "layers" / "vendor" / "requirements.in").read_text().splitlines()
    shipped = {named.get(line, line) for line in lines if line and not line.startswith("#")}
    imported = set()
    for path in [*bundle.DOMAIN.rglob("*.py"), *(ROOT / "functions").glob("*/handler.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    ours, inside = {"emdia", "functions"}, {"pydantic_core"}  # a part of pydantic that it pins to the byte
    read = {"tzdata"}  # by zoneinfo, as data
    assert imported - sys.stdlib_module_names - ours - inside == shipped - read
