"""Signing the log, and refusing to sign another past."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import text

from reparations.audit import checkpoints, merkle, queries
from reparations.audit.checkpoints import LAST_SIGNED, make_checkpoint
from reparations.audit.errors import EventsUncommitted, LogEmpty, LogInconsistent, LogShrunk, NoCheckpoint
from reparations.audit.notes import open_checkpoint
from reparations.audit.proofs import issue_proof
from reparations.db import Database
from reparations.errors import Misconfigured
from reparations.settings import Settings
from reparations.vault import Keyring
from reparations_verifier.proof import read_proof
from reparations_verifier.tree import hash_leaf, root_from_path
from tests.conftest import NOON
from tests.factories.audit import behind_our_back, make_event, make_log


def sign(database: Database, settings: Settings) -> str:
    with database.transaction() as session:
        return make_checkpoint(session, settings=settings, at=NOON).note


def test_a_checkpoint_signs_the_root_of_all_events(database: Database, settings: Settings, keyring: Keyring) -> None:
    make_log(database, size=5)

    signed = open_checkpoint(sign(database, settings), keyring.log_key.public_key())

    tree = merkle.Frontier()
    with database.reading() as session:
        for event in queries.list_events(session, first=0, limit=10):
            tree.add(sha256(b"\x00" + event.body).digest())
    assert (signed.origin, signed.size, signed.root) == (settings.log_origin, 5, tree.root())


def test_signing_an_unchanged_log_again_gives_the_same_checkpoint(database: Database, settings: Settings) -> None:
    make_log(database, size=2)
    assert sign(database, settings) == sign(database, settings)
    make_log(database, size=1)
    sign(database, settings)
    with database.reading() as session:
        assert [checkpoint.size for checkpoint in queries.list_checkpoints(session)] == [2, 3]


def test_an_empty_log_is_not_signed(database: Database, settings: Settings) -> None:
    with pytest.raises(LogEmpty):
        sign(database, settings)


def test_events_that_may_still_be_undone_are_not_signed(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        make_event(session)
        with pytest.raises(EventsUncommitted):
            make_checkpoint(session, settings=settings, at=NOON)
    assert sign(database, settings)


def test_an_old_backup_is_not_signed(database: Database, settings: Settings, owner: Database) -> None:
    make_log(database, size=4)
    sign(database, settings)
    _cut(owner, size=2)

    with pytest.raises(LogShrunk):
        sign(database, settings)


def test_another_past_is_not_signed(database: Database, settings: Settings, owner: Database) -> None:
    make_log(database, size=4)
    sign(database, settings)
    _cut(owner, size=2)
    make_log(database, size=4)

    with pytest.raises(LogInconsistent):
        sign(database, settings)


def test_what_was_signed_last_must_be_readable(database: Database, settings: Settings) -> None:
    make_log(database, size=1)
    sign(database, settings)
    (settings.keys_dir / LAST_SIGNED).write_text("nonsense", encoding="utf-8")
    make_log(database, size=1)

    with pytest.raises(LogInconsistent):
        sign(database, settings)


def test_nothing_is_signed_that_cannot_be_remembered(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_log(database, size=1)
    monkeypatch.setattr(checkpoints, "LAST_SIGNED", "no-such-folder/log.checkpoint")

    with pytest.raises(Misconfigured):
        sign(database, settings)
    with database.reading() as session:
        assert queries.find_latest_checkpoint(session) is None


def test_every_event_is_proved_to_a_stranger(database: Database, settings: Settings) -> None:
    sizes = (1, 2, 3, 7, 8, 11)
    for before, size in zip((0, *sizes), sizes, strict=False):
        make_log(database, size=size - before)
        sign(database, settings)

    with database.reading() as session:
        for checkpoint in queries.list_checkpoints(session):
            root = queries.get_root(session, checkpoint.size)
            for seq in range(checkpoint.size):
                proof = read_proof(issue_proof(session, seq, checkpoint).encode())
                assert proof.entry == queries.get_event(session, seq).body
                assert root_from_path(hash_leaf(proof.entry), seq, checkpoint.size, proof.path) == root


def test_an_event_after_the_last_checkpoint_has_no_proof_yet(database: Database, settings: Settings) -> None:
    make_log(database, size=1)
    sign(database, settings)
    make_log(database, size=1)
    with database.reading() as session, pytest.raises(NoCheckpoint):
        issue_proof(session, 1)


def _cut(owner: Database, *, size: int) -> None:
    """Take the log back to `size` events, as somebody does who restores an old backup."""
    with behind_our_back(owner) as session:
        last = queries.get_event(session, size - 1).leaf_hash
        for table in ("audit_row", "audit_event"):
            session.connection().execute(text(f"DELETE FROM {table} WHERE seq >= :size"), {"size": size})
        session.connection().execute(text("DELETE FROM audit_checkpoint"))
        head = {"size": size, "last": last}
        session.connection().execute(text("UPDATE audit_head SET size = :size, last_leaf = :last"), head)
