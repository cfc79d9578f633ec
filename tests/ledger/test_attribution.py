"""Which contribution paid for what: first in, first out, and the same every time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import postings, queries, rules, service
from reparations.ledger.rules import Attribution, Gift, Use, UseKind
from reparations.money import CurrencyMismatch, Money
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund, make_pledge, receive


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def gift(name: str, minor: int, *, day: int = 1) -> Gift:
    return Gift(name, date(2031, 1, day), usd(minor))


def use(key: str, minor: int, *, minute: int = 0, kind: UseKind = UseKind.AWARD) -> Use:
    return Use(kind, key, NOON + timedelta(minutes=minute), usd(minor))


def test_the_money_that_came_first_is_spent_first() -> None:
    found = rules.attribute_first_in_first_out(
        [gift("late", 100, day=9), gift("early", 100)], [use("second", 30, minute=1), use("first", 90)]
    )

    assert found.attributions == (
        Attribution(UseKind.AWARD, "first", "early", usd(90)),
        Attribution(UseKind.AWARD, "second", "early", usd(10)),
        Attribution(UseKind.AWARD, "second", "late", usd(20)),
    )
    assert found.unspent == (("early", usd(0)), ("late", usd(80)))
    assert [payer.contribution_id for payer in rules.list_payers(found, "second")] == ["early", "late"]


def test_gifts_of_one_day_are_spent_by_id() -> None:
    found = rules.attribute_first_in_first_out([gift("b", 10), gift("a", 10)], [use("award", 10)])

    assert found.attributions == (Attribution(UseKind.AWARD, "award", "a", usd(10)),)


def test_what_contributions_do_not_cover_was_paid_by_other_income() -> None:
    found = rules.attribute_first_in_first_out([gift("a", 10)], [use("award", 15)])

    assert found.attributions[1] == Attribution(UseKind.AWARD, "award", None, usd(5))


def test_currencies_are_not_mixed() -> None:
    with pytest.raises(CurrencyMismatch):
        rules.attribute_first_in_first_out([gift("a", 10)], [Use(UseKind.FEE, "f", NOON, Money(1, "EUR"))])


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), max_size=6),
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 3)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_nothing_is_lost_and_the_order_given_does_not_matter(
    given_: list[tuple[int, int]], used: list[tuple[int, int]], shuffler: object
) -> None:
    gifts = [gift(f"c{number}", minor, day=day) for number, (minor, day) in enumerate(given_)]
    uses = [use(f"u{number}", minor, minute=minute) for number, (minor, minute) in enumerate(used)]

    found = rules.attribute_first_in_first_out(gifts, uses)

    for each in uses:
        assert sum(part.amount.amount_minor for part in rules.list_payers(found, each.key)) == each.amount.amount_minor
    spent = sum(part.amount.amount_minor for part in found.attributions if part.contribution_id is not None)
    assert spent + sum(left.amount_minor for _, left in found.unspent) == sum(
        each.amount.amount_minor for each in gifts
    )
    shuffler.shuffle(gifts)  # type: ignore[attr-defined]  # Hypothesis hands out a seeded random.Random
    shuffler.shuffle(uses)  # type: ignore[attr-defined]  # Hypothesis hands out a seeded random.Random
    assert rules.attribute_first_in_first_out(gifts, uses) == found


def test_the_books_say_which_contribution_paid_for_which_award(session: Session) -> None:
    fund = make_fund(session)
    pledge = make_pledge(session, fund, usd(1_000), pledged_on=TODAY - timedelta(days=9))
    later = receive(session, pledge, usd(600), received_on=TODAY)
    earlier = receive(session, pledge, usd(400), received_on=TODAY - timedelta(days=9))
    first, second = new_id("awd"), new_id("awd")

    def post(entry_id: str, transfers: list[postings.NewTransfer], *, minutes: int) -> None:
        at = NOON + timedelta(minutes=minutes)
        service.post(session, entry_id=entry_id, transfers=transfers, occurred_on=TODAY, at=at)

    recognised = postings.award_recognised(first, funding={fund.id: usd(300)})
    post("first", recognised, minutes=1)
    post("fee", postings.fee_charged("f", fund_id=fund.id, amount=usd(50)), minutes=2)
    post("second", postings.award_recognised(second, funding={fund.id: usd(250)}), minutes=3)

    found = queries.list_attribution(session, fund.id, "USD")
    post("undone", postings.reversal(recognised), minutes=4)
    undone = queries.list_attribution(session, fund.id, "USD")

    assert found.attributions == (
        Attribution(UseKind.AWARD, first, earlier.id, usd(300)),
        Attribution(UseKind.FEE, "fee-f-charged", earlier.id, usd(50)),
        Attribution(UseKind.AWARD, second, earlier.id, usd(50)),
        Attribution(UseKind.AWARD, second, later.id, usd(200)),
    )
    assert found.unspent == ((earlier.id, usd(0)), (later.id, usd(400)))
    assert [part.key for part in undone.attributions] == ["fee-f-charged", second]
    assert undone.unspent == ((earlier.id, usd(100)), (later.id, usd(600)))


def test_money_moved_to_another_fund_is_a_use_and_money_taken_in_is_none(session: Session) -> None:
    giving, taking = make_fund(session, available_minor=1_000), make_fund(session)
    service.post(
        session,
        entry_id="moved",
        transfers=postings.money_moved("m", from_fund_id=giving.id, to_fund_id=taking.id, amount=usd(300)),
        occurred_on=TODAY,
        at=NOON,
    )

    given_away = queries.list_attribution(session, giving.id, "USD")
    taken_in = queries.list_attribution(session, taking.id, "USD")

    assert [(part.kind, part.amount) for part in given_away.attributions] == [(UseKind.MOVED, usd(300))]
    assert (taken_in.attributions, taken_in.unspent) == ((), ())


def test_as_of_a_day_only_what_had_happened_by_then_counts(session: Session) -> None:
    fund = make_fund(session)
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    pledge = make_pledge(session, fund, usd(1_000), pledged_on=yesterday)
    early = receive(session, pledge, usd(300), received_on=yesterday)
    late = receive(session, pledge, usd(700), received_on=TODAY)
    for number, day in enumerate((yesterday, TODAY, tomorrow)):
        service.post(
            session,
            entry_id=f"fee-{number}",
            transfers=postings.fee_charged(f"{number}", fund_id=fund.id, amount=usd(200)),
            occurred_on=day,
            at=NOON,
        )

    def unspent(day: date | None) -> dict[str, int]:
        return {
            key: left.amount_minor for key, left in queries.list_attribution(session, fund.id, "USD", as_of=day).unspent
        }

    assert unspent(yesterday - timedelta(days=1)) == {}
    assert unspent(yesterday) == {early.id: 100}
    assert unspent(TODAY) == {early.id: 0, late.id: 600}
    assert unspent(None) == unspent(tomorrow) == {early.id: 0, late.id: 400}
    assert [gift.amount for gift in queries.list_unspent(session, fund.id, "USD", as_of=yesterday)] == [usd(100)]
