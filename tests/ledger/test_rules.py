"""The rules, without a database."""

from __future__ import annotations

from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.ledger import postings, rules
from reparations.ledger.errors import EntryMalformed, IdentityBroken, PledgeExceeded, UnknownMovement
from reparations.ledger.models import AccountCode
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import Flows, FundAvailability, Identity, Need
from reparations.money import CurrencyMismatch, Money

BOTH = frozenset({"individual", "collective"})


def usd(units: int) -> Money:
    return Money(units * 100, "USD")


def transfer(**changes: Any) -> NewTransfer:  # noqa: ANN401 any field of it
    right = NewTransfer("t1", "fnd_1", "USD", AccountCode.RESERVED, AccountCode.BANK, 100)
    return right._replace(**changes)


def identity(*, paid: int = 400, **changes: int) -> Identity:
    standing = dict.fromkeys(AccountCode, 0)
    standing |= {
        AccountCode.CONTRIBUTIONS: 1_000,
        AccountCode.BANK: 600,
        AccountCode.AWARDS: 500,
        AccountCode.AWARDS_PAYABLE: 100,
        AccountCode.UNCOMMITTED: 500,
    }
    standing |= {AccountCode(code): units for code, units in changes.items()}
    return Identity(
        fund_id="fnd_1",
        currency="USD",
        flows=Flows(paid=usd(paid), paid_back=usd(0), opening_cash=usd(0), opening_owed=usd(0)),
        balances={code: usd(units) for code, units in standing.items()},
    )


# ── the identity ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_books_that_add_up_pass() -> None:
    rules.check_identity(identity())

    assert identity().accounted_for == usd(1_000)


@pytest.mark.parametrize(
    ("changes", "statement", "by"),
    [
        ({"fees": 1}, "what came in = paid", "USD -1.00"),
        ({"paid": 399}, "what came in = paid", "USD 1.00"),
        ({"awards_payable": 101}, "awarded = paid + owed", "USD -1.00"),
        ({"uncommitted": 501}, "uncommitted =", "USD 1.00"),
        ({"pledges": 7}, "pledges =", "USD 7.00"),
    ],
)
def test_each_statement_that_fails_is_named_with_its_difference(
    changes: dict[str, int], statement: str, by: str
) -> None:
    with pytest.raises(IdentityBroken) as caught:
        rules.check_identity(identity(**changes))

    assert statement in caught.value.message
    assert by in caught.value.message
    assert caught.value.record == "fnd_1"


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "transfers",
    [
        [],
        [transfer(), transfer()],
        [transfer(id="")],
        [transfer(id="a\nb")],
        [transfer(id="x" * 201)],
        [transfer(amount_minor=0)],
        [transfer(amount_minor=-1)],
        [transfer(amount_minor=2**53)],
        [transfer(id=str(number)) for number in range(10_001)],
        [transfer(id=str(number), amount_minor=2**53 - 1) for number in range(513)],
    ],
)
def test_a_malformed_entry_is_refused(transfers: list[NewTransfer]) -> None:
    with pytest.raises(EntryMalformed):
        rules.check_entry("entry", transfers)


def test_an_unknown_movement_is_refused_also_in_reverse() -> None:
    backwards = transfer(debit=AccountCode.AWARDS_PAYABLE, credit=AccountCode.BANK)
    for wrong in (backwards, backwards._replace(reverses_id="t0"), transfer(reverses_id="t0", credit=AccountCode.FEES)):
        with pytest.raises(UnknownMovement):
            rules.check_entry("entry", [wrong])

    rules.check_entry("entry", postings.reversal([transfer()]))


SIDES = rules.Sides("fnd_1", "USD", 3, 4, "2031-05-01", "2031-05-01T12:00:00.000000Z")


def digest_of(*lines: rules.Line, entry_id: str = "e", sides: rules.Sides = SIDES) -> str:
    return rules.compute_entry_digest(entry_id, {sides: rules.compute_group_sha256(lines)}).hex()


def test_every_field_of_a_transfer_is_in_its_entry_s_hash() -> None:
    others = [
        digest_of(("t1", 100, None)),
        digest_of(("t2", 100, None)),
        digest_of(("t1", 101, None)),
        digest_of(("t1", 100, "t0")),
        digest_of(("t1", 100, None), entry_id="f"),
        digest_of(("t1", 100, None), sides=SIDES._replace(fund_id="fnd_2")),
        digest_of(("t1", 100, None), sides=SIDES._replace(currency="EUR")),
        digest_of(("t1", 100, None), sides=SIDES._replace(debit_account_id=5)),
        digest_of(("t1", 100, None), sides=SIDES._replace(credit_account_id=5)),
        digest_of(("t1", 100, None), sides=SIDES._replace(occurred_on="2031-05-02")),
        digest_of(("t1", 100, None), sides=SIDES._replace(recorded_at="2031-05-01T12:00:00.000001Z")),
    ]

    assert len(set(others)) == len(others) == 5 + len(SIDES)


def test_one_transfer_does_not_pass_for_two() -> None:
    two = [("t1", 100, None), ("t2", 5, None)]
    one = [("t1\nt2", 100, None)]

    assert digest_of(*two) != digest_of(*one)
    assert digest_of(("t1", 100, "t0")) != digest_of(("t1\n\nt1\nt0", 100, None))
    assert digest_of(("a", 1, None), ("b\nc", 1, None)) != digest_of(("a\nb", 1, None), ("c", 1, None))
    assert digest_of(("a\nb", 1, "c")) != digest_of(("a", 1, "b\nc"))


def test_the_hash_of_an_entry_never_changes() -> None:
    assert (
        digest_of(("t1", 100, None), ("t2", 5, "t0"))
        == "608fc8d26adf0bfc6c988fb452e442df1e2d4b774811a4707a3fcfca318926c4"
    )


def test_the_order_of_transfers_and_groups_does_not_change_an_entry_s_hash() -> None:
    lines: list[rules.Line] = [(f"t{number}", 100, None) for number in range(3)]
    groups = {SIDES._replace(currency=currency): bytes(32) for currency in ("USD", "EUR")}

    assert len({digest_of(*order) for order in permutations(lines)}) == 1
    assert rules.compute_entry_digest("e", groups) == rules.compute_entry_digest("e", dict(reversed(groups.items())))


def test_a_malformed_batch_is_refused() -> None:
    long = "x" * 201
    for amounts in ({}, {"": 1}, {long: 1}, {"a\nb": 1}, {"é": 1}, {"a": 0}, {"a": 1, "b": -1}, {"a": 2**63}):
        with pytest.raises(EntryMalformed):
            rules.check_batch("entry", amounts)
    with pytest.raises(EntryMalformed):
        rules.check_batch("entry", {str(number): 1 for number in range(10_001)})
    with pytest.raises(EntryMalformed):
        rules.check_batch("", {"a": 1})
    with pytest.raises(EntryMalformed):
        rules.check_batch("entry", {str(number): 2**53 - 1 for number in range(513)})

    rules.check_batch("entry", {"a": 1, "b": 2})


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_up_to_the_pledge_is_taken_and_not_a_cent_more() -> None:
    rules.check_receivable("L1", pledged=usd(100), received=usd(60), amount=usd(40))

    with pytest.raises(PledgeExceeded) as caught:
        rules.check_receivable("L1", pledged=usd(100), received=usd(60), amount=Money(4_001, "USD"))
    assert "USD 40.00" in caught.value.message


def test_nothing_is_no_gift() -> None:
    with pytest.raises(EntryMalformed):
        rules.check_gift(usd(0))
    rules.check_gift(Money(1, "USD"))


# ── which fund pays ──────────────────────────────────────────────────────────────────────────────────────────────────


def fund(code: str, units: int, forms: frozenset[str] = BOTH, *, programme_only: bool = False) -> FundAvailability:
    return FundAvailability(f"fnd_{code}", code, forms, programme_only, usd(units))


def test_katanga_as_published_takes_280_awards_from_the_restricted_gift_and_17_from_the_general_fund() -> None:
    """The gift of 70,000 for individual awards pays for 280 of 297 awards of 250; 4,250 comes from the rest."""
    needs = [Need(f"K-{number:03}", "individual", usd(250)) for number in range(297)]
    needs += [
        Need("housing", "collective", usd(775_500)),
        Need("psychological", "collective", usd(88_312)),
        Need("abroad", "collective", usd(55_650)),
    ]
    funds = [
        fund("GENERAL", 800_000),
        fund("KAT-COLLECTIVE", 130_000, frozenset({"collective"})),
        fund("KAT-INDIVIDUAL", 70_000, frozenset({"individual"})),
    ]

    plan = rules.allocate_most_restricted_first(needs, funds)

    paid: dict[tuple[str, str], int] = {}
    for share in plan.shares:
        key = (share.fund_code, share.form)
        paid[key] = paid.get(key, 0) + share.amount.amount_minor // 100
    assert plan.unfunded == {}
    assert paid == {
        ("KAT-INDIVIDUAL", "individual"): 70_000,
        ("GENERAL", "individual"): 4_250,
        ("KAT-COLLECTIVE", "collective"): 130_000,
        ("GENERAL", "collective"): 919_462 - 130_000,
    }
    assert [share.fund_code for share in plan.shares].count("KAT-INDIVIDUAL") == 280
    assert all(share.amount == usd(250) for share in plan.shares if share.form == "individual")


def test_where_a_fund_runs_out_in_the_middle_of_an_award_the_next_pays_the_rest() -> None:
    plan = rules.allocate_most_restricted_first(
        [Need("a", "individual", usd(250)), Need("b", "individual", usd(250))],
        [fund("GENERAL", 1_000), fund("TIED", 300, frozenset({"individual"}))],
    )

    assert [(share.key, share.fund_code, share.amount) for share in plan.shares] == [
        ("a", "TIED", usd(250)),
        ("b", "TIED", usd(50)),
        ("b", "GENERAL", usd(200)),
    ]
    assert plan.explain() == [
        "a: USD 250.00 from TIED, the most restricted fund for individual awards",
        "b: USD 50.00 from TIED, the most restricted fund for individual awards",
        "b: USD 200.00 from GENERAL, because TIED had nothing left",
    ]


def test_what_no_fund_can_pay_for_is_named() -> None:
    plan = rules.allocate_most_restricted_first(
        [Need("a", "individual", usd(250))], [fund("TIED", 100, frozenset({"individual"})), fund("EMPTY", 0)]
    )

    assert plan.unfunded == {"a": usd(150)}
    assert plan.explain()[-1] == "a: USD 150.00 is not funded"


def test_a_fund_never_pays_for_a_form_it_is_not_given_for() -> None:
    plan = rules.allocate_most_restricted_first(
        [Need("house", "collective", usd(1))], [fund("TIED", 100, frozenset({"individual"}))]
    )

    assert (plan.shares, plan.unfunded) == ((), {"house": usd(1)})


def test_the_fund_of_the_programme_pays_before_the_general_one_then_by_code() -> None:
    funds = [fund("A", 10), fund("C", 10, programme_only=True), fund("B", 10)]

    plan = rules.allocate_most_restricted_first([Need("a", "individual", usd(30))], funds)

    assert [share.fund_code for share in plan.shares] == ["C", "A", "B"]


def test_funds_of_another_currency_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        rules.allocate_most_restricted_first([Need("a", "individual", Money(1, "EUR"))], [fund("A", 10)])


FORMS = st.sampled_from([frozenset({"individual"}), frozenset({"collective"}), BOTH])


@given(
    needs=st.lists(st.tuples(st.sampled_from(["individual", "collective"]), st.integers(1, 500)), max_size=12),
    funds=st.lists(st.tuples(FORMS, st.integers(0, 900), st.booleans()), max_size=5),
    seed=st.randoms(use_true_random=False),
)
def test_any_allocation_adds_up_wastes_nothing_and_does_not_depend_on_the_order_of_funds(
    needs: list[tuple[str, int]], funds: list[tuple[frozenset[str], int, bool]], seed: Random
) -> None:
    wanted = [Need(str(number), form, usd(units)) for number, (form, units) in enumerate(needs)]
    available = [
        fund(f"F{number}", units, forms, programme_only=tied) for number, (forms, units, tied) in enumerate(funds)
    ]
    plan = rules.allocate_most_restricted_first(wanted, available)

    for need in wanted:
        got = sum((share.amount for share in plan.shares if share.key == need.key), usd(0))
        assert got + plan.unfunded.get(need.key, usd(0)) == need.amount
    for one in available:
        spent = [share for share in plan.shares if share.fund_id == one.fund_id]
        assert sum((share.amount for share in spent), usd(0)) <= one.available
        assert {share.form for share in spent} <= one.forms
        left = one.available.amount_minor - sum(share.amount.amount_minor for share in spent)
        assert left == 0 or not any(need.form in one.forms for need in wanted if need.key in plan.unfunded)
    shuffled = list(available)
    seed.shuffle(shuffled)
    assert rules.allocate_most_restricted_first(wanted, shuffled) == plan
