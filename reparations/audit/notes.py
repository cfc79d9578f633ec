"""The text formats of C2SP in which the log speaks to the world: signed note, checkpoint, verifier key, log proof.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-proof
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidSignature

from reparations.audit.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DASH = "\u2014"
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_CHECKPOINT_LINES = 3
_PROOF_HEADER = "c2sp.org/tlog-proof@v1"


class NoteUnreadable(ValueError):
    """A note is not in its format, or not signed by the key it should be."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says about itself: its name, how many events it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint.

        Raises:
            NoteUnreadable: it is not exactly three lines in the canonical spelling.
        """
        lines = text.split("\n")
        if len(lines) != _CHECKPOINT_LINES + 1:
            message = "a checkpoint has three lines"
            raise NoteUnreadable(message)
        try:
            checkpoint = cls(lines[0], int(lines[1]), b64decode(lines[2], validate=True))
        except ValueError:
            message = "a checkpoint's second line is a number, its third base64"
            raise NoteUnreadable(message) from None
        if checkpoint.text != text or not lines[0] or len(checkpoint.root) != HASH_BYTES:
            message = "the checkpoint is not in its canonical spelling"
            raise NoteUnreadable(message)
        return checkpoint


def verifier_key(name: str, public_key: Ed25519PublicKey) -> str:
    """Write the public key in the form a policy lists it: ``name+hash+base64``."""
    encoded = _ED25519 + public_key.public_bytes_raw()
    return f"{name}+{_key_id(name, public_key).hex()}+{b64encode(encoded).decode()}"


def signature_line(name: str, public_key: Ed25519PublicKey, signature: bytes) -> str:
    """Write a signature line of a signed note, without its end: dash, the key's name, its id with the signature."""
    return f"{_DASH} {name} {b64encode(_key_id(name, public_key) + signature).decode()}"


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the signed note of a checkpoint; the key's name is the log's origin."""
    line = signature_line(checkpoint.origin, key.public_key(), key.sign(checkpoint.text.encode()))
    return f"{checkpoint.text}\n{line}\n"


def open_checkpoint(note: str, public_key: Ed25519PublicKey) -> Checkpoint:
    """Read a signed checkpoint and verify the log's own signature on it; other signatures are ignored.

    Raises:
        NoteUnreadable: it is malformed, or this key has not signed it.
    """
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        message = "a signed note has an empty line before its signatures"
        raise NoteUnreadable(message)
    checkpoint = Checkpoint.parse(text + "\n")
    prefix = f"{_DASH} {checkpoint.origin} "
    key_id = _key_id(checkpoint.origin, public_key)
    for line in signatures.splitlines():
        if not line.startswith(prefix):
            continue
        try:
            signature = b64decode(line.removeprefix(prefix), validate=True)
        except ValueError:
            continue
        if signature[:_KEY_ID_BYTES] != key_id:
            continue
        try:
            public_key.verify(signature[_KEY_ID_BYTES:], checkpoint.text.encode())
        except InvalidSignature:
            break
        return checkpoint
    message = "the log's key has not signed this checkpoint"
    raise NoteUnreadable(message)


def write_proof(*, seq: int, leaf: bytes, path: Sequence[bytes], note: str) -> str:
    """Write a log proof: the leaf's bytes as `extra`, its number, its inclusion path and a signed checkpoint."""
    lines = [_PROOF_HEADER, f"extra {b64encode(leaf).decode()}", f"index {seq}"]
    lines += [b64encode(step).decode() for step in path]
    return "\n".join(lines) + "\n\n" + note


def _key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public_key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]
