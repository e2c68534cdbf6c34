"""An operator's bank by the API Pix 2.9.0 (payments.ports.Bank): OAuth2 client credentials over mTLS, cobv, pix.

What a bank refuses comes as RFC 7807; the last part of its `type` says why. Nothing of it but that code is kept:
details may quote what was sent.
"""

import base64
import json
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import urllib3

from emdia.clock import instant
from emdia.errors import Rejected, TryLater
from emdia.payments.charge import Terms, rate, reais
from emdia.payments.ports import BankAccess, Debtor, Opened, Received
from emdia.ports import Clock
from emdia.providers.pix_words import MOST, read_amount, read_list

SECONDS = 8.0
SCOPES = "cobv.write cobv.read pix.read"
_EARLY = timedelta(seconds=60)  # a token is given up this long before its end
_ONCE_A_PAGE, _MOST_PAGES = 100, 1000
_REMOVED = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = field(repr=False)


class Line(Protocol):
    """Carries one request to a bank."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """One attempt. Raises TryLater when there was no answer."""


def line_of(access: BankAccess) -> Line:
    """A line with the operator's certificate; without TLS where the address itself has none (the laptop's bank)."""
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(SECONDS),
        retries=False,
        ssl_context=_trusting(access) if access.url.startswith("https://") else None,
    )

    def ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            answer = pool.request(method, url, headers=dict(headers), body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise TryLater(f"the bank did not answer: {type(error).__name__}") from None
        return Reply(int(answer.status), answer.data)

    return ask


def _trusting(access: BankAccess) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # OpenSSL reads them from files alone; the file is the function's own, and gone when this line is done.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as both:
        both.write(f"{access.certificate.strip()}\n{access.private_key.strip()}\n")
        both.flush()
        context.load_cert_chain(both.name)
    return context


class PixBank:
    """The bank behind `access`. One token is kept while it holds."""

    def __init__(self, access: BankAccess, clock: Clock, line: Line) -> None:
        self._access, self._clock, self._line = access, clock, line
        self._token: tuple[datetime, str] | None = None

    def open(self, txid: str, terms: Terms, debtor: Debtor) -> Opened:
        """See payments.ports.Bank. An answer that never came, or a repeat, is resolved by reading the charge."""
        body = _terms(terms) | {
            "devedor": {"cpf": debtor.cpf, "nome": debtor.name[:200]},
            "chave": self._access.key,
        }
        try:
            return _opened(self._ask("PUT", f"/cobv/{txid}", body))
        except Rejected as refused:
            if refused.code != "bank-refused":
                raise
            try:
                return _opened(self._ask("GET", f"/cobv/{txid}"))
            except Rejected:
                raise refused from None

    def change(self, txid: str, terms: Terms) -> Opened:
        """See payments.ports.Bank."""
        return _opened(self._ask("PATCH", f"/cobv/{txid}", _terms(terms)))

    def remove(self, txid: str) -> None:
        """See payments.ports.Bank."""
        try:
            self._ask("PATCH", f"/cobv/{txid}", {"status": _REMOVED})
        except Rejected as refused:
            if refused.code != "bank-refused":
                raise
            if _gone(refused) or not _opened(self._ask("GET", f"/cobv/{txid}")).active:
                return
            raise

    def received(
        self, since: datetime, until: datetime, *, returned_only: bool = False
    ) -> Iterator[Sequence[Received]]:
        """See payments.ports.Bank."""
        asked = {"inicio": instant(since), "fim": instant(until), "paginacao.itensPorPagina": str(_ONCE_A_PAGE)}
        if returned_only:
            asked["devolucaoPresente"] = "true"
        for page in range(_MOST_PAGES):
            told = self._ask("GET", f"/pix?{urlencode({**asked, 'paginacao.paginaAtual': str(page)})}")
            try:
                pages = int(told["parametros"]["paginacao"]["quantidadeDePaginas"])
            except (KeyError, TypeError, ValueError):
                raise Rejected("bank-unclear", "/parametros/paginacao") from None
            yield read_list(told.get("pix", []))
            if page + 1 >= pages:
                return
        raise Rejected("bank-unclear", "/parametros/paginacao/quantidadeDePaginas", most=MOST)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        reply = self._signed(method, path, body)
        if reply.status == 401:
            self._token = None  # taken back before its time: one fresh one, no more
            reply = self._signed(method, path, body)
        return _read(reply)

    def _signed(self, method: str, path: str, body: Mapping[str, Any] | None) -> Reply:
        headers = {"authorization": f"Bearer {self._bearer()}", "accept": "application/json"}
        if body is None:
            return self._line(method, self._access.url + path, headers, None)
        headers["content-type"] = "application/json"
        return self._line(method, self._access.url + path, headers, json.dumps(body).encode())

    def _bearer(self) -> str:
        now = self._clock.now()
        if self._token is None or now >= self._token[0]:
            pair = f"{quote(self._access.client_id)}:{quote(self._access.client_secret)}"
            headers = {
                "authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
            }
            form = urlencode({"grant_type": "client_credentials", "scope": SCOPES}).encode()
            told = _read(self._line("POST", self._access.token_url, headers, form))
            try:
                ends = now + timedelta(seconds=int(told.get("expires_in", 300))) - _EARLY
                self._token = (ends, str(told["access_token"]))
            except (KeyError, TypeError, ValueError):
                raise Rejected("bank-unclear", "/access_token") from None
        return self._token[1]


@dataclass(frozen=True)
class PixBanks:
    """Banks by operator (payments.ports.Banks); a bank whose access was changed is a new one."""

    access: Callable[[str], BankAccess | None]
    clock: Clock
    line: Callable[[BankAccess], Line]
    _kept: dict[str, tuple[BankAccess, PixBank]] = field(default_factory=dict)

    def of(self, ans: str) -> PixBank | None:
        """See payments.ports.Banks."""
        access = self.access(ans)
        if access is None:
            return None
        held = self._kept.get(ans)
        if held is None or held[0] != access:
            held = (access, PixBank(access, self.clock, self.line(access)))
            self._kept[ans] = held
        return held[1]


def _terms(terms: Terms) -> dict[str, Any]:
    amount: dict[str, Any] = {"original": reais(terms.original)}
    if terms.multa_bp:
        amount["multa"] = {"modalidade": 2, "valorPerc": rate(terms.multa_bp)}
    if terms.juros_bp_month:
        # Percent a month of calendar days: a daily rate of two decimals cannot say 1% a month.
        amount["juros"] = {"modalidade": 3, "valorPerc": rate(terms.juros_bp_month)}
    due = {"dataDeVencimento": terms.due_on.isoformat(), "validadeAposVencimento": terms.valid_days}
    return {"calendario": due, "valor": amount}


def _opened(told: Mapping[str, Any]) -> Opened:
    try:
        receiver = told.get("recebedor", {})
        location = told.get("location") or told["loc"]["location"]
        return Opened(
            location=str(location),
            name=str(receiver.get("nome") or receiver.get("nomeFantasia") or ""),
            city=str(receiver.get("cidade") or ""),
            active=told["status"] == "ATIVA",
            original=read_amount(told["valor"]["original"]),
        )
    except (AttributeError, KeyError, TypeError, Rejected):
        raise Rejected("bank-unclear", "/cobv") from None


def _read(reply: Reply) -> Mapping[str, Any]:
    if reply.status >= 500 or reply.status in _LATER:
        raise TryLater(f"the bank answers {reply.status}")
    try:
        told = json.loads(reply.body)
    except (ValueError, RecursionError):
        told = None
    if 200 <= reply.status < 300:
        if not isinstance(told, dict):
            raise Rejected("bank-unclear")
        return told
    if reply.status in (401, 403):
        raise Rejected("bank-denied", reason=_why(told))
    raise Rejected("bank-refused", reason=_why(told))


def _why(told: object) -> str:
    """The bank's own code: letters only, it is somebody else's text."""
    kind = told.get("type") if isinstance(told, dict) else None
    code = str(kind).rstrip("/").rpartition("/")[2] if kind else ""
    return code if code.isascii() and code.isalpha() and len(code) <= 60 else "unnamed"


def _gone(refused: Rejected) -> bool:
    return refused.params.get("reason") in ("CobVNaoEncontrada", "NaoEncontrado")
