"""`audit verify` finds whatever is changed behind the application's back, and names it; on both engines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.access.models import Office
from reparations.audit import RowDigest, merkle, queries
from reparations.audit.checkpoints import make_checkpoint
from reparations.audit.models import AuditEvent
from reparations.audit.notes import Checkpoint, sign_checkpoint
from reparations.audit.verification import Finding, verify_log, verify_rows
from reparations.db import Database
from reparations.settings import Settings
from reparations.vault import Keyring
from tests.conftest import NOON
from tests.factories.access import make_office
from tests.factories.audit import behind_our_back, make_event, make_log

SIZE = 9


@pytest.fixture
def log(database: Database, settings: Settings, owner: Database) -> Database:
    """Give the owner's view of a log of nine events and two checkpoints, with a row in each event."""
    for number in range(SIZE):
        with database.transaction() as session:
            office = make_office(session, code=f"OFFICE-{number}")
            make_event(session, subject=f"clm_{number}", rows=[office, RowDigest("entry", f"e{number}", b"\x05" * 32)])
        if number in (4, SIZE - 1):
            with database.transaction() as session:
                make_checkpoint(session, settings=settings, at=NOON)
    return owner


def findings(database: Database, keyring: Keyring, *outside: str) -> list[Finding]:
    with database.reading() as session:
        return list(verify_log(session, keyring.log_key.public_key(), outside_checkpoints=outside))


def tamper(owner: Database, statement: str, **values: Any) -> None:  # noqa: ANN401 column values
    with behind_our_back(owner) as session:
        session.connection().execute(text(statement), values)


def test_an_untouched_log_gives_no_finding(log: Database, keyring: Keyring) -> None:
    assert findings(log, keyring) == []


def test_an_edited_event_is_named_alone(log: Database, keyring: Keyring) -> None:
    with log.reading() as session:
        bodies = [(event.seq, event.body) for event in queries.list_events(session, first=0, limit=SIZE)]
    for position in range(0, len(bodies[0][1]), 29):
        seq, body = bodies[position % SIZE]
        changed = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        tamper(log, "UPDATE audit_event SET body = :body WHERE seq = :seq", body=changed, seq=seq)
        found = findings(log, keyring)
        assert {finding.record for finding in found} == {f"event {seq}"}
        assert "audit.body_changed" in {finding.code for finding in found}
        tamper(log, "UPDATE audit_event SET body = :body WHERE seq = :seq", body=body, seq=seq)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("subject = 'clm_x'", "audit.columns_changed"),
        ("type = 'x.y'", "audit.columns_changed"),
        ("at = '2031-05-01 12:00:00.000001+00'", "audit.columns_changed"),
    ],
)
def test_an_edited_column_is_named(log: Database, keyring: Keyring, change: str, code: str) -> None:
    if log.engine.dialect.name == "sqlite":
        change = change.replace("+00'", "'")
    tamper(log, f"UPDATE audit_event SET {change} WHERE seq = 3")
    assert findings(log, keyring) == [Finding(code, "event 3", "Its searchable columns differ from its content.")]


@pytest.mark.parametrize(
    ("column", "code"), [("app_sig", "audit.signature_wrong"), ("subtree", "audit.subtree_changed")]
)
def test_an_edited_signature_or_subtree_is_named(log: Database, keyring: Keyring, column: str, code: str) -> None:
    with log.reading() as session:
        value = bytearray(getattr(queries.get_event(session, 3), column))
    value[-1] ^= 1
    tamper(log, f"UPDATE audit_event SET {column} = :value WHERE seq = 3", value=bytes(value))
    assert [(finding.code, finding.record) for finding in findings(log, keyring)] == [(code, "event 3")]


def test_an_event_rewritten_with_its_hash_fails_by_signature_chain_and_checkpoint(
    log: Database, keyring: Keyring
) -> None:
    with log.reading() as session:
        body = queries.get_event(session, 3).body.replace(b"clm_3", b"clm_9")
    tamper(
        log,
        "UPDATE audit_event SET body = :body, subject = 'clm_9', leaf_hash = :leaf WHERE seq = 3",
        body=body,
        leaf=merkle.leaf_hash(body),
    )
    found = {(finding.code, finding.record) for finding in findings(log, keyring)}
    assert found >= {
        ("audit.signature_wrong", "event 3"),
        ("audit.chain_broken", "event 4"),
        ("audit.checkpoint_contradicted", "checkpoint 5"),
    }


def test_a_deleted_event_is_named(log: Database, keyring: Keyring) -> None:
    tamper(log, "DELETE FROM audit_event WHERE seq = 3")
    found = {(finding.code, finding.record) for finding in findings(log, keyring)}
    assert found >= {("audit.gap", "event 3"), ("audit.chain_broken", "event 4")}


def test_a_log_cut_off_at_its_end_is_found_by_its_checkpoints(log: Database, keyring: Keyring) -> None:
    tamper(log, "DELETE FROM audit_event WHERE seq >= 7")
    codes = {finding.code for finding in findings(log, keyring)}
    assert codes == {"audit.head_wrong", "audit.truncated", "audit.commitments_changed"}


def test_a_log_cut_off_with_its_checkpoints_is_found_by_one_kept_elsewhere(log: Database, keyring: Keyring) -> None:
    with log.reading() as session:
        kept = queries.get_latest_checkpoint(session).note
        last = queries.get_event(session, 6).leaf_hash
    tamper(log, "DELETE FROM audit_checkpoint")
    tamper(log, "DELETE FROM audit_row WHERE seq >= 7")
    tamper(log, "DELETE FROM audit_event WHERE seq >= 7")
    tamper(log, "UPDATE audit_head SET size = 7, last_leaf = :last", last=last)

    assert findings(log, keyring) == []
    assert [finding.code for finding in findings(log, keyring, kept)] == ["audit.truncated"]


def test_a_whole_history_rewritten_with_the_stolen_key_is_found_by_a_checkpoint_kept_elsewhere(
    log: Database, keyring: Keyring, database: Database
) -> None:
    with log.reading() as session:
        kept = queries.get_latest_checkpoint(session).note
    for table in ("audit_checkpoint", "audit_row", "audit_event"):
        tamper(log, f"DELETE FROM {table}")
    tamper(log, "UPDATE audit_head SET size = 0, last_leaf = :none", none=b"")
    make_log(database, size=SIZE)

    assert findings(log, keyring) == []
    found = findings(log, keyring, kept)
    assert [(finding.code, finding.record) for finding in found] == [
        ("audit.checkpoint_contradicted", f"checkpoint {SIZE}")
    ]


def test_two_checkpoints_that_contradict_one_another_are_found(log: Database, keyring: Keyring) -> None:
    other = sign_checkpoint(Checkpoint("reparations.example/audit", 5, b"\x01" * 32), keyring.log_key)
    assert "audit.checkpoint_contradicted" in {finding.code for finding in findings(log, keyring, other)}


def test_a_changed_checkpoint_is_named(log: Database, keyring: Keyring) -> None:
    tamper(log, "UPDATE audit_checkpoint SET note = replace(note, 'audit', 'audio') WHERE size = 5")
    found = [(finding.code, finding.record) for finding in findings(log, keyring)]
    assert found == [("audit.checkpoint_unreadable", "checkpoint 5")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_row SET row_sha256 = :other WHERE seq = 3 AND table_name = 'office'",
        "UPDATE audit_row SET row_key = 'x' WHERE seq = 3 AND table_name = 'office'",
        "DELETE FROM audit_row WHERE seq = 3 AND table_name = 'office'",
        "INSERT INTO audit_row (seq, table_name, row_key, row_sha256) VALUES (3, 'office', 'x', :other)",
    ],
)
def test_changed_row_hashes_are_named_by_their_event(log: Database, keyring: Keyring, statement: str) -> None:
    tamper(log, statement, **({"other": b"\x01" * 32} if ":other" in statement else {}))
    found = [(finding.code, finding.record) for finding in findings(log, keyring)]
    assert found == [("audit.commitments_changed", "event 3")]


def test_a_head_moved_alone_is_found(log: Database, keyring: Keyring) -> None:
    tamper(log, "UPDATE audit_head SET size = size + 1")
    assert [finding.code for finding in findings(log, keyring)] == ["audit.head_wrong"]


# ── rows against the log ──


def row_findings(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(finding.code, finding.record) for finding in verify_rows(session, [Office, AuditEvent], {})]


def test_rows_as_their_last_event_left_them_give_no_finding(log: Database) -> None:
    assert row_findings(log) == []


def test_a_row_changed_behind_our_back_is_named_by_table_and_key(log: Database) -> None:
    office = _office(log, "OFFICE-3")
    tamper_office(log, "UPDATE office SET name = 'Elsewhere' WHERE code = 'OFFICE-3'")

    assert row_findings(log) == [("audit.row_changed", f"office {office}")]
    with log.reading() as session:
        (finding,) = verify_rows(session, [Office])
    assert "Elsewhere" not in finding.message


def test_a_row_slipped_in_is_named(log: Database) -> None:
    tamper_office(log, "INSERT INTO office (id, code, name) VALUES ('off_ghost', 'GHOST', 'Nowhere')")
    assert row_findings(log) == [("audit.row_unrecorded", "office off_ghost")]


def test_a_row_removed_is_named(log: Database) -> None:
    office = _office(log, "OFFICE-3")
    tamper_office(log, "DELETE FROM office WHERE code = 'OFFICE-3'")
    assert row_findings(log) == [("audit.row_missing", f"office {office}")]


def test_a_row_replaced_by_another_is_named_twice(log: Database) -> None:
    office = _office(log, "OFFICE-3")
    tamper_office(log, "UPDATE office SET id = 'off_other' WHERE code = 'OFFICE-3'")
    assert sorted(row_findings(log)) == [
        ("audit.row_missing", f"office {office}"),
        ("audit.row_unrecorded", "office off_other"),
    ]


def test_a_row_that_an_event_deleted_is_not_missed_and_not_allowed_back(log: Database, database: Database) -> None:
    office = _office(log, "OFFICE-3")
    tamper_office(log, "DELETE FROM office WHERE code = 'OFFICE-3'")
    with database.transaction() as session:
        make_event(session, rows=[RowDigest.deleted("office", office)])
    assert row_findings(log) == []

    with log.transaction() as session:
        values = {"id": office}
        session.connection().execute(text("INSERT INTO office (id, code, name) VALUES (:id, 'O', 'O')"), values)
    assert row_findings(log) == [("audit.row_resurrected", f"office {office}")]


def test_the_last_of_several_events_counts(log: Database) -> None:
    with behind_our_back(log, ["office"]) as session:
        office = session.get(Office, _id_in(session, "OFFICE-3"))
        assert office is not None
        office.name = "A better name"
        make_event(session, rows=[office])
    assert row_findings(log) == []


def test_records_of_several_rows_are_recomputed_by_their_own_service(log: Database) -> None:
    entries = [RowDigest("office", f"e{number}", b"\x05" * 32) for number in range(3)]
    with log.reading() as session:
        found = list(verify_rows(session, [Office], {"office": lambda _session: entries}))
    codes = [finding.code for finding in found]
    assert codes[:3] == ["audit.row_unrecorded"] * 3
    assert codes[3:] == ["audit.row_missing"] * SIZE


def tamper_office(owner: Database, statement: str) -> None:
    with behind_our_back(owner, ["office"]) as session:
        session.connection().execute(text(statement))


def _office(database: Database, code: str) -> str:
    with database.reading() as session:
        return _id_in(session, code)


def _id_in(session: Session, code: str) -> str:
    found = session.connection().execute(text("SELECT id FROM office WHERE code = :code"), {"code": code})
    return str(found.scalar_one())


def test_a_thousand_events_in_one_transaction_are_verified(database: Database, keyring: Keyring) -> None:
    with database.transaction() as session:
        for number in range(1_000):
            make_event(session, subject=f"clm_{number}")
    assert findings(database, keyring) == []
    with database.reading() as session:
        assert json.loads(queries.get_event(session, 999).body)["seq"] == 999
