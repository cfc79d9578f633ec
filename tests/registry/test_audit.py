"""Every row of the registry is committed to by the deed that made it, so that a change behind our back is named."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from reparations.audit.verification import verify_rows
from reparations.db import Database, Row
from reparations.principal import Role
from reparations.registry import models, queries, service
from reparations.registry.models import Capacity, Rail
from reparations.registry.rules.values import (
    HarmKind,
    Judgement,
    NewDestination,
    NewHarm,
    NewTie,
    Proof,
    ResolutionReason,
    Tie,
)
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.audit import behind_our_back
from tests.factories.registry import make_claim, make_evidence, make_party_value, make_programme

MODELS = [
    model for name in models.__all__ if isinstance(model := getattr(models, name), type) and issubclass(model, Row)
]


def do_everything(database: Database) -> str:
    """Do every deed of the registry once; return the id of the claim it was done to."""
    with database.transaction() as session:
        programme = make_programme(session, code="KAT")
        officer = make_officer(session, Role.CASEWORKER)
        party = make_party_value()
        account = NewDestination(Rail.STRIPE, stripe_account="acct_other_1")
        claim = make_claim(
            session,
            programme=programme,
            officer=officer,
            case_key="C-0001",
            party=party,
            ties=[NewTie(Tie.CHILD, Proof.ASSERTED)],
            harms=[NewHarm(HarmKind.MORAL, Proof.ESTABLISHED)],
        )
        make_claim(session, programme=programme, officer=officer, party=party)
        make_claim(
            session,
            programme=programme,
            officer=officer,
            capacity=Capacity.HEIR,
            case_key="C-0001",
            through_claim_id=claim.id,
        )
        service.record_facts(session, claim.id, facts={}, officer=officer, at=NOON)
        service.record_destination(session, claim.id, new=account, officer=officer, at=NOON)
        evidence = make_evidence(session, claim, officer=officer)
        service.record_death(
            session, claim.id, died_on=date(2030, 1, 2), evidence_id=evidence.id, officer=officer, at=NOON
        )
        (pair,) = queries.list_pairs_of(session, claim.id)
        service.resolve_duplicate(
            session,
            pair.id,
            judgement=Judgement.SAME,
            reason=ResolutionReason.CLERICAL_REPEAT,
            officer=make_officer(session, Role.DECIDER),
            at=NOON,
        )
        return claim.id


def findings(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(finding.code, finding.record) for finding in verify_rows(session, MODELS)]


def test_every_row_is_committed_to(database: Database) -> None:
    do_everything(database)

    assert findings(database) == []


def test_a_row_changed_behind_our_back_is_named(database: Database, owner: Database) -> None:
    claim_id = do_everything(database)
    tables = ("claim", "facts_revision", "duty")

    with behind_our_back(owner, tables) as session:
        for statement in (
            "UPDATE claim SET capacity = 'indirect' WHERE id = :id",
            "DELETE FROM facts_revision WHERE claim_id = :id AND revision = 2",
            "UPDATE duty SET duty = 'confirmer' WHERE claim_id = :id",
        ):
            session.execute(text(statement), {"id": claim_id})

    found = findings(database)
    assert ("audit.row_changed", f"claim {claim_id}") in found
    assert [code for code, record in found if record.startswith("facts_revision")] == ["audit.row_missing"]
    assert [code for code, record in found if record.startswith(f"duty {claim_id}")] == ["audit.row_changed"]


def test_a_duty_slipped_in_is_named(database: Database, owner: Database) -> None:
    claim_id = do_everything(database)

    with behind_our_back(owner, ("duty",)) as session:
        session.execute(
            text(
                "INSERT INTO duty (claim_id, person_id, duty, at) SELECT :id, resolved_by, 'confirmer', resolved_at "
                "FROM duplicate_candidate LIMIT 1"
            ),
            {"id": claim_id},
        )

    (finding,) = findings(database)
    assert finding[0] == "audit.row_unrecorded"
    assert finding[1].startswith(f"duty {claim_id}")
