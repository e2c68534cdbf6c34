# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryKms: data keys that open only under their own key and context."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.faults import Faults, client_error


class MemoryKms:
    """GenerateDataKey and Decrypt for one customer key."""

    def __init__(self, faults: Faults, cmk: str) -> None:
        self.faults = faults
        self.cmk = cmk
        self._made: dict[bytes, tuple[bytes, dict[str, str]]] = {}

    def generate_data_key(self, *, KeyId: str, KeySpec: str, EncryptionContext: Mapping[str, str]) -> dict[str, Any]:
        assert KeySpec == "AES_256"
        assert set(EncryptionContext) == {"operadora", "classe"}

        def do() -> dict[str, Any]:
            self._known(KeyId, "GenerateDataKey")
            seed = f"{len(self._made)}".encode()
            plain, blob = hashlib.sha256(b"key" + seed).digest(), b"blob" + hashlib.sha256(seed).digest()
            self._made[blob] = (plain, dict(EncryptionContext))
            return {"Plaintext": plain, "CiphertextBlob": blob, "KeyId": KeyId}

        return self._call("GenerateDataKey", do)

    def decrypt(self, *, CiphertextBlob: bytes, KeyId: str, EncryptionContext: Mapping[str, str]) -> dict[str, Any]:
        def do() -> dict[str, Any]:
            self._known(KeyId, "Decrypt")
            plain, context = self._made.get(CiphertextBlob, (b"", {}))
            if not plain or context != dict(EncryptionContext):
                raise client_error("InvalidCiphertextException", "Decrypt")
            return {"Plaintext": plain, "KeyId": KeyId}

        return self._call("Decrypt", do)

    def _known(self, key: str, operation: str) -> None:
        if key != self.cmk:
            raise client_error("NotFoundException", operation)

    def _call(self, operation: str, do: Callable[[], Any]) -> dict[str, Any]:
        return self.faults.around("kms", operation, do)  # type: ignore[return-value]
