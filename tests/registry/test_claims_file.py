"""The example's file of claimants: what stands in it, how it is made, and who is in it twice."""

from __future__ import annotations

import io
import runpy
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import Session, col, select

from reparations.principal import Role
from reparations.registry import queries, service
from reparations.registry.intake import IntakeRow, read_claims
from reparations.registry.models import Claim, DuplicateCandidate
from reparations.registry.rules.destinations import is_iban
from reparations.registry.schemas import ClaimIn
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.registry import make_programme
from tests.house.tree import ROOT

FOLDER = ROOT / "examples/katanga"
TWICE = {("K-0011", "K-0323"), ("K-0023", "K-0324"), ("K-0035", "K-0325"), ("K-0047", "K-0326")}


@pytest.fixture(scope="module")
def rows() -> Mapping[str, IntakeRow]:
    read = read_claims((FOLDER / "claimants.csv").read_bytes())
    assert not read.faults
    return {row.row_id: row for row in read.rows}


def facts(row: IntakeRow) -> dict[str, Any]:
    return dict(row.request["facts"])


def established(row: IntakeRow, name: str, value: object = True) -> bool:  # noqa: FBT002 the value of a fact
    return bool(facts(row).get(name) == {"value": value, "proof": "established"})


def looks_eligible(row: IntakeRow) -> bool:
    """A rough reading of the rule, apart from the rule set, to count by."""
    if not established(row, "identity_established") or row.request["capacity"] == "heir":
        return False
    if not (established(row, "attack_site", "bogoro") and established(row, "attack_date", "2003-02-24")):
        return False
    if row.request["capacity"] == "organisation":
        return established(row, "organisation_type", "education") and established(row, "organisation_property_damaged")
    harmed = any(harm["established"]["proof"] == "established" for harm in facts(row).get("harms", ()))
    if row.request["capacity"] == "indirect":
        return harmed and established(row, "close_tie_established") and established(row, "victim_died_in_attack")
    return harmed and established(row, "present_at_attack")


def test_the_generator_makes_the_file_that_is_shipped() -> None:
    stream = io.StringIO()

    runpy.run_path(str(FOLDER / "make_claimants.py"))["main"](stream)

    assert stream.getvalue().encode() == (FOLDER / "claimants.csv").read_bytes()


def test_there_are_330_rows_of_the_published_shape(rows: Mapping[str, IntakeRow]) -> None:
    again = {later for _, later in TWICE}
    eligible = [row for row in rows.values() if looks_eligible(row) and row.row_id not in again]

    assert list(rows) == [f"K-{number:04d}" for number in range(1, 331)]
    assert len(eligible) == 295
    assert Counter(row.request["capacity"] for row in eligible) == {"direct": 224, "indirect": 70, "organisation": 1}
    assert all(looks_eligible(rows[later]) for later in again)


def test_the_other_rows_are_there_for_what_the_generator_says(rows: Mapping[str, IntakeRow]) -> None:
    def numbers(first: int, last: int) -> list[IntakeRow]:
        return [rows[f"K-{number:04d}"] for number in range(first, last + 1)]

    assert all(
        facts(row)["close_tie_established"]["proof"] == "not_established"
        and established(row, "relation_to_victim", "other_relative")
        for row in numbers(296, 298)
    )
    assert all(facts(row)["present_at_attack"]["proof"] == "not_established" for row in numbers(299, 300))
    for row in numbers(301, 302):
        assert not {"present_at_attack", "attack_date"} & facts(row).keys()
    assert not any(looks_eligible(row) for row in numbers(301, 310))
    assert all(facts(row)["attack_date"]["value"] != "2003-02-24" for row in numbers(311, 316))
    assert all(established(row, "attack_site", "elsewhere") for row in numbers(317, 322))
    assert [(row.through_row_id, row.request["case_key"]) for row in numbers(327, 328)] == [("K-0042", "C-0042")] * 2
    assert all(established(row, "organisation_type", "other") for row in numbers(329, 330))


def test_fifteen_of_the_eligible_live_abroad_and_one_of_them_dies(rows: Mapping[str, IntakeRow]) -> None:
    abroad = [row.row_id for row in rows.values() if established(row, "resettled_abroad")]

    assert len(abroad) == 15
    assert all(looks_eligible(rows[row_id]) for row_id in abroad)
    assert "K-0042" in abroad


def test_everybody_is_marked_as_invented(rows: Mapping[str, IntakeRow]) -> None:
    for row in rows.values():
        party = row.request["party"]
        assert party["family_name"].startswith("Exemple")
        assert party["phone"].startswith("+243000") or party["phone"].startswith("+243 000")
        assert party.get("national_id", "EX-").startswith("EX-")


def test_accounts_are_valid_and_the_marked_ones_are_where_they_should_be(rows: Mapping[str, IntakeRow]) -> None:
    destinations = {row.row_id: row.request["destination"] for row in rows.values()}

    assert Counter(one["rail"] for one in destinations.values()) == {"bank_file": 199, "stripe": 131}
    ibans = [one["account"] for one in destinations.values() if one.get("account", "").startswith("DE")]
    assert len(ibans) == 133
    assert all(is_iban(iban) and iban[4:12] == "00000000" for iban in ibans)
    assert destinations["K-0007"]["account"].endswith("0007")
    assert destinations["K-0010"] == {"rail": "stripe", "stripe_account": "acct_example_0010"}


def test_duplicates_are_all_found_and_nobody_else_is(session: Session, rows: Mapping[str, IntakeRow]) -> None:
    """On this made-up file precision and recall are both 4 of 4; that says nothing of files of real names."""
    make_programme(session, code="KATANGA")
    officer = make_officer(session, Role.CASEWORKER)
    claim_of: dict[str, str] = {}
    for row in rows.values():
        through = claim_of[row.through_row_id] if row.through_row_id else None
        body = ClaimIn.model_validate(row.body(programme="KATANGA", through_claim_id=through))
        claim_of[row.row_id] = service.register_claim(session, body.to_value(), officer=officer, at=NOON).claim.id

    row_of = dict(session.exec(select(Claim.id, Claim.source_row)).all())
    pairs = session.exec(select(DuplicateCandidate).order_by(col(DuplicateCandidate.found_at))).all()
    found = {tuple(sorted((row_of[pair.claim_a_id] or "", row_of[pair.claim_b_id] or ""))) for pair in pairs}

    assert found == TWICE
    assert len(pairs) == len(TWICE)
    assert queries.find_open_duplicates(session, list(claim_of.values())) == {
        claim_of[row_id] for pair in TWICE for row_id in pair
    }
    references = session.exec(select(Claim.reference).order_by(col(Claim.reference))).all()
    assert references == [f"KATANGA-{number:04d}" for number in range(1, 331)]


def test_a_row_is_registered_as_it_was_read(rows: Mapping[str, IntakeRow]) -> None:
    row = rows["K-0001"]

    registration = ClaimIn.model_validate(row.body(programme="KATANGA", through_claim_id=None)).to_value()

    assert registration.facts == row.request["facts"]
    assert registration.party is not None
    assert registration.party.profile["birth_date"] == row.request["party"]["birth_date"]
