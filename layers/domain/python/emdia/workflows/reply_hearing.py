"""What hearing a person's message needs, and what is known of it before anything is made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.compliance.approval import InForce, Matter
from emdia.messages.bot.script import BOT, Script, script
from emdia.messages.line import Line
from emdia.messages.ports import OptOutList, Sender, Senders
from emdia.messages.reply import Reply
from emdia.messages.talk import Talk
from emdia.portfolio.contract import Channel, Operator
from emdia.ports import Clock, Documents, Ledgers, Meter, Pseudonyms, Randomness
from emdia.workflows.number_desk import NumberDesk


@dataclass(frozen=True, slots=True)
class Deps:
    """What hearing people needs. `pause` waits for so many seconds."""

    ledgers: Ledgers
    senders: Senders
    pseudonyms: Pseudonyms
    providers: Mapping[Channel, Sender[Any]]
    opt_outs: OptOutList
    documents: Documents
    desk: NumberDesk
    randomness: Randomness
    clock: Clock
    meter: Meter
    pause: Callable[[float], None]
    public_url: str
    account: str  # the AWS account whose providers we listen to


@dataclass(frozen=True, slots=True)
class Hearing:
    """One message and what is known of its number. `lines`: whom we write to on it; `key`: its pseudonym."""

    reply: Reply
    key: str
    operator: Operator
    script: Script | None  # the bot's, where one is in force
    lines: tuple[Line, ...]
    talk: Talk
    now: datetime

    @property
    def line(self) -> Line | None:
        """Whose number it is; None for nobody's and for several people's."""
        return self.lines[0] if len(self.lines) == 1 else None


def bot_in_force(force: InForce) -> Script | None:
    """The bot's script that legal and the ethics committee approved, as this release has it; None without one."""
    pin = force.version(Matter.WORDS, BOT)
    if pin is None:
        return None
    told = script(int(pin.version))
    return told if told.digest == pin.digest else None
