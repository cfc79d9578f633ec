"""Signed notes and policies: the published formats, read by the book."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reparations.audit import merkle
from reparations.audit.notes import Checkpoint, sign_checkpoint, verifier_key
from reparations_verifier.notes import VerifierKey, read_checkpoint, strict_base64
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.tree import GrowingTree, hash_leaf, root_from_path
from reparations_verifier.verdict import NotChecked, Refused

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESSES = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3)]
CHECKPOINT = Checkpoint("fund.example/audit", 3, b"\x07" * 32)
NOTE = sign_checkpoint(CHECKPOINT, LOG)

# The example of https://c2sp.org/signed-note's reference implementation (golang.org/x/mod/sumdb/note).
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLISHED_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def cosign(key: Ed25519PrivateKey, name: str, *, seconds: int = 1_700_000_000) -> str:
    """Write a witness's line, as https://c2sp.org/tlog-cosignature has it."""
    signature = key.sign(f"cosignature/v1\ntime {seconds}\n{CHECKPOINT.text}".encode())
    raw = _witness_id(key, name) + seconds.to_bytes(8, "big") + signature
    return f"\u2014 {name} {b64encode(raw).decode()}\n"


def witness_key(key: Ed25519PrivateKey, name: str) -> str:
    encoded = b"\x04" + key.public_key().public_bytes_raw()
    return f"{name}+{_witness_id(key, name).hex()}+{b64encode(encoded).decode()}"


def _witness_id(key: Ed25519PrivateKey, name: str) -> bytes:
    return sha256(f"{name}\n".encode() + b"\x04" + key.public_key().public_bytes_raw()).digest()[:4]


def test_the_published_example_is_verified() -> None:
    key = VerifierKey.parse(PUBLISHED_KEY)
    raw = strict_base64(PUBLISHED_SIGNATURE)
    assert raw[:4] == key.key_id
    key.check(raw[4:], PUBLISHED_TEXT.encode())
    with pytest.raises(InvalidSignature):
        key.check(raw[4:], PUBLISHED_TEXT.replace("answer", "enswer").encode())


def test_the_other_published_example_is_verified() -> None:
    key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    raw = strict_base64("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=")
    assert raw[:4] == key.key_id
    key.check(raw[4:], b"This is an example message.\n")


@pytest.mark.parametrize(
    "text",
    [
        "name+00000000+" + PUBLISHED_KEY.split("+", 2)[2],
        "nokey",
        "a+b+c",
        PUBLISHED_KEY + "=",
        PUBLISHED_KEY.replace("PeterNeumann", "Peter Neumann"),
        "name+00000000+Ag==",
    ],
)
def test_a_key_that_does_not_match_its_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64"):
        VerifierKey.parse(text)


def test_a_checkpoint_of_the_server_is_read() -> None:
    log = VerifierKey.parse(verifier_key("fund.example/audit", LOG.public_key()))
    checkpoint = read_checkpoint(NOTE, [log])
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("fund.example/audit", 3, b"\x07" * 32)
    assert checkpoint.signers == {log}


@pytest.mark.parametrize(
    "note",
    [
        "",
        CHECKPOINT.text,
        NOTE.replace("\n\n", "\n"),
        NOTE[:-1],
        NOTE.replace("\u2014", "-"),
        NOTE + "\u2014 name !!!\n",
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n3\n", "\n3\n\t\n"),
        "\n".join([CHECKPOINT.text, *["\u2014 a AAAA"] * 65]) + "\n",
    ],
)
def test_a_note_in_another_form_is_refused(note: str) -> None:
    with pytest.raises(Refused, match="note_malformed"):
        read_checkpoint(note, [])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    log = VerifierKey.parse(verifier_key("fund.example/audit", LOG.public_key()))
    with pytest.raises(Refused, match="signature_wrong"):
        read_checkpoint(NOTE.replace("\n3\n", "\n4\n"), [log])


def policy_of(tmp_path: Path, *lines: str) -> Policy:
    path = tmp_path / "policy.txt"
    keys = [f"witness w{n} {witness_key(key, f'w{n}.example')}" for n, key in enumerate(WITNESSES)]
    log = f"log {verifier_key('fund.example/audit', LOG.public_key())} https://fund.example/"
    path.write_text("\n".join(["# a comment", "", log, *keys, *lines]) + "\n", encoding="utf-8")
    return read_policy(path)


def test_a_quorum_of_witnesses_is_counted_through_groups(tmp_path: Path) -> None:
    two = policy_of(tmp_path, "group civil any w0 w1", "group both all civil w2", "quorum both")
    lines = [cosign(key, f"w{number}.example") for number, key in enumerate(WITNESSES)]

    assert two.open(NOTE + lines[0] + lines[2]).size == 3
    assert two.open(NOTE + "".join(lines)).size == 3
    for few in ([], lines[:1], lines[:2], lines[2:]):
        with pytest.raises(Refused, match="quorum_missed"):
            two.open(NOTE + "".join(few))
    with pytest.raises(Refused, match="quorum_missed"):
        two.open(NOTE + lines[0] + cosign(WITNESSES[2], "w1x.example"))


def test_a_single_witness_may_be_the_quorum(tmp_path: Path) -> None:
    one = policy_of(tmp_path, "quorum w1")
    assert one.open(NOTE + cosign(WITNESSES[1], "w1.example")).size == 3
    with pytest.raises(Refused, match="signature_wrong"):
        one.open(NOTE + _forged())


def _forged() -> str:
    """A line under the witness's name and key id, signed by somebody else."""
    seconds = 1
    signature = WITNESSES[0].sign(f"cosignature/v1\ntime {seconds}\n{CHECKPOINT.text}".encode())
    raw = _witness_id(WITNESSES[1], "w1.example") + seconds.to_bytes(8, "big") + signature
    return f"\u2014 w1.example {b64encode(raw).decode()}\n"


def test_a_witness_alone_is_no_log(tmp_path: Path) -> None:
    text = CHECKPOINT.text + "\n" + cosign(WITNESSES[0], "w0.example")
    with pytest.raises(Refused, match="log_unknown"):
        policy_of(tmp_path, "quorum w0").open(text)


@pytest.mark.parametrize(
    "line",
    [
        "quorum nobody",
        "quorum",
        "quorum w0 w1",
        "group g 0 w0",
        "group g 4 w0 w1 w2",
        "group g some w0",
        "group g all",
        "group g all w9",
        "group w0 all w1",
        "group none all w1",
        "group g all w0 w0",
        "witness w3 " + verifier_key("fund.example/audit", Ed25519PrivateKey.generate().public_key()),
        "log " + witness_key(Ed25519PrivateKey.generate(), "w9"),
        "log " + verifier_key("another.example", LOG.public_key()),
        "believe everybody",
        "log",
    ],
    ids=lambda line: line.partition("+")[0],  # keys are new in each worker of a parallel run
)
def test_a_policy_with_a_mistake_is_not_used(tmp_path: Path, line: str) -> None:
    with pytest.raises(NotChecked, match="policy_line"):
        policy_of(tmp_path, line, "quorum none")


def test_a_second_quorum_or_membership_is_a_mistake(tmp_path: Path) -> None:
    for lines in (("quorum none", "quorum w0"), ("group g any w0", "group h any w0", "quorum g")):
        with pytest.raises(NotChecked, match="policy_line"):
            policy_of(tmp_path, *lines)


def test_the_verifiers_tree_is_the_servers_tree() -> None:
    leaves = [hash_leaf(str(number).encode()) for number in range(33)]
    mine, theirs = GrowingTree(), merkle.Frontier()
    assert mine.root() == theirs.root()
    for size, leaf in enumerate(leaves, 1):
        mine.append(leaf)
        theirs.add(leaf)
        assert mine.root() == theirs.root()
        for index in range(size):
            path = [_root(leaves[low:high]) for low, high in merkle.inclusion_ranges(index, size)]
            assert root_from_path(leaves[index], index, size, path) == mine.root()
            for wrong in (path[:-1] if path else [leaf], [*path, leaf]):
                with pytest.raises(Refused, match="path_wrong"):
                    root_from_path(leaves[index], index, size, wrong)


def _root(leaves: list[bytes]) -> bytes:
    tree = GrowingTree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()
