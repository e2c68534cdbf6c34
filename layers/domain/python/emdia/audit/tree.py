"""The Merkle tree of RFC 6962: hashes, proofs and what they prove. Pure arithmetic, no storage.

A leaf is hashed with prefix 0x00, a node with 0x01, so that no node can be passed off as a leaf.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY = sha256(b"").digest()

# Hash of the perfect subtree of 2^level leaves that begins at leaf index << level.
Node = Callable[[int, int], bytes]


class ProofFailedError(ValueError):
    """A proof does not prove what it was given for."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """Root over a power of two of concatenated hashes."""
    # Joined bytes halve faster than lists of nodes: this loop is most of what an append costs.
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])
    return hashes


def fold(roots: Sequence[bytes]) -> bytes:
    """Root of a tree from its perfect subtrees, largest (leftmost) first."""
    if not roots:
        return EMPTY
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


def split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962 §2.1)."""
    return 1 << ((size - 1).bit_length() - 1)


def range_root(node: Node, low: int, high: int) -> bytes:
    """Root of leaves [low, high), where `low` is a multiple of every subtree it is cut into."""
    roots = []
    while low < high:
        level = (high - low).bit_length() - 1
        roots.append(node(level, low >> level))
        low += 1 << level
    return fold(roots)


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]), leaf to root. Raises ValueError for an index outside the tree."""
    if not 0 <= index < size:
        raise ValueError("index outside the tree")
    proof, low, high = [], 0, size
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            proof.append(range_root(node, middle, high))
            high = middle
        else:
            proof.append(range_root(node, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]). Empty when `old` is 0 or `new`. Raises ValueError when `old` > `new`."""
    if not 0 <= old <= new:
        raise ValueError("the old tree is larger than the new one")
    if old in (0, new):
        return []
    proof, low, high, whole = [], 0, new, True
    while old != high:
        middle = low + split(high - low)
        if old <= middle:
            proof.append(range_root(node, middle, high))
            high = middle
        else:
            proof.append(range_root(node, low, middle))
            low, whole = middle, False
    if not whole:
        proof.append(range_root(node, low, high))
    return proof[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a leaf hash and its proof lead to (RFC 9162 §2.1.3.2). Raises ProofFailedError by its shape."""
    if not 0 <= index < size:
        raise ProofFailedError("index outside the tree")
    at, last, root = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ProofFailedError("the proof is too long")
        if at & 1 or at == last:
            root = node_hash(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, step)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofFailedError("the proof is too short")
    return root


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofFailedError unless the leaf hash stands at `index` of the tree of `size` under `root`."""
    if root_from_inclusion(leaf, index, size, proof) != root:
        raise ProofFailedError("the proof leads to another root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofFailedError unless the tree of `new` begins with the tree of `old`."""
    if not 0 <= old <= new:
        raise ProofFailedError("the old tree is larger than the new one")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY):
            raise ProofFailedError("nothing is to be proved, yet something differs")
        return
    # A perfect old tree is a node of the new one and begins the walk itself.
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps or _roots_from_consistency(old, new, steps) != (old_root, new_root):
        raise ProofFailedError("the trees are not consistent")


def _roots_from_consistency(old: int, new: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Old and new root that the steps lead to (RFC 9162 §2.1.4.2)."""
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofFailedError("the proof is too long")
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofFailedError("the proof is too short")
    return was, now
