"""Whom a number belongs to, from having written to it."""

import hashlib
from dataclasses import dataclass

from emdia.messages.reply import Reply
from emdia.state import Ref, State, line_ref

# First letter of the third part of a reference whose message is an answer of ours, not an outreach.
ANSWER = "r"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(State):
    """Whom we write to on a number: one item per number and person, for a number may be several people's."""

    key: str  # pseudonym of the number
    holder_key: str
    contract: str  # the one we wrote about last

    @property
    def ref(self) -> Ref:
        """See State."""
        return line_ref(self.key, self.holder_key)


def reply_id(reply: Reply) -> str:
    """32 hex characters; the same message, however often it is delivered, has one."""
    return hashlib.sha256(f"{reply.channel}|{reply.provider_id}".encode()).hexdigest()[:32]
