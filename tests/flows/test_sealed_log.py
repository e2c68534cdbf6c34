"""The sealed log on the embedded AWS: facts go in by the deployed function, the result is judged from outside."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError
from tlog_scales.reader import TilesReader

from emdia.audit.batch import unpack_batch
from emdia.audit.checkpoint import open_checkpoint
from emdia.audit.fsck import check_log
from emdia.audit.tiles import unpack
from emdia.audit.witness import folder_of
from emdia.aws.keyring import Keyring
from emdia.aws.ledger import DynamoLedgers
from emdia.aws.log_reader import S3LogReader
from emdia.clock import UtcClock
from emdia.facts import WRITTEN_LOGS, Fact, LogClass, Value
from emdia.ports import Act, Put
from emdia.state import OPERATOR_SUBJECT, case_ref, operator_ref
from emdia.wiring import OsRandomness
from infra.local.cloud import cloud
from infra.local.demo.seal import verifier_of
from infra.local.demo.witness import witness
from infra.stages import LAPTOP, REGION
from tests.fakes.house import ANS
from tests.fakes.sealed_log import Objects
from tests.flows.road import OPERATOR
from tests.judges.calls import judged

pytestmark = pytest.mark.embedded
LOOKS = 30  # the sequencer ran; 400 facts
# The fact of each log that was opened for this year, and in December for the next.
OPENED = len(WRITTEN_LOGS) * (2 if UtcClock().now().month == 12 else 1)
WRITTEN = {LogClass.OPERACAO: 1 + OPENED, LogClass.CONTATO: 300, LogClass.ACESSO: 2}
KIND = {LogClass.CONTATO: "outreach.queued", LogClass.ACESSO: "parked.viewed"}


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with cloud({"AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9"}, tmp_path_factory.mktemp("aws") / "log") as deployed:
        yield deployed


@pytest.fixture(scope="module")
def sealed(here):
    """Facts of three classes, written as functions write them; the sweep closes what the stream left."""
    ledger = _ledger(here)
    ledger.ensure_keys([(OPERATOR_SUBJECT, "cadastro"), *((OPERATOR_SUBJECT, log) for log in WRITTEN)])
    assert ledger.commit([Act("first", (Put(OPERATOR),), (Fact("operator.recorded", operator_ref()),))]).landed
    for log, kind in KIND.items():
        for start in range(0, WRITTEN[log], 100):
            facts = [
                Fact(kind, case_ref(f"{number:032x}"), (Value("canal", "email"),))
                for number in range(start, min(start + 100, WRITTEN[log]))
            ]
            ledger.witness(facts, f"{kind}-{start}")
    here.invoke("open_log", {"operator": ANS})
    here.invoke("seal_audit", {"sweep": "unsealed"})
    return here


def _ledger(here):
    dynamodb, clock, randomness = here.client("dynamodb"), UtcClock(), OsRandomness()
    cmk = here.client("kms").describe_key(KeyId="alias/emdia-local-class-keys")["KeyMetadata"]["Arn"]
    keyring = Keyring(dynamodb, here.client("kms"), here.table("keys"), cmk, clock, randomness)
    return DynamoLedgers(dynamodb, here.table("ledger"), here.table("journal"), keyring, clock, randomness).of(ANS)


def _origin(log):
    return f"auditoria.emdia-local/{ANS}/{log.value}/{UtcClock().now().year}"


def _objects(here, origin):
    s3, bucket, found = here.client("s3"), here.bucket("audit"), {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{origin}/"):
        for one in page.get("Contents", []):
            found[one["Key"].removeprefix(f"{origin}/")] = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
    return found


@pytest.mark.parametrize("log", WRITTEN)
def test_every_fact_is_in_its_log_once_and_a_foreign_reader_finds_the_signed_root(sealed, log):
    origin = _origin(log)
    files = _objects(sealed, origin)
    checkpoint = open_checkpoint(files["checkpoint"], verifier_of(sealed.client("kms"), origin))
    assert checkpoint.size == WRITTEN[log]
    reader = TilesReader(Objects(files))
    reader.get_checkpoint()
    assert reader.calculate_root_hash() == checkpoint.root
    committed = [entry.leaf for path in sorted(files) if path.startswith("seq/") for entry in unpack_batch(files[path])]
    assert len(set(committed)) == WRITTEN[log]
    for index, leaf in enumerate(committed):
        if index % 37 == 0 or index == WRITTEN[log] - 1:
            assert reader.get_entry(index) == leaf
            reader.get_inclusion_proof(index, checkpoint.size).check(_hash(leaf), checkpoint.root)
    assert unpack(files[_last_bundle(WRITTEN[log])])[-1] == committed[-1]


@pytest.mark.parametrize("log", WRITTEN)
def test_our_check_and_the_foreign_judges_pass_what_is_stored(sealed, tmp_path, log):
    origin = _origin(log)
    verifier = verifier_of(sealed.client("kms"), origin)
    report = check_log(S3LogReader(sealed.client("s3"), sealed.bucket("audit"), origin), verifier)
    assert (report.checkpoint.size, report.findings) == (WRITTEN[log], ())
    for path, body in _objects(sealed, origin).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    for judge in ("tlog-scales", "aics-tlog"):
        assert judged(judge, tmp_path, verifier.vkey)["size"] == WRITTEN[log]


def _hash(leaf):
    from tlog_scales.tiles import leaf_hash

    return leaf_hash(leaf)


def _last_bundle(size):
    return f"tile/entries/{size // 256:03}.p/{size % 256}"


def test_every_version_of_every_object_is_locked_and_has_one_version_but_for_checkpoints(sealed):
    s3, bucket = sealed.client("s3"), sealed.bucket("audit")
    listed = s3.list_object_versions(Bucket=bucket, Prefix="auditoria.")
    assert not listed.get("DeleteMarkers")
    keys = [one["Key"] for one in listed["Versions"] if not one["Key"].endswith("/checkpoint")]
    assert keys
    assert len(keys) == len(set(keys))
    for one in listed["Versions"]:
        kept = s3.get_object_retention(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Retention"]
        assert kept["Mode"] == "COMPLIANCE"
    one = listed["Versions"][0]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])


def test_another_sweep_seals_nothing(sealed):
    before = {log: _objects(sealed, _origin(log)) for log in WRITTEN}
    sealed.invoke("seal_audit", {"sweep": "unsealed"})
    assert {log: _objects(sealed, _origin(log)) for log in WRITTEN} == before


def test_the_stream_brings_a_fact_without_any_sweep(sealed):
    """Asked again until it is there, for half a minute: the embedded AWS polls its streams."""
    before = _size(sealed)
    _ledger(sealed).witness([Fact("parked.viewed", operator_ref(), (Value("ator", "ana"),))], "by-stream")
    deadline = time.monotonic() + LOOKS
    while _size(sealed) == before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _size(sealed) == before + 1


def _size(here):
    note = here.client("s3").get_object(Bucket=here.bucket("audit"), Key=f"{_origin(LogClass.ACESSO)}/checkpoint")
    return int(note["Body"].read().split(b"\n")[1])


# The second account. Its roles are enforced as on AWS; which of its roles may read is proved on the template.


@pytest.fixture(scope="module")
def witnessed(sealed):
    return witness(sealed)


def test_the_witness_cosigns_every_log_and_an_authority_stamps_it(sealed, witnessed):
    s3, audit = sealed.client("s3"), sealed.bucket("audit")
    logs = s3.list_objects_v2(Bucket=audit, Prefix="auditoria.")["Contents"]
    count = sum(one["Key"].endswith("/checkpoint") for one in logs)
    assert (witnessed.cosigned, witnessed.stamped, witnessed.broken) == (count, count, ())


def test_every_object_of_the_logs_is_in_the_replica(sealed, witnessed):
    s3, other = sealed.client("s3"), sealed.client("s3", LAPTOP.witness)

    def held(client, bucket):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=sealed.bucket(bucket), Prefix="auditoria.")
        return {one["Key"]: one["ETag"] for page in pages for one in page.get("Contents", [])}

    assert witnessed.copied > 0
    assert held(other, "replica") == held(s3, "audit")


def test_the_witness_s_role_reads_what_is_shown_and_nothing_that_is_sealed(sealed, witnessed):
    assert witnessed.cosigned
    configuration = sealed.client("lambda", LAPTOP.witness).get_function_configuration(
        FunctionName=sealed.function("cosign_audit")
    )
    sts = sealed.client("sts", LAPTOP.witness)
    given = sts.assume_role(RoleArn=configuration["Role"], RoleSessionName="test")["Credentials"]
    s3 = boto3.client(
        "s3",
        endpoint_url=sealed.endpoint,
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    origin, audit = _origin(LogClass.CONTATO), sealed.bucket("audit")
    assert s3.get_object(Bucket=audit, Key=f"{origin}/checkpoint")["Body"].read()
    assert s3.get_object(Bucket=audit, Key=f"{origin}/tile/0/000")["Body"].read()
    for path in ("seq/0000000000000000", "tile/entries/000"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket=audit, Key=f"{origin}/{path}")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=audit, Key=f"{origin}/checkpoint", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=sealed.bucket("replica"), Key="x", Body=b"x")


def test_the_operator_s_account_reads_the_witness_s_book_and_writes_nothing_there(sealed, witnessed):
    assert witnessed.cosigned
    s3, book = sealed.client("s3"), sealed.bucket("witness")
    key = f"{folder_of(_origin(LogClass.CONTATO))}/checkpoint"
    assert s3.get_object(Bucket=book, Key=key)["Body"].read().startswith(_origin(LogClass.CONTATO).encode())
    for bucket in ("witness", "replica"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=sealed.bucket(bucket), Key="x", Body=b"x")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket=sealed.bucket(bucket), Key=key)
