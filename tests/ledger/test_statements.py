"""The statements agree with the books and with one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from reparations.ledger import postings, queries, rules, service
from reparations.ledger.models import KINDS, AccountCode, AccountKind, RestrictionKind
from reparations.ledger.postings import MOVEMENTS, Movement
from reparations.ledger.queries.statements import ALL_FUNDS, COLUMNS, Row, Scope, get_statement
from reparations.ledger.rules.statements import (
    HELD,
    Moved,
    StatementKind,
    list_activities,
    list_cash_flow,
    list_identity,
    list_position,
    name_age,
    share_newest_first,
)
from reparations.money import Money
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.ledger import make_fund, make_pledge, receive
from tests.ledger.busy_books import FEBRUARY, JANUARY, MARCH, make_busy_books

Key = tuple[str, str, str]
ALL_TIME = Scope(as_of=MARCH)
FEBRUARY_ONLY = Scope(since=date(2031, 2, 1), as_of=FEBRUARY)


def rows_of(session: Session, kind: StatementKind, scope: Scope = ALL_TIME) -> list[Row]:
    statement = get_statement(session, kind, scope)
    rows = list(statement.rows)
    assert all(len(row) == len(COLUMNS[kind]) for row in rows)
    return rows


def minor(cell: object) -> int:
    assert isinstance(cell, Money)
    return cell.amount_minor


def items(rows: Iterable[Row]) -> dict[Key, int]:
    """Amounts by fund (or ``*`` and the restriction), currency and item."""
    return {
        (str(fund) if fund != ALL_FUNDS else f"*{restriction}", str(currency), str(item)): minor(amount)
        for fund, currency, restriction, _, item, amount in rows
    }


def test_the_trial_balance_is_the_books(session: Session) -> None:
    make_busy_books(session)

    rows = rows_of(session, StatementKind.TRIAL_BALANCE)

    found = {(row[0], row[1], row[2]): (minor(row[5]), minor(row[6])) for row in rows}
    kept = {
        (line.fund_code, line.currency, line.code): (line.debits.amount_minor, line.credits.amount_minor)
        for line in queries.list_trial_balance(session)
    }
    assert found == kept
    assert len(found) > 60
    for fund in ("KAT", "OPEN"):
        assert sum(minor(row[7]) for row in rows if row[0] == fund and row[1] == "USD") == 0


def test_a_period_begins_where_the_one_before_it_ended(session: Session) -> None:
    make_busy_books(session)

    january = rows_of(session, StatementKind.TRIAL_BALANCE, Scope(as_of=JANUARY))
    february = rows_of(session, StatementKind.TRIAL_BALANCE, FEBRUARY_ONLY)

    closing = {row[:3]: minor(row[7]) for row in january}
    opening = {row[:3]: minor(row[4]) for row in february}
    assert {key: amount for key, amount in opening.items() if amount} == {k: a for k, a in closing.items() if a}
    assert all(minor(row[4]) + minor(row[5]) - minor(row[6]) == minor(row[7]) for row in february)


@pytest.mark.parametrize("scope", [ALL_TIME, FEBRUARY_ONLY], ids=["all", "february"])
def test_the_general_ledger_sums_to_the_trial_balance(session: Session, scope: Scope) -> None:
    make_busy_books(session)
    trial = {row[:3]: row[4:] for row in rows_of(session, StatementKind.TRIAL_BALANCE, scope)}

    debits: defaultdict[tuple[object, ...], int] = defaultdict(int)
    credits_: defaultdict[tuple[object, ...], int] = defaultdict(int)
    last: dict[tuple[object, ...], int] = {}
    for row in rows_of(session, StatementKind.GENERAL_LEDGER, scope):
        key, debit, credit, balance = row[:3], minor(row[7]), minor(row[8]), minor(row[9])
        start = last.get(key, minor(trial[key][0]))
        assert balance == start + debit - credit
        debits[key] += debit
        credits_[key] += credit
        last[key] = balance

    for key, (opening, debit_sum, credit_sum, closing) in trial.items():
        assert (debits[key], credits_[key]) == (minor(debit_sum), minor(credit_sum))
        assert last.get(key, minor(opening)) == minor(closing)


def test_assets_are_liabilities_and_net_assets_and_activities_lead_there(session: Session) -> None:
    make_busy_books(session)
    position = items(rows_of(session, StatementKind.FINANCIAL_POSITION))
    before = items(rows_of(session, StatementKind.FINANCIAL_POSITION, Scope(as_of=JANUARY)))
    activities = items(rows_of(session, StatementKind.ACTIVITIES, Scope(since=date(2031, 2, 1), as_of=MARCH)))

    books = {key[:2] for key in position}
    assert {fund for fund, _ in books} == {"KAT", "OPEN", "*total", "*with_restrictions", "*without_restrictions"}
    for book in books:
        assert position[*book, "total_assets"] == position[*book, "total_liabilities_and_net_assets"] > 0
        assert activities[*book, "total_at_start"] == before[*book, "total_net_assets"]
        assert activities[*book, "total_at_end"] == position[*book, "total_net_assets"]
        assert (
            activities[*book, "total_change"] == activities[*book, "total_at_end"] - before[*book, "total_net_assets"]
        )
    usd = [position[fund, "USD", "total_assets"] for fund in ("KAT", "OPEN", "*total")]
    assert usd[0] + usd[1] == usd[2]
    assert position["*with_restrictions", "USD", "total_assets"] == usd[0]


def test_the_cash_flow_ends_with_the_money_held(session: Session) -> None:
    funds = make_busy_books(session)
    for scope in (ALL_TIME, Scope(since=date(2031, 2, 1), as_of=MARCH)):
        flow = items(rows_of(session, StatementKind.CASH_FLOW, scope))
        for code, fund in funds.items():
            held = sum(
                (queries.get_balance(session, fund.id, "USD", account) for account in HELD), Money(0, "USD")
            ).amount_minor
            assert flow[code, "USD", "total_at_end"] == held
            assert flow[code, "USD", "total_at_start"] + flow[code, "USD", "total_change"] == held

    january = items(rows_of(session, StatementKind.CASH_FLOW, Scope(as_of=JANUARY)))
    flow = items(rows_of(session, StatementKind.CASH_FLOW))
    assert january["KAT", "JPY", "brought_over"] == 40_850
    assert january["KAT", "JPY", "from_donors"] == 20_000
    assert flow["KAT", "USD", "to_victims"] == -5_000
    assert flow["KAT", "USD", "fees"] == -11
    assert flow["KAT", "USD", "to_other_funds"] == -1_000


def test_the_identity_holds_and_is_the_one_of_the_balances(session: Session) -> None:
    funds = make_busy_books(session)

    found = items(rows_of(session, StatementKind.IDENTITY))

    for code, fund in funds.items():
        kept = queries.compute_identity(session, fund.id, "USD")
        assert kept.faults == {}
        assert found[code, "USD", "total_came_in"] == kept.came_in.amount_minor
        assert found[code, "USD", "total_accounted_for"] == kept.accounted_for.amount_minor
        assert found[code, "USD", "total_difference"] == 0


def test_a_donors_statement_shows_what_is_open_of_each_pledge(session: Session) -> None:
    make_busy_books(session)

    rows = rows_of(session, StatementKind.DONOR)

    pledges = [row for row in rows if row[5] is None]
    assert len(pledges) == 4
    assert all(minor(row[7]) == minor(row[8]) + minor(row[9]) + minor(row[10]) == 90_000 for row in pledges)
    kat = [row for row in rows if row[3] == "=LETTER-KAT-USD"]
    assert [(row[5], row[6], minor(row[9])) for row in kat[1:]] == [
        ("+RECEIPT-1-KAT-USD", JANUARY, 20_000),
        ("RECEIPT-2-KAT-USD", FEBRUARY, 30_000),
    ]


def test_a_donors_statement_shows_what_is_unspent_and_until_when_it_may_be_used(session: Session) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, Money(1_000, "USD"), pledged_on=JANUARY)
    receive(session, pledge, Money(300, "USD"), reference="R1", received_on=JANUARY)
    receive(session, pledge, Money(700, "USD"), reference="R2", received_on=FEBRUARY)
    service.restrict_fund(
        session,
        fund.id,
        restriction=rules.Restriction(RestrictionKind.PERIOD, usable_until=date(2032, 1, 1)),
        citation="Agreement, art. 4",
        officer=make_officer(session, Role.FUND_ADMINISTRATOR),
        at=NOON,
    )
    service.post(
        session,
        entry_id="fee",
        transfers=postings.fee_charged("f", fund_id=fund.id, amount=Money(400, "USD")),
        occurred_on=MARCH,
        at=NOON,
    )

    def receipts(as_of: date) -> list[tuple[object, ...]]:
        rows = rows_of(session, StatementKind.DONOR, Scope(as_of=as_of, fund_id=fund.id))
        return [(row[5], str(row[11]), row[12], row[13]) for row in rows if row[5] is not None]

    last = date(2031, 12, 31)
    assert receipts(FEBRUARY) == [("R1", "USD 3.00", "days_0_30", last), ("R2", "USD 7.00", "days_0_30", last)]
    assert receipts(MARCH) == [("R1", "USD 0.00", None, None), ("R2", "USD 6.00", "days_31_60", last)]


def test_what_is_old_adds_up_to_the_books(session: Session) -> None:
    funds = make_busy_books(session)
    kat = Scope(as_of=MARCH, fund_id=funds["KAT"].id, currency="USD")

    rows = rows_of(session, StatementKind.AGEING, kat)

    def total(what: str) -> int:
        return sum(minor(row[7]) for row in rows if row[0] == what)

    def standing(code: AccountCode) -> int:
        return queries.get_balance(session, funds["KAT"].id, "USD", code).amount_minor

    assert total("receivable") == standing(AccountCode.PLEDGES_RECEIVABLE) == 40_000
    assert total("unspent") == sum(standing(code) for code in HELD)
    assert total("in_transit") == standing(AccountCode.IN_TRANSIT)
    (sent,) = [row for row in rows if row[3] == "R1"]
    assert (sent[4], sent[5], sent[6], minor(sent[7])) == (FEBRUARY, 31, "days_31_60", 77)


def test_age_is_counted_from_the_day(session: Session) -> None:
    del session
    day = date(2031, 3, 31)
    ages = [(date(2031, 4, 1), "not_due"), (day, "days_0_30"), (date(2031, 3, 1), "days_0_30")]
    ages += [
        (date(2031, 2, 28), "days_31_60"),
        (date(2030, 3, 31), "days_91_365"),
        (date(2030, 3, 30), "days_over_365"),
    ]

    assert [name_age(start, as_of=day) for start, _ in ages] == [name for _, name in ages]


# ── whatever moves ───────────────────────────────────────────────────────────────────────────────────────────────────

SUMS = st.dictionaries(st.sampled_from(sorted(MOVEMENTS)), st.integers(0, 10**12), max_size=12)
MOVED = st.builds(
    Moved, SUMS, SUMS.map(lambda sums: {(credit, debit): minor for (debit, credit), minor in sums.items()})
)


@given(before=MOVED, during=MOVED)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_moves_the_statements_agree(before: Moved, during: Moved) -> None:
    after = before + during
    position = {item.item: item.amount_minor for item in list_position(after)}
    activities = {item.item: item.amount_minor for item in list_activities(before, during)}
    cash = {item.item: item.amount_minor for item in list_cash_flow(before, during)}
    identity = {item.item: item.amount_minor for item in list_identity(after)}

    assert position["total_assets"] == position["total_liabilities_and_net_assets"]
    assert activities["total_at_end"] == position["total_net_assets"]
    assert cash["total_at_end"] == after.balance(*HELD)
    assert identity["total_difference"] == 0
    assert sum(after.balance(code) for code in KINDS) == 0


def test_every_movement_of_cash_has_a_line_of_its_own() -> None:
    for movement in Movement:
        debit, credit = movement.value
        flow = list_cash_flow(Moved(), Moved({movement.value: 5}))
        lines = {
            item.item: item.amount_minor for item in flow if not item.item.startswith("total") and item.amount_minor
        }

        assert "other" not in lines, movement
        assert bool(lines) is ((debit in HELD) != (credit in HELD)), movement


def test_every_account_stands_in_the_position_or_in_the_activities() -> None:
    position = {item.item for item in list_position(Moved())}
    activities = {item.item for item in list_activities(Moved(), Moved())}

    assert {code.value for code, kind in KINDS.items() if kind != AccountKind.CLEARING} <= position | activities


@given(held=st.integers(0, 1_000), receipts=st.lists(st.integers(1, 300), max_size=8))
def test_what_is_left_of_receipts_is_the_money_held(held: int, receipts: list[int]) -> None:
    shares, others = share_newest_first(held, receipts)

    assert sum(shares) + others == held
    assert all(0 <= share <= received for share, received in zip(shares, receipts, strict=True))
    assert others == max(0, held - sum(receipts))
