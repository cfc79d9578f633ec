"""Recording a deed, on both engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from hashlib import sha256
from itertools import pairwise

import pytest
from sqlalchemy import insert
from sqlmodel import col, select

from reparations.audit import RowDigest, merkle, queries
from reparations.audit.errors import NotRecordable
from reparations.audit.models import AuditEvent, AuditRow
from reparations.audit.rowhash import hash_row, row_key
from reparations.audit.verification import verify_log
from reparations.db import Database, Session
from reparations.vault import Keyring
from reparations.vault.models import SubjectKey
from tests.conftest import NOON
from tests.factories.audit import CLERK, make_event, make_log, make_row

Refused = Callable[[str], AbstractContextManager[None]]


def test_an_event_is_stored_as_the_exact_bytes_that_were_hashed_and_signed(session: Session, keyring: Keyring) -> None:
    seq = make_event(session, action="claim.registered", subject="clm_1", body={"number": 7})

    event = queries.get_event(session, seq)
    written = json.loads(event.body)
    assert written == {
        "v": 1,
        "seq": 0,
        "prev": "",
        "salt": written["salt"],
        "at": "2031-05-01T12:00:00.000000Z",
        "type": "claim.registered",
        "actor": CLERK.officer_id,
        "person": CLERK.person_id,
        "office": CLERK.office_id,
        "duty": None,
        "subject": "clm_1",
        "req": None,
        "rows_count": 0,
        "rows_sha256": sha256(b"").hexdigest(),
        "body": {"number": 7},
    }
    assert len(bytes.fromhex(written["salt"])) == 16
    assert event.leaf_hash == sha256(b"\x00" + event.body).digest()
    keyring.log_key.public_key().verify(event.app_sig, event.leaf_hash)


def test_events_are_numbered_without_a_gap_and_chained(session: Session) -> None:
    numbers = [make_event(session, subject=f"clm_{number}") for number in range(5)]

    events = queries.list_events(session, first=0, limit=10)
    assert numbers == [event.seq for event in events] == [0, 1, 2, 3, 4]
    for before, event in pairwise(events):
        assert json.loads(event.body)["prev"] == before.leaf_hash.hex()
    assert queries.get_head(session) == (5, events[-1].leaf_hash)


def test_two_equal_deeds_have_different_hashes(session: Session) -> None:
    first, second = make_event(session), make_event(session)
    bodies = [json.loads(queries.get_event(session, seq).body) for seq in (first, second)]
    assert bodies[0]["salt"] != bodies[1]["salt"]


def test_a_deed_that_is_undone_leaves_neither_event_nor_gap(database: Database) -> None:
    make_log(database, size=2)
    with pytest.raises(NotRecordable):
        _record_and_fail(database)
    make_log(database, size=1)

    with database.reading() as session:
        assert [event.seq for event in queries.list_events(session, first=0, limit=10)] == [0, 1, 2]


def test_a_subject_with_quotes_and_backslashes_is_recorded(session: Session) -> None:
    seq = make_event(session, subject='a "quoted" \\ subject')
    assert queries.get_event(session, seq).subject == 'a "quoted" \\ subject'


def test_what_is_not_canonical_is_refused_before_anything_is_written(session: Session) -> None:
    with pytest.raises(NotRecordable):
        make_event(session, body={"share": 0.5})  # type: ignore[dict-item]
    assert queries.get_head(session).size == 0


def test_an_event_commits_to_the_rows_as_the_database_holds_them(session: Session) -> None:
    row = make_row(session, "pty_1")

    seq = make_event(session, rows=[row, RowDigest("ledger_transfer", "entry-1", b"\x07" * 32)])

    committed = session.exec(select(AuditRow).where(AuditRow.seq == seq).order_by(col(AuditRow.table_name))).all()
    content = {
        "subject_id": "pty_1",
        "wrapped_key": row.wrapped_key,
        "blind": row.blind,
        "kek_id": row.kek_id,
        "created_at": NOON,
    }
    assert [(one.table_name, one.row_key, one.row_sha256) for one in committed] == [
        ("ledger_transfer", "entry-1", b"\x07" * 32),
        ("subject_key", "pty_1", hash_row(content)),
    ]
    lines = "".join(f"{one.table_name}\t{one.row_key}\t{one.row_sha256.hex()}\n" for one in committed)
    assert json.loads(queries.get_event(session, seq).body)["rows_sha256"] == sha256(lines.encode()).hexdigest()


def test_an_event_carries_hundreds_of_rows(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        rows = [make_row(session, f"pty_{number:04}") for number in range(700)]
        seq = make_event(session, rows=rows)
    with database.reading() as session:
        assert json.loads(queries.get_event(session, seq).body)["rows_count"] == 700
        assert list(verify_log(session, keyring.log_key.public_key())) == []


def test_a_row_named_twice_counts_once(session: Session) -> None:
    row = make_row(session, "pty_1")
    seq = make_event(session, rows=[row, row])
    assert json.loads(queries.get_event(session, seq).body)["rows_count"] == 1


def test_a_row_that_is_not_in_the_database_cannot_be_committed_to(session: Session) -> None:
    row = SubjectKey(subject_id="pty_9", wrapped_key=b"", blind=b"", kek_id="", created_at=NOON)
    with pytest.raises(ValueError, match="never added"):
        make_event(session, rows=[row])


def test_the_parts_of_a_composite_key_cannot_run_together() -> None:
    assert row_key(["a|b", "c"]) != row_key(["a", "b|c"])


def test_eight_writers_at_once_leave_no_gap(database: Database, keyring: Keyring) -> None:
    def write(writer: int) -> None:
        for number in range(10):
            with database.transaction() as session:
                make_event(
                    session, subject=f"clm_{writer}_{number}", rows=[make_row(session, f"pty_{writer}_{number}")]
                )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    with database.reading() as session:
        assert [event.seq for event in queries.list_events(session, first=0, limit=100)] == list(range(80))
        assert list(verify_log(session, keyring.log_key.public_key())) == []


def _record_and_fail(database: Database) -> None:
    with database.transaction() as session:
        make_event(session)
        make_event(session, action="\n")


RAW = {"at": NOON, "type": "x.y", "subject": "s", "app_sig": bytes(64)}


def forged(seq: int, prev: bytes, **changes: object) -> dict[str, object]:
    """Write an event as an intruder would, who knows the format and has no key."""
    body: dict[str, object] = {
        "actor": "a",
        "at": "2031-05-01T12:00:00.000000Z",
        "body": {},
        "duty": None,
        "office": "o",
        "person": "p",
    }
    body |= {"prev": prev.hex(), "req": None, "rows_count": 0, "rows_sha256": sha256(b"").hexdigest()}
    body |= {"salt": "00" * 16, "seq": seq, "subject": "s", "type": "x.y", "v": 1} | changes
    text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    leaf = merkle.leaf_hash(text)
    return {**RAW, "seq": seq, "body": text, "leaf_hash": leaf, "subtree": leaf}


def test_the_database_takes_a_well_formed_event_and_moves_the_head_with_it(session: Session) -> None:
    event = forged(0, b"")
    session.connection().execute(insert(AuditEvent).values(**event))
    assert queries.get_head(session) == (1, event["leaf_hash"])


def test_the_database_refuses_an_event_that_is_not_the_next(session: Session, refused: Refused) -> None:
    make_event(session)
    for seq in (0, 2, 99):
        with refused("audit_event.gap"):
            session.connection().execute(insert(AuditEvent).values(**forged(seq, queries.get_head(session).last_leaf)))


def test_the_database_refuses_an_event_that_breaks_the_chain(session: Session, refused: Refused) -> None:
    make_event(session)
    with refused("audit_event.chain"):
        session.connection().execute(insert(AuditEvent).values(**forged(1, b"\x01" * 32)))


def test_the_database_refuses_columns_that_differ_from_the_content(session: Session, refused: Refused) -> None:
    for change in ({"type": "y.z"}, {"subject": "t"}, {"at": "2031-05-01T12:00:00.000001Z"}):
        with refused("audit_event.columns"):
            session.connection().execute(insert(AuditEvent).values(**forged(0, b"", **change)))


def test_the_database_refuses_an_event_with_another_number_of_rows(session: Session, refused: Refused) -> None:
    with refused("audit_event.rows"):
        session.connection().execute(insert(AuditEvent).values(**forged(0, b"", rows_count=1)))


def test_the_database_refuses_row_hashes_for_an_event_already_written(session: Session, refused: Refused) -> None:
    make_event(session)
    with refused("audit_row.before_event"):
        session.connection().execute(
            insert(AuditRow).values(seq=0, table_name="t", row_key="k", row_sha256=b"\x01" * 32)
        )


def test_the_database_refuses_row_hashes_without_an_event(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), database.transaction() as session:
        session.connection().execute(
            insert(AuditRow).values(seq=0, table_name="t", row_key="k", row_sha256=b"\x01" * 32)
        )


def test_postgresql_computes_the_hashes_itself(session: Session, refused: Refused) -> None:
    if session.get_bind().dialect.name == "sqlite":
        return  # SQLite has no hash function: `audit verify` finds it there (test_verification)
    with refused("audit_event.leaf_hash"):
        session.connection().execute(insert(AuditEvent).values(**forged(0, b"") | {"leaf_hash": b"\x01" * 32}))
    with refused("audit_event.subtree"):
        session.connection().execute(insert(AuditEvent).values(**forged(0, b"") | {"subtree": b"\x01" * 32}))
