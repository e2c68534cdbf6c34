"""Where the demo's people live: real municipalities, each with its IBGE code and the clock on its wall.

The zone is written here by hand and not taken from the product, because the demo judges by it whether the
product wrote to people at a lawful hour.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality. `weight`: how many of a thousand people of the demo live there, roughly."""

    ibge: str
    city: str
    uf: str
    postal_code: str  # a code of the right region
    ddd: str
    zone: str
    weight: int


PLACES: Final = (
    Place("3550308", "São Paulo", "SP", "01310100", "11", "America/Sao_Paulo", 180),
    Place("3509502", "Campinas", "SP", "13010001", "19", "America/Sao_Paulo", 60),
    Place("3543402", "Ribeirão Preto", "SP", "14010000", "16", "America/Sao_Paulo", 40),
    Place("3304557", "Rio de Janeiro", "RJ", "20040002", "21", "America/Sao_Paulo", 90),
    Place("3303302", "Niterói", "RJ", "24020071", "21", "America/Sao_Paulo", 30),
    Place("3106200", "Belo Horizonte", "MG", "30130010", "31", "America/Sao_Paulo", 60),
    Place("3165206", "São Thomé das Letras", "MG", "37418000", "35", "America/Sao_Paulo", 10),
    Place("3205309", "Vitória", "ES", "29010120", "27", "America/Sao_Paulo", 25),
    Place("4106902", "Curitiba", "PR", "80010000", "41", "America/Sao_Paulo", 45),
    Place("4205407", "Florianópolis", "SC", "88010400", "48", "America/Sao_Paulo", 25),
    Place("4314902", "Porto Alegre", "RS", "90010150", "51", "America/Sao_Paulo", 40),
    Place("5300108", "Brasília", "DF", "70040010", "61", "America/Sao_Paulo", 40),
    Place("5208707", "Goiânia", "GO", "74003010", "62", "America/Sao_Paulo", 30),
    Place("5002704", "Campo Grande", "MS", "79002072", "67", "America/Campo_Grande", 25),
    Place("5103403", "Cuiabá", "MT", "78005000", "65", "America/Cuiaba", 25),
    Place("5107909", "Sinop", "MT", "78550000", "66", "America/Cuiaba", 15),
    # Keeps Brasília's clock by habit; the law's clock is that of Mato Grosso.
    Place("5101803", "Barra do Garças", "MT", "78600000", "66", "America/Cuiaba", 10),
    Place("2927408", "Salvador", "BA", "40020000", "71", "America/Bahia", 45),
    Place("2611606", "Recife", "PE", "50030230", "81", "America/Recife", 30),
    Place("2605459", "Fernando de Noronha", "PE", "53990000", "81", "America/Noronha", 15),
    Place("2304400", "Fortaleza", "CE", "60025000", "85", "America/Fortaleza", 35),
    Place("2111300", "São Luís", "MA", "65010000", "98", "America/Fortaleza", 15),
    # One of the nine real codes whose check digit is irregular.
    Place("2201919", "Bom Princípio do Piauí", "PI", "64225000", "86", "America/Fortaleza", 5),
    Place("1501402", "Belém", "PA", "66010000", "91", "America/Belem", 25),
    Place("1721000", "Palmas", "TO", "77001002", "63", "America/Araguaina", 10),
    Place("1302603", "Manaus", "AM", "69005010", "92", "America/Manaus", 25),
    Place("1304062", "Tabatinga", "AM", "69640000", "97", "America/Eirunepe", 12),
    Place("1301407", "Eirunepé", "AM", "69880000", "97", "America/Eirunepe", 8),
    Place("1100205", "Porto Velho", "RO", "76801016", "69", "America/Porto_Velho", 15),
    Place("1400100", "Boa Vista", "RR", "69301000", "95", "America/Boa_Vista", 10),
    Place("1200401", "Rio Branco", "AC", "69900062", "68", "America/Rio_Branco", 20),
    Place("1200203", "Cruzeiro do Sul", "AC", "69980000", "68", "America/Rio_Branco", 10),
)
STREETS: Final = (
    "Rua das Flores", "Avenida Brasil", "Rua Sete de Setembro", "Travessa São José", "Rua Quinze de Novembro",
    "Avenida Getúlio Vargas", "Alameda dos Ipês", "Rua Padre Antônio Vieira", "Estrada do Açude Velho",
    "Rua Marechal Deodoro da Fonseca", "Praça Nossa Senhora da Conceição", "Quadra 12 Conjunto B",
)  # fmt: skip
DISTRICTS: Final = ("Centro", "Jardim América", "Vila Nova", "Boa Vista", "Santo Antônio", "São Francisco", "Cohab")
