"""`make restore STAGE= AT= NAME=`: a ledger as it was at a moment, as a table of its own, guarded like the first.

docs/restore.md tells the whole of it; nothing here touches the table that is in use.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.deploy import NotReadyError, account
from infra.stages import REGION

_POLL = 10.0  # seconds; a restore takes from ten minutes to hours


def restore(dynamodb: Any, stage: str, at: datetime, name: str) -> str:
    """Start restoring `emdia-<stage>-ledger` as of `at` (UTC) into `emdia-<stage>-ledger-<name>`; that table's name."""
    table = f"emdia-{stage}-ledger"
    key = dynamodb.describe_table(TableName=table)["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    target = f"{table}-{name}"
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=table,
        TargetTableName=target,
        RestoreDateTime=at,
        # Else it would be encrypted under a key of AWS.
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    return target


def settle(dynamodb: Any, table: str, pause: Callable[[float], object] = time.sleep) -> None:
    """Wait for the restored `table` and its index, then guard it: a restore brings neither recovery nor expiry."""
    while not _ready(dynamodb.describe_table(TableName=table)["Table"]):
        pause(_POLL)
    # While the table is still: what follows puts it in a state in which nothing else of it can be changed.
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def _ready(table: Any) -> bool:
    indexes = table.get("GlobalSecondaryIndexes", [])
    return table["TableStatus"] == "ACTIVE" and all(index["IndexStatus"] == "ACTIVE" for index in indexes)


def main() -> int:
    """Exit codes: 0 restored and guarded; 1 when something has to be put right first."""
    parser = argparse.ArgumentParser(prog="python -m infra.restore", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--at", required=True, help="2026-11-25T12:00:00Z")
    parser.add_argument("--name", required=True, help="letters, digits and hyphens, e.g. the day")
    asked = parser.parse_args()
    session = boto3.Session(region_name=REGION)
    try:
        whose = account(session.client("sts"))
    except NotReadyError as reason:
        print(f"not ready: {reason}", file=sys.stderr)
        return 1
    at = datetime.fromisoformat(asked.at)
    if at.tzinfo is None:
        parser.error("--at needs its clock: 2026-11-25T12:00:00Z")
    at = at.astimezone(UTC)
    dynamodb = session.client("dynamodb")
    table = restore(dynamodb, asked.stage, at, asked.name)
    print(f"account {whose.id}: restoring {table} as of {at:%Y-%m-%d %H:%M:%S} UTC; this takes a while", flush=True)
    settle(dynamodb, table)
    print(f'ready. Next: {{"{asked.stage}": {{"ledger": "{table}"}}}} in cdk.context.json, then make deploy')
    return 0


if __name__ == "__main__":
    sys.exit(main())
