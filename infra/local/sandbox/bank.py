"""A bank that speaks the API Pix 2.9.0, in memory: charges with due date, payments, returns, pages of what it received.

Whoever has its client id has its one account, with one Pix key and one receiver. `now` is its clock, UTC.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emdia.calendar import effective_due_date

CLIENT, SECRET, KEY = "em-dia", "segredo-do-sandbox", "pix@operadora.example"
ERRORS = "https://pix.bcb.gov.br/api/v2/error/"
_TXID = re.compile(r"[a-zA-Z0-9]{26,35}")
_BRASILIA = timedelta(hours=-3)
_HOST = "pix.sandbox.example/qr/v2/cobv"
RECEIVER = {
    "cnpj": "11222333000181",
    "nome": "Operadora Exemplo Saude",
    "logradouro": "Av. Paulista, 1000",
    "cidade": "Sao Paulo",
    "uf": "SP",
    "cep": "01310100",
}
Answer = tuple[int, Mapping[str, Any]]


@dataclass
class SandboxBank:
    """`charges` by txid and `pix` by endToEndId, in the words of the API."""

    now: Callable[[], datetime]
    key: str = KEY
    receiver: Mapping[str, str] = field(default_factory=lambda: RECEIVER)
    charges: dict[str, dict[str, Any]] = field(default_factory=dict)
    pix: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def ask(  # noqa: PLR0911  one way out per request is how it reads best
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """One request of the API; `headers` in lower case."""
        url = urlsplit(target)
        if url.path == "/oauth/token":
            return self._token(headers)
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return 401, {"type": ERRORS + "AcessoNegado", "title": "Acesso negado", "status": 401}
        if url.path == "/pix" and method == "GET":
            return self._received({name: values[0] for name, values in parse_qs(url.query).items()})
        txid = url.path.removeprefix("/cobv/")
        if not _TXID.fullmatch(txid):
            return _problem(404, "NaoEncontrado")
        told = json.loads(body) if body else {}
        if method == "PUT":
            return self._create(txid, told)
        if txid not in self.charges:
            return _problem(404, "CobVNaoEncontrada")
        return self._revise(txid, told) if method == "PATCH" else (200, self.charges[txid])

    def asked(self, txid: str) -> str:
        """What whoever reads the code today is asked for. Raises LookupError for a charge that cannot be paid."""
        charge = self.charges.get(txid)
        if charge is None or charge["status"] != "ATIVA":
            raise LookupError(txid)
        due, terms = date.fromisoformat(charge["calendario"]["dataDeVencimento"]), charge["valor"]
        # Due on a day without banking it is paid the next one as on time, and its days of validity count from there.
        on_time, today = effective_due_date(due), (self.now() + _BRASILIA).date()
        if today > on_time + timedelta(days=int(charge["calendario"]["validadeAposVencimento"])):
            raise LookupError(txid)
        owed = Decimal(terms["original"])
        if today > on_time:
            rate = Decimal(terms.get("multa", {}).get("valorPerc", "0"))
            rate += Decimal(terms.get("juros", {}).get("valorPerc", "0")) * (today - due).days / 30
            owed += owed * rate / 100
        return str(owed.quantize(Decimal("0.01"), ROUND_HALF_UP))

    def pay(self, txid: str, amount: str | None = None) -> dict[str, Any]:
        """Somebody pays the code. Raises LookupError for a charge that cannot be paid."""
        asked = self.asked(txid)
        self.charges[txid]["status"] = "CONCLUIDA"
        return self.receive(txid, amount or asked)

    def receive(self, txid: str, amount: str, key: str = "") -> dict[str, Any]:
        """Money comes, for a charge or for none, to `key` or the account's own."""
        at = self.now()
        told = {
            "endToEndId": f"E00000000{at:%Y%m%d%H%M}{len(self.pix) + 1:011d}",
            "valor": amount,
            "chave": key or self.key,
            "horario": _instant(at),
        } | ({"txid": txid} if txid else {})
        self.pix[str(told["endToEndId"])] = told
        return told

    def give_back(self, end_to_end_id: str, amount: str) -> dict[str, Any]:
        """A part or all of a Pix goes back."""
        told, at = self.pix[end_to_end_id], _instant(self.now())
        number = len(told.setdefault("devolucoes", [])) + 1
        told["devolucoes"].append(
            {
                "id": f"D{number}",
                "rtrId": f"D{end_to_end_id[1:-2]}{number:02d}",
                "valor": amount,
                "horario": {"solicitacao": at, "liquidacao": at},
                "status": "DEVOLVIDO",
            }
        )
        return told

    def _token(self, headers: Mapping[str, str]) -> Answer:
        wanted = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if headers.get("authorization") != wanted:
            return 401, {"error": "invalid_client"}
        token = f"sandbox-{len(self.tokens) + 1}"
        self.tokens.add(token)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def _create(self, txid: str, told: Mapping[str, Any]) -> Answer:
        if (
            txid in self.charges
            or self._late(told)
            or "cpf" not in told.get("devedor", {})
            or told.get("chave") != self.key
        ):
            return _problem(400, "CobVOperacaoInvalida")
        location = f"{_HOST}/{txid}"
        self.charges[txid] = {
            "calendario": {"criacao": _instant(self.now()), "validadeAposVencimento": 30, **told["calendario"]},
            "txid": txid,
            "revisao": 0,
            "loc": {
                "id": len(self.charges) + 1,
                "txid": txid,
                "location": location,
                "tipoCob": "cobv",
                "criacao": _instant(self.now()),
            },
            "location": location,
            "status": "ATIVA",
            "devedor": told["devedor"],
            "recebedor": self.receiver,
            "valor": told["valor"],
            "chave": told["chave"],
        }
        return 201, self.charges[txid]

    def _revise(self, txid: str, told: Mapping[str, Any]) -> Answer:
        charge = self.charges[txid]
        if charge["status"] != "ATIVA" or self._late(told):
            return _problem(400, "CobVOperacaoInvalida")
        if "status" in told:
            charge["status"] = told["status"]
        charge["calendario"] |= told.get("calendario", {})
        charge["valor"] = told.get("valor", charge["valor"])
        charge["revisao"] += 1
        return 200, charge

    def _late(self, told: Mapping[str, Any]) -> bool:
        due = told.get("calendario", {}).get("dataDeVencimento")
        return due is not None and date.fromisoformat(due) < (self.now() + _BRASILIA).date()

    def _received(self, asked: Mapping[str, str]) -> Answer:
        since, until = (datetime.fromisoformat(asked[name]) for name in ("inicio", "fim"))
        found = [
            one
            for one in self.pix.values()
            if since <= datetime.fromisoformat(one["horario"]) <= until
            and (asked.get("devolucaoPresente") != "true" or one.get("devolucoes"))
        ]
        size, page = int(asked.get("paginacao.itensPorPagina", 100)), int(asked.get("paginacao.paginaAtual", 0))
        pages = {
            "paginaAtual": page,
            "itensPorPagina": size,
            "quantidadeDePaginas": max(1, -(-len(found) // size)),
            "quantidadeTotalDeItens": len(found),
        }
        told = {"inicio": asked["inicio"], "fim": asked["fim"], "paginacao": pages}
        return 200, {"parametros": told, "pix": found[page * size : (page + 1) * size]}


def txid_of(location: str) -> str:
    """The charge that a code's location names; "" when it is no charge of this bank."""
    host, _, txid = location.rpartition("/")
    return txid if host == _HOST else ""


def _problem(status: int, code: str) -> Answer:
    return status, {"type": ERRORS + code, "title": code, "status": status}


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
