"""Shared secrets of ERP clients and accesses to banks over Secrets Manager (ports.py, payments/ports.py)."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.errors import Halted
from emdia.payments.ports import BankAccess
from emdia.ports import Clock, ErpClient

KEPT = timedelta(minutes=5)
OURS = "out-"  # how the secrets begin that we sign with ourselves, where a client's name stands
_CLIENT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEPT_CLIENTS = 1000
_ACTIVE = 2  # secrets valid at once, during a rotation


class ManagedSecrets:
    """Secret `emdia/<stage>/erp/<client>` is `{"operator": "<ans>", "secrets": ["whsec_...", ...]}`."""

    def __init__(self, secretsmanager: Any, stage: str, clock: Clock) -> None:
        self._secretsmanager, self._stage, self._clock = secretsmanager, stage, clock
        self._kept: dict[str, tuple[datetime, ErpClient | None]] = {}
        self._access: tuple[datetime, Mapping[str, BankAccess]] | None = None

    def erp_client(self, client: str) -> ErpClient | None:
        """See ports.Secrets. A name no client can have is unknown without asking.

        What our own calls are signed with is in other hands and opens no door here.
        """
        if not _CLIENT.fullmatch(client) or client.startswith(OURS):
            return None
        return self._held(client)

    def _held(self, client: str) -> ErpClient | None:
        entry = self._kept.get(client)
        if entry is not None and self._clock.now() < entry[0]:
            return entry[1]
        if len(self._kept) >= _KEPT_CLIENTS:
            self._kept.clear()  # somebody tries names: they must not fill the memory
        found = self._read(client)
        self._kept[client] = (self._clock.now() + KEPT, found)
        return found

    def webhook(self, ans: str) -> Sequence[str]:
        """See ports.WebhookSecrets: secret `emdia/<stage>/erp/out-<ans>`, of the same shape as a client's."""
        found = self._held(f"{OURS}{ans}")
        return found.secrets if found is not None and found.ans == ans else ()

    def bank(self, ans: str) -> BankAccess | None:
        """See payments.ports.BankSecrets."""
        return self._banks().get(ans)

    def banked(self) -> Collection[str]:
        """See payments.ports.BankSecrets."""
        return self._banks().keys()

    def _banks(self) -> Mapping[str, BankAccess]:
        """Secret `emdia/<stage>/bank`: `{"<ans>": {"url", "token_url", ...}}`, in the names of BankAccess."""
        if self._access is None or self._clock.now() >= self._access[0]:
            self._access = (self._clock.now() + KEPT, self._read_banks())
        return self._access[1]

    def _read_banks(self) -> Mapping[str, BankAccess]:
        try:
            answer = self._secretsmanager.get_secret_value(SecretId=f"emdia/{self._stage}/bank")
        except AWS_ERRORS as error:
            if code_of(error) == "ResourceNotFoundException":
                return {}
            raise trouble(error, "secretsmanager GetSecretValue") from error
        try:
            told = json.loads(answer["SecretString"])
            return {ans: BankAccess(**{**one, "callers": tuple(one["callers"])}) for ans, one in told.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Halted("the secret of the banks is malformed") from None

    def _read(self, client: str) -> ErpClient | None:
        try:
            answer = self._secretsmanager.get_secret_value(SecretId=f"emdia/{self._stage}/erp/{client}")
        except AWS_ERRORS as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise trouble(error, "secretsmanager GetSecretValue") from error
        try:
            told = json.loads(answer["SecretString"])
            secrets = tuple(str(one) for one in told["secrets"])
            found = ErpClient(str(told["operator"]), secrets)
        except (KeyError, TypeError, ValueError):
            raise Halted(f"the secret of ERP client {client} is malformed") from None
        if not 1 <= len(secrets) <= _ACTIVE:
            raise Halted(f"ERP client {client} has {len(secrets)} secrets, not one or two")
        return found
