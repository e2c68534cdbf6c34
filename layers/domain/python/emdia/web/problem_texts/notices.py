"""Refusals about the notice of RN 593 and what is kept of it."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

NOTICES: Mapping[str, Text] = {
    "document-unknown": Text(404, "Documento desconhecido neste contrato.", "No such document in this contract."),
    "evidence-kind-invalid": Text(
        422, "Este meio não se prova com este tipo de documento.", "This means is not proved by this kind of document."
    ),
    "evidence-too-early": Text(
        422, "A prova é anterior ao envio da notificação.", "The evidence is older than the sending of the notice."
    ),
    "notice-unknown": Text(
        404, "Este contrato não tem notificação com este id.", "This contract has no notice of this id."
    ),
    "exclusion-unknown": Text(
        422,
        "Falta dizer se o contrato por adesão prevê a exclusão por falta de pagamento (exclusion_agreed).",
        "Whether the collective contract provides for exclusion for non-payment is missing (exclusion_agreed).",
    ),
    "message-malformed": Text(422, "Mensagem de fila malformada.", "Malformed queue message."),
    "notice-means-unknown": Text(
        422,
        "Falta dizer que meios de notificação o contrato prevê (means_of_notice).",
        "The means of notice that the contract lists are missing (means_of_notice).",
    ),
}
