"""What is added to a claim later: facts, evidence, a death, another account; and what is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session

from reparations.principal import Principal, Role
from reparations.registry import errors, queries, service
from reparations.registry.models import Capacity, Claim, DutyKind, Rail
from reparations.registry.rules.values import (
    Judgement,
    NewDestination,
    Purpose,
    ResolutionReason,
    RevealField,
)
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.registry import (
    ELIGIBLE_FACTS,
    PNG,
    make_claim,
    make_duplicate,
    make_evidence,
    make_party_value,
    make_programme,
)

ANOTHER = NewDestination(Rail.STRIPE, stripe_account="acct_another_1")


@pytest.fixture
def officer(session: Session) -> Principal:
    return make_officer(session, Role.CASEWORKER)


@pytest.fixture
def claim(session: Session, officer: Principal) -> Claim:
    party = replace(make_party_value(), birth_date="1971-03-04")
    return make_claim(session, programme=make_programme(session, code="KAT"), officer=officer, party=party)


def test_new_facts_are_a_new_revision_and_the_old_one_stays(session: Session, claim: Claim, officer: Principal) -> None:
    later = {**ELIGIBLE_FACTS, "present_at_attack": {"value": False, "proof": "established"}}

    revision = service.record_facts(session, claim.id, facts=later, officer=officer, at=NOON)

    assert revision.revision == 2
    assert queries.get_facts(session, claim.id) == (revision, later)
    assert queries.get_facts(session, claim.id, 1)[1] == ELIGIBLE_FACTS
    with pytest.raises(errors.ClaimNotFound):
        queries.get_facts(session, claim.id, 3)


def test_evidence_is_sealed_and_committed_to(session: Session, claim: Claim, officer: Principal) -> None:
    evidence = make_evidence(session, claim, officer=officer)

    assert PNG not in evidence.content_sealed
    opened, title, content = service.open_evidence(session, claim.id, evidence.id, officer=officer)
    assert (opened.id, title, content) == (evidence.id, "A certificate", PNG)
    assert events(session)[-1]["body"]["commitment"] == evidence.content_commitment.hex()


def test_evidence_of_another_claim_is_not_found(session: Session, claim: Claim, officer: Principal) -> None:
    evidence = make_evidence(session, make_claim(session, officer=officer), officer=officer)

    with pytest.raises(errors.EvidenceNotFound):
        service.open_evidence(session, claim.id, evidence.id, officer=officer)


def test_a_death_stops_payments_and_the_day_is_sealed(session: Session, claim: Claim, officer: Principal) -> None:
    evidence = make_evidence(session, claim, officer=officer)
    living = make_claim(session)

    party = service.record_death(
        session, claim.id, died_on=date(2030, 1, 2), evidence_id=evidence.id, officer=officer, at=NOON
    )

    assert queries.find_deceased(session, [claim.party_id, living.party_id]) == {claim.party_id}
    assert queries.open_profile(session, party)["died_on"] == "2030-01-02"
    assert events(session)[-1]["body"] == {"reference": claim.reference, "evidence": evidence.id}
    with pytest.raises(errors.AlreadyDeceased):
        service.record_death(
            session, claim.id, died_on=date(2030, 1, 2), evidence_id=evidence.id, officer=officer, at=NOON
        )
    with pytest.raises(errors.AlreadyDeceased):
        service.record_destination(session, claim.id, new=ANOTHER, officer=officer, at=NOON)


def test_a_death_before_birth_is_refused(session: Session, claim: Claim, officer: Principal) -> None:
    evidence = make_evidence(session, claim, officer=officer)

    with pytest.raises(errors.InvalidDeath):
        service.record_death(
            session, claim.id, died_on=date(1970, 1, 1), evidence_id=evidence.id, officer=officer, at=NOON
        )


def test_an_organisation_does_not_die(session: Session, officer: Principal) -> None:
    school = make_claim(session, officer=officer, capacity=Capacity.ORGANISATION)
    evidence = make_evidence(session, school, officer=officer)

    with pytest.raises(errors.InvalidDeath):
        service.record_death(
            session, school.id, died_on=date(2030, 1, 2), evidence_id=evidence.id, officer=officer, at=NOON
        )


def test_another_account_supersedes_the_one_before(session: Session, claim: Claim, officer: Principal) -> None:
    before = queries.find_destination(session, claim.party_id)

    after = service.record_destination(session, claim.id, new=ANOTHER, officer=officer, at=NOON)

    assert before is not None
    assert before.status == "superseded"
    assert queries.find_destination(session, claim.party_id) == after
    assert queries.open_destination(session, after) == {"stripe_account": "acct_another_1"}


def test_the_same_account_again_changes_nothing(session: Session, claim: Claim, officer: Principal) -> None:
    service.record_destination(session, claim.id, new=ANOTHER, officer=officer, at=NOON)

    with pytest.raises(errors.DestinationUnchanged):
        service.record_destination(session, claim.id, new=ANOTHER, officer=officer, at=NOON)


def test_who_decides_a_claim_supplies_neither_facts_nor_accounts(
    session: Session, claim: Claim, officer: Principal
) -> None:
    decider = replace(make_officer(session, Role.DECIDER), office_id=officer.office_id)
    service.assign_duties(session, claim_ids=[claim.id], officer=decider, duty=DutyKind.DECIDER, at=NOON)

    with pytest.raises(errors.DutyConflict):
        service.record_facts(session, claim.id, facts={}, officer=decider, at=NOON)
    with pytest.raises(errors.DutyConflict):
        service.record_destination(session, claim.id, new=ANOTHER, officer=decider, at=NOON)


def test_nothing_is_added_to_a_closed_claim(session: Session, officer: Principal) -> None:
    earlier = make_claim(session, officer=officer)
    later = make_claim(session, programme=queries.get_programme(session, earlier.programme_id), officer=officer)
    service.resolve_duplicate(
        session,
        make_duplicate(session, earlier, later).id,
        judgement=Judgement.SAME,
        reason=ResolutionReason.CLERICAL_REPEAT,
        officer=make_officer(session, Role.DECIDER),
        at=NOON,
    )

    deeds: list[Callable[[], object]] = [
        lambda: service.record_facts(session, later.id, facts={}, officer=officer, at=NOON),
        lambda: service.record_destination(session, later.id, new=ANOTHER, officer=officer, at=NOON),
        lambda: make_evidence(session, later, officer=officer),
    ]
    for deed in deeds:
        with pytest.raises(errors.ClaimNotOpen):
            deed()


def test_another_office_s_claim_is_as_if_it_did_not_exist(session: Session, claim: Claim) -> None:
    stranger = make_officer(session, Role.CASEWORKER)

    deeds: list[Callable[[], object]] = [
        lambda: service.record_facts(session, claim.id, facts={}, officer=stranger, at=NOON),
        lambda: service.record_destination(session, claim.id, new=ANOTHER, officer=stranger, at=NOON),
        lambda: make_evidence(session, claim, officer=stranger),
        lambda: service.record_death(
            session, claim.id, died_on=date(2030, 1, 2), evidence_id="evi_1", officer=stranger, at=NOON
        ),
        lambda: service.open_fields(session, claim.id, fields=[RevealField.NAME], officer=stranger),
        lambda: service.log_reveal(
            session, claim.id, fields=[RevealField.NAME], purpose=Purpose.APPEAL, officer=stranger, at=NOON
        ),
    ]
    for deed in deeds:
        with pytest.raises(errors.ClaimNotFound):
            deed()


def test_opening_is_an_event_with_fields_and_purpose(session: Session, claim: Claim, officer: Principal) -> None:
    service.log_reveal(
        session,
        claim.id,
        fields=[RevealField.PROFILE, RevealField.NAME],
        purpose=Purpose.CONTACT_CLAIMANT,
        officer=officer,
        at=NOON,
    )

    event = events(session)[-1]
    assert (event["type"], event["person"]) == ("pii.revealed", officer.person_id)
    assert event["body"] == {
        "reference": claim.reference,
        "fields": ["name", "profile"],
        "purpose": "contact_claimant",
    }


def test_every_field_can_be_opened(session: Session, claim: Claim) -> None:
    opened = service.open_fields(
        session, claim.id, fields=list(RevealField), officer=make_officer(session, Role.DECIDER)
    )

    assert opened.keys() == {str(field) for field in RevealField}
    assert opened["facts"] == ELIGIBLE_FACTS
    assert opened["profile"] == {"birth_date": "1971-03-04"}
    assert opened["ties"] == opened["harms"] == []
