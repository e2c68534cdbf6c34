"""RFC 3161 stamps: what is stamped, and that nothing but an authority's own answer to our own question passes."""

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.note import COSIGNATURE, ED25519, NoteRefusedError, Verifier, cosigned, signed
from emdia.audit.stamp import ROOTS, TOKEN, StampRefusedError, check_stamp, query_for, stamped_bytes
from infra.local.sandbox.tsa import Authority

DATA = b"what the log said"


@pytest.fixture(scope="module")
def authority():
    made = Authority()
    yield made
    made.close()


@pytest.fixture(scope="module")
def other():
    made = Authority()
    yield made
    made.close()


@pytest.fixture(scope="module")
def asked(authority):
    query = query_for(DATA)
    return query, authority.reply(query.body), authority.roots.encode()


def test_a_stamp_holds_for_its_data_its_nonce_and_its_root(asked):
    query, token, roots = asked
    at = check_stamp(token, DATA, roots, query.nonce)
    assert at.tzinfo is not None
    assert check_stamp(token, DATA, roots) == at


def test_several_roots_may_be_trusted(asked, other):
    query, token, roots = asked
    assert check_stamp(token, DATA, other.roots.encode() + roots, query.nonce)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": DATA + b"!"}, "messages"),
        ({"nonce": 1}, "Nonce"),
        ({"roots": b""}, "PEM"),
        ({"roots": b"no certificate"}, "PEM"),
        ({"token": b""}, "ASN.1"),
        ({"token": b"<html>"}, "ASN.1"),
    ],
)
def test_anything_else_is_refused(asked, change, words):
    query, token, roots = asked
    with pytest.raises(StampRefusedError, match=words):
        check_stamp(**{"token": token, "data": DATA, "roots": roots, "nonce": query.nonce, **change})


def test_another_authority_s_stamp_is_refused(asked, other):
    query, _, roots = asked
    with pytest.raises(StampRefusedError, match="certificates"):
        check_stamp(other.reply(query.body), DATA, roots, query.nonce)


def test_a_rejection_is_no_stamp(authority):
    with pytest.raises(StampRefusedError):
        check_stamp(authority.reply(b"no query"), DATA, authority.roots.encode())


def test_a_changed_time_or_imprint_is_refused(asked):
    query, token, roots = asked
    for part in (b"20", DATA and token[token.index(b"\x04\x20") + 2 :][:8]):
        body = bytearray(token)
        body[token.index(part, 60)] ^= 1
        with pytest.raises(StampRefusedError):
            check_stamp(bytes(body), DATA, roots, query.nonce)


def test_every_question_has_a_number_of_its_own():
    assert len({query_for(DATA).nonce for _ in range(20)}) == 20


def test_openssl_agrees(asked, tmp_path):
    _, token, roots = asked
    for name, body in ((TOKEN, token), (ROOTS, roots), ("data", DATA), ("other", b"x")):
        (tmp_path / name).write_bytes(body)
    words = ["openssl", "ts", "-verify", "-in", TOKEN, "-CAfile", ROOTS, "-data"]
    assert subprocess.run([*words, "data"], cwd=tmp_path, check=False, capture_output=True).returncode == 0
    assert subprocess.run([*words, "other"], cwd=tmp_path, check=False, capture_output=True).returncode != 0


def noted(*names):
    """A checkpoint signed by the log and cosigned by `names`."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    log = Verifier("log", ED25519, key.public_key().public_bytes_raw())
    text = Checkpoint("log", 3, bytes(32)).text
    note = signed(text, (log, key.sign(text.encode())))
    for name in names:
        note = cosigned(note, Verifier(name, COSIGNATURE, bytes(32)), 1, bytes(64))
    return note.encode()


def test_what_is_stamped_is_the_checkpoint_as_the_log_signed_it():
    alone = noted()
    assert stamped_bytes(alone) == stamped_bytes(noted("w1", "w2")) == alone
    with pytest.raises(NoteRefusedError):
        stamped_bytes(noted("log"))
    with pytest.raises(NoteRefusedError):
        stamped_bytes(b"log\n3\n\n")
