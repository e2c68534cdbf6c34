import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.errors import Rejected
from emdia.payments.brcode import DynamicCode, crc16, dynamic_code, read_dynamic_code

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=150)
LOCATION = "pix.banco.example/qr/v2/cobv/9d36b84fc70b478fb95c12729b90ca25"


def test_the_crc_of_the_central_banks_example():
    text = (
        "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
        "5913Fulano de Tal6008BRASILIA62070503***6304"
    )
    assert crc16(text.encode()) == "1D3D"


def test_a_dynamic_code_field_by_field():
    assert (
        dynamic_code(f"https://{LOCATION}", "Operadora São João", "Goiânia")
        == (
            "000201"
            "010212"
            "2683"
            "0014br.gov.bcb.pix"
            f"25{len(LOCATION)}{LOCATION}"
            "52040000"
            "5303986"
            "5802BR"
            "5918OPERADORA SAO JOAO"
            "6007GOIANIA"
            "62070503***"
            "6304"
        )
        + dynamic_code(LOCATION, "Operadora São João", "Goiânia")[-4:]
    )


@SEEDED
@given(
    st.from_regex(r"[a-z]{3,12}\.example/[a-zA-Z0-9/]{1,40}", fullmatch=True),
    st.text("ABCDEFGHIJ xyzçãé&'", min_size=1, max_size=60).filter(str.strip),
    st.sampled_from(["São Paulo", "Brasília", "Vila Bela da Santíssima Trindade"]),
)
def test_what_is_written_is_read(location, name, city):
    if not any(c.isalnum() for c in name):
        return
    read = read_dynamic_code(dynamic_code(location, name, city))
    assert read.url == location
    assert 0 < len(read.name) <= 25
    assert 0 < len(read.city) <= 15


def test_any_changed_character_shows():
    good = dynamic_code(LOCATION, "Operadora", "Goiania")
    assert read_dynamic_code(good) == DynamicCode(LOCATION, "OPERADORA", "GOIANIA")
    for place in range(len(good)):
        other = "x" if good[place] != "x" else "y"
        with pytest.raises(Rejected, match="brcode-malformed"):
            read_dynamic_code(good[:place] + other + good[place + 1 :])


@pytest.mark.parametrize("text", ["", "0002", "é" * 30, "000201" + "6304" + crc16(b"0002016304")])
def test_what_is_no_dynamic_code_is_refused(text):
    with pytest.raises(Rejected, match="brcode-malformed"):
        read_dynamic_code(text)


@pytest.mark.parametrize("location", ["", "   ", "x" * 78, "pix.banço.example/1"])
def test_a_location_that_does_not_fit_is_refused(location):
    with pytest.raises(Rejected, match="brcode-location-invalid"):
        dynamic_code(location, "Operadora", "Goiania")


@pytest.mark.parametrize(("name", "city"), [("", "Goiania"), ("😀", "Goiania"), ("Operadora", "--")])
def test_a_receiver_without_a_name_is_refused(name, city):
    if city == "--":
        city = "😀"
    with pytest.raises(Rejected, match="brcode-receiver-invalid"):
        dynamic_code(LOCATION, name, city)
