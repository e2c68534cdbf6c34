"""Keys of the sealed logs in KMS, found by their aliases: one Ed25519 key per operator, class and year.

`alias/emdia-<stage>-log-<ans>-<class>-<year>`. No right names a key, for none exists at deployment: functions may use
what is called so (kms:RequestAlias), and one function alone may make keys and call them so.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emdia.audit.note import public_of_spki
from emdia.audit.ports import LogKey, LogName, parse_label
from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.logs import KmsSigner, alias_of
from emdia.facts import LogClass

SPEC = "ECC_NIST_EDWARDS25519"


class KmsLogKeys:
    """See audit.ports.LogKeys. `policy`: the key policy of every key that is made, as JSON."""

    def __init__(self, kms: Any, stage: str, policy: str = "") -> None:
        self._kms, self._stage, self._policy = kms, stage, policy

    def signer(self, name: LogName) -> KmsSigner:
        """See audit.ports.LogSigners."""
        return KmsSigner(self._kms, alias_of(self._stage, name))

    def newest(self, name: LogName) -> LogName:
        """See audit.ports.LogSigners."""
        while self.of(following := replace(name, shard=name.shard + 1)) is not None:
            name = following
        return name

    def known(self) -> Iterator[LogName]:
        """See audit.ports.LogKeys."""
        names = rf"-log-(\d{{6}})-({'|'.join(LogClass)})-(\d{{4}}(?:-\d+)?)"
        ours = re.compile(f"alias/emdia-{re.escape(self._stage)}{names}")
        request: dict[str, Any] = {}
        while True:
            try:
                answer = self._kms.list_aliases(**request)
            except AWS_ERRORS as error:
                raise trouble(error, "kms ListAliases") from error
            for one in answer["Aliases"]:
                if found := ours.fullmatch(one["AliasName"]):
                    yield LogName(found[1], LogClass(found[2]), *parse_label(found[3]))
            if not answer.get("Truncated"):
                return
            request = {"Marker": answer["NextMarker"]}

    def of(self, name: LogName) -> LogKey | None:
        """See audit.ports.LogKeys."""
        try:
            return self._key(alias_of(self._stage, name))
        except AWS_ERRORS as error:
            if code_of(error) == "NotFoundException":
                return None
            raise trouble(error, "kms GetPublicKey") from error

    def make(self, origin: str) -> LogKey:
        """See audit.ports.LogKeys. Whose answer is lost is a key without a name: it signs nothing."""
        try:
            made = self._kms.create_key(
                KeySpec=SPEC,
                KeyUsage="SIGN_VERIFY",
                Description=f"Em Dia {self._stage}: signs {origin}",
                Policy=self._policy,
                Tags=[{"TagKey": "emdia-log", "TagValue": origin}],
            )
            return self._key(str(made["KeyMetadata"]["Arn"]))
        except AWS_ERRORS as error:
            raise trouble(error, "kms CreateKey") from error

    def call(self, name: LogName, key: str) -> None:
        """See audit.ports.LogKeys."""
        try:
            self._kms.create_alias(AliasName=alias_of(self._stage, name), TargetKeyId=key)
        except AWS_ERRORS as error:
            if code_of(error) != "AlreadyExistsException":
                raise trouble(error, "kms CreateAlias") from error

    def disable(self, key: str) -> None:
        """See audit.ports.LogKeys."""
        try:
            self._kms.disable_key(KeyId=key)
        except AWS_ERRORS as error:
            raise trouble(error, "kms DisableKey") from error

    def _key(self, key: str) -> LogKey:
        answer = self._kms.get_public_key(KeyId=key)
        return LogKey(str(answer["KeyId"]), public_of_spki(answer["PublicKey"]))
