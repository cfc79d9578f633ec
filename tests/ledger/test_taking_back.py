"""Clearances and exchanges that were approved or recorded in error are taken back whole, on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from reparations.errors import ReparationsError
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode, ClearanceKind, ExchangeStep, Fund, OpeningSheet
from reparations.ledger.queries.statements import Scope, get_statement
from reparations.ledger.rules.statements import StatementKind
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import give, make_fund
from tests.factories.periods import (
    IN_JUNE,
    JUNE,
    MAY,
    Pair,
    clear,
    close_period,
    exchange,
    make_pair,
    make_rate,
    prepare_clearance,
    take_back,
)

SHEET = """fund,currency,account,amount
KAT,USD,bank,900.00
KAT,USD,in_transit,50.00
KAT,USD,returned,25.00
KAT,USD,overpayments,10.00
KAT,USD,awards_payable,300.00
KAT,USD,held_in_trust,200.00
"""
AS_OF = date(2031, 4, 30)
PAID = ClearanceKind.PAID
DEALS = (
    # sold, bought: bought, bought dearer, half given back, beyond nothing, back to this side
    (1_000, "USD", 1_000, "EUR"),
    (1_301, "USD", 1_000, "EUR"),
    (1_000, "EUR", 1_200, "USD"),
    (1_777, "EUR", 1_999, "USD"),
    (2_500, "USD", 2_100, "EUR"),
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture
def pair(session: Session) -> Pair:
    return make_pair(session)


@pytest.fixture
def opened(session: Session) -> Fund:
    return make_fund(session, code="KAT")


@pytest.fixture
def fund(session: Session) -> Fund:
    fund = make_fund(session, currencies=("USD", "EUR"), available_minor=100_000)
    give(session, fund, eur(5_000))
    return fund


def open_books(session: Session, pair: Pair) -> OpeningSheet:
    sheet = service.prepare_opening(
        session, SHEET.encode(), source_system="Old books 3.2", as_of=AS_OF, officer=pair.first, at=NOON
    )
    return service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)


def still_open(session: Session, sheet: OpeningSheet) -> dict[str, int]:
    return {line.code: line.still_open.amount_minor for line in queries.list_reconciled(session, sheet.id)}


def standing(session: Session, fund: Fund) -> dict[tuple[str, AccountCode], int]:
    """Say what stands on the accounts of a fund, and see that it all agrees."""
    lines = queries.list_balances(session, fund.id)
    for currency in {line.currency for line in lines}:
        assert queries.compute_identity(session, fund.id, currency).faults == {}
    assert queries.list_findings(session) == []
    return {(line.currency, line.code): line.balance.amount_minor for line in lines if line.balance.amount_minor}


def statements(session: Session, *, as_of: date = MAY) -> list[tuple[object, ...]]:
    """Read the statements that are made of sums."""
    kinds = (StatementKind.FINANCIAL_POSITION, StatementKind.ACTIVITIES, StatementKind.CASH_FLOW)
    return [row for kind in kinds for row in get_statement(session, kind, Scope(as_of=as_of)).rows]


def refusal(session: Session, pair: Pair, record_id: str, *, on: date = MAY) -> ReparationsError:
    with pytest.raises(ReparationsError) as caught, session.begin_nested():
        take_back(session, pair, record_id, reversed_on=on)
    return caught.value


# ── clearances ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ClearanceKind)
def test_a_clearance_is_taken_back_and_what_it_cleared_is_open_again(
    session: Session, pair: Pair, opened: Fund, kind: ClearanceKind
) -> None:
    sheet = open_books(session, pair)
    before = standing(session, opened), still_open(session, sheet), statements(session)
    wrong = clear(session, pair, opened.id, kind, usd(1_000))
    assert still_open(session, sheet) != before[1]

    taken_back = take_back(session, pair, wrong.id)

    assert (standing(session, opened), still_open(session, sheet), statements(session)) == before
    (cleared,) = queries.list_clearances(session, sheet.id, limit=9)
    assert (cleared.clearance.id, cleared.taken_back) == (wrong.id, taken_back)
    assert queries.get_cleared(session, wrong.id) == cleared
    assert [row for row in queries.list_row_findings(session) if taken_back.reversal_id in row.record] == []
    clear(session, pair, opened.id, kind, usd(1_000))
    assert len(queries.list_clearances(session, sheet.id, limit=9)) == 2


@pytest.mark.parametrize("kind", [ClearanceKind.SETTLED, ClearanceKind.REJECTED, ClearanceKind.PAID])
def test_what_is_on_its_way_again_ages_from_the_day_the_books_were_opened(
    session: Session, pair: Pair, opened: Fund, kind: ClearanceKind
) -> None:
    sheet = open_books(session, pair)
    take_back(session, pair, clear(session, pair, opened.id, kind, usd(700)).id)

    rows = get_statement(session, StatementKind.AGEING, Scope(as_of=MAY)).rows

    name = f"opening-{sheet.id}-{opened.id}-USD-in_transit"
    assert [(row[3], row[7]) for row in rows if row[0] == "in_transit"] == [(name, usd(5_000))]


def test_until_it_is_taken_back_it_counts(session: Session, pair: Pair, opened: Fund) -> None:
    open_books(session, pair)
    wrong = clear(session, pair, opened.id, ClearanceKind.WAIVED, usd(400))

    take_back(session, pair, wrong.id, reversed_on=JUNE)

    kept = {
        day: queries.sum_cleared(session, as_of=day)[opened.id, "USD"][ClearanceKind.WAIVED]
        for day in (AS_OF, MAY, JUNE - timedelta(days=1), JUNE)
    }
    assert list(kept.values()) == [0, 400, 400, 0]


def test_what_was_released_is_taken_back_before_it_is_cleared_on(session: Session, pair: Pair, opened: Fund) -> None:
    sheet = open_books(session, pair)
    before = still_open(session, sheet)
    released = clear(session, pair, opened.id, ClearanceKind.RELEASED, usd(20_000))
    paid = clear(session, pair, opened.id, ClearanceKind.PAID, usd(40_000))
    owed = postings.award_recognised("A", funding={opened.id: usd(30_000)})
    service.post(session, entry_id="own", transfers=owed, occurred_on=MAY, at=NOON)

    refused = refusal(session, pair, released.id)  # our own award is owed, and must not stand for it

    assert refused.code == "ledger.clearance_exceeds"
    assert "take that clearance back first" in refused.message
    take_back(session, pair, paid.id)
    take_back(session, pair, released.id)
    assert still_open(session, sheet) == before


def test_what_is_right_is_cleared_on_a_day_on_which_it_is_open(session: Session, pair: Pair, opened: Fund) -> None:
    open_books(session, pair)
    early, late = (clear(session, pair, opened.id, kind, usd(2_500)) for kind in (ClearanceKind.WRITTEN_BACK, PAID))
    take_back(session, pair, early.id)
    clear(session, pair, opened.id, ClearanceKind.WRITTEN_BACK, usd(2_500))  # all of it, on the day of the error
    clear(session, pair, opened.id, PAID, usd(27_000))
    take_back(session, pair, late.id, reversed_on=JUNE)
    waiting = prepare_clearance(session, pair, opened.id, PAID, usd(3_000)).id

    with pytest.raises(ReparationsError) as caught, session.begin_nested():
        service.approve_clearance(session, waiting, cleared_on=MAY, officer=pair.second, at=IN_JUNE)

    assert caught.value.code == "ledger.day_too_early"
    service.approve_clearance(session, waiting, cleared_on=JUNE, officer=pair.second, at=IN_JUNE)
    close_period(session, pair, opened.id, starts_on=AS_OF.replace(day=1))
    close_period(session, pair, opened.id)


def test_what_is_released_later_is_not_paid_before_nor_taken_back_in_between(
    session: Session, pair: Pair, opened: Fund
) -> None:
    sheet = open_books(session, pair)
    before = still_open(session, sheet)
    released = clear(session, pair, opened.id, ClearanceKind.RELEASED, usd(20_000))
    later = clear(session, pair, opened.id, ClearanceKind.SETTLED, usd(1_000), cleared_on=JUNE)
    paid = clear(session, pair, opened.id, PAID, usd(49_000))
    take_back(session, pair, paid.id, reversed_on=JUNE)

    assert refusal(session, pair, released.id).code == "ledger.day_too_early"

    take_back(session, pair, released.id, reversed_on=JUNE)
    take_back(session, pair, later.id, reversed_on=JUNE)
    assert still_open(session, sheet) == before
    clear(session, pair, opened.id, ClearanceKind.RELEASED, usd(20_000), cleared_on=JUNE)
    with pytest.raises(ReparationsError) as caught:
        clear(session, pair, opened.id, PAID, usd(30_001))
    assert caught.value.code == "ledger.day_too_early"


def test_it_is_not_taken_back_without_its_money_or_its_day(session: Session, pair: Pair, opened: Fund) -> None:
    open_books(session, pair)
    rejected = clear(session, pair, opened.id, ClearanceKind.REJECTED, usd(500))
    not_owed = clear(session, pair, opened.id, ClearanceKind.NOT_OWED, usd(5_000))
    waiting = prepare_clearance(session, pair, opened.id, ClearanceKind.WAIVED, usd(1))
    for number, transfers in enumerate(
        (
            postings.award_recognised("A", funding={opened.id: usd(51_000)}),
            postings.batch_reserved("B", totals={opened.id: usd(90_500)}),
        )
    ):
        service.post(session, entry_id=f"own-{number}", transfers=transfers, occurred_on=MAY, at=NOON)

    assert refusal(session, pair, rejected.id).code == "ledger.insufficient_funds"
    assert refusal(session, pair, not_owed.id).code == "ledger.awards_not_covered"
    assert refusal(session, pair, waiting.id).code == "ledger.record_not_found"
    assert refusal(session, pair, rejected.id, on=AS_OF).code == "ledger.day_too_early"


def test_a_closed_period_stays_closed(session: Session, pair: Pair, opened: Fund, fund: Fund) -> None:
    open_books(session, pair)
    cleared = clear(session, pair, opened.id, ClearanceKind.SETTLED, usd(500))
    exchanged = exchange(session, pair.first, fund, usd(110), eur(100))
    for one in (opened, fund):
        close_period(session, pair, one.id, starts_on=MAY)

    for record_id in (cleared.id, exchanged.id):
        prepared = service.prepare_reversal(session, record_id, reason="Wrong", officer=pair.first, at=IN_JUNE)
        with pytest.raises(ReparationsError) as caught, session.begin_nested():
            service.approve_reversal(session, prepared.id, reversed_on=MAY, officer=pair.second, at=IN_JUNE)
        assert caught.value.code == "ledger.period_closed"
        service.approve_reversal(session, prepared.id, reversed_on=JUNE, officer=pair.second, at=IN_JUNE)
    assert queries.list_findings(session) == []


# ── exchanges ────────────────────────────────────────────────────────────────────────────────────────────────────────


def deal(session: Session, pair: Pair, fund: Fund, number: int, *, on: date = MAY) -> ExchangeStep:
    sold, unit, bought, other = DEALS[number]
    return exchange(
        session,
        pair.first,
        fund,
        Money(sold, unit),
        Money(bought, other),
        reference=f"ADVICE-{number}",
        occurred_on=on,
        measured_in="USD",
    )


def carried(session: Session, fund: Fund) -> tuple[int, int]:
    position = queries.get_position(session, fund.id, "USD", "EUR")
    now = queries.get_carried(position, queries.find_last_step(session, position))
    return now.held.amount_minor, now.cost.amount_minor


def revalue(session: Session, pair: Pair, fund: Fund, rate: str) -> ExchangeStep:
    return service.revalue_position(
        session,
        reference=f"REVAL-{rate}",
        fund_id=fund.id,
        currency="EUR",
        measured_in="USD",
        rate_id=make_rate(session, pair.first, rate=rate, source=f"Bulletin of {rate}").id,
        valued_on=MAY,
        source="Instruction",
        officer=pair.first,
        at=NOON,
    )


def test_exchanges_are_taken_back_the_last_one_first_to_the_cent(session: Session, pair: Pair, fund: Fund) -> None:
    steps, before = [], []
    for number in range(len(DEALS)):
        before.append(standing(session, fund))
        steps.append(deal(session, pair, fund, number))

    for number in reversed(range(len(DEALS))):
        take_back(session, pair, steps[number].id)
        assert standing(session, fund) == before[number]
        assert carried(session, fund) == (steps[number].held_before_minor, steps[number].cost_before_minor)

    listed = queries.list_steps(session, fund.id)
    assert [step.kind for step in listed] == ["exchange"] * len(DEALS) + ["reversal"] * len(DEALS)
    assert [step.reverses_id for step in listed[len(DEALS) :]] == [step.id for step in reversed(steps)]
    for currency in ("USD", "EUR"):
        assert queries.list_attribution(session, fund.id, currency).attributions == ()
    assert [row for row in queries.list_row_findings(session) if row.record.startswith("exchange_step")] == []


def test_what_is_right_is_recorded_in_its_place(session: Session, pair: Pair, fund: Fund) -> None:
    deal(session, pair, fund, 0)
    right = deal(session, pair, fund, 2)
    after = standing(session, fund)
    take_back(session, pair, right.id)

    again = exchange(session, pair.first, fund, eur(1_000), usd(1_200), reference="ADVICE-2-CORRECTED")

    assert (again.gain_minor, again.held_minor, again.cost_minor) == (
        right.gain_minor,
        right.held_minor,
        right.cost_minor,
    )
    assert standing(session, fund) == after
    assert deal(session, pair, fund, 2).id == right.id  # the same request again is still the first one


def test_a_later_step_rests_on_it(session: Session, pair: Pair, fund: Fund) -> None:
    first, second, third = (deal(session, pair, fund, number) for number in range(3))

    for resting, record_id in ((third, first.id), (third, second.id)):
        refused = refusal(session, pair, record_id)
        assert (refused.code, refused.record) == ("ledger.exchange_overtaken", resting.id)
        assert "the last one first" in str(refused.remedy)

    take_back(session, pair, third.id)
    assert refusal(session, pair, first.id).record == second.id
    take_back(session, pair, second.id)
    take_back(session, pair, first.id)
    assert carried(session, fund) == (0, 0)


def test_a_revaluation_is_taken_back_too(session: Session, pair: Pair, fund: Fund) -> None:
    wrong = deal(session, pair, fund, 0)
    before = standing(session, fund)
    higher, same = revalue(session, pair, fund, "1.25"), revalue(session, pair, fund, "1.250")
    lower = revalue(session, pair, fund, "0.8")
    assert (higher.gain_minor, same.gain_minor, lower.gain_minor) == (250, 0, -450)

    for step in (lower, same, higher):
        take_back(session, pair, step.id)

    assert standing(session, fund) == before
    assert carried(session, fund) == (1_000, 1_000)
    take_back(session, pair, wrong.id)
    assert carried(session, fund) == (0, 0)
    with pytest.raises(ReparationsError) as caught:
        revalue(session, pair, fund, "1.3")
    assert caught.value.code == "ledger.exchange_malformed"
    shown = {row.record.reference: row.record.amount for row in queries.list_reversals(session, after=None, limit=9)}
    assert (shown["ADVICE-0"], shown["REVAL-0.8"], shown["REVAL-1.250"]) == (usd(1_000), usd(450), usd(0))


def test_an_exchange_is_not_taken_back_once_its_money_is_spent(session: Session, pair: Pair) -> None:
    fund = make_fund(session, currencies=("USD", "EUR"), available_minor=1_000)
    step = deal(session, pair, fund, 0)
    fee = postings.fee_charged("F", fund_id=fund.id, amount=eur(1))
    service.post(session, entry_id="fee-F", transfers=fee, occurred_on=MAY, at=NOON)

    assert refusal(session, pair, step.id).code == "ledger.insufficient_funds"


def test_a_reversal_is_not_taken_back_nor_dated_before_another(session: Session, pair: Pair, fund: Fund) -> None:
    first, second = deal(session, pair, fund, 0), deal(session, pair, fund, 1)
    take_back(session, pair, second.id, reversed_on=JUNE)
    undone = queries.list_steps(session, fund.id)[-1]

    assert refusal(session, pair, undone.id).code == "ledger.already_reversed"
    assert refusal(session, pair, first.id).code == "ledger.exchange_overtaken"  # the reversal is of June
    assert refusal(session, pair, first.id, on=AS_OF).code == "ledger.day_too_early"
    take_back(session, pair, first.id, reversed_on=JUNE)
    assert queries.list_findings(session) == []
