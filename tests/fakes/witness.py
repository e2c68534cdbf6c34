"""Two accounts in memory: a house whose logs are sealed, and the witness that looks at them."""

import json
from dataclasses import dataclass, field

from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.note import COSIGNATURE, Verifier, check, parse_note
from emdia.audit.stamp import Stamp, stamped_bytes
from emdia.audit.tiles import CHECKPOINT, Edge
from emdia.audit.witness import folder_of
from emdia.aws.logs import KmsSigner
from emdia.aws.witness import S3AuditedLogs, S3WitnessBook, trust
from emdia.workflows import cosign_audit, stamp_audit
from tests.fakes.faults import Faults
from tests.fakes.house import AUDIT, STAGE, CountingMeter, House
from tests.fakes.kms import MemoryKms
from tests.fakes.s3 import MemoryBuckets, MemoryS3
from tests.fakes.sealed_log import SealedLog
from tests.fakes.secrets import MemorySecrets

WITNESS, WITNESS_KEY = "emdia-test-witness", "arn:aws:kms:test:witness-key"
NAME = f"testemunha.emdia-{STAGE}"


@dataclass
class PaperAuthority:
    """Stamps with a sentence. `trouble` is raised instead while it is set."""

    asked: int = 0
    trouble: Exception | None = None

    def stamp(self, data: bytes) -> Stamp:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return Stamp(b"stamp %d of " % self.asked + data, b"roots", None)  # type: ignore[arg-type]


@dataclass
class WitnessHouse:
    """The second account. It shares the first one's clock, and has faults of its own."""

    house: House = field(default_factory=House)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.log = SealedLog(self.house)
        self.own = MemoryS3(self.faults, WITNESS, WITNESS)
        self.audited = MemoryS3(self.faults, AUDIT, versions=self.house.s3.versions)
        self.s3 = MemoryBuckets({WITNESS: self.own, AUDIT: self.audited})
        self.kms = MemoryKms(self.faults, "", WITNESS_KEY)
        self.secretsmanager = MemorySecrets(self.faults)
        self.tell(log_keys=[self.log.verifier.vkey])
        self.authority = PaperAuthority()
        self.meter = CountingMeter()

    def tell(self, **told: object) -> None:
        """What the witness's people tell it."""
        self.secretsmanager.values[f"emdia/{STAGE}/witness"] = json.dumps(told)

    @property
    def book(self) -> S3WitnessBook:
        return S3WitnessBook(self.s3, WITNESS, self.house.clock)

    def look(self) -> None:
        """One run of cosign_audit, by a worker that remembers nothing."""
        cosign_audit.cosign_audit(
            cosign_audit.Deps(
                logs=S3AuditedLogs(self.s3, AUDIT, STAGE),
                book=self.book,
                trusted=lambda: trust(self.secretsmanager, STAGE).log_keys,
                signer=KmsSigner(self.kms, WITNESS_KEY),
                name=NAME,
                clock=self.house.clock,
                meter=self.meter,
            )
        )

    def stamp(self) -> None:
        """One run of stamp_audit."""
        stamp_audit.stamp_audit(stamp_audit.Deps(self.book, lambda: self.authority, self.house.clock, self.meter))

    @property
    def verifier(self) -> Verifier:
        return Verifier(NAME, COSIGNATURE, KmsSigner(self.kms, WITNESS_KEY).public)

    def kept(self, origin: str = "") -> dict[str, bytes]:
        """What the witness keeps of a log, by path."""
        return self.own.current(folder_of(origin or self.log.origin))

    def cosigned(self) -> list[Checkpoint]:
        """Every checkpoint it ever cosigned, oldest first, both signatures checked."""
        versions = self.own.versions.get(f"{folder_of(self.log.origin)}/{CHECKPOINT}", [])
        for version in versions:
            assert check(parse_note(version.body), self.verifier) > 1_700_000_000
        return [open_checkpoint(version.body, self.log.verifier) for version in versions]

    def refused(self) -> dict[str, int]:
        """Refusals that rang, by reason."""
        counted = self.meter.counted.items()
        return {dict(told)["reason"]: count for (name, told), count in counted if name == "CheckpointRefused"}

    def evidence(self) -> dict[str, bytes]:
        """What was locked away with refusals, by the name within its folder."""
        return {path.split("/", 2)[2]: body for path, body in self.kept().items() if path.startswith("refused/")}

    def stamped(self) -> dict[str, bytes]:
        """Tokens by day, each checked to be of the checkpoint beside it."""
        kept, found = self.kept(), {}
        for path, body in kept.items():
            if path.endswith("carimbo.tsr"):
                day = path.split("/")[1]
                assert body.endswith(b" of " + stamped_bytes(kept[f"stamped/{day}/{CHECKPOINT}"]))
                found[day] = body
        return found

    # What somebody with the log's own key can do.

    def fork(self, leaves: list[bytes]) -> None:
        """Another history of the same log, complete and signed with its key, in place of the true one."""
        edge, files = Edge().append(leaves)
        for path, body in files.items():
            self.house.s3.force(self.log.key(path), body)
        self.publish(edge.size, edge.root)

    def publish(self, size: int, root: bytes) -> None:
        """A checkpoint that the log's key signs, whatever it says."""
        text = Checkpoint(self.log.origin, size, root).text
        raw = self.house.signer.sign(text.encode())
        from emdia.audit.note import signed

        self.house.s3.force(self.log.key(CHECKPOINT), signed(text, (self.log.verifier, raw)).encode())
