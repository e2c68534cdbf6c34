"""`make cost`: every unit has its price, and the sheet follows from what is measured."""

from collections import Counter
from types import SimpleNamespace

import pytest

from emdia.portfolio.contract import Channel
from tests.bench.cost import SIZES, Metered, Portfolio, messages, month, of_an_outreach, prices, sheet


@pytest.fixture(scope="module")
def outreach():
    return of_an_outreach(50)


def test_every_unit_of_a_month_has_its_price_and_every_price_its_unit(outreach):
    assert set(month(SIZES[0], outreach, Portfolio())) == set(dict(prices()))


def test_an_outreach_is_one_mail_and_several_writes(outreach):
    assert outreach["ses-mail"] == 1.0
    # Decision, claim and outcome are transactions of several items, each counted twice.
    assert 20 < outreach["dynamodb-write"] < 80
    assert 0 < outreach["dynamodb-read"] < outreach["dynamodb-write"]


def test_what_grows_grows_with_the_contracts_and_what_stands_does_not():
    rows = sheet()
    small, large = rows["dynamodb-write"]
    assert large == pytest.approx(100 * small)
    assert rows["dashboard"][0] == rows["dashboard"][1]


def test_our_part_of_a_message_stands_beside_the_channel_s_own_price():
    found = messages(50)
    assert list(found) == ["email", "sms", "whatsapp"]
    assert found[Channel.EMAIL][1] == pytest.approx(100)
    for ours, theirs in found.values():
        assert 5 < ours < theirs
    # A page of its own and a line: what a short message costs us more.
    assert found[Channel.SMS][0] > found[Channel.EMAIL][0]


def test_a_write_is_counted_by_its_kilobytes():
    units = Counter()
    client = Metered(SimpleNamespace(put_item=lambda **_asked: {}), units)
    client.put_item(TableName="t", Item={"pk": {"S": "a"}, "sk": {"S": "b"}, "text": {"S": "x" * 3000}})
    assert units == {"dynamodb-write": 3}
