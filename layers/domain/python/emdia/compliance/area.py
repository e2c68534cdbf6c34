"""From the area code of a phone to the clocks its owner may live by (numbering plan, Res. Anatel 749/2022)."""

from emdia.compliance.municipality import ZONE_OF_UF
from emdia.errors import Halted

_AREAS_OF_UF = {
    "AC": "68",
    "AL": "82",
    "AM": "92 97",
    "AP": "96",
    "BA": "71 73 74 75 77",
    "CE": "85 88",
    "DF": "61",
    "ES": "27 28",
    "GO": "62 64",
    "MA": "98 99",
    "MG": "31 32 33 34 35 37 38",
    "MS": "67",
    "MT": "65 66",
    "PA": "91 93 94",
    "PB": "83",
    "PE": "81 87",
    "PI": "86 89",
    "PR": "41 42 43 44 45 46",
    "RJ": "21 22 24",
    "RN": "84",
    "RO": "69",
    "RR": "95",
    "RS": "51 53 54 55",
    "SC": "47 48 49",
    "SE": "79",
    "SP": "11 12 13 14 15 16 17 18 19",
    "TO": "63",
}
# Areas that reach over two clocks: Noronha, and the west of Amazonas.
_BESIDE = {"81": ("America/Noronha",), "97": ("America/Eirunepe",)}
ZONES_OF_AREA = {
    area: (ZONE_OF_UF[uf], *_BESIDE.get(area, ())) for uf, areas in _AREAS_OF_UF.items() for area in areas.split()
}


def clocks_beside(phone: str, zone: str) -> tuple[str, ...]:
    """The zones of the area code of `phone` (E.164), when `zone`, that of the registered address, is none of them.

    Where the two differ nobody knows where the person is: what is done must be lawful by every one of these
    clocks. Raises Halted for an area code that does not exist, for every stored phone was parsed.
    """
    zones = ZONES_OF_AREA.get(phone.removeprefix("+55")[:2])
    if zones is None:
        raise Halted("a stored phone has an unknown area code")
    return () if zone in zones else zones
