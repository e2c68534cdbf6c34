"""Refusals about simulations of ladders from files."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

SIMULATIONS: Mapping[str, Text] = {
    "price-row-invalid": Text(
        422,
        "Linha inválida: use channel;reais;source, como email;0,00055;SES, cada canal uma só vez.",
        "Invalid row: use channel;reais;source, as in email;0,00055;SES, each channel once.",
    ),
    "price-unknown": Text(422, "Falta o preço de um canal usado.", "A channel in use has no price."),
    "snapshot-invalid": Text(
        422,
        "Arquivo de carteira inválido: tire outro com emdia ladder snapshot.",
        "Invalid portfolio file: take another with emdia ladder snapshot.",
    ),
}
