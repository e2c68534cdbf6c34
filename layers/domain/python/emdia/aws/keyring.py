"""The `keys` table: class keys wrapped by KMS, and a data key per subject wrapped by its class key.

A worker has KMS unwrap a class key once in five minutes, so a subject's key costs no KMS call. Deleting a
subject's row forgets the subject: nothing else in the house can open what it sealed. Unwrapped keys live in
this process for five minutes at most, which is how long a forgotten subject may still be read by a warm worker.

| pk | sk | attributes |
|---|---|---|
| `<ans>#K#<class>` | `K` | `kid`, `ct`: KMS ciphertext, encryption context {operadora, classe} |
| `<ans>#S#<subject>` | `<class>` | `kid`, `ck`: id of the class key, `w`: wrapped key, `born`: when it was made |

A wrapped key is nonce12 + AES-256-GCM under the class key, aad `class|kid`.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from emdia.aws.answers import AWS_ERRORS, code_of, item_of, may_have_landed, trouble
from emdia.aws.reading import read_all
from emdia.clock import instant, parse_instant
from emdia.errors import Halted, TryLater
from emdia.ports import Clock, Randomness
from emdia.state import Subject

KEPT = timedelta(minutes=5)
PSEUDONYM_CLASS = "pseudonimo"
_KEPT_KEYS = 50_000  # some 10 MB; then the cache starts over
_ROUNDS = 8  # races against other creators before giving up
_PER_TRANSACTION = 100

Item = dict[str, Any]
Wanted = tuple[Subject, str]


@dataclass(frozen=True, slots=True)
class DataKey:
    """An unwrapped AES-256 key. `secret` is for HMAC and wrapping; neither shows in `repr`."""

    kid: str
    secret: bytes = field(repr=False)
    cipher: Any = field(repr=False)

    @classmethod
    def of(cls, kid: str, secret: bytes) -> "DataKey":
        """A key ready to seal and open."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  cold starts that seal nothing

        return cls(kid, secret, AESGCM(secret))

    def seal(self, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        """AES-256-GCM, tag appended."""
        sealed: bytes = self.cipher.encrypt(nonce, plain, aad)
        return sealed

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """What `nonce12 + seal(...)` holds. Raises Halted when it was altered or belongs elsewhere."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        try:
            plain: bytes = self.cipher.decrypt(sealed[:12], sealed[12:], aad)
        except InvalidTag:
            raise Halted(f"cannot open what key {self.kid} sealed") from None
        return plain


class Keyring:
    """Keys of every operator, by operator. `cmk` is the KMS key that wraps class keys."""

    def __init__(
        self,
        dynamodb: Any,
        kms: Any,
        table: str,
        cmk: str,
        clock: Clock,
        randomness: Randomness,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.table = table
        self._dynamodb, self._kms, self._cmk = dynamodb, kms, cmk
        self._clock, self._randomness, self._sleep = clock, randomness, sleep
        self._kept: dict[tuple[str, str, str], tuple[datetime, DataKey]] = {}

    def key_of(self, ans: str, wanted: Wanted) -> Item:
        """Address of a subject's key in the table, for a request that reads other tables too."""
        subject, key_class = wanted
        return {"pk": {"S": f"{ans}#S#{subject.id}"}, "sk": {"S": key_class}}

    def kept(self, ans: str, wanted: Iterable[Wanted]) -> dict[Wanted, DataKey]:
        """Those of `wanted` that this process still holds."""
        now = self._clock.now()
        found = {}
        for subject, key_class in wanted:
            entry = self._kept.get((ans, subject.id, key_class))
            if entry is not None and now < entry[0]:
                found[subject, key_class] = entry[1]
        return found

    def take_in(self, ans: str, rows: Iterable[Item]) -> dict[Wanted, DataKey]:
        """Unwrap and hold subject rows that a read brought along."""
        found = {}
        for row in rows:
            subject = Subject(row["pk"]["S"].removeprefix(f"{ans}#S#"))
            key_class, kid = row["sk"]["S"], row["kid"]["S"]
            wrapping = self.class_key(ans, key_class)
            if wrapping.kid != row["ck"]["S"]:
                raise Halted(f"key {kid} is wrapped by a class key that is not the class's")
            key = DataKey.of(kid, wrapping.open(row["w"]["B"], f"{key_class}|{kid}".encode()))
            self._keep((ans, subject.id, key_class), key)
            found[subject, key_class] = key
        return found

    def keys(self, ans: str, wanted: Collection[Wanted]) -> dict[Wanted, DataKey]:
        """Those of `wanted` that exist, by a consistent read where this process holds them not."""
        found = self.kept(ans, wanted)
        missing = [one for one in dict.fromkeys(wanted) if one not in found]
        if missing:
            addresses = [self.key_of(ans, one) for one in missing]
            rows = read_all(self._dynamodb, {self.table: addresses}, self._sleep)
            found |= self.take_in(ans, rows[self.table])
        return found

    def ensure(self, ans: str, wanted: Collection[Wanted]) -> dict[Wanted, DataKey]:
        """All of `wanted`, made where they did not exist. Racing creators end with the same keys."""
        for _ in range(_ROUNDS):
            found = self.keys(ans, wanted)
            missing = [one for one in dict.fromkeys(wanted) if one not in found]
            if not missing:
                return found
            for start in range(0, len(missing), _PER_TRANSACTION):
                self._create(ans, missing[start : start + _PER_TRANSACTION])
        raise TryLater("keys: others keep creating them")

    def classes_of(self, ans: str, subject: str) -> tuple[str, ...]:
        """Classes in which the subject has a key, sorted, read consistently."""
        return tuple(sorted(self.born(ans, subject)))

    def born(self, ans: str, subject: str) -> dict[str, datetime | None]:
        """When each key of the subject was made, by class, read consistently; None for one that does not say."""
        try:
            answer = self._dynamodb.query(
                TableName=self.table,
                KeyConditionExpression="pk = :p",
                ExpressionAttributeValues={":p": {"S": f"{ans}#S#{subject}"}},
                ConsistentRead=True,
            )
        except AWS_ERRORS as error:
            raise trouble(error, "keys Query") from error
        return {row["sk"]["S"]: parse_instant(row["born"]["S"]) if "born" in row else None for row in answer["Items"]}

    def drop(self, ans: str, wanted: Iterable[Wanted]) -> None:
        """Let go of keys that this process still holds."""
        for subject, key_class in wanted:
            self._kept.pop((ans, subject.id, key_class), None)

    def class_key(self, ans: str, key_class: str, *, create: bool = False) -> DataKey:
        """The class's key, unwrapped. Raises Halted when it does not exist and may not be made."""
        key = self.class_key_if_any(ans, key_class)
        if key is None:
            if not create:
                raise Halted(f"class key {key_class} is missing")
            key = self._create_class(ans, key_class)
        return key

    def class_key_if_any(self, ans: str, key_class: str) -> DataKey | None:
        """The class's key; None where the operator has none (or is none of ours)."""
        slot = (ans, "", key_class)
        entry = self._kept.get(slot)
        if entry is not None and self._clock.now() < entry[0]:
            return entry[1]
        try:
            row = self._dynamodb.get_item(
                TableName=self.table, Key=_class_address(ans, key_class), ConsistentRead=True
            ).get("Item")
        except AWS_ERRORS as error:
            raise trouble(error, "keys GetItem") from error
        return None if row is None else self._unwrap_class(ans, key_class, row)

    def _unwrap_class(self, ans: str, key_class: str, row: Item) -> DataKey:
        try:
            answer = self._kms.decrypt(
                CiphertextBlob=row["ct"]["B"], KeyId=self._cmk, EncryptionContext=_context(ans, key_class)
            )
        except AWS_ERRORS as error:
            raise trouble(error, "kms Decrypt") from error
        key = DataKey.of(row["kid"]["S"], answer["Plaintext"])
        self._keep((ans, "", key_class), key)
        return key

    def _create_class(self, ans: str, key_class: str) -> DataKey:
        try:
            made = self._kms.generate_data_key(
                KeyId=self._cmk, KeySpec="AES_256", EncryptionContext=_context(ans, key_class)
            )
        except AWS_ERRORS as error:
            raise trouble(error, "kms GenerateDataKey") from error
        kid = self._randomness.token(8).hex()
        row = {**_class_address(ans, key_class), "kid": {"S": kid}, "ct": {"B": made["CiphertextBlob"]}}
        try:
            self._dynamodb.put_item(
                TableName=self.table,
                Item=row,
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise trouble(error, "keys PutItem") from error
            # Somebody else made it first, or our own first attempt did: theirs is the class's key.
            return self._unwrap_class(ans, key_class, item_of(error))
        except AWS_ERRORS as error:
            raise trouble(error, "keys PutItem") from error
        key = DataKey.of(kid, made["Plaintext"])
        self._keep((ans, "", key_class), key)
        return key

    def _create(self, ans: str, wanted: list[Wanted]) -> None:
        """Store new keys, all or none. Whoever loses a race reads the winner's on the next round."""
        puts = []
        for one in wanted:
            key_class = one[1]
            wrapping = self.class_key(ans, key_class, create=True)
            token = self._randomness.token(8 + 32 + 12)
            kid, secret, nonce = token[:8].hex(), token[8:40], token[40:]
            wrapped = nonce + wrapping.seal(nonce, secret, f"{key_class}|{kid}".encode())
            row = {**self.key_of(ans, one), "kid": {"S": kid}, "ck": {"S": wrapping.kid}, "w": {"B": wrapped}}
            row["born"] = {"S": instant(self._clock.now())}
            condition = "attribute_not_exists(pk)"
            puts.append({"Put": {"TableName": self.table, "Item": row, "ConditionExpression": condition}})
        try:
            self._dynamodb.transact_write_items(TransactItems=puts)
        except AWS_ERRORS as error:
            # Cancelled: some exist by now. No answer: perhaps all do. The next round reads and knows.
            if code_of(error) != "TransactionCanceledException" and not may_have_landed(error):
                raise trouble(error, "keys TransactWriteItems") from error

    def _keep(self, slot: tuple[str, str, str], key: DataKey) -> None:
        if len(self._kept) >= _KEPT_KEYS:
            self._kept.clear()
        self._kept[slot] = (self._clock.now() + KEPT, key)


def _class_address(ans: str, key_class: str) -> Item:
    return {"pk": {"S": f"{ans}#K#{key_class}"}, "sk": {"S": "K"}}


def _context(ans: str, key_class: str) -> Mapping[str, str]:
    return {"operadora": ans, "classe": key_class}
