"""Layout of tlog-tiles: paths, widths, bundles; any split of the same entries makes the same tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import tile_path as foreign_path

from emdia.audit import tiles
from emdia.audit.tiles import Edge, Tree, edge_of, edge_paths
from emdia.audit.tree import inclusion_proof


class Files:
    """A tree's objects as the foreign reader asks for them."""

    def __init__(self, files):
        self.files = files

    def get(self, *path):
        return self.files.get("/".join(path))


def entries(size):
    return [b"entry %d" % index for index in range(size)]


@pytest.mark.parametrize("index", [0, 67, 999, 1000, 1234067, 10**9])
@pytest.mark.parametrize("width", [1, 112, 256])
def test_paths_are_those_of_the_specification(index, width):
    assert tiles.tile_path(2, index, width).split("/") == foreign_path(2, index, width % 256)
    assert tiles.number(1234067) == "x001/x234/067"


def test_the_specification_s_tree_of_70_000_entries():
    _, files = Edge().append([b"x"] * 70_000)
    level = [sorted(path for path in files if path.startswith(f"tile/{name}/")) for name in (0, 1, 2, "entries")]
    assert [len(one) for one in level] == [274, 2, 1, 274]
    assert level[0][-1] == "tile/0/273.p/112"
    assert level[1] == ["tile/1/000", "tile/1/001.p/17"]
    assert level[2] == ["tile/2/000.p/1"]
    assert level[3][-1] == "tile/entries/273.p/112"
    assert edge_paths(70_000) == (
        ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"],
        "tile/entries/273.p/112",
    )


@given(st.lists(st.integers(0, 600), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_split_into_batches_makes_the_same_tree(batches):
    whole, once = Edge().append(entries(sum(batches)))
    edge, files, at = Edge(), {}, 0
    for batch in batches:
        edge, new = edge.append(entries(sum(batches))[at : at + batch])
        at += batch
        assert not files.keys() & new.keys(), "an object is written once"
        files |= new
    assert edge == whole
    assert once.items() <= files.items(), "partials of earlier sizes may be there beside"
    assert edge_of(edge.size, files) == edge


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537])
def test_a_foreign_reader_finds_the_same_root_and_entries(size):
    edge, files = Edge().append(entries(size))
    reader = TilesReader(Files(files))
    reader.set_size(size)
    assert reader.calculate_root_hash() == edge.root
    for index in {0, size // 2, size - 1}:
        assert reader.get_entry(index) == b"entry %d" % index
        assert reader.get_inclusion_proof(index, size).node_hashes == inclusion_proof(
            Tree(size, files.__getitem__).node, index, size
        )


def test_an_entry_may_have_65_535_bytes_and_no_more():
    _, files = Edge().append([b"a" * 65_535, b""])
    assert tiles.unpack(files["tile/entries/000.p/2"]) == [b"a" * 65_535, b""]
    with pytest.raises(ValueError, match="too long"):
        Edge().append([b"a" * 65_536])


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_a_bundle_that_ends_early_is_refused(bundle):
    with pytest.raises(ValueError, match="inside an entry"):
        tiles.unpack(bundle)


def test_a_tile_of_the_wrong_length_is_no_edge():
    _, files = Edge().append(entries(3))
    with pytest.raises(ValueError, match="64 bytes"):
        edge_of(3, {**files, "tile/0/000.p/3": files["tile/0/000.p/3"][:64]})


def test_a_proof_from_a_million_reads_few_objects():
    full = bytes(256 * 32)
    read = set()

    def tile(path):
        read.add(path)
        return full

    inclusion_proof(Tree(1_000_000, tile).node, 123_456, 1_000_000)
    assert len(read) <= 5
