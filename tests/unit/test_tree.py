"""RFC 6962 by its published vectors, and every proof of every small tree by a verifier that is not ours."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from emdia.audit import tree
from emdia.audit.tiles import Edge, Tree

# Certificate Transparency's test leaves and the roots of their first 0 to 8.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def grown(size):
    """A tree of that many short entries: its edge, its objects and a view to prove from."""
    edge, files = Edge().append([b"entry %d" % index for index in range(size)])
    return edge, Tree(size, files.__getitem__)


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_published_vectors(size):
    assert Edge().append(LEAVES[:size])[0].root.hex() == ROOTS[size]


@given(st.integers(1, 700).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_foreign_verifier_accepts_every_inclusion_proof(case):
    size, index = case
    edge, view = grown(size)
    proof = tree.inclusion_proof(view.node, index, size)
    leaf = tree.leaf_hash(b"entry %d" % index)
    tree.check_inclusion(leaf, index, size, proof, edge.root)
    InclusionProof(index, size, proof).check(leaf, edge.root)


@given(st.integers(1, 700).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_foreign_verifier_accepts_every_consistency_proof(case):
    old, new = case
    was, now = grown(old)[0].root, grown(new)[0].root
    proof = tree.consistency_proof(grown(new)[1].node, old, new)
    tree.check_consistency(old, new, was, now, proof)
    if old != new:
        ConsistencyProof(old, new, proof).check(was, now)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 20, 257])
def test_no_other_leaf_index_size_or_step_is_proved(size):
    edge, view = grown(size)
    index = size // 2
    leaf, proof = view.leaf(index), tree.inclusion_proof(view.node, index, size)
    wrong = [
        (bytes(32), index, size, proof),
        (leaf, index, size, [*proof, bytes(32)]),
        (leaf, size, size, proof),
        (leaf, index, 4 * size, proof),
    ]
    wrong += [(leaf, index, size, proof[:-1])] if proof else []
    wrong += [(leaf, index, size, [*proof[:at], bytes(32), *proof[at + 1 :]]) for at in range(len(proof))]
    for leaf_, index_, size_, proof_ in wrong:
        with pytest.raises(tree.ProofFailedError):
            tree.check_inclusion(leaf_, index_, size_, proof_, edge.root)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (4, 8), (6, 8), (255, 257), (256, 600)])
def test_no_rewritten_history_is_consistent(old, new):
    was, (edge, view) = grown(old)[0].root, grown(new)
    proof = tree.consistency_proof(view.node, old, new)
    wrong = [(bytes(32), edge.root, proof), (was, bytes(32), proof), (was, edge.root, proof[:-1])]
    wrong += [(was, edge.root, [*proof, bytes(32)]), (was, edge.root, [])]
    wrong += [(was, edge.root, [*proof[:at], bytes(32), *proof[at + 1 :]]) for at in range(len(proof))]
    for was_, now, proof_ in wrong:
        with pytest.raises(tree.ProofFailedError):
            tree.check_consistency(old, new, was_, now, proof_)


def test_equal_and_empty_trees_need_no_proof_and_take_none():
    root = grown(5)[0].root
    tree.check_consistency(5, 5, root, root, [])
    tree.check_consistency(0, 5, tree.EMPTY, root, [])
    for old, was, proof in ((5, bytes(32), []), (0, root, []), (0, tree.EMPTY, [root]), (6, root, [])):
        with pytest.raises(tree.ProofFailedError):
            tree.check_consistency(old, 5, was, root, proof)
    with pytest.raises(ValueError, match="larger"):
        tree.consistency_proof(grown(5)[1].node, 6, 5)
    with pytest.raises(ValueError, match="outside"):
        tree.inclusion_proof(grown(5)[1].node, 5, 5)
