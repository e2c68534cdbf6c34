"""docs/integrate.md is true: its examples are accepted, its Python is run, and no type or code is missing."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emdia.portfolio.events import TYPES
from emdia.providers.erp import parse_event
from emdia.web.problems import PROBLEMS
from tests.fakes import erp
from tests.fakes.house import House
from tests.functions.intake import Intake

PAGE = (Path(__file__).parents[2] / "docs" / "integrate.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parents[1] / "events" / "erp"
NOW = datetime(2026, 12, 15, 15, 0, tzinfo=UTC)
# Told to staff or to people who follow a link, not to an ERP.
NOT_FOR_ERPS = {
    "token-invalid",
    "parked-not-found",
    "parked-body-absent",
    "action-invalid",
    "client-unknown",
    "client-exists",
    "operator-unknown",
    "contract-unknown",
    "ladder-invalid",
    "portfolio-row-invalid",
    "notice-incomplete",
    "notice-inexact",
    "notice-term-short",
    "holidays-empty",
    "holiday-row-invalid",
}


def blocks(language):
    return [
        re.sub(r"^   ", "", block, flags=re.MULTILINE) if indent else block
        for indent, block in re.findall(rf"^( *)```{language}\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
    ]


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_its_example_which_is_accepted(kind):
    section = PAGE.split(f"### `{kind}`")[1].split("\n### ")[0]
    data = json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL).group(1))
    golden = json.loads((GOLDEN / f"{kind}.json").read_text(encoding="utf-8"))
    assert data == golden["data"]
    parse_event(golden | {"data": data}, NOW)


def test_every_json_block_is_json():
    assert len([json.loads(block) for block in blocks("json")]) >= len(TYPES) + 3


def test_the_first_call_shown_is_accepted():
    (call,) = [json.loads(block) for block in blocks("json") if '"events"' in block and '"occurred_at"' in block]
    for event in call["events"]:
        parse_event(event, NOW)


def test_the_table_of_problems_is_complete_and_current():
    told = {
        code: (int(status), text)
        for status, code, text in re.findall(r"^\| (\d{3}) \| `([a-z0-9-]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    }
    assert told == {code: (text.status, text.en) for code, text in PROBLEMS.items() if code not in NOT_FOR_ERPS}


def test_the_python_shown_gets_a_first_event_accepted(monkeypatch):
    intake = Intake(House())
    (source,) = blocks("python")
    shown = {}
    exec(compile(source, "docs/integrate.md", "exec"), shown)  # noqa: S102  the page's own words
    intake.house.clock.at = datetime.now(UTC)  # the library of the page reads the machine's clock
    sent = {}

    class Answer:
        def __init__(self, document):
            self.document = document

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def read(self, *_):
            return json.dumps(self.document)

    def urlopen(request):
        sent["url"] = request.full_url
        answer = intake.post_raw(
            {
                "pathParameters": {"client": erp.CLIENT},
                "headers": dict(request.header_items()),
                "body": request.data.decode(),
                "isBase64Encoded": False,
            }
        )
        assert answer["status"] == 202
        return Answer(answer["json"])

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    event = erp.contract(datetime(2026, 11, 1, tzinfo=UTC))
    told = shown["send"]("https://api.example", erp.CLIENT, erp.SECRET, [event])
    assert sent["url"] == f"https://api.example/v1/erp/{erp.CLIENT}/events"
    assert told == {"accepted": [{"id": event["id"], "status": "accepted"}], "refused": []}
