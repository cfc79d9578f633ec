"""A programme that pays in rounds, under one of the shipped rule sets, and rounds of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path

from sqlmodel import Session

from reparations.eligibility import service
from reparations.eligibility.files import VersionFiles, read_version
from reparations.eligibility.models import PaymentRound, TermsSource
from reparations.eligibility.rules.rounds import Method, Reserve, StoredTerms, Terms, Threshold
from reparations.eligibility.service import CarriedOut, NewRound, PoolPart
from reparations.money import Money
from reparations.principal import Principal, Role
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.eligibility.files import found
from tests.factories.access import make_office, make_officer
from tests.factories.eligibility import TODAY, Scene, decide
from tests.factories.registry import make_claim, make_programme

RULES = Path(__file__).resolve().parents[2] / "rules"
FIFTY_THOUSAND = 5_000_000
QUOTA_OF_2021 = Threshold(FIFTY_THOUSAND, at_most=Fraction(19, 100))


@cache
def rule_files(name: str) -> VersionFiles:
    return read_version(RULES / name / "v0001")


def make_round_scene(
    session: Session,
    *,
    rules: str = "gambia",
    currency: str = "GMD",
    in_force_from: date = TODAY,
    bent: tuple[str, str] = ("", ""),
) -> Scene:
    """One programme under a shipped rule set, with one place of it changed."""
    programme = make_programme(session, currency=currency)
    administrator = make_officer(session, Role.FUND_ADMINISTRATOR)
    files = rule_files(rules)
    rule_set = service.publish_rule_set(
        session,
        programme=programme,
        rules=files.rules.replace(*bent, 1),
        facts=files.facts,
        examples=files.examples,
        in_force_from=in_force_from,
        officer=administrator,
        at=NOON,
    )
    return Scene(
        programme=programme,
        rule_set=rule_set,
        caseworker=make_officer(session, Role.CASEWORKER, office=make_office(session)),
        decider=make_officer(session, Role.DECIDER),
        confirmer=make_officer(session, Role.DECIDER),
        administrator=administrator,
    )


def gambian(amount: str = "40000.00", *, violation: str = "other", on: str = "2000-05-01") -> dict[str, object]:
    """Facts of a victim; another violation than those with a sum of their own carries the sum of the list."""
    return {
        "found_by_commission": found(value=True),
        "violated_on": found(on),
        "violation": found(violation),
        "sum_in_report": found(Money.parse(amount, "GMD").amount_minor),
        "perpetrator": found(value=False),
    }


def ongwen(**flags: bool) -> dict[str, object]:
    """Facts of somebody attacked in a camp, with what gives points in the queue."""
    facts: dict[str, object] = {
        "capacity": found("direct"),
        "identity_established": found(value=True),
        "attack_site": found("pajule"),
        "attack_date": found("2003-10-10"),
        "present_at_attack": found(value=True),
        "taken_into_brigade": found(value=False),
        "born_of_crime": found(value=False),
        "crimes_told": found(value=True),
        "sexual_crimes": [],
        "born": found("1990-01-01"),
        "decided_on": found("2031-05-01"),
    }
    points = ("urgent_medical_need", "food_or_shelter_insecure", "disabled")
    return facts | {name: found(value=flags.get(name, False)) for name in points}


def make_decided(
    session: Session,
    scene: Scene,
    *facts: Mapping[str, object],
    case_key: str | None = None,
    at: datetime = NOON,
) -> list[Claim]:
    """Claims found eligible by two persons, in the order of the facts; of one case, or each of its own."""
    claims = [
        make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=one, case_key=case_key)
        for one in facts
    ]
    decide(session, scene, claims, at=at)
    return claims


def make_round(
    session: Session,
    scene: Scene,
    method: Method,
    pool: Mapping[str, int],
    *,
    reserve: Reserve | None = None,
    group_cap_minor: int | None = None,
    stream: str | None = None,
    queue_days: Sequence[str] = (),
    cut_off_on: date = TODAY,
    at: datetime = NOON,
) -> PaymentRound:
    """A proposed round; `pool` is minor units by the fund's code."""
    new = NewRound(
        terms=StoredTerms(Terms(method, reserve, group_cap_minor), stream=stream, queue_days=tuple(queue_days)),
        source=TermsSource.STATED,
        citation="Order of payment, paragraph 1",
        pool=[PoolPart(code, Money(amount, scene.programme.currency)) for code, amount in pool.items()],
        cut_off_on=cut_off_on,
    )
    return service.propose_round(session, scene.programme, new, officer=scene.administrator, at=at)


def second_administrator(session: Session) -> Principal:
    return make_officer(session, Role.FUND_ADMINISTRATOR)


def confirm(session: Session, scene: Scene, row: PaymentRound, *, at: datetime = NOON) -> PaymentRound:
    return service.confirm_round(session, scene.programme, row.number, officer=second_administrator(session), at=at)


def carry_out(
    session: Session, scene: Scene, row: PaymentRound, *, limit: int = 1_000, at: datetime = NOON
) -> list[CarriedOut]:
    """Carry a round out to its end, part by part."""
    parts = [
        service.carry_out_round(session, scene.programme, row.number, officer=scene.administrator, at=at, limit=limit)
    ]
    while parts[-1].round.status != "completed":
        parts.append(
            service.carry_out_round(
                session, scene.programme, row.number, officer=scene.administrator, at=at, limit=limit
            )
        )
    return parts
