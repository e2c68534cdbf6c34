"""`emdia protocol key` and `check`: anybody can tell a printed number from an invented one."""

from datetime import UTC, datetime

import pytest

from emdia.aws.seals import KeyedSeals
from emdia.cli import __main__ as cli
from emdia.protocols.authenticity import mark, vouch
from tests.fakes.house import ANS, House

NUMBER = f"{ANS}20261125000001"


@pytest.fixture
def seals(monkeypatch):
    house = House()
    house.pseudonyms.of(ANS, "contract", "the first")
    seals = KeyedSeals(house.keyring)
    monkeypatch.setattr(cli.wiring, "command_line", lambda _stage: type("Here", (), {"seals": seals}))
    return seals


@pytest.fixture
def key(seals, capsys):  # noqa: ARG001  the wiring they stand in
    assert cli.main(["protocol", "key", "--operator", ANS]) == 0
    return capsys.readouterr().out.strip()


@pytest.fixture
def printed(seals):
    vouched = vouch(NUMBER, datetime(2026, 11, 25, 15, tzinfo=UTC))
    return mark(vouched, seals.sign(ANS, vouched.signed))


def test_a_mark_is_checked_with_the_published_key_alone(key, printed, capsys):
    assert cli.main(["protocol", "check", printed, "--key", key]) == 0
    said = capsys.readouterr().out
    assert f"{ANS} 20261125 000001" in said
    assert "2026-11-25T15:00:00.000Z" in said


@pytest.mark.parametrize("change", [("000001/", "000002/"), ("2026-11-25T", "2026-11-26T"), ("EMDIA1", "EMDIA2")])
def test_a_mark_that_was_changed_is_refused(key, printed, change, capsys):
    assert cli.main(["protocol", "check", printed.replace(*change), "--key", key]) == 1
    assert "mark-" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["", "x", "AAAA"])
def test_a_key_that_is_none_is_told(printed, wrong, capsys):
    assert cli.main(["protocol", "check", printed, "--key", wrong]) == 1
    assert "mark-key-invalid" in capsys.readouterr().err


def test_the_key_is_the_operators_own_and_the_same_for_ever(seals):
    assert seals.public_key(ANS) == seals.public_key(ANS)
    seals._keyring.class_key("654321", "pseudonimo", create=True)
    assert seals.public_key("654321") != seals.public_key(ANS)
