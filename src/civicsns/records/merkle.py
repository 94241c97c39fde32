"""
The hash tree of RFC 6962 (Certificate Transparency), section 2.1, over entries of a log that only grows.

One hash, the root, stands for the whole log. With the root alone one can check, by a proof of about log₂ n hashes,
that an entry is in the log (inclusion), and that an older log is the beginning of a newer one (consistency).
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The root of a log without entries: SHA-256 of nothing.
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Hash an entry. Its prefix keeps it apart from every inner node."""
    return sha256(b"\x00" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _fold(peaks: Sequence[bytes]) -> bytes:
    *rest, root = peaks
    for peak in reversed(rest):
        root = _node(peak, root)
    return root


@attrs.frozen
class Frontier:
    """
    As much of the tree as is needed to let it grow: the roots of its perfect subtrees, the largest first.

    Appending costs two hashes on average and log₂ n at most, and there are never more than log₂ n + 1 peaks.

    Attributes:
        size: How many entries there are.
        peaks: The roots, one for each 1 in the binary form of *size*.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """Give the frontier of the log with *leaf* at its end."""
        peaks, node, size = self.peaks, leaf_hash(leaf), self.size
        while size & 1:
            node = _node(peaks[-1], node)
            peaks = peaks[:-1]
            size >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        return _fold(self.peaks) if self.peaks else EMPTY_ROOT


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the root of the tree over *leaves*."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier.root


def _split(size: int) -> int:
    """Give the largest power of two that is smaller than *size*."""
    return 1 << ((size - 1).bit_length() - 1)


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """
    Give the audit path of the entry at *index*, counted from 0 (RFC 6962, 2.1.1).

    Raises:
        IndexError: If there is no such entry.
    """
    if not 0 <= index < len(leaves):
        msg = f"no entry {index} among {len(leaves)}"
        raise IndexError(msg)
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return [*prove_inclusion(left, index), root(right)]
    return [*prove_inclusion(right, index - middle), root(left)]


def prove_consistency(leaves: Sequence[bytes], older: int) -> list[bytes]:
    """
    Give the proof that the log of the first *older* entries is the beginning of the log of all (RFC 6962, 2.1.2).

    Raises:
        IndexError: If there are fewer entries than *older*, or *older* is less than 1: nothing is to be proved then.
    """
    if not 1 <= older <= len(leaves):
        msg = f"no log of {older} among {len(leaves)} entries"
        raise IndexError(msg)
    return _subproof(leaves, older, whole=True)


def _subproof(leaves: Sequence[bytes], older: int, *, whole: bool) -> list[bytes]:
    if older == len(leaves):
        return [] if whole else [root(leaves)]
    middle = _split(len(leaves))
    left, right = leaves[:middle], leaves[middle:]
    if older <= middle:
        return [*_subproof(left, older, whole=whole), root(right)]
    return [*_subproof(right, older - middle, whole=False), root(left)]


def includes(leaf: bytes, index: int, proof: Sequence[bytes], *, size: int, root: bytes) -> bool:
    """Tell whether *proof* shows that *leaf* stands at *index* in the log of *size* entries with this *root*."""
    if not 0 <= index < size:
        return False
    node, at, last = leaf_hash(leaf), index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = _node(sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = _node(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def consistent(older: tuple[int, bytes], newer: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """
    Tell whether *proof* shows that one log is the beginning of another.

    Args:
        older: Size and root of the one.
        newer: Size and root of the other.
        proof: What `prove_consistency` gave.
    """
    (small, small_root), (large, large_root) = older, newer
    if not 0 < small <= large:
        return False
    if small == large:
        return not proof and small_root == large_root
    at, last = small - 1, large - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    # A perfect subtree is its own first node: the proof leaves out what the verifier has.
    path = list(proof) if at else [small_root, *proof]
    if not path:
        return False
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = _node(sibling, first), _node(sibling, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = _node(second, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and first == small_root and second == large_root
