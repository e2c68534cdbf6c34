"""The two worlds a contract must hold in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.validate import ParamValidator
from moto import mock_aws

from emdia.aws.clients import client, send_client
from tests.fakes.faults import Faults
from tests.fakes.house import AUDIT, DOCUMENTS, JOURNAL, KEYS, LEDGER, House

REGION = "sa-east-1"


class Faulty:
    """A real client whose calls are counted and failed by `faults`, as the fakes' are.

    It checks every request against the service's model, for the client itself is told not to.
    """

    def __init__(self, service: str, real: Any, faults: Faults) -> None:
        self.service, self.real, self.faults = service, real, faults
        self.before_write: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = self.real.meta.method_to_api_mapping[name]

        shape = self.real.meta.service_model.operation_model(operation).input_shape

        def call(**request: Any) -> Any:
            report = ParamValidator().validate(request, shape)
            assert not report.has_errors(), report.generate_report()
            if operation in ("TransactWriteItems", "PutItem") and self.before_write is not None:
                other, self.before_write = self.before_write, None
                other()
            return self.faults.around(self.service, operation, lambda: getattr(self.real, name)(**request))

        return call

    def stored(self, table: str) -> list[dict[str, Any]]:
        return self.real.scan(TableName=table)["Items"]

    def settle(self) -> None:
        """moto's indexes never lag."""


class MotoHouse(House):
    """The same house over moto."""

    def __post_init__(self) -> None:
        super().__post_init__()
        dynamodb, sqs, kms = client("dynamodb"), client("sqs"), client("kms")
        for table in (LEDGER, JOURNAL, KEYS):
            create_table(dynamodb, table, indexed=table == LEDGER)
        self.cmk = kms.create_key()["KeyMetadata"]["Arn"]
        self.dynamodb = Faulty("dynamodb", dynamodb, self.faults)
        self.kms = Faulty("kms", kms, self.faults)
        self.sqs = Faulty("sqs", sqs, self.faults)
        self.secretsmanager = Faulty("secretsmanager", client("secretsmanager"), self.faults)
        s3 = client("s3")
        here = {"LocationConstraint": REGION}
        for bucket in (AUDIT, DOCUMENTS):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here, ObjectLockEnabledForBucket=True)
        self.s3 = Faulty("s3", s3, self.faults)
        self.ses = Faulty("ses", send_client("sesv2"), self.faults)
        self.restart()


def create_table(dynamodb: Any, name: str, *, indexed: bool) -> None:
    """As infra/state_stack.py makes it."""
    keys = ["pk", "sk"] + (["agenda_pk", "agenda_at"] if indexed else [])
    agenda = {
        "IndexName": "agenda",
        "KeySchema": [_key("agenda_pk", "HASH"), _key("agenda_at", "RANGE")],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["person"]},
    }
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[_key("pk", "HASH"), _key("sk", "RANGE")],
        **({"GlobalSecondaryIndexes": [agenda]} if indexed else {}),
    )


def _key(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


@pytest.fixture(params=["memory", "moto"])
def house(request, monkeypatch) -> Iterator[House]:
    if request.param == "memory":
        yield House()
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield MotoHouse()
