"""Awards: owed once, funded from the most restricted money, in the books, and parted to who may receive them."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from reparations.eligibility import queries, service
from reparations.eligibility.errors import (
    AwardLineExists,
    AwardNotFound,
    DecisionRefused,
    FundsShort,
    RestrictionBreached,
)
from reparations.eligibility.models import Award, AwardFunding, DecidedOutcome, Instalment
from reparations.eligibility.rules import CollectiveLine, Heir, Waiting, plan_instalments, share_by_succession
from reparations.ledger.models import AccountCode, AwardForm
from reparations.ledger.queries import get_balance
from reparations.money import Money
from reparations.principal import Principal, Role
from reparations.registry import service as registry
from reparations.registry.rules.values import Judgement, ResolutionReason
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.eligibility import (
    HEIR_FACTS,
    OUTSIDE_FACTS,
    Scene,
    award,
    decide,
    let_die,
    make_claims,
    make_heir,
    make_scene,
)
from tests.factories.ledger import make_fund
from tests.factories.registry import make_duplicate

INDIVIDUAL, COLLECTIVE = AwardForm.INDIVIDUAL, AwardForm.COLLECTIVE
REFUSED_HEIR = {**HEIR_FACTS, "heir_of_eligible_victim": {"value": True, "proof": "not_established"}}


def line(code: str = "HOUSING", amount: str = "100.00", **kwargs: str) -> CollectiveLine:
    return CollectiveLine(code, "Housing", Money.parse(amount, "USD"), "Order, paragraph 3", **kwargs)


def award_lines(session: Session, scene: Scene, *lines: CollectiveLine) -> list[Award]:
    return service.award_collectively(
        session, programme=scene.programme, lines=lines, officer=scene.administrator, at=NOON
    )


def test_each_confirmed_decision_becomes_one_award_in_the_books(session: Session) -> None:
    scene = make_scene(session)
    fund = make_fund(session, available_minor=100_000)
    claims = make_claims(session, scene, count=3)
    decide(session, scene, claims)

    awards = award(session, scene)

    assert [one.claim_id for one in awards] == sorted(claim.id for claim in claims)
    assert get_balance(session, fund.id, "USD", AccountCode.AWARDS) == Money(75_000, "USD")
    assert get_balance(session, fund.id, "USD", AccountCode.AWARDS_PAYABLE) == Money(-75_000, "USD")
    view = queries.get_award(session, awards[0].id)
    assert view.funding == ((fund.code, 25_000),)
    assert [(part.number, part.payee_party_id, part.amount_minor, part.due_on) for part in view.instalments] == [
        (1, claims[0].party_id, 25_000, NOON.date())
    ]
    event = events(session)[-1]
    assert (event["type"], event["rows_count"]) == ("awards.made", 3 + 3 + 3 + 3 + 1)


def test_asking_again_makes_nothing(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=100_000)
    decide(session, scene, make_claims(session, scene))
    award(session, scene)
    before = len(events(session))

    assert award(session, scene) == []
    assert len(events(session)) == before


def test_only_what_was_confirmed_as_eligible_is_awarded(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=100_000)
    decide(session, scene, make_claims(session, scene, facts=OUTSIDE_FACTS), outcome=DecidedOutcome.NOT_ELIGIBLE)
    make_claims(session, scene)

    assert award(session, scene) == []


def test_restricted_money_goes_first_and_what_no_fund_covers_waits(session: Session) -> None:
    scene = make_scene(session)
    narrow = make_fund(session, code="NARROW", forms=[INDIVIDUAL], available_minor=60_000)
    wide = make_fund(session, code="WIDE", available_minor=30_000)
    make_fund(session, code="OTHER", forms=[COLLECTIVE], available_minor=900_000)
    claims = make_claims(session, scene, count=4)
    decide(session, scene, claims)

    done = service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=NOON)

    assert [queries.get_award(session, one.id).funding for one in done.awards] == [
        ((narrow.code, 25_000),),
        ((narrow.code, 25_000),),
        ((narrow.code, 10_000), (wide.code, 15_000)),
    ]
    assert done.waiting == ((claims[3].reference, Waiting.FUNDS_SHORT),)
    parts = queries.get_award(session, done.awards[2].id).instalments
    assert sorted((part.number, part.amount_minor) for part in parts) in (
        [(1, 10_000), (2, 15_000)],
        [(1, 15_000), (2, 10_000)],
    )


def test_awards_are_made_in_chunks(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=200_000)
    decide(session, scene, make_claims(session, scene, count=5))
    after, sizes = None, []

    for _ in range(4):
        done = service.award_individuals(
            session, programme=scene.programme, officer=scene.administrator, at=NOON, after=after, limit=2
        )
        sizes.append(len(done.awards))
        after = done.next
        if after is None:
            break

    assert sizes == [2, 2, 1]


def test_a_possible_duplicate_waits_until_somebody_has_looked(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=200_000)
    one, other = make_claims(session, scene, count=2)
    decide(session, scene, [one, other])
    pair = make_duplicate(session, one, other)

    done = service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=NOON)

    assert done.awards == ()
    assert {why for _, why in done.waiting} == {Waiting.POSSIBLE_DUPLICATE}
    registry.resolve_duplicate(
        session,
        pair.id,
        judgement=Judgement.SAME,
        reason=ResolutionReason(next(iter(ResolutionReason))),
        officer=_judge(session),
        at=NOON,
    )
    assert [made.claim_id for made in award(session, scene)] == [one.id]


def _judge(session: Session) -> Principal:
    return make_officer(session, Role.DECIDER)


def test_the_award_of_somebody_who_died_is_shared_by_the_heirs_to_the_cent(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=100_000)
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    let_die(session, scene, claim)
    heirs = [make_heir(session, scene, claim) for _ in range(3)]
    decide(session, scene, heirs)

    (made,) = award(session, scene)

    parts = queries.get_award(session, made.id).instalments
    assert [(part.payee_party_id, part.amount_minor) for part in parts] == [
        (heirs[0].party_id, 8_334),
        (heirs[1].party_id, 8_333),
        (heirs[2].party_id, 8_333),
    ]


def test_while_heirs_are_undecided_the_award_is_owed_and_not_parted(session: Session) -> None:
    scene = make_scene(session)
    fund = make_fund(session, available_minor=100_000)
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    let_die(session, scene, claim)
    first, second = (make_heir(session, scene, claim) for _ in range(2))
    decide(session, scene, [first])

    done = service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=NOON)

    assert done.waiting == ((claim.reference, Waiting.HEIRS_UNDECIDED),)
    assert get_balance(session, fund.id, "USD", AccountCode.AWARDS_PAYABLE) == Money(-25_000, "USD")
    assert session.exec(select(Instalment)).all() == []

    arrange = partial(
        service.arrange_instalments, session, programme=scene.programme, officer=scene.administrator, at=NOON
    )
    assert arrange().waiting == done.waiting
    decide(session, scene, [second])
    assert [part.amount_minor for part in arrange().instalments] == [
        12_500,
        12_500,
    ]
    assert arrange().instalments == ()


@pytest.mark.parametrize(
    ("heirs", "expected"),
    [
        ([], Waiting.NO_HEIR_REGISTERED),
        ([Heir("a", eligible=True, deceased=False), Heir("b", eligible=None, deceased=False)], Waiting.HEIRS_UNDECIDED),
        ([Heir("a", eligible=False, deceased=False)], Waiting.NO_ELIGIBLE_HEIR),
        ([Heir("a", eligible=True, deceased=True)], Waiting.HEIR_DECEASED),
        (
            [Heir("a", eligible=True, deceased=False), Heir("b", eligible=False, deceased=False)],
            [("a", Money(25_000, "USD"))],
        ),
        ([Heir(name, eligible=True, deceased=False) for name in "ab"], [(name, Money(12_500, "USD")) for name in "ab"]),
    ],
)
def test_succession_shares_or_says_why_not_yet(heirs: list[Heir], expected: object) -> None:
    assert share_by_succession(Money(25_000, "USD"), heirs) == expected


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=8),
    st.lists(st.integers(1, 10_000), min_size=1, max_size=4),
)
def test_parts_sum_to_shares_and_to_funding(shares: list[int], weights: list[int]) -> None:
    total, cuts = sum(shares), sorted({min(sum(weights[:index]), sum(shares)) for index in range(1, len(weights))})
    pieces = [after - before for before, after in pairwise([0, *cuts, total])]
    funding = {f"fnd_{index}": Money(piece, "USD") for index, piece in enumerate(pieces) if piece}

    parts = plan_instalments([(f"pty_{index}", Money(share, "USD")) for index, share in enumerate(shares)], funding)

    for index, share in enumerate(shares):
        assert sum(part.amount.amount_minor for part in parts if part.payee_party_id == f"pty_{index}") == share
    for fund_id, amount in funding.items():
        assert sum(part.amount.amount_minor for part in parts if part.fund_id == fund_id) == amount.amount_minor


def test_parts_of_something_else_are_refused() -> None:
    with pytest.raises(ValueError, match="more is shared"):
        plan_instalments([("a", Money(2, "USD"))], {"f": Money(1, "USD")})


def test_collective_lines_are_funded_by_what_is_given_for_them_and_recorded_once(session: Session) -> None:
    scene = make_scene(session)
    narrow = make_fund(session, code="NARROW", forms=[COLLECTIVE], available_minor=13_000)
    wide = make_fund(session, code="WIDE", available_minor=50_000)
    make_fund(session, code="OTHER", forms=[INDIVIDUAL], available_minor=90_000)
    lines = [line("HOUSING", "100.00"), line("CARE", "50.00")]

    housing, care = award_lines(session, scene, *lines)

    assert queries.get_award(session, housing.id).funding == ((narrow.code, 10_000),)
    assert queries.get_award(session, care.id).funding == ((narrow.code, 3_000), (wide.code, 2_000))
    assert get_balance(session, narrow.id, "USD", AccountCode.AWARDS) == Money(13_000, "USD")
    assert [one.id for one in award_lines(session, scene, *lines)] == [housing.id, care.id]
    assert session.exec(select(Instalment)).all() == []


def test_housing_is_not_paid_from_money_given_for_individual_awards(session: Session) -> None:
    """E-ICC-3: a restriction breach, refused by rule; the database refuses it too."""
    scene = make_scene(session)
    make_fund(session, code="KAT-INDIVIDUAL", forms=[INDIVIDUAL], available_minor=7_000_000)

    with pytest.raises(RestrictionBreached, match="KAT-INDIVIDUAL was given for individual awards"):
        award_lines(session, scene, line(fund_code="KAT-INDIVIDUAL"))
    with pytest.raises(FundsShort, match=r"the line HOUSING lack USD 100\.00"):
        award_lines(session, scene, line())
    assert session.exec(select(AwardFunding)).all() == []


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([line(), line()], DecisionRefused),
        ([line(amount="0.00")], DecisionRefused),
        ([CollectiveLine("A", "B", Money(5, "EUR"), "C")], DecisionRefused),
        ([line(fund_code="NONE")], FundsShort),
        ([line(amount="901.00")], FundsShort),
    ],
)
def test_collective_lines_that_cannot_be_are_refused(
    session: Session, lines: list[CollectiveLine], error: type[Exception]
) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=90_000)

    with pytest.raises(error):
        award_lines(session, scene, *lines)


def test_a_recorded_line_is_not_edited(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=90_000)
    award_lines(session, scene, line())

    with pytest.raises(AwardLineExists, match="HOUSING is recorded with other content"):
        award_lines(session, scene, line(amount="101.00"))


def test_awards_are_listed(session: Session) -> None:
    scene = make_scene(session)
    make_fund(session, available_minor=90_000)
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    award(session, scene)
    award_lines(session, scene, line())

    found = queries.list_awards(session, programme_id=scene.programme.id, form=None, after=None, limit=10)

    assert [(view.award.form, view.reference, view.award.line_code) for view in found] == [
        ("individual", claim.reference, None),
        ("collective", None, "HOUSING"),
    ]
    assert [view.award.id for view in queries.list_awards_of(session, claim.id)] == [found[0].award.id]
    with pytest.raises(AwardNotFound):
        queries.get_award(session, "awd_none")
