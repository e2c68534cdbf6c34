"""The page of people's phones: what they got by SMS and WhatsApp, and what they may do. Portuguese; no script."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.mailbox import mailbox_id
from infra.local.sandbox.pages import PAGE_SIZE, Reply, missing, moment, page
from infra.local.sandbox.phones import CHANNELS, SMS, WHATSAPP, Phone, Phones, Text
from infra.local.sandbox.wallet import Wallet, payable

_TEMPLATES = Path(__file__).parent / "templates"
_NAMES = {SMS: "SMS", WHATSAPP: "WhatsApp"}
_STOP = "SAIR"
_LONGEST = 1000
_BOLD = re.compile(r"\*([^*\n]+)\*")
_DONE = {
    "resposta": "Resposta enviada. O sistema já vai recebê-la.",
    "sem-conversa": "Ninguém escreveu a esta pessoa por aqui ainda: não há a quem responder.",
    "vazia": "Escreva a resposta antes de enviar.",
    "lidas": "Mensagens marcadas como lidas.",
    "sem-sinal": "O telefone está sem sinal: o que chegar espera, e o SMS vence.",
    "com-sinal": "O telefone voltou a ter sinal: o que esperava chegou.",
    "bloquear": "WhatsApp bloqueado: as próximas mensagens falham e o sistema tenta outro canal.",
    "desbloquear": "WhatsApp desbloqueado.",
    "pagar": "Pix pago pela página da mensagem. O banco avisa a operadora em seguida.",
    "sem-codigo": "A página desta mensagem não mostra um Pix a pagar: nada está em aberto, ou o código é o do ERP.",
    "sem-pagina": "A página desta mensagem não respondeu. Confira se o sistema está no ar e tente de novo.",
}
_FAILED = frozenset({"sem-conversa", "vazia", "sem-codigo", "sem-pagina"})
_WHY = {
    "TEXT_INVALID": "número não existe",
    "TEXT_TTL_EXPIRED": "venceu sem sinal",
    "TEXT_UNREACHABLE": "telefone fora de alcance",
    "131026": "não entregável",
    "131047": "passou o prazo de resposta",
    "132001": "modelo desconhecido na Meta",
    "132015": "modelo suspenso pela Meta",
}


class PhonePages:
    """Answers a browser. Reads under the carrier's lock, so a page never shows half a change."""

    def __init__(self, carrier: Carrier, wallet: Wallet) -> None:
        self._carrier = carrier
        self._wallet = wallet

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
        """The page, or the effect of a button and where to go next."""
        parts = [part for part in path.split("/") if part]
        phone = None
        if parts[0] == "telefone" and len(parts) in (2, 3):
            phone = self._carrier.reading(lambda phones: phones.by_id(parts[1]))
        if method == "POST" and phone is not None and len(parts) == 3:
            done = self._press(phone, parts[2], dict(parse_qsl(body.decode(errors="replace"))))
            return Reply(303, b"", {"Location": _link(phone, query, feito=done)}) if done else missing()
        if method != "GET" or (phone is None and parts != ["telefones"]) or len(parts) == 3:
            return missing()
        html = self._carrier.reading(lambda phones: _show(phones, phone, query, self._carrier.now()))
        return page(200, html)

    def _press(self, phone: Phone, button: str, form: Mapping[str, str]) -> str:
        """What was done, a key of _DONE; "" for a button that is not there."""
        if button == "responder":
            return self._write(phone, form.get("canal", ""), form.get("texto", "").strip()[:_LONGEST])
        if button == "sair":
            return self._write(phone, form.get("canal", ""), _STOP)
        if button == "pagar":
            return self._pay(phone, form.get("mensagem", ""))
        if button == "lidas":
            self._carrier.read(phone)
        elif button in ("sem-sinal", "com-sinal"):
            self._carrier.change(phone, signal=button == "com-sinal")
        elif button in ("bloquear", "desbloquear"):
            self._carrier.change(phone, blocked=button == "bloquear")
        else:
            return ""
        return button

    def _pay(self, phone: Phone, message: str) -> str:
        """Open the page behind a message and pay what it asks."""
        text = self._carrier.reading(lambda _: next((one for one in phone.texts if one.id == message), None))
        if text is None or not payable(text.link):
            return ""
        try:
            return "pagar" if self._wallet.pay(text.link) else "sem-codigo"
        except OSError:
            return "sem-pagina"

    def _write(self, phone: Phone, channel: str, words: str) -> str:
        if channel not in CHANNELS:
            return ""
        if not words:
            return "vazia"
        return "resposta" if self._carrier.write(phone, channel, words) else "sem-conversa"


def _show(phones: Phones, phone: Phone | None, query: Mapping[str, str], now: datetime) -> str:
    words = query.get("q", "")
    found = phones.search(words)
    pages = max(1, -(-len(found) // PAGE_SIZE))
    asked = query.get("p", "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    done = query.get("feito", "")
    return _template().render(
        phones=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        found=len(found),
        number=number,
        pages=pages,
        people=len(phones),
        texts=sum(len(one.texts) for one in phones.all()),
        words=words,
        phone=phone,
        box=mailbox_id(phone.owner.address) if phone and phone.owner.address else "",
        answerable=[channel for channel in CHANNELS if phone and phone.newest(channel)],
        done=_DONE.get(done),
        failed=done in _FAILED,
        now=now,
        link=lambda phone=None, **more: _link(phone, query, **more),
    )


def _link(phone: Phone | None, query: Mapping[str, str], **more: object) -> str:
    """Address of a page that keeps what was searched for."""
    path = "/telefones" if phone is None else f"/telefone/{phone.id}"
    kept = {name: query[name] for name in ("q", "p") if query.get(name)} | {k: v for k, v in more.items() if v}
    return path + ("?" + urlencode(kept) if kept else "")


def _state(text: Text) -> tuple[str, str]:
    """What became of a message, and how bad that is."""
    if text.met("failed"):
        return f"Não chegou: {_WHY.get(text.why, 'recusada')}", "bad"
    if text.met("read"):
        return "Lida", "good"
    return ("Entregue", "plain") if text.met("delivered") else ("A caminho", "plain")


def _words(text: Text) -> Markup:
    """The words as the phone shows them: on WhatsApp what stands between asterisks is bold."""
    escaped = str(escape(text.text))
    return Markup(_BOLD.sub(r"<strong>\1</strong>", escaped) if text.channel == WHATSAPP else escaped)  # noqa: S704  escaped


def _spelt(phone: str) -> str:
    return f"({phone[3:5]}) {phone[5:10]}-{phone[10:]}" if len(phone) == 14 else phone


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"state": _state, "moment": moment, "spelt": _spelt, "words": _words}
    environment.globals |= {"names": _NAMES, "payable": payable}
    return environment.get_template("phones.html")
