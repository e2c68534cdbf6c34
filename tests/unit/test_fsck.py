"""A check of the whole log names the one object that is broken, and no other."""

import pytest

from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, Verifier
from tests.fakes.house import House
from tests.fakes.sealed_log import SealedLog


@pytest.fixture(scope="module")
def log():
    log = SealedLog()
    worker = log.worker()
    for count in (1, 255, 300, 44):
        worker.seal(log.facts(count))
    return log


def live(log):
    """Objects of the last size; earlier partials are kept beside them."""
    files = log.objects()
    return [
        path
        for path in files
        if ".p/" not in path or path in ("tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88")
    ]


def test_a_sound_log_has_no_findings(log):
    report = check_log(log.objects().get, log.verifier)
    assert (report.checkpoint.size, report.findings) == (600, ())


def test_one_flipped_bit_in_any_object_is_named_and_nothing_else(log):
    files = log.objects()
    kinds = set()
    for path in live(log):
        for at in (0, len(files[path]) // 2, len(files[path]) - 1):
            body = bytearray(files[path])
            body[at] ^= 1
            found = check_log({**files, path: bytes(body)}.get, log.verifier).findings
            # In a commit object's opening, which is sealed by its own key, the log itself has no say.
            assert [one.path for one in found] == [path] or (path.startswith("seq/") and found == ()), (path, at)
        kinds.add(path.split("/")[0] + path.split("/")[1][:1] if "/" in path else path)
    assert kinds == {"checkpoint", "seq0", "tile0", "tile1", "tilee"}


def test_a_flipped_bit_in_a_leaf_s_copy_in_a_commit_object_is_named(log):
    files = log.objects()
    path = "seq/0000000000000256"
    body = bytearray(files[path])
    body[10] ^= 1
    assert [one.path for one in check_log({**files, path: bytes(body)}.get, log.verifier).findings] == [path]


def test_a_missing_object_is_named(log):
    files = log.objects()
    for path in live(log):
        left = {name: body for name, body in files.items() if name != path}
        assert path in [one.path for one in check_log(left.get, log.verifier).findings]


def test_a_rewritten_history_under_an_old_signature_is_told(log):
    other = SealedLog(House(seed=2))
    other.worker().seal(other.facts(600))
    files = {**other.objects(), "checkpoint": log.objects()["checkpoint"]}
    (found,) = check_log(files.get, log.verifier).findings
    assert (found.path, found.wrong) == ("checkpoint", "signs another history than tiles and entries tell")


def test_a_checkpoint_by_another_key_ends_the_check(log):
    stranger = Verifier(log.origin, ED25519, bytes(32))
    report = check_log(log.objects().get, stranger)
    assert report.checkpoint is None
    assert [one.path for one in report.findings] == ["checkpoint"]
