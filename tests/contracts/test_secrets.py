"""ports.Secrets: who an ERP client is, kept for five minutes, never shown."""

import json

import pytest

from emdia.errors import Halted, TryLater
from emdia.ports import ErpClient
from tests.fakes.faults import throttling
from tests.fakes.house import ANS, STAGE, House


def store(house, client, told):
    text = told if isinstance(told, str) else json.dumps(told)
    if type(house) is House:
        house.secretsmanager.values[f"emdia/{STAGE}/erp/{client}"] = text
    else:
        house.secretsmanager.create_secret(Name=f"emdia/{STAGE}/erp/{client}", SecretString=text)


def test_a_client_and_its_secrets(house):
    store(house, "totvs", {"operator": ANS, "secrets": ["whsec_a", "whsec_b"]})
    client = house.secrets.erp_client("totvs")
    assert client == ErpClient(ANS, ("whsec_a", "whsec_b"))
    assert "whsec" not in repr(client)


def test_an_unknown_client_is_none_and_an_impossible_name_is_not_asked_for(house):
    assert house.secrets.erp_client("nobody") is None
    house.faults.requests.clear()
    for name in ("", "A", "a/b", "../x", "a" * 41, "é", "a\n"):
        assert house.secrets.erp_client(name) is None
    assert house.faults.total == 0


def test_what_our_own_calls_are_signed_with_is_no_client_s(house):
    store(house, f"out-{ANS}", {"operator": ANS, "secrets": ["whsec_a"]})
    assert house.secrets.webhook(ANS) == ("whsec_a",)
    assert house.secrets.erp_client(f"out-{ANS}") is None
    assert house.secrets.webhook("654321") == ()
    store(house, "out-654321", {"operator": ANS, "secrets": ["whsec_b"]})
    house.restart()
    assert house.secrets.webhook("654321") == (), "of another operator"


def test_answers_are_kept_for_five_minutes(house):
    store(house, "totvs", {"operator": ANS, "secrets": ["whsec_a"]})
    house.faults.requests.clear()
    for _ in range(3):
        house.secrets.erp_client("totvs")
        house.secrets.erp_client("nobody")
    assert house.faults.total == 2
    house.clock.move(minutes=5)
    house.secrets.erp_client("totvs")
    assert house.faults.total == 3


def test_trouble_is_try_later(house):
    house.faults.fail("GetSecretValue", error=throttling)
    with pytest.raises(TryLater):
        house.secrets.erp_client("totvs")


@pytest.mark.parametrize(
    "told",
    [
        "no json",
        "[]",
        {"operator": ANS},
        {"operator": ANS, "secrets": []},
        {"operator": ANS, "secrets": ["a", "b", "c"]},
    ],
)
def test_a_malformed_secret_halts_without_showing_it(house, told):
    store(house, "totvs", told)
    with pytest.raises(Halted) as halted:
        house.secrets.erp_client("totvs")
    assert "no json" not in str(halted.value)
