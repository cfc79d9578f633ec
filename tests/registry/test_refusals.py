"""What the database itself refuses, whoever asks: raw SQL as the application's role, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import Session

from reparations.access.models import Officer
from reparations.db import dialect
from reparations.principal import Principal, Role
from reparations.registry import queries, service
from reparations.registry.models import Capacity, Claim, DutyKind
from reparations.registry.rules.values import HarmKind, NewHarm, NewTie, Proof, Tie
from tests.conftest import NOON
from tests.factories.access import make_account, make_officer
from tests.factories.registry import make_claim, make_duplicate, make_evidence, make_programme

Refused = Callable[[str], AbstractContextManager[None]]


def by_grant_or_trigger(session: Session, trigger: str) -> str:
    """Return who refuses first: on PostgreSQL the application's role was never granted the deed."""
    return "permission denied" if dialect(session) == "postgresql" else trigger


@pytest.fixture
def officer(session: Session) -> Principal:
    return make_officer(session, Role.CASEWORKER)


@pytest.fixture
def claim(session: Session, officer: Principal) -> Claim:
    """A claim with a row in every table that hangs on it."""
    programme = make_programme(session)
    claim = make_claim(
        session,
        programme=programme,
        officer=officer,
        case_key="C-0001",
        ties=[NewTie(Tie.CHILD, Proof.ESTABLISHED)],
        harms=[NewHarm(HarmKind.MORAL, Proof.ESTABLISHED)],
    )
    make_evidence(session, claim, officer=officer)
    make_duplicate(session, claim, make_claim(session, programme=programme))
    return claim


REWRITING = [
    ("UPDATE programme SET currency = 'EUR'", "programme.append_only"),
    ("DELETE FROM programme", "programme.append_only"),
    (
        "UPDATE programme_counter SET programme_id = 'x', next_claim_number = next_claim_number + 1",
        "programme_counter.frozen",
    ),
    ("DELETE FROM programme_counter", "programme_counter.no_delete"),
    ("UPDATE party SET name_sealed = phone_index", "party.frozen"),
    ("DELETE FROM party", "party.no_delete"),
    ("UPDATE party_match_key SET kind = 'x'", "party_match_key.append_only"),
    ("DELETE FROM party_match_key", "party_match_key.append_only"),
    ("UPDATE victim_case SET reference = 'x'", "victim_case.append_only"),
    ("UPDATE claim SET reference = 'x'", "claim.frozen"),
    ("UPDATE claim SET party_id = 'x'", "claim.frozen"),
    ("UPDATE claim SET office_id = 'x'", "claim.frozen"),
    ("DELETE FROM claim", "claim.no_delete"),
    ("UPDATE facts_revision SET facts_sealed = facts_commitment", "facts_revision.append_only"),
    ("UPDATE facts_revision SET revision = 2", "facts_revision.append_only"),
    ("DELETE FROM facts_revision", "facts_revision.append_only"),
    ("UPDATE evidence SET content_sealed = title_sealed", "evidence.append_only"),
    ("DELETE FROM evidence", "evidence.append_only"),
    ("UPDATE harm SET claim_id = 'x'", "harm.append_only"),
    ("UPDATE relationship SET claim_id = 'x'", "relationship.append_only"),
    ("UPDATE payment_destination SET details_sealed = account_index", "payment_destination.frozen"),
    ("DELETE FROM payment_destination", "payment_destination.no_delete"),
    ("UPDATE duplicate_candidate SET reasons = ''", "duplicate_candidate.frozen"),
    ("DELETE FROM duplicate_candidate", "duplicate_candidate.no_delete"),
    ("UPDATE duty SET duty = 'payer'", "duty.append_only"),
    ("DELETE FROM duty", "duty.append_only"),
]


@pytest.mark.usefixtures("claim")
def test_records_are_not_rewritten(session: Session, refused: Refused) -> None:
    for statement, message in REWRITING:
        with refused(by_grant_or_trigger(session, message)):
            session.execute(text(statement))


@pytest.mark.usefixtures("claim")
def test_a_replace_is_no_way_around(session: Session, refused: Refused) -> None:
    for table in ("facts_revision", "duty", "evidence", "duplicate_candidate", "claim", "party"):
        key = "claim_id" if table == "duty" else "id"
        if dialect(session) == "sqlite":
            append_only = table in {"facts_revision", "duty", "evidence"}
            with refused(f"{table}.{'append_only' if append_only else 'no_delete'}"):
                session.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
        else:
            with refused("permission denied"):
                session.execute(
                    text(
                        f"INSERT INTO {table} SELECT * FROM {table} "
                        f"ON CONFLICT ({key}{', person_id' if table == 'duty' else ''}) DO UPDATE SET {key} = 'x'"
                    )
                )


def test_a_counter_moves_by_one(session: Session, refused: Refused, claim: Claim) -> None:
    for number in (1, 7):
        with refused("programme_counter.by_one"):
            session.execute(
                text("UPDATE programme_counter SET next_claim_number = :number WHERE programme_id = :id"),
                {"number": number, "id": claim.programme_id},
            )


def insert_duty(session: Session, claim: Claim, person_id: str, duty: str, *, batch: str | None = "bat_1") -> None:
    columns, values = "claim_id, person_id, duty, at, batch_id", ":claim, :person, :duty, '2031-05-01 12:00:00', :batch"
    session.execute(
        text(f"INSERT INTO duty ({columns}) VALUES ({values})"),
        {"claim": claim.id, "person": person_id, "duty": duty, "batch": batch},
    )


def test_a_person_has_no_second_duty_on_a_claim(
    session: Session, refused: Refused, claim: Claim, officer: Principal
) -> None:
    decider = make_officer(session, Role.DECIDER)
    insert_duty(session, claim, decider.person_id, "decider")

    with refused("pk_duty" if dialect(session) == "postgresql" else "duty.claim_id, duty.person_id"):
        insert_duty(session, claim, decider.person_id, "payer")
    with refused("duty.not_own_record"):
        insert_duty(session, claim, officer.person_id, "approver1")


def test_deciding_may_be_several_peoples_but_registering_is_whose_it_was(
    session: Session, refused: Refused, claim: Claim
) -> None:
    for _ in range(2):
        insert_duty(session, claim, make_officer(session).person_id, "decider")

    with refused("duty.registrar_registered"):
        insert_duty(session, claim, make_officer(session).person_id, "registrar")


def test_a_duty_of_a_batch_has_no_second_person_in_that_batch(session: Session, refused: Refused, claim: Claim) -> None:
    insert_duty(session, claim, make_officer(session).person_id, "approver1", batch="bat_1")
    insert_duty(session, claim, make_officer(session).person_id, "approver1", batch="bat_2")

    with refused("uq_duty_paying" if dialect(session) == "postgresql" else "duty.claim_id, duty.duty, duty.batch_id"):
        insert_duty(session, claim, make_officer(session).person_id, "approver1", batch="bat_1")
    with refused("batch_named"):
        insert_duty(session, claim, make_officer(session).person_id, "payer", batch=None)


def test_a_security_administrator_holds_no_duty(session: Session, refused: Refused, claim: Claim) -> None:
    administrator: Officer = make_account(session, Role.SECURITY_ADMINISTRATOR)

    with refused("duty.not_for_administrators"):
        insert_duty(session, claim, administrator.person_id, "approver1")


def test_there_is_no_other_duty(session: Session, refused: Refused, claim: Claim) -> None:
    with refused("ck_duty_duty_known"):
        insert_duty(session, claim, make_officer(session).person_id, "king")


def test_who_decides_supplies_neither_facts_nor_accounts(session: Session, refused: Refused, claim: Claim) -> None:
    decider = make_officer(session, Role.DECIDER)
    service.assign_duties(session, claim_ids=[claim.id], officer=decider, duty=DutyKind.DECIDER, at=NOON)

    with refused("facts_revision.other_eyes"):
        session.execute(
            text(
                "INSERT INTO facts_revision (id, claim_id, revision, facts_sealed, facts_commitment, recorded_by, "
                "recorded_at) SELECT 'fac_x', claim_id, 2, facts_sealed, facts_commitment, :person, recorded_at "
                "FROM facts_revision WHERE claim_id = :claim"
            ),
            {"person": decider.person_id, "claim": claim.id},
        )
    with refused("payment_destination.other_eyes"):
        session.execute(
            text(
                "INSERT INTO payment_destination (id, party_id, rail, details_sealed, account_index, status, "
                "recorded_by, recorded_at) SELECT 'dst_x', party_id, rail, details_sealed, account_index, 'suspect', "
                ":person, recorded_at FROM payment_destination WHERE party_id = :party"
            ),
            {"person": decider.person_id, "party": claim.party_id},
        )


_COPY_CLAIM = (
    "INSERT INTO claim (id, programme_id, case_id, party_id, reference, capacity, through_claim_id, office_id, status, "
    "registered_by, registered_at, source_row, registration_commitment) "
    "SELECT {id}, {programme_id}, {case_id}, {party_id}, {reference}, {capacity}, {through_claim_id}, office_id, "
    "{status}, registered_by, registered_at, source_row, {registration_commitment} FROM claim WHERE id = :id"
)
_AS_IT_IS = {
    "id": "'clm_x'",
    "programme_id": "programme_id",
    "case_id": "case_id",
    "party_id": "(SELECT id FROM party WHERE id <> claim.party_id LIMIT 1)",
    "reference": "'X-0001'",
    "capacity": "capacity",
    "through_claim_id": "through_claim_id",
    "status": "status",
    "registration_commitment": "registration_commitment",
}


IMPOSSIBLE = [
    ({"status": "'withdrawn'"}, "claim.enters_open", "claim.enters_open"),
    ({"capacity": "'organisation'"}, "claim.capacity_fits", "claim.capacity_fits"),
    ({"capacity": "'heir'"}, "ck_claim_heirs_claim_through", "ck_claim_heirs_claim_through"),
    ({"through_claim_id": "id"}, "ck_claim_heirs_claim_through", "ck_claim_heirs_claim_through"),
    (
        {"capacity": "'heir'", "through_claim_id": "'clm_x'"},
        "ck_claim_not_through_itself",
        "ck_claim_not_through_itself",
    ),
    (
        {
            "capacity": "'heir'",
            "through_claim_id": "(SELECT c.id FROM claim c WHERE c.case_id <> claim.case_id LIMIT 1)",
        },
        "FOREIGN KEY",
        "fk_claim_through_claim_id_case_id",
    ),
    (
        {"case_id": "(SELECT v.id FROM victim_case v WHERE v.programme_id <> claim.programme_id LIMIT 1)"},
        "FOREIGN KEY",
        "fk_claim_case_id_programme_id",
    ),
    (
        {"party_id": "party_id"},
        "claim.case_id, claim.party_id",
        "uq_claim_case_id_party_id",
    ),
    ({"reference": "reference"}, "claim.programme_id, claim.reference", "uq_claim_programme_id_reference"),
    ({"capacity": "'cousin'"}, "ck_claim_capacity_known", "ck_claim_capacity_known"),
    ({"registration_commitment": "NULL"}, "NOT NULL", "null value"),
]


def test_a_claim_that_cannot_be_is_refused(session: Session, refused: Refused, claim: Claim) -> None:
    make_claim(session)

    for changed, on_sqlite, on_postgresql in IMPOSSIBLE:
        with refused(on_postgresql if dialect(session) == "postgresql" else on_sqlite):
            session.execute(text(_COPY_CLAIM.format(**{**_AS_IT_IS, **changed})), {"id": claim.id})


def test_a_closed_claim_stays_closed(session: Session, refused: Refused, claim: Claim) -> None:
    session.execute(text("UPDATE claim SET status = 'closed_duplicate' WHERE id = :id"), {"id": claim.id})

    with refused("claim.stays_closed"):
        session.execute(text("UPDATE claim SET status = 'open' WHERE id = :id"), {"id": claim.id})


_DIE = (
    "UPDATE party SET deceased = {deceased}, died_on_sealed = name_index, death_evidence_id = :evidence, "
    "death_recorded_by = created_by, death_recorded_at = created_at WHERE id = :party"
)


def test_nobody_is_declared_dead_without_evidence_of_theirs(
    session: Session, refused: Refused, claim: Claim, officer: Principal
) -> None:
    other = make_claim(session, officer=officer)
    foreign = make_evidence(session, other, officer=officer)

    with refused("party.death_proven"):
        session.execute(text(_DIE.format(deceased="true")), {"evidence": foreign.id, "party": claim.party_id})
    with refused("ck_party_death_whole"):
        session.execute(text(_DIE.format(deceased="false")), {"evidence": foreign.id, "party": claim.party_id})


def test_the_dead_do_not_come_back(session: Session, refused: Refused, claim: Claim, officer: Principal) -> None:
    evidence = make_evidence(session, claim, officer=officer)
    service.record_death(session, claim.id, died_on=date(2030, 1, 2), evidence_id=evidence.id, officer=officer, at=NOON)

    with refused("party.death_final"):
        session.execute(
            text(
                "UPDATE party SET deceased = false, died_on_sealed = NULL, death_evidence_id = NULL, "
                "death_recorded_by = NULL, death_recorded_at = NULL WHERE id = :id"
            ),
            {"id": claim.party_id},
        )


def test_an_organisation_does_not_die(session: Session, refused: Refused, officer: Principal) -> None:
    school = make_claim(session, officer=officer, capacity=Capacity.ORGANISATION)
    evidence = make_evidence(session, school, officer=officer)

    with refused("ck_party_only_persons_die"):
        session.execute(text(_DIE.format(deceased="true")), {"evidence": evidence.id, "party": school.party_id})


def test_a_pair_is_judged_once_and_by_other_eyes(
    session: Session, refused: Refused, claim: Claim, officer: Principal
) -> None:
    (pair,) = queries.list_pairs_of(session, claim.id)
    judge = text(
        "UPDATE duplicate_candidate SET status = :status, resolved_by = :person, resolved_at = found_at, "
        "note_code = 'namesakes' WHERE id = :id"
    )
    decider = make_officer(session, Role.DECIDER).person_id

    with refused("duplicate_candidate.other_eyes"):
        session.execute(judge, {"status": "different", "person": officer.person_id, "id": pair.id})
    with refused("ck_duplicate_candidate_resolution_whole"):
        session.execute(judge, {"status": "same", "person": None, "id": pair.id})
    session.execute(judge, {"status": "different", "person": decider, "id": pair.id})
    with refused("duplicate_candidate.final"):
        session.execute(judge, {"status": "same", "person": decider, "id": pair.id})


def test_one_account_is_active_and_none_comes_back(session: Session, refused: Refused, claim: Claim) -> None:
    copy = text(
        "INSERT INTO payment_destination (id, party_id, rail, details_sealed, account_index, status, recorded_by, "
        "recorded_at) SELECT 'dst_x', party_id, rail, details_sealed, account_index, 'active', recorded_by, "
        "recorded_at FROM payment_destination WHERE party_id = :party"
    )
    unique = "uq_payment_destination_active" if dialect(session) == "postgresql" else "payment_destination.party_id"
    with refused(unique):
        session.execute(copy, {"party": claim.party_id})

    set_status = text("UPDATE payment_destination SET status = :status WHERE party_id = :party")
    session.execute(set_status, {"status": "suspect", "party": claim.party_id})
    with refused("payment_destination.one_way"):
        session.execute(set_status, {"status": "active", "party": claim.party_id})
