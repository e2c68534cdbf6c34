"""A person writes on the page of their attendances: a new one, its number first, or words in an open one."""

import re
from collections.abc import Mapping

from emdia.errors import Rejected
from emdia.ports import Clock, Ledgers, Meter, Pseudonyms, Randomness
from emdia.protocols.protocol import Interaction, Medium, Originator, Protocol, Speaker, Status, must_be_open
from emdia.state import protocol_ref
from emdia.workflows.attendance import Attendance, belongs, read, say
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.open_protocol import Deps as IssueDeps
from emdia.workflows.open_protocol import Opening, issue
from emdia.workflows.tracking_visit import PERSON, Visit

WORDS_MAX = 4_000  # characters
OPEN_MAX = 20  # unanswered attendances of one contract: beyond them a new one would answer nobody sooner
_ASKED = re.compile(r"[0-9a-f]{16}")
_SOURCE = "portal"


def open_here(
    visit: Visit,
    form: Mapping[str, str],
    desk: NumberDesk,
    ports: tuple[Ledgers, Pseudonyms, Clock, Randomness, Meter],
) -> str:
    """The number of a new attendance with the words of `texto`; the same `pedido` again gets the same one.

    Raises Rejected `field-invalid`, `protocol-many-open`, `protocol-numbers-exhausted`; LostRace, TryLater.
    """
    words, asked = _words(form), _asked(form)
    ledgers, pseudonyms, clock, randomness, meter = ports
    waiting = [one for one in _mine(visit) if one.status is Status.OPEN]
    if len(waiting) >= OPEN_MAX:
        raise Rejected("protocol-many-open", limit=OPEN_MAX)
    opening = Opening(_SOURCE, f"{visit.contract.key}:{asked}", Medium.CHAT, Originator.PERSON)
    issued = issue(opening, visit.ledger, IssueDeps(ledgers, pseudonyms, clock, randomness, meter, desk))
    held = read(issued.number, visit.ledger)
    if not held.protocol.contract:
        belongs(held, visit.contract, PERSON, visit.ledger, clock.now())
        held = read(issued.number, visit.ledger)
    _say(visit, held, words, asked, clock)
    return issued.number


def write_here(visit: Visit, held: Attendance, form: Mapping[str, str], clock: Clock) -> str:
    """Words in an attendance that waits for its answer. Raises Rejected `protocol-closed`, `field-invalid`."""
    words, asked = _words(form), _asked(form)
    must_be_open(held.protocol)
    _say(visit, held, words, asked, clock)
    return "Sua mensagem foi registrada neste protocolo."


def _mine(visit: Visit) -> list[Protocol]:
    pointers = visit.ledger.record(visit.contract.key, "ATTENDANCE#")
    held = visit.ledger.get([protocol_ref(one.ref.sort.partition("#")[2]) for one in pointers])
    return [one for one in held.values() if isinstance(one, Protocol) and one.holder_key == visit.contract.holder_key]


def _say(visit: Visit, held: Attendance, words: str, asked: str, clock: Clock) -> None:
    line = Interaction(
        number=held.protocol.number,
        id=f"web-{asked}",
        sequence=held.protocol.said + 1,
        at=clock.now(),
        medium=Medium.CHAT,
        speaker=Speaker.PERSON,
        under=held.under.id,
        words=words,
        author=PERSON,
    )
    say(line, held, PERSON, visit.ledger)


def _words(form: Mapping[str, str]) -> str:
    words = form.get("texto", "").strip()
    if not words or len(words) > WORDS_MAX:
        raise Rejected("field-invalid", "/texto")
    return words


def _asked(form: Mapping[str, str]) -> str:
    """The page's own id of what is sent: a second click sends the same."""
    if not _ASKED.fullmatch(form.get("pedido", "")):
        raise Rejected("field-invalid", "/pedido")
    return form["pedido"]
