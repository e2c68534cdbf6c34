# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryKms: data keys that open only under their own key and context; one Ed25519 key that signs."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.faults import Faults, client_error


class MemoryKms:
    """GenerateDataKey and Decrypt for one customer key, Sign and GetPublicKey for another."""

    def __init__(self, faults: Faults, cmk: str, signing_key: str = "arn:aws:kms:test:log-key") -> None:
        self.faults = faults
        self.cmk = cmk
        self.signing_key = signing_key
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

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:
        def do() -> dict[str, Any]:
            public = self._signing(KeyId, "GetPublicKey").public_key()
            return {"PublicKey": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

        return self._call("GetPublicKey", do)

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:
        assert MessageType == "RAW", "a digest would be hashed again"
        assert SigningAlgorithm == "ED25519_SHA_512"
        assert 1 <= len(Message) <= 4096

        def do() -> dict[str, Any]:
            return {"Signature": self._signing(KeyId, "Sign").sign(Message)}

        return self._call("Sign", do)

    def _signing(self, key: str, operation: str) -> Ed25519PrivateKey:
        if key != self.signing_key:
            raise client_error("NotFoundException", operation)
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(key.encode()).digest())

    def _known(self, key: str, operation: str) -> None:
        if key != self.cmk:
            raise client_error("NotFoundException", operation)

    def _call(self, operation: str, do: Callable[[], Any]) -> dict[str, Any]:
        return self.faults.around("kms", operation, do)  # type: ignore[return-value]
