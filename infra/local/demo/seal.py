"""The sealed logs at the end of the demo: what the stream left is swept, then every log is checked from outside."""

from dataclasses import dataclass
from functools import partial

from emdia.audit.fsck import check_log
from emdia.audit.note import ED25519, Verifier, public_of_spki
from infra.local.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Sealed:
    """`facts` in all `logs` together, by their signed checkpoints; `broken`: objects that do not hold."""

    facts: int
    logs: int
    broken: tuple[str, ...]


def seal_and_check(here: Cloud) -> Sealed:
    """Sweep, then check every object of every log against its checkpoint and the key as KMS publishes it."""
    here.invoke("seal_audit", {"sweep": "unsealed"})
    s3, bucket = here.client("s3"), here.bucket("audit")
    public = public_of_spki(here.client("kms").get_public_key(KeyId="alias/emdia-local-log")["PublicKey"])
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="auditoria.")
    keys = {one["Key"] for page in pages for one in page.get("Contents", [])}
    facts, broken = 0, []
    origins = sorted(key.removesuffix("/checkpoint") for key in keys if key.endswith("/checkpoint"))

    def read(origin: str, path: str) -> bytes | None:
        key = f"{origin}/{path}"
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) if key in keys else None

    for origin in origins:
        report = check_log(partial(read, origin), Verifier(origin, ED25519, public))
        facts += report.checkpoint.size if report.checkpoint else 0
        broken += [f"{origin}/{finding.path}: {finding.wrong}" for finding in report.findings]
    return Sealed(facts, len(origins), tuple(broken))
