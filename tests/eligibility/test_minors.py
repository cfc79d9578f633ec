"""Money of minors who are paid an award of their own, or an equal share of another's: held where the rules hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlmodel import Session, col, select

from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.models import Award, Instalment, TrustHolding
from reparations.eligibility.queries import list_held
from reparations.eligibility.rules import Share, Waiting, hold_shares
from reparations.eligibility.rules.rounds import ProRata
from reparations.ledger.models import AccountCode, Fund
from reparations.ledger.queries import get_balance
from reparations.money import Money
from reparations.registry import service as registry
from reparations.registry.models import Capacity, Claim
from tests.conftest import NOON
from tests.eligibility.files import katanga_files
from tests.eligibility.test_dividing import CASCADE, KIN_FACTS, arrange, kin, name
from tests.factories.eligibility import (
    HEIR_FACTS,
    TODAY,
    Scene,
    decide,
    let_die,
    make_claims,
    make_heir,
    make_scene,
)
from tests.factories.ledger import make_fund
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_programme
from tests.factories.rounds import carry_out, confirm, make_round

EIGHTEEN = TODAY.replace(year=TODAY.year - 18)
"""Born on it, somebody is of age today."""
HELD = "in_trust: {cite: Invented order 5, born: born, until_age: 18}"


def make_holding(session: Session, *, payment: str = HELD, cascade: str = "", facts: str = "\nlists:\n") -> Scene:
    """Katanga's rules, with minors' money held in trust."""
    scene = make_scene(session)
    programme = make_programme(session)
    files = katanga_files()
    birthdays = "" if cascade else "birthdays_of_29_february: 1 March\n"
    terms = f"{cascade}\n{birthdays}payment:\n  cite: Invented order 5\n  {payment}\n"
    born = "  born: {type: date, label: The claimant's day of birth, ask: When was it}\n"
    service.publish_rule_set(
        session,
        programme=programme,
        rules=files.rules.replace("appeal:\n", f"{terms}\nappeal:\n"),
        facts=files.facts.replace("\nlists:\n", f"{born}{facts}"),
        examples=files.examples,
        in_force_from=TODAY,
        officer=scene.administrator,
        at=NOON,
    )
    return replace(scene, programme=programme)


def with_birth(facts: Mapping[str, object], born: date, *, proof: str = "established") -> dict[str, object]:
    return {**facts, "born": {"value": born.isoformat(), "proof": proof}}


def make_decided(session: Session, scene: Scene, *facts: Mapping[str, object]) -> list[Claim]:
    claims = [claim for one in facts for claim in make_claims(session, scene, facts=one)]
    decide(session, scene, claims)
    return claims


def list_parts(session: Session, claim: Claim) -> list[tuple[str, int, bool]]:
    """(payee, amount, whether it is held) of a claim's instalments, in their order."""
    wanted = (
        select(Instalment, TrustHolding.instalment_id)
        .join(Award, col(Award.id) == Instalment.award_id)
        .join(TrustHolding, col(TrustHolding.instalment_id) == Instalment.id, isouter=True)
        .where(Award.claim_id == claim.id)
        .order_by(col(Instalment.number))
    )
    return [(one.payee_party_id, one.amount_minor, held is not None) for one, held in session.exec(wanted)]


def held_in(session: Session, fund: Fund) -> int:
    """What a fund holds in trust, minor units."""
    return -get_balance(session, fund.id, "USD", AccountCode.HELD_IN_TRUST).amount_minor


@pytest.mark.parametrize(("days", "is_held"), [(0, False), (1, True)], ids=["of age today", "of age tomorrow"])
def test_an_award_to_a_minor_is_held_until_the_very_day(session: Session, days: int, *, is_held: bool) -> None:
    scene, fund = make_holding(session), make_fund(session, available_minor=100_000)
    (claim,) = make_decided(session, scene, with_birth(ELIGIBLE_FACTS, EIGHTEEN + timedelta(days=days)))

    assert arrange(session, scene) == []

    assert list_parts(session, claim) == [(claim.party_id, 25_000, is_held)]
    assert held_in(session, fund) == (25_000 if is_held else 0)
    held = list_held(session, scene.programme.id, after=None, limit=5)
    assert [(one.citation, one.held_until) for one in held] == [
        ("Invented order 5", TODAY + timedelta(days=days))
    ] * is_held


def test_who_is_not_known_to_be_of_age_waits_and_is_no_adult(session: Session) -> None:
    scene, fund = make_holding(session), make_fund(session, available_minor=100_000)
    untold, unproven = make_decided(
        session, scene, ELIGIBLE_FACTS, with_birth(ELIGIBLE_FACTS, date(1950, 1, 1), proof="asserted")
    )
    assert arrange(session, scene) == [Waiting.AGE_UNKNOWN] * 2
    assert list_parts(session, untold) == list_parts(session, unproven) == []

    for claim, born in ((untold, EIGHTEEN), (unproven, TODAY)):
        facts = with_birth(ELIGIBLE_FACTS, born)
        registry.record_facts(session, claim.id, facts=facts, officer=scene.caseworker, at=NOON)

    assert arrange(session, scene) == []
    assert list_parts(session, untold) == [(untold.party_id, 25_000, False)]
    assert list_parts(session, unproven) == [(unproven.party_id, 25_000, True)]
    assert held_in(session, fund) == 25_000


def test_rules_that_say_nothing_of_minors_hold_nothing(session: Session) -> None:
    scene, fund = make_holding(session, payment="unit_paid_together: no"), make_fund(session, available_minor=100_000)
    (claim,) = make_decided(session, scene, with_birth(ELIGIBLE_FACTS, TODAY))

    assert arrange(session, scene) == []
    assert list_parts(session, claim) == [(claim.party_id, 25_000, False)]
    assert held_in(session, fund) == 0


def test_only_those_of_whom_the_rules_say_so(session: Session) -> None:
    whose = HELD.replace("}", ", when: not present_at_attack}")
    scene, _ = make_holding(session, payment=whose), make_fund(session, available_minor=100_000)
    (claim,) = make_decided(session, scene, ELIGIBLE_FACTS)

    assert arrange(session, scene) == []
    assert list_parts(session, claim) == [(claim.party_id, 25_000, False)]


def test_an_organisation_has_no_birthday_and_is_paid(session: Session) -> None:
    scene, _ = make_holding(session), make_fund(session, available_minor=100_000)
    claim = make_claim(session, programme=scene.programme, officer=scene.caseworker, capacity=Capacity.ORGANISATION)
    decide(session, scene, [claim])

    assert arrange(session, scene) == []
    assert list_parts(session, claim) == [(claim.party_id, 25_000, False)]


def test_heirs_who_share_equally_are_asked_and_held_each_by_his_own_birthday(session: Session) -> None:
    scene, fund = make_holding(session), make_fund(session, available_minor=100_000)
    (claim,) = make_decided(session, scene, with_birth(ELIGIBLE_FACTS, date(1950, 1, 1)))
    let_die(session, scene, claim)
    adult = make_heir(session, scene, claim, facts=with_birth(HEIR_FACTS, EIGHTEEN))
    child = make_heir(session, scene, claim)
    decide(session, scene, [adult, child])
    assert arrange(session, scene) == [Waiting.AGE_UNKNOWN]

    facts = with_birth(HEIR_FACTS, TODAY)
    registry.record_facts(session, child.id, facts=facts, officer=scene.caseworker, at=NOON)

    assert arrange(session, scene) == []
    assert list_parts(session, claim) == [(adult.party_id, 12_500, False), (child.party_id, 12_500, True)]
    assert held_in(session, fund) == 12_500


def test_a_division_that_holds_minors_shares_goes_before(session: Session) -> None:
    known = "  kin_known: {type: yes_no, label: All kin told, needs_proof: no}\n  known_on: {type: date, label: Day}\n"
    scene = make_holding(session, cascade=CASCADE.replace("REMAINDER", "earlier"), facts=f"{known}\n{KIN_FACTS}")
    make_fund(session, available_minor=100_000)
    (claim,) = make_decided(session, scene, ELIGIBLE_FACTS)
    let_die(session, scene, claim)
    heirs = [make_heir(session, scene, claim) for _ in range(2)]
    decide(session, scene, heirs)
    told = kin(("spouse", "1990-01-01"), ("child", TODAY.isoformat()))
    registry.record_facts(session, claim.id, facts=told, officer=scene.caseworker, at=NOON)
    name(session, scene, claim, *heirs)

    assert arrange(session, scene) == []

    assert sorted(list_parts(session, claim)) == sorted(
        [(heirs[0].party_id, 12_500, False), (heirs[1].party_id, 12_500, True)]
    )
    (held,) = list_held(session, scene.programme.id, after=None, limit=5)
    assert held.citation == "Invented order 4"


def test_what_a_round_pays_of_an_award_to_a_minor_is_held_and_later_rounds_are_paid_when_of_age(
    session: Session,
) -> None:
    scene, fund = make_holding(session), make_fund(session, available_minor=100_000)
    minor, untold = make_decided(
        session, scene, with_birth(ELIGIBLE_FACTS, EIGHTEEN + timedelta(days=30)), ELIGIBLE_FACTS
    )
    first = make_round(session, scene, ProRata(at_most=Fraction(1, 5)), {fund.code: 50_000})
    confirm(session, scene, first)

    (done,) = carry_out(session, scene, first)

    assert done.waiting == ((untold.reference, Waiting.AGE_UNKNOWN),)
    assert list_parts(session, minor) == [(minor.party_id, 5_000, True)]
    facts = with_birth(ELIGIBLE_FACTS, TODAY)
    registry.record_facts(session, untold.id, facts=facts, officer=scene.caseworker, at=NOON)
    service.arrange_round_parts(session, programme=scene.programme, officer=scene.administrator, at=NOON)
    assert list_parts(session, untold) == [(untold.party_id, 5_000, True)]
    assert held_in(session, fund) == 10_000
    later = NOON + timedelta(days=30)
    second = make_round(session, scene, ProRata(), {fund.code: 40_000}, at=later)
    confirm(session, scene, second, at=later)
    carry_out(session, scene, second, at=later)
    assert list_parts(session, minor) == [(minor.party_id, 5_000, True), (minor.party_id, 20_000, False)]


def test_the_day_a_minor_is_of_age_is_sealed(database: Database) -> None:
    born = EIGHTEEN + timedelta(days=77)
    with database.transaction() as session:
        scene = make_holding(session)
        make_fund(session, available_minor=100_000)
        make_decided(session, scene, with_birth(ELIGIBLE_FACTS, born))
        assert arrange(session, scene) == []

    with database.reading() as session:
        (row,) = session.exec(select(TrustHolding)).all()
        day = (TODAY + timedelta(days=77)).isoformat().encode()
        assert day not in row.held_until_sealed
        assert row.citation == "Invented order 5"


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ({"a": TODAY, "b": TODAY - timedelta(days=1)}, [None, None]),
        ({"a": TODAY + timedelta(days=1), "b": TODAY}, [TODAY + timedelta(days=1), None]),
        ({"a": TODAY, "b": None}, Waiting.AGE_UNKNOWN),
    ],
)
def test_shares_are_held_or_wait(until: Mapping[str, date | None], expected: object) -> None:
    shares = [Share("a", Money(1, "USD")), Share("b", Money(2, "USD"))]

    found = hold_shares(shares, until, on=TODAY)

    assert (found if isinstance(found, Waiting) else [one.held_until for one in found]) == expected
