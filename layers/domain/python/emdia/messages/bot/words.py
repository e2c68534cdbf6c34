"""The words of an answer, of the script's texts, as a channel carries them. Pure."""

from collections.abc import Mapping, Sequence

from emdia.messages import gsm7
from emdia.messages.bot.script import Script
from emdia.portfolio.contract import Channel

# The longest values an answer is checked with: what the operator fills in must fit one SMS beside the number.
SAMPLE: Mapping[str, str] = {
    "protocolo": "9" * 20,
    "prazo": "31/12/2026",
    "telefone": "+5511900000000",
    "operadora": "Operadora Exemplo Saúde S.A.",
    "link": "https://abcdefghij.execute-api.sa-east-1.amazonaws.com/prod/p/" + "x" * 22,
}


def answer_words(replies: Sequence[str], told: Mapping[str, str], channel: Channel, script: Script) -> str:
    """The answers named `replies`, in order, with `told` filled in; "" for none.

    An SMS carries the number and as many of the others as fit one message; the first is never left out. The rest is
    said by whoever answers next.
    """
    if channel is not Channel.SMS:
        return "\n\n".join(script.replies[name].format_map(told) for name in replies)
    words = ""
    for place, name in enumerate(replies):
        longer = gsm7.plain(f"{words} {script.sms[name].format_map(told)}")
        if place < 2 or gsm7.fits(longer):
            words = longer
    return words


def too_long(script: Script) -> tuple[str, ...]:
    """The answers that do not fit one SMS beside the number, with the longest values."""
    return tuple(
        name
        for name in script.sms
        if name != "numero" and not gsm7.fits(answer_words(("numero", name), SAMPLE, Channel.SMS, script))
    )
