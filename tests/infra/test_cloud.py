"""The template on the embedded AWS: it comes up, its settings hold, and its roles are enforced."""

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from emdia.aws.actions import FUNCTION_ACTIONS, WITNESS_FUNCTIONS
from infra.bundle import ROOT
from infra.local import gaps
from infra.local.cloud import cloud
from infra.local.demo.erp import Erp
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.printing import shops
from infra.local.demo.register import CommandFailedError, emdia, put_in_force
from infra.local.sandbox.server import Sandbox
from infra.local.settle import NotSettledError, settle
from infra.stages import REGION
from tests.fakes import erp
from tests.fakes.portfolio import as_csv, contract

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with cloud({"AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9"}, tmp_path_factory.mktemp("aws") / "log") as deployed:
        yield deployed


@contextlib.contextmanager
def _as_function(here, name):
    """A session with the temporary credentials of a function's own role."""
    configuration = here.client("lambda").get_function_configuration(FunctionName=here.function(name))
    given = here.client("sts").assume_role(RoleArn=configuration["Role"], RoleSessionName="test")["Credentials"]
    yield boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=REGION,
    )


def test_every_function_is_deployed_and_told_where_mail_goes(here):
    assert here.functions == sorted(here.function(name) for name in FUNCTION_ACTIONS.keys() - WITNESS_FUNCTIONS)
    for name in here.functions:
        told = here.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        assert told["AWS_ENDPOINT_URL_SESV2"] == "http://127.0.0.1:9"
        assert told.get("EMDIA_PUBLIC_URL", here.public_url) == here.public_url


def test_what_its_cloudformation_drops_was_set_and_read_back(here):
    said = " ".join(here.settled)
    of_buckets = ("object lock", "encryption", "lifecycle", "replication")
    for setting in (*of_buckets, "point-in-time recovery", "customer key", "time to live"):
        assert setting in said
    assert gaps.SET_AFTERWARDS


def test_a_setting_that_does_not_take_is_not_passed_over(here):
    class Deaf:
        """A DynamoDB that answers every change kindly and makes none."""

        def __init__(self, real):
            self._real = real

        def __getattr__(self, name):
            return (lambda **_: {}) if name.startswith("update_") else getattr(self._real, name)

    state = here.stacks["state"]
    here.client("dynamodb").update_continuous_backups(
        TableName=here.table("keys"), PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )

    def client(service):
        real = here.client(service)
        return Deaf(real) if service == "dynamodb" else real

    try:
        with pytest.raises(NotSettledError, match="point-in-time recovery"):
            settle(state, client)
    finally:
        assert set(settle(state, here.client)) < set(here.settled)


def test_nobody_not_even_root_deletes_from_the_audit_bucket(here):
    s3, bucket = here.client("s3"), here.bucket("audit")
    until = datetime.now(UTC) + timedelta(hours=1)
    version = s3.put_object(
        Bucket=bucket, Key="proof", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key="proof", VersionId=version)


def test_a_role_may_what_its_function_needs_and_nothing_else(here):
    with _as_function(here, "send_message") as session:
        dynamodb = session.client("dynamodb", endpoint_url=here.endpoint)
        absent = {"Keys": [{"pk": {"S": "none"}, "sk": {"S": "none"}}], "ConsistentRead": True}
        read = dynamodb.batch_get_item(RequestItems={here.table("ledger"): absent})
        assert read["Responses"][here.table("ledger")] == []
        with pytest.raises(ClientError, match="AccessDenied"):
            dynamodb.scan(TableName=here.table("ledger"))
        with pytest.raises(ClientError, match="AccessDenied"):
            session.client("secretsmanager", endpoint_url=here.endpoint).get_secret_value(SecretId="emdia/local/erp/x")
        with pytest.raises(ClientError, match="AccessDenied"):
            session.client("sqs", endpoint_url=here.endpoint).send_message(
                QueueUrl=here.queue_url("erp-events"), MessageBody="{}"
            )


def test_without_its_policy_a_function_is_refused(here):
    """The proof that the roles decide: the same function, the same call, and only the policy is gone."""
    iam, lambda_ = here.client("iam"), here.client("lambda")
    role = lambda_.get_function_configuration(FunctionName=here.function("climb_ladder"))["Role"].rsplit("/", 1)[-1]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]

    def read():
        with _as_function(here, "climb_ladder") as session:
            session.client("dynamodb", endpoint_url=here.endpoint).query(
                TableName=here.table("ledger"),
                IndexName="agenda",
                KeyConditionExpression="agenda_pk = :p",
                ExpressionAttributeValues={":p": {"S": "ladder#2026112500#0"}},
            )

    read()
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        with pytest.raises(ClientError, match="AccessDenied"):
            read()
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    read()


def test_the_public_api_answers_and_an_unsigned_event_is_refused(here):
    here.put_erp_secret("probe", "123456", ["whsec_" + "A" * 43 + "="])
    request = urllib.request.Request(f"{here.public_url}/v1/erp/probe/events", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    assert refused.value.code == 401
    assert refused.value.headers["Content-Type"] == "application/problem+json"


def test_it_does_not_outlive_a_killed_starter(tmp_path):
    """A closed terminal or a kill runs no clean-up of ours."""
    code = (
        "import os, pathlib, sys\n"
        "from infra.local.ministack import running\n"
        "with running(pathlib.Path(sys.argv[1])) as aws:\n"
        "    print(aws.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "log")],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=False,
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 30
    while (_alive(pid) or any(scratch.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)
    assert list(scratch.iterdir()) == []


def _alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_is_left_when_it_is_over(tmp_path):
    with cloud(log=tmp_path / "log") as second:
        pid = second.aws.pid
        os.killpg(pid, 0)
        with urllib.request.urlopen(f"{second.endpoint}/_ministack/health") as health:
            assert health.status == 200
    with pytest.raises(ProcessLookupError):
        os.killpg(pid, 0)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{second.endpoint}/_ministack/health")


@pytest.fixture(scope="module")
def staffed(here):
    """An operator and its ERP client, as the operator's staff makes them; a terminal at this stage."""
    house = HOUSES[0]
    profile = {
        "ans": house.ans, "name": house.name, "cnpj": house.cnpj, "address": house.address, "seat": house.seat,
        "mail-from": house.mail_from, "phone": house.phone, "site": house.site, "how-to-pay": house.how_to_pay,
    }  # fmt: skip
    profile["letters"] = "yes"
    emdia(here, "operator", "add", *(part for name, value in profile.items() for part in (f"--{name}", value)))
    secret = emdia(here, "client", "add", house.client, "--operator", house.ans).split()[-1]
    return here, house, secret


def test_the_smoke_test_is_green_on_a_stage_that_stands_and_red_where_something_failed(staffed):
    here, house, _ = staffed
    alarms = here.client("sns")
    alarms.subscribe(TopicArn=here.topic_arn("alarms"), Protocol="email", Endpoint="plantao@operadora.example")
    asked = ("smoke", "--operator", house.ans, "--url", here.public_url, "--patience", "120")
    assert emdia(here, *asked).splitlines()[-1].startswith("Tudo certo")
    here.client("sqs").send_message(QueueUrl=here.queue_url("steps-dead"), MessageBody="{}")
    with pytest.raises(CommandFailedError, match="1 de 16 verificações falharam"):
        emdia(here, *asked)
    here.client("sqs").purge_queue(QueueUrl=here.queue_url("steps-dead"))
    secrets = here.client("secretsmanager").list_secrets()["SecretList"]
    assert [one["Name"] for one in secrets if "smoke" in one["Name"]] == []


def test_a_portfolio_file_is_imported_on_the_laptop_as_on_aws(staffed, tmp_path):
    here, house, _ = staffed
    file = tmp_path / "carteira.csv"
    file.write_bytes(as_csv([contract("CT-9")]))
    said = emdia(here, "import", str(file), "--client", house.client)
    assert said.startswith("Aceitas: 1. Recusadas: 0.")
    dead = here.client("sqs").get_queue_attributes(
        QueueUrl=here.queue_url("imports-dead"), AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert dead["Attributes"]["ApproximateNumberOfMessages"] == "0"


def _eventually(look):
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return found


def test_a_notice_on_paper_is_printed_posted_and_proved_from_the_page_of_letters(staffed):
    here, house, secret = staffed
    noon = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    here.clock.set(noon)
    put_in_force(here, [house.ans])
    shop_erp = Erp(house, here.public_url, secret)
    told = erp.contract(noon, "CT-77", contact_points=[], means_of_notice=["letter"])
    fees = [
        erp.invoice(noon, f"F-{due}", "CT-77", due_on=due, reference=due[:7]) for due in ("2026-10-19", "2026-11-18")
    ]
    shop_erp.tell([{**one, "operator": house.ans} for one in (told, *fees)], noon)
    assert shop_erp.refused == []
    with Sandbox(ticking=False) as sandbox:
        sandbox.office.set_now(noon)
        sandbox.letters.open(shops(here, [shop_erp], sandbox.office.now))
        asked = {"dia": "2026-11-25"}

        def page():
            here.invoke("find_arrears", {})
            return re.findall(
                r"/carta/([0-9A-F]{22})", sandbox.letters.answer("GET", "/cartas", asked, b"").body.decode()
            )

        (reference,) = _eventually(page)
        later = noon + timedelta(days=1)
        sandbox.office.set_now(later)
        here.clock.set(later)
        sandbox.letters.answer("POST", "/cartas/imprimir", asked, b"")
        assert sandbox.letters.answer("GET", f"/carta/{reference}/pdf", {}, b"").body.startswith(b"%PDF")
        for button, form in (("postar", b""), ("entregar", b"recebedor=Maria+Vizinha")):
            said = sandbox.letters.answer("POST", f"/carta/{reference}/{button}", {}, form)
            assert said.headers["Location"].endswith("feito=applied")
    assert "recebimento provado" in emdia(here, "notice", "show", "CT-77", "--operator", house.ans)
