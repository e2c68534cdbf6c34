"""checkov, an auditor nobody here wrote, finds nothing but what is accepted with its reason."""

import json
import re
import subprocess

import pytest

from infra.bundle import ROOT
from tests.infra.templates import template

CHECKOV = ROOT / ".venvs" / "checkov" / "bin" / "checkov"
ACCEPTED = ROOT / "requirements" / "checkov.yaml"


def _found(folder, *more):
    command = [str(CHECKOV), "-d", str(folder), "--output", "json", "--soft-fail", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    return report["summary"], {one["check_id"] for one in report["results"]["failed_checks"]}


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_checkov_finds_nothing(stage):
    summary, failed = _found(template(stage).folder, "--config-file", str(ACCEPTED))
    assert failed == set()
    assert summary["passed"] > 300
    assert summary["parsing_errors"] == 0


def test_every_accepted_check_is_asked_would_fail_and_has_its_reason():
    lines = ACCEPTED.read_text().splitlines()
    accepted = {line.strip("- ") for line in lines if re.fullmatch(r"  - CKV\w+", line)}
    for at, line in enumerate(lines):
        if line.strip("- ") in accepted:
            assert lines[at - 1].strip().startswith("#"), f"{line.strip()} gives no reason"
    _, failed = _found(template("prod").folder, "--framework", "cloudformation", "--skip-download")
    assert failed == accepted
