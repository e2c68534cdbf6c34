"""`emdia words` and `emdia norms`: texts and editions of the norms table on their way into force."""

from typing import Any

from emdia.cli import approvals
from emdia.compliance.approval import Matter


def add_parsers(nouns: Any) -> None:
    """What can be done with texts and with the norms table."""
    words = nouns.add_parser("words", help="textos das mensagens: aprovação e vigência").add_subparsers(required=True)
    approvals.add_actions(words, Matter.WORDS)
    norms = nouns.add_parser("norms", help="tabela de normas: aprovação pelo jurídico").add_subparsers(required=True)
    approvals.add_actions(norms, Matter.NORMS)
