"""Rounds as programmes paid them: the worked examples of the design, to the cent, and the rules around them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reparations.eligibility.rules.rounds import (
    ByDate,
    ByPriority,
    EqualOrLess,
    IfShort,
    Instalments,
    Method,
    PerHead,
    Phase,
    ProRata,
    Reason,
    Reserve,
    ReserveAt,
    Threshold,
    Unspent,
)
from tests.eligibility.rounds.entries import make_entries, pay

PLENTY = 10**13
"""Minor units."""


def cents(*whole: int) -> list[int]:
    return [100 * amount for amount in whole]


def pay_phases(award: int, *phases: int) -> list[int]:
    """What one award (whole dollars) gets in rounds of one phase each."""
    before, paid = 0, []
    for phase in phases:
        (now,) = pay(make_entries([award * 100], befores=[before]), EqualOrLess((Phase(phase * 100),)), PLENTY).payable
        paid.append(now // 100)
        before += now
    return paid


@pytest.mark.parametrize(
    ("award", "phases", "paid"),
    [
        (60_000, (2_500, 25_000, 75_000), [2_500, 25_000, 32_500]),
        (20_000_000, (25_000, 75_000, 15_000_000, 10_000_000), [25_000, 75_000, 15_000_000, 4_900_000]),
        (350_000, (100_000,), [100_000]),
        (80_000, (100_000,), [80_000]),
    ],
    ids=["E-UNCC-5", "E-UNCC-6", "E-UNCC-7", "the principal if less"],
)
def test_uncc_phases(award: int, phases: tuple[int, ...], paid: list[int]) -> None:
    assert pay_phases(award, *phases) == paid


def test_phases_are_for_their_streams_and_the_last_one_is_filled_to_one_level() -> None:
    entries = make_entries(cents(2_500, 60_000, 60_000), streams=["A", "C", "E"])
    method = EqualOrLess((Phase(250_000, ("A", "C")), Phase(2_500_000)))

    done = pay(entries, method, 3_000_001)

    # A and C have 2,500 each; what is left is the same for C and E, and the odd cent goes by lot.
    assert done.payable[0] == 250_000
    assert sorted([done.payable[1] - 250_000, done.payable[2]]) == [1_250_000, 1_250_001]
    assert done.reasons == [Reason.IN_FULL, Reason.LEVEL, Reason.LEVEL]
    assert done.level_minor == 1_250_000
    assert done.unspent == {}


def test_war_claims_act_shares_what_the_equal_amounts_leave_in_proportion() -> None:
    entries = make_entries(cents(500, 3_000, 5_000))

    done = pay(entries, EqualOrLess((Phase(100_000),), then_pro_rata=True), 310_000)

    assert done.payable == [50_000, 100_000 + 20_000, 100_000 + 40_000]


@pytest.mark.parametrize(
    ("award", "now", "balance"),
    [
        (4_000_000, 4_000_000, 0),
        (60_000_000, 11_400_000, 48_600_000),
        (19_500_000, 3_705_000, 15_795_000),
        (5_000_000, 5_000_000, 0),
        (5_000_100, 950_019, 4_050_081),
    ],
    ids=["E-GM-1", "E-GM-2", "E-GM-3", "E-GM-4 inclusive", "E-GM-4 cliff"],
)
def test_gambia_small_awards_in_full_and_a_quota_of_the_rest(award: int, now: int, balance: int) -> None:
    done = pay(make_entries([award]), Threshold(5_000_000, at_most=Fraction(19, 100)), PLENTY)

    assert (done.payable[0], award - done.payable[0]) == (now, balance)
    assert done.total_minor + done.unspent.get(Unspent.QUOTA_CEILING, 0) + done.unspent.get(Unspent.ALL_PAID, 0) == (
        PLENTY
    )


def test_gambia_quota_is_computed_and_cannot_be_above_what_the_money_allows() -> None:
    # 956 victims, D205,820,780 awarded, D37,000,000 in hand: 19% of everything would be D39.1m.
    awards = [20_582_078_000 // 956] * 955
    awards.append(20_582_078_000 - sum(awards))

    done = pay(make_entries(awards), ProRata(at_most=Fraction(19, 100)), 3_700_000_000)

    assert done.quotas[""].percent == "17.9768048687"
    assert done.total_minor == 3_700_000_000


def test_small_awards_share_when_even_they_are_too_much() -> None:
    done = pay(make_entries([30, 30, 100]), Threshold(50), 40)

    assert done.payable == [20, 20, 0]
    assert done.reasons[2] is Reason.WAITS


@pytest.mark.parametrize(
    ("award", "rates", "paid"),
    [
        (1_500_000, (Fraction(1, 2), Fraction(1)), [750_000, 750_000]),
        (500_000, (Fraction(35, 100), Fraction(1)), [175_000, 325_000]),
        (100, (Fraction(1, 3), Fraction(2, 3), Fraction(1)), [33, 33, 34]),
    ],
    ids=["E-EVZ-1", "E-EVZ-2", "thirds of 1.00"],
)
def test_evz_instalments_sum_to_the_award(award: int, rates: tuple[Fraction, ...], paid: list[int]) -> None:
    before, parts = 0, []
    for rate in rates:
        (now,) = pay(make_entries([award], befores=[before]), Instalments({"": rate}), PLENTY).payable
        parts.append(now)
        before += now

    assert parts == paid
    assert before == award


def test_evz_second_rate_waits_for_every_decision_and_goes_as_far_as_means_suffice() -> None:
    entries = make_entries([1_500_000, 500_000], befores=[750_000, 175_000], streams=["A", "B"])
    second = Instalments({"": Fraction(1)}, if_short=IfShort.PRO_RATA, only_when_all_decided=True)

    open_still = pay(entries, second, 537_500, undecided=1)
    all_decided = pay(entries, second, 537_500)

    assert open_still.payable == [0, 0]
    assert open_still.unspent == {Unspent.UNDECIDED_CLAIMS: 537_500}
    assert all_decided.payable == [375_000, 162_500]
    assert set(all_decided.reasons) == {Reason.RATE_IN_PART}


def test_evz_rates_differ_by_category_and_nobody_is_paid_before_the_rate_is_covered() -> None:
    entries = make_entries([1_500_000, 500_000, 500_000], streams=["A", "B", "other"])
    first = Instalments({"A": Fraction(1, 2), "B": Fraction(35, 100)})

    covered, short = pay(entries, first, 925_000), pay(entries, first, 924_999)

    assert covered.payable == [750_000, 175_000, 0]
    assert covered.reasons[2] is Reason.NOT_IN_ROUND
    assert short.payable == [0, 0, 0]
    assert short.unspent == {Unspent.RATE_NOT_COVERED: 924_999}


def test_vcf_awards_cut_by_filing_date_are_restored_later() -> None:
    awards, streams = [1_000_001, 1_000_001], ["pending", "later"]
    cut = Instalments({"pending": Fraction(1, 2), "later": Fraction(3, 10)})

    first = pay(make_entries(awards, streams=streams), cut, PLENTY)
    restored = pay(make_entries(awards, streams=streams, befores=first.payable), Instalments({"": Fraction(1)}), PLENTY)

    assert first.payable == [500_000, 300_000]
    assert [a + b for a, b in zip(first.payable, restored.payable, strict=True)] == awards


def test_gsf_each_stream_has_its_own_exact_quota() -> None:
    entries = make_entries([1_000_000, 2_000_000, 700_000], streams=["claims", "claims", "insurance"])

    done = pay(entries, ProRata(stream_pools_minor={"claims": 316_974, "insurance": 145_180}), 500_000)

    assert done.payable == [105_658, 211_316, 145_180]
    assert (done.quotas["claims"].percent, done.quotas["insurance"].percent) == ("10.5658000000", "20.7400000000")
    assert done.unspent == {Unspent.NOT_ASSIGNED: 37_846}


def test_sixties_scoop_pays_the_safe_floor_and_tops_up_as_claims_are_refused() -> None:
    # 750m over at most 34,767 claimants is 21,572.17; it was paid rounded to 21,000.  At 30,000 it is 25,000.
    method = PerHead(75_000_000_000, at_most_minor=2_500_000, multiple_of_minor=100_000)
    eligible, undecided = 12_500, 34_767 - 12_500

    interim = pay(make_entries([2_500_000] * eligible), method, 75_000_000_000, undecided=undecided)
    final = pay(
        make_entries([2_500_000] * 30_000, befores=[*interim.payable, *[0] * 17_500]),
        method,
        75_000_000_000 - interim.total_minor,
    )

    assert set(interim.payable) == {2_100_000}
    assert final.payable == [400_000] * 12_500 + [2_500_000] * 17_500
    assert interim.total_minor + final.total_minor == 75_000_000_000


def test_ongwen_pays_the_priority_group_and_says_what_is_left() -> None:
    # E-ICC-4: EUR 5m, 6,000 people of the priority group at EUR 750; others wait.
    entries = make_entries([75_000] * 6_010, points=[8] * 6_000 + [1] * 10)

    done = pay(entries, ByPriority(at_least_points=2), 500_000_000)

    assert done.total_minor == 450_000_000
    assert done.unspent == {Unspent.QUEUE_SERVED: 50_000_000}
    assert done.reasons[-1] is Reason.BELOW_PRIORITY


def test_ntaganda_order_and_colombias_list_go_down_the_score_and_nobody_overtakes() -> None:
    # The third needs more than is left; the fourth would fit, and waits all the same.
    entries = make_entries([400, 300, 500, 100, 100], points=[6, 5, 4, 3, 2])

    whole, in_part = pay(entries, ByPriority(), 1_000), pay(entries, ByPriority(last_in_part=True), 1_000)

    assert whole.payable == [400, 300, 0, 0, 0]
    assert whole.unspent == {Unspent.NEXT_IN_QUEUE: 300}
    assert in_part.payable == [400, 300, 300, 0, 0]
    assert in_part.reasons[2:4] == [Reason.LAST_IN_PART, Reason.WAITS]
    assert in_part.ranks == [1, 2, 3, 4, 5]


def test_gambia_2026_goes_by_the_year_of_the_violation_and_an_unknown_day_comes_last() -> None:
    # E-GM-6: killed in 2005 waits behind 1994 to 2004.
    entries = make_entries([100] * 4, days=[(2005,), (None,), (1994,), (2004,)])

    done = pay(entries, ByDate(), 200)

    assert done.ranks == [3, 4, 1, 2]
    assert done.payable == [0, 0, 100, 100]


def test_equal_scores_go_by_the_day_then_by_lot_never_by_filing() -> None:
    entries = make_entries([100] * 3, points=[4, 4, 4], days=[(9,), (3,), (9,)])

    done = pay(entries, ByPriority(), 100)

    assert done.ranks[1] == 1
    assert done.payable == [0, 100, 0]


def test_uncc_b_family_cap_comes_before_the_quota() -> None:
    # E-UNCC-4: five of 2,500 make 12,500, capped at 10,000: 2,000 each.
    entries = make_entries(cents(2_500, 2_500, 2_500, 2_500, 2_500, 2_500), groups=["f"] * 5 + [""])

    done = pay(entries, ProRata(), PLENTY, group_cap_minor=1_000_000)

    assert done.payable == [200_000] * 5 + [250_000]
    assert done.capped == [True] * 5 + [False]


def test_a_family_member_who_comes_late_takes_nothing_from_what_others_were_paid() -> None:
    entries = make_entries([600, 600, 600], befores=[500, 500, 0], groups=["f"] * 3)

    done = pay(entries, ProRata(), 1_000, group_cap_minor=1_200)

    assert done.payable == [0, 0, 200]


def test_who_got_nothing_yet_reaches_the_same_quota_first() -> None:
    entries = make_entries([1_000, 1_000, 1_000], befores=[400, 0, 900])

    done = pay(entries, ProRata(), 600)

    assert done.payable == [100, 500, 0]
    assert done.quotas[""].ratio == Fraction(1, 2)
    assert done.reasons[2] is Reason.AHEAD_OF_QUOTA


@pytest.mark.parametrize(
    ("reserve", "payable", "kept"),
    [
        (Reserve(1_000), [0, 0], 1_000),
        (Reserve(1_000, ReserveAt.QUOTA), [300, 300], 400),
        (None, [500, 500], 0),
    ],
    ids=["in full", "at the quota", "none"],
)
def test_undecided_claims_are_kept_their_part(reserve: Reserve | None, payable: list[int], kept: int) -> None:
    entries = make_entries([750, 750])

    done = pay(entries, ProRata(), 1_000, undecided=1, reserve=reserve)

    assert done.payable == payable
    assert done.unspent.get(Unspent.RESERVED, 0) == kept


def test_the_reserve_at_the_quota_is_what_the_undecided_get_if_all_of_them_succeed() -> None:
    terms = Reserve(900, ReserveAt.QUOTA)
    now = pay(make_entries([900, 900]), ProRata(), 1_200, undecided=2, reserve=terms)

    later = pay(make_entries([900] * 4, befores=[*now.payable, 0, 0]), ProRata(), now.unspent[Unspent.RESERVED])

    assert [a + b for a, b in zip(later.payable, [*now.payable, 0, 0], strict=True)] == [300] * 4


@pytest.mark.parametrize(
    "method",
    [ProRata(), Threshold(10), EqualOrLess((Phase(10),)), ByPriority(), ByDate(), PerHead(10)],
    ids=lambda method: type(method).__name__,
)
def test_a_round_without_claims_spends_nothing_and_says_so(method: Method) -> None:
    done = pay(make_entries([]), method, 100)

    assert sum(done.unspent.values()) == 100
