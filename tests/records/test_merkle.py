"""
The tree of RFC 6962.

The vectors are those of the certificate-transparency project: `testonly/constants.go` (leaves and roots),
`proof/verify_test.go` and `testonly/reference_test.go` (proofs) of github.com/transparency-dev/merkle v0.0.2.
"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.records.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistent,
    includes,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
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
#: Index, size, and the audit path.
INCLUSIONS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
#: Older size, newer size, and the proof.
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]

logs = st.lists(st.binary(max_size=4), min_size=1, max_size=40)


def flipped(proof, data):
    """Turn one bit of a proof."""
    at = data.draw(st.integers(0, len(proof) - 1))
    byte, bit = data.draw(st.integers(0, 31)), data.draw(st.integers(0, 7))
    changed = bytearray(proof[at])
    changed[byte] ^= 1 << bit
    return [*proof[:at], bytes(changed), *proof[at + 1 :]]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_vectors(size):
    """
    The root over the first leaves is the one that the certificate-transparency project publishes.
    """
    assert ROOTS[size] == root(LEAVES[:size]).hex()


def test_a_leaf_has_its_own_prefix():
    """
    A leaf is hashed as the vector `TestRFC6962Hasher` says, so that no inner node passes for a leaf.
    """
    assert "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56" == leaf_hash(b"L123456").hex()


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_audit_paths_are_those_of_the_vectors(index, size, path):
    """
    The audit path of an entry is the published one, and verifies.
    """
    proof = prove_inclusion(LEAVES[:size], index)

    assert path == [node.hex() for node in proof]
    assert includes(LEAVES[index], index, proof, size=size, root=bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("older", "newer", "path"), CONSISTENCIES)
def test_consistency_proofs_are_those_of_the_vectors(older, newer, path):
    """
    The proof that a log is the beginning of another is the published one, and verifies.
    """
    proof = prove_consistency(LEAVES[:newer], older)

    assert path == [node.hex() for node in proof]
    assert consistent((older, bytes.fromhex(ROOTS[older])), (newer, bytes.fromhex(ROOTS[newer])), proof)


def test_every_small_proof_verifies_for_its_own_place_only():
    """
    In each log of up to 20 entries each audit path verifies at its own index, and at no other.
    """
    for size in range(1, 21):
        log = [bytes([n]) for n in range(size)]
        for index in range(size):
            proof = prove_inclusion(log, index)
            accepted = [at for at in range(-1, size + 2) if includes(log[index], at, proof, size=size, root=root(log))]

            assert [index] == accepted


def test_every_small_log_is_the_beginning_of_those_that_it_began():
    """
    Each pair of sizes up to 20 has a proof that verifies, and that proof verifies no other older size with that root.
    """
    for newer in range(1, 21):
        log = [bytes([n]) for n in range(newer)]
        for older in range(1, newer + 1):
            proof = prove_consistency(log, older)
            begun = root(log[:older])
            accepted = [size for size in range(newer + 2) if consistent((size, begun), (newer, root(log)), proof)]

            assert [older] == accepted


@given(logs, st.data())
def test_a_bit_turned_in_an_audit_path_fails(log, data):
    """
    An audit path verifies; with one bit turned, anywhere, it does not, nor with a node more or less, nor for another leaf.
    """
    index = data.draw(st.integers(0, len(log) - 1))
    proof, head = prove_inclusion(log, index), root(log)

    assert includes(log[index], index, proof, size=len(log), root=head)
    assert not includes(log[index] + b"!", index, proof, size=len(log), root=head)
    assert not includes(log[index], index, [*proof, head], size=len(log), root=head)
    if proof:
        assert not includes(log[index], index, flipped(proof, data), size=len(log), root=head)
        assert not includes(log[index], index, proof[:-1], size=len(log), root=head)


@given(logs, st.data())
def test_a_bit_turned_in_a_consistency_proof_fails(log, data):
    """
    A consistency proof verifies; with one bit turned, or a node more or less, or another root, it does not.
    """
    older = data.draw(st.integers(1, len(log)))
    proof, small, large = prove_consistency(log, older), (older, root(log[:older])), (len(log), root(log))

    assert consistent(small, large, proof)
    assert not consistent(small, large, [*proof, large[1]])
    assert not consistent((older, bytes(32)), large, proof)
    assert not consistent(small, (len(log), bytes(32)), proof)
    if proof:
        assert not consistent(small, large, flipped(proof, data))
        assert not consistent(small, large, proof[:-1])


@given(logs)
def test_the_frontier_grows_to_the_same_root_with_few_hashes(log):
    """
    Appending one by one gives the root of the whole at each size, and keeps one hash for each 1 in the size.
    """
    frontier = Frontier()
    for size, leaf in enumerate(log, start=1):
        frontier = frontier.append(leaf)

        assert (size, size.bit_count()) == (frontier.size, len(frontier.peaks))
        assert naive(log[:size]) == frontier.root


def naive(leaves):
    """The definition of RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return hashlib.sha256(b"\1" + naive(leaves[:middle]) + naive(leaves[middle:])).digest()


def test_an_empty_log_has_a_root_and_proves_nothing():
    """
    The root of nothing is SHA-256 of nothing; there is no proof of an entry, or for a size, that does not exist.
    """
    assert EMPTY_ROOT == Frontier().root
    with pytest.raises(IndexError):
        prove_inclusion(LEAVES, 8)
    with pytest.raises(IndexError):
        prove_inclusion(LEAVES, -1)
    with pytest.raises(IndexError):
        prove_consistency(LEAVES, 0)
    with pytest.raises(IndexError):
        prove_consistency(LEAVES, 9)
