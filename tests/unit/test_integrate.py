"""docs/integrate.md is true: its examples are accepted, its Python is run, and no type or code is missing."""

import io
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

import pytest

from emdia.clock import instant
from emdia.compliance.norms import norm
from emdia.portfolio.events import TYPES
from emdia.providers.erp import parse_event
from emdia.providers.erp_call import MAX_EVENT, MAX_EVENTS
from emdia.providers.signatures import TOLERANCE
from emdia.web.problem_texts.calls import CALLS
from emdia.workflows.inbox import WAITS_AT_MOST
from emdia.workflows.receive_erp_event import MAX_BODY
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
    "ref-invalid",
    "ref-unknown",
    "stage-unknown",
}
# What stands in the texts' places, as the door itself fills them.
NUMBERS = {
    "envelope-invalid": {"limit": MAX_EVENTS},
    "timestamp-stale": {"minutes": int(TOLERANCE.total_seconds() // 60)},
    "body-too-large": {"limit": MAX_BODY},
    "event-too-large": {"limit": MAX_EVENT},
    "clause-over-cap": {"cap_bp": norm("charges.multa.cap", NOW.date()).value, "rule": "charges.multa.cap"},
    "contract-never-came": {"days": WAITS_AT_MOST.days},
    "invoice-never-came": {"days": WAITS_AT_MOST.days},
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
    assert told == {
        code: (text.status, text.en.format(**NUMBERS.get(code, {})))
        for code, text in CALLS.items()
        if code not in NOT_FOR_ERPS
    }


class Answer(io.BytesIO):
    """What urllib gives for a call that was accepted."""

    status = 202


@pytest.fixture
def page(monkeypatch):
    """The page's `send` in its own words, before an intake whose clock is the machine's, as the page's is."""
    intake, asked = Intake(House()), []
    intake.house.clock.at = datetime.now(UTC)

    def urlopen(request):
        asked.append(request)
        answer = intake.post_raw(
            {
                "pathParameters": {"client": request.full_url.split("/")[-2]},
                "headers": dict(request.header_items()),
                "body": request.data.decode(),
                "isBase64Encoded": False,
            }
        )
        body = io.BytesIO(json.dumps(answer["json"]).encode())
        if answer["status"] >= 400:
            raise HTTPError(request.full_url, answer["status"], "", Message(), body)
        return Answer(body.getvalue())

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    words = {"base": "https://api.example", "client": erp.CLIENT, "secret": erp.SECRET}
    run(blocks("python")[0], words)
    return intake, words, asked


def run(source, words):
    exec(compile(source, "docs/integrate.md", "exec"), words)  # noqa: S102  the page's own words


def accepted(event):
    return (202, {"accepted": [{"id": event, "status": "accepted"}], "refused": []})


def test_the_first_events_shown_are_accepted_and_applied(page, capsys):
    intake, words, asked = page
    _, first = blocks("python")
    run(first, words)
    assert capsys.readouterr().out == f"{accepted('evt-0001')}\n{accepted('evt-0003')}\n"
    assert {one.full_url for one in asked} == {f"https://api.example/v1/erp/{erp.CLIENT}/events"}
    assert intake.apply() == []
    assert intake.one("CONTRACT", "CT-0001").holder.name == "Josefa Araújo"
    assert intake.one("INVOICE", "CT-0001").number == "F-0001"


def test_the_python_shown_tells_why_it_was_refused(page):
    intake, words, _ = page
    status, told = words["send"]("https://api.example", erp.CLIENT, "whsec_" + "B" * 32, [{}])
    assert (status, told["code"]) == (401, "signature-invalid")
    intake.house.clock.move(minutes=6)
    status, told = words["send"]("https://api.example", erp.CLIENT, erp.SECRET, [{}])
    assert (status, told["code"], told["now"]) == (401, "timestamp-stale", instant(intake.house.clock.now()))


def test_the_python_shown_repeats_a_call_and_takes_another_clock(page):
    intake, words, asked = page
    intake.house.clock.at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    event = erp.contract(datetime(2026, 11, 1, tzinfo=UTC))
    brasilia = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=-3)))
    for _ in range(2):
        told = words["send"]("https://api.example", erp.CLIENT, erp.SECRET, [event], call="msg_7", now=brasilia)
        assert told == accepted(event["id"])
    assert [one.get_header("Webhook-id") for one in asked] == ["msg_7", "msg_7"]


def test_no_sample_lies_in_the_future():
    for golden in GOLDEN.glob("*.json"):
        parse_event(json.loads(golden.read_text(encoding="utf-8")), datetime(2025, 7, 1, tzinfo=UTC))
    assert not re.findall(r"\b20(?:2[6-9]|[3-9]\d)-", PAGE)


def test_every_command_shown_names_its_stage():
    commands = re.findall(r"\./emdia [^`\n]*", PAGE)
    assert len(commands) >= 8
    assert all(re.match(r"\./emdia --stage \S+ ", command) for command in commands)
