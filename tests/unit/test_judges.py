"""The sealed log before judges that nobody here wrote: tlog-scales, aics-tlog, sd-jwt, and Go's x/mod where it is."""

import json
import random
import subprocess

import pytest

from emdia.audit.leaf import make_leaf
from emdia.audit.note import cosigned, parse_note
from emdia.audit.ports import LogName
from emdia.audit.tiles import Edge
from emdia.clock import instant
from emdia.facts import KINDS, LogClass
from tests.fakes.house import ANS, House, SeededRandomness
from tests.fakes.sealed_log import SealedLog
from tests.judges.calls import PYTHON, judged, judged_by_go, no_go
from tests.unit.test_note import WITNESS, WITNESS_KEY

# Some 11,000 facts in all, the edges of tiles among the sizes.
BATCHES = {
    LogClass.CONTATO: (1, 254, 1, 1_000, 7_000),
    LogClass.ACORDO: (256, 256),
    LogClass.ATENDIMENTO: (257,),
    LogClass.ACESSO: (3,),
    LogClass.OPERACAO: (1_000, 24, 1_000),
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """The logs of one year and operator, written by the sequencer and laid out as folders."""
    house, laid = House(), {}
    for log_class, counts in BATCHES.items():
        log = SealedLog(house, LogName(ANS, log_class, 2026))
        worker = log.worker()
        for count in counts:
            assert worker.seal(log.facts(count)) == count
        laid[log_class] = (log, log.lay_out(tmp_path_factory.mktemp(log_class.value)))
    return laid


def test_the_judges_are_installed():
    """`make setup` brings them, on every Python: in CI nothing here may be skipped for want of them."""
    assert PYTHON.exists()


@pytest.mark.parametrize("judge", ["tlog-scales", "aics-tlog"])
@pytest.mark.parametrize("log_class", LogClass)
def test_every_class_of_log_passes(logs, judge, log_class):
    log, folder = logs[log_class]
    assert judged(judge, folder, log.verifier.vkey)["size"] == sum(BATCHES[log_class])


@pytest.mark.skipif(bool(no_go()), reason=no_go() or "Go is here")
@pytest.mark.parametrize("log_class", LogClass)
def test_go_passes_every_class_of_log(logs, log_class):
    log, folder = logs[log_class]
    assert judged_by_go(folder, log.verifier.vkey) == sum(BATCHES[log_class])


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001", "tile/entries/001", "tile/1/000.p/7"])
def test_the_judges_are_awake(logs, tmp_path, path):
    """One flipped bit fails at least one of them: they do read what they are given."""
    log, _ = logs[LogClass.OPERACAO]
    folder = log.lay_out(tmp_path)
    for judge in ("tlog-scales", "aics-tlog"):
        judged(judge, folder, log.verifier.vkey)
    body = bytearray((folder / path).read_bytes())
    if path == "checkpoint":
        body[len(log.origin) + 2] ^= 1
    else:
        body[40] ^= 1
    (folder / path).write_bytes(body)
    with pytest.raises(AssertionError, match="aics-tlog"):
        judged("aics-tlog", folder, log.verifier.vkey)
    if not no_go():
        with pytest.raises(AssertionError, match="x/mod"):
            judged_by_go(folder, log.verifier.vkey)


def test_a_cosigned_checkpoint_passes(logs, tmp_path):
    log, _ = logs[LogClass.ACESSO]
    folder = log.lay_out(tmp_path)
    note, seconds = parse_note((folder / "checkpoint").read_bytes()), 1_790_000_000
    text = f"cosignature/v1\ntime {seconds}\n{note.text}".encode()
    (folder / "checkpoint").write_bytes(cosigned(note, WITNESS, seconds, WITNESS_KEY.sign(text)).encode())
    assert judged("aics-tlog", folder, log.verifier.vkey, WITNESS.vkey)["size"] == 3
    with pytest.raises(AssertionError, match="aics-tlog"):
        judged("aics-tlog", folder, log.verifier.vkey, WITNESS.vkey, log.verifier.vkey)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_537])
def test_a_foreign_builder_makes_the_same_objects(tmp_path, size):
    """aics-tlog, given the entries, writes the very bytes that an append of ours does."""
    entries = [b"entry %d" % index for index in range(size)]
    _, files = Edge().append(entries)
    (tmp_path / "leaves").write_bytes(b"".join(entry + b"\n" for entry in entries))
    made = "from aics_tlog.tiles import write_tiles; import sys; from pathlib import Path; "
    made += "write_tiles(Path(sys.argv[1]).read_bytes().splitlines(), sys.argv[2])"
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run([PYTHON, "-c", made, tmp_path / "leaves", out], check=True)
    assert {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()} == files


def leaves():
    """Leaves of every kind of fact with values as producers give them, and with awkward ones."""
    values, randomness = random.Random(7), SeededRandomness(3)
    awkward = ["", " ", '"\\', "ação\u2028", "😀", "~", "\u0000", 0, -1, 2**53 - 1, -(2**53) + 1]
    for nth, kind in enumerate(sorted(KINDS)):
        told = [(f"valor{n}", values.choice([*awkward, "email", 12_345])) for n in range(nth % 9)]
        ts = instant(House().clock.now())
        yield told, make_leaf(f"{nth:032x}", kind, ts, told, randomness)


def test_the_reference_library_discloses_exactly_what_was_said():
    """sd-jwt takes our unchanged leaf as a token's payload, with all, some and none of its disclosures."""
    asked, expected = [], []
    for told, leaf in leaves():
        clear = {name: value for name, value in json.loads(leaf.body).items() if name not in ("_sd", "_sd_alg")}
        for shown in (slice(None), slice(0, len(told) // 2), slice(0)):
            asked.append(json.dumps({"leaf": leaf.body.decode(), "disclosures": leaf.disclosures[shown]}))
            expected.append(clear | dict(told[shown]))
    assert judged("sd-jwt", lines=asked)["payloads"] == expected


def test_the_reference_library_refuses_a_disclosure_of_another_leaf():
    (_, first), (_, second) = [(told, leaf) for told, leaf in leaves() if told][:2]
    foreign = json.dumps({"leaf": first.body.decode(), "disclosures": second.disclosures[:1]})
    told = judged("sd-jwt", lines=[foreign])["payloads"][0]
    assert set(told) == {"id", "kind", "ts", "v"}  # unreferenced: it adds nothing
