from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from emdia.compliance.municipality import ZONE_EXCEPTIONS, ZONE_OF_UF, uf_of, zone_of
from emdia.errors import Rejected
from emdia.identity import UF_OF_PREFIX, parse_ibge

NOVEMBER = datetime(2026, 11, 24, 12, tzinfo=UTC)
OFFSETS = {
    -4: {"AM", "MS", "MT", "RO", "RR"},
    -5: {"AC"},
}


def offset(zone):
    return NOVEMBER.astimezone(ZoneInfo(zone)).utcoffset().total_seconds() / 3600


def test_every_state_has_a_zone_and_the_offset_of_the_law():
    assert len(UF_OF_PREFIX) == len(ZONE_OF_UF) == 27
    assert set(UF_OF_PREFIX.values()) == set(ZONE_OF_UF)
    for uf, zone in ZONE_OF_UF.items():
        expected = next((hours for hours, states in OFFSETS.items() if uf in states), -3)
        assert offset(zone) == expected, uf


@pytest.mark.parametrize(
    ("ibge", "uf", "zone"),
    [
        ("3550308", "SP", "America/Sao_Paulo"),
        ("5300108", "DF", "America/Sao_Paulo"),
        ("1302603", "AM", "America/Manaus"),
        ("1200401", "AC", "America/Rio_Branco"),
        ("1301407", "AM", "America/Eirunepe"),
        ("1304062", "AM", "America/Eirunepe"),
        ("2605459", "PE", "America/Noronha"),
        ("2611606", "PE", "America/Recife"),
        ("5103403", "MT", "America/Cuiaba"),
        ("5002704", "MS", "America/Campo_Grande"),
        ("1100205", "RO", "America/Porto_Velho"),
        ("1400100", "RR", "America/Boa_Vista"),
        ("1501402", "PA", "America/Belem"),
        ("2304400", "CE", "America/Fortaleza"),
    ],
)
def test_state_and_zone(ibge, uf, zone):
    assert uf_of(ibge) == uf
    assert zone_of(ibge) == zone


def test_exceptions_are_municipalities_with_another_clock_than_their_state():
    assert len(ZONE_EXCEPTIONS) == len({row.ibge for row in ZONE_EXCEPTIONS}) == 14
    for row in ZONE_EXCEPTIONS:
        assert parse_ibge(row.ibge) == row.ibge
        assert abs(offset(row.zone) - offset(ZONE_OF_UF[uf_of(row.ibge)])) == 1, row.name


@pytest.mark.parametrize("ibge", ["9999999", "3400001", "", "x"])
def test_an_unknown_state_is_refused(ibge):
    with pytest.raises(Rejected, match="ibge-invalid"):
        zone_of(ibge)
