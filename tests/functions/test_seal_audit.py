import json

import pytest
from tlog_scales.reader import TilesReader

from emdia.audit.checkpoint import open_checkpoint
from emdia.audit.note import ED25519, Verifier
from emdia.aws.journal import entry_of
from emdia.facts import LogClass
from functions.seal_audit.handler import handle
from tests.fakes.faults import closed
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.sealed_log import Objects
from tests.functions.stream import stream

ORIGIN = f"auditoria.emdia-local/{ANS}"
DONE = {"batchItemFailures": []}


def rows_of(road):
    return [row for row in road.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]


def sizes(road, keys=None):
    """Facts in each log by class and year, its checkpoint and root checked by a reader that is not ours."""
    found = {}
    for key in road.s3.versions:
        if key.endswith("/checkpoint") and (keys is None or key.removesuffix("/checkpoint") in keys):
            origin = key.removesuffix("/checkpoint")
            files = road.s3.current(origin)
            verifier = Verifier(origin, ED25519, (keys or {}).get(origin, road.signer.public))
            checkpoint = open_checkpoint(files["checkpoint"], verifier)
            reader = TilesReader(Objects(files))
            reader.get_checkpoint()
            assert reader.calculate_root_hash() == checkpoint.root
            found[origin.removeprefix(ORIGIN)] = checkpoint.size
    return found


def metrics(capsys):
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return {name for line in lines for one in line["_aws"]["CloudWatchMetrics"] for name in [one["Metrics"][0]["Name"]]}


@pytest.fixture
def walked(road):
    """A road on which an invoice was written about: facts of two classes."""
    road.portfolio(2)
    road.climb()
    road.take()
    road.send()
    return road


def test_facts_of_the_stream_are_sealed_each_in_its_log_and_once(walked):
    rows = rows_of(walked)
    by_class = {log: sum(row["class"]["S"] == log.value for row in rows) for log in LogClass}
    assert by_class[LogClass.CONTATO]
    assert by_class[LogClass.OPERACAO]
    for _ in range(2):
        assert handle(stream(rows), None) == DONE
        assert sizes(walked) == {f"/{log.value}/2026": count for log, count in by_class.items() if count}


def test_what_the_stream_did_not_bring_the_sweep_finds(walked):
    rows = rows_of(walked)
    handle(stream(rows[:3]), None)
    assert handle({"sweep": "unsealed"}, None) is None
    assert sum(sizes(walked).values()) == len(rows)


def test_a_year_s_end_opens_another_log(walked):
    walked.clock.move(days=40)
    walked.show_clock()
    walked.contract(9)
    handle({"sweep": "unsealed"}, None)
    assert {name.rsplit("/", 1)[1] for name in sizes(walked)} == {"2026", "2027"}


def test_rows_that_are_no_facts_are_passed_over(walked):
    marks = [{"pk": {"S": "x"}, "sk": {"S": "R"}}, {"pk": {"S": "x"}, "sk": {"S": "HEAD"}}]
    assert handle(stream(marks), None) == DONE
    assert sizes(walked) == {}


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_a_changed_or_deleted_fact_rings_and_its_expiry_does_not(walked, capsys, name):
    rows = rows_of(walked)[:1]
    assert handle(stream(rows, "REMOVE", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}), None) == DONE
    assert "FactTampered" not in metrics(capsys)
    assert handle(stream(rows, name), None) == DONE
    assert "FactTampered" in metrics(capsys)
    assert sizes(walked) == {}


def test_when_nothing_answers_the_batch_comes_again(walked):
    event = stream(rows_of(walked))
    walked.faults.fail("PutObject", error=closed)
    assert handle(event, None) == {"batchItemFailures": [{"itemIdentifier": "0" * 20 + "1"}]}
    assert handle(event, None) == DONE
    assert sum(sizes(walked).values()) == len(event["Records"])


def test_a_halted_log_rings_and_stops_alone(walked, capsys):
    rows = rows_of(walked)
    handle(stream(rows[:1]), None)
    halted = rows[0]["class"]["S"]
    del walked.dynamodb.tables[JOURNAL].items[f"{ANS}#LOG#{halted}#2026"]
    before = sizes(walked)
    assert handle(stream(rows), None) == DONE
    assert "LogHalted" in metrics(capsys)
    after = sizes(walked)
    assert after[f"/{halted}/2026"] == before[f"/{halted}/2026"]
    assert len(after) == 2


def forged(row, **changes):
    return {**row, **changes}


@pytest.mark.parametrize(
    "change",
    [
        {"leaf": {"B": b"{}"}},
        {"leaf": {"B": b"no json"}},
        {"class": {"S": "unheard"}},
        {"class": {"S": "acordo"}},
        {"ts": {"S": "2027-01-01T00:00:00.000Z"}},
        {"op": {"S": "x" * 65_536}},
        {"pk": {"S": f"{ANS}#EVT#{'f' * 32}"}},
        {"pk": {"S": "x"}},
    ],
)
def test_a_row_that_nobody_of_ours_wrote_rings_and_keeps_no_true_fact_out(walked, capsys, change):
    first, *rest = rows_of(walked)
    assert handle(stream([forged(first, **change), *rest]), None) == DONE
    assert "FactMalformed" in metrics(capsys)
    assert sum(sizes(walked).values()) == len(rest)


def test_a_leaf_in_another_order_is_not_ours(walked, capsys):
    first = rows_of(walked)[0]
    told = json.loads(first["leaf"]["B"])
    other = json.dumps(dict(reversed(told.items())), separators=(",", ":")).encode()
    handle(stream([forged(first, leaf={"B": other})]), None)
    assert "FactMalformed" in metrics(capsys)


def test_every_fact_the_house_writes_is_one_the_log_takes(walked):
    for row in rows_of(walked):
        name, entry = entry_of(row)
        assert name.ans == ANS
        assert entry.id in row["pk"]["S"]
