"""Money is whole minor units; nothing is rounded in silence and nothing is lost in a split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.money import (
    CurrencyMismatch,
    MalformedAmount,
    Money,
    UnknownCurrency,
    exponent,
    share_equally,
    share_pro_rata,
)

AMOUNTS = st.integers(min_value=0, max_value=10**12)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("250", "USD", 25_000),
        ("250.5", "USD", 25_050),
        ("-0.01", "EUR", -1),
        ("12345", "XOF", 12_345),
        ("1.234", "KWD", 1_234),
        ("0.0001", "CLF", 1),
    ],
)
def test_a_decimal_string_is_read_by_the_currencys_own_decimals(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["19.999", "1,000", "1e3", "", " 1", "NaN", "١٢", "1.", ".5", "+1", "9" * 30])
def test_what_is_not_a_plain_amount_is_refused_not_guessed(text: str) -> None:
    with pytest.raises(MalformedAmount):
        Money.parse(text, "USD")


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(MalformedAmount):
        Money.parse("100.00", "JPY")


def test_a_float_is_not_money() -> None:
    with pytest.raises(MalformedAmount):
        Money(19.99, "USD")  # type: ignore[arg-type]


def test_truth_is_not_money_either() -> None:
    with pytest.raises(MalformedAmount):
        Money(amount_minor=True, currency="USD")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        exponent("XXX")


def test_two_currencies_never_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")


@given(minor=st.integers(min_value=-(10**12), max_value=10**12), currency=st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_writing_and_reading_give_the_same_amount(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.parse(money.decimal_string, currency) == money


@given(total=AMOUNTS, parts=st.integers(min_value=1, max_value=50))
def test_equal_shares_sum_to_the_whole_and_differ_by_one_unit_at_most(total: int, parts: int) -> None:
    shares = [share.amount_minor for share in share_equally(Money(total, "USD"), parts)]

    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


@given(claims=st.lists(AMOUNTS, min_size=1, max_size=20), data=st.data())
def test_pro_rata_shares_sum_to_the_pool_and_stay_within_one_unit_of_their_quota(
    claims: list[int], data: st.DataObject
) -> None:
    pool = data.draw(st.integers(min_value=0, max_value=sum(claims)))

    shares = share_pro_rata(Money(pool, "USD"), [Money(claim, "USD") for claim in claims])

    assert sum(share.amount_minor for share in shares) == pool
    for share, claim in zip(shares, claims, strict=True):
        assert 0 <= share.amount_minor <= claim
        assert abs(share.amount_minor * sum(claims) - pool * claim) < max(sum(claims), 1)


def test_more_than_the_claims_together_is_not_handed_out() -> None:
    with pytest.raises(MalformedAmount):
        share_pro_rata(Money(101, "USD"), [Money(100, "USD")])
