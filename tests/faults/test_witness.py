"""The witness: what it signs, what it refuses and keeps, whichever call fails and whoever comes in between."""

import contextlib
from itertools import pairwise

import pytest

from emdia.audit.checkpoint import Checkpoint
from emdia.audit.note import ED25519, Verifier
from emdia.audit.tiles import Tree
from emdia.audit.tree import check_consistency, consistency_proof
from emdia.errors import Halted, TryLater
from tests.fakes.faults import Faults, closed, read_timeout, throttling
from tests.fakes.house import House
from tests.fakes.sealed_log import SealedLog
from tests.fakes.witness import WitnessHouse

WAYS = [(closed, False), (read_timeout, True), (throttling, False)]
SIZES = [(3, 1), (255, 1), (256, 1), (300, 700)]


def world(*batches: int) -> WitnessHouse:
    """A log sealed in `batches`, looked at after each."""
    made = WitnessHouse()
    worker = made.log.worker()
    for batch in batches:
        worker.seal(made.log.facts(batch))
        made.look()
    return made


def sizes(made: WitnessHouse) -> list[int]:
    return [one.size for one in made.cosigned()]


def judge(made: WitnessHouse) -> None:
    """What it signed is consistent by the tiles it kept itself, without the log's account."""
    kept, signed = made.kept(), made.cosigned()
    for old, new in pairwise(signed):
        assert old.size < new.size
        proof = consistency_proof(Tree(new.size, kept.__getitem__).node, old.size, new.size)
        check_consistency(old.size, new.size, old.root, new.root, proof)
    for key, versions in made.own.versions.items():
        assert all(version.until is not None and version.until.year == 2031 for version in versions)
        assert len(versions) == 1 or key.count("/") == 1, f"{key} was written twice"


def test_it_cosigns_what_grows_and_keeps_what_showed_it():
    made = world(1, 255, 1, 300, 700)
    assert sizes(made) == [1, 256, 257, 557, 1257]
    assert made.cosigned()[-1] == made.log.checkpoints()[-1]
    assert made.refused() == {}
    judge(made)


def test_a_log_that_did_not_grow_is_not_signed_again():
    made = world(5)
    signs = made.faults.requests["kms", "Sign"]
    made.look()
    assert sizes(made) == [5]
    assert made.faults.requests["kms", "Sign"] == signs
    assert made.meter.total("LogsWitnessed") == 2


def test_nothing_is_there_yet():
    made = WitnessHouse()
    made.look()
    assert made.own.versions == {}
    assert made.meter.total("LogsWitnessed") == 0
    assert ("LogsWitnessed", ()) in made.meter.counted


def test_it_never_reads_what_is_sealed_nor_writes_where_the_logs_are():
    made = WitnessHouse()
    made.log.worker().seal(made.log.facts(300))
    before = {key: len(versions) for key, versions in made.audited.versions.items()}
    read, get = [], made.audited.get_object

    def reading(*, Bucket, Key, **asked):  # noqa: N803
        read.append(Key.removeprefix(f"{made.log.origin}/"))
        return get(Bucket=Bucket, Key=Key, **asked)

    made.audited.get_object = reading
    made.look()
    assert read
    assert all(path == "checkpoint" or path.startswith(("tile/0/", "tile/1/")) for path in read)
    assert {key: len(versions) for key, versions in made.audited.versions.items()} == before


def test_a_proof_costs_a_few_reads_however_long_the_log():
    made = world(1000)
    made.log.worker().seal(made.log.facts(900))
    before = made.faults.requests["s3", "GetObject"]
    made.look()
    # Its own checkpoint, the log's, and tiles: two levels, at the old edge and at the new one.
    assert made.faults.requests["s3", "GetObject"] - before <= 2 + 9


def calls_of(first: int, more: int) -> int:
    made = world(first)
    made.log.worker().seal(made.log.facts(more))
    before = made.faults.total
    made.look()
    return made.faults.total - before


CASES = [(first, more, call) for first, more in SIZES for call in range(1, calls_of(first, more) + 1)]


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize(("first", "more", "call"), CASES)
def test_one_failure_anywhere_and_the_next_run_has_signed_once(first, more, call, error, landed):
    made = world(first)
    made.log.worker().seal(made.log.facts(more))
    made.faults.fail("", call=call, landed=landed, error=error)
    with contextlib.suppress(TryLater):
        made.look()
    assert made.faults.struck
    made.look()
    assert sizes(made) == [first, first + more]
    assert made.refused() == {}
    judge(made)


@pytest.mark.parametrize("call", range(1, calls_of(3, 5) + 1))
def test_two_runs_at_once_sign_one_history(call):
    class Interrupted(Faults):
        left = 0
        action = None

        def around(self, service, operation, do):
            self.left -= 1
            if self.left == 0:
                self.action()
            return super().around(service, operation, do)

    made = WitnessHouse(faults=Interrupted())
    worker = made.log.worker()
    worker.seal(made.log.facts(3))
    made.look()
    worker.seal(made.log.facts(5))

    def other():
        worker.seal(made.log.facts(7))
        made.look()

    made.faults.left, made.faults.action = call, other
    made.look()
    made.look()
    assert sizes(made) in ([3, 8, 15], [3, 15])
    judge(made)


def other_leaves(count: int) -> list[bytes]:
    """Facts of another history."""
    log = SealedLog(House(seed=7))
    return [entry.leaf for entry in log.facts(count)]


def true_leaves(made: WitnessHouse, count: int) -> list[bytes]:
    rows = made.log.table
    return [rows[f"123456#EVT#{nth:032x}"]["E"]["leaf"]["B"] for nth in range(1, count + 1)]


def refuses(made: WitnessHouse, reason: str) -> dict[str, bytes]:
    """It rings at each run, signs nothing and has locked what it saw; the evidence, by name."""
    signed, signs = made.cosigned(), made.faults.requests["kms", "Sign"]
    for run in (1, 2):
        made.look()
        assert made.refused() == {reason: run}
    assert made.cosigned() == signed
    assert made.faults.requests["kms", "Sign"] == signs
    judge(made)
    return made.evidence()


@pytest.mark.parametrize("size", [300, 301, 600])
def test_a_history_rewritten_and_signed_with_the_log_s_key_is_refused_and_kept(size):
    made = world(300)
    true = made.cosigned()[-1]
    leaves = true_leaves(made, 300)
    leaves[100] = other_leaves(1)[0]
    made.fork(leaves + other_leaves(size - 300))
    evidence = refuses(made, "fork" if size == 300 else "inconsistent")
    # Two statements by one key that cannot both be true: whoever reads them needs nothing of ours.
    ours, theirs = evidence["ours"], evidence["theirs"]
    told = [_opened(raw, made.log.verifier) for raw in (ours, theirs)]
    assert told[0] == true
    assert told[1].size == size
    assert told[1].root != true.root
    if size > 300:
        tiles = {path: body for path, body in evidence.items() if path.startswith("tile/")}
        proof = consistency_proof(Tree(size, tiles.__getitem__).node, 300, size)
        with pytest.raises(ValueError, match=r"consistent|proof"):
            check_consistency(300, size, true.root, told[1].root, proof)


def _opened(raw: bytes, log: Verifier) -> Checkpoint:
    from emdia.audit.checkpoint import open_checkpoint

    return open_checkpoint(raw, log)


def test_a_rewritten_part_that_was_never_cosigned_goes_unseen_and_what_was_stays():
    # What a witness is worth: it binds from its first look on, hence five minutes.
    made = world(300)
    made.log.worker().seal(made.log.facts(50))
    made.fork(true_leaves(made, 300) + other_leaves(60))
    made.look()
    assert sizes(made) == [300, 360]


def test_an_old_checkpoint_put_back_is_refused_and_kept():
    made = world(300)
    old = made.log.objects()["checkpoint"]
    made.log.worker().seal(made.log.facts(5))
    made.look()
    made.house.s3.force(made.log.key("checkpoint"), old)
    evidence = refuses(made, "smaller")
    assert evidence["theirs"] == old
    assert set(evidence) == {"ours", "theirs"}


def test_a_checkpoint_by_another_key_is_refused_and_kept():
    made = world(3)
    made.tell(log_keys=[Verifier(made.log.origin, ED25519, bytes(32)).vkey])
    assert set(refuses(made, "signature")) == {"ours", "theirs"}


def test_a_log_whose_key_nobody_compared_is_neither_signed_nor_refused_and_rings():
    made = WitnessHouse()
    made.log.worker().seal(made.log.facts(3))
    made.tell(log_keys=[Verifier("auditoria.emdia-test/123456/acordo/2026", ED25519, made.house.signer.public).vkey])
    made.look()
    assert (sizes(made), made.refused(), made.meter.total("LogKeyUnknown")) == ([], {}, 1)
    made.tell(log_keys=[made.log.verifier.vkey])
    made.look()
    assert sizes(made) == [3]


def test_what_is_no_checkpoint_is_refused_and_kept():
    made = world(3)
    made.house.s3.force(made.log.key("checkpoint"), b"<html>")
    assert refuses(made, "signature")["theirs"] == b"<html>"


def test_a_checkpoint_of_another_log_is_refused():
    made = world(3)
    other = WitnessHouse(made.house)
    other.log.name = type(other.log.name)("654321", other.log.name.log, 2026)
    text = Checkpoint(other.log.origin, 9, bytes(32)).text
    from emdia.audit.note import signed

    note = signed(text, (other.log.verifier, made.house.signer.sign(text.encode())))
    made.house.s3.force(made.log.key("checkpoint"), note.encode())
    refuses(made, "signature")


@pytest.mark.parametrize("damage", ["delete", "cut", "rot"])
def test_a_tile_that_is_missing_cut_or_damaged_is_refused(damage):
    made = world(3)
    made.log.worker().seal(made.log.facts(5))
    key = made.log.key("tile/0/000.p/8")
    if damage == "delete":
        made.house.s3.delete(key)
    elif damage == "cut":
        made.house.s3.force(key, bytes(31))
    else:
        made.house.s3.versions[key][-1].rotten = b"x"
    refuses(made, "incomplete")


def test_a_tile_that_does_not_carry_the_checkpoint_is_refused():
    made = world(3)
    made.log.worker().seal(made.log.facts(5))
    made.house.s3.force(made.log.key("tile/0/000.p/8"), bytes(256))
    assert "tile/0/000.p/8" in refuses(made, "inconsistent")


def test_a_first_checkpoint_must_stand_on_its_tiles():
    made = WitnessHouse()
    made.log.worker().seal(made.log.facts(5))
    made.publish(5, bytes(32))
    made.look()
    assert made.refused() == {"inconsistent": 1}
    assert sizes(made) == []


def test_a_checkpoint_that_is_hidden_is_told():
    made = world(3)
    made.house.s3.delete(made.log.key("checkpoint"))
    assert set(refuses(made, "gone")) == {"ours"}


def test_a_log_that_is_hidden_as_a_whole_is_told_until_its_time_is_over():
    made = world(3)
    for key in list(made.house.s3.versions):
        made.house.s3.delete(key)
    refuses(made, "gone")
    made.house.clock.move(days=5 * 366 + 60)
    made.look()
    assert made.refused() == {"gone": 2}


def test_a_log_put_right_again_is_cosigned_again():
    made = world(3)
    made.house.s3.delete(made.log.key("checkpoint"))
    made.look()
    made.house.s3.versions[made.log.key("checkpoint")].pop()
    made.log.worker().seal(made.log.facts(2))
    made.look()
    assert sizes(made) == [3, 5]


def test_a_log_whose_name_names_none_is_told_and_stops_no_other():
    made = WitnessHouse()
    made.house.s3.force("auditoria.emdia-test/123456/nada/2026/checkpoint", b"x")
    made.log.worker().seal(made.log.facts(2))
    made.look()
    assert made.refused() == {"name": 1}
    assert sizes(made) == [2]


def test_a_refused_log_stops_no_other_and_neither_does_one_that_does_not_answer():
    made = world(3)
    other = SealedLog(made.house, type(made.log.name)("654321", made.log.name.log, 2026))
    other.worker().seal(other.facts(2))
    made.house.s3.force(made.log.key("checkpoint"), b"<html>")
    made.tell(log_keys=[made.log.verifier.vkey, other.verifier.vkey])
    made.look()
    assert made.refused() == {"signature": 1}
    assert b"654321" in made.kept(other.origin)["checkpoint"]
    made.faults.fail("GetObject", error=closed)
    with pytest.raises(TryLater):
        made.look()
    assert made.refused() == {"signature": 1}  # the log that did not answer was this one, and the other went on
    assert made.meter.total("LogsWitnessed") == 3


def test_a_refusal_rings_even_when_its_evidence_cannot_be_kept():
    made = world(3)
    made.house.s3.force(made.log.key("checkpoint"), b"<html>")
    made.faults.fail("PutObject", error=closed)
    with pytest.raises(TryLater):
        made.look()
    assert made.refused() == {"signature": 1}
    made.look()
    assert made.evidence()["theirs"] == b"<html>"


@pytest.mark.parametrize("told", ["", "{}", "[]", '{"log_keys": []}', '{"log_keys": ["x"]}'])
def test_without_keys_to_trust_it_signs_nothing(told):
    made = WitnessHouse()
    made.log.worker().seal(made.log.facts(2))
    made.secretsmanager.values["emdia/test/witness"] = told
    with pytest.raises(Halted, match="witness"):
        made.look()
    made.secretsmanager.values.clear()
    with pytest.raises(Halted, match="missing"):
        made.look()
    assert made.own.versions == {}


def test_what_it_holds_itself_must_hold():
    made = world(3)
    (key,) = (key for key in made.own.versions if key.endswith("/checkpoint"))
    body = made.own.versions[key][-1].body
    made.own.force(key, body.replace(b"contato", b"acordox"))
    made.look()
    assert made.meter.total("WitnessHalted") == 1


def test_listings_go_on_over_pages():
    made = world(3)
    made.audited.page = made.own.page = 1
    other = SealedLog(made.house, type(made.log.name)("654321", made.log.name.log, 2026))
    other.worker().seal(other.facts(2))
    made.look()
    assert made.meter.total("LogsWitnessed") == 3


# Time stamps.


def test_a_grown_log_is_stamped_once_a_day():
    made = world(3)
    for _ in range(3):
        made.stamp()
    assert sorted(made.stamped()) == ["2026-11-23"]
    made.house.clock.move(days=1)
    made.stamp()
    assert sorted(made.stamped()) == ["2026-11-23"]  # nothing has been added to the log
    made.log.worker().seal(made.log.facts(1))
    made.look()
    made.stamp()
    assert sorted(made.stamped()) == ["2026-11-23", "2026-11-24"]
    assert made.authority.asked == 2
    assert made.meter.total("CheckpointsStamped") == 2


def stamp_calls() -> int:
    made = world(3)
    before = made.faults.total
    made.stamp()
    return made.faults.total - before


@pytest.mark.parametrize(("error", "landed"), WAYS)
@pytest.mark.parametrize("call", range(1, stamp_calls() + 1))
def test_one_failure_anywhere_and_the_next_hour_has_stamped(call, error, landed):
    made = world(3)
    made.faults.fail("", call=call, landed=landed, error=error)
    with contextlib.suppress(TryLater):
        made.stamp()
    assert made.faults.struck
    made.log.worker().seal(made.log.facts(2))
    made.look()
    made.stamp()
    assert sorted(made.stamped()) == ["2026-11-23"]
    assert made.authority.asked <= 2
    judge(made)


def test_an_authority_that_is_down_costs_hours_and_one_that_lies_rings():
    from emdia.audit.stamp import StampRefusedError

    made = world(3)
    made.authority.trouble = TryLater("down")
    with pytest.raises(TryLater):
        made.stamp()
    assert made.meter.total("StampsCurrent") == 0
    made.authority.trouble = StampRefusedError("another chain")
    made.stamp()
    assert made.meter.total("StampRefused") == 1
    assert ("StampsCurrent", ()) not in made.meter.counted
    made.authority.trouble = None
    made.stamp()
    assert sorted(made.stamped()) == ["2026-11-23"]
    assert made.meter.total("StampsCurrent") == 1


def test_without_an_authority_it_says_so():
    made = world(3)
    made.authority = None
    made.stamp()
    assert made.meter.total("StampUnconfigured") == 1
