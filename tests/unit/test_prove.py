"""Proofs out of a stored log: right, few reads, and never from a log that contradicts itself."""

from itertools import pairwise

import pytest

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.note import parse_note, signed
from emdia.audit.prove import Prover
from emdia.audit.tiles import Edge
from emdia.audit.tree import check_consistency
from emdia.errors import Halted
from tests.fakes.sealed_log import SealedLog, Shelf
from tests.unit.test_note import LOG, LOG_KEY


@pytest.fixture(scope="module")
def log():
    log = SealedLog()
    worker = log.worker()
    for count in (1, 255, 300, 44, 7):
        worker.seal(log.facts(count))
    return log


def prover(log, **changed):
    return Prover(Shelf({**log.objects(), **changed}), log.verifier)


def test_every_entry_is_proved(log):
    one = prover(log)
    leaves = list(one.leaves())
    assert len(leaves) == 607
    for index in (0, 1, 255, 256, 511, 512, 606):
        leaf, proof = one.entry(index)
        assert leaf == leaves[index]
        assert proof.check(leaf, log.verifier).size == 607


def test_the_opening_beside_a_leaf_is_found(log):
    one = prover(log)
    for index in (0, 1, 255, 256, 555, 556, 599, 600, 606):
        assert one.opening(index) == b'{"id":"%032x","op":[]}' % (index + 1)


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/1/000.p/2", "tile/0/002.p/95", "checkpoint"])
def test_nothing_is_proved_from_what_is_broken_or_missing(log, path):
    body = bytearray(log.objects()[path])
    body[10] ^= 1
    with pytest.raises(Halted):
        prover(log, **{path: bytes(body)}).entry(300)
    left = prover(log)
    del left.reader.files[path]
    with pytest.raises(Halted, match="missing"):
        left.entry(300)


def test_growth_between_any_two_sizes_is_proved_or_refused(log):
    older = {f"checkpoint?versionId={nth}": one for nth, one in enumerate(log.house.s3.versions[log.key("checkpoint")])}
    one = Prover(Shelf(log.objects(), {name: version.body for name, version in reversed(older.items())}), log.verifier)
    roots = {checkpoint.size: checkpoint.root for checkpoint in log.checkpoints()}
    for old, new in pairwise(sorted(roots)):
        grown = one.grown(old, new)
        check_consistency(old, new, roots[old], roots[new], grown.hashes)
        assert parse_note(grown.note).text.split("\n")[1] == str(new)
    assert one.grown(1, 300) is None
    with pytest.raises(ValueError, match="growth"):
        one.grown(608)


def test_six_objects_are_read_for_a_proof_out_of_a_million():
    """Hashes stand for entries but in the one bundle that is read."""
    size, chosen = 1_000_000, 123_456
    entries = [b"%d" % nth for nth in range(chosen - chosen % 256, chosen - chosen % 256 + 256)]
    files, edge = {}, Edge()
    _, bundle = Edge().append(entries)
    fill = b"\x07" * 32 * 256
    for start in range(0, size, 256):
        hashes = bundle["tile/0/000"] if start == chosen - chosen % 256 else fill[: 32 * min(256, size - start)]
        edge = Edge(edge.size + len(hashes) // 32, edge.grow(hashes, files))
    files[f"tile/entries/{chosen // 256:03}"] = bundle["tile/entries/000"]
    text = Checkpoint(LOG.name, size, edge.root).text
    files["checkpoint"] = signed(text, (LOG, LOG_KEY.sign(text.encode()))).encode()
    one = Prover(Shelf(files), LOG)
    leaf, proof = one.entry(chosen)
    assert leaf == b"%d" % chosen
    assert proof.check(leaf, LOG).size == size
    assert len(one.reader.reads) == 6
