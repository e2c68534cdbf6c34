"""The operator's bank in tests: the sandbox's bank on a line that can be made to fail."""

import json
from collections.abc import Mapping

from emdia.errors import TryLater
from emdia.providers.pix import Line, Reply
from infra.local.sandbox.bank import CLIENT, KEY, SECRET, SandboxBank
from tests.fakes.faults import Faults

URL = "https://pix.bank.example"
CALLER = "CN=pix.bank.example,O=Banco Exemplo"


def access_told() -> dict[str, object]:
    """The operator's entry in the secret of the banks."""
    return {
        "url": URL,
        "token_url": f"{URL}/oauth/token",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "certificate": "-----BEGIN CERTIFICATE-----",
        "private_key": "-----BEGIN PRIVATE KEY-----",
        "key": KEY,
        "callers": [CALLER],
    }


def faulty_line(bank: SandboxBank, faults: Faults) -> Line:
    """A line to `bank` on which `faults` strikes; the operation is the method and the first part of the path."""

    def ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        target = url.removeprefix(URL)

        def do() -> Reply:
            status, told = bank.ask(method, target, headers, body)
            return Reply(status, json.dumps(told).encode())

        try:
            answer = faults.around("bank", f"{method} {target.split('/')[1].split('?')[0]}", do)
        except TryLater:
            raise
        except Exception as error:
            raise TryLater("the bank did not answer") from error
        assert isinstance(answer, Reply)
        return answer

    return ask
