"""Rates, exchanges and revaluations, on both engines."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from reparations.errors import ReparationsError
from reparations.ledger import queries, rules, service
from reparations.ledger.errors import RateMalformed
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.rules import Position
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import give, make_fund
from tests.factories.periods import JUNE, MAY, Pair, exchange, make_pair, make_rate


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.fixture
def pair(session: Session) -> Pair:
    return make_pair(session)


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, currencies=("USD", "EUR", "XOF", "KWD"), available_minor=100_000)


def balances(session: Session, fund: Fund, currency: str) -> dict[AccountCode, int]:
    assert queries.compute_identity(session, fund.id, currency).faults == {}
    return {
        line.code: line.balance.amount_minor
        for line in queries.list_balances(session, fund.id)
        if line.currency == currency and line.balance.amount_minor
    }


# ── rates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("655.957", Fraction(655_957, 1000)),
        ("0.000000000001", Fraction(1, 10**12)),
        ("1/3", Fraction(1, 3)),
        ("2", Fraction(2)),
    ],
)
def test_a_rate_is_read_exactly(text: str, exact: Fraction) -> None:
    assert rules.parse_rate(text) == exact


@pytest.mark.parametrize(
    "text", ["", "0", "-1.2", "1,2", "1e3", "1/0", "0/5", "nan", "1.0000000000001", "1 2", "9" * 16]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(RateMalformed):
        rules.parse_rate(text)


@pytest.mark.parametrize(
    ("amount", "to", "base", "rate", "worth"),
    [
        (Money(100, "EUR"), "XOF", "EUR", "655.957", 656),  # one euro, no decimals
        (Money(656, "XOF"), "EUR", "EUR", "655.957", 100),
        (Money(1_000, "KWD"), "USD", "KWD", "3.25", 325),  # one dinar, three decimals
        (Money(325, "USD"), "KWD", "KWD", "3.25", 1_000),
        (Money(10_000, "CLF"), "JPY", "CLF", "5000.5", 5_000),  # four decimals to none; a half goes to the even
        (Money(30_000, "CLF"), "JPY", "CLF", "5000.5", 15_002),
        (Money(-100, "EUR"), "XOF", "EUR", "655.957", -656),
    ],
)
def test_an_amount_is_valued_in_the_decimals_of_its_currency(  # noqa: PLR0917 a row of the table
    amount: Money, to: str, base: str, rate: str, worth: int
) -> None:
    assert rules.convert(amount, to, base=base, rate=rules.parse_rate(rate)) == Money(worth, to)


def test_a_rate_recorded_again_is_the_same_and_another_is_refused(session: Session, pair: Pair) -> None:
    rate = make_rate(session, pair.first, rate="1.10")

    assert make_rate(session, pair.second, rate="11/10").id == rate.id
    with pytest.raises(ReparationsError) as caught:
        make_rate(session, pair.first, rate="1.2")
    assert caught.value.code == "ledger.reference_reused"


def test_a_wrong_rate_is_corrected_once_and_then_no_longer_used(session: Session, pair: Pair, fund: Fund) -> None:
    wrong = make_rate(session, pair.first, rate="1.1")
    used = exchange(session, pair.first, fund, usd(110), eur(100), rate_id=wrong.id, reference="ADVICE-1")

    right = make_rate(session, pair.second, rate="1.2", corrects_id=wrong.id)

    assert [rate.id for rate in queries.list_rates(session, base="EUR", quote="USD", current=True)] == [right.id]
    assert (used.rate_numerator, used.rate_denominator) == (11, 10)
    again = exchange(session, pair.first, fund, usd(110), eur(100), rate_id=wrong.id, reference="ADVICE-1")
    assert again.id == used.id
    for attempt in (
        lambda: exchange(session, pair.first, fund, usd(110), eur(100), rate_id=wrong.id),
        lambda: make_rate(session, pair.first, rate="1.3", corrects_id=wrong.id),
    ):
        with pytest.raises(ReparationsError) as caught:
            attempt()
        assert caught.value.code == "ledger.rate_corrected"


# ── exchange ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_money_is_exchanged_in_one_deed_and_each_currency_adds_up(session: Session, pair: Pair, fund: Fund) -> None:
    step = exchange(session, pair.first, fund, usd(1_100), eur(1_000))

    assert balances(session, fund, "USD") | {AccountCode.PLEDGES: 0} == {
        AccountCode.BANK: 98_900,
        AccountCode.CONTRIBUTIONS: 100_000,
        AccountCode.EXCHANGE: -1_100,
        AccountCode.UNCOMMITTED: 98_900,
        AccountCode.PLEDGES: 0,
    }
    assert balances(session, fund, "EUR") == {
        AccountCode.BANK: 1_000,
        AccountCode.EXCHANGE: 1_000,
        AccountCode.UNCOMMITTED: 1_000,
    }
    assert (step.held_minor, step.cost_minor, step.gain_minor) == (1_000, 1_100, 0)
    entries = [entry for entry in queries.list_entries(session) if entry.entry_id == f"exchange-{step.id}"]
    assert len(entries) == 1
    assert len(entries[0].lines) == 4
    assert queries.list_findings(session) == []


def test_what_is_exchanged_back_realises_a_gain_against_the_weighted_average(
    session: Session, pair: Pair, fund: Fund
) -> None:
    exchange(session, pair.first, fund, usd(1_000), eur(1_000))
    exchange(session, pair.first, fund, usd(1_301), eur(1_000))

    half = exchange(session, pair.first, fund, eur(1_000), usd(1_200))
    rest = exchange(session, pair.first, fund, eur(1_000), usd(1_100))

    assert (half.gain_minor, half.held_minor, half.cost_minor) == (50, 1_000, 1_151)  # 1150.5: to the even, 1150
    assert (rest.gain_minor, rest.held_minor, rest.cost_minor) == (-51, 0, 0)
    after = balances(session, fund, "USD")
    assert (after[AccountCode.EXCHANGE_GAINS], after[AccountCode.EXCHANGE_LOSSES]) == (50, 51)
    assert AccountCode.EXCHANGE not in after
    assert balances(session, fund, "EUR") == {}
    assert queries.list_findings(session) == []


def test_selling_more_than_was_bought_opens_the_other_side(session: Session, pair: Pair, fund: Fund) -> None:
    give(session, fund, eur(5_000))  # given in euro: it has no cost in dollars
    exchange(session, pair.first, fund, usd(110), eur(100))

    step = exchange(session, pair.first, fund, eur(300), usd(360), measured_in="USD")

    assert (step.gain_minor, step.held_minor, step.cost_minor) == (10, -200, -240)
    back = exchange(session, pair.first, fund, usd(230), eur(200))
    assert (back.gain_minor, back.held_minor, back.cost_minor) == (10, 0, 0)


def test_a_position_is_carried_at_a_published_rate(session: Session, pair: Pair, fund: Fund) -> None:
    exchange(session, pair.first, fund, usd(1_100), eur(1_000))
    rate = make_rate(session, pair.first, rate="1.25")

    def revalue(rate_id: str, reference: str) -> tuple[int, int]:
        step = service.revalue_position(
            session,
            reference=reference,
            fund_id=fund.id,
            currency="EUR",
            measured_in="USD",
            rate_id=rate_id,
            valued_on=MAY,
            source="Year-end instruction",
            officer=pair.first,
            at=NOON,
        )
        return step.gain_minor, step.cost_minor

    assert revalue(rate.id, "REVAL-1") == (150, 1_250)
    assert revalue(rate.id, "REVAL-1") == (150, 1_250)
    assert revalue(rate.id, "REVAL-2") == (0, 1_250)
    lower = make_rate(session, pair.first, base="USD", quote="EUR", rate="1", source="Another bulletin")
    assert revalue(lower.id, "REVAL-3") == (-250, 1_000)
    assert balances(session, fund, "USD")[AccountCode.BANK] == 98_900
    assert queries.list_findings(session) == []


def test_no_money_that_is_owed_is_sold(session: Session, pair: Pair, fund: Fund) -> None:
    with pytest.raises(ReparationsError) as caught:
        exchange(session, pair.first, fund, usd(100_001), eur(1))

    assert caught.value.code == "ledger.insufficient_funds"
    assert "in bank" in caught.value.message
    assert queries.find_position(session, fund.id, "USD", "EUR") is not None  # undone with the transaction
    session.rollback()
    assert queries.find_position(session, fund.id, "USD", "EUR") is None


REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "one currency": ({"bought": usd(5)}, "ledger.exchange_malformed"),
    "nothing sold": ({"sold": usd(0)}, "ledger.exchange_malformed"),
    "nothing bought": ({"bought": eur(-1)}, "ledger.exchange_malformed"),
    "measured in a third currency": ({"measured_in": "XOF"}, "ledger.exchange_malformed"),
    "measured in the other": ({"measured_in": "EUR"}, "ledger.exchange_malformed"),
    "no books in it": ({"bought": Money(5, "CHF")}, "ledger.account_not_found"),
    "no such rate": ({"rate_id": "rte_none"}, "ledger.rate_not_found"),
    "before the last step": ({"occurred_on": date(2031, 4, 30)}, "ledger.exchange_overtaken"),
    "another deed's reference": ({"reference": "ADVICE-1"}, "ledger.reference_reused"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_exchange_that_is_none_is_refused(session: Session, pair: Pair, fund: Fund, case: str) -> None:
    exchange(session, pair.first, fund, usd(110), eur(100), reference="ADVICE-1")
    changes, code = REFUSED[case]
    said = {"sold": usd(50), "bought": eur(40)} | changes

    with pytest.raises(ReparationsError) as caught:
        exchange(session, pair.first, fund, said.pop("sold"), said.pop("bought"), **said)  # type: ignore[arg-type]

    assert caught.value.code == code


def test_a_rate_of_another_pair_or_a_later_day_is_refused(session: Session, pair: Pair, fund: Fund) -> None:
    foreign = make_rate(session, pair.first, base="EUR", quote="XOF")
    later = make_rate(session, pair.first, quoted_on=JUNE)

    for rate in (foreign, later):
        with pytest.raises(ReparationsError) as caught:
            exchange(session, pair.first, fund, usd(110), eur(100), rate_id=rate.id)
        assert caught.value.code == "ledger.exchange_malformed"


def test_a_position_that_is_not_there_is_not_revalued(session: Session, pair: Pair, fund: Fund) -> None:
    rate = make_rate(session, pair.first)
    exchange(session, pair.first, fund, usd(110), eur(100))
    exchange(session, pair.first, fund, eur(100), usd(110))

    for currency, measured_in, code in (
        ("XOF", "USD", "ledger.position_not_found"),
        ("USD", "EUR", "ledger.exchange_malformed"),
        ("EUR", "USD", "ledger.exchange_malformed"),
    ):
        with pytest.raises(ReparationsError) as caught:
            service.revalue_position(
                session,
                reference="REVAL",
                fund_id=fund.id,
                currency=currency,
                measured_in=measured_in,
                rate_id=rate.id,
                valued_on=MAY,
                source="Instruction",
                officer=pair.first,
                at=NOON,
            )
        assert caught.value.code == code


# ── arithmetic ───────────────────────────────────────────────────────────────────────────────────────────────────────

AMOUNTS = st.integers(1, 10**12)


@given(st.lists(st.tuples(st.booleans(), AMOUNTS, AMOUNTS), min_size=1, max_size=30))
def test_the_parts_of_a_position_are_always_the_whole(deals: list[tuple[bool, int, int]]) -> None:
    position, gained, paid, held = Position(eur(0), usd(0)), 0, 0, 0

    for buys, foreign, measure in deals:
        sold, bought = (usd(measure), eur(foreign)) if buys else (eur(foreign), usd(measure))
        moved = rules.exchange(position, sold=sold, bought=bought)
        position = moved.after
        gained += moved.gain.amount_minor
        paid += measure if buys else -measure
        held += foreign if buys else -foreign

        assert position.held == eur(held)
        assert position.cost.amount_minor == paid + gained  # no cent is lost between the bank, the cost and the gain
        assert position.held.amount_minor * position.cost.amount_minor >= 0
        assert held or position.cost == usd(0)


@given(AMOUNTS, AMOUNTS, st.integers(1, 10**6))
def test_a_share_of_the_cost_is_less_than_a_unit_off(held: int, cost: int, taken: int) -> None:
    taken = min(taken, held)

    moved = rules.exchange(Position(eur(held), usd(cost)), sold=eur(taken), bought=usd(1))

    released = cost - moved.after.cost.amount_minor
    assert abs(Fraction(cost * taken, held) - released) <= Fraction(1, 2)
    assert moved.gain == usd(1 - released)
