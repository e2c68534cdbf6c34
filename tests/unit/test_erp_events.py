"""Every type of event: golden examples that must pass, and each rule of a field refused at its pointer."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.clock import instant
from emdia.errors import Rejected
from emdia.portfolio.events import TYPES, canonical, read_event
from emdia.portfolio.told import Told
from emdia.providers.erp import parse_event
from emdia.providers.erp_models import DATA

GOLDEN = Path(__file__).parents[1] / "events" / "erp"
NOW = datetime(2026, 12, 15, 15, 0, tzinfo=UTC)


def golden(kind):
    return json.loads((GOLDEN / f"{kind}.json").read_text(encoding="utf-8"))


def test_models_readers_and_examples_know_the_same_types():
    assert set(TYPES) == set(DATA) == {path.stem for path in GOLDEN.glob("*.json")}


@pytest.mark.parametrize("kind", TYPES)
def test_the_example_is_accepted_and_read(kind):
    ready = parse_event(golden(kind), NOW)
    assert parse_event(ready, NOW) == ready, "canonical JSON is its own canonical form"
    told = read_event(("erp", "e"), canonical(ready), lambda what, value: f"{what}:{value}")
    assert isinstance(told, Told)
    assert (told.type, told.contract) == (kind, "contract:CT-0001")


@pytest.mark.parametrize("kind", TYPES)
def test_an_unknown_field_is_refused_everywhere(kind):
    for place in ("", "/data"):
        event = golden(kind)
        (event if not place else event["data"])["vencimento"] = "x"
        with pytest.raises(Rejected) as refused:
            parse_event(event, NOW)
        assert (refused.value.code, refused.value.pointer) == ("field-unknown", f"{place}/vencimento")


@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_field_is_named(kind):
    optional = {"sequence", "contact_points", "regulated", "cnpj", "means_of_notice", "charges", "payment", "invoices"}
    optional |= {"exclusion_agreed", "note", "until", "text", "reason", "operator_delay"}
    event = golden(kind)
    for where, place in ((event, ""), (event["data"], "/data")):
        for field in set(where) - optional:
            less = copy.deepcopy(event)
            del (less if not place else less["data"])[field]
            with pytest.raises(Rejected) as refused:
                parse_event(less, NOW)
            assert (refused.value.code, refused.value.pointer) == ("field-missing", f"{place}/{field}")


CONTRACT, INVOICE = "contract.upserted", "invoice.issued"


def test_a_misspelt_field_is_named_as_it_was_written():
    event = golden(INVOICE)
    event["data"]["amount_centavo"] = event["data"].pop("amount_centavos")
    with pytest.raises(Rejected) as refused:
        parse_event(event, NOW)
    assert (refused.value.code, refused.value.pointer) == ("field-unknown", "/data/amount_centavo")


@pytest.mark.parametrize(
    ("kind", "path", "value", "code", "pointer"),
    [
        (CONTRACT, "id", "a b", "event-id-invalid", "/id"),
        (CONTRACT, "id", "x" * 65, "event-id-invalid", "/id"),
        (CONTRACT, "operator", "12", "ans-invalid", "/operator"),
        (CONTRACT, "sequence", -1, "field-invalid", "/sequence"),
        (CONTRACT, "sequence", "1", "field-invalid", "/sequence"),
        (CONTRACT, "occurred_at", "2026-12-01T10:00:00", "instant-invalid", "/occurred_at"),
        (CONTRACT, "occurred_at", "2026-13-01T10:00:00Z", "instant-invalid", "/occurred_at"),
        (CONTRACT, "occurred_at", "0001-01-01T00:00:00+14:00", "instant-invalid", "/occurred_at"),
        (CONTRACT, "occurred_at", "2026-12-15T16:00:00Z", "instant-in-future", "/occurred_at"),
        (CONTRACT, "data.contract", "/etc", "field-invalid", "/data/contract"),
        (CONTRACT, "data.kind", "familiar", "field-invalid", "/data/kind"),
        (CONTRACT, "data.signed_on", "01/02/2015", "date-invalid", "/data/signed_on"),
        (CONTRACT, "data.signed_on", "2015-02-30", "date-invalid", "/data/signed_on"),
        (CONTRACT, "data.holder.cpf", "529.982.247-26", "cpf-invalid", "/data/holder/cpf"),
        (CONTRACT, "data.holder.name", "A\nB", "field-invalid", "/data/holder/name"),
        (CONTRACT, "data.holder.name", " ", "field-invalid", "/data/holder/name"),
        (CONTRACT, "data.beneficiaries.1.cpf", "529.982.247-25", "beneficiary-repeated", "/data/beneficiaries"),
        (CONTRACT, "data.beneficiaries.1.cpf", "1", "cpf-invalid", "/data/beneficiaries/1/cpf"),
        (CONTRACT, "data.cnpj", "12.ABC.345/01DE-36", "cnpj-invalid", "/data/cnpj"),
        (CONTRACT, "data.kind", "empresarial", "cnpj-missing", "/data/cnpj"),
        (CONTRACT, "data.address.ibge", "3550309", "ibge-invalid", "/data/address/ibge"),
        (CONTRACT, "data.address.uf", "RJ", "uf-mismatch", "/data/address/uf"),
        (CONTRACT, "data.contact_points.0.value", "a@b", "email-invalid", "/data/contact_points/0/value"),
        (CONTRACT, "data.contact_points.1.value", "0800 123 4567", "phone-invalid", "/data/contact_points/1/value"),
        (CONTRACT, "data.contact_points.1.value", "(11) 3333-4444", "phone-not-mobile", "/data/contact_points/1/value"),
        (CONTRACT, "data.contact_points.1.id", "email-1", "contact-point-repeated", "/data/contact_points"),
        (CONTRACT, "data.contact_points.1.channel", "fax", "field-invalid", "/data/contact_points/1/channel"),
        (CONTRACT, "data.charges.multa_bp", 201, "clause-over-cap", "/data/charges/multa_bp"),
        (CONTRACT, "data.charges.juros_bp_month", 101, "clause-over-cap", "/data/charges/juros_bp_month"),
        (CONTRACT, "data.charges.multa_bp", -1, "clause-invalid", "/data/charges/multa_bp"),
        (CONTRACT, "data.charges.multa_bp", 1.5, "field-invalid", "/data/charges/multa_bp"),
        (INVOICE, "data.amount_centavos", 0, "amount-invalid", "/data/amount_centavos"),
        (INVOICE, "data.amount_centavos", 489.9, "amount-invalid", "/data/amount_centavos"),
        (INVOICE, "data.amount_centavos", "48990", "amount-invalid", "/data/amount_centavos"),
        (INVOICE, "data.amount_centavos", True, "amount-invalid", "/data/amount_centavos"),
        (INVOICE, "data.amount_centavos", 10**11, "amount-invalid", "/data/amount_centavos"),
        (INVOICE, "data.reference", "12/2026", "reference-invalid", "/data/reference"),
        (INVOICE, "data.due_on", "1926-12-10", "due-far-from-reference", "/data/due_on"),
        (INVOICE, "data.reference", "2024-05", "due-far-from-reference", "/data/due_on"),
        (INVOICE, "data.reference", "2026-07", "due-far-from-reference", "/data/due_on"),
        (INVOICE, "data.payment.pix", "chave@pix.com", "payment-code-invalid", "/data/payment/pix"),
        (INVOICE, "data.payment.digitable_line", "123", "payment-code-invalid", "/data/payment/digitable_line"),
        (INVOICE, "data.payment.url", "http://pague.example", "payment-code-invalid", "/data/payment/url"),
        (INVOICE, "data.payment.url", "https://a@evil.example/", "payment-code-invalid", "/data/payment/url"),
        ("opt_in.recorded", "data.at", "2027-01-01T00:00:00Z", "instant-in-future", "/data/at"),
        ("invoice.paid", "data.paid_at", "2026-12-16T00:00:00Z", "instant-in-future", "/data/paid_at"),
        ("dispute.opened", "data.invoices", ["a b"], "field-invalid", "/data/invoices/0"),
    ],
)
def test_a_wrong_value_is_refused_at_its_pointer(kind, path, value, code, pointer):
    event = golden(kind)
    inside = event
    *way, last = path.split(".")
    for part in way:
        inside = inside[int(part)] if isinstance(inside, list) else inside[part]
    inside[last] = value
    with pytest.raises(Rejected) as refused:
        parse_event(event, NOW)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert len(str(value)) < 4 or str(value) not in str(refused.value), "values never enter an error's text"


def test_the_alphanumeric_cnpj_is_known():
    event = golden(CONTRACT)
    event["data"] |= {"kind": "empresarial", "cnpj": "12.ABC.345/01DE-35"}
    assert parse_event(event, NOW)["data"]["cnpj"] == "12ABC34501DE35"


@pytest.mark.parametrize(("signed", "regulated"), [("1998-12-31", False), ("1999-01-01", False), ("1999-01-02", True)])
def test_contracts_are_regulated_from_the_day_the_law_came_into_force(signed, regulated):
    event = golden(CONTRACT)
    event["data"].pop("regulated", None)
    event["data"]["signed_on"] = signed
    assert parse_event(event, NOW)["data"]["regulated"] is regulated
    event["data"]["regulated"] = True
    assert parse_event(event, NOW)["data"]["regulated"] is True


@given(
    told=st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_anything_else_is_refused_and_nothing_crashes(told):
    with pytest.raises(Rejected):
        parse_event(told, NOW)


def test_nobody_has_spoken_after_we_heard():
    event = golden("opt_in.recorded")
    event["data"]["at"] = (NOW + timedelta(minutes=50)).isoformat()
    assert parse_event(event, NOW)["data"]["at"] == instant(NOW)
    event["data"]["at"] = (NOW - timedelta(minutes=50)).isoformat()
    assert parse_event(event, NOW)["data"]["at"] == instant(NOW - timedelta(minutes=50))


@pytest.mark.parametrize("reference", ["2024-06", "2025-06", "2026-06"])
def test_an_invoice_may_fall_due_up_to_twelve_months_from_its_month(reference):
    event = golden(INVOICE)
    event["data"]["reference"] = reference
    assert parse_event(event, NOW)["data"]["reference"] == reference
