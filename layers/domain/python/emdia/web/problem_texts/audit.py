"""Refusals to prove something from a sealed log."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

AUDIT: Mapping[str, Text] = {
    "log-unknown": Text(
        404,
        "Não há registro desta operadora, classe e ano.",
        "This operator has no log of that class and year.",
    ),
    "log-closing": Text(
        409,
        "O registro foi fechado há pouco: continue-o a partir de {until}.",
        "The log was closed a moment ago: continue it from {until} on.",
    ),
    "event-unknown": Text(404, "O evento não consta do registro.", "The event is not in the log."),
    "event-unsealed": Text(
        409,
        "O evento ainda não foi selado no registro: tente de novo em alguns minutos.",
        "The event is not sealed yet: try again in a few minutes.",
    ),
    "sizes-invalid": Text(
        422,
        "O registro não cresceu de um tamanho ao outro.",
        "The log did not grow from the one size to the other.",
    ),
    "size-unsigned": Text(
        404,
        "Nenhum cabeçalho assinado tem este tamanho.",
        "No signed checkpoint has this size.",
    ),
    "disclosure-for-legal": Text(
        403,
        "Só o jurídico revela o que um evento diz; a prova sem valores não precisa disto.",
        "Only legal discloses what an event says; a proof without values needs no such office.",
    ),
    "disclosure-unknown": Text(
        404,
        "O evento não tem este campo, ou só a chave da pessoa de quem trata o abre: informe o CPF dela.",
        "The event has no such field, or only the key of the person it is about opens it: give their CPF.",
    ),
}
