"""Client and sandbox bank speak the API Pix 2.9.0 as the Banco Central publishes it.

The file is the Banco Central's (repository bacen/pix-api, openapi.yaml) and not ours to ship: EMDIA_PIX_OPENAPI says
where it is, by default beside this repository. Where it is absent what needs it is skipped.
"""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from emdia.errors import Rejected, TryLater
from emdia.money import Centavos
from emdia.payments.charge import Terms, txid_of
from emdia.payments.ports import BankAccess, Debtor
from emdia.providers.pix import PixBank, Reply
from infra.local.sandbox.bank import ERRORS, SandboxBank
from tests.fakes.bank import URL, access_told
from tests.fakes.house import HandClock

_BESIDE = Path(__file__).parents[2].parent / "shared" / "data" / "bcb-pix-openapi-2.9.0.yaml"
FILE = Path(os.environ.get("EMDIA_PIX_OPENAPI", _BESIDE))
needs_file = pytest.mark.skipif(not FILE.exists(), reason=f"the Banco Central's OpenAPI file is not at {FILE.name}")
TXID = txid_of("123456", "a" * 32, 1)
TERMS = Terms(Centavos(50_000), date(2026, 12, 10), 90, multa_bp=200, juros_bp_month=100)
DEBTOR = Debtor("52998224725", "Pessoa Número Um")


def _sound(node: Any) -> Any:
    """The file's own slips mended.

    Patterns between slashes; a location of format uri, whose own examples have no scheme; a list that requires a
    member it does not name; the receiver's address required of the charge beside the receiver.
    """
    if isinstance(node, dict):
        pattern = node.get("pattern")
        if isinstance(pattern, str) and pattern.startswith("/") and pattern.endswith("/"):
            node = {**node, "pattern": pattern[1:-1]}
        if node.get("title") == "Pix Consultados":
            node = {**node, "required": ["parametros", "pix"]}
        if node.get("format") == "uri" and "pix." in str(node.get("example", "")):
            node = {name: value for name, value in node.items() if name != "format"}
        if "recebedor" in node.get("properties", {}) and "logradouro" in node.get("required", []):
            node = {**node, "required": ["recebedor"]}
        return {name: _sound(value) for name, value in node.items()}
    return [_sound(one) for one in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def schemas():
    told = _sound(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    return json.loads(json.dumps(told["components"], default=str))


def check(schemas, name, value):
    schema = {"$ref": f"#/components/schemas/{name}", "components": schemas}
    jsonschema_rs.Draft4Validator(schema).validate(value)


class Tapped:
    """A bank of which every body is kept, and whose answers can be replaced."""

    def __init__(self):
        self.clock = HandClock(datetime(2026, 11, 25, 12, 0, tzinfo=UTC))
        self.sandbox = SandboxBank(self.clock.now)
        self.heard, self.instead = [], []
        access = access_told()
        self.bank = PixBank(BankAccess(**{**access, "callers": ()}), self.clock, self.line)

    def line(self, method, url, headers, body):
        if self.instead:
            return self.instead.pop(0)
        status, told = self.sandbox.ask(method, url.removeprefix(URL), headers, body)
        target = url.removeprefix(URL).partition("?")[0].split("/")[1]
        sent = json.loads(body) if body and target != "oauth" else None
        self.heard.append((method, target, sent, status, json.loads(json.dumps(told))))
        return Reply(status, json.dumps(told).encode())


@pytest.fixture
def tapped():
    return Tapped()


SENT = {"PUT": "CobVSolicitada", "PATCH": "CobVRevisada"}


@needs_file
def test_every_body_of_a_charge_s_life_is_of_the_published_shape(tapped, schemas):
    bank, sandbox = tapped.bank, tapped.sandbox
    bank.open(TXID, TERMS, DEBTOR)
    bank.open(TXID, TERMS, DEBTOR)  # refused as known, then read
    bank.change(TXID, Terms(Centavos(40_000), date(2026, 12, 10), 90))
    pix = sandbox.pay(TXID)
    bank.remove(TXID)  # paid already
    sandbox.give_back(pix["endToEndId"], "1.00")
    late = Terms(Centavos(51_117), date(2026, 11, 26), 0, late=True)
    bank.open(txid_of("123456", "a" * 32, 2), late, DEBTOR)
    bank.remove(txid_of("123456", "a" * 32, 2))
    list(bank.received(tapped.clock.now() - timedelta(days=1), tapped.clock.now()))
    methods = set()
    for method, target, sent, status, told in tapped.heard:
        methods.add((method, target, status))
        if sent is not None:
            check(schemas, SENT[method], sent)
        if status >= 400:
            check(schemas, "Problema", told)
        elif target == "cobv":
            check(schemas, "CobVGerada", told)
        elif target == "pix":
            check(schemas, "PixConsultados", told)
            for one in told["pix"]:
                check(schemas, "Pix", one)
    wanted = {("PUT", "cobv", 201), ("PUT", "cobv", 400), ("PATCH", "cobv", 200), ("PATCH", "cobv", 400)}
    assert wanted | {("GET", "cobv", 200), ("GET", "pix", 200), ("POST", "oauth", 200)} <= methods


@needs_file
def test_the_check_itself_sees_a_wrong_body(schemas):
    with pytest.raises(jsonschema_rs.ValidationError):
        check(schemas, "CobVSolicitada", {"calendario": {}, "valor": {}})


def test_a_charge_that_was_opened_before_is_found(tapped):
    first = tapped.bank.open(TXID, TERMS, DEBTOR)
    assert tapped.bank.open(TXID, TERMS, DEBTOR) == first
    assert (first.active, first.original, first.city) == (True, 50_000, "Sao Paulo")


def test_hard_case_18_a_charge_asks_two_per_cent_and_one_a_month(tapped):
    """0.033 % a day cannot be written with two decimals: 1.00 a month can."""
    tapped.bank.open(TXID, TERMS, DEBTOR)
    asked = tapped.sandbox.charges[TXID]["valor"]
    assert asked["multa"] == {"modalidade": 2, "valorPerc": "2.00"}
    assert asked["juros"] == {"modalidade": 3, "valorPerc": "1.00"}


def test_the_token_is_asked_for_once_and_again_when_it_ends(tapped):
    for _ in range(3):
        tapped.bank.open(TXID, TERMS, DEBTOR)
    assert [one[1] for one in tapped.heard].count("oauth") == 1
    tapped.clock.move(hours=1)
    tapped.bank.open(TXID, TERMS, DEBTOR)
    assert [one[1] for one in tapped.heard].count("oauth") == 2


def test_a_token_that_was_taken_back_is_replaced_once(tapped):
    tapped.bank.open(TXID, TERMS, DEBTOR)
    tapped.sandbox.tokens.clear()
    assert tapped.bank.change(TXID, TERMS).active


@pytest.mark.parametrize(
    ("status", "body", "code", "reason"),
    [
        (
            400,
            {"type": f"{ERRORS}CobVOperacaoInvalida"},
            "bank-refused",
            "CobVOperacaoInvalida",
        ),
        (403, {"type": f"{ERRORS}AcessoNegado"}, "bank-denied", "AcessoNegado"),
        (404, {"type": "x/CPF 529.982.247-25"}, "bank-refused", "unnamed"),
        (400, "<html>", "bank-refused", "unnamed"),
    ],
)
def test_what_the_bank_refuses_is_told_by_its_code_alone(tapped, status, body, code, reason):
    tapped.bank.open(TXID, TERMS, DEBTOR)
    tapped.instead.append(Reply(status, json.dumps(body).encode()))
    with pytest.raises(Rejected) as refused:
        tapped.bank.change(TXID, TERMS)
    assert (refused.value.code, refused.value.params["reason"]) == (code, reason)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_bank_in_trouble_is_asked_later(tapped, status):
    tapped.bank.open(TXID, TERMS, DEBTOR)
    tapped.instead.append(Reply(status, b""))
    with pytest.raises(TryLater):
        tapped.bank.change(TXID, TERMS)


@pytest.mark.parametrize("body", [b"<html>ok</html>", b"[]", b"{}", b'{"status": "ATIVA"}'])
def test_an_answer_that_is_none_of_the_api_s_is_not_believed(tapped, body):
    tapped.bank.open(TXID, TERMS, DEBTOR)
    tapped.instead.append(Reply(200, body))
    with pytest.raises(Rejected, match="bank-unclear"):
        tapped.bank.change(TXID, TERMS)


def test_nothing_of_an_access_is_ever_printed():
    shown = repr(BankAccess(**{**access_told(), "callers": ()}))
    for name in ("client_secret", "private_key", "certificate", "key"):
        assert str(access_told()[name]) not in shown
    assert "529" not in repr(DEBTOR)
