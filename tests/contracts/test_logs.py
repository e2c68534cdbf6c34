"""ports.LogStore, LogHead and UnsealedFacts, the same over the fakes and over moto."""

from dataclasses import replace

import pytest

from emdia.audit.ports import DamagedError, Head, LogName
from emdia.audit.tree import EMPTY
from emdia.aws.journal import entry_of
from emdia.aws.log_store import S3LogStore
from emdia.errors import Halted, TryLater
from emdia.facts import Fact, LogClass
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, operator_ref
from tests.fakes.dynamodb import MemoryDynamo
from tests.fakes.faults import client_error, closed
from tests.fakes.house import ANS, AUDIT, JOURNAL
from tests.fakes.s3 import MemoryS3
from tests.flows.road import OPERATOR

NAME = LogName(ANS, LogClass.OPERACAO, 2026)
FIRST, SECOND = Head(3, EMPTY, 0), Head(5, bytes(32), 3)


@pytest.fixture
def store(house):
    return house.logs.store(NAME)


@pytest.fixture
def head(house):
    return house.logs.head(NAME)


def test_an_object_is_created_once(store):
    assert store.get("seq/0") is None
    tag = store.create("seq/0", b"first")
    assert tag
    assert store.create("seq/0", b"second") == ""
    assert store.create("seq/0", b"first") == ""
    found = store.get("seq/0")
    assert (found.body, found.tag) == (b"first", tag)


def test_a_version_is_replaced_only_by_who_saw_it(store):
    first = store.create("checkpoint", b"1")
    second = store.replace("checkpoint", b"2", first)
    assert second != first
    assert store.replace("checkpoint", b"3", first) == ""
    assert store.get("checkpoint").body == b"2"


class TestReader:
    """audit.ports.LogReader."""

    @pytest.fixture
    def reader(self, house, store):
        """Five objects, two versions of the checkpoint, names listed three at a time."""
        if isinstance(house.s3, MemoryS3):
            house.s3.page = 3
        tag = store.create("checkpoint", b"1")
        store.replace("checkpoint", b"2", tag)
        for path in ("seq/0", "seq/1", "tile/0/000", "tile/0/000.p/1"):
            store.create(path, path.encode())
        return house.logs.reader(NAME)

    def test_it_reads_what_is_there(self, reader):
        assert (reader.read("seq/1"), reader.read("seq/2")) == (b"seq/1", None)

    def test_names_come_in_order_from_any_place_on(self, reader):
        assert list(reader.names("")) == ["checkpoint", "seq/0", "seq/1", "tile/0/000", "tile/0/000.p/1"]
        assert list(reader.names("tile/0/")) == ["tile/0/000", "tile/0/000.p/1"]
        assert list(reader.names("", "seq/1")) == ["tile/0/000", "tile/0/000.p/1"]
        assert list(reader.names("seq/", "seq/1")) == []

    def test_every_version_of_the_checkpoint_is_read(self, reader):
        (latest, older) = reader.checkpoints()
        assert latest == ("checkpoint", b"2")
        assert (older[0].startswith("checkpoint?versionId="), older[1]) == (True, b"1")

    def test_nothing_was_rewritten_until_somebody_does(self, house, reader):
        assert list(reader.rewritten()) == []
        prefix = house.logs.origin(NAME)
        if isinstance(house.s3, MemoryS3):
            house.s3.force(f"{prefix}/seq/1", b"x")
            house.s3.delete(f"{prefix}/tile/0/000")
        else:
            house.s3.put_object(Bucket=AUDIT, Key=f"{prefix}/seq/1", Body=b"x")
            house.s3.delete_object(Bucket=AUDIT, Key=f"{prefix}/tile/0/000")
        assert set(reader.rewritten()) == {"seq/1", "tile/0/000"}
        assert reader.read("tile/0/000") is None

    def test_a_failure_is_try_later(self, house, reader):
        if not isinstance(house.s3, MemoryS3):
            pytest.skip("failures are the fake's")
        for operation, ask in (
            ("GetObject", lambda: reader.read("seq/0")),
            ("ListObjectsV2", lambda: list(reader.names(""))),
            ("ListObjectVersions", lambda: list(reader.rewritten())),
        ):
            house.faults.fail(operation)
            with pytest.raises(TryLater):
                ask()

    def test_rotten_bytes_are_told(self, house, reader):
        if not isinstance(house.s3, MemoryS3):
            pytest.skip("moto's objects do not rot")
        house.s3.rot(f"{house.logs.origin(NAME)}/seq/0", b"seq/!")
        with pytest.raises(DamagedError):
            reader.read("seq/0")


def test_every_object_is_locked_until_the_class_s_date(house, store):
    store.create("seq/0", b"x")
    key = f"{house.logs.origin(NAME)}/seq/0"
    if isinstance(house.s3, MemoryS3):
        until = house.s3.versions[key][0].until
    else:
        kept = house.s3.get_object(Bucket=AUDIT, Key=key)
        assert kept["ObjectLockMode"] == "COMPLIANCE"
        until = kept["ObjectLockRetainUntilDate"]
    assert until.isoformat() == "2031-12-31T23:59:59+00:00"


@pytest.mark.parametrize("operation", ["GetObject", "PutObject"])
def test_no_answer_is_never_taken_for_one(house, store, operation):
    store.create("x", b"0")
    house.faults.fail(operation, landed=operation == "PutObject")
    with pytest.raises(TryLater):
        store.get("x") if operation == "GetObject" else store.create("y", b"1")


@pytest.mark.parametrize(("code", "error"), [("ConditionalRequestConflict", TryLater), ("AccessDenied", Halted)])
def test_what_s3_refuses(house, code, error):
    house.faults.fail("PutObject", error=lambda operation: client_error(code, operation, status=409))
    with pytest.raises(error):
        S3LogStore(house.s3, AUDIT, "o", house.clock.now()).create("x", b"1")
    house.faults.fail("GetObject", error=lambda operation: client_error(code, operation, status=403))
    with pytest.raises(Halted):
        S3LogStore(house.s3, AUDIT, "o", house.clock.now()).get("x")


def test_the_head_moves_only_from_where_it_was(head):
    assert head.read() is None
    assert head.move(None, FIRST)
    assert not head.move(None, SECOND)
    assert not head.move(Head(3, bytes(32), 0), SECOND)
    assert not head.move(Head(3, EMPTY, 3), SECOND)
    assert head.read() == FIRST
    assert head.move(FIRST, SECOND)
    assert head.read() == SECOND


def test_seal_marks_are_found_by_fact_and_only_in_their_log(house, head):
    sealed = [(f"{index:032x}", index) for index in range(57)]
    head.mark(sealed)
    head.mark(sealed[:2])
    assert head.marks([fact for fact, _ in sealed] + ["f" * 32]) == dict(sealed)
    assert head.marks([]) == {}
    other = house.logs.head(LogName(ANS, LogClass.OPERACAO, 2027))
    assert other.marks([sealed[0][0]]) == {}


@pytest.mark.parametrize("operation", ["GetItem", "PutItem", "BatchWriteItem", "BatchGetItem"])
def test_no_answer_of_the_table_means_later(house, head, operation):
    house.faults.fail(operation, error=closed)
    ask = {
        "GetItem": head.read,
        "PutItem": lambda: head.move(None, FIRST),
        "BatchWriteItem": lambda: head.mark([("a" * 32, 1)]),
        "BatchGetItem": lambda: head.leaves(["a" * 32]),
    }[operation]
    with pytest.raises(TryLater):
        ask()


def test_marks_left_over_are_written_after_a_pause_and_not_for_ever(house):
    if not isinstance(house.dynamodb, MemoryDynamo):
        pytest.skip("moto never leaves anything over")
    head = house.logs.head(NAME)
    slow = type(head)(head.dynamodb, head.journal, head.name, head.clock, house.naps.append)
    house.dynamodb.unwritten = 2
    slow.mark([(f"{index:032x}", index) for index in range(3)])
    assert len(house.naps) == 1
    assert len(slow.marks([f"{index:032x}" for index in range(3)])) == 3

    class Full:
        def batch_write_item(self, RequestItems):  # noqa: N803
            return {"UnprocessedItems": RequestItems}

    with pytest.raises(TryLater, match="unprocessed"):
        type(head)(Full(), JOURNAL, NAME, house.clock, house.naps.append).mark([("a" * 32, 1)])


def test_facts_without_a_mark_are_found_with_their_log(house):
    ledger = house.ledger()
    ledger.ensure_keys([(OPERATOR_SUBJECT, LogClass.OPERACAO), (OPERATOR_SUBJECT, "cadastro")])
    ledger.commit([Act("one", (Put(OPERATOR),), (Fact("operator.recorded", operator_ref()),))])
    ((found,),) = house.unsealed.pages()
    name, entry = entry_of(found)
    assert name == NAME
    head = house.logs.head(NAME)
    assert head.leaves([entry.id]) == {entry.id: entry.leaf}
    head.mark([(entry.id, 0)])
    assert list(house.unsealed.pages()) == []
    # A page ends between a fact and its mark, or the scan is behind: the mark counts.
    scan = house.dynamodb.scan

    class Behind:
        def scan(self, **asked):
            answer = scan(**asked)
            return {**answer, "Items": [row for row in answer["Items"] if row["sk"]["S"] != "R"]}

        def batch_get_item(self, **asked):
            return house.dynamodb.batch_get_item(**asked)

    assert list(replace(house.unsealed, dynamodb=Behind()).pages()) == []
