"""Every call of a sealing fails once, before or after it landed; rivals come in between; insiders tamper."""

import contextlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emdia.audit.batch import pack_batch
from emdia.audit.checkpoint import Checkpoint
from emdia.audit.note import ED25519, Verifier, signed
from emdia.audit.ports import LogEntry
from emdia.audit.sequencer import Sequencer
from emdia.aws.logs import KmsSigner
from emdia.errors import Halted, TryLater
from tests.fakes.faults import Faults, closed, read_timeout, throttling
from tests.fakes.house import ANS, House
from tests.fakes.kms import MemoryKms
from tests.fakes.sealed_log import SealedLog

BATCHES = (1, 255, 256, 257, 1000)
BEFORE = 3  # facts the log holds when the batch comes
WAYS = [(closed, False), (read_timeout, True), (throttling, False)]


class Interrupted(Faults):
    """Runs `action` just before the `call`-th call from when it is set."""

    call = 0
    action: Callable[[], object] | None = None

    def around(self, service, operation, do):
        self.call -= 1
        if self.call == 0 and self.action is not None:
            self.action()
        return super().around(service, operation, do)


def begun() -> tuple[SealedLog, list[LogEntry], Sequencer]:
    """A log that lives, and a warm worker."""
    log = SealedLog(House(faults=Interrupted()))
    facts, worker = log.facts(BEFORE), log.worker()
    assert worker.seal(facts) == BEFORE
    return log, facts, worker


def until_sealed(log: SealedLog, entries: list[LogEntry], worker: Sequencer | None) -> None:
    """The stream delivers again until it is taken, to the same worker or to new ones."""
    for _ in range(4):
        with contextlib.suppress(TryLater):
            (worker or log.worker()).seal(entries)
            return
    pytest.fail("a single failure must not stop the log")


def calls_of(batch: int) -> int:
    log, _, worker = begun()
    before = log.house.faults.total
    worker.seal(log.facts(batch))
    return log.house.faults.total - before


# Beyond the first and last dozen calls a long batch only writes seal marks, 25 a call: every fifth of those.
CASES = [
    (batch, call)
    for batch in BATCHES
    for calls in (calls_of(batch),)
    for call in range(1, calls + 1)
    if call < 30 or call > calls - 3 or call % 5 == 0
]


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize(("batch", "call"), CASES)
def test_one_failure_anywhere_seals_every_fact_once(batch, call, error, landed, warm):
    log, facts, worker = begun()
    new = log.facts(batch)
    log.house.faults.fail("", call=call, landed=landed, error=error)
    until_sealed(log, new, worker if warm else None)
    assert log.house.faults.struck
    # The stream may end here: whoever comes next, if only with what is sealed, finishes what was begun.
    until_sealed(log, new, None)
    log.judge(facts + new)


@pytest.mark.parametrize("batch", [1, 253, 254, 255, 256, 257, 1000])
def test_a_rival_at_any_call_splits_nothing(batch):
    calls = calls_of(batch)
    for call in (one for one in range(1, calls + 1) if one < 30 or one > calls - 3 or one % 5 == 0):
        log, facts, worker = begun()
        new, others = log.facts(batch), log.facts(5)
        rival = log.worker()
        log.house.faults.call, log.house.faults.action = call, lambda r=rival, e=others + new[:1]: r.seal(e)
        until_sealed(log, new, worker)
        until_sealed(log, others, rival)
        log.judge(facts + new + others)


def test_a_redelivered_batch_and_an_empty_one_write_nothing():
    log, facts, worker = begun()
    for one in (worker, log.worker()):
        assert one.seal(facts) == 0
        assert one.seal([]) == 0
    assert one.seal([*facts, *facts]) == 0
    new = log.facts(1)
    assert one.seal([*new, *new, *facts]) == 1
    log.judge(facts + new)


def test_edges_of_tiles_come_out_the_same_however_they_are_reached():
    log, facts, worker = begun()
    for size in (252, 1, 1, 300, 211, 1):
        new = log.facts(size)
        assert worker.seal(new) == size
        facts += new
    log.judge(facts)


# Insiders. Each move halts, and no inconsistent checkpoint was ever signed.


def halts(log: SealedLog, words: str) -> None:
    """A worker that knows nothing halts, whether or not there is something to seal."""
    published = log.checkpoints()
    with pytest.raises(Halted, match=words):
        log.worker().seal(log.facts(2))
    with pytest.raises(Halted, match=words):
        log.worker().seal([])
    assert log.checkpoints() == published


def crashed(operation: str, call: int = 1) -> tuple[SealedLog, list[LogEntry]]:
    """A log whose last batch was committed and went no further than the named call."""
    log, _, worker = begun()
    new = log.facts(4)
    log.house.faults.fail(operation, call=call)
    with pytest.raises(TryLater):
        worker.seal(new)
    return log, new


def test_a_head_rolled_back_halts():
    log, _, worker = begun()
    old = dict(log.head["HEAD"])
    worker.seal(log.facts(2))
    log.head["HEAD"] = old
    halts(log, "contradicts")


def test_a_head_deleted_halts():
    log, _, _ = begun()
    del log.head["HEAD"]
    halts(log, "contradicts")


def test_a_head_with_another_root_halts():
    log, _, _ = begun()
    log.head["HEAD"] = {**log.head["HEAD"], "root": {"S": "00" * 32}}
    halts(log, "contradicts")


def test_a_hidden_batch_halts():
    log, _ = crashed("Sign")
    log.house.s3.delete(log.key("seq/0000000000000003"))
    halts(log, "does not show")


def test_an_old_checkpoint_put_back_halts():
    log, _, worker = begun()
    old = log.objects()["checkpoint"]
    worker.seal(log.facts(2))
    log.house.s3.force(log.key("checkpoint"), old)
    with pytest.raises(Halted, match="older"):
        log.worker().seal(log.facts(1))
    with pytest.raises(Halted, match="older"):
        worker.seal(log.facts(1))


@pytest.mark.parametrize("body", [b"", b"x" * 96, b"x" * 64])
def test_a_shadowed_tile_halts(body):
    log, _, _ = begun()
    log.house.s3.force(log.key("tile/0/000.p/3"), body)
    halts(log, r"contradict|bytes")


def test_a_hidden_tile_halts():
    log, _, _ = begun()
    log.house.s3.delete(log.key("tile/0/000.p/3"))
    halts(log, "missing")


def test_invented_facts_in_a_commit_object_halt():
    log, _, _ = begun()
    log.house.s3.force(
        log.key("seq/0000000000000003"), pack_batch([LogEntry("f" * 32, b'{"id":"%s"}' % (b"f" * 32), b"")])
    )
    halts(log, "journal does not")


def test_a_fact_sealed_already_in_a_commit_object_halts():
    log, facts, _ = begun()
    log.house.s3.force(log.key("seq/0000000000000003"), pack_batch(facts[:1]))
    halts(log, "sealed already")


def test_a_fact_twice_in_a_commit_object_halts():
    log, _, _ = begun()
    log.house.s3.force(log.key("seq/0000000000000003"), pack_batch(log.facts(1) * 2))
    halts(log, "twice")


@pytest.mark.parametrize("body", [b"\x00", b"\x00\x01x", b"\x00\x01x\x00\x00", b"\x00\x02{}\x00\x00"])
def test_rubbish_in_a_commit_object_halts(body):
    log, _, _ = begun()
    log.house.s3.force(log.key("seq/0000000000000003"), body)
    halts(log, "seq/0000000000000003")


def test_rubbish_where_a_tile_will_be_halts_and_signs_nothing():
    log, _, _ = begun()
    log.house.s3.force(log.key("tile/0/000.p/5"), b"x" * 160)
    halts(log, "other bytes")


@pytest.mark.parametrize("index", [-1, 0, 3, 10**9])
def test_a_planted_seal_mark_halts_and_drops_nothing(index):
    log, _, worker = begun()
    (victim,) = log.facts(1)
    log.house.logs.head(log.name).mark([(victim.id, index)])
    for one in (worker, log.worker()):
        with pytest.raises(Halted, match=r"another fact|beyond the log"):
            one.seal([victim])


def test_a_mark_of_another_log_hides_nothing():
    log, facts, worker = begun()
    (victim,) = log.facts(1)
    log.house.logs.head(log.name).mark([(victim.id, 0)])
    log.table[f"{ANS}#EVT#{victim.id}"]["R"]["log"] = {"S": "acordo#2026"}
    assert worker.seal([victim]) == 1
    log.judge([*facts, victim])


def test_two_leaves_for_one_fact_halt():
    log, _, worker = begun()
    (one,) = log.facts(1)
    with pytest.raises(Halted, match="two leaves"):
        worker.seal([one, LogEntry(one.id, one.leaf + b" ", one.opening)])


def test_a_checkpoint_signed_by_another_key_halts():
    log, _, _ = begun()
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    text = Checkpoint(log.origin, 3, log.checkpoints()[-1].root).text
    forger = Verifier(log.origin, ED25519, key.public_key().public_bytes_raw())
    log.house.s3.force(log.key("checkpoint"), signed(text, (forger, key.sign(text.encode()))).encode())
    for worker in (log.worker(), log.worker()):
        with pytest.raises(Halted, match="refused"):
            worker.seal(log.facts(1))


def test_a_signer_whose_signature_does_not_hold_publishes_nothing():
    log, _, worker = begun()
    published = log.checkpoints()
    assert worker.signer.public
    other = KmsSigner(MemoryKms(log.house.faults, "", "another"), "another")
    worker.signer.__dict__["_kms"], worker.signer.__dict__["_key"] = other._kms, other._key
    with pytest.raises(Halted, match="does not hold"):
        worker.seal(log.facts(1))
    assert log.checkpoints() == published


def test_a_signing_key_of_another_kind_halts():
    class Rsa:
        def get_public_key(self, **_):
            return {"PublicKey": b"\x30" * 44}

    with pytest.raises(Halted, match="Ed25519"):
        _ = KmsSigner(Rsa(), "k").public
