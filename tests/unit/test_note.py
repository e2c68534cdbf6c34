"""Signed notes, checkpoints, cosignatures and proof files, by vectors and by a verifier that is not ours."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as ForeignCheckpoint

from emdia.audit import note as notes
from emdia.audit.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from emdia.audit.note import COSIGNATURE, ED25519, NoteRefusedError, Verifier
from emdia.audit.proof import Proof, parse_proof
from emdia.audit.tiles import Edge, Tree
from emdia.audit.tree import ProofFailedError, inclusion_proof, leaf_hash

ORIGIN = "auditoria.example/123456/acordo/2026"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = Verifier(ORIGIN, ED25519, LOG_KEY.public_key().public_bytes_raw())
WITNESS = Verifier("testemunha.example/juridico", COSIGNATURE, WITNESS_KEY.public_key().public_bytes_raw())
# The example of the signed-note specification and of Go's x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
QUOTED = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def published(size=5, at=1_764_000_000):
    edge, files = Edge().append([b"entry %d" % index for index in range(size)])
    text = Checkpoint(ORIGIN, size, edge.root).text
    note = notes.signed(text, (LOG, LOG_KEY.sign(text.encode())))
    return notes.cosigned(note, WITNESS, at, WITNESS_KEY.sign(notes.cosigned_text(text, at))), files


def test_the_specification_s_note_holds():
    peter = notes.parse_vkey(PETER)
    assert peter.vkey == PETER
    note = notes.parse_note(QUOTED)
    assert notes.check(note, peter) == 0
    assert note.encode() == QUOTED


def test_a_foreign_verifier_accepts_checkpoint_and_cosignature():
    note, _ = published()
    foreign = ForeignCheckpoint.from_text(note.encode().decode())
    foreign.verify(Vkey.from_string(LOG.vkey))
    foreign.verify(Vkey.from_string(WITNESS.vkey))
    assert (foreign.origin, foreign.size) == (ORIGIN, 5)
    assert notes.check(note, WITNESS) == 1_764_000_000


@pytest.mark.parametrize("at", range(0, 400, 3))
def test_no_byte_of_a_checkpoint_can_be_changed(at):
    raw = bytearray(published()[0].encode())
    raw[at % len(raw)] ^= 1
    with pytest.raises(NoteRefusedError):
        _both(bytes(raw))


def _both(raw):
    open_checkpoint(raw, LOG)
    notes.check(notes.parse_note(raw), WITNESS)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff", b"a\n", b"a\n\n", b"a\n\nb\n", b"a\n\n\xe2\x80\x94 b\n", b"a\n\n\xe2\x80\x94 b QUJD\n",
        b"a\n\n\xe2\x80\x94 b QUJDREVG", b"a\n\n\xe2\x80\x94 b Q!\n", b"a\n\n- b QUJDREVG\n",
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(raw):
    with pytest.raises(NoteRefusedError):
        notes.parse_note(raw)


@pytest.mark.parametrize(
    "text",
    ["o\n5\n", "o\n05\n" + "A" * 43 + "=\n", "o\n-5\n" + "A" * 43 + "=\n", "o\n5\nQUJD\n", "\n5\n" + "A" * 43 + "=\n",
     "o\n5\n" + "A" * 43 + "=\nmore\n", "o\nx\n" + "A" * 43 + "=\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteRefusedError):
        checkpoint_of(notes.Note(text, ()))


def test_a_checkpoint_of_another_log_is_refused_though_the_key_is_the_same():
    text = Checkpoint("auditoria.example/123456/acordo/2025", 0, bytes(32)).text
    other = Verifier("auditoria.example/123456/acordo/2025", ED25519, LOG.public)
    raw = notes.signed(text, (other, LOG_KEY.sign(text.encode()))).encode()
    assert open_checkpoint(raw, other).size == 0
    with pytest.raises(NoteRefusedError, match="another log"):
        open_checkpoint(raw, LOG)


@pytest.mark.parametrize("text", ["", "a+b", PETER[:-2], PETER.replace("c74f", "c74e"), PETER.replace("+AR", "+Ah")])
def test_a_verifier_key_that_does_not_fit_is_refused(text):
    with pytest.raises(NoteRefusedError):
        notes.parse_vkey(text)


def test_two_lines_by_one_key_are_refused():
    note, _ = published()
    with pytest.raises(NoteRefusedError, match="several"):
        notes.check(notes.Note(note.text, (*note.signatures, note.signatures[0])), LOG)


def test_keys_come_and_go_in_the_form_openssl_reads():
    der = LOG_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert notes.public_of_spki(der) == LOG.public
    assert notes.spki_of_public(LOG.public) == der
    with pytest.raises(NoteRefusedError):
        notes.public_of_spki(der[:-1])


def test_a_proof_file_proves_its_entry_and_no_other():
    note, files = published(300)
    view = Tree(300, files.__getitem__)
    proof = Proof(7, tuple(inclusion_proof(view.node, 7, 300)), note.encode())
    raw = proof.encode()
    assert raw.startswith(b"c2sp.org/tlog-proof@v1\nindex 7\n")
    assert parse_proof(raw) == proof
    assert parse_proof(raw).check(b"entry 7", LOG, [WITNESS]).size == 300
    with pytest.raises(ProofFailedError):
        proof.check(b"entry 8", LOG)
    unknown = Verifier("testemunha.example/outra", COSIGNATURE, WITNESS.public)
    with pytest.raises(NoteRefusedError, match="no signature"):
        proof.check(b"entry 7", LOG, [unknown])


def test_a_proof_file_of_a_single_entry_has_no_steps():
    note, _ = published(1)
    raw = Proof(0, (), note.encode()).encode()
    assert parse_proof(raw).check(b"entry 0", LOG).root == leaf_hash(b"entry 0")


@pytest.mark.parametrize(
    ("old", "new"), [(b"@v1", b"@v2"), (b"index 7", b"index 07"), (b"index 7", b"index"), (b"\n\n", b"\nQUJD\n\n")]
)
def test_what_is_no_proof_is_refused(old, new):
    note, files = published(300)
    raw = Proof(7, tuple(inclusion_proof(Tree(300, files.__getitem__).node, 7, 300)), note.encode()).encode()
    with pytest.raises(ProofFailedError):
        parse_proof(raw.replace(old, new, 1))
