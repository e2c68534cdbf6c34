"""What somebody who follows their attendances is shown, step by step. Values only; `web` makes pages of them."""

from dataclasses import dataclass, field

from emdia.errors import Rejected
from emdia.portfolio.contract import Operator
from emdia.protocols.copy import Copy
from emdia.protocols.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number? `problem` when what was typed can be none."""

    typed: str = ""
    problem: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Challenged:
    """The code is asked for. The same for a number of somebody and for one of nobody."""

    number: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """All attendances of a contract, newest first."""

    session: str = field(repr=False)
    operator: Operator
    zone: str
    protocols: tuple[Protocol, ...]
    asking: str  # the page's id of what is written on it
    problem: Rejected | None = None  # why nothing was opened
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One attendance with what was said. `done` says what the last click did, `problem` why it did nothing."""

    session: str = field(repr=False)
    operator: Operator
    protocol: Protocol
    copy: Copy
    rated: bool
    mail: bool  # whether a copy can be sent by e-mail
    asking: str  # the page's id of what is written on it
    done: str = ""
    problem: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A copy to keep."""

    copy: Copy


View = Asked | Challenged | Listed | Shown | Download
