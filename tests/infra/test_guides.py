"""What DevOps reads and runs is true: the workflow, the guides' commands, and a paragraph for every alarm."""

import json
import re
import shlex
import subprocess

import pytest
import yaml

from emdia.cli import __main__ as cli
from emdia.cli.desk import name_of
from infra.bundle import ROOT
from infra.stages import RATES, STAGES, Release
from tests.bench.cost import ALARMS
from tests.infra.templates import template

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
GUIDES = ("deploy.md", "restore.md", "runbook.md")
TARGETS = set(re.findall(r"^([a-z ]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))


def targets():
    return {name for line in TARGETS for name in line.split()}


def headings():
    return [
        line.removeprefix("## ") for line in (ROOT / "docs" / "runbook.md").read_text().splitlines() if "## " in line
    ]


def patterns():
    """Alarms' names as the runbook's headings give them, `*` for the rest of a name."""
    named = [part.strip() for heading in headings() for part in heading.split(",")]
    return [re.escape(name).replace(r"\*", ".+") for name in named if "-" in name and " " not in name]


def alarms(stage):
    found = template(stage).properties("AWS::CloudWatch::Alarm").values()
    return {one["AlarmName"].removeprefix(f"emdia-{stage}-") for one in found}


def test_every_alarm_has_its_paragraph_and_every_paragraph_its_alarm():
    rings = alarms("prod")
    for alarm in sorted(rings):
        assert any(re.fullmatch(pattern, alarm) for pattern in patterns()), alarm
    # The witness rings in an account of its own, by a template of its own.
    witness = (ROOT / "infra" / "witness_stack.py").read_text()
    for pattern in patterns():
        name = pattern.replace("\\", "").removeprefix("counted-")
        assert any(re.fullmatch(pattern, alarm) for alarm in rings) or f'"{name}"' in witness, pattern


def test_the_cost_sheet_counts_the_alarms_there_are():
    assert 0 <= ALARMS - len(alarms("prod")) <= 15


def _judged(workflow):
    python, judge = ROOT / ".venvs" / "checkov" / "bin" / "python", ROOT / "tests" / "infra" / "workflow_schema.py"
    return subprocess.run([str(python), str(judge), str(workflow)], capture_output=True, text=True, check=False)


def test_the_workflow_is_one_by_the_schema(tmp_path):
    done = _judged(WORKFLOW)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
    (tmp_path / "bad.yml").write_text(WORKFLOW.read_text().replace("contents: read", "contents: maybe"))
    assert _judged(tmp_path / "bad.yml").returncode == 1


def test_the_workflow_needs_no_secret_takes_actions_by_their_hash_and_runs_what_there_is():
    text = WORKFLOW.read_text()
    assert "secrets." not in text
    jobs = yaml.safe_load(text)["jobs"]
    assert list(jobs) == ["test", "diff", "deploy"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        else:
            assert step["run"].split()[0] == "make"
            assert step["run"].split()[1] in targets()
    assert {name for name, job in jobs.items() if "id-token" in job.get("permissions", {})} == {"diff", "deploy"}
    assert jobs["deploy"]["environment"] == "prod"


def _lines(guide):
    text = (ROOT / "docs" / guide).read_text().replace("\\\n", " ")
    return re.findall(r"`((?:make|\./emdia) [^`]+)`|^((?:make|\./emdia) .+)$", text, re.MULTILINE)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_of_a_guide_is_one_that_there_is(guide):
    parser = cli._parser()
    nouns = parser._subparsers._group_actions[0].choices
    told = [one or two for one, two in _lines(guide)]
    assert told
    for line in told:
        words = line.split()
        if words[0] == "make":
            assert words[1].split("|")[0] in targets(), line
            continue
        rest = [word for at, word in enumerate(words[1:], 1) if word != "--stage" and words[at - 1] != "--stage"]
        assert rest[0] in nouns, line
        below = nouns[rest[0]]._subparsers
        assert below is None or rest[1].split("|")[0] in below._group_actions[0].choices, line
        if not re.search(r"[…|]", line):
            filled = re.sub(r"<([^>]+)>", lambda one: one[1].lower().replace(" ", "-"), line)
            parser.parse_args(shlex.split(filled, comments=True)[1:])  # SystemExit: an option missing or misspelt


def test_the_guide_s_table_of_stages_is_what_the_code_says():
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs" / "deploy.md").read_text(), re.MULTILINE
    )
    told = {what: cells for what, *cells in rows}
    stages = [STAGES[name] for name in ("local", "dev", "prod")]
    assert told["API throttle, requests a second"] == [f"{stage.api_rate:,}" for stage in stages]
    days = ["1 day" if stage.log_days == 1 else f"{stage.log_days} days" for stage in stages]
    assert told["Logs kept"] == days
    assert [cell.startswith("1 day") for cell in told["Objects locked"]] == [not stage.real for stage in stages]
    assert ["tenth" in cell for cell in told["New versions"]] == [stage.release is Release.GRADUAL for stage in stages]
    assert [cell == "yes" for cell in told["Web ACL, traces, backups"]] == [not stage.embedded for stage in stages]


def test_the_guide_grants_what_an_office_calls_by_the_alias_it_is_called_by():
    text = (ROOT / "docs" / "deploy.md").read_text()
    granted = re.findall(r"function:(emdia-prod-[a-z_:]+)", text)
    assert granted == [name_of("prod", name) for name in ("approve_version", "prove_audit", "erase_person")]
    default = re.search(r"`(\{\"email\": .+?\})`", text)
    assert default is not None
    assert json.loads(default[1]) == {name: rate.per_second for name, rate in RATES.items() if rate.per_second}
