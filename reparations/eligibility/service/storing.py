"""Storing what the rules found on many claims, set-based: no object and no statement a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Table, insert, text
from sqlmodel import Session

from reparations.audit import RowDigest, hash_row
from reparations.db import dialect
from reparations.eligibility.models import Assessment

_assessment: Table = Assessment.__table__  # type: ignore[attr-defined]
_ARRAYS = {
    "id": "text",
    "claim_id": "text",
    "number": "bigint",
    "facts_revision_id": "text",
    "outcome": "text",
    "codes": "bytea",
    "grounds": "text",
    "asks": "text",
    "by_succession": "boolean",
    "computed_amount_minor": "bigint",
}
"""Columns that differ from row to row, with their type in PostgreSQL."""
_POSTGRESQL = text(
    f"INSERT INTO assessment ({', '.join(_ARRAYS)}, rule_set_id, currency, assessed_at)"  # noqa: S608 names of this file
    f" SELECT t.*, :rule_set_id, :currency, CAST(:assessed_at AS timestamptz)"
    f" FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in _ARRAYS.items())}) AS t"
)

NewAssessment = dict[str, object]
"""A row of `assessment`, by column, without the columns that all rows of a deed have in common."""


def store_assessments(
    session: Session, rows: Sequence[NewAssessment], *, rule_set_id: str, currency: str, at: datetime
) -> list[RowDigest]:
    """Insert assessments, every constraint and trigger as with one, and return what the event commits to of each.

    The hash is taken from the values sent; text, integers, bytes and truth come back as they were sent.
    """
    if not rows:
        return []
    common: dict[str, object] = {"rule_set_id": rule_set_id, "currency": currency, "assessed_at": at}
    session.flush()
    connection = session.connection()
    if dialect(session) == "postgresql":
        arrays = {name: [row[name] for row in rows] for name in _ARRAYS}
        connection.execute(_POSTGRESQL, common | arrays)
    else:
        connection.execute(insert(_assessment), [row | common for row in rows])
    return [RowDigest(_assessment.name, str(row["id"]), hash_row(row | common)) for row in rows]
