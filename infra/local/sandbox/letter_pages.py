"""The page of printed letters: what was printed, and what the post made of it. Portuguese; no script."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from emdia.calendar import local_day
from emdia.clock import instant
from emdia.messages.print_job import named_by
from infra.local.sandbox.letters import (
    DELIVERED,
    MADE,
    POSTED,
    REASONS,
    RETURNED,
    Letter,
    Shop,
    ShopRefusedError,
    object_of,
)
from infra.local.sandbox.pages import Reply, missing, moment, page

_TEMPLATES = Path(__file__).parent / "templates"
_ZONE: Final = "America/Sao_Paulo"
_BACK: Final = 60  # days that are looked through for letters
_STATES: Final = {
    MADE: ("A imprimir e postar", "plain"),
    POSTED: ("Postada", "plain"),
    RETURNED: ("Devolvida", "bad"),
    DELIVERED: ("Entregue", "good"),
}
_DONE: Final = {
    "applied": "Registrado: o sistema já sabe.",
    "repeated": "O sistema já sabia disso, ou sabe de algo mais novo.",
    "parked": "O sistema ainda não conhece esta carta: o aviso espera por uma pessoa.",
    "impresso": "Lote fechado e impresso. Cada carta mostra seu PDF.",
}
_PDF: Final = {"Content-Type": "application/pdf", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class LetterPages:
    """Answers a browser. What it shows and does is what the shops' printers see and tell."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._shops: Sequence[Shop] = ()
        self._printed: dict[str, bytes] = {}
        self._empty: set[date] = set()  # days that are over and had no letters: nothing comes any more

    def open(self, shops: Sequence[Shop]) -> None:
        """From now on these shops print."""
        self._shops = shops

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
        """The page, or the effect of a button and where to go next."""
        parts = [part for part in path.split("/") if part]
        try:
            if parts == ["cartas"] and method == "GET":
                return self._shown(self._day(query.get("dia", "")), None, query)
            if parts == ["cartas", "imprimir"] and method == "POST":
                return self._fetch(self._day(query.get("dia", "")))
            return self._one(method, parts, query, dict(parse_qsl(body.decode(errors="replace"))))
        except ShopRefusedError as refused:
            day = self._day(query.get("dia", ""))
            return Reply(303, b"", {"Location": _link(day, erro=str(refused)[:300])})

    def _one(self, method: str, parts: Sequence[str], query: Mapping[str, str], form: Mapping[str, str]) -> Reply:
        """One letter: itself, its sheet, or a button of its own."""
        found = self._find(parts[1]) if len(parts) in (2, 3) and parts[0] == "carta" else None
        if found is None:
            return missing()
        shop, letter, day = found
        button = parts[2] if len(parts) == 3 else ""
        if method == "GET":
            if not button:
                return self._shown(day, letter, query)
            sheet = self._printed.get(letter.reference) if button == "pdf" else None
            return missing() if sheet is None else Reply(200, sheet, _PDF)
        event = self._event(button, letter, form)
        return missing() if event is None else self._told(shop, letter, event)

    @staticmethod
    def _told(shop: Shop, letter: Letter, event: Mapping[str, str]) -> Reply:
        try:
            done = {"feito": shop.tell(event)}
        except ShopRefusedError as refused:
            done = {"erro": str(refused)[:300]}
        return Reply(303, b"", {"Location": f"/carta/{letter.reference}?{urlencode(done)}"})

    def _event(self, button: str, letter: Letter, form: Mapping[str, str]) -> Mapping[str, str] | None:
        told = {"reference": letter.reference, "at": instant(self._now())}
        if button == "postar":
            return told | {"event": POSTED, "object": object_of(letter.reference)}
        if button == "devolver":
            reason = form.get("motivo", "")
            return told | {"event": RETURNED, "reason": reason} if reason in REASONS else None
        if button == "entregar":
            return told | {"event": DELIVERED, "signer": form.get("recebedor", "").strip()[:120]}
        return None

    def _fetch(self, day: date) -> Reply:
        for shop in self._shops:
            if shop.letters(day):
                self._printed |= shop.fetch(day)
        return Reply(303, b"", {"Location": _link(day, feito="impresso")})

    def _find(self, reference: str) -> tuple[Shop, Letter, date] | None:
        try:
            day = named_by(reference)[0]
        except ValueError:
            return None
        every = ((shop, letter, day) for shop in self._shops for letter in shop.letters(day))
        return next((one for one in every if one[1].reference == reference), None)

    def _day(self, text: str) -> date:
        """The day asked for, or the newest with letters, or today."""
        try:
            return date.fromisoformat(text)
        except ValueError:
            return next(iter(self._days()), local_day(self._now(), _ZONE))

    def _days(self) -> list[date]:
        """Days with letters, the newest first."""
        today = local_day(self._now(), _ZONE)
        found = []
        for day in (today - timedelta(days=n) for n in range(_BACK)):
            if day in self._empty:
                continue
            if any(shop.letters(day) for shop in self._shops):
                found.append(day)
            elif day < today - timedelta(days=1):
                self._empty.add(day)
        return found

    def _shown(self, day: date, letter: Letter | None, query: Mapping[str, str]) -> Reply:
        days = self._days()
        letters = [one for shop in self._shops for one in shop.letters(day)]
        failed = query.get("erro", "")
        html = _template().render(
            day=day,
            letters=letters,
            letter=letter,
            open=any(self._shops),
            over=day < local_day(self._now(), _ZONE),
            printed=bool(letters) and all(one.reference in self._printed for one in letters),
            pdf=letter is not None and letter.reference in self._printed,
            later=min((one for one in days if one > day), default=None),
            earlier=max((one for one in days if one < day), default=None),
            done=failed or _DONE.get(query.get("feito", "")),
            failed=bool(failed),
            reasons=REASONS,
            now=self._now(),
        )
        return page(200, html)


def _link(day: date, **more: str) -> str:
    return f"/cartas?{urlencode({'dia': day.isoformat(), **more})}"


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"state": lambda one: _STATES[one.posting], "moment": moment}
    environment.globals["link"] = _link
    return environment.get_template("letters.html")
