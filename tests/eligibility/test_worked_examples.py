"""The table of worked examples names files that run them and leaves none out; E-UNCC-9, which is the registry's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session, select

from reparations.eligibility import service
from reparations.eligibility.files import read_version
from reparations.eligibility.models import RoundLine
from reparations.eligibility.service import AskedRound, Declared, PoolPart, resolve_round
from reparations.ledger.models import Fund
from reparations.money import Money
from reparations.principal import Role
from reparations.registry import queries
from reparations.registry import service as registry
from reparations.registry.models import PartyKind
from reparations.registry.rules.values import Judgement, NewParty, ResolutionReason
from tests.conftest import NOON
from tests.eligibility.files import facts
from tests.factories.access import make_officer
from tests.factories.eligibility import TODAY, Scene, decide, make_scene
from tests.factories.ledger import make_fund
from tests.factories.registry import make_claim, make_programme

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "worked-examples.md").read_text("utf-8")
ROWS = re.findall(r"^\|[^|]*\| (E-[A-Z]+-\d+) \| `([^`]+)` \|$", TABLE, re.MULTILINE)

PUBLISHED = {"UNCC": 9, "ICC": 7, "EVZ": 6, "CEP": 5, "CO": 7, "GM": 6, "JA": 4, "NRS": 3}
"""How many examples each programme has."""
OTHER_PROGRAMMES = {"E-ICC-5", "E-ICC-6"}
WORKER = NewParty(PartyKind.PERSON, "Exemple Kumar", "Rajesh", "1961-02-03", national_id="P1234567")


def test_no_example_is_left_out() -> None:
    every = {f"E-{name}-{number}" for name, last in PUBLISHED.items() for number in range(1, last + 1)}

    assert {example for example, _ in ROWS} == every - OTHER_PROGRAMMES


def test_each_stands_where_the_table_says() -> None:
    missing = [(example, file) for example, file in ROWS if not _stands_in(example, ROOT / file)]

    assert missing == []


def _stands_in(example: str, file: Path) -> bool:
    return re.search(rf"{example}[a-z]?\b", file.read_text("utf-8")) is not None


def test_a_worker_filed_twice_under_two_spellings_has_one_entitlement(session: Session) -> None:
    """E-UNCC-9: passports P1234567 and P12345670.  Nothing is paid of a pair before somebody has looked at it."""
    files = read_version(ROOT / "rules" / "uncc-a" / "v0001")
    scene = replace(make_scene(session), programme=make_programme(session))
    service.publish_rule_set(
        session,
        programme=scene.programme,
        rules=files.rules,
        facts=files.facts,
        examples=files.examples,
        in_force_from=TODAY,
        officer=scene.administrator,
        at=NOON,
    )
    fund = make_fund(session, available_minor=800_000)
    left = facts(
        claims_as="individual",
        left_from="kuwait",
        left_on="1990-08-15",
        nationality="other",
        claims_through_government=True,
        elected_higher_sum=True,
        filed_elsewhere=False,
    )
    claims = [
        make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=left, party=party)
        for party in (WORKER, replace(WORKER, family_name="Exemple Kumaar", national_id="P12345670"))
    ]
    (pair,) = queries.list_pairs_of(session, claims[1].id)
    assert [decision.amount_minor for decision in decide(session, scene, claims)] == [400_000, 400_000]
    assert _propose(session, scene, fund) == []

    registry.resolve_duplicate(
        session,
        pair.id,
        judgement=Judgement.SAME,
        reason=ResolutionReason.DOCUMENTS_COMPARED,
        officer=make_officer(session, Role.DECIDER),
        at=NOON,
    )

    assert [line.entitled_minor for line in _propose(session, scene, fund)] == [400_000]


def _propose(session: Session, scene: Scene, fund: Fund) -> list[RoundLine]:
    """Say whom the rules' next round would pay, and propose nothing after all."""
    asked = AskedRound(Declared(), [PoolPart(fund.code, Money(800_000, "USD"))], TODAY)
    new = resolve_round(session, scene.programme, asked, on=TODAY)
    row = service.propose_round(session, scene.programme, new, officer=scene.administrator, at=NOON)
    lines = list(session.exec(select(RoundLine).where(RoundLine.round_id == row.id)))
    service.withdraw_round(session, scene.programme, row.number, officer=scene.administrator, at=NOON)
    return lines
