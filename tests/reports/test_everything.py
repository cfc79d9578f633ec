"""One set of books in which every movement of money has happened: everything agrees, and every change is found."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from reparations.audit.notes import verifier_key
from reparations.audit.verification import Finding, verify_log, verify_rows
from reparations.db import Database
from reparations.ledger.models import AccountCode, Fund, LedgerAccount, LedgerTransfer
from reparations.ledger.postings import Movement
from reparations.ledger.queries import (
    compute_identity,
    get_balance,
    list_books,
    list_entry_digests,
    list_findings,
    list_periods,
    write_closing,
)
from reparations.ledger.queries.plain_text import stream_plain_text
from reparations.ledger.rules.plain_text import TextFormat
from reparations.principal import SYSTEM
from reparations.reports.models import ReportKind
from reparations.reports.service import ReportOrder, get_report_bytes, issue_report
from reparations.settings import Settings
from reparations.tables import list_models
from reparations.vault import Keyring
from reparations_verifier.period import verify_period
from reparations_verifier.policy import read_policy
from reparations_verifier.report import check_pdf
from reparations_verifier.verdict import Verdict
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.ledger.test_plain_text import run_program, write
from tests.reports.busy_world import ELSEWHERE, live
from tests.reports.world import TODAY

NOT_IN_THE_WALK = (
    "exchange_step",
    "interest",
    "interfund_move",
    "opening_clearance",
    "opening_line",
    "period_line",
    "pledge_reduction",
    "programme_cost",
    "refund",
    "statement_finding",
)
"""Tables with amounts that the example's walk makes no row of, and this one does."""


MADE_BY_FACTORIES = frozenset({"duplicate_candidate", "office", "officer", "role_grant", "staff_person"})
"""Tables whose rows the tests' factories insert without a deed; no event knows of them, and verify says so."""


@pytest.fixture
def lived(walked: Database) -> Database:
    live(walked)
    return walked


def findings(session: Session) -> list[Finding]:
    rows = verify_rows(session, list_models(), {"ledger_transfer": list_entry_digests})
    return [*rows, *list_findings(session)]


def movements_of(session: Session) -> set[tuple[str, str]]:
    debit, credit = sa.orm.aliased(LedgerAccount), sa.orm.aliased(LedgerAccount)
    return set(
        session.exec(
            select(debit.code, credit.code)
            .select_from(LedgerTransfer)
            .join(debit, col(debit.id) == LedgerTransfer.debit_account_id)
            .join(credit, col(credit.id) == LedgerTransfer.credit_account_id)
            .where(col(LedgerTransfer.reverses_id).is_(None))
            .distinct()
        )
    )


def test_every_movement_happens_by_its_deed_and_every_check_agrees(
    lived: Database, settings: Settings, keyring: Keyring, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text(f"log {verifier_key(settings.log_origin, keyring.log_key.public_key())}\nquorum none\n")
    with lived.reading() as session:
        assert {movement.value for movement in Movement} - movements_of(session) == {one.value for one in ELSEWHERE}
        found = [*verify_log(session, keyring.log_key.public_key()), *findings(session)]
        assert [finding for finding in found if finding.record.partition(" ")[0] not in MADE_BY_FACTORIES] == []
        funds = {fund.id: fund.code for fund in session.exec(select(Fund))}
        books = list_books(session, list(funds))
        for fund_id, currencies in books.items():
            for currency in currencies:
                assert compute_identity(session, fund_id, currency).faults == {}
        many = next(fund_id for fund_id, code in funds.items() if code == "MANY")
        for text_format in TextFormat:
            path = write(tmp_path / f"books.{text_format}", stream_plain_text(session, text_format))
            assert run_program(text_format, path) == (0, "")
        (closed,) = list_periods(session, many)
        (tmp_path / "april.txt").write_text(write_closing(session, closed, origin=settings.log_origin))
    assert verify_period(tmp_path / "april.txt", policy).passed[-1] == "period_balances"
    for kind, donor in ((ReportKind.AUDITOR, None), (ReportKind.DONOR, "DONOR-A"), (ReportKind.DONOR, "DONOR-B")):
        order = ReportOrder(kind, "KAT", TODAY, donor)
        report = issue_report(lived, order, settings=settings, officer=SYSTEM, at=NOON)
        verdict = Verdict()
        check_pdf(get_report_bytes(lived, report.id, settings=settings, at=NOON), read_policy(policy), verdict)
        assert verdict.passed == ["log_signed", "in_log", "every_byte", "adds_up", "pages_show_it"]
        printed = {(row["fund"], row["currency"]) for row in json.loads(report.evidence)["identity"]}
        assert printed >= {("MANY", "XOF"), ("MANY", "KWD"), ("MANY", "CLF")} or donor == "DONOR-A"


def test_each_currency_keeps_its_decimals_through_every_deed(lived: Database) -> None:
    with lived.reading() as session:
        many = session.exec(select(Fund.id).where(Fund.code == "MANY")).one()

        def balances(currency: str) -> dict[str, str]:
            codes = (AccountCode.BANK, AccountCode.EXCHANGE, AccountCode.INTEREST, AccountCode.REFUNDS)
            return {code: get_balance(session, many, currency, code).decimal_string for code in codes}

        assert {currency: balances(currency) for currency in ("XOF", "KWD", "CLF")} == {
            # Debits less credits: given + bought - sold + interest - fee - cost - refund, to the smallest unit.
            "XOF": {"bank": "686453", "exchange": "-30500", "interest": "-2", "refunds": "2"},
            "KWD": {"bank": "1014.996", "exchange": "-15.001", "interest": "-0.003", "refunds": "0.003"},
            "CLF": {"bank": "11.2494", "exchange": "-1.2501", "interest": "-0.0004", "refunds": "0.0004"},
        }


def amounts() -> list[tuple[str, str]]:
    return [
        (str(model.__tablename__), column.name)
        for model in list_models()
        for column in model.__table__.columns  # type: ignore[attr-defined]
        if column.name.endswith("_minor") and model.__tablename__ in NOT_IN_THE_WALK
    ]


@pytest.mark.usefixtures("lived")
def test_an_amount_changed_by_the_owner_of_the_tables_is_found_and_named(owner: Database) -> None:
    assert {table for table, _ in amounts()} == set(NOT_IN_THE_WALK)
    overlooked = []
    with behind_our_back(owner, NOT_IN_THE_WALK) as session:
        for table, column in amounts():
            undone = session.begin_nested()
            key, changed = change(session, table, column)
            named = [finding.record for finding in findings(session) if table in finding.record]
            undone.rollback()
            if not changed or not any(all(str(part) in record for part in key) for record in named):
                overlooked.append((table, column, key, named))

    assert overlooked == []


def change(session: Session, table: str, column: str) -> tuple[list[object], int]:
    """Add one unit to some amount of a table; return the key of its row, and how many rows were changed."""
    connection = session.connection()
    names = sa.inspect(connection).get_pk_constraint(table)["constrained_columns"]
    selected = f"SELECT {', '.join(names)} FROM {table} WHERE {column} IS NOT NULL ORDER BY {column} DESC LIMIT 1"
    row = connection.execute(sa.text(selected)).mappings().one()
    where = " AND ".join(f"{name} = :{name}" for name in names)
    _drop_checks(session, table)  # an owner does not stop at those
    done = connection.execute(sa.text(f"UPDATE {table} SET {column} = {column} + 1 WHERE {where}"), dict(row))
    return list(chain(row.values())), done.rowcount


def _drop_checks(session: Session, table: str) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        return
    for check in sa.inspect(connection).get_check_constraints(table):
        connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{check["name"]}"')
