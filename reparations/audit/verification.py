"""Checking the log, and the tables against the log.

Nothing is repaired and nothing is believed: each finding names what was changed by its number or its key, never by its
content.  An event that was edited without its hash is named alone; the chain goes on from the stored hash, so that one
lie does not make ten thousand findings.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from sqlalchemy import func
from sqlalchemy.exc import DataError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.audit import merkle, queries
from reparations.audit.canon import canonical
from reparations.audit.errors import NotRecordable
from reparations.audit.models import AuditCheckpoint, AuditEvent, AuditRow
from reparations.audit.notes import NoteUnreadable, open_checkpoint
from reparations.audit.rowhash import DELETED, RowDigest, table_digests
from reparations.audit.service import hash_digests
from reparations.audit.spelling import list_misspelt
from reparations.calendar import iso_instant
from reparations.db import legible_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from sqlalchemy import Table
    from sqlmodel.sql.expression import SelectOfScalar

    from reparations.db import Row

RowSource: TypeAlias = Callable[[Session], Iterable[RowDigest]]
"""Recomputes the digests of a table that a service commits to in its own way."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded."""

    code: str
    record: str
    """``event 12``, ``checkpoint 40`` or ``payment pay_01J…``."""
    message: str


Check: TypeAlias = Callable[[Session], Iterable[Finding]]
"""Looks at a consistent view of the database, and says what is wrong."""


def run_checks(session: Session, models: Iterable[type[Row]], checks: Iterable[Check]) -> list[Finding]:
    """Run checks over a database in which somebody may have written anything at all, and list what they find.

    Args:
        session: a consistent view (`Database.reading`).
        models: what the checks read.  Where one of its rows holds what is no day, a check may not come to its end; then
            both are named, and the other checks are made all the same.
        checks: to run.
    """
    with legible_text(session):
        misspelt = [
            Finding(
                "audit.row_misspelt", record, f"What is written there is not what it should be: {', '.join(columns)}."
            )
            for record, columns in list_misspelt(session, models)
        ]
        found = [*misspelt]
        for check in checks:
            try:
                found.extend(check(session))
            except (ValueError, DataError):
                if not misspelt:
                    raise
                message = "What is misspelt kept a check from coming to its end: mend that, and check again."
                found.append(Finding("audit.unchecked", "database", message))
    return list(dict.fromkeys(found))


def verify_log(
    session: Session, public_key: Ed25519PublicKey, *, outside_checkpoints: Sequence[str] = ()
) -> Iterator[Finding]:
    """Check every event, the chain, the tree, the signatures, the row commitments and the checkpoints.

    Args:
        session: a consistent view (`Database.reading`).
        public_key: of the log.
        outside_checkpoints: signed notes kept elsewhere; the log must still contain what they signed.

    Yields:
        what is wrong; nothing if all is well.
    """
    checkpoints, findings = _read_checkpoints(session, public_key, outside_checkpoints)
    yield from findings
    frontier = merkle.Frontier()
    expected, last_leaf = 0, b""
    while events := queries.list_events(session, first=expected, limit=_CHUNK):
        rows = _rows_of_events(session, events[0].seq, events[-1].seq)
        for event in events:
            if event.seq != expected:
                yield Finding("audit.gap", f"event {expected}", f"Events {expected} to {event.seq - 1} are missing.")
            yield from _check_signed(event, public_key)
            written = _read_body(event.body)
            if written is None:
                yield _event_finding("audit.body_not_canonical", event, "Its content is not in the canonical spelling.")
            else:
                yield from _check_written(event, written, last_leaf, sorted(rows.get(event.seq, [])))
            if frontier.add(event.leaf_hash) != event.subtree:
                yield _event_finding("audit.subtree_changed", event, "The stored subtree is not that of its events.")
            expected, last_leaf = event.seq + 1, event.leaf_hash
            signed_root = checkpoints.pop(frontier.size, None)
            if signed_root is not None and signed_root != frontier.root():
                message = "The events are not those that were signed; its past has been rewritten."
                yield Finding("audit.checkpoint_contradicted", f"checkpoint {frontier.size}", message)
        session.expunge_all()  # a million events are not kept
    yield from _check_end(session, expected, last_leaf, checkpoints)


def verify_rows(
    session: Session, models: Iterable[type[Row]], digests: Mapping[str, RowSource] | None = None
) -> Iterator[Finding]:
    """Check every row of the audited tables against the last event that committed to it.

    Args:
        session: a consistent view (`Database.reading`).
        models: to check; those whose `audited` is false are passed over.
        digests: table name to the function that recomputes its digests, where the service commits to records of
            several rows.

    Yields:
        rows changed, added or removed behind the application's back.
    """
    sources = digests or {}
    for model in models:
        if model.audited:
            table: Table = model.__table__  # type: ignore[attr-defined]
            yield from _verify_table(session, table.name, sources.get(table.name, partial(table_digests, table=table)))


def _verify_table(session: Session, table: str, source: RowSource) -> Iterator[Finding]:
    committed = 0
    for chunk in _chunks(source(session)):
        known = _latest_commitments(session, table, [digest.key for digest in chunk])
        for digest in chunk:
            record = f"{table} {digest.key}"
            recorded = known.get(digest.key)
            if recorded is None:
                yield Finding("audit.row_unrecorded", record, "No event knows of this row.")
            elif recorded == DELETED:
                yield Finding("audit.row_resurrected", record, "An event says that this row was deleted.")
            else:
                committed += 1
                if recorded != digest.sha256:
                    message = "The row is not as the last event that concerns it left it."
                    yield Finding("audit.row_changed", record, message)
    live = _live_commitments(table)
    if committed != session.exec(select(func.count()).select_from(live.subquery())).one():
        present = {digest.key for digest in source(session)}
        for key in session.exec(live.execution_options(yield_per=_CHUNK)):
            if key not in present:
                yield Finding("audit.row_missing", f"{table} {key}", "An event recorded this row, and it is gone.")


def _live_commitments(table: str) -> SelectOfScalar[str]:
    """Select the keys of the rows that the log says are there."""
    later = aliased(AuditRow)
    last = (
        select(func.max(later.seq))
        .where(later.table_name == AuditRow.table_name, later.row_key == AuditRow.row_key)
        .scalar_subquery()
    )
    return select(AuditRow.row_key).where(
        col(AuditRow.table_name) == table, col(AuditRow.seq) == last, col(AuditRow.row_sha256) != DELETED
    )


def _latest_commitments(session: Session, table: str, keys: Sequence[str]) -> dict[str, bytes]:
    statement = (
        select(AuditRow.row_key, AuditRow.row_sha256)
        .where(col(AuditRow.table_name) == table, col(AuditRow.row_key).in_(keys))
        .order_by(col(AuditRow.seq))
    )
    return dict(session.exec(statement).all())


def _read_checkpoints(
    session: Session, public_key: Ed25519PublicKey, outside: Sequence[str]
) -> tuple[dict[int, bytes], list[Finding]]:
    """Return the signed roots by size, our own and those kept outside, and what is wrong with the notes themselves."""
    roots: dict[int, bytes] = {}
    findings = []
    stored = session.exec(select(AuditCheckpoint.size, AuditCheckpoint.note)).all()
    for size, note in [*stored, *((None, note) for note in outside)]:
        record = "outside checkpoint" if size is None else f"checkpoint {size}"
        try:
            signed = open_checkpoint(note, public_key)
        except NoteUnreadable as error:
            findings.append(Finding("audit.checkpoint_unreadable", record, f"It cannot be trusted: {error}."))
            continue
        if size not in (None, signed.size):
            findings.append(Finding("audit.checkpoint_changed", record, f"Its note is of size {signed.size}."))
        if roots.setdefault(signed.size, signed.root) != signed.root:
            message = "Two checkpoints of this size contradict one another: proof that history was rewritten."
            findings.append(Finding("audit.checkpoint_contradicted", record, message))
    return roots, findings


def _check_signed(event: AuditEvent, public_key: Ed25519PublicKey) -> Iterator[Finding]:
    if merkle.leaf_hash(event.body) != event.leaf_hash:
        yield _event_finding("audit.body_changed", event, "Its content is not what was hashed.")
    try:
        public_key.verify(event.app_sig, event.leaf_hash)
    except InvalidSignature:
        yield _event_finding("audit.signature_wrong", event, "The service did not sign this event.")


def _check_written(
    event: AuditEvent, written: Mapping[str, Any], last_leaf: bytes, rows: Sequence[RowDigest]
) -> Iterator[Finding]:
    """Check what an event says about the one before it, its own columns and its rows."""
    if written.get("prev") != last_leaf.hex():
        yield _event_finding("audit.chain_broken", event, "It does not follow the event before it.")
    columns = {"seq": event.seq, "type": event.type, "subject": event.subject, "at": iso_instant(event.at)}
    if any(written.get(name) != value for name, value in columns.items()):
        yield _event_finding("audit.columns_changed", event, "Its searchable columns differ from its content.")
    if written.get("rows_count") != len(rows) or written.get("rows_sha256") != hash_digests(rows).hex():
        yield _event_finding("audit.commitments_changed", event, "Its row hashes are not those it was written with.")


def _check_end(session: Session, size: int, last_leaf: bytes, unseen: Mapping[int, bytes]) -> Iterator[Finding]:
    head = queries.get_head(session)
    if head != (size, last_leaf):
        yield Finding("audit.head_wrong", "head", f"The head says {head.size} events; there are {size}, or others.")
    for signed in sorted(unseen):
        message = f"{signed} events were signed, and the log has {size}."
        yield Finding("audit.truncated", f"checkpoint {signed}", message)
    orphans = select(col(AuditRow.seq)).where(col(AuditRow.seq) >= size).distinct().order_by(col(AuditRow.seq))
    for seq in session.exec(orphans):
        yield Finding("audit.commitments_changed", f"event {seq}", "There are row hashes of an event that is missing.")


def _rows_of_events(session: Session, first: int, last: int) -> dict[int, list[RowDigest]]:
    rows: defaultdict[int, list[RowDigest]] = defaultdict(list)
    statement = select(AuditRow.seq, AuditRow.table_name, AuditRow.row_key, AuditRow.row_sha256)
    for seq, table, key, digest in session.exec(statement.where(col(AuditRow.seq).between(first, last))):
        rows[seq].append(RowDigest(table, key, digest))
    return rows


def _read_body(body: bytes) -> dict[str, Any] | None:
    """Parse an event; None unless it is in its one canonical spelling."""
    try:
        written = json.loads(body)
        return written if isinstance(written, dict) and canonical(written) == body else None
    except (ValueError, NotRecordable):
        return None


def _event_finding(code: str, event: AuditEvent, message: str) -> Finding:
    return Finding(code, f"event {event.seq}", message)


def _chunks(digests: Iterable[RowDigest]) -> Iterator[list[RowDigest]]:
    iterator = iter(digests)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
