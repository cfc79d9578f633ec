"""The table of subjects' keys."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field

from reparations.db import Instant, Row


class SubjectKey(Row, table=True):
    """A subject's own key and blind, wrapped under the root key.  Deleting the row erases the subject."""

    __tablename__ = "subject_key"
    __table_args__ = ({"sqlite_strict": True},)
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"wrapped_key", "blind", "kek_id"})
    audited: ClassVar[bool] = False

    subject_id: str = Field(primary_key=True, sa_type=Text)
    wrapped_key: bytes = Field(sa_type=LargeBinary)
    """AES-256-GCM of the 32-byte data key; associated data names the subject."""
    blind: bytes = Field(sa_type=LargeBinary)
    """AES-256-GCM of the 32-byte blind that keys this subject's commitments."""
    kek_id: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
