"""One programme from its order to verified reports: the published figures, on both databases, whatever happens."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from reparations.audit.verification import Finding, verify_rows
from reparations.db import Database
from reparations.ledger.queries import list_entry_digests, list_findings
from reparations.payments.models import Payment
from reparations.tables import list_models
from reparations.vault import Keyring
from tests.example.conftest import Walked
from tests.factories import transfers

pytestmark = [pytest.mark.xdist_group("walk"), pytest.mark.timeout(1200)]

NOT_IN_THE_WALK = frozenset(
    {
        "appeal",
        "award_adjustment",
        "award_reduction",
        "deciding_policy",
        "determination",
        "exchange_step",
        "interest",
        "interfund_move",
        "opening_clearance",
        "opening_line",
        "overpayment",
        "overpayment_recovery",
        "overpayment_waiver",
        "payment_round",
        "period_line",
        "pledge_reduction",
        "programme_cost",
        "refund",
        "round_fund",
        "round_line",
        "round_omission",
        "round_share",
        "statement_finding",
    }
)
"""Nobody appeals in the walk, two persons decide, the rules compute every amount, no later decision grants another; its
bank makes no mistake that a human would have to look at; its currency is never exchanged, no period is closed, its
books start empty, its fund only takes in gifts and pays, and each award whole, not in rounds.
`tests/reports/test_everything.py` does what the walk does not with money.
"""
SUMMED = {
    "ledger_balance": "ledger.balance_differs",
    "ledger_day": "ledger.day_differs",
    "ledger_leg": "ledger.leg_differs",
}
"""What the database sums up of the transfers, with the finding that tells of a difference."""
NAMES_OF_THE_EXAMPLE = ("Exemple", "EX-0000", "+243 000", "acct_example")


def test_the_walk_arrives_at_the_published_figures(walked: Walked) -> None:
    summary = walked.summary

    assert summary["reconciled"], summary["checks"]
    assert summary["individual_awards"] == 297  # E-ICC-1: 297 awards of USD 250, no 298th
    assert summary["awarded"] == {"individual": "74250.00", "collective": "919462.00"}
    assert summary["unallocated"] == "6288.00"
    assert summary["decisions"] == {"ask": 8, "eligible": 299, "not_eligible": 19}
    assert summary["payments"] == {"paid": 298, "reissued": 1}
    assert summary["funds"]["KAT-INDIVIDUAL"]["paid"] == "70000.00"
    assert summary["funds"]["GENERAL"]["paid"] == "4250.00"


@pytest.mark.parametrize("kind", ["donor", "auditor"])
def test_both_databases_give_byte_identical_evidence_though_one_walk_was_killed_at_every_other_step(
    walked_on_sqlite: Walked, walked_on_postgresql: Walked, kind: str
) -> None:
    one, other = (_attachments(walked.report(kind)) for walked in (walked_on_sqlite, walked_on_postgresql))

    assert one.pop("report.tlog-proof") != other.pop("report.tlog-proof")
    assert "evidence.json" in one
    assert one == other


def test_the_auditor_sees_what_did_not_go_straight_though_it_was_put_right(walked_on_sqlite: Walked) -> None:
    with pikepdf.open(walked_on_sqlite.report("auditor")) as pdf:
        evidence = json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())

    kinds = Counter(row["kind"] for row in evidence["exceptions"])

    assert kinds["was_unknown"] == 1
    assert kinds["reissued"] == 1


def test_both_databases_give_the_same_summary(walked_on_sqlite: Walked, walked_on_postgresql: Walked) -> None:
    one, other = (
        (walked.data_dir / "files" / "summary.json").read_bytes() for walked in (walked_on_sqlite, walked_on_postgresql)
    )

    assert one == other


def test_walking_again_changes_nothing(walked_on_sqlite: Walked) -> None:
    arguments = ("example", "walk", "--no-serve", "--port", "0", "--data-dir", str(walked_on_sqlite.data_dir), "--json")
    again = json.loads(walked_on_sqlite.run("-m", "reparations", *arguments).stdout)

    unimportant = {"seconds", "url"}
    assert {key: value for key, value in again.items() if key not in unimportant} == {
        key: value for key, value in walked_on_sqlite.summary.items() if key not in unimportant
    }


def test_no_payment_was_made_twice(walked: Walked) -> None:
    with _owner(walked) as session:
        paid = session.exec(select(Payment.instalment_id, Payment.amount_minor).where(Payment.status == "paid")).all()
    provider = json.loads((walked.data_dir / "stripe.json").read_text(encoding="utf-8"))["payments"].values()
    made = [payment["metadata"]["payment"] for payment in provider]

    assert len({instalment for instalment, _amount in paid}) == len(paid) == 298
    assert sum(amount for _instalment, amount in paid) == 7_425_000
    assert made
    assert len(set(made)) == len(made), "the provider paid a reference twice"


def test_the_log_and_every_row_verify(walked: Walked) -> None:
    done = walked.run("-m", "reparations", "audit", "verify", "--json")

    assert json.loads(done.stdout)["findings"] == []
    assert done.returncode == 0


def test_an_exported_log_verifies_by_the_other_program(walked: Walked, tmp_path: Path) -> None:
    policy = walked.data_dir / "files" / "policy.txt"
    assert walked.run("-m", "reparations", "audit", "export-log", str(tmp_path / "log")).returncode == 0

    done = walked.run("-m", "reparations_verifier", "log", str(tmp_path / "log"), "--policy", str(policy))

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", ["donor", "auditor"])
def test_a_changed_byte_of_a_report_is_found(walked_on_sqlite: Walked, tmp_path: Path, kind: str) -> None:
    """A sample over the whole file; `tests/verifier` changes every byte of a small one."""
    policy = walked_on_sqlite.data_dir / "files" / "policy.txt"
    original = walked_on_sqlite.report(kind).read_bytes()
    changed = tmp_path / "changed.pdf"
    for position in (0, len(original) // 3, len(original) // 2, len(original) - 900, len(original) - 1):
        content = bytearray(original)
        content[position] ^= 1
        changed.write_bytes(content)

        done = walked_on_sqlite.run("-m", "reparations_verifier", "report", str(changed), "--policy", str(policy))

        assert done.returncode != 0, f"byte {position}: {done.stdout}"


def test_no_report_holds_a_name_a_number_or_an_account(walked: Walked) -> None:
    for kind in ("donor", "auditor"):
        with pikepdf.open(walked.report(kind)) as pdf:
            contents = [bytes(attached.get_file().read_bytes()) for attached in pdf.attachments.values()]
            contents += [
                found.read_bytes() for found in pdf.objects if isinstance(found, pikepdf.Stream) and _is_readable(found)
            ]
        for content in contents:
            for name in NAMES_OF_THE_EXAMPLE:
                assert name.encode() not in content


def test_no_log_line_holds_a_name_a_number_or_an_account(walked: Walked) -> None:
    log = (walked.data_dir / "service.log").read_text(encoding="utf-8")

    assert '"route": "/claims"' in log
    for name in NAMES_OF_THE_EXAMPLE:
        assert name not in log


def _amounts() -> list[tuple[str, str]]:
    return [
        (str(model.__tablename__), column.name)
        for model in list_models()
        for column in model.__table__.columns  # type: ignore[attr-defined]
        if column.name.endswith("_minor") and column.name not in {"floor_minor", "ceiling_minor"}
        if model.__tablename__ not in NOT_IN_THE_WALK
    ]


@pytest.mark.parametrize(("table", "column"), _amounts())
def test_an_amount_changed_behind_the_applications_back_is_found_and_named(
    walked: Walked, table: str, column: str
) -> None:
    with _owner(walked) as session:
        key, amount = _some_amount(session, table, column)
        _disarm(session, table)
        session.execute(sa.text(f"UPDATE {table} SET {column} = {column} + 1 WHERE {_where(session, table, key)}"), key)

        code = SUMMED.get(table)
        named = [one for one in _findings(session) if (one.code == code if code else table in one.record)]

        assert amount > 0 or table == "ledger_balance"
        assert named, "the change was not found"
        if table not in {"ledger_transfer", *SUMMED}:  # these are named by journal entry, by account and by day
            assert any(all(str(part) in finding.record for part in key.values()) for finding in named), named
        session.rollback()


def _findings(session: Session) -> list[Finding]:
    rows = verify_rows(session, list_models(), {"ledger_transfer": list_entry_digests})
    return [*rows, *list_findings(session)]


def _some_amount(session: Session, table: str, column: str) -> tuple[dict[str, object], int]:
    """Return the key of a row that has an amount, and the amount."""
    keys = _keys(session, table)
    columns = ", ".join([*keys, column])
    statement = f"SELECT {columns} FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC LIMIT 1"
    row = session.execute(sa.text(statement)).mappings().one()
    return {name: row[name] for name in keys}, int(row[column])


def _keys(session: Session, table: str) -> list[str]:
    if table == "ledger_transfer":  # a view on SQLite
        return ["id"]
    return list(sa.inspect(session.connection()).get_pk_constraint(table)["constrained_columns"])


def _where(session: Session, table: str, key: dict[str, object]) -> str:
    return " AND ".join(f"{name} = :{name}" for name in _keys(session, table) if name in key)


def _disarm(session: Session, table: str) -> None:
    """Do what only the owner of the tables can: take the triggers away and look past the keys."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        return
    statement = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    for guarded in transfers.TABLES if table == "ledger_transfer" else (table,):
        for name in session.execute(statement, {"table": guarded}).scalars().all():
            session.execute(sa.text(f'DROP TRIGGER "{name}"'))
    for trigger in transfers.CHANGEABLE.values() if table == "ledger_transfer" else ():
        session.execute(sa.text(trigger))


@contextmanager
def _owner(walked: Walked) -> Iterator[Session]:
    database = Database(walked.owner_url, keyring=Keyring.load(walked.data_dir / "keys"))
    try:
        with database._session() as session:
            yield session
            session.rollback()
    finally:
        database.dispose()


def _attachments(path: Path) -> dict[str, str]:
    """The hash of each attached file, without the commitments: each is keyed by a secret of the person it is about."""
    with pikepdf.open(path) as pdf:
        contents = {name: bytes(attached.get_file().read_bytes()) for name, attached in pdf.attachments.items()}
    evidence = json.loads(contents["evidence.json"])
    committed = [name for row in evidence.get("grounds", ()) for name in _commitments(row)]
    for name in ("evidence.json", "grounds.csv"):
        for commitment in committed if name in contents else ():
            contents[name] = contents[name].replace(commitment.encode(), b"commitment")
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _commitments(grounds: dict[str, Any]) -> list[str]:
    return [grounds["facts_commitment"], *grounds["evidence_commitments"]]


def _is_readable(stream: pikepdf.Stream) -> bool:
    return stream.get("/Filter") in {None, "/FlateDecode"} or stream.get("/Type") == "/Metadata"
