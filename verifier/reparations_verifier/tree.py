"""The Merkle tree of RFC 6962, section 2.1, straight from its recursive definition."""

from __future__ import annotations

import hashlib

from reparations_verifier.verdict import Refused


def hash_leaf(entry: bytes) -> bytes:
    """Hash an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that `path` leads to from leaf `index` of a tree of `size`; Refused if it has another length."""
    if not 0 <= index < size:
        raise Refused("path_wrong")
    if size == 1:
        if path:
            raise Refused("path_wrong")
        return leaf
    if not path:
        raise Refused("path_wrong")
    split = 1
    while split * 2 < size:
        split *= 2
    *inner, last = path
    if index < split:
        return hash_children(root_from_path(leaf, index, split, inner), last)
    return hash_children(last, root_from_path(leaf, index - split, size - split, inner))


class GrowingTree:
    """The root of a list that grows, kept as one hash for every set bit of its length."""

    def __init__(self) -> None:
        self.size = 0
        self._full: dict[int, bytes] = {}

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash at the right."""
        height = 0
        while height in self._full:
            leaf = hash_children(self._full.pop(height), leaf)
            height += 1
        self._full[height] = leaf
        self.size += 1

    def root(self) -> bytes:
        """Return the root."""
        root: bytes | None = None
        for height in sorted(self._full):
            root = self._full[height] if root is None else hash_children(self._full[height], root)
        return hashlib.sha256().digest() if root is None else root
