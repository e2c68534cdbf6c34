"""Refusals of texts, and of whoever submits or approves texts, ladders and norms."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

WORDS: Mapping[str, Text] = {
    "template-unknown": Text(404, "Não há texto com este nome.", "There is no text of this name."),
    "template-undefined": Text(
        422, "O texto {template} usa um dado que não existe.", "The text {template} uses a datum that does not exist."
    ),
    "template-invalid": Text(422, "O texto {template} está malformado.", "The text {template} is malformed."),
    "sms-long": Text(422, "O SMS {template} não cabe em 160 caracteres.", "The SMS {template} exceeds 160 characters."),
}
