"""The tree, against the vectors of RFC 6962's own implementation and against another library."""

from __future__ import annotations

import pymerkle  # type: ignore[import-untyped]
import pytest

from reparations.audit import merkle

# The leaves and roots used by the reference implementations of RFC 6962 (Certificate Transparency).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def subtrees_of(leaves: list[bytes]) -> list[bytes]:
    frontier = merkle.Frontier()
    return [frontier.add(merkle.leaf_hash(leaf)) for leaf in leaves]


def test_the_roots_are_those_of_rfc_6962() -> None:
    frontier = merkle.Frontier()
    assert frontier.root() == merkle.EMPTY_ROOT
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier.add(merkle.leaf_hash(leaf))
        assert frontier.root().hex() == root


def test_the_root_of_every_size_is_found_from_the_stored_subtrees() -> None:
    leaves = [str(number).encode() for number in range(70)]
    stored = subtrees_of(leaves)
    frontier = merkle.Frontier()
    for size, leaf in enumerate(leaves, 1):
        frontier.add(merkle.leaf_hash(leaf))
        assert merkle.root_of_peaks([stored[end] for end in merkle.peaks(size)]) == frontier.root()


def test_each_subtree_follows_from_its_leaf_and_the_subtrees_on_its_left() -> None:
    leaves = [str(number).encode() for number in range(70)]
    stored = subtrees_of(leaves)
    for seq, leaf in enumerate(leaves):
        left = [stored[end] for end in merkle.left_siblings(seq)]
        assert merkle.fold(merkle.leaf_hash(leaf), left) == stored[seq]


def test_roots_and_inclusion_paths_are_those_of_another_library() -> None:
    other = pymerkle.InmemoryTree(algorithm="sha256")
    leaves = [str(number).encode() for number in range(40)]
    stored = subtrees_of(leaves)
    for size, leaf in enumerate(leaves, 1):
        other.append_entry(leaf)
        root = merkle.root_of_peaks([stored[end] for end in merkle.peaks(size)])
        assert root == other.get_root(size)
        for seq in range(size):
            path = [root_of(leaves, low, high) for low, high in merkle.inclusion_ranges(seq, size)]
            leaf_hash = merkle.leaf_hash(leaves[seq])
            assert merkle.verify_inclusion(leaf_hash, seq=seq, size=size, path=path, root=root)
            proof = other.prove_inclusion(seq + 1, size)
            pymerkle.verify_inclusion(leaf_hash, root, proof)
            assert sorted([leaf_hash.hex(), *(step.hex() for step in path)]) == sorted(proof.serialize()["path"])


def test_a_path_proves_nothing_else() -> None:
    leaves = [str(number).encode() for number in range(13)]
    root = root_of(leaves, 0, 13)
    path = [root_of(leaves, low, high) for low, high in merkle.inclusion_ranges(5, 13)]
    leaf = merkle.leaf_hash(leaves[5])
    assert not merkle.verify_inclusion(leaf, seq=4, size=13, path=path, root=root)
    assert not merkle.verify_inclusion(leaf, seq=5, size=5, path=path, root=root)
    assert not merkle.verify_inclusion(leaf, seq=5, size=13, path=path[:-1], root=root)
    assert not merkle.verify_inclusion(leaf, seq=5, size=13, path=[*path, leaf], root=root)
    assert not merkle.verify_inclusion(leaf, seq=5, size=13, path=path, root=leaf)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), seq=5, size=13, path=path, root=root)


def test_a_leaf_outside_the_tree_has_no_path() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_ranges(3, 3)


def root_of(leaves: list[bytes], low: int, high: int) -> bytes:
    """Hash a range by the recursion of RFC 6962, section 2.1, as written there."""
    if high - low == 1:
        return merkle.leaf_hash(leaves[low])
    half = 1
    while half * 2 < high - low:
        half *= 2
    return merkle.node_hash(root_of(leaves, low, low + half), root_of(leaves, low + half, high))
