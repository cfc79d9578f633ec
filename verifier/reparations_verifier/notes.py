"""Signed notes and checkpoints, as a reader of https://c2sp.org/signed-note and /tlog-checkpoint writes them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reparations_verifier.verdict import Refused

NOTE_SIGNATURE, COSIGNATURE = 1, 4
MAX_SIGNATURES = 64
KEY_LENGTH = 32
HASH_LENGTH = 32


@dataclass(frozen=True)
class VerifierKey:
    """A public key by name, as a policy lists it: ``name+id+base64``."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key; a ValueError says what is wrong."""
        parts = text.split("+", 2)
        if len(parts) != 3:  # noqa: PLR2004 name, id and key
            raise ValueError("a verifier key is name+id+key")
        name, identifier, encoded = parts
        raw = strict_base64(encoded)
        algorithm, public = raw[0] if raw else 0, raw[1:]
        if algorithm not in (NOTE_SIGNATURE, COSIGNATURE) or len(public) != KEY_LENGTH:
            raise ValueError("only Ed25519 keys of types 1 and 4 are known")
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if not name or any(character.isspace() for character in name) or key_id.hex() != identifier:
            raise ValueError("the key's id does not match its name and key")
        return cls(name, key_id, algorithm, public)

    def check(self, signature: bytes, text: bytes) -> None:
        """Check a signature of this key over a note's text; InvalidSignature if it is not one."""
        key = Ed25519PublicKey.from_public_bytes(self.public)
        if self.algorithm == NOTE_SIGNATURE:
            key.verify(signature, text)
        else:
            seconds = int.from_bytes(signature[:8], "big")
            key.verify(signature[8:], f"cosignature/v1\ntime {seconds}\n".encode() + text)


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint whose signatures have been checked."""

    origin: str
    size: int
    root: bytes
    signers: frozenset[VerifierKey]
    passed_over: tuple[str, ...]
    """Names on signature lines that could not be checked, or that were there before."""


def read_checkpoint(note: str, known: list[VerifierKey]) -> SignedCheckpoint:
    """Read a signed checkpoint; each signature of a known key must be good, others are passed over."""
    text, signers, passed_over = _open_note(note, known)
    fields = text[:-1].split("\n")
    try:
        origin, size_text, root_text = fields
        size, root = int(size_text), strict_base64(root_text)
    except ValueError:
        raise Refused("note_malformed") from None
    if not origin or size_text != str(size) or size < 0 or len(root) != HASH_LENGTH:
        raise Refused("note_malformed")
    return SignedCheckpoint(origin, size, root, signers, passed_over)


def read_note(note: str, known: list[VerifierKey]) -> tuple[str, frozenset[VerifierKey]]:
    """Return the text of a signed note, and which of the known keys have signed it; a wrong signature is refused."""
    text, signers, _ = _open_note(note, known)
    return text, signers


def _open_note(note: str, known: list[VerifierKey]) -> tuple[str, frozenset[VerifierKey], tuple[str, ...]]:
    if len(note) > 2**16 or any(ord(character) < ord(" ") and character != "\n" for character in note):
        raise Refused("note_malformed")
    head, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise Refused("note_malformed")
    text = head + "\n"
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Refused("note_malformed")
    signers: set[VerifierKey] = set()
    passed_over = []
    for line in lines:
        signer = _check_line(line, text.encode(), known)
        if signer is None or signer in signers:
            passed_over.append(line.split(" ")[1])
        else:
            signers.add(signer)
    return text, frozenset(signers), tuple(passed_over)


def _check_line(line: str, text: bytes, known: list[VerifierKey]) -> VerifierKey | None:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:  # noqa: PLR2004 dash, name, signature
        raise Refused("note_malformed")
    try:
        raw = strict_base64(parts[2])
    except ValueError:
        raise Refused("note_malformed") from None
    for key in known:
        if (key.name, key.key_id) == (parts[1], raw[:4]):
            try:
                key.check(raw[4:], text)
            except InvalidSignature:
                raise Refused("signature_wrong", name=key.name) from None
            return key
    return None


def strict_base64(text: str) -> bytes:
    """Decode base64 in its one canonical spelling; a ValueError for any other."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical base64")
    return raw
