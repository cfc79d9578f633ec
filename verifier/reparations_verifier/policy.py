"""Whom to believe: the policy file of https://c2sp.org/tlog-policy.

::

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> all|any|<number> <name>…
    quorum <name>|none
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reparations_verifier.notes import COSIGNATURE, NOTE_SIGNATURE, SignedCheckpoint, VerifierKey, read_checkpoint
from reparations_verifier.verdict import NotChecked, Refused

MAX_BYTES = 2**17


@dataclass
class Policy:
    """The logs one believes, the witnesses one knows, and how many of them must have cosigned."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def open(self, note: str) -> SignedCheckpoint:
        """Read a checkpoint that a log of this policy has signed, and enough witnesses with it."""
        checkpoint = read_checkpoint(note, [*self.logs, *self.witnesses.values()])
        self.log_key(checkpoint)
        if not self._reached(self.quorum, checkpoint.signers):
            raise Refused("quorum_missed", quorum=self.quorum)
        return checkpoint

    def log_key(self, checkpoint: SignedCheckpoint) -> VerifierKey:
        """Return the key that signed as the log; Refused if it is none of the policy's under the checkpoint's name."""
        for log in self.logs:
            if log.name == checkpoint.origin and log in checkpoint.signers:
                return log
        raise Refused("log_unknown", origin=checkpoint.origin)

    def _reached(self, name: str, signers: frozenset[VerifierKey]) -> bool:
        if name == "none":
            return True
        if name in self.witnesses:
            return self.witnesses[name] in signers
        needed, members = self.groups[name]
        return sum(self._reached(member, signers) for member in members) >= needed


def read_policy(path: Path) -> Policy:
    """Read a policy file; NotChecked names the line at fault."""
    try:
        raw = path.read_bytes()
        text = raw.decode() if len(raw) <= MAX_BYTES else None
    except (OSError, UnicodeDecodeError):
        text = None
    if text is None:
        raise NotChecked("policy_unreadable", file=path.name)
    policy = Policy()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            _read_line(policy, words)
        except (ValueError, IndexError, KeyError) as error:
            raise NotChecked("policy_line", file=path.name, line=number, why=str(error)) from None
    if not policy.logs or not policy.quorum:
        raise NotChecked("policy_incomplete", file=path.name)
    return policy


def _read_line(policy: Policy, words: list[str]) -> None:
    kind = words[0]
    if kind == "log":
        key = _key(words[1], NOTE_SIGNATURE, policy)
        policy.logs.append(key)
    elif kind == "witness":
        name = _new_name(words[1], policy)
        policy.witnesses[name] = _key(words[2], COSIGNATURE, policy)
    elif kind == "group":
        name, members = _new_name(words[1], policy), words[3:]
        if any(member not in policy.witnesses and member not in policy.groups for member in members):
            raise ValueError("a group names somebody who is not defined above it")
        taken = [member for _, others in policy.groups.values() for member in others]
        if len(set(members)) != len(members) or set(members) & set(taken):
            raise ValueError("a name may be a member once")
        needed = {"all": len(members), "any": 1}.get(words[2]) or int(words[2])
        if not 1 <= needed <= len(members):
            raise ValueError("a group needs between one and all of its members")
        policy.groups[name] = (needed, members)
    elif kind == "quorum":
        if policy.quorum or len(words) != 2:  # noqa: PLR2004 the word and a name
            raise ValueError("a policy has one quorum line with one name")
        if words[1] not in {"none", *policy.witnesses, *policy.groups}:
            raise ValueError("the quorum is not defined above")
        policy.quorum = words[1]
    else:
        raise ValueError(f"unknown word {kind!r}")


def _new_name(name: str, policy: Policy) -> str:
    if name == "none" or name in policy.witnesses or name in policy.groups:
        raise ValueError("a name is defined once, and is not `none`")
    return name


def _key(text: str, algorithm: int, policy: Policy) -> VerifierKey:
    key = VerifierKey.parse(text)
    if key.algorithm != algorithm:
        raise ValueError("the key is of the wrong type for its line")
    if any(key.public == other.public for other in [*policy.logs, *policy.witnesses.values()]):
        raise ValueError("the same key is listed twice")
    return key
