"""Books to attack: two funds, two currencies, some money on its way; and the account ids that raw SQL needs."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from reparations import audit
from reparations.ledger import postings, queries, service
from reparations.ledger.models import KINDS
from reparations.money import Money
from reparations.principal import SYSTEM
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund

COLUMNS = (
    "id, entry_id, fund_id, currency, debit_account_id, credit_account_id, amount_minor, occurred_on, recorded_at,"
    " reverses_id"
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class Books:
    """Fund A has 1,000.00 in USD: 200.00 reserved, 300.00 in transit, 200.00 awarded; fund B has 1,000.00."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sqlite = session.get_bind().dialect.name == "sqlite"
        self.a = make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)
        self.b = make_fund(session, available_minor=100_000)
        self.post("reserve", postings.batch_reserved("b0", totals={self.a.id: usd(50_000)}))
        self.post("dispatch", postings.payment_dispatched("p0", fund_id=self.a.id, amount=usd(30_000)))
        self.award = self.post("award", postings.award_recognised("a0", funding={self.a.id: usd(20_000)}))
        accounts = queries.list_account_ids(session, [self.a.id, self.b.id])
        self.names = {
            "a": self.a.id,
            "b": self.b.id,
            **{f"a_{code}": str(accounts[self.a.id, "USD", code]) for code in KINDS},
            **{f"e_{code}": str(accounts[self.a.id, "EUR", code]) for code in KINDS},
            **{f"b_{code}": str(accounts[self.b.id, "USD", code]) for code in KINDS},
            "award": self.award,
        }

    def post(self, entry_id: str, transfers: list[postings.NewTransfer]) -> str:
        posted = service.post(self.session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=NOON)
        audit.record(self.session, at=NOON, actor=SYSTEM, action="test.posted", subject=entry_id, rows=[posted.digest])
        return transfers[0].id

    def run(self, statement: str) -> None:
        """Run raw SQL with ``{a_bank}`` and the like filled in; SQLite's transfers are then made to count."""
        self.session.connection().exec_driver_sql(statement.format(**self.names))
        verb, into, row = statement.replace("main.", "").partition(" INTO ledger_transfer ")
        if into and self.sqlite:
            entry_id = row.split(" VALUES ")[1].split("'")[3]
            self.session.connection().exec_driver_sql(seal(entry_id, verb=verb))

    def attempt(self, statement: str) -> str:
        """Run raw SQL; return ``accepted``, or what the database said."""
        try:
            with self.session.begin_nested():
                self.run(statement)
        except DBAPIError as error:
            return str(error.orig)
        return "accepted"

    def standing(self) -> list[tuple[object, ...]]:
        rows = self.session.connection().exec_driver_sql(
            "SELECT account_id, amount_minor, floor_minor, ceiling_minor, version, moved_by FROM ledger_balance"
            " ORDER BY account_id"
        )
        return [tuple(row) for row in rows]


def insert(  # a row that is right but for what the test names
    *,
    fund: str = "'{a}'",
    currency: str = "'USD'",
    debit: str = "{a_reserved}",
    credit: str = "{a_bank}",
    amount: str = "100",
    transfer_id: str = "'attack'",
    entry: str = "'attack'",
    reverses: str = "NULL",
    verb: str = "INSERT",
    tail: str = "",
) -> str:
    return (
        f"{verb} INTO ledger_transfer ({COLUMNS})"
        f" VALUES ({transfer_id}, {entry}, {fund}, {currency}, {debit}, {credit}, {amount},"
        f" '2031-05-01', '2031-05-01 12:00:00.000000', {reverses}) {tail}"
    )


def seal(
    entry_id: str = "attack",
    *,
    on: str = "2031-05-01",
    recorded_at: str = "'2031-05-01 12:00:00.000000'",
    verb: str = "INSERT",
) -> str:
    """Make SQLite count the transfers of an entry; PostgreSQL does by itself."""
    return f"{verb} INTO ledger_entry (id, occurred_on, recorded_at) VALUES ('{entry_id}', '{on}', {recorded_at})"


def leg(*, entry: str = "'reserve'", debit: str = "{a_reserved}", credit: str = "{a_bank}") -> str:
    """The sum of an entry between two accounts, written by hand."""
    return (
        "INSERT INTO ledger_leg (entry_id, fund_id, currency, debit_account_id, credit_account_id, occurred_on,"
        f" recorded_at, transfers, reversals, amount_minor) VALUES ({entry}, '{{a}}', 'USD', {debit}, {credit},"
        " '2031-05-01', '2031-05-01 12:00:00.000000', 1, 0, 50000)"
    )
