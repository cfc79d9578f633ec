"""The Merkle tree of RFC 6962 (and RFC 9162), SHA-256, standard library only.

The log keeps, beside each event, the root of the largest complete subtree that *ends* with it: event 3 keeps the root
of events 0-3, event 4 its own leaf, event 5 the root of 4-5.  From these alone any root and any proof of any size is
found with a logarithmic number of look-ups.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def left_siblings(seq: int) -> list[int]:
    """Name the events whose subtrees the leaf `seq` completes, nearest first: ``left_siblings(3) == [2, 1]``."""
    siblings = []
    level = 0
    while seq >> level & 1:
        siblings.append((seq >> (level + 1) << (level + 1)) + (1 << level) - 1)
        level += 1
    return siblings


def fold(leaf: bytes, left_subtrees: Iterable[bytes]) -> bytes:
    """Join `leaf` with the subtrees on its left, nearest first."""
    root = leaf
    for left in left_subtrees:
        root = node_hash(left, root)
    return root


def peaks(size: int) -> list[int]:
    """Name the events that end the complete subtrees of a tree of `size`, largest first: ``peaks(7) == [3, 5, 6]``."""
    ends = []
    end = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            end += 1 << level
            ends.append(end - 1)
    return ends


def root_of_peaks(subtrees: Sequence[bytes]) -> bytes:
    """Join the complete subtrees of a tree, largest first, into its root."""
    if not subtrees:
        return EMPTY_ROOT
    return fold(subtrees[-1], reversed(subtrees[:-1]))


class Frontier:
    """A growing tree in O(log n) memory: its complete subtrees, largest first."""

    def __init__(self) -> None:
        """Start with the empty tree."""
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf: bytes) -> bytes:
        """Append a leaf's hash; return the root of the largest complete subtree that ends with it."""
        subtrees, size = self._subtrees, self.size
        while size & 1:
            leaf = node_hash(subtrees.pop(), leaf)
            size >>= 1
        subtrees.append(leaf)
        self.size += 1
        return leaf

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        return root_of_peaks(self._subtrees)


def inclusion_ranges(seq: int, size: int) -> list[tuple[int, int]]:
    """Name the subtrees of the inclusion proof of leaf `seq` in a tree of `size`: half-open ranges, nearest first.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= seq < size:
        message = f"a tree of {size} has no leaf {seq}"
        raise ValueError(message)
    ranges = []
    low, high = 0, size
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        if seq < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return ranges[::-1]


def range_peaks(low: int, high: int) -> list[tuple[int, int]]:
    """Cut a range of a proof into its complete subtrees, left to right, each as (last event, level)."""
    parts = []
    while low < high:
        level = (high - low).bit_length() - 1
        low += 1 << level
        parts.append((low - 1, level))
    return parts


def verify_inclusion(leaf: bytes, *, seq: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether `path` proves that `leaf` is number `seq` of the tree of `size` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= seq < size:
        return False
    node, last, hashed = seq, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            hashed = node_hash(step, hashed)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            hashed = node_hash(hashed, step)
        node >>= 1
        last >>= 1
    return last == 0 and hashed == root
