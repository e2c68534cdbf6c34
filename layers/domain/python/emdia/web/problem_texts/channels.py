"""Refusals of senders and channels."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

CHANNELS: Mapping[str, Text] = {
    "sender-taken": Text(
        409, "Este remetente já é de outra operadora.", "This sender belongs to another operator already."
    ),
}
