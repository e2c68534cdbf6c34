"""A log that can never go on: closed, then continued under another name whose first entry carries its last word."""

import json

import pytest

from emdia.audit.batch import id_of
from emdia.audit.checkpoint import open_checkpoint
from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, Verifier
from emdia.audit.opened import opened_ref
from emdia.audit.ports import LogName
from emdia.audit.prove import Prover
from emdia.aws.logs import origin_of
from emdia.facts import Fact, LogClass, Value
from emdia.state import OPERATOR_SUBJECT, operator_ref
from functions.open_log.handler import handle
from functions.prove_audit.handler import handle as prove
from functions.seal_audit.handler import handle as seal
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.opening import disclosed
from tests.functions.stream import stream
from tests.functions.test_seal_audit import metrics
from tests.judges.calls import judged

OLD = LogName(ANS, LogClass.CONTATO, 2026)
NEW = LogName(ANS, LogClass.CONTATO, 2026, 2)
ASKED = {
    "action": "shard",
    "operator": ANS,
    "class": "contato",
    "year": 2026,
    "reason": "lixo",
    "actor": "ana",
}


def written(road, count):
    """Ids of facts that were just written, in the order of the journal."""
    before = {row["pk"]["S"] for row in rows(road)}
    for nth in range(count):
        fact = Fact("outreach.queued", operator_ref(), (Value("canal", "email"),))
        road.ledger().witness([fact], f"w-{len(before)}-{nth}")
    return [row for row in rows(road) if row["pk"]["S"] not in before]


def rows(road):
    return [row for row in road.rows(JOURNAL) if row["sk"]["S"] == "E" and row["class"]["S"] == "contato"]


def verifier(road, name):
    held = road.ledger().get([opened_ref(name)])[opened_ref(name)]
    return Verifier(origin_of("local", name), ED25519, bytes.fromhex(held.public))


def entries(road, name):
    prover = Prover(road.logs_of("local").reader(name), verifier(road, name))
    return list(prover.leaves()) if prover.begun else []


@pytest.fixture
def damaged(road):
    """Five facts are sealed, rubbish lies where the next batch must go, and three facts wait for ever."""
    road.kms.aliases.clear()
    handle({"operator": ANS}, None)
    sealed = written(road, 5)
    seal({"sweep": "unsealed"}, None)
    road.s3.force(f"{origin_of('local', OLD)}/seq/{5:016d}", b"rubbish")
    waiting = written(road, 3)
    seal(stream(waiting), None)
    assert len(entries(road, OLD)) == 5
    return road, sealed, waiting


def continued(road):
    assert "closed" in handle(ASKED, None)["result"]
    road.clock.move(minutes=16)
    road.show_clock()
    return handle(ASKED, None)["result"]


def test_what_was_not_sealed_goes_to_the_next_shard_after_the_damaged_one_s_last_word(damaged):
    road, sealed, waiting = damaged
    told = continued(road)
    assert told["opened"] == f"auditoria.emdia-local/{ANS}/contato/2026-2"
    seal({"sweep": "unsealed"}, None)
    first, *rest = entries(road, NEW)
    assert {id_of(leaf) for leaf in rest} == {row["pk"]["S"].rsplit("#", 1)[1] for row in waiting}
    (row,) = [one for one in rows(road) if one["kind"]["S"] == "log.continued.contato"]
    assert id_of(first) == row["pk"]["S"].rsplit("#", 1)[1]
    said = disclosed(road, ANS, row, OPERATOR_SUBJECT)
    final = open_checkpoint(said["anterior_cabecalho"].encode(), verifier(road, OLD))
    assert (final.size, said["anterior_registro"], said["motivo"]) == (len(sealed), final.origin, "lixo")
    assert {id_of(leaf) for leaf in entries(road, OLD)} == {row["pk"]["S"].rsplit("#", 1)[1] for row in sealed}


def test_our_check_and_the_foreign_judges_accept_the_new_shard_and_what_was_sealed_before(damaged, tmp_path):
    road, _, _ = damaged
    continued(road)
    seal({"sweep": "unsealed"}, None)
    assert check_log(road.logs_of("local").reader(NEW), verifier(road, NEW)).findings == ()
    for name, size in ((OLD, 5), (NEW, 4)):
        folder = tmp_path / name.label
        for path, body in road.s3.current(origin_of("local", name)).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        for judge in ("tlog-scales", "aics-tlog"):
            assert judged(judge, folder, verifier(road, name).vkey)["size"] == size


def test_what_the_stream_brings_again_stays_where_it_is_sealed_and_what_is_new_goes_on(damaged):
    road, sealed, waiting = damaged
    continued(road)
    seal({"sweep": "unsealed"}, None)
    size = len(entries(road, NEW))
    seal(stream([*sealed, *waiting]), None)
    assert len(entries(road, NEW)) == size
    new = written(road, 2)
    seal(stream([*sealed, *new]), None)
    assert len(entries(road, NEW)) == size + 2


def test_a_planted_mark_of_the_damaged_shard_drops_nothing(damaged):
    road, _, _ = damaged
    continued(road)
    seal({"sweep": "unsealed"}, None)
    size = len(entries(road, NEW))
    (victim,) = written(road, 1)
    road.logs_of("local").head(OLD).mark([(victim["pk"]["S"].rsplit("#", 1)[1], 2)])
    seal(stream([victim]), None)
    assert len(entries(road, NEW)) == size + 1


def test_until_its_first_entry_comes_everything_else_waits(damaged, capsys):
    road, _, waiting = damaged
    continued(road)
    capsys.readouterr()
    seal(stream(waiting), None)
    assert "LogUnopened" in metrics(capsys)
    assert entries(road, NEW) == []


def test_between_the_two_steps_lies_a_pause_in_which_nobody_signs(damaged):
    road, _, _ = damaged
    assert handle(ASKED, None)["result"]["closed"] == origin_of("local", OLD)
    assert handle(ASKED, None)["problem"]["code"] == "log-closing"
    assert not road.kms.enabled[road.kms.aliases[f"alias/emdia-local-log-{ANS}-contato-2026"]]


def test_a_checkpoint_that_was_overwritten_is_found_among_its_versions(damaged):
    road, _, _ = damaged
    road.s3.force(f"{origin_of('local', OLD)}/checkpoint", b"<html>")
    continued(road)
    (row,) = [one for one in rows(road) if one["kind"]["S"] == "log.continued.contato"]
    said = disclosed(road, ANS, row, OPERATOR_SUBJECT)
    assert open_checkpoint(said["anterior_cabecalho"].encode(), verifier(road, OLD)).size == 5


def test_a_fact_of_the_new_shard_is_proved_there(damaged):
    road, _, waiting = damaged
    continued(road)
    seal({"sweep": "unsealed"}, None)
    event = waiting[0]["pk"]["S"].rsplit("#", 1)[1]
    asked = {"action": "prove", "operator": ANS, "class": "contato", "year": 2026, "event": event}
    assert prove({**asked, "shard": 2}, None)["result"]["size"] == 4
    assert prove({**asked, "shard": 0}, None)["problem"]["code"] == "action-invalid"
    assert prove({**asked, "shard": 3}, None)["problem"]["code"] == "log-unknown"


def test_a_shard_may_be_continued_as_well(damaged):
    road, _, _ = damaged
    continued(road)
    seal({"sweep": "unsealed"}, None)
    assert continued(road)["opened"].endswith("/2026-3")
    new = written(road, 1)
    seal({"sweep": "unsealed"}, None)
    seal(stream(new), None)
    third = LogName(ANS, LogClass.CONTATO, 2026, 3)
    assert json.dumps(sorted(road.s3.current(origin_of("local", third)))).count("seq/") == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"class": "nada"}, "action-invalid"),
        ({"year": "2026"}, "action-invalid"),
        ({"year": 2020}, "log-unknown"),
        ({"reason": ""}, "action-invalid"),
        ({"operator": "1"}, "ans-invalid"),
    ],
)
def test_what_is_not_asked_well_closes_nothing(damaged, change, code):
    road, _, _ = damaged
    assert handle({**ASKED, **change}, None)["problem"]["code"] == code
    assert all(road.kms.enabled.values())
