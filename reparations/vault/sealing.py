"""Sealing one field of one subject.

A sealed value is ``0x01 ‖ nonce (12) ‖ AES-256-GCM(key, padded text, associated data = place)``.  The place names
table, column and row, so a value moved to another row or column does not open.  Text is padded to whole buckets of 32
bytes, because the length of a name says something about it.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlmodel import col, select

from reparations.errors import NotFound, ReparationsError
from reparations.vault.keyring import KEY_BYTES, keyring_of
from reparations.vault.models import SubjectKey

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_BUCKET_BYTES = 32
_AT_ONCE = 500
"""Subjects read by one statement."""


class SealBroken(ReparationsError):
    """A sealed value does not open: it was changed, moved to another row, or its key is not the right one."""

    code = "vault.seal_broken"
    status = 500


class SubjectErased(NotFound):
    """The subject's key is gone; what it sealed cannot be read by anyone."""

    code = "vault.subject_erased"


@dataclass(frozen=True, slots=True)
class SubjectVault:
    """Seals and opens the fields of one subject."""

    key: bytes = field(repr=False)

    def seal(self, *, place: str, plaintext: str | bytes) -> bytes:
        """Seal a value for one place, ``table|column|row id``."""
        raw = plaintext.encode() if isinstance(plaintext, str) else plaintext
        padded = raw + b"\x80" + b"\x00" * (-(len(raw) + 1) % _BUCKET_BYTES)
        return _encrypt(self.key, padded, place)

    def open(self, *, place: str, sealed: bytes) -> str:
        """Open a text sealed for `place`.

        Raises:
            SealBroken: it is not what was sealed there.
        """
        return self.open_bytes(place=place, sealed=sealed).decode()

    def open_bytes(self, *, place: str, sealed: bytes) -> bytes:
        """Open bytes sealed for `place`; see `open`."""
        return _decrypt(self.key, sealed, place).rstrip(b"\x00").removesuffix(b"\x80")


def create_subject(session: Session, subject_id: str, *, at: datetime) -> SubjectVault:
    """Make a new subject's key and blind and store them wrapped."""
    keyring = keyring_of(session)
    key, blind = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    row = SubjectKey(
        subject_id=subject_id,
        wrapped_key=_encrypt(keyring.kek, key, f"subject_key|wrapped_key|{subject_id}"),
        blind=_encrypt(keyring.kek, blind, f"subject_key|blind|{subject_id}"),
        kek_id=keyring.kek_id,
        created_at=at,
    )
    session.add(row)
    session.flush()
    return SubjectVault(key)


def open_subject(session: Session, subject_id: str) -> SubjectVault:
    """Return the vault of a subject made before.

    Raises:
        SubjectErased: there is no key for it.
    """
    row = _row(session, subject_id)
    return SubjectVault(_decrypt(keyring_of(session).kek, row.wrapped_key, f"subject_key|wrapped_key|{subject_id}"))


def open_subjects(session: Session, subject_ids: Collection[str]) -> dict[str, SubjectVault]:
    """Return the vaults of many subjects, read in few statements; see `open_subject`."""
    ordered = sorted(set(subject_ids))
    kek, found = keyring_of(session).kek, {}
    for start in range(0, len(ordered), _AT_ONCE):
        part = ordered[start : start + _AT_ONCE]
        wanted = select(SubjectKey.subject_id, SubjectKey.wrapped_key).where(col(SubjectKey.subject_id).in_(part))
        for subject_id, wrapped in session.exec(wanted):
            found[subject_id] = SubjectVault(_decrypt(kek, wrapped, f"subject_key|wrapped_key|{subject_id}"))
    for subject_id in ordered:
        if subject_id not in found:
            raise _erased(subject_id)
    return found


def commitment(session: Session, subject_id: str, data: bytes) -> bytes:
    """Commit to `data` of a subject: 32 bytes that prove it later, and mean nothing once the subject is erased."""
    row = _row(session, subject_id)
    blind = _decrypt(keyring_of(session).kek, row.blind, f"subject_key|blind|{subject_id}")
    return hmac.digest(blind, data, sha256)


def _row(session: Session, subject_id: str) -> SubjectKey:
    row = session.get(SubjectKey, subject_id)
    if row is None:
        raise _erased(subject_id)
    return row


def _erased(subject_id: str) -> SubjectErased:
    return SubjectErased("What was kept about this subject has been erased.", record=subject_id)


def _encrypt(key: bytes, data: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, data, f"{place}|v1".encode())


def _decrypt(key: bytes, sealed: bytes, place: str) -> bytes:
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    broken = SealBroken("A sealed value does not open: it was changed or moved.", record=place.rsplit("|", 1)[-1])
    if sealed[:1] != _FORMAT:
        raise broken
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, f"{place}|v1".encode())
    except (InvalidTag, ValueError):
        raise broken from None
