"""Somebody with the file or the superuser's password changes the books: `verify` names what was changed."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, select

from reparations import audit
from reparations.db import Database
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode, Fund, LedgerTransfer
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.factories.ledger import ADMINISTRATOR, TODAY, make_fund
from tests.ledger.books import COLUMNS, seal


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def post(session: Session, entry_id: str, transfers: list[postings.NewTransfer]) -> None:
    posting = service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=NOON)
    audit.record(session, at=NOON, actor=ADMINISTRATOR, action="test.posted", subject=entry_id, rows=[posting.digest])


@pytest.fixture
def fund(database: Database) -> Fund:
    """A fund with 1,000.00, of which 250.00 is awarded, reserved and sent; 100.00 of fees charged and taken back."""
    with database.transaction() as session:
        fund = make_fund(session, code="KAT", available_minor=100_000)
        post(session, "award-a", postings.award_recognised("a", funding={fund.id: usd(25_000)}))
        post(session, "b1", postings.batch_reserved("b1", totals={fund.id: usd(25_000)}))
        post(session, "d1", postings.payment_dispatched("p1", fund_id=fund.id, amount=usd(25_000)))
        fee = postings.fee_charged("f", fund_id=fund.id, amount=usd(10_000))
        post(session, "fee", fee)
        post(session, "fee-reversed", postings.reversal(fee))
    return fund


def findings(database: Database) -> set[tuple[str, str]]:
    with database.reading() as session:
        return {(finding.code, finding.record) for finding in queries.list_findings(session)}


TABLES = (
    "ledger_transfer",
    "ledger_balance",
    "ledger_day",
    "ledger_entry",
    "ledger_leg",
    "ledger_pair",
    "ledger_account",
    "pledge",
    "contribution",
)


def tamper(owner: Database, statement: str) -> None:
    """Take the triggers away, as only the owner can, and run a statement."""
    with behind_our_back(owner, TABLES) as session:
        session.connection().exec_driver_sql(statement)


def account(code: AccountCode) -> str:
    return f"account KAT USD {code}"


@pytest.mark.usefixtures("fund")
def test_untouched_books_have_no_findings(database: Database) -> None:
    assert findings(database) == set()


def test_a_changed_amount_is_found_by_transfer_balance_identity_and_log(
    database: Database, owner: Database, fund: Fund
) -> None:
    name = f"batch-b1-{fund.id}-reserved"

    tamper(owner, f"UPDATE ledger_transfer SET amount_minor = 24000 WHERE id = '{name}'")

    assert findings(database) == {
        ("ledger.balance_differs", account(AccountCode.BANK)),
        ("ledger.balance_differs", account(AccountCode.RESERVED)),
        ("ledger.limit_broken", account(AccountCode.RESERVED)),
        ("ledger.leg_differs", "ledger_leg b1"),
        ("ledger.day_differs", f"{account(AccountCode.BANK)} on 2031-05-01"),
        ("ledger.day_differs", f"{account(AccountCode.RESERVED)} on 2031-05-01"),
        ("audit.row_changed", "ledger_transfer b1"),
    }


@pytest.mark.parametrize(
    "change",
    [
        "occurred_on = '2030-01-01'",
        "recorded_at = '2030-01-01 00:00:00.000000'",
        "entry_id = 'd1'",
        "id = 'another-deed'",
        "reverses_id = 'x'",
        "currency = 'EUR'",
    ],
)
def test_any_other_column_changed_is_found(database: Database, owner: Database, fund: Fund, change: str) -> None:
    tamper(owner, f"UPDATE ledger_transfer SET {change} WHERE id = 'batch-b1-{fund.id}-reserved'")

    assert {code for code, _ in findings(database)} & {"audit.row_changed", "audit.row_missing"}


def test_a_changed_balance_is_found(database: Database, owner: Database, fund: Fund) -> None:
    bank = "(SELECT id FROM ledger_account WHERE code = 'bank')"

    tamper(owner, f"UPDATE ledger_balance SET amount_minor = amount_minor + 100 WHERE account_id = {bank}")

    assert findings(database) == {
        ("ledger.balance_differs", account(AccountCode.BANK)),
        ("ledger.identity_broken", f"fund {fund.code} USD"),
    }


def test_a_missing_balance_and_a_lifted_limit_are_found(database: Database, owner: Database, fund: Fund) -> None:
    returned, bank = (f"(SELECT id FROM ledger_account WHERE code = '{code}')" for code in ("returned", "bank"))

    tamper(owner, f"UPDATE ledger_balance SET floor_minor = NULL WHERE account_id = {bank}")
    assert findings(database) == {("ledger.limit_changed", account(AccountCode.BANK))}
    tamper(owner, f"DELETE FROM ledger_balance WHERE account_id = {returned}")

    assert findings(database) == {
        ("ledger.limit_changed", account(AccountCode.BANK)),
        ("ledger.balance_missing", account(AccountCode.RETURNED)),
        ("ledger.identity_broken", f"fund {fund.code} USD"),
    }


def test_a_deleted_transfer_is_missed(database: Database, owner: Database, fund: Fund) -> None:
    tamper(owner, f"DELETE FROM ledger_transfer WHERE id = 'award-a-{fund.id}-recognised'")

    found = findings(database)

    assert ("audit.row_missing", "ledger_transfer award-a") in found
    assert ("ledger.balance_differs", account(AccountCode.AWARDS)) in found


def test_a_lawful_transfer_slipped_in_past_the_application_is_found(database: Database, fund: Fund) -> None:
    with database.transaction() as session:
        bank, reserved = (
            session.exec(select(LedgerTransfer.debit_account_id).where(col(LedgerTransfer.id).like(pattern))).one()
            for pattern in ("contribution-%-received", "batch-b1-%-reserved")
        )
        session.connection().exec_driver_sql(
            f"INSERT INTO ledger_transfer ({COLUMNS})"
            f" VALUES ('slipped', 'in', '{fund.id}', 'USD', {reserved}, {bank}, 5,"
            f" '2031-05-01', '2031-05-01 12:00:00.000000', NULL)"
        )
        if session.get_bind().dialect.name == "sqlite":
            session.connection().exec_driver_sql(seal("in"))

    assert findings(database) == {("audit.row_unrecorded", "ledger_transfer in")}


def test_a_transfer_moved_to_another_fund_s_account_is_found(database: Database, owner: Database, fund: Fund) -> None:
    with database.transaction() as session:
        other = make_fund(session, code="OTHER")
    foreign = f"(SELECT id FROM ledger_account WHERE fund_id = '{other.id}' AND code = 'bank')"

    tamper(owner, f"UPDATE ledger_transfer SET credit_account_id = {foreign} WHERE entry_id = 'b1'")

    assert ("ledger.account_foreign", f"ledger_transfer batch-b1-{fund.id}-reserved") in findings(database)


def test_an_unknown_movement_is_found(database: Database, owner: Database, fund: Fund) -> None:
    awards = "(SELECT id FROM ledger_account WHERE code = 'awards')"

    tamper(owner, f"UPDATE ledger_transfer SET credit_account_id = {awards} WHERE entry_id = 'b1'")

    assert ("ledger.movement_unknown", f"ledger_transfer batch-b1-{fund.id}-reserved") in findings(database)


@pytest.mark.usefixtures("fund")
@pytest.mark.parametrize("change", ["UPDATE ledger_pair SET posts = 1 - posts", "DELETE FROM ledger_pair"])
def test_a_changed_pair_is_found(database: Database, owner: Database, change: str) -> None:
    tamper(owner, change)

    assert "ledger.pair_changed" in {code for code, _ in findings(database)}


@pytest.mark.usefixtures("fund")
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE pledge SET amount_minor = amount_minor + 1", "ledger.pledge_unposted"),
        ("UPDATE contribution SET amount_minor = amount_minor - 1", "ledger.contribution_unposted"),
        ("DELETE FROM contribution", "ledger.receipt_unrecorded"),
    ],
)
def test_a_gift_that_no_longer_agrees_with_the_books_is_found(
    database: Database, owner: Database, statement: str, code: str
) -> None:
    tamper(owner, statement)

    assert [found for found, _ in findings(database)] == [code]


@pytest.mark.usefixtures("fund")
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_entry SET occurred_on = '2031-04-30' WHERE id = 'b1'", "ledger.entry_changed"),
        ("DELETE FROM ledger_transfer WHERE entry_id = 'b1'", "ledger.entry_changed"),
        ("UPDATE ledger_transfer SET occurred_on = '2031-04-30' WHERE entry_id = 'b1'", "ledger.entry_unsealed"),
        ("UPDATE ledger_leg SET amount_minor = amount_minor + 1 WHERE entry_id = 'b1'", "ledger.leg_differs"),
        ("DELETE FROM ledger_leg WHERE entry_id = 'b1'", "ledger.leg_differs"),
        ("UPDATE ledger_day SET debit_minor = debit_minor + 1", "ledger.day_differs"),
        ("DELETE FROM ledger_day", "ledger.day_differs"),
    ],
)
def test_an_entry_a_sum_or_a_day_that_is_not_its_transfers_is_found(
    database: Database, owner: Database, statement: str, code: str
) -> None:
    tamper(owner, statement)

    assert code in {found for found, _ in findings(database)}


@pytest.mark.usefixtures("fund")
@pytest.mark.parametrize(
    ("columns", "key", "code"),
    [
        ("id, 'copy', fund_id", "CONSTRAINT pk_ledger_transfer", "ledger.id_twice"),
        ("'copy ' || t.n, 'copy', fund_id", "", "ledger.reversed_twice"),
    ],
)
def test_an_id_or_a_reversal_that_is_there_twice_is_found(
    *, database: Database, owner: Database, columns: str, key: str, code: str
) -> None:
    if owner.engine.dialect.name == "postgresql":
        tamper(owner, f"ALTER TABLE ledger_transfer DROP {key}" if key else "DROP INDEX uq_ledger_transfer_reverses_id")

    tamper(
        owner,
        f"INSERT INTO ledger_transfer SELECT {columns}, currency, debit_account_id, credit_account_id, amount_minor,"
        " occurred_on, recorded_at, id FROM ledger_transfer, (SELECT 1 AS n UNION ALL SELECT 2) AS t"
        f" WHERE entry_id = 'b1'{' AND t.n = 1' if key else ''}",
    )

    assert code in {found for found, _ in findings(database)}
