"""The sandbox's own controls, for the demo and the tests: JSON under /_sandbox/."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.local.sandbox.behaviour import Reaction
from infra.local.sandbox.events import stamp
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.mailbox import Mail, Person
from infra.local.sandbox.post_office import PostOffice

Answer = tuple[int, object]


def control(office: PostOffice, method: str, path: str, query: Mapping[str, str], body: Any) -> Answer:
    """Answer one request. A body that does not fit is answered with 400 and what was wrong with it."""
    act = _ROUTES.get((method, path))
    if act is None:
        return 404, {"message": f"no {method} {path}; there are: {', '.join(' '.join(r) for r in sorted(_ROUTES))}"}
    try:
        return act(office, query, body)
    except (KeyError, TypeError, ValueError) as wrong:
        return 400, {"message": f"{type(wrong).__name__}: {wrong}"}


def _health(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del office, query, body
    return 200, {"status": "ok"}


def _stats(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    return 200, office.stats()


def _set_now(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query
    now = datetime.fromisoformat(body["now"])
    if now.tzinfo is None:
        raise ValueError("now needs an offset")
    office.set_now(now)
    return 200, office.stats()


def _flush(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    done = office.flush()
    next_at = None if done.next_at is None else stamp(done.next_at)
    return 200, {"published": done.published, "unsubscribed": done.unsubscribed, "next_at": next_at}


def _people(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query
    people = [Person(**person) for person in body]
    office.reading(lambda boxes: boxes.introduce(people))
    return 200, {"people": len(people)}


def _react(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    """`{"address": ..., "bounce": "Permanent"}` or spans in seconds: arrives_after, opened_after and the like."""
    del query
    values = dict(body)
    address = str(values.pop("address"))
    spans = {name: timedelta(seconds=value) for name, value in values.items() if name.endswith("_after")}
    office.react(address, Reaction(**(values | spans)))
    return 200, {}


def _mails(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del body
    to = query.get("to", "").lower()
    mails = office.reading(lambda boxes: [mail for mail in boxes.all_mails() if to in ("", mail.to.lower())])
    return 200, [_told(mail) for mail in mails]


def _told(mail: Mail) -> Mapping[str, object]:
    return {
        "id": mail.id,
        "at": stamp(mail.at),
        "to": mail.to,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "headers": list(mail.headers),
        "tags": dict(mail.tags),
        "history": [[stamp(at), kind] for at, kind in mail.history],
    }


def _faults(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    return 200, office.faults.left()


def _add_fault(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query
    office.faults.add(Fault(**body))
    return 200, office.faults.left()


def _clear_faults(office: PostOffice, query: Mapping[str, str], body: Any) -> Answer:
    del query, body
    office.faults.clear()
    return 200, []


_ROUTES: Mapping[tuple[str, str], Callable[[PostOffice, Mapping[str, str], Any], Answer]] = {
    ("GET", "/_sandbox/health"): _health,
    ("GET", "/_sandbox/stats"): _stats,
    ("GET", "/_sandbox/mails"): _mails,
    ("GET", "/_sandbox/faults"): _faults,
    ("POST", "/_sandbox/now"): _set_now,
    ("POST", "/_sandbox/flush"): _flush,
    ("POST", "/_sandbox/people"): _people,
    ("POST", "/_sandbox/reactions"): _react,
    ("POST", "/_sandbox/faults"): _add_fault,
    ("DELETE", "/_sandbox/faults"): _clear_faults,
}
