"""Call centres' doors on the embedded AWS: Cognito's tokens, the gateway's checks, four workers at once."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from emdia.cli import attendance_clients, staff
from emdia.errors import Rejected
from infra.local.cloud import cloud
from tests.fakes.house import House
from tests.flows.road import OPERATOR

pytestmark = pytest.mark.embedded
NUMBERS = 200


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with cloud({"AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9"}, tmp_path_factory.mktemp("aws") / "log") as deployed:
        yield deployed


@pytest.fixture(scope="module")
def desk(here):
    return attendance_clients.Desk.of(
        "local", here.client("cloudformation"), here.client("cognito-idp"), here.client("apigateway")
    )


@pytest.fixture(scope="module")
def ledgers():
    """The operator is known to the command line by a ledger of its own: what is tried here is AWS."""
    house = House()
    told = {name: getattr(OPERATOR, name) for name in ("ans", "name", "cnpj", "address", "mail_from", "phone")}
    told |= {"site": OPERATOR.site, "how_to_pay": OPERATOR.how_to_pay, "seat": "3550308"}
    staff.add_operator(told, house.ledgers, "ana", house.clock.now())
    return house.ledgers


@pytest.fixture(scope="module")
def acme(desk, ledgers):
    return attendance_clients.add(desk, "acme", OPERATOR.ans, ledgers)


def token(here, credentials):
    basic = base64.b64encode(f"{credentials.id}:{credentials.secret}".encode()).decode()
    request = urllib.request.Request(
        f"{here.endpoint}/oauth2/token",
        data=urllib.parse.urlencode({"grant_type": "client_credentials"}).encode(),
        headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["access_token"]


def call(here, headers, key="call", body=None):
    request = urllib.request.Request(
        f"{here.public_url}/v1/protocols",
        data=json.dumps(body or {"medium": "telefone"}).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": key, **headers},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def signed(here):
    """Requests that our functions have signed so far, counted where they arrive."""
    with urllib.request.urlopen(f"{here.endpoint}/_emdia/requests") as answer:
        return sum(json.load(answer).values())


@contextmanager
def nothing_sealed(here):
    """Without the functions that follow the journal's stream: they ask for themselves, not for numbers."""
    functions = here.client("lambda")
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    streams = [one["UUID"] for one in mappings if ":dynamodb:" in one["EventSourceArn"]]
    for enabled in (False, True):
        for mapping in streams:
            functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)
        if not enabled:
            yield


def test_four_workers_behind_the_gateway_never_give_a_number_twice_and_ask_little_more_than_once(here, acme):
    headers = {"Authorization": f"Bearer {token(here, acme)}", "x-api-key": acme.key}
    with ThreadPoolExecutor(4) as workers, nothing_sealed(here):
        first = list(workers.map(lambda n: call(here, headers, f"first-{n}"), range(8)))  # workers and their keys
        before = signed(here)
        answers = list(workers.map(lambda n: call(here, headers, f"call-{n}"), range(NUMBERS)))
        asked = signed(here) - before
    assert {status for status, _ in (*first, *answers)} == {201}
    assert len({told["number"] for _, told in (*first, *answers)}) == NUMBERS + len(first)
    assert NUMBERS <= asked <= NUMBERS * 1.1
    assert call(here, headers, "call-0") == (200, {**answers[0][1], "again": True})


def test_the_gateway_turns_away_who_has_no_token_no_key_or_a_strangers(here, acme):
    bearer = {"Authorization": f"Bearer {token(here, acme)}"}
    assert call(here, {"x-api-key": acme.key})[0] == 401
    assert call(here, {"x-api-key": acme.key, "Authorization": "Bearer a.b.c"})[0] == 401
    assert call(here, bearer)[0] == 403
    assert call(here, {**bearer, "x-api-key": "0" * 40})[0] == 403


def test_a_client_is_made_once_and_ends(here, desk, ledgers):
    made = attendance_clients.add(desk, "brief", OPERATOR.ans, ledgers)
    headers = {"Authorization": f"Bearer {token(here, made)}", "x-api-key": made.key}
    assert call(here, headers, "brief")[0] == 201
    with pytest.raises(Rejected, match="client-exists"):
        attendance_clients.add(desk, "brief", OPERATOR.ans, ledgers)
    attendance_clients.remove(desk, "brief")
    assert call(here, headers, "brief")[0] == 403
    with pytest.raises(Rejected, match="client-unknown"):
        attendance_clients.remove(desk, "brief")


def test_nobody_attends_for_an_operator_that_is_not_registered(desk, ledgers):
    with pytest.raises(Rejected, match="operator-unknown"):
        attendance_clients.add(desk, "ghost", "654321", ledgers)
