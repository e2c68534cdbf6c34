"""The restore drill on the embedded AWS, as docs/restore.md tells it: `make drill`.

The embedded AWS restores backups but knows no point in time, so that a backup stands for it.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from emdia.adapters import Adapters
from emdia.cli.restore import recall, sources
from emdia.compliance.rules import LADDER_STEP_DUE
from emdia.facts import Fact, LogClass
from emdia.messages import transitions
from emdia.messages.outreach import Outreach, OutreachKind, OutreachStatus, outreach_id
from emdia.messages.person import log_of
from emdia.portfolio.case import Case, OpenInvoice
from emdia.portfolio.contract import Channel, ContractKind
from emdia.ports import Act, KeyClass, Put
from emdia.settings import Settings
from emdia.state import AgendaKind, Subject, case_ref, outreach_ref, person_ref
from emdia.wiring import OsRandomness
from emdia.workflows.acts import act_of
from infra import restore
from infra.local.cloud import cloud
from infra.local.ministack import ACCOUNT
from infra.stages import REGION
from tests.fakes.house import ANS

pytestmark = [pytest.mark.embedded, pytest.mark.slow]
RESTORED = "emdia-local-ledger-drill"
CONTRACT, HOLDER = "c" * 32, "a" * 32
UNTOUCHED = "d" * 32


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with cloud({"AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9"}, tmp_path_factory.mktemp("aws") / "log") as deployed:
        person = {
            "AWS_ENDPOINT_URL": deployed.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
        }
        with mock.patch.dict(os.environ, person):
            deployed.invoke("climb_ladder", {})  # the clock of the stage stands where the machine's does
            yield deployed


def house(here, ledger):
    cmk = here.client("kms").describe_key(KeyId="alias/emdia-local-class-keys")["KeyMetadata"]["Arn"]
    told = {"EMDIA_LEDGER": ledger, "EMDIA_JOURNAL": here.table("journal"), "EMDIA_KEYS": here.table("keys")}
    return Adapters(Settings("local", "emdia", {**told, "EMDIA_KEYS_CMK": cmk}), OsRandomness()).begin()


def case_of(contract, now):
    invoice = OpenInvoice("1" * 32, f"{now:%Y-%m}", (now - timedelta(days=8)).date(), 50_000)
    return Case(
        contract=contract,
        holder_key=HOLDER,
        kind=ContractKind.INDIVIDUAL,
        uf="SP",
        zone="America/Sao_Paulo",
        ibge="3550308",
        ladder="padrao-2026-1",
        invoices=(invoice,),
        due=now,
    )


def queued(now):
    return Outreach(
        contract=CONTRACT,
        id=outreach_id(ANS, CONTRACT, OutreachKind.LADDER, now.date()),
        holder_key=HOLDER,
        channel=Channel.EMAIL,
        step="D+7",
        template="atraso",
        ladder="padrao-2026-1",
        invoices=("1" * 32,),
        advanced=("1" * 32,),
        status=OutreachStatus.QUEUED,
        created_at=now,
        rule=LADDER_STEP_DUE,
    )


def test_the_drill(here):
    dynamodb, own = here.client("dynamodb"), here.table("ledger")
    first = house(here, own)
    now = first.clock.now()
    ledger = first.ledgers.of(ANS)
    ledger.ensure_keys([(Subject(HOLDER), one) for one in (KeyClass.CADASTRO, LogClass.CONTATO, LogClass.OPERACAO)])
    outreach = queued(now)
    puts = (Put(case_of(CONTRACT, now)), Put(case_of(UNTOUCHED, now)), Put(outreach))
    assert ledger.commit([Act("seed", puts, (Fact("contract.recorded", case_ref(CONTRACT)),))]).landed

    # 1. The moment to come back to.
    backup = dynamodb.create_backup(TableName=own, BackupName="drill")["BackupDetails"]["BackupArn"]
    moment = first.clock.now()

    # 2. Life goes on: a message leaves, and the agenda moves on past what was due.
    held = ledger.get([outreach.ref, person_ref(HOLDER)], [(Subject(HOLDER), LogClass.CONTATO)])
    sealed = {"faturas": "1" * 32, "ponto": "e1", "texto": ""}
    move = transitions.claim(
        held[outreach.ref], log_of(HOLDER, None), first.clock.now(), "t", LADDER_STEP_DUE, "atraso", sealed
    )
    assert ledger.commit([act_of(move, outreach)]).landed
    assert {due.ref.partition for page in first.agenda.due(AgendaKind.LADDER, now) for due in page}

    # 3. Nobody is written to while people work on it.
    functions = here.client("lambda")
    paused = list(sources(functions, "local"))
    assert {one["FunctionArn"].split(":")[6] for one in paused} >= {"emdia-local-take_step", "emdia-local-send_message"}
    for one in paused:
        functions.update_event_source_mapping(UUID=one["UUID"], Enabled=False)
    assert {one["State"] for one in sources(functions, "local")} <= {"Disabled", "Disabling"}

    # 4. The table comes back under a name of its own, guarded as the template guards its own.
    made = dynamodb.restore_table_from_backup(TargetTableName=RESTORED, BackupArn=backup)
    assert made["TableDescription"]["TableName"] == RESTORED
    restore.settle(dynamodb, RESTORED, pause=lambda _: time.sleep(0.1))
    table = dynamodb.describe_table(TableName=RESTORED)["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["agenda"]
    assert table["DeletionProtectionEnabled"] is True

    # 5. It learns what it has forgotten, and only once.
    second = house(here, RESTORED)
    assert recall(second, ANS, moment, "maria").outreach == 1
    assert recall(second, ANS, moment, "maria").outreach == 0
    states = second.ledgers.of(ANS).get([case_ref(CONTRACT), case_ref(UNTOUCHED), outreach_ref(CONTRACT, outreach.id)])
    assert states[case_ref(CONTRACT)].invoices[0].step == "D+7"
    assert states[case_ref(UNTOUCHED)].invoices[0].step == ""
    assert states[outreach_ref(CONTRACT, outreach.id)].status is OutreachStatus.UNKNOWN

    # 6. The agenda works on it: what is due is found, what was sent is not due.
    found = {d.ref.partition for page in second.agenda.due(AgendaKind.LADDER, datetime.now(UTC)) for d in page}
    assert found == {f"C#{UNTOUCHED}"}

    # 7. Sending goes on.
    for one in paused:
        functions.update_event_source_mapping(UUID=one["UUID"], Enabled=True)
