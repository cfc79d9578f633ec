"""Checking an exported log: every event, its place in the chain and the tree, its signature, and every checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reparations_verifier.canonical import read_canonical
from reparations_verifier.notes import SignedCheckpoint, strict_base64
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.tree import GrowingTree, hash_leaf
from reparations_verifier.verdict import NotChecked, Refused, Verdict

MAX_FINDINGS = 1_000
MAX_LINE = 8 * 1024 + 1
FIELDS = {
    *("v", "seq", "prev", "salt", "at", "type", "actor", "person", "office", "duty", "subject", "req"),
    *("rows_count", "rows_sha256", "body"),
}

Finding = tuple[str, dict[str, object]]


def verify_log(folder: Path, policy_path: Path, outside: list[Path]) -> Verdict:
    """Check an exported log, also against checkpoints kept elsewhere."""
    verdict = Verdict()
    try:
        policy = read_policy(policy_path)
        latest = policy.open(_read_text(folder / "checkpoint.txt"))
        notes = sorted((folder / "checkpoints").glob("*.txt")) if (folder / "checkpoints").is_dir() else []
        checkpoints = {latest.size: (latest, "checkpoint.txt")}
        findings = []
        for path in [*notes, *outside]:
            findings += _add_checkpoint(checkpoints, path, policy)
        verdict.facts |= {"log": latest.origin, "log_size": latest.size, "log_root": latest.root.hex()}
        verdict.facts["checkpoints"] = len(checkpoints)
        key = Ed25519PublicKey.from_public_bytes(policy.log_key(latest).public)
        for finding in _check_events(folder, key, checkpoints):
            findings.append(finding)
            if len(findings) >= MAX_FINDINGS:
                break
    except Refused as refusal:
        verdict.refuse(refusal)
        return verdict
    verdict.findings = findings
    if findings:
        verdict.refuse(Refused("log_wrong", count=len(findings)))
    else:
        verdict.passed += ["log_signed", "every_event"]
    return verdict


def _add_checkpoint(known: dict[int, tuple[SignedCheckpoint, str]], path: Path, policy: Policy) -> list[Finding]:
    """Read one more checkpoint; two of one size with different roots are proof of fraud."""
    try:
        checkpoint = Policy(policy.logs, policy.witnesses, policy.groups, "none").open(_read_text(path))
    except NotChecked:
        raise
    except Refused as refusal:
        return [("checkpoint_bad", {"file": path.name, "why": refusal.code})]
    other, _name = known.setdefault(checkpoint.size, (checkpoint, path.name))
    if (other.origin, other.root) != (checkpoint.origin, checkpoint.root):
        return [("checkpoints_contradict", {"file": path.name, "size": checkpoint.size})]
    return []


def _check_events(
    folder: Path, key: Ed25519PublicKey, checkpoints: dict[int, tuple[SignedCheckpoint, str]]
) -> Iterator[Finding]:
    tree = GrowingTree()
    previous = b""
    signatures = _lines(folder / "signatures.txt")
    for number, entry in enumerate(_lines(folder / "events.jsonl")):
        leaf = hash_leaf(entry)
        yield from _check_event(entry, number, previous)
        yield from _check_signature(next(signatures, b""), leaf, number, key)
        tree.append(leaf)
        previous = leaf
        signed, name = checkpoints.get(tree.size, (None, ""))
        if signed is not None and signed.root != tree.root():
            yield "checkpoint_contradicted", {"file": name, "size": tree.size}
    if next(signatures, None) is not None:
        yield "signatures_left", {}
    for size, (_signed, name) in sorted(checkpoints.items()):
        if size > tree.size:
            yield "log_short", {"file": name, "size": size, "events": tree.size}
    if tree.size > max(checkpoints):
        yield "log_long", {"size": max(checkpoints), "events": tree.size}


def _check_event(entry: bytes, number: int, previous: bytes) -> Iterator[Finding]:
    try:
        event: dict[str, Any] = read_canonical(entry)
    except ValueError:
        yield "event_not_canonical", {"event": number}
        return
    if event.keys() != FIELDS or event["v"] != 1:
        yield "event_not_canonical", {"event": number}
    if event.get("seq") != number:
        yield "event_misplaced", {"event": number}
    if event.get("prev") != previous.hex():
        yield "chain_broken", {"event": number}


def _check_signature(line: bytes, leaf: bytes, number: int, key: Ed25519PublicKey) -> Iterator[Finding]:
    try:
        key.verify(strict_base64(line.decode()), leaf)
    except (InvalidSignature, ValueError):
        yield "event_not_signed", {"event": number}


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines of a file without their ends; a last line without an end is given with a mark that spoils it."""
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE):
                yield line[:-1] if line.endswith(b"\n") else line + b"\0"
    except OSError:
        raise NotChecked("file_unreadable", file=path.name) from None


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise NotChecked("file_unreadable", file=path.name) from None
