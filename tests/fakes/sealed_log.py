"""SealedLog: one log over the in-memory house, its facts, its workers, and a judgement on the whole of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tlog_scales.reader import TilesReader

from emdia.audit.batch import id_of
from emdia.audit.checkpoint import Checkpoint, open_checkpoint
from emdia.audit.leaf import make_leaf
from emdia.audit.note import ED25519, Verifier
from emdia.audit.ports import Head, LogEntry, LogName
from emdia.audit.sequencer import Sequencer
from emdia.audit.tiles import Tree, unpack
from emdia.audit.tree import check_consistency, consistency_proof
from emdia.aws.journal import fact_address
from emdia.aws.log_reader import S3LogReader
from emdia.clock import instant
from emdia.facts import LogClass
from tests.fakes.house import ANS, JOURNAL, House

NAME = LogName(ANS, LogClass.CONTATO, 2026)


@dataclass
class Objects:
    """A log's current objects as a foreign reader asks for them."""

    files: dict[str, bytes]

    def get(self, *path: str) -> bytes | None:
        return self.files.get("/".join(path))


@dataclass
class Shelf:
    """A log's objects as whoever checks it reads them (audit.ports.LogReader), to be tampered with."""

    files: dict[str, bytes]
    older: dict[str, bytes] = field(default_factory=dict)  # versions of the checkpoint, by name
    reads: list[str] = field(default_factory=list)

    def read(self, path: str) -> bytes | None:
        self.reads.append(path)
        return self.files.get(path)

    def names(self, prefix: str, after: str = "") -> Iterator[str]:
        return iter([path for path in sorted(self.files) if path.startswith(prefix) and path > after])

    def rewritten(self) -> Iterator[str]:
        return iter(())

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        yield from self.older.items()
        if "checkpoint" in self.files:
            yield "checkpoint", self.files["checkpoint"]


@dataclass
class SealedLog:
    house: House = field(default_factory=House)
    name: LogName = NAME
    made: int = 0

    @property
    def origin(self) -> str:
        return self.house.logs.origin(self.name)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.origin, ED25519, self.house.signer.public)

    def worker(self) -> Sequencer:
        logs = self.house.logs
        return Sequencer(self.origin, logs.store(self.name), logs.head(self.name), self.house.signer)

    def facts(self, count: int) -> list[LogEntry]:
        """Facts whose rows are in the journal and whose seal is not."""
        made = []
        for _ in range(count):
            self.made += 1
            fact = f"{self.made:032x}"
            ts = instant(self.house.clock.now())
            leaf = make_leaf(fact, "outreach.queued", ts, [("canal", "email")], self.house.randomness).body
            opening = b'{"id":"%s","op":[]}' % fact.encode()
            row = {
                **fact_address(ANS, fact),
                "leaf": {"B": leaf},
                "op": {"S": opening.decode()},
                "class": {"S": self.name.log.value},
                "ts": {"S": ts},
            }
            self.table.setdefault(row["pk"]["S"], {})["E"] = row
            made.append(LogEntry(fact, leaf, opening))
        return made

    @property
    def table(self) -> dict[str, dict[str, dict]]:
        return self.house.dynamodb.tables[JOURNAL].items

    @property
    def head(self) -> dict[str, dict]:
        """The head's row, to be looked at and tampered with."""
        return self.table[f"{ANS}#LOG#{self.name.log.value}#{self.name.year}"]

    def key(self, path: str) -> str:
        return f"{self.origin}/{path}"

    def mark_of(self, fact: str) -> int:
        return int(self.table[f"{ANS}#EVT#{fact}"]["R"]["idx"]["N"])

    def objects(self) -> dict[str, bytes]:
        return self.house.s3.current(self.origin)

    def reader(self) -> S3LogReader:
        return self.house.logs.reader(self.name)

    def lay_out(self, folder: Path) -> Path:
        """The current objects as files below `folder`, as an export of the log has them."""
        for path, body in self.objects().items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        return folder

    def checkpoints(self) -> list[Checkpoint]:
        """Every version ever published, oldest first, its signature checked."""
        versions = self.house.s3.versions.get(self.key("checkpoint"), [])
        return [open_checkpoint(version.body, self.verifier) for version in versions]

    def judge(self, facts: list[LogEntry]) -> None:
        """The log holds exactly these facts, each once, and never contradicted itself."""
        files, checkpoints = self.objects(), self.checkpoints()
        last = checkpoints[-1]
        reader = TilesReader(Objects(files))
        assert reader.get_checkpoint().size == last.size == len(facts)
        assert reader.calculate_root_hash() == last.root
        widths = [min(256, last.size - start) for start in range(0, last.size, 256)]
        bundles = [
            files[f"tile/entries/{nth:03}" + ("" if width == 256 else f".p/{width}")]
            for nth, width in enumerate(widths)
        ]
        leaves = [leaf for bundle in bundles for leaf in unpack(bundle)]
        indexes = {id_of(leaf): index for index, leaf in enumerate(leaves)}
        assert len(indexes) == len(leaves)
        assert {fact.id: fact.leaf for fact in facts} == {id_of(leaf): leaf for leaf in leaves}
        assert indexes == {fact.id: self.mark_of(fact.id) for fact in facts}
        node = Tree(last.size, files.__getitem__).node
        for old, new in pairwise([*checkpoints, last]):
            assert old.size <= new.size
            proof = consistency_proof(node, old.size, last.size)
            check_consistency(old.size, last.size, old.root, last.root, proof)
        assert self.house.logs.head(self.name).read() == Head(last.size, last.root, last.size)
        for key, versions in self.house.s3.versions.items():
            assert key.endswith("/checkpoint") or len(versions) == 1, f"{key} was written twice"
            assert all(version.until is not None and version.until.year == 2031 for version in versions)
