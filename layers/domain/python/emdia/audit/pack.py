"""The evidence pack: a folder that shows, without us and without AWS, that an event was logged and what it said.

| file | |
|---|---|
| `evento.json` | the leaf: the exact bytes that were hashed |
| `prova.tlog-proof` | index, inclusion proof and signed checkpoint (C2SP tlog-proof) |
| `divulgacoes.txt` | chosen disclosures (RFC 9901), joined by `~`; empty when nothing is revealed |
| `chaves.txt`, `chave.der` | verifier keys (C2SP vkey): the log's, then its witnesses'; the log's again for OpenSSL |
| `testemunha.der` | the first witness's key for OpenSSL, if one cosigned |
| `carimbo.tsr`, `carimbo-raizes.pem` | its time stamp (RFC 3161), and the roots it was judged by, if stamped |
| `LEIA-ME.txt` | how to check it by hand with OpenSSL and coreutils |
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.leaf import b64url, told_by
from emdia.audit.note import (
    COSIGNATURE,
    ED25519,
    NoteRefusedError,
    Verifier,
    check,
    parse_note,
    parse_vkey,
    spki_of_public,
)
from emdia.audit.proof import Proof, parse_proof
from emdia.audit.stamp import ROOTS, TOKEN, StampRefusedError, check_stamp, stamped_bytes
from emdia.audit.tree import ProofFailedError

EVENT, PROOF, DISCLOSED = "evento.json", "prova.tlog-proof", "divulgacoes.txt"
KEYS, DER, README = "chaves.txt", "chave.der", "LEIA-ME.txt"
WITNESS_DER = "testemunha.der"


class Refusal(StrEnum):
    """What does not hold of a pack."""

    INCOMPLETE = "a file is missing, or there twice, or too large"
    KEY_MALFORMED = "its keys are malformed"
    KEY_OTHER = "its key is not the log's"
    PROOF_MALFORMED = "its proof is malformed"
    SIGNATURE = "the log did not sign the checkpoint"
    WITNESS = "a witness did not cosign the checkpoint"
    STAMP = "the time stamp is not of this checkpoint, or not by a trusted authority"
    INCLUSION = "the event does not lead to the signed root"
    EVENT_MALFORMED = "its event is none"
    DISCLOSURE_FOREIGN = "a disclosure is not of this event"
    DISCLOSURE_MALFORMED = "a disclosure is malformed, or there twice"


class PackRefusedError(ValueError):
    """A pack is incomplete, or what it says does not hold. `where` is a file's name or a witness's, "" elsewhere."""

    def __init__(self, refusal: Refusal, where: str = "") -> None:
        super().__init__(f"{refusal} {where}".strip())
        self.refusal, self.where = refusal, where


def make_pack(
    leaf: bytes,
    proof: Proof,
    log: Verifier,
    disclosures: Sequence[str] = (),
    witnesses: Sequence[Verifier] = (),
    stamp: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """The files of a pack by name. `stamp`: token and roots, by their names in the pack.

    Raises PackRefusedError for what would not verify.
    """
    pack = {
        EVENT: leaf,
        PROOF: proof.encode(),
        DISCLOSED: "~".join(disclosures).encode(),
        KEYS: "".join(f"{one.vkey}\n" for one in (log, *witnesses)).encode(),
        DER: spki_of_public(log.public),
        README: files("emdia.audit").joinpath(README).read_bytes(),
    }
    if witnesses:
        pack[WITNESS_DER] = spki_of_public(witnesses[0].public)
    pack |= dict(stamp or {})
    check_pack(pack, log)
    return pack


def check_pack(pack: Mapping[str, bytes], trusted: Verifier | None = None) -> tuple[Checkpoint, dict[str, str | int]]:
    """The checkpoint the event is proved to be in, and the disclosed values by name.

    `trusted` is the log's key as its operator publishes it; without it the pack's own key is believed. Every witness
    whose key is in the pack must have cosigned. Raises PackRefusedError.
    """
    for name in (EVENT, PROOF, DISCLOSED, KEYS, DER):
        if name not in pack:
            raise PackRefusedError(Refusal.INCOMPLETE, name)
    log, witnesses = _keys(pack[KEYS])
    if (trusted is not None and log != trusted) or pack[DER] != spki_of_public(log.public):
        raise PackRefusedError(Refusal.KEY_OTHER)
    try:
        proof = parse_proof(pack[PROOF])
    except ProofFailedError as failed:
        raise PackRefusedError(Refusal.PROOF_MALFORMED) from failed
    try:
        checkpoint = proof.check(pack[EVENT], log)
    except NoteRefusedError as refused:
        raise PackRefusedError(Refusal.SIGNATURE) from refused
    except ProofFailedError as failed:
        raise PackRefusedError(Refusal.INCLUSION) from failed
    _cosigned(pack, proof, witnesses)
    if TOKEN in pack:
        _stamped(pack, proof)
    return checkpoint, _disclosed(pack[EVENT], pack[DISCLOSED])


def _cosigned(pack: Mapping[str, bytes], proof: Proof, witnesses: Sequence[Verifier]) -> None:
    for witness in witnesses:
        try:
            check(parse_note(proof.checkpoint), witness)
        except NoteRefusedError as refused:
            raise PackRefusedError(Refusal.WITNESS, witness.name) from refused
    if WITNESS_DER in pack and [pack[WITNESS_DER]] != [spki_of_public(one.public) for one in witnesses[:1]]:
        raise PackRefusedError(Refusal.KEY_OTHER, WITNESS_DER)


def _stamped(pack: Mapping[str, bytes], proof: Proof) -> None:
    if ROOTS not in pack:
        raise PackRefusedError(Refusal.INCOMPLETE, ROOTS)
    try:
        check_stamp(pack[TOKEN], stamped_bytes(proof.checkpoint), pack[ROOTS])
    except (StampRefusedError, NoteRefusedError) as refused:
        raise PackRefusedError(Refusal.STAMP) from refused


def _keys(told: bytes) -> tuple[Verifier, list[Verifier]]:
    """The log's key and the witnesses'."""
    try:
        keys = [parse_vkey(line) for line in told.decode().splitlines()]
    except (NoteRefusedError, UnicodeDecodeError) as refused:
        raise PackRefusedError(Refusal.KEY_MALFORMED) from refused
    logs = [key for key in keys if key.kind == ED25519]
    if len(logs) != 1:
        raise PackRefusedError(Refusal.KEY_MALFORMED)
    return logs[0], [key for key in keys if key.kind == COSIGNATURE]


def _disclosed(leaf: bytes, joined: bytes) -> dict[str, str | int]:
    try:
        told = json.loads(leaf)
        digests = frozenset(told["_sd"])
    except (KeyError, TypeError, ValueError) as error:
        raise PackRefusedError(Refusal.EVENT_MALFORMED) from error
    values: dict[str, str | int] = {}
    for text in joined.decode("ascii", "replace").split("~") if joined else ():
        if b64url(sha256(text.encode()).digest()) not in digests:
            raise PackRefusedError(Refusal.DISCLOSURE_FOREIGN)
        try:
            name, value = told_by(text)
        except ValueError as error:
            raise PackRefusedError(Refusal.DISCLOSURE_MALFORMED) from error
        if name in values or name in told:
            raise PackRefusedError(Refusal.DISCLOSURE_MALFORMED, name)
        values[name] = value
    return values
