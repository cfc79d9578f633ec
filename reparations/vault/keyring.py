"""The keys of an installation: one file each, in a folder nobody else may read.

========================  ==========================================================================
``kek.key``               root key that wraps every subject's key
``index.key``             key of the blind indexes; never the same as the root key
``reference.key``         derives opaque payment references
``token.key``             signs access tokens
``log.key``               Ed25519 seed that signs events and checkpoints
========================  ==========================================================================

Each file holds 32 random bytes as 64 hexadecimal digits.  Back them up apart from the database: who has only one of the
two can read nobody's name.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reparations.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from sqlmodel import Session

KEY_BYTES = 32
KEY_NAMES = ("kek", "index", "reference", "token", "log")


class KeysMissing(Misconfigured):
    """A key file is not there."""

    code = "keys.missing"


class KeysExposed(Misconfigured):
    """A key file can be read by others."""

    code = "keys.exposed"


class KeysWeak(Misconfigured):
    """A key file does not hold 32 random bytes, or two files hold the same."""

    code = "keys.weak"


class KeysExist(Misconfigured):
    """There are keys already; replacing them would make the database unreadable."""

    code = "keys.exist"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in memory.  Its `repr` shows none of them."""

    kek: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    reference_key: bytes = field(repr=False)
    token_key: bytes = field(repr=False)
    log_key: Ed25519PrivateKey = field(repr=False)

    @property
    def kek_id(self) -> str:
        """Short public name of the root key, kept beside what it wrapped."""
        return hashlib.sha256(b"reparations kek id\x00" + self.kek).hexdigest()[:16]

    @classmethod
    def load(cls, keys_dir: Path) -> Self:
        """Read and check every key file.

        Raises:
            KeysMissing, KeysExposed, KeysWeak: the service refuses to start.
        """
        keys = [_read_key(keys_dir / f"{name}.key") for name in KEY_NAMES]
        if len(set(keys)) != len(keys):
            message = "Two key files hold the same key."
            raise KeysWeak(message, remedy="Make new ones with `reparations keys create` before anything is stored.")
        kek, index_key, reference_key, token_key, log_seed = keys
        return cls(kek, index_key, reference_key, token_key, Ed25519PrivateKey.from_private_bytes(log_seed))

    @classmethod
    def create(cls, keys_dir: Path) -> Self:
        """Make a new set of key files and read it back.

        Raises:
            KeysExist: a key file is there already.
        """
        keys_dir.mkdir(parents=True, exist_ok=True)
        keys_dir.chmod(stat.S_IRWXU)
        for name in KEY_NAMES:
            path = keys_dir / f"{name}.key"
            if path.exists():
                message = f"{path.name} is there already; a new key would make what it protects unreadable."
                raise KeysExist(message, remedy="Choose an empty folder.")
        for name in KEY_NAMES:
            descriptor = os.open(
                keys_dir / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR
            )
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_bytes(KEY_BYTES).hex() + "\n")
        return cls.load(keys_dir)


def keyring_of(session: Session) -> Keyring:
    """Return the keyring that travels with a session.

    Raises:
        Misconfigured: the session was opened without one.
    """
    keyring = session.info.get("keyring")
    if not isinstance(keyring, Keyring):
        message = "This session was opened without a keyring."
        raise Misconfigured(message)
    return keyring


def _read_key(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        message = f"The key file {path.name} is missing."
        remedy = "Make keys with `reparations keys create`, or point REPARATIONS_KEYS_DIR at yours."
        raise KeysMissing(message, remedy=remedy) from None
    except (OSError, UnicodeDecodeError):
        message = f"The key file {path.name} cannot be read."
        raise KeysWeak(message) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"The key file {path.name} can be read by others."
        raise KeysExposed(message, remedy="chmod 600 the file and consider the key known.")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        message = f"The key file {path.name} does not hold 32 random bytes in hexadecimal."
        raise KeysWeak(message, remedy="Make keys with `reparations keys create`.")
    return key
