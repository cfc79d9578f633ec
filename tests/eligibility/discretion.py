"""An invented programme in which a person decides two amounts within ranges, and claims under it."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from reparations.eligibility import service
from reparations.eligibility.rules import NewAmount
from reparations.principal import Role
from reparations.registry.models import Claim
from tests.conftest import NOON
from tests.eligibility.files import facts
from tests.factories.access import make_officer
from tests.factories.eligibility import TODAY, Scene, make_scene
from tests.factories.registry import make_claim, make_programme

FACTS = """\
schema: discretion
facts:
  harmed: {type: yes_no, label: The harm}
  grade: {type: number, label: Grade of the harm, range: 0 .. 3}
"""
RULES = """\
rule_set: discretion
version: 1
language: 1
title: Amounts a person decides
status: illustrative
authority: An invented act
currency: USD
birthdays_of_29_february: 1 March
proof_standard: {cite: s. 1, title: Balance of probabilities, level: established}
criteria:
  HARM: {title: There was harm, cite: s. 2, when: harmed}
award:
  - step: injury
    title: For the injury
    cite: s. 3
    lowest: USD 1000.00 * grade
    highest: USD 1500.00 * grade
    guidance: How long it lasted
  - step: months
    title: Months of care
    cite: s. 4
    lowest: "0"
    highest: "12"
    guidance: How much care was needed
  - step: due
    title: What is due
    cite: s. 5
    is: injury + USD 100.00 * months
appeal: {cite: s. 6, body: The board, days: "30", how: Write to it.}
"""
EXAMPLES = """\
rule_set: discretion
examples:
  - name: harmed
    facts: {harmed: yes, grade: 2}
    decided: {injury: USD 2500.00, months: 3}
    expect: {outcome: eligible, award: USD 2800.00}
  - name: not harmed
    facts: {harmed: no, grade: 2}
    expect: {outcome: not eligible, grounds: [HARM]}
  - name: not known
    facts: {grade: 2}
    expect: {outcome: more information needed, asks: [harmed]}
"""
HARMED = facts(harmed=True, grade=2)
INJURY = NewAmount("injury", "2500.00", "The pain lasted for eleven years.")
MONTHS = NewAmount("months", "3", "Three months of care were needed.")


def make_discretion(session: Session) -> Scene:
    """A scene whose rules leave two amounts to a person."""
    scene = make_scene(session)
    programme = make_programme(session)
    administrator = make_officer(session, Role.FUND_ADMINISTRATOR)
    published = service.publish_rule_set(
        session,
        programme=programme,
        rules=RULES,
        facts=FACTS,
        examples=EXAMPLES,
        in_force_from=TODAY,
        officer=administrator,
        at=NOON,
    )
    return replace(scene, programme=programme, rule_set=published, administrator=administrator)


def make_pending(session: Session, scene: Scene, **changed: object) -> Claim:
    """A claim of which nothing is missing but what a person decides."""
    return make_claim(session, programme=scene.programme, officer=scene.caseworker, facts=HARMED | facts(**changed))
