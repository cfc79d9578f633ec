"""Any order of deeds, against a model of a few lines: the same balances, the same refusals."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlmodel import Session

from reparations.db import Database
from reparations.errors import Conflict
from reparations.ledger import postings, queries, service
from reparations.ledger.models import KINDS, AccountCode, AccountKind
from reparations.ledger.postings import MOVEMENTS
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund

AMOUNTS = st.integers(1, 40)
PAYMENT_DEEDS = st.sampled_from(
    [
        postings.payment_dispatched,
        postings.payment_rejected,
        postings.payment_settled,
        postings.payment_returned,
        postings.payment_dropped,
        postings.payment_written_back,
        postings.reissue_reserved,
        postings.reissue_cancelled,
        postings.fee_charged,
        postings.contribution_received,
        postings.pledge_recorded,
    ]
)
TOTAL_DEEDS = st.sampled_from([postings.batch_reserved, postings.batch_cancelled])
DEBIT_SIDE = {AccountKind.ASSET, AccountKind.EXPENSE, AccountKind.CLEARING}
CREDIT_SIDE = {AccountKind.LIABILITY, AccountKind.INCOME}
HELD = {AccountCode.BANK, AccountCode.RESERVED, AccountCode.IN_TRANSIT, AccountCode.RETURNED}
OWED = {AccountCode.AWARDS_PAYABLE, AccountCode.HELD_IN_TRUST}


def is_sound(code: AccountCode, minor: int) -> bool:
    return not (KINDS[code] in DEBIT_SIDE and minor < 0) and not (KINDS[code] in CREDIT_SIDE and minor > 0)


class Model:
    """The books as a dictionary."""

    def __init__(self) -> None:
        self.accounts = dict.fromkeys(KINDS, 0)

    def after(self, transfers: list[postings.NewTransfer]) -> dict[AccountCode, int] | None:
        """The accounts after `transfers`, or None where one would go beyond zero."""
        accounts = dict(self.accounts)
        for transfer in transfers:
            accounts[transfer.debit] += transfer.amount_minor
            accounts[transfer.credit] -= transfer.amount_minor
        accounts[AccountCode.UNCOMMITTED] = sum(accounts[code] for code in HELD | OWED)
        return accounts if all(is_sound(code, minor) for code, minor in accounts.items()) else None


class Books(RuleBasedStateMachine):
    """A fund in one open transaction, and its model."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.context = self.database._session()
        self.session: Session = self.context.__enter__()
        self.fund = make_fund(self.session)
        self.model = Model()
        self.deeds = 0
        gift = Money(1_000, "USD")
        self.post(postings.pledge_recorded("first", fund_id=self.fund.id, amount=gift))
        self.post(postings.contribution_received("first", fund_id=self.fund.id, amount=gift))

    def teardown(self) -> None:
        self.session.rollback()
        self.context.__exit__(None, None, None)

    @rule(deed=PAYMENT_DEEDS, amount=AMOUNTS)
    def one_payment(self, deed: object, amount: int) -> None:
        assert callable(deed)
        self.post(deed(str(self.deeds), fund_id=self.fund.id, amount=Money(amount, "USD")))

    @rule(deed=TOTAL_DEEDS, amount=AMOUNTS)
    def one_batch(self, deed: object, amount: int) -> None:
        assert callable(deed)
        self.post(deed(str(self.deeds), totals={self.fund.id: Money(amount, "USD")}))

    @rule(amount=AMOUNTS)
    def one_award(self, amount: int) -> None:
        self.post(postings.award_recognised(str(self.deeds), funding={self.fund.id: Money(amount, "USD")}))

    @rule(amount=st.integers(50, 200))
    def a_gift(self, amount: int) -> None:
        gift = Money(amount, "USD")
        self.post(postings.pledge_recorded(str(self.deeds), fund_id=self.fund.id, amount=gift))
        self.post(postings.contribution_received(str(self.deeds), fund_id=self.fund.id, amount=gift))

    @invariant()
    def the_books_are_the_model(self) -> None:
        found = {code: queries.get_balance(self.session, self.fund.id, "USD", code).amount_minor for code in KINDS}
        assert found == self.model.accounts
        identity = queries.compute_identity(self.session, self.fund.id, "USD")
        assert identity.faults == {}
        assert identity.came_in == identity.accounted_for

    def post(self, transfers: list[postings.NewTransfer]) -> None:
        self.deeds += 1
        assert all((transfer.debit, transfer.credit) in MOVEMENTS for transfer in transfers)
        expected = self.model.after(transfers)
        try:
            service.post(self.session, entry_id=f"deed-{self.deeds}", transfers=transfers, occurred_on=TODAY, at=NOON)
        except Conflict:
            assert expected is None
        else:
            assert expected is not None
            self.model.accounts = expected


def test_any_order_of_deeds_agrees_with_the_model(database: Database) -> None:
    machine = type("BooksOfOneEngine", (Books,), {"database": database})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert issubclass(machine, Books)
