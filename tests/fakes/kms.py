# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemoryKms: data keys that open only under their own key and context; Ed25519 keys that sign, by id or by alias."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.faults import Faults, client_error


class MemoryKms:
    """GenerateDataKey and Decrypt for one customer key; keys that sign, one of them there from the beginning."""

    def __init__(self, faults: Faults, cmk: str, signing_key: str = "arn:aws:kms:test:log-key") -> None:
        self.faults = faults
        self.cmk = cmk
        self.enabled = {signing_key: True}  # signing keys
        self.aliases: dict[str, str] = {}
        self.policies: dict[str, str] = {}
        self.page = 50  # aliases an answer
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
            der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return {"KeyId": self._of(KeyId, "GetPublicKey"), "PublicKey": der}

        return self._call("GetPublicKey", do)

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:
        assert MessageType == "RAW", "a digest would be hashed again"
        assert SigningAlgorithm == "ED25519_SHA_512"
        assert 1 <= len(Message) <= 4096

        def do() -> dict[str, Any]:
            return {"Signature": self._signing(KeyId, "Sign").sign(Message)}

        return self._call("Sign", do)

    def create_key(
        self, *, KeySpec: str, KeyUsage: str, Description: str, Policy: str, Tags: Sequence[Mapping[str, str]]
    ) -> dict[str, Any]:
        assert (KeySpec, KeyUsage) == ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
        assert Description
        assert [tag["TagKey"] for tag in Tags] == ["emdia-log"]

        def do() -> dict[str, Any]:
            made = f"arn:aws:kms:test:made/{len(self.enabled)}"
            self.enabled[made], self.policies[made] = True, Policy
            return {"KeyMetadata": {"Arn": made}}

        return self._call("CreateKey", do)

    def create_alias(self, *, AliasName: str, TargetKeyId: str) -> dict[str, Any]:
        assert AliasName.startswith("alias/")

        def do() -> dict[str, Any]:
            if AliasName in self.aliases:
                raise client_error("AlreadyExistsException", "CreateAlias")
            self._of(TargetKeyId, "CreateAlias")
            self.aliases[AliasName] = TargetKeyId
            return {}

        return self._call("CreateAlias", do)

    def list_aliases(self, *, Marker: str = "0") -> dict[str, Any]:
        def do() -> dict[str, Any]:
            names, start = sorted(self.aliases), int(Marker)
            page = [{"AliasName": name, "TargetKeyId": self.aliases[name]} for name in names[start:][: self.page]]
            more = start + self.page < len(names)
            return {"Aliases": page, "Truncated": more, **({"NextMarker": str(start + self.page)} if more else {})}

        return self._call("ListAliases", do)

    def disable_key(self, *, KeyId: str) -> dict[str, Any]:
        def do() -> dict[str, Any]:
            self.enabled[self._of(KeyId, "DisableKey")] = False
            return {}

        return self._call("DisableKey", do)

    def _of(self, key: str, operation: str) -> str:
        found = self.aliases.get(key, key)
        if found not in self.enabled:
            raise client_error("NotFoundException", operation)
        return found

    def _signing(self, key: str, operation: str) -> Ed25519PrivateKey:
        found = self._of(key, operation)
        if operation == "Sign" and not self.enabled[found]:
            raise client_error("DisabledException", operation)
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(found.encode()).digest())

    def _known(self, key: str, operation: str) -> None:
        if key != self.cmk:
            raise client_error("NotFoundException", operation)

    def _call(self, operation: str, do: Callable[[], Any]) -> dict[str, Any]:
        return self.faults.around("kms", operation, do)  # type: ignore[return-value]
