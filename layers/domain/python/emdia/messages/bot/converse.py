"""What the bot does with a message: acts at once on what protects the person, answers what it can, hands over the rest.

Nobody is trapped: a message that is not understood gets the menu once, the next one gets a person. What stops
something (opt-out, wrong person, "I paid", a dispute, a death, a lawyer) always counts, whatever else was said; more
than one wish in one message goes to a person as well.
"""

from dataclasses import dataclass
from enum import StrEnum

from emdia.messages.bot.script import Script
from emdia.messages.bot.understand import CLEAR, LONGEST, affirms, meanings, plainly


class Waiting(StrEnum):
    """What the bot asked last."""

    NOTHING = ""
    CHOICE = "menu"
    CONFIRMATION = "ciencia"


class Effect(StrEnum):
    """What follows from a message, for the workflow to carry out."""

    OPT_OUT = "parar"
    WRONG_PERSON = "pessoa_errada"
    DEATH = "falecimento"
    LAWYER = "advogado"
    SAYS_PAID = "ja_paguei"
    DISPUTE = "contestar"
    AWARE = "ciente"  # proof of a notice (RN 593 art. 8): the person answered that they know
    HAND_OVER = "humano"


@dataclass(frozen=True, slots=True)
class Heard:
    """One message. `media`: an audio, image or file came instead of or beside words.

    A telephone that leaves one out writes so: that is one too (the script's `midia`).
    """

    text: str
    media: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands. `misses`: messages in a row that were not understood."""

    waiting: Waiting = Waiting.NOTHING
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What the bot makes of a message. `replies`: names of the script's answers, in order; the number comes first."""

    intents: tuple[str, ...]
    effects: tuple[Effect, ...]
    replies: tuple[str, ...]
    state: State


def converse(heard: Heard, state: State, script: Script, *, notice_open: bool, known: bool) -> Turn:
    """One turn of a conversation.

    `notice_open`: a notice of RN 593 waits for the person's word that they know of it; `known`: the number belongs to
    exactly one person of the register. Nothing is revealed to anybody else: they may stop the messages, and are
    asked who they are.
    """
    if len(heard.text) > LONGEST:
        return _over(("humano",), ("humano",), known)
    intents = meanings(heard.text, script)
    if not known:
        return _stranger(intents)
    # Whoever was asked and writes "isso já foi pago" has not said yes: it is heard as whatever else it says.
    asked = state.waiting is Waiting.CONFIRMATION and {*intents} <= {"ciente", "saudacao"}
    if asked and affirms(heard.text, script):
        return Turn(("ciente",), (Effect.AWARE,), ("numero", "ciente"), State())
    wishes = tuple(intent for intent in intents if intent not in script.polite)
    if not wishes:
        return _nothing_asked(heard, intents, state)
    if wishes == ("ciente",):
        return _aware(intents, notice_open=notice_open, clear=plainly(heard.text, script, CLEAR))
    # Who writes "I know, but ..." answers the notice and asks something: the answer counts only when asked for alone.
    wishes = tuple(intent for intent in wishes if intent != "ciente")
    effects = [Effect(one) for one in wishes if one in script.protective]
    to_read = heard.media or "midia" in intents
    person = to_read or len(wishes) > 1 or any(one in script.people for one in (*wishes, *intents))
    # Without the hand-over's own words where the wish's answer already says that a person will come.
    replies = ["numero", *wishes]
    if person:
        effects.append(Effect.HAND_OVER)
        if not any(one in script.people for one in wishes):
            replies.append("humano")
    return Turn(intents, tuple(dict.fromkeys(effects)), tuple(replies), State())


def _stranger(intents: tuple[str, ...]) -> Turn:
    """Somebody whose number is nobody's, or several people's."""
    effects = [Effect(one) for one in intents if one in ("parar", "pessoa_errada")]
    if effects:
        return Turn(intents, tuple(effects), ("numero", *effects), State())
    return Turn(intents, (Effect.HAND_OVER,), ("numero", "quem_e"), State())


def _nothing_asked(heard: Heard, intents: tuple[str, ...], state: State) -> Turn:
    if "ofensa" in intents:
        return Turn(intents, (Effect.HAND_OVER,), ("numero", "ofensa"), State())
    if heard.media or "midia" in intents:
        # A picture may be a receipt, a recording may be anything: a person looks, and words are welcome meanwhile.
        return Turn(intents, (Effect.HAND_OVER,), ("numero", "midia"), State())
    if "saudacao" in intents and not state.misses:
        return Turn(intents, (), ("numero", "saudacao", "menu"), State(Waiting.CHOICE, 1))
    if state.misses:
        return Turn(intents, (Effect.HAND_OVER,), ("numero", "humano"), State())
    return Turn(intents, (), ("numero", "nao_entendi", "menu"), State(Waiting.CHOICE, 1))


def _aware(intents: tuple[str, ...], *, notice_open: bool, clear: bool) -> Turn:
    if not notice_open:
        return Turn(intents, (), ("numero", "recebido"), State())
    if clear and intents == ("ciente",):
        return Turn(intents, (Effect.AWARE,), ("numero", "ciente"), State())
    return Turn(intents, (), ("numero", "confirma"), State(Waiting.CONFIRMATION))


def _over(intents: tuple[str, ...], replies: tuple[str, ...], known: bool) -> Turn:
    return Turn(intents, (Effect.HAND_OVER,), ("numero", *(replies if known else ("quem_e",))), State())
