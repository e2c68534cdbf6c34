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
    "payment-returned": Text(410, "O pagamento deste recibo foi devolvido.", "The payment of this receipt went back."),
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
    "bank-unknown": Text(404, "Nenhum banco é desta operadora.", "No bank is this operator's."),
    "caller-unknown": Text(
        403, "O certificado não é do banco desta operadora.", "The certificate is not that of this operator's bank."
    ),
    "pix-malformed": Text(400, "Isto não é uma notificação da API Pix 2.9.", "This is no call of the API Pix 2.9."),
    "pix-contradiction": Text(
        422, "Um mesmo Pix veio duas vezes, com dados diferentes.", "One Pix came twice, in different words."
    ),
    "bank-denied": Text(502, "O banco não aceitou nossa identificação.", "The bank did not accept who we are."),
    "bank-refused": Text(502, "O banco recusou: {reason}.", "The bank refused: {reason}."),
    "bank-unclear": Text(502, "A resposta do banco não é da API Pix.", "The bank's answer is not one of the API Pix."),
    "payment-not-found": Text(404, "Nenhum dinheiro a resolver com este id.", "No money waits under this id."),
    "payment-entered": Text(
        409,
        "Este pagamento já está lançado: resolva no banco ou no ERP.",
        "This payment is entered: settle it at the bank or in the ERP.",
    ),
    "invoice-unknown": Text(404, "Não há fatura com este número neste contrato.", "This contract has no such invoice."),
    "charge-nothing-owed": Text(409, "Nada está em aberto nesta fatura.", "Nothing is open of this invoice."),
}
