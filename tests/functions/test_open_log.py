"""open_log: every log has one key of its own, its fact before it can sign, and no key after its year."""

import json
from datetime import UTC, datetime

import pytest

from emdia.audit.note import parse_vkey
from emdia.audit.opened import CANARY, LATE, OpenedLog, opened_ref
from emdia.audit.ports import LogName
from emdia.aws.journal import KEPT
from emdia.aws.logs import alias_of
from emdia.errors import Halted
from emdia.facts import WRITTEN_LOGS, Fact, LogClass, Value
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, operator_ref
from functions.open_log.handler import handle
from functions.seal_audit.handler import handle as seal
from tests.fakes.faults import closed
from tests.fakes.house import ANS, JOURNAL, LEDGER, LOG_KEY
from tests.fakes.opening import disclosed
from tests.functions.test_seal_audit import metrics, sizes

ALL = {(log.value, 2026) for log in WRITTEN_LOGS}


@pytest.fixture
def road(road):
    """The operator is recorded, and no log was ever opened."""
    road.kms.aliases.clear()
    return road


def named(road, ans=ANS):
    found = [alias.split("-")[-3:] for alias in road.kms.aliases]
    return {(log, int(year)) for whose, log, year in found if whose == ans}


def opened(road, log=LogClass.CONTATO, year=2026, ans=ANS):
    ref = opened_ref(LogName(ans, log, year))
    return road.ledger(ans).get([ref]).get(ref)


def facts(road, kind):
    return [row for row in road.rows(JOURNAL) if row.get("kind", {}).get("S") == kind]


def sweep():
    return handle({"sweep": "logs"}, None)


def sign(road, name):
    return road.kms.sign(
        KeyId=alias_of("local", name), Message=b"x", MessageType="RAW", SigningAlgorithm="ED25519_SHA_512"
    )


def test_an_operator_s_logs_each_get_a_key_of_their_own_under_the_policy_they_are_made_with(road):
    told = handle({"operator": ANS}, None)["result"]["keys"]
    assert named(road) == ALL
    keys = {road.kms.aliases[alias] for alias in road.kms.aliases}
    assert len(keys) == len(ALL) + 1  # and the canary's
    assert LOG_KEY not in keys
    assert set(road.kms.policies.values()) == {"{}"}
    made = {parse_vkey(one).name: parse_vkey(one).public.hex() for one in told}
    assert made[f"auditoria.emdia-local/{ANS}/contato/2026"] == opened(road).public
    assert handle({"operator": ANS}, None)["result"]["keys"] == told


def test_a_log_that_no_fact_can_reach_costs_no_key(road):
    handle({"operator": ANS}, None)
    assert named(road) == {(log, 2026) for log in ("contato", "atendimento", "acesso", "operacao")}


def test_a_log_is_opened_with_a_fact_that_names_its_key(road):
    handle({"operator": ANS}, None)
    (row,) = [one for one in facts(road, "log.opened") if "contato" in json.dumps(one["about"])]
    said = disclosed(road, ANS, row, OPERATOR_SUBJECT)
    assert said["registro"] == f"auditoria.emdia-local/{ANS}/contato/2026"
    assert parse_vkey(said["chave"]).public.hex() == opened(road).public


def test_from_december_on_next_year_s_logs_are_open_too(road):
    handle({"operator": ANS}, None)
    sweep()
    assert named(road) == ALL
    road.clock.at = datetime(2026, 12, 1, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    assert named(road) == ALL | {(log.value, 2027) for log in WRITTEN_LOGS}
    assert {year for _, year in named(road, CANARY)} == {2026, 2027}


def test_a_december_that_was_missed_is_made_good_in_the_new_year(road):
    handle({"operator": ANS}, None)
    road.clock.at = datetime(2027, 1, 1, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    assert {log for log, year in named(road) if year == 2027} == set(WRITTEN_LOGS)


def test_facts_of_a_log_without_a_key_wait_ring_and_are_sealed_after_the_sweep(road, capsys):
    road.contract(1)
    rows = [row for row in road.rows(JOURNAL) if row["sk"]["S"] == "E"]
    assert seal({"sweep": "unsealed"}, None) is None
    assert "LogUnopened" in metrics(capsys)
    assert road.s3.versions == {}
    sweep()
    seal({"sweep": "unsealed"}, None)
    checkpoints = [versions[-1].body for key, versions in road.s3.versions.items() if key.endswith("/checkpoint")]
    held = sum(int(body.split(b"\n")[1]) for body in checkpoints)
    assert held == len(rows) + len(facts(road, "log.opened"))


def test_a_past_year_s_key_is_disabled_when_no_fact_of_it_can_come_any_more(road):
    assert KEPT.__class__(days=KEPT.days + 1) == LATE
    handle({"operator": ANS}, None)
    name = LogName(ANS, LogClass.CONTATO, 2026)
    seal({"sweep": "unsealed"}, None)
    road.clock.at = datetime(2027, 1, 31, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    assert sign(road, name)
    road.clock.at = datetime(2027, 2, 2, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    with pytest.raises(Exception, match="DisabledException"):
        sign(road, name)
    assert opened(road).closed_at == road.clock.at
    count = len(facts(road, "log.closed"))
    assert count == len(ALL) + 1
    sweep()
    assert len(facts(road, "log.closed")) == count


def test_a_year_with_facts_that_wait_is_not_closed(road):
    handle({"operator": ANS}, None)
    road.ledger().witness([Fact("outreach.queued", operator_ref(), (Value("canal", "email"),))], "late")
    road.clock.at = datetime(2027, 2, 2, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    assert opened(road).closed_at is None
    assert sign(road, LogName(ANS, LogClass.CONTATO, 2026))


@pytest.mark.parametrize("landed", [False, True])
def test_any_call_may_fail_or_fail_after_landing_and_the_next_sweep_finishes(road, landed):
    def waiting():
        road.ledger().witness([Fact("outreach.queued", operator_ref(), (Value("canal", "email"),))], "waits")
        return road.faults.total

    before = waiting()
    sweep()
    calls = road.faults.total - before
    assert calls > 10
    for call in range(1, calls + 1):
        fresh = type(road)()
        for name in ("dynamodb", "kms", "s3", "sqs", "sts", "faults", "keyring", "ledgers", "secretsmanager"):
            vars(road)[name].__dict__.update(vars(fresh)[name].__dict__)
        road.kms.aliases.clear()
        waiting()
        road.faults.fail("", call=call, error=closed, landed=landed)
        for _ in range(2):
            sweep()
        held = opened(road)
        assert road.kms.aliases[alias_of("local", LogName(ANS, LogClass.CONTATO, 2026))] == held.key
        assert held.v == 1


def test_of_two_runs_at_once_one_key_is_the_log_s_and_the_other_signs_nothing(road, monkeypatch):
    rival = OpenedLog(log=LogClass.CONTATO, year=2026, key=LOG_KEY, public=road.signer.public.hex())
    make = road.kms.create_key

    def slow(**asked):
        made = make(**asked)
        fact = Fact("log.opened", rival.ref)
        if "contato" in asked["Description"]:
            road.ledger().commit([Act("rival", (Put(rival),), (fact,))])
        return made

    monkeypatch.setattr(road.kms, "create_key", slow)
    assert "result" in handle({"operator": ANS}, None)
    assert road.kms.aliases[alias_of("local", LogName(ANS, LogClass.CONTATO, 2026))] == LOG_KEY
    used = set(road.kms.aliases.values())
    lost = {key for key, enabled in road.kms.enabled.items() if not enabled}
    assert len(lost) == 1
    assert not lost & used


def test_a_name_that_was_given_to_another_key_halts(road):
    handle({"operator": ANS}, None)
    road.kms.aliases[alias_of("local", LogName(ANS, LogClass.CONTATO, 2026))] = LOG_KEY
    with pytest.raises(Halted, match="not the one"):
        handle({"operator": ANS}, None)


def test_a_ledger_restored_from_an_older_copy_learns_its_logs_from_their_names(road):
    handle({"operator": ANS}, None)
    before = opened(road)
    ref = opened_ref(LogName(ANS, LogClass.CONTATO, 2026))
    del road.dynamodb.tables[LEDGER].items[f"{ANS}#{ref.partition}"][ref.sort]
    for row in facts(road, "log.opened"):  # a restored ledger is another era, whose facts are others
        del road.dynamodb.tables[JOURNAL].items[row["pk"]["S"]]
    handle({"operator": ANS}, None)
    assert (opened(road).key, opened(road).public) == (before.key, before.public)


def test_an_operator_nobody_recorded_is_refused(road):
    assert handle({"operator": "654321"}, None)["problem"]["code"] == "operator-unknown"
    assert road.kms.aliases == {}


def test_names_of_many_logs_come_in_pages(road):
    handle({"operator": ANS}, None)
    road.kms.page = 2
    road.clock.at = datetime(2026, 12, 1, 5, 10, tzinfo=UTC)
    road.show_clock()
    sweep()
    assert len(named(road)) == 2 * len(WRITTEN_LOGS)


def test_what_a_log_s_own_key_signs_is_what_its_checkpoint_carries(road):
    handle({"operator": ANS}, None)
    seal({"sweep": "unsealed"}, None)
    public = {name: opened(road, log).public for name, log in (("operacao", LogClass.OPERACAO),)}
    assert sizes(road, {f"auditoria.emdia-local/{ANS}/operacao/2026": bytes.fromhex(public["operacao"])})
