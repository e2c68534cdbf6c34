"""The log's objects by the strictest verifier that is not ours (Python 3.12 or newer)."""

import pytest

from emdia.audit.tiles import Edge
from tests.unit.test_note import LOG, WITNESS, published

pytest.importorskip("aics_tlog", reason="aics-tlog needs Python 3.12 or newer")


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_537])
def test_it_makes_the_same_objects_and_audits_ours(size):
    from aics_tlog.tiles import MemoryTileReader, materialise_tiles
    from aics_tlog.verified import audit_tiles

    entries = [b"entry %d" % index for index in range(size)]
    edge, files = Edge().append(entries)
    assert materialise_tiles(entries) == files
    audit_tiles(MemoryTileReader(files), size, edge.root)


def test_it_accepts_checkpoint_and_cosignature():
    from aics_tlog.checkpoint import verify_checkpoint
    from aics_tlog.note import parse_note, parse_vkey

    note, _ = published()
    found = verify_checkpoint(parse_note(note.encode()), parse_vkey(LOG.vkey), [parse_vkey(WITNESS.vkey)], 1)
    assert (found.ok, found.size) == (True, 5), found.error
