import json
from hashlib import sha256

import pytest

from emdia.audit.leaf import b64url
from emdia.audit.ports import LogName
from emdia.audit.retention import locked_until
from emdia.aws import state_check
from emdia.aws.content import content_of, salted
from emdia.clock import instant
from emdia.facts import Fact, LogClass
from emdia.portfolio.case import StopKind, StopRecord
from emdia.portfolio.inbox import Parked
from emdia.portfolio.telling import stop_told
from emdia.ports import Act, KeyClass, Put, Remove
from emdia.state import Subject, case_ref
from functions.seal_audit.handler import handle as seal
from functions.watch_log.handler import handle
from tests.fakes.house import ANS, JOURNAL, LEDGER, SeededRandomness
from tests.flows.road import AS_OF
from tests.functions.test_seal_audit import metrics


def counted(capsys, watch):
    handle({"watch": watch}, None)
    return metrics(capsys) - {"FactsSealed"}


@pytest.fixture
def walked(road, capsys):
    """A road on which two persons were written to; a third paid."""
    cases = road.portfolio(3)
    road.settle(cases[2])
    road.walk()
    capsys.readouterr()
    return road, cases


def item(road, case):
    return road.dynamodb.tables[LEDGER].items[f"{ANS}#C#{case.contract}"]


def test_state_that_only_facts_have_changed_is_as_they_say(walked, capsys):
    road, _ = walked
    ledger = road.ledger()
    pointer = Parked(client="erp", event="e1")
    for nth in range(2):  # what is removed may begin again, at version one
        act = Act(f"park{nth}", (Put(pointer),), (Fact("erp.event.parked", pointer.ref),))
        stored = ledger.commit([act]).states[pointer.ref]
        if nth == 0:
            gone = Act(
                "gone", (Remove(pointer.ref, stored.v, stored.last),), (Fact("erp.event.discarded", pointer.ref),)
            )
            assert ledger.commit([gone]).landed
    assert counted(capsys, "state") == set()


def test_every_item_is_named_by_a_fact(walked):
    road, _ = walked
    named = {
        (f"{ANS}#{partition}", sort, v)
        for row in road.rows(JOURNAL)
        if "names" in row
        for partition, sort, v, gone in json.loads(row["names"]["S"])
        if not gone
    }
    # Which operator a sender is of stands beside the operators' own items, and has no story.
    states = [row for row in road.rows(LEDGER) if row["sk"]["S"] != "SENDER"]
    assert {(row["pk"]["S"], row["sk"]["S"], int(row["v"]["N"])) for row in states} <= named


def test_no_row_that_streams_read_tells_of_a_hospital_stay(walked):
    road, cases = walked
    subject = Subject(cases[0].holder_key)
    road.ledger().ensure_keys([(subject, KeyClass.SAUDE)])
    stay = StopRecord(
        contract=cases[0].contract, id="s", holder_key=subject.id, kind=StopKind.PROTECTIVE, active=True, as_of=AS_OF
    )
    assert road.ledger().commit([Act("stay", (Put(stay),), (stop_told(stay),))]).landed
    assert "HEALTH" in repr(road.rows(LEDGER))
    assert "HEALTH" not in repr(road.rows(JOURNAL))


def rolled_back(row):
    row["v"] = {"N": str(int(row["v"]["N"]) - 1)}


def pushed_on(row):
    row["v"] = {"N": str(int(row["v"]["N"]) + 1)}


def renamed(row):
    row["last"] = {"S": "00" * 32}


def versionless(row):
    del row["v"]


@pytest.mark.parametrize("change", [rolled_back, pushed_on, renamed, versionless])
@pytest.mark.parametrize("sort", ["CASE", "INVOICE", "OUTREACH", "CONTRACT"])
def test_an_item_written_past_its_facts_is_named(walked, capsys, caplog, change, sort):
    road, cases = walked
    (row,) = [one for name, one in item(road, cases[0]).items() if name.partition("#")[0] == sort]
    change(row)
    assert counted(capsys, "state") == {"StateTampered"}
    assert [record for record in caplog.records if cases[0].contract in record.getMessage()]
    assert len(caplog.records) == 1


def edited(row):
    told = json.loads(row["d"]["S"])
    row["d"] = {"S": json.dumps({**told, "amount": 1}, separators=(",", ":"))}


def resalted(row):
    edited(row)
    salted(row, SeededRandomness(5))


def unsalted(row):
    edited(row)
    del row["salt"]


def unscheduled(row):
    row["agenda_at"] = {"S": "2036-01-01T00:00:00.000Z#000000000000"}


def given_a_member(row):
    row["note"] = {"S": "x"}


@pytest.mark.parametrize("change", [edited, resalted, unsalted, unscheduled, given_a_member])
@pytest.mark.parametrize("sort", ["CASE", "INVOICE", "OUTREACH", "CONTRACT"])
def test_an_item_whose_content_alone_was_changed_is_named(walked, capsys, caplog, change, sort):
    road, cases = walked
    (row,) = [one for name, one in item(road, cases[0]).items() if name.partition("#")[0] == sort]
    v, last = row["v"], row["last"]
    change(row)
    assert (row["v"], row["last"]) == (v, last)
    assert counted(capsys, "state") == {"StateTampered"}
    (record,) = caplog.records
    assert cases[0].contract in record.getMessage()
    assert "holds what was not written" in record.getMessage()


def test_a_sealed_value_exchanged_for_another_s_is_named(walked, capsys, caplog):
    road, cases = walked
    row, other = item(road, cases[0])["CONTRACT"], item(road, cases[1])["CONTRACT"]
    row |= {name: other[name] for name in ("x", "xk", "xs")}
    assert counted(capsys, "state") == {"StateTampered"}
    assert cases[0].contract in caplog.text


def test_what_an_item_holds_is_told_by_its_leaf_alone_and_by_no_key(walked):
    """So an expert with the log and the item needs neither us nor the journal, however old the item is."""
    road, cases = walked
    leaves = {sha256(b"\x00" + row["leaf"]["B"]).hexdigest(): row for row in road.rows(JOURNAL) if "leaf" in row}
    for row in item(road, cases[0]).values():
        leaf = leaves[row["last"]["S"]]
        digest = content_of(row)
        assert digest in json.loads(leaf["leaf"]["B"])["_sd"]
        # The salt is the item's own: with the item goes whatever could open the digest.
        assert b64url(row["salt"]["B"]) not in repr(leaf)


@pytest.mark.parametrize("change", [{"leaf": {"B": b"no leaf"}}, {"names": {"S": "[[1]]"}}, {"ts": {"S": "soon"}}])
def test_a_row_that_is_no_fact_blinds_nobody(walked, capsys, change):
    road, cases = walked
    row = next(one for one in road.rows(JOURNAL) if "names" in one)
    planted = {**row, "pk": {"S": f"{ANS}#EVT#{'f' * 32}"}, **change}
    road.dynamodb.tables[JOURNAL].items[planted["pk"]["S"]] = {"E": planted}
    assert counted(capsys, "state") == set()
    edited(item(road, cases[0])["CASE"])
    assert counted(capsys, "state") == {"StateTampered"}


def test_a_planted_fact_about_an_item_is_named(walked, capsys, caplog):
    road, cases = walked
    row = next(one for one in road.rows(JOURNAL) if cases[0].contract in one.get("names", {}).get("S", ""))
    ((partition, sort, v, gone),) = [one for one in json.loads(row["names"]["S"]) if one[1] == "CASE"][:1]
    later = instant(road.clock.move(minutes=10))
    names = json.dumps([[partition, sort, v + 7, gone]])
    planted = {**row, "pk": {"S": f"{ANS}#EVT#{'f' * 32}"}, "names": {"S": names}, "ts": {"S": later}}
    road.dynamodb.tables[JOURNAL].items[planted["pk"]["S"]] = {"E": planted}
    assert counted(capsys, "state") == {"StateTampered"}
    assert cases[0].contract in caplog.text


@pytest.mark.parametrize("most", [1, 3, 7])
def test_a_large_portfolio_is_looked_at_by_slices_and_each_item_once(walked, capsys, caplog, monkeypatch, most):
    road, cases = walked
    monkeypatch.setattr(state_check, "MOST", most)
    assert counted(capsys, "state") == set()
    for case in cases:
        pushed_on(item(road, case)["CASE"])
    assert counted(capsys, "state") == {"StateTampered"}
    assert len(caplog.records) == len(cases)


def test_an_item_deleted_without_a_fact_is_named(walked, capsys, caplog):
    road, cases = walked
    del item(road, cases[1])["CASE"]
    assert counted(capsys, "state") == {"StateTampered"}
    assert "is missing" in caplog.text


def test_what_is_written_while_we_look_is_no_difference(walked, capsys, monkeypatch):
    road, cases = walked
    read, calls = state_check.read_all, []

    def later(*asked):
        if not calls:
            road.settle(cases[0])
            road.clock.move(minutes=1)
        calls.append(1)
        return read(*asked)

    monkeypatch.setattr(state_check, "read_all", later)
    assert counted(capsys, "state") == set()
    assert len(calls) > 1
    assert road.ledger().get([case_ref(cases[0].contract)])


@pytest.mark.parametrize("move", ["delete", "force"])
def test_an_object_hidden_or_overwritten_is_named(walked, capsys, caplog, move):
    road, _ = walked
    seal({"sweep": "unsealed"}, None)
    capsys.readouterr()
    assert counted(capsys, "versions") == set()
    key = next(key for key in road.s3.versions if "/seq/" in key)
    road.s3.delete(key) if move == "delete" else road.s3.force(key, b"x")
    assert counted(capsys, "versions") == {"ObjectRewritten"}
    assert key in caplog.text


def test_a_log_whose_retention_is_over_may_be_cleared_away_without_an_alarm(walked, capsys):
    road, _ = walked
    seal({"sweep": "unsealed"}, None)
    capsys.readouterr()
    road.s3.delete(next(key for key in road.s3.versions if "/contato/2026/seq/" in key))
    road.clock.at = locked_until(LogName(ANS, LogClass.CONTATO, 2026), road.clock.at, None)
    road.show_clock()
    assert counted(capsys, "versions") == {"ObjectRewritten"}
    road.clock.move(seconds=1)
    road.show_clock()
    assert counted(capsys, "versions") == set()


def test_a_canary_that_is_sealed_is_counted_and_one_that_is_not_rings(road, capsys):
    assert counted(capsys, "canary") == set()
    assert counted(capsys, "canary") == set()
    seal({"sweep": "unsealed"}, None)
    road.clock.move(minutes=15)
    road.show_clock()
    capsys.readouterr()
    assert counted(capsys, "canary") == {"CanarySealed"}
    road.clock.move(minutes=17)
    road.show_clock()
    assert counted(capsys, "canary") == {"CanaryLate"}
    assert road.facts()["log.probed"] == 3


@pytest.mark.parametrize("watch", ["canary", "state", "versions"])
def test_what_does_not_answer_is_looked_at_by_the_next_tick(walked, capsys, watch):
    road, _ = walked
    for operation in ("Scan", "BatchGetItem"):
        road.faults.fail(operation)
    handle({"watch": watch}, None)
    assert "TickEndedEarly" in metrics(capsys)


def test_a_fact_that_the_sealer_withholds_is_named_after_two_nights(walked, capsys, caplog):
    road, _ = walked
    seal({"sweep": "unsealed"}, None)
    capsys.readouterr()
    # What came later is not late yet; and one that was told before lost its mark to nobody's knowledge.
    rows = road.dynamodb.tables[JOURNAL].items
    withheld = next(pk for pk in sorted(rows) if "#EVT#" in pk and "R" in rows[pk])
    del rows[withheld]["R"]
    assert counted(capsys, "facts") == set()
    road.clock.move(days=1, hours=23)
    road.settle(road.contract(77))
    road.show_clock()
    assert counted(capsys, "facts") == set()
    road.clock.move(hours=2)
    road.show_clock()
    assert counted(capsys, "facts") == {"FactWithheld"}
    (line,) = [record.message for record in caplog.records if record.message.endswith("is not sealed")]
    assert withheld.rsplit("#", 1)[1] in line
    assert "CT-" not in line
