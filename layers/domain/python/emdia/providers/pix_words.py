"""What a bank says of a Pix, by the words of the API Pix 2.9.0 (Banco Central, components/schemas/Pix)."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emdia.errors import Rejected
from emdia.money import Centavos
from emdia.payments.ports import Received

MOST = 1000  # Pix of one call, and of one page
_ID = re.compile(r"[a-zA-Z0-9]{32}")
_TXID = re.compile(r"[a-zA-Z0-9]{1,35}")
_AMOUNT = re.compile(r"([0-9]{1,10})\.([0-9]{2})")
_KEY_MAX = 77
_GONE = "DEVOLVIDO"  # the only status of a return in which money has left


def read_call(body: bytes) -> tuple[Received, ...]:
    """The Pix of a bank's call, each once though it be told twice in the same words.

    Raises Rejected with the pointer: `pix-malformed`, and `pix-contradiction` for two different words of one payment:
    the whole call is refused, the bank repeats it and `reconcile_payments` asks what is true.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Rejected("pix-malformed") from None
    if not isinstance(told, dict):
        raise Rejected("pix-malformed")
    return read_list(told.get("pix"))


def read_list(told: object, pointer: str = "/pix") -> tuple[Received, ...]:
    """The Pix of a list. Raises as `read_call`."""
    if not isinstance(told, list) or len(told) > MOST:
        raise Rejected("pix-malformed", pointer)
    found: dict[str, Received] = {}
    for n, one in enumerate(told):
        read = read_pix(one, f"{pointer}/{n}")
        if found.setdefault(read.id, read) != read:
            raise Rejected("pix-contradiction", f"{pointer}/{n}/endToEndId")
    return tuple(found.values())


def read_pix(told: object, pointer: str = "") -> Received:
    """One Pix. Raises Rejected `pix-malformed` with the field's pointer."""
    if not isinstance(told, dict):
        raise Rejected("pix-malformed", pointer)
    amount = read_amount(told.get("valor"), f"{pointer}/valor")
    returned = sum(_returned(told.get("devolucoes", []), f"{pointer}/devolucoes"))
    if amount == 0 or returned > amount:
        raise Rejected("pix-malformed", f"{pointer}/valor")
    return Received(
        id=_matching(_ID, told.get("endToEndId"), f"{pointer}/endToEndId"),
        txid=_matching(_TXID, told["txid"], f"{pointer}/txid") if told.get("txid") else "",
        amount=amount,
        at=_instant(told.get("horario"), f"{pointer}/horario"),
        key=_key(told.get("chave", ""), f"{pointer}/chave"),
        returned=Centavos(returned),
    )


def read_amount(told: object, pointer: str = "") -> Centavos:
    r"""An amount in reais (`\d{1,10}\.\d{2}`) as centavos. Raises Rejected `pix-malformed`.

    >>> read_amount("1236.80")
    123680
    """
    match = _AMOUNT.fullmatch(told) if isinstance(told, str) else None
    if match is None:
        raise Rejected("pix-malformed", pointer)
    return Centavos(int(match[1]) * 100 + int(match[2]))


def _returned(told: object, pointer: str) -> Sequence[int]:
    if not isinstance(told, list):
        raise Rejected("pix-malformed", pointer)
    gone: list[int] = []
    for n, one in enumerate(told):
        if not isinstance(one, Mapping):
            raise Rejected("pix-malformed", f"{pointer}/{n}")
        if one.get("status") == _GONE:
            gone.append(read_amount(one.get("valor"), f"{pointer}/{n}/valor"))
    return gone


def _matching(pattern: re.Pattern[str], told: Any, pointer: str) -> str:
    if not isinstance(told, str) or not pattern.fullmatch(told):
        raise Rejected("pix-malformed", pointer)
    return told


def _key(told: object, pointer: str) -> str:
    if not isinstance(told, str) or len(told) > _KEY_MAX:
        raise Rejected("pix-malformed", pointer)
    return told


def _instant(told: object, pointer: str) -> datetime:
    try:
        when = datetime.fromisoformat(str(told))
        offset, utc = when.utcoffset(), when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Rejected("pix-malformed", pointer) from None
    if offset is None:
        # astimezone took the machine's zone for it.
        raise Rejected("pix-malformed", pointer)
    return utc
