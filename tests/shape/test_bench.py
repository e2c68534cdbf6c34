"""The benches are run by hand: what they know of the product must not rot in between."""

from tests.bench.imports import API_DOORS, CLIENTS, functions


def test_every_function_s_import_is_measured():
    assert functions() == sorted(CLIENTS)
    assert CLIENTS.keys() >= API_DOORS
