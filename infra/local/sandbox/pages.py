"""The page of people's mailboxes: who received what, as they see it. Portuguese; no script but the frame's height."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from infra.local.sandbox.mailbox import Mail, Mailbox, Mailboxes, Person
from infra.local.sandbox.phones import Owner
from infra.local.sandbox.post_office import UNSUBSCRIBE_FAILED, UNSUBSCRIBED, PostOffice

_TEMPLATES = Path(__file__).parent / "templates"
PAGE_SIZE = 40
# The first that has happened is what became of a mail; the event may come in any order.
_STATES = (
    ("Complaint", "Denunciada como spam", "bad"),
    ("Bounce", "Devolvida", "bad"),
    ("Open", "Aberta", "good"),
    ("Delivery", "Entregue", "plain"),
)
_HISTORY = {
    "Delivery": "Entregue",
    "Open": "Aberta",
    "Bounce": "Devolvida pelo servidor",
    "Complaint": "Denunciada como spam",
    "Rendering Failure": "Modelo com erro: não foi enviada",
    UNSUBSCRIBED: "Descadastro pedido com um clique",
    UNSUBSCRIBE_FAILED: "Descadastro pedido, sem resposta do sistema",
}
_DONE = {
    "abertura": "Abertura registrada. O sistema já vai saber que a mensagem foi lida.",
    "spam": "Denúncia registrada. O sistema já vai saber.",
    "descadastro": "Descadastro aceito pelo sistema.",
    "descadastro-falhou": "O sistema não respondeu ao descadastro. Confira se ele está no ar e tente de novo.",
    "devolver": "Esta caixa devolve as próximas mensagens.",
    "aceitar": "Esta caixa volta a aceitar mensagens.",
}
_HTML = "text/html; charset=utf-8"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
# The mail's own document: no script, nothing fetched, shown inside our page only.
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'"
_STATIC = {
    "/pagina.css": ("page.css", "text/css; charset=utf-8"),
    "/pagina.js": ("page.js", "text/javascript; charset=utf-8"),
}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    """What a page shows beside the list: a mailbox, and perhaps one mail in it."""

    box: Mailbox | None = None
    mail: Mail | None = None


class Pages:
    """Answers a browser. Reads under the office's lock, so a page never shows half a change."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    def answer(self, method: str, path: str, query: Mapping[str, str]) -> Reply:
        """The page, or the effect of a button and where to go next."""
        if path in _STATIC:
            name, kind = _STATIC[path]
            return Reply(200, (_TEMPLATES / name).read_bytes(), {"Content-Type": kind, "Cache-Control": "no-cache"})
        parts = [part for part in path.split("/") if part]
        if parts[:1] == ["mensagem"] and len(parts) == 2:
            return self._document(parts[1])
        place = self._office.reading(lambda boxes: _find(boxes, parts[:3]))
        if place is None or len(parts) > 4:
            return missing()
        if method == "POST":
            return self._press(place, parts[-1], query)
        if method != "GET" or len(parts) > 3:
            return missing()
        html = self._office.reading(lambda boxes: _show(boxes, place, query, self._office.now()))
        return page(200, html)

    def _press(self, place: _Place, button: str, query: Mapping[str, str]) -> Reply:
        box, mail = place.box, place.mail
        done = button
        if box is None:
            return missing()
        if button in ("devolver", "aceitar"):
            self._office.bounce_from_now_on(box, button == "devolver")
        elif mail is None:
            return missing()
        elif button == "abertura":
            self._office.happen(mail, "Open")
        elif button == "spam":
            self._office.happen(mail, "Complaint")
        elif button == "descadastro":
            done = "descadastro" if self._office.unsubscribe(mail) else "descadastro-falhou"
        else:
            return missing()
        return Reply(303, b"", {"Location": _link(box, mail, query, feito=done)})

    def _document(self, mail_id: str) -> Reply:
        mail = self._office.reading(lambda boxes: boxes.mail(mail_id))
        if mail is None:
            return missing()
        # Links of a mail open beside the page: the sites behind them refuse to be framed.
        html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
        headers = {"Content-Type": _HTML, "Content-Security-Policy": _MAIL_POLICY, "Referrer-Policy": "no-referrer"}
        return Reply(200, html.encode(), headers)


def missing() -> Reply:
    """Nothing is at the address."""
    return page(404, _template("missing.html").render())


def page(status: int, html: str) -> Reply:
    """A page of ours, which runs and loads nothing but our own."""
    headers = {"Content-Type": _HTML, "Content-Security-Policy": _PAGE_POLICY, "Cache-Control": "no-store"}
    return Reply(status, html.encode(), headers)


def _find(boxes: Mailboxes, parts: Sequence[str]) -> _Place | None:
    if not parts:
        return _Place()
    if parts[0] != "caixa" or len(parts) < 2:
        return None
    box = boxes.by_id(parts[1])
    if box is None:
        return None
    mail = boxes.mail(parts[2]) if len(parts) > 2 else None
    if len(parts) > 2 and mail is None and parts[2] not in ("devolver", "aceitar"):
        return None
    return _Place(box, mail)


def _show(boxes: Mailboxes, place: _Place, query: Mapping[str, str], now: datetime) -> str:
    words = query.get("q", "")
    found = boxes.search(words)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    asked = query.get("p", "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    return _template("mailboxes.html").render(
        boxes=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        found=len(found),
        number=number,
        pages=pages,
        people=len(boxes),
        mails=len(boxes.all_mails()),
        words=words,
        box=place.box,
        mail=place.mail,
        tab=query.get("ver", "mensagem"),
        done=_DONE.get(query.get("feito", "")),
        failed=query.get("feito", "").endswith("falhou"),
        now=now,
        link=lambda box=None, mail=None, **more: _link(box, mail, query, **more),
    )


def _link(box: Mailbox | None, mail: Mail | None, query: Mapping[str, str], **more: object) -> str:
    """Address of a page that keeps what was searched for."""
    path = "/" if box is None else f"/caixa/{box.id}" + (f"/{mail.id}" if mail else "")
    kept = {name: query[name] for name in ("q", "p") if query.get(name)} | {k: v for k, v in more.items() if v}
    return path + ("?" + urlencode(kept) if kept else "")


def _state(mail: Mail) -> tuple[str, str]:
    return next(((label, tone) for kind, label, tone in _STATES if mail.met(kind)), ("A caminho", "plain"))


def moment(when: datetime, person: Person | Owner | None = None) -> str:
    """Local to the person, to the minute."""
    return when.astimezone(ZoneInfo(person.zone if person else "America/Sao_Paulo")).strftime("%d/%m/%Y %H:%M")


@cache
def _template(name: str) -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"state": _state, "moment": moment}
    environment.globals["history_words"] = _HISTORY
    environment.globals["left"] = lambda box: any(mail.met(UNSUBSCRIBED) for mail in box.mails)
    return environment.get_template(name)
