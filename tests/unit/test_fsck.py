"""A check of a log names the objects that are broken, whatever kind they are, and no others."""

import pytest

from emdia.audit.checkpoint import open_checkpoint
from emdia.audit.findings import Wrong
from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, Verifier
from emdia.audit.tiles import place_of
from emdia.cli.log_folder import LogFolder
from tests.fakes.house import House
from tests.fakes.sealed_log import SealedLog, Shelf

BATCHES = (1, 255, 300, 44, 7)
# One of each kind of object: full and live partial, superseded, first and last batch.
KINDS = (
    "checkpoint",
    "tile/0/001",
    "tile/0/002.p/95",
    "tile/0/002.p/44",
    "tile/0/000.p/1",
    "tile/1/000.p/2",
    "tile/1/000.p/1",
    "tile/entries/000",
    "tile/entries/002.p/95",
    "tile/entries/002.p/44",
    "tile/entries/000.p/1",
    "seq/0000000000000000",
    "seq/0000000000000256",
    "seq/0000000000000600",
)
SUPERSEDED = {path for path in KINDS if path.endswith((".p/1", ".p/44"))}
LIVE = [path for path in KINDS if path not in SUPERSEDED]


@pytest.fixture(scope="module")
def log():
    log = SealedLog()
    worker = log.worker()
    for count in BATCHES:
        worker.seal(log.facts(count))
    return log


def versions(log):
    """Every version of the checkpoint but the last, as a bucket names them."""
    kept = log.house.s3.versions[log.key("checkpoint")][:-1]
    return {f"checkpoint?versionId={nth}": version.body for nth, version in enumerate(kept)}


def shelf(log, **changed):
    files = log.objects()
    return Shelf({**files, **changed}, versions(log))


def found(reader, log, *trusted):
    return {one.path: one.wrong for one in check_log(reader, log.verifier, *trusted).findings}


def trusted_at(log, size):
    return next(one for one in log.checkpoints() if one.size == size)


def flipped(body, at, bit):
    changed = bytearray(body)
    changed[at] ^= 1 << bit
    return bytes(changed)


def test_a_sound_log_has_no_findings(log, tmp_path):
    for reader in (shelf(log), log.reader(), LogFolder(log.lay_out(tmp_path))):
        report = check_log(reader, log.verifier)
        assert (report.checkpoint.size, report.first, report.findings) == (607, 0, ())


def test_the_kinds_are_all_there_are(log):
    def kind(path):
        place = place_of(path)
        return path.split("/")[0] if place is None else (*path.split("/")[:2], place[1] < 256)

    assert {kind(path) for path in log.objects()} == {kind(path) for path in KINDS}


@pytest.mark.parametrize("bit", [0, 3, 7])
@pytest.mark.parametrize("place", [0.0, 0.21, 0.5, 0.77, 0.999])
@pytest.mark.parametrize("path", KINDS)
def test_a_flipped_bit_is_named_and_nothing_else(log, path, place, bit):
    """On the medium, under S3's own checksum; and, where the log itself has a say, in a copy without one."""
    body = log.objects()[path]
    changed = flipped(body, int(len(body) * place), bit)
    log.house.s3.rot(log.key(path), changed)
    try:
        assert found(log.reader(), log) == {path: Wrong.DAMAGED}
    finally:
        log.house.s3.versions[log.key(path)][-1].rotten = None
    named = found(shelf(log, **{path: changed}), log)
    assert list(named) == [path]
    assert named[path] not in (Wrong.MISSING, Wrong.STRAY)


def test_a_sealed_value_that_was_exchanged_was_written_twice(log):
    """An opening's ciphertext only its key can judge: that somebody wrote over it shows all the same."""
    path = "seq/0000000000000256"
    house = log.house
    kept = list(house.s3.versions[log.key(path)])
    try:
        house.s3.force(log.key(path), kept[-1].body)
        assert found(log.reader(), log) == {path: Wrong.REWRITTEN}
        house.s3.delete(log.key(path))
        assert found(log.reader(), log) == {path: Wrong.MISSING}
    finally:
        house.s3.versions[log.key(path)] = kept


@pytest.mark.parametrize(
    "path", [path for path in KINDS if place_of(path) is None or path.endswith(("/95", "00", "01"))]
)
def test_a_missing_object_is_named(log, path):
    left = shelf(log)
    del left.files[path]
    assert found(left, log) == {path: Wrong.MISSING}


def test_two_broken_objects_are_both_named(log):
    files = log.objects()
    changed = {path: flipped(files[path], 50, 2) for path in ("tile/0/001", "tile/entries/000", "seq/0000000000000600")}
    assert found(shelf(log, **changed), log) == {
        "tile/entries/000": Wrong.NOT_ENTRIES,
        "tile/0/001": Wrong.NOT_HASHES,
        "seq/0000000000000600": Wrong.NOT_LEAVES,
    }


def test_an_entry_rewritten_in_two_places_still_contradicts_the_hashes(log):
    """Bundle and batch agree on a lie; the tiles and the root above them do not."""
    files = log.objects()
    changed = {
        path: files[path].replace(b'"kind":"outreach.queued"', b'"kind":"outreach.failed"', 1)
        for path in ("tile/entries/001", "seq/0000000000000256")
    }
    assert found(shelf(log, **changed), log) == {
        "tile/entries/001": Wrong.NOT_ENTRIES,
        "seq/0000000000000256": Wrong.NOT_LEAVES,
    }


def test_an_opening_that_is_another_leaf_s_is_named(log):
    path = "seq/0000000000000600"
    body = log.objects()[path]
    at = body.index(b'{"id":"') + 7
    named = found(shelf(log, **{path: body[:at] + (b"f" * 32) + body[at + 32 :]}), log)
    assert named == {path: Wrong.MALFORMED}


def test_objects_where_the_log_has_nothing_are_named(log):
    strays = {
        "seq/0000000000000300": b"x",
        "seq/0000000000000603": b"x",
        "seq/0000000000009000": b"x",
        "tile/0/003": bytes(32),
        "tile/entries/002.p/200": b"x",
        "tile/0/002.q": b"x",
    }
    assert found(shelf(log, **strays), log) == dict.fromkeys(strays, Wrong.STRAY)


def test_a_batch_that_is_being_published_is_nobody_s_fault(log):
    ahead = {"seq/0000000000000607": b"x", "tile/0/002.p/96": bytes(32 * 96)}
    assert found(shelf(log, **ahead), log) == {}


def test_a_rewritten_history_under_an_old_signature_is_told(log):
    other = SealedLog(House(seed=2))
    worker = other.worker()
    for count in BATCHES:
        worker.seal(other.facts(count))
    mixed = Shelf({**other.objects(), "checkpoint": log.objects()["checkpoint"]})
    assert found(mixed, log) == {"checkpoint": Wrong.OTHER_HISTORY}


def test_a_fork_contradicts_the_checkpoints_that_were_signed_before(log):
    """Rewritten and signed anew it holds together; the older versions, each locked, say otherwise."""
    other = SealedLog(House(seed=2))
    worker = other.worker()
    for count in BATCHES:
        worker.seal(other.facts(count))
    assert found(Shelf(other.objects()), log) == {}
    assert found(Shelf(other.objects(), versions(log)), log) == dict.fromkeys(versions(log), Wrong.OTHER_HISTORY)


def test_an_old_checkpoint_put_back_is_told(log):
    old = versions(log)["checkpoint?versionId=2"]
    put_back = Shelf({**log.objects(), "checkpoint": old}, {"checkpoint?versionId=4": log.objects()["checkpoint"]})
    assert found(put_back, log)["checkpoint"] is Wrong.OTHER_HISTORY


def test_an_older_version_by_another_key_is_named(log):
    reader = shelf(log)
    name = "checkpoint?versionId=1"
    reader.older[name] = flipped(reader.older[name], -10, 1)
    assert found(reader, log) == {name: Wrong.REFUSED}


def test_a_checkpoint_by_another_key_ends_the_check(log):
    stranger = Verifier(log.origin, ED25519, bytes(32))
    report = check_log(shelf(log), stranger)
    assert (report.checkpoint, [one.path for one in report.findings]) == (None, ["checkpoint"])


class TestFromATrustedCheckpoint:
    @pytest.mark.parametrize("size", [1, 256, 556, 600, 607])
    def test_only_what_was_added_is_read(self, log, size):
        reader = shelf(log)
        report = check_log(reader, log.verifier, trusted_at(log, size))
        assert (report.findings, report.first) == ((), size - size % 256)
        bundles = {path for path in reader.reads if path.startswith("tile/entries/") and ".p" not in path}
        assert bundles == {f"tile/entries/{nth:03}" for nth in range(size // 256, 2)}

    def test_what_was_added_and_broken_is_named(self, log):
        path = "tile/entries/002.p/95"
        body = flipped(log.objects()[path], 9, 1)
        assert found(shelf(log, **{path: body}), log, trusted_at(log, 556)) == {path: Wrong.NOT_ENTRIES}

    def test_a_tile_the_check_begins_from_is_named(self, log):
        path = "tile/1/000.p/2"
        body = flipped(log.objects()[path], 9, 1)
        assert found(shelf(log, **{path: body}), log, trusted_at(log, 600))[path] is Wrong.NOT_HASHES

    def test_a_history_that_does_not_continue_it_is_told(self, log):
        other = SealedLog(House(seed=2))
        other.worker().seal(other.facts(600))
        old = open_checkpoint(other.objects()["checkpoint"], other.verifier)
        assert found(shelf(log), log, old) == {"checkpoint": Wrong.NOT_TRUSTED}

    def test_a_log_shorter_than_it_is_told(self, log):
        short = SealedLog(House(seed=1))
        short.worker().seal(short.facts(5))
        assert found(Shelf(short.objects()), log, trusted_at(log, 600)) == {"checkpoint": Wrong.NOT_TRUSTED}
