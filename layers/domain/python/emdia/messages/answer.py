"""The words in which a reply is acknowledged while no script of the bot is in force, and the ones that stop a channel.

Legal reads them here: nothing of the person, of a debt or of a contract is in them, so that strangers get them too.
"""

from emdia.messages.bot.script import script
from emdia.messages.bot.understand import CLEAR, meanings, plainly

NUMBER = "Protocolo {number}."
# Fits one SMS with any telephone, beside the number.
ACKNOWLEDGED = "Recebemos sua mensagem. Para falar com uma pessoa: {phone}. Para parar, responda SAIR."
OPTED_OUT = (
    "Pronto: não enviaremos mais mensagens de cobrança por aqui. "
    "Isso não cancela a mensalidade nem os avisos que a lei exige."
)
_STOP = "parar"
_AWARE = "ciente"


def is_aware(text: str) -> bool:
    """Whether the message says plainly, and says nothing else, that a notice is known of: as the notice asks."""
    return meanings(text, script()) == (_AWARE,) and plainly(text, script(), CLEAR)


def wants_out(text: str) -> bool:
    """Whether the message asks not to be written to any more: SAIR, PARE, STOP, and how people put it (the script)."""
    return _STOP in meanings(text, script())
