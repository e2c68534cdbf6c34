"""Opens facts with subjects' keys (audit.ports.Openings): for legal, who was seen to ask before."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from emdia.aws.keyring import Keyring
from emdia.errors import Halted
from emdia.facts import LogClass
from emdia.state import OPERATOR_SUBJECT, Subject


@dataclass(frozen=True)
class KeyedOpenings:
    """`keyring` holds the keys; what a forgotten person's key sealed stays shut."""

    keyring: Keyring

    def disclosures(self, ans: str, log: LogClass, opening: bytes, persons: Collection[str]) -> Sequence[str]:
        """See audit.ports.Openings."""
        wanted = [(subject, log.value) for subject in (OPERATOR_SUBJECT, *map(Subject, persons))]
        by_kid = {key.kid: key for key in self.keyring.keys(ans, wanted).values()}
        found: list[str] = []
        try:
            told = json.loads(opening)
            sealed = [(item["kid"], _unpadded(item["ct"])) for item in told["op"]]
            fact = told["id"]
        except (KeyError, TypeError, ValueError):
            raise Halted("an opening is malformed") from None
        for kid, text in sealed:
            if kid in by_kid:
                found += by_kid[kid].open(text, f"{fact}|{kid}".encode()).decode().split("~")
        return found


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
