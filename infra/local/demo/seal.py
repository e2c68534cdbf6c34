"""The sealed logs at the end of the demo: what the stream left is swept, then every log is checked from outside.

The check is a program of its own, `python -m infra.local.demo.seal BUCKET`: it takes a core for many seconds, in which
the demo judges everything else.
"""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, Verifier, public_of_spki
from emdia.audit.witness import log_of
from emdia.aws.clients import client
from emdia.aws.log_reader import S3LogReader
from emdia.aws.logs import alias_of
from emdia.settings import LOCAL
from infra.local.cloud import Cloud
from infra.local.demo.register import run_module


@dataclass(frozen=True, slots=True)
class Sealed:
    """`facts` in all `logs` together, by their signed checkpoints; `broken`: objects that do not hold."""

    facts: int
    logs: int
    broken: tuple[str, ...]


def verifier_of(kms: Any, origin: str) -> Verifier:
    """A log's key as KMS publishes it."""
    key = kms.get_public_key(KeyId=alias_of(LOCAL, log_of(origin)))
    return Verifier(origin, ED25519, public_of_spki(key["PublicKey"]))


def seal_rest(here: Cloud) -> None:
    """As every night: what lacks its key is opened, then what waits is sealed."""
    here.invoke("open_log", {"sweep": "logs"})
    here.invoke("seal_audit", {"sweep": "unsealed"})


def check_logs(here: Cloud) -> Sealed:
    """Check every object of every log against its checkpoint and the key as KMS publishes it.

    Raises CommandFailedError.
    """
    told = json.loads(run_module(here, "infra.local.demo.seal", here.bucket("audit")))
    return Sealed(told["facts"], told["logs"], tuple(told["broken"]))


def _checked(bucket: str) -> Sealed:
    s3, kms = client("s3"), client("kms")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="auditoria.")
    keys = (str(one["Key"]) for page in pages for one in page.get("Contents", []))
    origins = sorted(key.removesuffix("/checkpoint") for key in keys if key.endswith("/checkpoint"))
    facts, broken = 0, []
    for origin in origins:
        report = check_log(S3LogReader(s3, bucket, origin), verifier_of(kms, origin))
        facts += report.checkpoint.size if report.checkpoint else 0
        broken += [f"{origin}/{finding.path}: {finding.wrong}" for finding in report.findings]
    return Sealed(facts, len(origins), tuple(broken))


if __name__ == "__main__":
    print(json.dumps(asdict(_checked(sys.argv[1]))))
