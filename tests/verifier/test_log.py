"""An exported log, checked by the verifier; on both engines, for the export comes from a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reparations.audit import queries
from reparations.audit.checkpoints import make_checkpoint
from reparations.audit.errors import ExportFolderInUse, NoCheckpoint
from reparations.audit.export import export_log
from reparations.audit.notes import Checkpoint, sign_checkpoint, verifier_key
from reparations.db import Database
from reparations.settings import Settings
from reparations.vault import Keyring
from reparations_verifier.cli import main
from reparations_verifier.log import verify_log
from reparations_verifier.verdict import Verdict
from tests.conftest import NOON
from tests.factories.audit import make_log

SIZE = 7


@pytest.fixture
def export(database: Database, settings: Settings, tmp_path: Path) -> Path:
    """Give a folder with an exported log of seven events under two checkpoints; an eighth is not signed yet."""
    for size in (3, SIZE - 3):
        make_log(database, size=size)
        with database.transaction() as session:
            make_checkpoint(session, settings=settings, at=NOON)
    make_log(database, size=1)
    with database.reading() as session:
        assert export_log(session, tmp_path / "log") == SIZE
    return tmp_path / "log"


@pytest.fixture
def policy(settings: Settings, keyring: Keyring, tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    key = verifier_key(settings.log_origin, keyring.log_key.public_key())
    path.write_text(f"log {key}\nquorum none\n", encoding="utf-8")
    return path


def codes(verdict: Verdict) -> set[str]:
    return {code for code, _details in verdict.findings} or {verdict.code}


def test_an_honest_export_is_verified(export: Path, policy: Path) -> None:
    verdict = verify_log(export, policy, [export / "checkpoints" / "3.txt"])
    assert (verdict.status, verdict.findings) == (0, [])
    assert (verdict.facts["log_size"], verdict.facts["checkpoints"]) == (SIZE, 2)


def test_every_single_changed_byte_is_detected(export: Path, policy: Path) -> None:
    for path in sorted(path for path in export.rglob("*") if path.is_file()):
        honest = path.read_bytes()
        for position in range(0, len(honest), 1 if len(honest) < 400 else 3):
            changed = bytearray(honest)
            changed[position] ^= 1
            path.write_bytes(bytes(changed))
            verdict = verify_log(export, policy, [])
            assert verdict.status != 0, f"{path.name}, byte {position} went unseen"
        path.write_bytes(honest)
    assert verify_log(export, policy, []).status == 0


def test_an_edited_event_is_named(export: Path, policy: Path) -> None:
    events = (export / "events.jsonl").read_bytes()
    (export / "events.jsonl").write_bytes(events.replace(b'"number":1', b'"number":9', 1))
    verdict = verify_log(export, policy, [])
    named = {(code, details.get("event")) for code, details in verdict.findings}
    assert named >= {("event_not_signed", 1), ("chain_broken", 2)}
    assert ("checkpoint_contradicted", None) in named


def test_events_removed_swapped_or_added_are_found(export: Path, policy: Path) -> None:
    path = export / "events.jsonl"
    honest = path.read_bytes()
    lines = honest.splitlines(keepends=True)
    for changed, expected in (
        (lines[:-1], "log_short"),
        (lines[1:], "event_misplaced"),
        ([lines[1], lines[0], *lines[2:]], "event_misplaced"),
        ([*lines, lines[-1]], "log_long"),
        ([*lines[:-1], lines[-1][:-1]], "event_not_canonical"),
        ([b"{}\n", *lines[1:]], "event_not_canonical"),
    ):
        path.write_bytes(b"".join(changed))
        assert expected in codes(verify_log(export, policy, []))
    path.write_bytes(honest)
    signatures = export / "signatures.txt"
    signatures.write_bytes(signatures.read_bytes() + b"AAAA\n")
    assert codes(verify_log(export, policy, [])) == {"signatures_left"}


def test_a_checkpoint_kept_elsewhere_convicts_a_log_of_rewriting(
    export: Path, policy: Path, settings: Settings, keyring: Keyring
) -> None:
    kept = export.parent / "kept.txt"
    for size, expected in ((5, "checkpoint_contradicted"), (SIZE, "checkpoints_contradict"), (99, "log_short")):
        kept.write_text(
            sign_checkpoint(Checkpoint(settings.log_origin, size, b"\x01" * 32), keyring.log_key), encoding="utf-8"
        )
        assert codes(verify_log(export, policy, [kept])) == {expected}
    kept.write_text("nonsense", encoding="utf-8")
    assert codes(verify_log(export, policy, [kept])) == {"checkpoint_bad"}


def test_a_missing_file_means_that_nothing_was_checked(export: Path, policy: Path) -> None:
    (export / "signatures.txt").unlink()
    assert verify_log(export, policy, []).status == 2
    assert verify_log(export / "nowhere", policy, []).status == 2


def test_the_command_names_each_finding(export: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["log", str(export), "--policy", str(policy), "--language", "en"]
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    assert "VERIFIED. The log is complete" in capsys.readouterr().out

    lines = (export / "signatures.txt").read_bytes().splitlines(keepends=True)
    (export / "signatures.txt").write_bytes(b"".join([lines[1], *lines[1:]]))
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 1
    assert "Event 0: the log did not sign it like this." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*arguments, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert [finding["event"] for finding in answer["findings"]] == [0]


def test_only_a_signed_log_is_exported_and_only_into_an_empty_folder(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    make_log(database, size=1)
    with database.reading() as session, pytest.raises(NoCheckpoint):
        export_log(session, tmp_path / "log")
    with database.transaction() as session:
        make_checkpoint(session, settings=settings, at=NOON)
    with database.reading() as session:
        export_log(session, tmp_path / "log")
        assert queries.get_latest_checkpoint(session).note == (tmp_path / "log" / "checkpoint.txt").read_text("utf-8")
        with pytest.raises(ExportFolderInUse):
            export_log(session, tmp_path / "log")
