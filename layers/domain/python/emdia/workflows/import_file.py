"""A portfolio comes by file: every good row becomes the ERP event it stands for, every other is told with its reason.

The rows go through the signed door's own validation into its own inbox, under the client whose folder the file lies
in. What is done with is kept every `CHUNK` rows, so that a worker that ends, however it ends, is followed by one that
goes on; a row that is taken twice is the same event twice, and changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from emdia.errors import LostRace, Rejected, TryLater
from emdia.facts import Fact, Value
from emdia.portfolio.imports import Import, ImportStatus, Place
from emdia.ports import Act, Clock, IntakeFiles, Ledger, Ledgers, Meter, Pseudonyms, Put, Queue, Secrets
from emdia.providers.columns import Kind, Row, Table, column_of, read_row
from emdia.providers.erp_call import Entry, read_events
from emdia.providers.intake_events import PARTS, RESULTS, Dropped
from emdia.providers.refusals import heading, refusal
from emdia.providers.remote import opened
from emdia.providers.tables import read_rows
from emdia.state import import_ref
from emdia.workflows.acts import command
from emdia.workflows.receive_erp_event import Deps as ReceiveDeps
from emdia.workflows.receive_erp_event import keep_events

CHUNK = 2_000  # rows between two places that are kept
GROUP = 100  # rows kept together in the inbox, as of one call
PATIENCE_SECONDS = 200.0  # of one worker's five minutes: what follows is a chunk and the joining of results
REST_SECONDS = 60  # after a store said "later"


@dataclass(frozen=True, slots=True)
class Deps:
    """What importing needs. `say` tells a reason in Portuguese; `receiving` is what the signed door works with."""

    files: IntakeFiles
    secrets: Secrets
    ledgers: Ledgers
    pseudonyms: Pseudonyms
    imports: Queue
    clock: Clock
    meter: Meter
    stopwatch: Callable[[], float]
    say: Callable[[Rejected], str]
    receiving: ReceiveDeps


@dataclass(slots=True)
class _Chunk:
    """What one chunk came to: refused rows as lines of the result, by kind.

    `over`: nothing follows; `why`: because of this.
    """

    place: Place
    accepted: int = 0
    refused: int = 0
    lines: dict[Kind, list[str]] = field(default_factory=dict)
    over: bool = False
    why: Rejected | None = None


def import_file(file: Dropped, deps: Deps) -> None:
    """Take in one version of a file, or go on with it; what is left after this worker's time is queued again.

    Raises Rejected `client-unknown`, `file-absent`; LostRace when another worker went on with it; TryLater when
    nothing could be done.
    """
    ledger, held = held_import(file, deps)
    job = held or _begun(file, ledger, deps)
    if job.status is not ImportStatus.RUNNING:
        return
    first, began = job.place, deps.stopwatch()
    stored = opened(lambda start, length: deps.files.read(file.key, file.version, start, length), job.size)
    rows = read_rows(stored, job.size, job.place)
    try:
        while job.status is ImportStatus.RUNNING:
            if deps.stopwatch() - began > PATIENCE_SECONDS:
                deps.imports.send([file.told()])
                return
            job = _advance(job, _take(rows, job, ledger, deps), file, ledger, deps)
    except LostRace:
        raise
    except TryLater:
        if job.place == first:
            raise
        # What was reached is kept: a message of its own goes on from there, without using up this one's deliveries.
        deps.imports.send([file.told()], REST_SECONDS)


def held_import(file: Dropped, deps: Deps) -> tuple[Ledger, Import | None]:
    """The ledger of the operator whose client's folder the file lies in, and how far the file is."""
    client = deps.secrets.erp_client(file.client)
    if client is None:
        raise Rejected("client-unknown", "/client")
    ledger = deps.ledgers.of(client.ans)
    ref = import_ref(deps.pseudonyms.of(client.ans, "import", f"{file.key}|{file.version}"))
    held = ledger.get([ref]).get(ref)
    return ledger, held if isinstance(held, Import) else None


def result_key(file: Dropped, kind: Kind) -> str:
    """Where the refused rows of a file are told, version by version."""
    return f"{RESULTS}/{file.client}/{file.name}.{kind}.csv"


def _begun(file: Dropped, ledger: Ledger, deps: Deps) -> Import:
    name = deps.pseudonyms.of(ledger.ans, "import", f"{file.key}|{file.version}")
    job = Import(
        id=name,
        client=file.client,
        status=ImportStatus.RUNNING,
        began_at=deps.clock.now(),
        size=deps.files.size(file.key, file.version),
    )
    values = (Value("cliente", file.client), Value("arquivo", file.name), Value("bytes", job.size))
    return _committed(job, Fact("import.began", job.ref, values), ledger)


def _take(rows: Iterator[tuple[Row, Place]], job: Import, ledger: Ledger, deps: Deps) -> _Chunk:
    """Read a chunk of rows and keep the good ones."""
    done = _Chunk(job.place)
    last = Kind.CONTRACTS
    group: list[Row] = []
    read = 0
    try:
        for row, place in islice(rows, CHUNK):
            read += 1
            group.append(row)
            done.place, last = place, row.table.kind
            if len(group) == GROUP:
                _keep(group, job, done, ledger, deps)
                group = []
        done.over = read < CHUNK
    except Rejected as why:
        done.over, done.why = True, why
    _keep(group, job, done, ledger, deps)
    if done.why is not None:
        _tell(Row(int(done.why.params.get("row", 0)), Table(last, ()), ()), done.why, done, deps)
    return done


def _keep(group: Sequence[Row], job: Import, done: _Chunk, ledger: Ledger, deps: Deps) -> None:
    now = deps.clock.now()
    told: list[tuple[Row, object]] = []
    for row in group:
        try:
            told.append((row, read_row(row, ledger.ans)))
        except Rejected as why:
            _refuse(row, why, done, deps)
    good: list[tuple[Row, Entry]] = []
    entries = read_events([event for _, event in told], ledger.ans, deps.pseudonyms, now)
    for (row, _), entry in zip(told, entries, strict=True):
        if entry.why is None:
            good.append((row, entry))
        else:
            _refuse(row, Rejected(entry.why.code, column_of(row, entry.why.pointer), **entry.why.params), done, deps)
    if not good:
        return
    kept = [replace(entry, index=place) for place, (_, entry) in enumerate(good)]
    receipt = keep_events(job.client, kept, ledger, deps.receiving, now)
    done.accepted += len(receipt.accepted)
    for one in receipt.refused:
        row = good[one.index][0]
        pointer = one.why.pointer.removeprefix(f"/events/{one.index}")
        _refuse(row, Rejected(one.why.code, column_of(row, pointer), **one.why.params), done, deps)


def _refuse(row: Row, why: Rejected, done: _Chunk, deps: Deps) -> None:
    done.refused += 1
    _tell(row, why, done, deps)


def _tell(row: Row, why: Rejected, done: _Chunk, deps: Deps) -> None:
    done.lines.setdefault(row.table.kind, []).append(refusal(row, why, deps.say(why)))


def _advance(job: Import, done: _Chunk, file: Dropped, ledger: Ledger, deps: Deps) -> Import:
    """Refused rows first, then how far we are: who follows a worker that ended between the two writes the same."""
    parts = []
    for table, lines in done.lines.items():
        name = f"{table}-{job.sheet}-{job.row}"
        deps.files.write(_part_key(job, name), "".join(lines).encode())
        parts.append(name)
    status = ImportStatus.RUNNING
    if done.over:
        status = ImportStatus.DONE if done.why is None else ImportStatus.REFUSED
    moved = replace(
        job,
        status=status,
        sheet=done.place.sheet,
        row=done.place.row,
        offset=done.place.offset,
        accepted=job.accepted + done.accepted,
        refused=job.refused + done.refused,
        reason=done.why.code if done.why else "",
        parts=(*job.parts, *parts),
    )
    if done.over:
        _publish(moved, file, deps)
    counts = (Value("aceitas", moved.accepted), Value("recusadas", moved.refused), Value("linha", moved.row))
    kind = "import.ended" if done.over else "import.advanced"
    values = (*counts, Value("regra", moved.reason)) if moved.reason else counts
    deps.meter.count("ImportRowAccepted", done.accepted)
    deps.meter.count("ImportRowRefused", done.refused)
    return _committed(moved, Fact(kind, moved.ref, values), ledger)


def _publish(job: Import, file: Dropped, deps: Deps) -> None:
    """One result for each kind that has refused rows."""
    for kind in Kind:
        names = [_part_key(job, name) for name in job.parts if name.startswith(f"{kind}-")]
        if names:
            deps.files.join(names, heading(kind).encode(), result_key(file, kind))


def _part_key(job: Import, name: str) -> str:
    return f"{PARTS}/{job.client}/{job.id}/{name}.csv"


def _committed(job: Import, fact: Fact, ledger: Ledger) -> Import:
    done = ledger.commit([Act(command("import", job.id, job.v), (Put(job),), (fact,))])
    stored = done.states.get(job.ref)
    if not isinstance(stored, Import):
        raise LostRace("another worker goes on with this file")
    return stored
