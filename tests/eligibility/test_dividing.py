"""The award of somebody who died, shared as the rules divide it among persons said to be its heirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from reparations.db import Database
from reparations.eligibility import queries, service
from reparations.eligibility.errors import PersonRefused
from reparations.eligibility.language import SharePart, Sharing
from reparations.eligibility.language.entitlement import WhenNobody
from reparations.eligibility.models import DecidedOutcome, NamedPerson
from reparations.eligibility.rules import Heir, Share, Waiting, share_by_rules
from reparations.money import Money
from reparations.principal import Role
from reparations.registry import service as registry
from reparations.registry.models import Claim
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import facts, katanga_files
from tests.factories.access import PASSWORD, make_account
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
from tests.factories.registry import ELIGIBLE_FACTS, make_programme

Refused = Callable[[str], AbstractContextManager[None]]
REFUSED_HEIR = {**HEIR_FACTS, "heir_of_eligible_victim": {"value": True, "proof": "not_established"}}

KIN_FACTS = """\
lists:
  kin:
    label: Kin
    complete_when: kin_known
    at_most: 20
    fields:
      tie: {type: relation, label: Relation}
      born: {type: date, label: Birthday}
"""
CASCADE = """\
unit: {cite: Invented order 1, is: person, after_death: shares}
shares:
  kin:
    title: The kin of a claimant who died
    cite: Invented order 2
    among: k in kin
    classes:
      spouse: {title: Spouse, when: k.tie = spouse}
      children: {title: Children, when: k.tie = child}
    cascade:
      - {cite: Invented order 3, percent: {spouse: 50%, children: 50%}}
      - {cite: Invented order 3, equal: [spouse]}
      - {cite: Invented order 3, equal: [children]}
    when_nobody: back_to_fund
    remainder: REMAINDER
    in_trust: {cite: Invented order 4, born: k.born, until_age: 18, as_of: known_on}
birthdays_of_29_february: 1 March
"""


def make_dividing(session: Session, *, remainder: str = "earlier", after_death: str = "shares") -> Scene:
    """Katanga's rules with an invented division of the award of somebody who died."""
    scene = make_scene(session)
    programme = make_programme(session)
    files = katanga_files()
    cascade = CASCADE.replace("REMAINDER", remainder).replace("after_death: shares", f"after_death: {after_death}")
    known = "  kin_known: {type: yes_no, label: All kin told, needs_proof: no}\n  known_on: {type: date, label: Day}\n"
    service.publish_rule_set(
        session,
        programme=programme,
        rules=files.rules.replace("appeal:\n", f"{cascade}\nappeal:\n"),
        facts=files.facts.replace("\nlists:\n", f"{known}\n{KIN_FACTS}"),
        examples=files.examples,
        in_force_from=TODAY,
        officer=scene.administrator,
        at=NOON,
    )
    return replace(scene, programme=programme)


def kin(*persons: tuple[str, str], known: bool = True) -> Mapping[str, object]:
    """The facts of somebody eligible, with the kin he left: relation and day of birth."""
    told = [{"tie": tie, "born": born} for tie, born in persons]
    return {**ELIGIBLE_FACTS, **facts(kin_known=known, known_on=TODAY.isoformat(), kin=told)}


def tell(session: Session, scene: Scene, claim: Claim, *persons: tuple[str, str], known: bool = True) -> None:
    registry.record_facts(session, claim.id, facts=kin(*persons, known=known), officer=scene.caseworker, at=NOON)


def name(session: Session, scene: Scene, claim: Claim, *heirs: Claim) -> list[NamedPerson]:
    """Name the heirs in the order of the list."""
    persons = [(position, heir.id) for position, heir in enumerate(heirs, start=1)]
    return service.name_persons(session, claim.id, persons=persons, officer=scene.decider, at=NOON)


def make_estate(session: Session, scene: Scene, *, heirs: int) -> tuple[Claim, list[Claim]]:
    """An eligible claimant who died, and heirs who are eligible."""
    make_fund(session, available_minor=100_000)
    (claim,) = make_claims(session, scene)
    decide(session, scene, [claim])
    let_die(session, scene, claim)
    claims = [make_heir(session, scene, claim) for _ in range(heirs)]
    decide(session, scene, claims)
    return claim, claims


def arrange(session: Session, scene: Scene) -> list[Waiting]:
    """Make the awards and part them; say why they wait."""
    service.award_individuals(session, programme=scene.programme, officer=scene.administrator, at=NOON)
    done = service.arrange_instalments(session, programme=scene.programme, officer=scene.administrator, at=NOON)
    return [why for _, why in done.waiting]


def shares(session: Session, claim: Claim) -> list[tuple[str, int]]:
    (view,) = queries.list_awards_of(session, claim.id)
    return [(part.payee_party_id, part.amount_minor) for part in view.instalments]


ADULT = "1990-01-01"


def test_heirs_share_as_the_rules_divide_once_everybody_is_told_of_and_named(session: Session) -> None:
    scene = make_dividing(session)
    claim, (spouse, *children) = make_estate(session, scene, heirs=4)

    assert arrange(session, scene) == [Waiting.SHARES_UNKNOWN]
    tell(session, scene, claim, ("spouse", ADULT), *[("child", ADULT)] * 3, known=False)
    assert arrange(session, scene) == [Waiting.SHARES_UNKNOWN]
    tell(session, scene, claim, ("spouse", ADULT), *[("child", ADULT)] * 3)
    assert arrange(session, scene) == [Waiting.PERSONS_UNNAMED]
    name(session, scene, claim, spouse, *children[:2])
    assert arrange(session, scene) == [Waiting.PERSONS_UNNAMED]
    named = name(session, scene, claim, spouse, *children)
    assert [(one.position, one.claim_id) for one in named] == list(enumerate([spouse.id, *(c.id for c in children)], 1))

    assert arrange(session, scene) == []
    assert sorted(shares(session, claim)) == sorted(
        [
            (spouse.party_id, 12_500),
            (children[0].party_id, 4_167),
            (children[1].party_id, 4_167),
            (children[2].party_id, 4_166),
        ]
    )
    assert arrange(session, scene) == []
    event = next(one for one in reversed(events(session)) if one["type"] == "persons.named")
    assert (event["rows_count"], sorted(event["body"])) == (1, ["count", "facts_revision"])


def test_what_the_rules_leave_to_the_fund_is_in_nobody_s_instalment(session: Session) -> None:
    scene = make_dividing(session, remainder="fund")
    claim, heirs = make_estate(session, scene, heirs=3)
    tell(session, scene, claim, *[("child", ADULT)] * 3)
    name(session, scene, claim, *heirs)

    assert arrange(session, scene) == []
    assert sorted(shares(session, claim)) == sorted((heir.party_id, 8_333) for heir in heirs)


def test_where_the_rules_leave_it_to_the_estate_heirs_share_equally(session: Session) -> None:
    scene = make_dividing(session, after_death="estate")
    claim, (one, other) = make_estate(session, scene, heirs=2)

    assert arrange(session, scene) == []
    assert sorted(shares(session, claim)) == sorted([(one.party_id, 12_500), (other.party_id, 12_500)])
    with pytest.raises(PersonRefused, match="No rules divide"):
        name(session, scene, claim, one)


def test_who_is_refused_or_tells_nothing_does_not_share(session: Session) -> None:
    scene = make_dividing(session)
    claim, (spouse,) = make_estate(session, scene, heirs=1)
    child = make_heir(session, scene, claim)
    tell(session, scene, claim, ("spouse", ADULT), ("child", ADULT))
    name(session, scene, claim, spouse, child)
    assert arrange(session, scene) == [Waiting.HEIRS_UNDECIDED]

    registry.record_facts(session, child.id, facts=REFUSED_HEIR, officer=scene.caseworker, at=NOON)
    decide(session, scene, [child], outcome=DecidedOutcome.NOT_ELIGIBLE)
    assert arrange(session, scene) == [Waiting.PERSON_NOT_ELIGIBLE]
    tell(session, scene, claim, ("spouse", ADULT))
    name(session, scene, claim, spouse)

    assert arrange(session, scene) == []
    assert shares(session, claim) == [(spouse.party_id, 25_000)]


def test_persons_are_named_once_and_only_heirs_of_the_list(session: Session) -> None:
    scene = make_dividing(session)
    claim, (spouse, child) = make_estate(session, scene, heirs=2)
    (stranger,) = make_claims(session, scene)
    with pytest.raises(PersonRefused, match="Not everything is known"):
        name(session, scene, claim, spouse)
    tell(session, scene, claim, ("spouse", ADULT), ("child", ADULT))

    with pytest.raises(PersonRefused, match="2 persons"):
        name(session, scene, claim, spouse, child, stranger)
    with pytest.raises(PersonRefused, match="not that of an heir"):
        name(session, scene, claim, stranger)
    with pytest.raises(PersonRefused, match="named already"):
        name(session, scene, claim, spouse, spouse)
    name(session, scene, claim, spouse)
    before = len(events(session))
    name(session, scene, claim, spouse)
    assert len(events(session)) == before
    with pytest.raises(PersonRefused, match="named already"):
        name(session, scene, claim, child)


def test_the_database_keeps_who_is_who(session: Session, refused: Refused) -> None:
    scene = make_dividing(session)
    claim, (spouse, child) = make_estate(session, scene, heirs=2)
    tell(session, scene, claim, ("spouse", ADULT), ("child", ADULT))
    (row,) = name(session, scene, claim, spouse)
    (stranger,) = make_claims(session, scene)

    def insert(position: int, claim_id: str) -> None:
        session.add(NamedPerson(**{**row.model_dump(), "position": position, "claim_id": claim_id}))
        session.flush()

    for own in (stranger, claim):
        with refused("named_person.no_heir"):
            insert(2, own.id)
    with refused("position_counts_from_one"):
        insert(0, child.id)
    with refused(""):
        insert(2, spouse.id)
    insert(2, child.id)


def test_a_decider_names_over_the_api_who_is_who(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        scene = make_dividing(session)
        claim, (spouse, child) = make_estate(session, scene, heirs=2)
        tell(session, scene, claim, ("spouse", ADULT), ("child", ADULT))
        make_account(session, Role.DECIDER, username="decider")
        claim_id, heirs = claim.id, [spouse.id, child.id]
    answer = client.post("/sessions", json={"username": "decider", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    persons = [{"position": position, "claim_id": heir} for position, heir in enumerate(heirs, start=1)]

    for _ in range(2):
        named = client.post(f"/claims/{claim_id}/persons", json={"persons": persons}, headers=headers)
        assert named.status_code == 200, named.text
        assert [(one["position"], one["claim_id"]) for one in named.json()] == list(enumerate(heirs, start=1))
    swapped = [{**person, "claim_id": heir} for person, heir in zip(persons, reversed(heirs), strict=True)]
    refusal = client.post(f"/claims/{claim_id}/persons", json={"persons": swapped}, headers=headers)
    assert (refusal.status_code, refusal.json()["code"]) == (422, "eligibility.person_refused")


SHARES = [Heir("a", eligible=True, deceased=False), Heir("b", eligible=True, deceased=False)]


@pytest.mark.parametrize(
    ("sharing", "heirs", "expected"),
    [
        (Sharing("s", (), WhenNobody.BACK_TO_FUND), [], Waiting.BACK_TO_FUND),
        (Sharing("s", (), WhenNobody.ESTATE), [], Waiting.HELD_FOR_ESTATE),
        (Sharing("s", (), WhenNobody.STATE), [], Waiting.HELD_FOR_STATE),
        (Sharing("s", None), SHARES, Waiting.SHARES_UNKNOWN),
        (Sharing("s", (SharePart(60, "c"), SharePart(60, "c"))), SHARES, Waiting.SHARES_EXCEED),
        (Sharing("s", (SharePart(100, "c", age_unknown=True),)), SHARES, Waiting.SHARES_UNKNOWN),
        (
            Sharing("s", (SharePart(50, "c"), SharePart(50, "c"))),
            [SHARES[0], Heir("b", eligible=True, deceased=True)],
            Waiting.HEIR_DECEASED,
        ),
        (
            Sharing("s", (SharePart(100, "c", held_until=TODAY), SharePart(0, None))),
            SHARES,
            [Share("a", Money(100, "USD"))],
        ),
    ],
)
def test_a_division_gives_shares_or_says_why_not_yet(sharing: Sharing, heirs: Sequence[Heir], expected: object) -> None:
    named = {1: "a", 2: "b"}

    assert share_by_rules(Money(100, "USD"), sharing, named=named, heirs=heirs, on=TODAY) == expected
