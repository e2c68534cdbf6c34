"""The controls of the phone side, beside those of the mail: JSON under /_sandbox/phones/."""

from collections.abc import Callable, Mapping
from typing import Any

from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.control import Answer
from infra.local.sandbox.events import stamp
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.phones import CHANNELS, Account, Owner, Text

PREFIX = "/_sandbox/phones"


def control(carrier: Carrier, method: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
    """Answer one request. A body that does not fit is answered with 400 and what was wrong with it."""
    act = _ROUTES.get((method, path.removeprefix(PREFIX)))
    if act is None:
        return 404, {"message": f"there are: {', '.join(f'{m} {PREFIX}{p}' for m, p in sorted(_ROUTES))}"}
    try:
        return act(carrier, query, body)
    except (KeyError, TypeError, ValueError) as wrong:
        return 400, {"message": f"{type(wrong).__name__}: {wrong}"}


def _stats(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    return 200, carrier.stats()


def _texts(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    del body
    to = query.get("to", "")
    return 200, carrier.reading(
        lambda phones: [_told(text) for one in phones.all() for text in one.texts if to in ("", text.to)]
    )


def _told(text: Text) -> Mapping[str, object]:
    return {
        "id": text.id,
        "at": stamp(text.at),
        "channel": text.channel,
        "to": text.to,
        "from": text.sender,
        "own": text.own,
        "text": text.text,
        "link": text.link,
        "ref": text.ref,
        "why": text.why,
        "history": [[stamp(at), kind] for at, kind in text.history],
    }


def _introduce(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    del query
    owners = [Owner(**owner) for owner in body]
    carrier.reading(lambda phones: phones.introduce(owners))
    return 200, {"phones": len(owners)}


def _change(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    """`{"phone": "+55...", "signal": false}`, or `blocked`, or `dead`: no such number any more."""
    del query
    values = dict(body)
    phone = carrier.reading(lambda phones: phones.of(str(values.pop("phone"))))
    phone.dead = bool(values.pop("dead", phone.dead))
    carrier.change(phone, **values)
    return 200, {"signal": phone.signal, "blocked": phone.blocked, "dead": phone.dead}


def _write(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    """`{"phone": "+55...", "channel": "sms", "text": "SAIR"}`."""
    del query
    phone = carrier.reading(lambda phones: phones.of(str(body["phone"])))
    done = carrier.write(phone, str(body["channel"]), str(body["text"]))
    return (200, {}) if done else (409, {"message": "nobody has written to this number on this channel"})


def _open_account(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    """`{"id": "waba-...", "numbers": ["phone-number-id-..."], "templates": [<Meta's document>, ...]}`, all approved."""
    del query
    templates = {str(one["name"]): one for one in body["templates"]}
    numbers = tuple(map(str, body["numbers"]))
    carrier.open_account(Account(str(body["id"]), numbers, templates, dict.fromkeys(templates, "APPROVED")))
    return 200, {"templates": list(templates)}


def _judge(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    """`{"template": "atraso_v1", "status": "REJECTED"}`: what Meta decides, told at the next flush."""
    del query
    carrier.judge_template(str(body["template"]), str(body["status"]))
    return 200, {}


def _faults(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    return 200, {channel: carrier.faults[channel].left() for channel in CHANNELS}


def _add_fault(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    """A fault as the mail has them, with `channel`; `address` is a number."""
    values = dict(body)
    carrier.faults[str(values.pop("channel"))].add(Fault(**values))
    return _faults(carrier, query, None)


def _clear_faults(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    for channel in CHANNELS:
        carrier.faults[channel].clear()
    return _faults(carrier, query, body)


def _advance(carrier: Carrier, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    return 200, {"published": carrier.flush()}


_ROUTES: Mapping[tuple[str, str], Callable[[Carrier, Mapping[str, str], Any], Answer]] = {
    ("GET", "/stats"): _stats,
    ("GET", "/texts"): _texts,
    ("GET", "/faults"): _faults,
    ("POST", ""): _introduce,
    ("POST", "/state"): _change,
    ("POST", "/replies"): _write,
    ("POST", "/accounts"): _open_account,
    ("POST", "/templates"): _judge,
    ("POST", "/flush"): _advance,
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
}
