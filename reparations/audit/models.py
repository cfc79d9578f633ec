"""The tables of the event log.  All are append-only; only the head moves, and only together with an event."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlmodel import Field

from reparations.db import Instant, Row


class AuditHead(Row, table=True):
    """Where the log ends: one row.  Inserting an event moves it; nothing else can."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"sqlite_strict": True})
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"size"})  # to lock it; the trigger refuses any change
    insertable: ClassVar[bool] = False
    audited: ClassVar[bool] = False

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    size: int = Field(sa_type=BigInteger)
    """Number of events, and the number of the next one."""
    last_leaf: bytes = Field(sa_type=LargeBinary)
    """Leaf hash of the last event; empty before the first."""


class AuditEvent(Row, table=True):
    """One deed.  `body` holds the exact bytes that were hashed; the other columns repeat it for searching."""

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("seq >= 0", name="seq_natural"),
        CheckConstraint("length(leaf_hash) = 32", name="leaf_hash_length"),
        CheckConstraint("length(subtree) = 32", name="subtree_length"),
        CheckConstraint("length(app_sig) = 64", name="app_sig_length"),
        CheckConstraint("length(body) <= 8192", name="body_length"),
        Index(None, "subject"),
        {"sqlite_strict": True},
    )
    audited: ClassVar[bool] = False

    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)
    type: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    leaf_hash: bytes = Field(sa_type=LargeBinary)
    """RFC 6962 leaf hash of `body`; PostgreSQL recomputes it, SQLite checks its length."""
    subtree: bytes = Field(sa_type=LargeBinary)
    """Root of the largest complete subtree that ends with this event; see `merkle`."""
    app_sig: bytes = Field(sa_type=LargeBinary)
    """Ed25519 signature of the log key over `leaf_hash`."""


class AuditRow(Row, table=True):
    """The content hash of one row as one event left it; 32 zero bytes say that the event deleted the row."""

    __tablename__ = "audit_row"
    __table_args__ = (
        CheckConstraint("length(row_sha256) = 32", name="row_sha256_length"),
        # Deferred, because the rows are written before the event that counts them.
        ForeignKeyConstraint(["seq"], ["audit_event.seq"], deferrable=True, initially="DEFERRED"),
        Index(None, "table_name", "row_key", "seq"),
        {"sqlite_strict": True},
    )
    audited: ClassVar[bool] = False

    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    table_name: str = Field(primary_key=True, sa_type=Text)
    row_key: str = Field(primary_key=True, sa_type=Text)
    row_sha256: bytes = Field(sa_type=LargeBinary)


class AuditCheckpoint(Row, table=True):
    """A signed statement of the log's size and root, in the C2SP checkpoint format."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"), {"sqlite_strict": True})
    audited: ClassVar[bool] = False

    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    note: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
