"""The demo's workbook says what the events it stands for say."""

from datetime import UTC, datetime

from emdia.portfolio.imports import Place
from emdia.providers.columns import read_row
from emdia.providers.erp import parse_event
from emdia.providers.remote import opened
from emdia.providers.tables import read_rows
from infra.local.demo import told
from infra.local.demo.backfill import split, workbook
from infra.local.demo.erp import Erp
from infra.local.demo.portfolio import HOUSES, make_world

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_file_stands_for_the_events_it_is_made_of():
    world = make_world(60, NOW.date(), 8, 2026)
    events, erp = [], Erp(HOUSES[0], "http://127.0.0.1:9", "whsec_")
    for account in world.accounts.values():
        events += [erp.event(told.contract(account), NOW), *(erp.event(told.issued(fee), NOW) for fee in account.fees)]
    filed, left = split(events, len(world.accounts))
    assert filed
    assert left == []
    some, others = split(events, 15)
    assert len({one["data"]["contract"] for one in some}) == 15
    assert sorted(one["id"] for one in some + others) == sorted(one["id"] for one in events)
    body = workbook(filed)
    file = opened(lambda start, length: body[start : start + length], len(body))
    found = [parse_event(read_row(row, "123456"), NOW) for row, _ in read_rows(file, len(body), Place())]
    wanted = [parse_event({**one, "operator": "123456"}, NOW) for one in filed]
    wanted.sort(key=lambda one: one["type"])  # contracts first, as the sheets stand
    assert [_said(one) for one in found] == [_said(one) for one in wanted]


def _said(event):
    """Without what a file names in its own way: ids, who is covered in which order, and one way to reach the person."""
    data = dict(event["data"])
    liked = min(data.pop("contact_points", [{}]), key=lambda one: one.get("preference", 0))
    points = liked.get("channel"), liked.get("value")
    people = sorted((one["cpf"], one["name"], one["birth_on"]) for one in data.pop("beneficiaries", []))
    return event["type"], event["occurred_at"], event["sequence"], data, points, people
