"""What books were opened with is brought to zero by deeds of its own, on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from reparations.errors import ReparationsError
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode, ClearanceKind, Fund, OpeningSheet
from reparations.ledger.queries.statements import Scope, get_statement
from reparations.ledger.rules.statements import StatementKind
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import make_fund
from tests.factories.periods import IN_JUNE, JUNE, MAY, Pair, clear, close_period, make_pair, prepare_clearance

SHEET = """fund,currency,account,amount
KAT,USD,bank,900.00
KAT,USD,in_transit,50.00
KAT,USD,returned,25.00
KAT,USD,overpayments,10.00
KAT,USD,awards_payable,300.00
KAT,USD,held_in_trust,200.00
"""
AS_OF = date(2031, 4, 30)
STEPS = (
    (ClearanceKind.SETTLED, 3_000),
    (ClearanceKind.SETTLED, 1_500),
    (ClearanceKind.REJECTED, 500),
    (ClearanceKind.WRITTEN_BACK, 2_500),
    (ClearanceKind.REPAID, 600),
    (ClearanceKind.WAIVED, 400),
    (ClearanceKind.RELEASED, 20_000),
    (ClearanceKind.PAID, 40_000),
    (ClearanceKind.NOT_OWED, 5_500),
)
"""Together everything but the money on the bank account."""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def pair(session: Session) -> Pair:
    return make_pair(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, code="KAT")


def open_books(session: Session, pair: Pair, content: str = SHEET) -> OpeningSheet:
    sheet = service.prepare_opening(
        session, content.encode(), source_system="Old books 3.2", as_of=AS_OF, officer=pair.first, at=NOON
    )
    return service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)


def still_open(session: Session, sheet: OpeningSheet) -> dict[str, int]:
    return {line.code: line.still_open.amount_minor for line in queries.list_reconciled(session, sheet.id)}


def amounts(session: Session, kind: StatementKind, *, since: date | None = None) -> dict[str, int]:
    rows = get_statement(session, kind, Scope(since=since, as_of=MAY)).rows
    return {str(row[4]): row[5].amount_minor for row in rows if row[0] == "KAT" and isinstance(row[5], Money)}


def test_everything_is_brought_to_zero_and_the_books_agree_after_each_deed(
    session: Session, pair: Pair, fund: Fund
) -> None:
    sheet = open_books(session, pair)

    for kind, minor in STEPS:
        clear(session, pair, fund.id, kind, usd(minor))
        assert queries.compute_identity(session, fund.id, "USD").faults == {}, kind
        assert amounts(session, StatementKind.IDENTITY)["total_difference"] == 0
        position, flow = amounts(session, StatementKind.FINANCIAL_POSITION), amounts(session, StatementKind.CASH_FLOW)
        assert position["total_assets"] == position["total_liabilities_and_net_assets"]
        assert flow["total_at_end"] == sum(position[code] for code in ("bank", "reserved", "in_transit", "returned"))

    assert set(still_open(session, sheet).values()) == {0}
    standing = {line.code: line.balance.amount_minor for line in queries.list_balances(session, fund.id)}
    bank = 90_000 + 500 + 2_500 + 600 - 40_000
    opening = 97_500 + 1_000 - 50_000 + 5_500
    assert {code: minor for code, minor in standing.items() if minor} == {
        AccountCode.BANK: bank,
        AccountCode.UNCOMMITTED: bank,
        AccountCode.OPENING: opening,
        AccountCode.WAIVERS: 400,
    }
    identity = queries.compute_identity(session, fund.id, "USD")
    assert (identity.flows.paid, identity.flows.paid_back) == (usd(44_500), usd(600))
    assert (identity.flows.opening_cash, identity.flows.opening_owed) == (usd(97_500), usd(50_000 - 1_000 - 5_500))
    activities = amounts(session, StatementKind.ACTIVITIES, since=MAY)
    assert (activities["awards"], activities["waivers"], activities["opening"]) == (0, 400, 5_500)
    flow = amounts(session, StatementKind.CASH_FLOW, since=MAY)
    assert (flow["to_victims"], flow["overpayments_paid_back"]) == (-44_500, 600)
    assert queries.list_findings(session) == []
    assert {finding.code for finding in queries.list_row_findings(session) if "clearance" in finding.record} == set()


def test_the_sheet_says_what_has_been_cleared_and_what_is_open(session: Session, pair: Pair, fund: Fund) -> None:
    sheet = open_books(session, pair)
    before = still_open(session, sheet)

    clear(session, pair, fund.id, ClearanceKind.SETTLED, usd(3_000))
    clear(session, pair, fund.id, ClearanceKind.RELEASED, usd(20_000))
    waiting = prepare_clearance(session, pair, fund.id, ClearanceKind.REJECTED, usd(2_000))

    assert before == {
        "bank": 0,
        "in_transit": 5_000,
        "returned": 2_500,
        "overpayments": 1_000,
        "awards_payable": 30_000,
        "held_in_trust": 20_000,
    }
    assert still_open(session, sheet) == before | {
        "in_transit": 2_000,
        "awards_payable": 47_000,
        "held_in_trust": 0,
    }
    assert {line.code: line.cleared.amount_minor for line in queries.list_reconciled(session, sheet.id)} == {
        "bank": 90_000,
        "in_transit": 3_000,
        "returned": 0,
        "overpayments": 0,
        "awards_payable": -17_000,
        "held_in_trust": 20_000,
    }
    listed = queries.list_clearances(session, sheet.id, limit=10)
    assert [one.clearance.id for one in listed if one.approval is None] == [waiting.id]
    assert [one.clearance.kind for one in listed if one.approval is not None] == ["settled", "released"]


def test_what_is_released_is_owed_where_nothing_was_before(session: Session, pair: Pair, fund: Fund) -> None:
    sheet = open_books(session, pair, "fund,currency,account,amount\nKAT,USD,bank,9.00\nKAT,USD,held_in_trust,2.00\n")

    clear(session, pair, fund.id, ClearanceKind.RELEASED, usd(200))
    line = queries.list_reconciled(session, sheet.id)[0]
    clear(session, pair, fund.id, ClearanceKind.PAID, usd(200))

    assert (line.code, line.imported, line.posted, line.still_open) == ("awards_payable", usd(0), usd(0), usd(200))
    assert set(still_open(session, sheet).values()) == {0}


def test_what_is_ours_is_never_taken_for_what_was_taken_over(session: Session, pair: Pair, fund: Fund) -> None:
    open_books(session, pair)
    steps = (
        postings.award_recognised("A", funding={fund.id: usd(20_000)}),
        postings.batch_reserved("B", totals={fund.id: usd(20_000)}),
        postings.payment_dispatched("P", fund_id=fund.id, amount=usd(20_000)),
    )
    for number, transfers in enumerate(steps):
        service.post(session, entry_id=f"own-{number}", transfers=transfers, occurred_on=MAY, at=NOON)
    assert queries.get_balance(session, fund.id, "USD", AccountCode.IN_TRANSIT) == usd(25_000)

    for kind in (ClearanceKind.SETTLED, ClearanceKind.REJECTED):
        with pytest.raises(ReparationsError) as caught:
            prepare_clearance(session, pair, fund.id, kind, usd(5_001))
        assert (caught.value.code, caught.value.field) == ("ledger.clearance_exceeds", "amount")
        assert "USD 50.00 of what was taken over in in_transit" in caught.value.message


def test_what_arrives_was_owed(session: Session, pair: Pair, fund: Fund) -> None:
    open_books(session, pair, "fund,currency,account,amount\nKAT,USD,bank,9.00\nKAT,USD,in_transit,2.00\n")
    owed = postings.award_recognised("A", funding={fund.id: usd(500)})
    service.post(session, entry_id="own", transfers=owed, occurred_on=MAY, at=NOON)

    with pytest.raises(ReparationsError) as caught:
        prepare_clearance(session, pair, fund.id, ClearanceKind.SETTLED, usd(200))

    assert caught.value.code == "ledger.clearance_exceeds"
    clear(session, pair, fund.id, ClearanceKind.REJECTED, usd(200))


def test_it_takes_two_once_and_never_more_than_is_open(session: Session, pair: Pair, fund: Fund) -> None:
    sheet = open_books(session, pair)
    first = prepare_clearance(session, pair, fund.id, ClearanceKind.SETTLED, usd(3_000), reference="OLD-1")
    again = prepare_clearance(session, pair, fund.id, ClearanceKind.SETTLED, usd(3_000), reference="OLD-1")
    other = prepare_clearance(session, pair, fund.id, ClearanceKind.REJECTED, usd(3_000))

    def refused(clearance_id: str, *, by: int = 1, on: date = MAY) -> str:
        with pytest.raises(ReparationsError) as caught:
            service.approve_clearance(session, clearance_id, cleared_on=on, officer=pair[by], at=NOON)
        return caught.value.code

    assert again.id == first.id
    assert refused(first.id, by=0) == "ledger.same_person"
    assert refused(first.id, on=AS_OF - timedelta(days=1)) == "ledger.opening_malformed"
    service.approve_clearance(session, first.id, cleared_on=AS_OF, officer=pair.second, at=NOON)
    assert refused(first.id) == "ledger.already_approved"
    assert refused(other.id) == "ledger.clearance_exceeds"
    assert refused("clr_none") == "ledger.clearance_not_found"
    assert still_open(session, sheet)["in_transit"] == 2_000


def test_what_was_not_taken_over_is_not_cleared(session: Session, pair: Pair, fund: Fund) -> None:
    own = make_fund(session, code="OWN")
    open_books(session, pair)
    prepare_clearance(session, pair, fund.id, ClearanceKind.WAIVED, usd(100), reference="OLD-1")

    for fund_id, amount, reference, code in (
        (own.id, usd(1), "OLD-2", "ledger.clearance_exceeds"),
        (fund.id, Money(1, "EUR"), "OLD-3", "ledger.clearance_exceeds"),
        (fund.id, usd(0), "OLD-4", "ledger.entry_malformed"),
        (fund.id, usd(200), "OLD-1", "ledger.reference_reused"),
        ("fnd_none", usd(1), "OLD-5", "ledger.fund_not_found"),
    ):
        with pytest.raises(ReparationsError) as caught:
            prepare_clearance(session, pair, fund_id, ClearanceKind.WAIVED, amount, reference=reference)
        assert caught.value.code == code


def test_a_closed_period_stays_closed(session: Session, pair: Pair, fund: Fund) -> None:
    open_books(session, pair)
    prepared = prepare_clearance(session, pair, fund.id, ClearanceKind.WRITTEN_BACK, usd(2_500))
    close_period(session, pair, fund.id, starts_on=MAY)

    with pytest.raises(ReparationsError) as caught:
        service.approve_clearance(session, prepared.id, cleared_on=MAY, officer=pair.second, at=IN_JUNE)

    assert caught.value.code == "ledger.period_closed"


def test_without_money_on_the_bank_account_nothing_is_paid(session: Session, pair: Pair, fund: Fund) -> None:
    open_books(session, pair)
    reserved = postings.batch_reserved("B", totals={fund.id: usd(90_000)})
    service.post(session, entry_id="own", transfers=reserved, occurred_on=MAY, at=NOON)

    with pytest.raises(ReparationsError) as caught:
        clear(session, pair, fund.id, ClearanceKind.PAID, usd(1))

    assert caught.value.code == "ledger.insufficient_funds"


def test_what_is_on_its_way_ages_from_the_day_the_books_were_opened(session: Session, pair: Pair, fund: Fund) -> None:
    sheet = open_books(session, pair)
    clear(session, pair, fund.id, ClearanceKind.SETTLED, usd(3_000), cleared_on=JUNE)
    clear(session, pair, fund.id, ClearanceKind.REJECTED, usd(500), cleared_on=JUNE)
    clear(session, pair, fund.id, ClearanceKind.PAID, usd(700), cleared_on=JUNE)

    rows = get_statement(session, StatementKind.AGEING, Scope(as_of=JUNE)).rows

    name = f"opening-{sheet.id}-{fund.id}-USD-in_transit"
    assert [row[3:6] + row[7:] for row in rows if row[0] == "in_transit"] == [(name, AS_OF, 32, usd(1_500))]
