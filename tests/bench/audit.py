"""The sealed log measured: whole deliveries with the SDK's own cost, and a log of a million entries on disk.

The SDK is real up to the wire: it serialises, signs and parses; only HTTP itself is answered here, from memory.
ENTRIES= scales the log on disk (default 1,000,000, some 1.5 GB in the temporary folder while it is measured).
"""

import json
import os
import random
import resource
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from emdia import doors
from emdia.audit.batch import pack_batch
from emdia.audit.checkpoint import Checkpoint
from emdia.audit.fsck import check_log
from emdia.audit.leaf import make_leaf, seal_opening
from emdia.audit.note import ED25519, Verifier, signed, spki_of_public
from emdia.audit.ports import LogEntry, LogName
from emdia.audit.prove import Prover
from emdia.audit.sequencer import Sequencer
from emdia.audit.tiles import Edge, commit_path
from emdia.aws.journal import entry_of, fact_address
from emdia.aws.keyring import DataKey
from emdia.aws.log_keys import KmsLogKeys
from emdia.aws.logs import AwsLogs, alias_of
from emdia.cli.log_folder import LogFolder
from emdia.clock import UtcClock, instant
from emdia.facts import LogClass
from emdia.workflows.seal_audit import Deps, seal_written
from infra.bundle import ROOT
from tests.fakes.house import ANS, AUDIT, JOURNAL, CountingMeter, SeededRandomness
from tests.functions.stream import stream

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
FLUSHES = 1_000  # batches of the log on disk, at random places
NAME = LogName(ANS, LogClass.CONTATO, 2026)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VALUES = [("titular", "Maria Quitéria"), ("canal", "email"), ("regra", "R-1"), ("degrau", "D+3"), ("valor", 12_345)]


class Raw:
    """What botocore takes for an HTTP body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.body

    def read(self, *_: object) -> bytes:
        body, self.body = self.body, b""
        return body


@dataclass
class Wire:
    """Answers requests where HTTP would begin. Knows what sealing asks, conditions of S3's writes included."""

    objects: dict[str, bytes] = field(default_factory=dict)
    head: dict[str, Any] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def client(self, service: str) -> Any:
        from emdia.aws.clients import client

        made = client(service)
        made.meta.events.register("before-send", self.answer)
        return made

    def answer(self, request: Any, **_: object) -> AWSResponse:
        target = request.headers.get("X-Amz-Target", b"")
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        status, headers, body = self._tables(operation, request.body) if operation else self._bucket(request)
        self.asked[operation or f"S3 {request.method}"] += 1
        headers |= {"content-length": str(len(body))}
        return AWSResponse(request.url, status, headers, Raw(body))

    def _tables(self, operation: str, sent: bytes) -> tuple[int, dict[str, str], bytes]:
        told: dict[str, Any] = {}
        if operation == "BatchGetItem":
            told = {"Responses": {JOURNAL: []}, "UnprocessedKeys": {}}
        elif operation == "BatchWriteItem":
            told = {"UnprocessedItems": {}}
        elif operation == "GetItem":
            told = {"Item": self.head} if self.head else {}
        elif operation == "PutItem":
            self.head = json.loads(sent)["Item"]
        elif operation == "Sign":
            told = {"Signature": b64encode(KEY.sign(b64decode(json.loads(sent)["Message"]))).decode()}
        elif operation == "GetPublicKey":
            wanted = json.loads(sent)["KeyId"]
            if wanted != alias_of("test", NAME):  # the shard after it, of a log that was never damaged
                return 400, {"x-amzn-errortype": "NotFoundException"}, b'{"__type": "NotFoundException"}'
            public = b64encode(spki_of_public(KEY.public_key().public_bytes_raw())).decode()
            told = {"KeyId": wanted, "PublicKey": public}
        else:
            raise AssertionError(operation)
        return 200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(told).encode()

    def _bucket(self, request: Any) -> tuple[int, dict[str, str], bytes]:
        path = urlsplit(request.url).path
        found = self.objects.get(path)
        if request.method == "GET":
            if found is None:
                return 404, {}, b"<Error><Code>NoSuchKey</Code></Error>"
            return 200, {"etag": _tag(found)}, found
        refused = "If-None-Match" in request.headers and found is not None
        if refused or ("If-Match" in request.headers and _header(request, "If-Match") != _tag(found or b"")):
            return 412, {}, b"<Error><Code>PreconditionFailed</Code></Error>"
        body = request.body if isinstance(request.body, bytes) else request.body.read()
        if "aws-chunked" in str(request.headers.get("Content-Encoding", "")):
            body = _unchunked(body)
        self.objects[path] = body
        return 200, {"etag": _tag(body)}, b""


def _unchunked(sent: bytes) -> bytes:
    """A body that travels in chunks with its checksum behind them."""
    parts, at = [], 0
    while size := int(sent[at : sent.index(b"\r\n", at)], 16):
        at = sent.index(b"\r\n", at) + 2
        parts.append(sent[at : at + size])
        at += size + 2
    return b"".join(parts)


def _header(request: Any, name: str) -> str:
    value = request.headers[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def _tag(body: bytes) -> str:
    return f'"{md5(body, usedforsecurity=False).hexdigest()}"'


def rows(count: int, first: int) -> list[dict[str, Any]]:
    """Rows of the journal as `Ledger.commit` writes them: five values of one person, sealed."""
    randomness, key, made = SeededRandomness(first), DataKey.of("a" * 16, bytes(32)), []
    ts = instant(UtcClock().now()).replace(str(UtcClock().now().year), str(NAME.year), 1)
    for nth in range(first, first + count):
        fact = sha256(b"%d" % nth).hexdigest()[:32]
        leaf = make_leaf(fact, "outreach.queued", ts, VALUES, randomness)
        opening = seal_opening(fact, [(key, leaf.disclosures)], randomness)
        told = {"command": "take:" + fact, "kind": "outreach.queued", "class": NAME.log.value, "ts": ts}
        row = {**fact_address(ANS, fact), "leaf": {"B": leaf.body}, "op": {"S": opening}, "ttl": {"N": "1800000000"}}
        made.append(row | {name: {"S": value} for name, value in told.items()} | {"about": {"S": "C#1|CASE"}})
    return made


def deliveries(batch: int, times: int) -> tuple[float, Counter[str]]:
    """Facts a CPU second, and requests, of `times` deliveries of `batch` facts by a warm worker."""
    os.environ |= {"AWS_DEFAULT_REGION": "sa-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    wire = Wire()
    logs = AwsLogs(wire.client("s3"), wire.client("dynamodb"), AUDIT, JOURNAL, "test", UtcClock(), 1)
    hands: dict[LogName, Sequencer] = {}
    deps = Deps(logs, KmsLogKeys(wire.client("kms"), "test"), _Nothing(), entry_of, hands, CountingMeter())
    payloads = [json.dumps(stream(rows(batch, nth * batch))) for nth in range(times + 1)]

    def deliver(payload: str) -> None:
        told = doors.streamed(json.loads(payload), "E", lambda written, tampered: seal_written(written, tampered, deps))
        assert told == {"batchItemFailures": []}

    deliver(payloads[0])
    wire.asked.clear()
    start = time.process_time()
    for payload in payloads[1:]:
        deliver(payload)
    took = time.process_time() - start
    assert json.loads(json.dumps(wire.head))["n"]["N"] == str(batch * (times + 1))
    return batch * times / took, wire.asked


class _Nothing:
    def pages(self) -> Iterator[Sequence[Any]]:
        return iter(())


def lay_out(folder: Path, size: int) -> Verifier:
    """A log of `size` entries as files, written in a thousand batches; entries are true to size, not to content."""
    chance, edge, at = random.Random(7), Edge(), 0
    log = Verifier("auditoria.emdia-test/123456/contato/2026", ED25519, KEY.public_key().public_bytes_raw())
    pattern = rows(1, 0)[0]
    leaf, opening = bytes(pattern["leaf"]["B"]), pattern["op"]["S"].encode()
    was = pattern["pk"]["S"].rsplit("#", 1)[1].encode()
    for end in sorted({*chance.sample(range(1, size), min(FLUSHES, size) - 1), size}):
        ids = [b"%032x" % nth for nth in range(at, end)]
        entries = [LogEntry("", leaf.replace(was, one), opening.replace(was, one)) for one in ids]
        grown, files = edge.append([entry.leaf for entry in entries])
        files[commit_path(at)] = pack_batch(entries)
        for path, body in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        edge, at = grown, end
    text = Checkpoint(log.name, size, edge.root).text
    (folder / "checkpoint").write_bytes(signed(text, (log, KEY.sign(text.encode()))).encode())
    return log


@dataclass
class Counted:
    """A reader that counts its reads."""

    reader: LogFolder
    reads: int = 0

    def read(self, path: str) -> bytes | None:
        self.reads += 1
        return self.reader.read(path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)


@dataclass(frozen=True)
class OnDisk:
    """CPU seconds and peak MB of a check in a process of its own; reads and milliseconds of a proof."""

    seconds: float
    megabytes: int
    reads: int
    milliseconds: float


def on_disk(size: int) -> OnDisk:
    """Lays out a log, checks it, proves a hundred of its entries, takes it away."""
    import subprocess

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = lay_out(folder, size)
        env = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/domain/python'}"}
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.audit", name, log.vkey],
            env=env, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds, megabytes = json.loads(told.stdout)
        reads, start = 0, time.process_time()
        for index in range(0, size, size // 100):
            counted = Counted(LogFolder(folder))
            Prover(counted, log).entry(index)
            reads = max(reads, counted.reads)
        return OnDisk(seconds, megabytes, reads, (time.process_time() - start) * 10)


def _check(folder: str, key: str) -> None:
    from emdia.audit.note import parse_vkey

    start = time.process_time()
    report = check_log(LogFolder(Path(folder)), parse_vkey(key))
    assert report.checkpoint is not None
    assert not report.findings, report.findings[:3]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps([time.process_time() - start, peak]))  # noqa: T201  read by `on_disk`


if __name__ == "__main__":
    _check(*sys.argv[1:])
