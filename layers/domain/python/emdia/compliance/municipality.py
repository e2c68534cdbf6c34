"""From a municipality's IBGE code to its state and to its clock (Decreto 2.784/1913, Lei 12.876/2013)."""

from collections.abc import Mapping
from dataclasses import dataclass

from emdia.errors import Rejected
from emdia.identity import UF_OF_PREFIX

# Zone of each state's territory; where a state has several cities in the zone database, that of its capital
# or of its own region. No state has summer time since Decreto 9.772/2019.
ZONE_OF_UF: Mapping[str, str] = {
    "AC": "America/Rio_Branco",
    "AL": "America/Maceio",
    "AM": "America/Manaus",
    "AP": "America/Belem",
    "BA": "America/Bahia",
    "CE": "America/Fortaleza",
    "DF": "America/Sao_Paulo",
    "ES": "America/Sao_Paulo",
    "GO": "America/Sao_Paulo",
    "MA": "America/Fortaleza",
    "MG": "America/Sao_Paulo",
    "MS": "America/Campo_Grande",
    "MT": "America/Cuiaba",
    "PA": "America/Belem",
    "PB": "America/Fortaleza",
    "PE": "America/Recife",
    "PI": "America/Fortaleza",
    "PR": "America/Sao_Paulo",
    "RJ": "America/Sao_Paulo",
    "RN": "America/Fortaleza",
    "RO": "America/Porto_Velho",
    "RR": "America/Boa_Vista",
    "RS": "America/Sao_Paulo",
    "SC": "America/Sao_Paulo",
    "SE": "America/Maceio",
    "SP": "America/Sao_Paulo",
    "TO": "America/Araguaina",
}


@dataclass(frozen=True, slots=True)
class ZoneException:
    """A municipality whose clock is not its state's. `confirmed`: the text of the norm settles it."""

    ibge: str
    name: str
    zone: str
    norm: str
    confirmed: bool


# Lei 12.876/2013 gives Acre time to the part of Amazonas west of the line Tabatinga - Porto Acre, and names
# no municipality. The usual list has these thirteen; the seats of those not confirmed lie east of the line.
_ACRE_TIME = "Decreto 2.784/1913 art. 2 e (Lei 12.876/2013)"
ZONE_EXCEPTIONS = (
    ZoneException("2605459", "Fernando de Noronha", "America/Noronha", "Decreto 2.784/1913 art. 2 a", True),
    ZoneException("1300201", "Atalaia do Norte", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1300607", "Benjamin Constant", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1300706", "Boca do Acre", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1301407", "Eirunepé", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1301506", "Envira", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1301654", "Guajará", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1301803", "Ipixuna", "America/Eirunepe", _ACRE_TIME, True),
    ZoneException("1301951", "Itamarati", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1302306", "Jutaí", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1302405", "Lábrea", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1303502", "Pauini", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1303908", "São Paulo de Olivença", "America/Eirunepe", _ACRE_TIME, False),
    ZoneException("1304062", "Tabatinga", "America/Eirunepe", _ACRE_TIME, True),
)
_ZONE_OF = {row.ibge: row.zone for row in ZONE_EXCEPTIONS}


def uf_of(ibge: str) -> str:
    """Two-letter state of a municipality. Raises Rejected `ibge-invalid` for an unknown state prefix."""
    try:
        return UF_OF_PREFIX[ibge[:2]]
    except KeyError:
        raise Rejected("ibge-invalid") from None


def zone_of(ibge: str) -> str:
    """IANA zone in force at a municipality. Raises Rejected `ibge-invalid` for an unknown state prefix."""
    return _ZONE_OF.get(ibge) or ZONE_OF_UF[uf_of(ibge)]
