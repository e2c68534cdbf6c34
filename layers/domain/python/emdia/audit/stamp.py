"""RFC 3161 time stamps of a log's checkpoints: what is stamped, and what makes an answer a stamp.

A stamp by an authority that neither account runs shows that the log had this root no later than its time: the last
anchor, which holds even if both accounts are in one hand.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from emdia.audit.checkpoint import checkpoint_of
from emdia.audit.note import Note, NoteRefusedError, parse_note

TOKEN, ROOTS = "carimbo.tsr", "carimbo-raizes.pem"


class StampRefusedError(ValueError):
    """An answer is no time stamp of what was asked, or by nobody who is trusted."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """`token`: the authority's answer, DER; `roots`: the certificates it was judged by, PEM; `at` its time (UTC)."""

    token: bytes
    roots: bytes
    at: datetime


class StampAuthority(Protocol):
    """A time-stamping authority."""

    def stamp(self, data: bytes) -> Stamp:
        """A stamp of `data`, checked. Raises TryLater when there is none to be had now, StampRefusedError."""


def stamped_bytes(checkpoint: bytes) -> bytes:
    """What is stamped of a checkpoint: its text and the log's own signature line, no cosignatures.

    The signature is in it so that the stamp also shows *who said so* when: a key that is stolen or deleted later
    changes nothing of it. Raises NoteRefusedError.
    """
    note = parse_note(checkpoint)
    origin = checkpoint_of(note).origin
    own = tuple(one for one in note.signatures if one.name == origin)
    if len(own) != 1:
        raise NoteRefusedError("not signed by the log itself, or several times")
    return Note(note.text, own).encode()


@dataclass(frozen=True, slots=True)
class Query:
    """A request for a stamp, DER, and the number its answer must repeat."""

    body: bytes
    nonce: int


def query_for(data: bytes) -> Query:
    """RFC 3161 §2.4.1: SHA-256 of `data`, a fresh nonce, the authority's certificates asked for."""
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    if request.nonce is None:
        raise StampRefusedError("a request without nonce")
    return Query(request.as_bytes(), request.nonce)


def check_stamp(token: bytes, data: bytes, roots: bytes, nonce: int | None = None) -> datetime:
    """When `data` was stamped (UTC), by a chain that ends in one of `roots` (PEM) and was valid then.

    Checks status, imprint, nonce (if given), signature, chain and the key's purpose (RFC 3161 §2.3, §2.4.2). Raises
    StampRefusedError.
    """
    try:
        answer = decode_timestamp_response(token)
        trusted = load_pem_x509_certificates(roots)
        verifier = VerifierBuilder(roots=list(trusted), nonce=nonce).build()
        verifier.verify_message(answer, data)
    except (VerificationError, ValueError) as refused:
        raise StampRefusedError(str(refused)) from refused
    return answer.tst_info.gen_time
