from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.errors import Rejected
from emdia.protocols.authenticity import mark, read_mark, vouch
from emdia.protocols.number import (
    BLOCK,
    LAST,
    NumbersOfDay,
    ProtocolNumber,
    brasilia_day,
    lease,
    parse_number,
)
from emdia.state import AgendaKind

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=100)
TODAY = date(2026, 11, 25)
NUMBER = ProtocolNumber("412759", TODAY, 42)


def test_twenty_digits():
    assert str(NUMBER) == "41275920261125000042"
    assert NUMBER.spoken == "412759 20261125 000042"
    assert parse_number(str(NUMBER), TODAY) == NUMBER


@pytest.mark.parametrize("typed", ["412759 20261125 000042", "412759.20261125-000042", " 412759/2026/1125 000042\n"])
def test_what_people_write_between_the_digits_is_theirs(typed):
    assert parse_number(typed, TODAY) == NUMBER


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("4127592026112500004", "protocol-number-length"),
        ("412759202611250000421", "protocol-number-length"),
        ("", "protocol-number-digits"),
        ("41275920261125O00042", "protocol-number-digits"),
        ("٤1275920261125000042", "protocol-number-digits"),  # a digit, but none of ours
        ("41275920261325000042", "protocol-number-date"),
        ("41275920260230000042", "protocol-number-date"),
        ("41275920261126000042", "protocol-number-date"),  # tomorrow
        ("41275920261125000000", "protocol-number-sequence"),
    ],
)
def test_a_mistyped_number_is_told_why(typed, code):
    with pytest.raises(Rejected) as refused:
        parse_number(typed, TODAY, "/number")
    assert (refused.value.code, refused.value.pointer) == (code, "/number")


@SEEDED
@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text):
    with pytest.raises(Rejected, match="protocol-number-"):
        parse_number(text, TODAY)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 25, 2, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 25, 3, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2027, 1, 1, 2, 59, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_the_day_is_the_one_of_brasilia(instant, day):
    assert brasilia_day(instant) == day


@SEEDED
@given(st.lists(st.integers(1, 5000), max_size=40))
def test_blocks_never_share_a_number_and_leave_none_out(sizes):
    numbers = NumbersOfDay(day=TODAY)
    leased = []
    for size in sizes:
        block, numbers = lease("412759", numbers, size)
        leased += [number.sequence for number in block]
    assert leased == list(range(1, numbers.leased + 1))


def test_the_last_block_ends_where_the_numbers_end():
    numbers = NumbersOfDay(day=TODAY, leased=LAST - 3)
    block, numbers = lease("412759", numbers, BLOCK)
    assert [str(number)[-6:] for number in block] == ["999997", "999998", "999999"]
    with pytest.raises(Rejected, match="protocol-numbers-exhausted"):
        lease("412759", numbers)


def test_nothing_is_leased_from_a_closed_day():
    with pytest.raises(Rejected, match="protocol-day-closed"):
        lease("412759", NumbersOfDay(day=TODAY, leased=100, closed=True))


def test_a_day_is_closed_half_an_hour_after_its_end_and_then_gone_through():
    numbers = NumbersOfDay(day=TODAY, leased=5)
    assert numbers.agenda == (AgendaKind.CLOCK, datetime(2026, 11, 26, 3, 30, tzinfo=UTC))
    assert NumbersOfDay(day=TODAY, leased=5, closed=True, told=4).agenda == numbers.agenda
    assert NumbersOfDay(day=TODAY, leased=5, closed=True, told=5).agenda is None


def test_five_hundred_thousand_a_day_fit():
    numbers = NumbersOfDay(day=TODAY)
    for _ in range(5000):
        _, numbers = lease("412759", numbers)
    assert numbers.leased == 500_000


class TestMark:
    KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    PUBLIC = KEY.public_key().public_bytes_raw()
    ISSUED = datetime(2026, 11, 25, 12, 30, 5, 7000, tzinfo=UTC)

    def made(self):
        vouched = vouch(str(NUMBER), self.ISSUED)
        return mark(vouched, self.KEY.sign(vouched.signed))

    def test_it_tells_number_and_moment(self):
        assert read_mark(self.made(), self.PUBLIC) == vouch(str(NUMBER), self.ISSUED)
        assert len(self.made()) < 150  # a small QR code

    @pytest.mark.parametrize("place", [8, 26, 33, -60, -2])
    def test_any_change_shows(self, place):
        good = self.made()
        changed = "1" if good[place] != "1" else "2"
        false = f"{good[:place]}{changed}{good[place:][1:]}"
        with pytest.raises(Rejected, match=r"mark-(false|malformed)"):
            read_mark(false, self.PUBLIC)

    def test_another_operators_key_does_not_vouch(self):
        other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
        with pytest.raises(Rejected, match="mark-false"):
            read_mark(self.made(), other)

    @pytest.mark.parametrize("text", ["", "EMDIA1/1/2/3", "https://example.com", "EMDIA1/" + "9" * 200])
    def test_anything_else_is_no_mark(self, text):
        with pytest.raises(Rejected, match="mark-malformed"):
            read_mark(text, self.PUBLIC)
