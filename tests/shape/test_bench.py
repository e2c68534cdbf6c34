"""The benches are run by hand: what they know of the product must not rot in between."""

from tests.bench import audit
from tests.bench.imports import API_DOORS, CLIENTS, functions


def test_every_function_s_import_is_measured():
    assert functions() == sorted(CLIENTS)
    assert CLIENTS.keys() >= API_DOORS


def test_what_stands_for_aws_still_answers_what_sealing_asks():
    rate, asked = audit.deliveries(2, 1)
    assert rate > 0
    assert asked["Sign"] == 1
