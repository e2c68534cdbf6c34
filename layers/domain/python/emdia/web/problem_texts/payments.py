"""Refusals about payments, and about the ERP's endpoint."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

PAYMENTS: Mapping[str, Text] = {
    "brcode-location-invalid": Text(
        422,
        "O endereço da cobrança Pix falta ou é longo demais para o código.",
        "The location of the Pix charge is missing, or too long for the code.",
    ),
    "brcode-receiver-invalid": Text(
        422,
        "Nome e cidade de quem recebe precisam de letras ou algarismos.",
        "Name and city of the receiver need letters or digits.",
    ),
    "brcode-malformed": Text(
        422, "Este texto não é um código Pix dinâmico válido.", "This text is no valid dynamic Pix code."
    ),
    "endpoint-invalid": Text(
        422,
        "O endereço deve ser https://servidor/caminho, sem usuário nem fragmento.",
        "An endpoint is https://host/path, without user or fragment.",
    ),
    "endpoint-unknown": Text(
        404, "A operadora não tem endereço de avisos: webhook set.", "The operator has no endpoint: webhook set."
    ),
    "replay-range-invalid": Text(
        422, "O contrato tem avisos de 1 a {given}.", "The contract has events from 1 to {given}."
    ),
    "charge-nothing-owed": Text(409, "Nada está em aberto nesta fatura.", "Nothing is open of this invoice."),
}
