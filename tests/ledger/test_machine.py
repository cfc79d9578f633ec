"""Any order of deeds, against a model of a few lines: the same balances, the same refusals.

Each deed is a transaction of its own, committed.  Some are done by a process that is killed (`kill -9`) in the midst of
it: what it was doing is then in the books whole, or not at all.

    REPARATIONS_TEST_MACHINES=100 .venv/bin/python -m pytest tests/ledger/test_machine.py -n 2

`script/test --nightly` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func
from sqlmodel import col, select

from reparations.db import Database
from reparations.errors import Conflict
from reparations.ledger import postings, queries
from reparations.ledger.errors import DayTooEarly
from reparations.ledger.models import KINDS, AccountCode, AccountKind, LedgerPeriod, Pledge
from reparations.ledger.postings import MOVEMENTS, NewTransfer
from reparations.money import Money
from tests.factories.ledger import make_donor, make_fund
from tests.factories.periods import make_pair
from tests.ledger.deeds import DEEDS, Deed
from tests.ledger.doomed import Doomed, wait_until_gone

EXAMPLES = int(os.environ.get("REPARATIONS_TEST_MACHINES", "4"))
AMOUNTS = st.integers(1, 40)
GIFTS = st.integers(50, 200)
MONTHS_AGO = st.sampled_from([0, 0, 0, 1, 2])
KILLED_AFTER_MS = st.sampled_from([*[None] * 10, 0, 5, 10, 20, 40, 60, 90, 120])
PAYMENT_DEEDS = st.sampled_from(
    [
        postings.payment_dispatched,
        postings.payment_dispatched,
        postings.payment_rejected,
        postings.payment_settled,
        postings.payment_returned,
        postings.payment_dropped,
        postings.payment_written_back,
        postings.reissue_reserved,
        postings.reissue_cancelled,
        postings.fee_charged,
    ]
)
TOTAL_DEEDS = st.sampled_from([postings.batch_reserved, postings.batch_reserved, postings.batch_cancelled])

# ── the model ────────────────────────────────────────────────────────────────────────────────────────────────────────

Code = AccountCode
Moves = Iterable[tuple[AccountCode, AccountCode, int]]
DEBIT_SIDE = {AccountKind.ASSET, AccountKind.EXPENSE, AccountKind.CLEARING}
CREDIT_SIDE = {AccountKind.LIABILITY, AccountKind.INCOME}
HELD = {Code.BANK, Code.RESERVED, Code.IN_TRANSIT, Code.RETURNED}
OWED = {Code.AWARDS_PAYABLE, Code.HELD_IN_TRUST}


@dataclass(frozen=True)
class Model:
    """The books as dictionaries.  Each deed gives what they are afterwards, or None where it must be refused."""

    accounts: dict[AccountCode, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    letters: dict[str, int] = field(default_factory=dict)
    """What each donor's letter still promises."""
    written: dict[str, int] = field(default_factory=dict)
    """The month of each letter: nothing is received before it."""
    closed: int = 4
    """The last month that is closed."""

    def moved(self, moves: Moves, *, month: int) -> Model | None:
        accounts = dict(self.accounts)
        for debit, credit, minor in moves:
            accounts[debit] += minor
            accounts[credit] -= minor
        accounts[Code.UNCOMMITTED] = sum(accounts[code] for code in HELD | OWED)
        sound = all(is_sound(code, minor) for code, minor in accounts.items())
        return replace(self, accounts=accounts) if sound and month > self.closed else None

    def pledged(self, letter: str, minor: int, *, month: int) -> Model | None:
        after = self.moved([(Code.PLEDGES_RECEIVABLE, Code.PLEDGES, minor)], month=month)
        return after and replace(
            after, letters={**self.letters, letter: minor}, written={**self.written, letter: month}
        )

    def received(self, letter: str, minor: int, *, month: int) -> Model | None:
        moves = [(Code.PLEDGES, Code.PLEDGES_RECEIVABLE, minor), (Code.BANK, Code.CONTRIBUTIONS, minor)]
        after = self.moved(moves, month=month)
        left = self.letters[letter] - minor
        right = after and left >= 0 and month >= self.written[letter]
        return replace(after, letters={**self.letters, letter: left}) if after and right else None

    def month_closed(self, *, today: int) -> Model | None:
        return replace(self, closed=self.closed + 1) if self.closed + 1 < today else None


def is_sound(code: AccountCode, minor: int) -> bool:
    return not (KINDS[code] in DEBIT_SIDE and minor < 0) and not (KINDS[code] in CREDIT_SIDE and minor > 0)


# ── the books, beside it ─────────────────────────────────────────────────────────────────────────────────────────────


class Books(RuleBasedStateMachine):
    """A fund, and its model."""

    database: Database
    doomed: Doomed
    kills: int

    def __init__(self) -> None:
        super().__init__()
        with self.database.transaction() as session:
            self.fund_id = make_fund(session).id
            self.donor_id = make_donor(session).id
            self.officers = [officer.person_id for officer in make_pair(session)]
        self.model = Model()
        self.month = 5
        self.deeds = 0
        self.entries: list[list[NewTransfer]] = []
        self.a_letter(1_000, 0, None)
        self.a_receipt(1_000, 0, 0, None)

    @rule(amount=GIFTS, ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def a_letter(self, amount: int, ago: int, killed: int | None) -> None:
        month, letter = self.day(ago), self.name()
        named = {"reference": letter, "donor_id": self.donor_id, "fund_id": self.fund_id, "amount_minor": amount}
        after = self.model.pledged(letter, amount, month=month)
        self.attempt(("pledge", {**named, "month": month}), after, killed)

    @rule(amount=GIFTS, which=st.integers(0, 50), ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def a_receipt(self, amount: int, which: int, ago: int, killed: int | None) -> None:
        month, letters = self.day(ago), list(self.model.letters)
        letter = letters[which % len(letters)]
        named = {"reference": self.name(), "letter": letter, "amount_minor": amount, "month": month}
        self.attempt(("take_in", named), self.model.received(letter, amount, month=month), killed)

    @rule(deed=PAYMENT_DEEDS, amount=AMOUNTS, ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def one_payment(self, deed: object, amount: int, ago: int, killed: int | None) -> None:
        assert callable(deed)
        self.post(deed(self.name(), fund_id=self.fund_id, amount=Money(amount, "USD")), ago, killed)

    @rule(deed=TOTAL_DEEDS, amount=AMOUNTS, ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def one_batch(self, deed: object, amount: int, ago: int, killed: int | None) -> None:
        assert callable(deed)
        self.post(deed(self.name(), totals={self.fund_id: Money(amount, "USD")}), ago, killed)

    @rule(amount=AMOUNTS, ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def one_award(self, amount: int, ago: int, killed: int | None) -> None:
        award = postings.award_recognised(self.name(), funding={self.fund_id: Money(amount, "USD")})
        self.post(award, ago, killed)

    @rule(which=st.integers(0, 50), ago=MONTHS_AGO, killed=KILLED_AFTER_MS)
    def a_reversal(self, which: int, ago: int, killed: int | None) -> None:
        if self.entries:  # a precondition would steer the search by who was killed when
            self.post(postings.reversal(self.entries.pop(which % len(self.entries))), ago, killed, correcting=True)

    @precondition(lambda self: self.month < 12)
    @rule()
    def a_month_passes(self) -> None:
        self.month += 1

    @rule(killed=KILLED_AFTER_MS)
    def a_month_is_closed(self, killed: int | None) -> None:
        first = self.model.closed == Model().closed
        named = {"fund_id": self.fund_id, "first": first, "officers": self.officers, "month": self.month}
        self.attempt(("close_month", named), self.model.month_closed(today=self.month), killed)

    @invariant()
    def the_books_are_the_model(self) -> None:
        assert self.look() == self.model
        with self.database.reading() as session:
            identity = queries.compute_identity(session, self.fund_id, "USD")
        assert identity.faults == {}
        assert identity.came_in == identity.accounted_for

    def teardown(self) -> None:
        with self.database.reading() as session:
            assert queries.list_findings(session) == []

    def day(self, ago: int) -> int:
        return max(5, self.month - ago)

    def name(self) -> str:
        self.deeds += 1
        return f"{self.fund_id}-{self.deeds}"

    def post(self, transfers: list[NewTransfer], ago: int, killed: int | None, *, correcting: bool = False) -> None:
        pairs = {(transfer.debit, transfer.credit) for transfer in transfers}
        assert correcting or pairs <= MOVEMENTS
        month = self.day(ago)
        moves = [(transfer.debit, transfer.credit, transfer.amount_minor) for transfer in transfers]
        after = self.model.moved(moves, month=month)
        deed = ("post_entry", {"entry_id": f"entry-{self.name()}", "transfers": transfers, "month": month})
        if self.attempt(deed, after, killed) and not correcting:
            self.entries.append(transfers)

    def attempt(self, deed: Deed, after: Model | None, killed: int | None) -> bool:
        """Do a deed; say whether it was done, which the model must agree with."""
        done = self.do(deed) if killed is None else self.do_and_be_killed(deed, after, killed)
        assert done == (after is not None) or (killed is not None and not done)
        if after is not None and done:
            self.model = after
        return done

    def do(self, deed: Deed) -> bool:
        name, arguments = deed
        try:
            with self.database.transaction() as session:
                DEEDS[name](session, **arguments)
        except (Conflict, DayTooEarly):
            return False
        return True

    def do_and_be_killed(self, deed: Deed, after: Model | None, killed: int) -> bool:
        outcome = self.doomed.do([deed], delay_s=killed / 1000)
        wait_until_gone(self.database)
        type(self).kills += outcome.killed
        if outcome.acknowledged or outcome.refused:
            return bool(outcome.acknowledged)
        return after is not None and self.look() == after

    def look(self) -> Model:
        """Read from the books what the model says of them."""
        with self.database.reading() as session:
            balances = {code: queries.get_balance(session, self.fund_id, "USD", code).amount_minor for code in KINDS}
            promised = select(Pledge).where(col(Pledge.fund_id) == self.fund_id).order_by(col(Pledge.id))
            pledges = session.exec(promised).all()
            letters = {
                letter.reference: letter.amount_minor - queries.get_received(session, letter).amount_minor
                for letter in pledges
            }
            written = {letter.reference: letter.pledged_on.month for letter in pledges}
            periods = select(func.count()).select_from(LedgerPeriod).where(col(LedgerPeriod.fund_id) == self.fund_id)
            closed = session.exec(periods).one()
        return Model(balances, letters, written, Model().closed + closed)


@pytest.mark.timeout(180 + 40 * EXAMPLES)
def test_any_order_of_deeds_agrees_with_the_model(
    database: Database, database_urls: tuple[str, str], keys_dir: Path
) -> None:
    with Doomed(database_urls[0], keys_dir) as doomed:
        machine = type("BooksOfOneEngine", (Books,), {"database": database, "doomed": doomed, "kills": 0})

        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

        assert issubclass(machine, Books)
        assert machine.kills > EXAMPLES
