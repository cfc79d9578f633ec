"""Registering claims: one deed, a number without gaps, and safe to repeat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from reparations.principal import Principal, Role
from reparations.registry import errors, queries, service
from reparations.registry.models import Capacity, Claim, Duty, DutyKind, Party, Programme, Rail
from reparations.registry.rules.values import HarmKind, NewDestination, NewHarm, NewParty, NewTie, Proof, Tie
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import make_office, make_officer
from tests.factories.registry import (
    ELIGIBLE_FACTS,
    make_claim,
    make_party_value,
    make_programme,
    make_registration,
)


@pytest.fixture
def programme(session: Session) -> Programme:
    return make_programme(session, code="KAT")


@pytest.fixture
def officer(session: Session) -> Principal:
    return make_officer(session, Role.CASEWORKER)


def count_claims(session: Session) -> int:
    return session.exec(select(func.count(col(Claim.id)))).one()


def test_references_run_without_gaps(session: Session, programme: Programme) -> None:
    references = [make_claim(session, programme=programme).reference for _ in range(3)]

    assert references == ["KAT-0001", "KAT-0002", "KAT-0003"]


def test_a_refused_registration_takes_no_number(session: Session, programme: Programme, officer: Principal) -> None:
    bad = make_registration(programme_code="KAT", facts={"Not a fact": True})

    with pytest.raises(errors.InvalidFacts):
        service.register_claim(session, bad, officer=officer, at=NOON)

    assert make_claim(session, programme=programme).reference == "KAT-0001"


def test_all_that_was_said_can_be_opened_again(session: Session, programme: Programme, officer: Principal) -> None:
    party = replace(make_party_value(), birth_date="1971-03-04", phone="+243 1", national_id="A-1", language="sw")
    claim = make_claim(
        session,
        programme=programme,
        officer=officer,
        party=party,
        capacity=Capacity.INDIRECT,
        ties=[NewTie(Tie.CHILD, Proof.ASSERTED)],
        harms=[NewHarm(HarmKind.MORAL, Proof.ESTABLISHED)],
        destination=NewDestination(Rail.BANK_FILE, "A Holder", "DE89 3704 0044 0532 0130 00"),
    )

    stored = queries.get_party(session, claim.party_id)
    assert queries.open_name(session, stored) == party.full_name
    assert queries.open_profile(session, stored) == party.profile
    assert queries.list_ties(session, claim) == [{"kind": "child", "proof": "asserted"}]
    assert queries.list_harms(session, claim) == [{"kind": "moral", "proof": "established"}]
    revision, facts = queries.get_facts(session, claim.id)
    assert (revision.revision, facts) == (1, ELIGIBLE_FACTS)
    destination = queries.find_destination(session, claim.party_id)
    assert destination is not None
    assert queries.open_destination(session, destination)["account"] == "DE89370400440532013000"
    assert queries.find_destinations(session, [claim.party_id]) == {claim.party_id: destination}
    assert queries.list_claims_to_assess(session, programme.id, after=None, limit=5) == [claim]
    assert queries.list_claims_to_assess(session, programme.id, after=claim.id, limit=5) == []


def test_the_registrar_s_duty_is_written_down(session: Session, programme: Programme, officer: Principal) -> None:
    claim = make_claim(session, programme=programme, officer=officer)

    (duty,) = queries.list_duties(session, claim.id)
    assert (duty.person_id, duty.duty) == (officer.person_id, DutyKind.REGISTRAR)


def test_the_deed_is_one_event_that_says_nothing_of_the_person(
    session: Session, programme: Programme, officer: Principal
) -> None:
    claim = make_claim(session, programme=programme, officer=officer, case_key="C-0007")

    event = events(session)[-1]
    assert (event["type"], event["subject"], event["duty"]) == ("claim.registered", claim.id, "registrar")
    assert event["body"] == {
        "reference": "KAT-0001",
        "case": "C-0007",
        "capacity": "direct",
        "commitment": claim.registration_commitment.hex(),
        "duplicates": 0,
    }


def test_the_same_row_again_is_the_same_claim(session: Session, programme: Programme, officer: Principal) -> None:
    registration = make_registration(programme_code=programme.code, source_row="K-0001")
    first = service.register_claim(session, registration, officer=officer, at=NOON)
    events_before = len(events(session))

    again = service.register_claim(session, registration, officer=officer, at=NOON)

    assert (first.is_new, again.is_new) == (True, False)
    assert again.claim.id == first.claim.id
    assert count_claims(session) == 1
    assert len(events(session)) == events_before


def test_the_same_row_with_other_content_is_refused(session: Session, programme: Programme, officer: Principal) -> None:
    registration = make_registration(programme_code=programme.code, source_row="K-0001")
    service.register_claim(session, registration, officer=officer, at=NOON)

    with pytest.raises(errors.SourceRowTaken) as caught:
        service.register_claim(session, replace(registration, facts={}), officer=officer, at=NOON)

    assert caught.value.record == "K-0001"
    assert count_claims(session) == 1


def test_another_office_does_not_get_the_claim_by_sending_its_row(
    session: Session, programme: Programme, officer: Principal
) -> None:
    registration = make_registration(programme_code=programme.code, source_row="K-0001")
    service.register_claim(session, registration, officer=officer, at=NOON)
    stranger = make_officer(session, Role.CASEWORKER)

    with pytest.raises(errors.SourceRowTaken):
        service.register_claim(session, registration, officer=stranger, at=NOON)


def test_relatives_share_a_case(session: Session, programme: Programme, officer: Principal) -> None:
    one, other = (make_claim(session, programme=programme, officer=officer, case_key="C-0001") for _ in range(2))

    assert one.case_id == other.case_id
    assert queries.get_case(session, one.case_id).reference == "C-0001"


def test_a_case_of_another_programme_is_another_case(session: Session, programme: Programme) -> None:
    one = make_claim(session, programme=programme, case_key="C-0001")
    other = make_claim(session, case_key="C-0001")

    assert one.case_id != other.case_id


def test_an_heir_claims_through_the_claim_of_who_died(
    session: Session, programme: Programme, officer: Principal
) -> None:
    claim = make_claim(session, programme=programme, officer=officer, case_key="C-0001")

    heir = make_claim(
        session,
        programme=programme,
        officer=officer,
        capacity=Capacity.HEIR,
        case_key="C-0001",
        through_claim_id=claim.id,
        ties=[NewTie(Tie.CHILD, Proof.ESTABLISHED)],
    )

    assert heir.through_claim_id == claim.id
    to_party = session.execute(text("SELECT to_party_id FROM relationship WHERE claim_id = :id"), {"id": heir.id})
    assert to_party.scalar_one() == claim.party_id


def test_an_heir_of_another_case_is_refused(session: Session, programme: Programme, officer: Principal) -> None:
    claim = make_claim(session, programme=programme, officer=officer, case_key="C-0001")

    with pytest.raises(errors.ThroughClaimInvalid):
        make_claim(
            session,
            programme=programme,
            officer=officer,
            capacity=Capacity.HEIR,
            case_key="C-0002",
            through_claim_id=claim.id,
        )


def test_an_heir_through_another_office_s_claim_learns_nothing(session: Session, programme: Programme) -> None:
    claim = make_claim(session, programme=programme, case_key="C-0001")

    with pytest.raises(errors.ClaimNotFound):
        make_claim(session, programme=programme, capacity=Capacity.HEIR, case_key="C-0001", through_claim_id=claim.id)


def test_somebody_known_claims_in_another_case(session: Session, programme: Programme, officer: Principal) -> None:
    first = make_claim(session, programme=programme, officer=officer)

    second = make_claim(session, programme=programme, officer=officer, party_id=first.party_id)

    assert second.party_id == first.party_id
    assert session.exec(select(func.count(col(Party.id)))).one() == 1
    assert queries.find_open_duplicates(session, [first.id, second.id]) == set()


def test_somebody_known_claims_once_in_a_case(session: Session, programme: Programme, officer: Principal) -> None:
    first = make_claim(session, programme=programme, officer=officer, case_key="C-0001")

    with pytest.raises(errors.AlreadyInCase):
        make_claim(session, programme=programme, officer=officer, case_key="C-0001", party_id=first.party_id)


def test_somebody_known_to_another_office_only_is_unknown(session: Session, programme: Programme) -> None:
    first = make_claim(session, programme=programme)

    with pytest.raises(errors.PartyNotFound):
        make_claim(session, programme=programme, party_id=first.party_id)


def test_a_known_claimant_s_account_is_not_changed_in_passing(
    session: Session, programme: Programme, officer: Principal
) -> None:
    first = make_claim(session, programme=programme, officer=officer)
    account = NewDestination(Rail.STRIPE, stripe_account="acct_other_1")

    with pytest.raises(errors.InvalidParty) as caught:
        make_claim(session, programme=programme, officer=officer, party_id=first.party_id, destination=account)

    assert caught.value.field == "destination"


@pytest.mark.parametrize("both", [True, False])
def test_a_claimant_is_either_new_or_known(
    session: Session, programme: Programme, officer: Principal, *, both: bool
) -> None:
    known = make_claim(session, programme=programme, officer=officer)
    party: NewParty | None = make_party_value() if both else None
    registration = make_registration(programme_code=programme.code)

    with pytest.raises(errors.InvalidParty):
        service.register_claim(
            session,
            replace(registration, party=party, party_id=known.party_id if both else None),
            officer=officer,
            at=NOON,
        )


def test_a_school_claims_as_an_organisation(session: Session, programme: Programme) -> None:
    claim = make_claim(session, programme=programme, capacity=Capacity.ORGANISATION)

    assert queries.get_party(session, claim.party_id).kind == "organisation"


def test_a_security_administrator_registers_nobody(session: Session, programme: Programme) -> None:
    officer = make_officer(session, Role.SECURITY_ADMINISTRATOR)

    with pytest.raises(errors.DutyBarred):
        make_claim(session, programme=programme, officer=officer)

    assert session.exec(select(Duty)).all() == []


def test_programme_codes_are_unique(session: Session, programme: Programme) -> None:
    with pytest.raises(errors.ProgrammeCodeTaken):
        make_programme(session, code=programme.code)


def test_a_programme_is_found_by_code_and_by_id(session: Session, programme: Programme) -> None:
    assert queries.get_programme(session, "KAT") == queries.get_programme(session, programme.id)
    with pytest.raises(errors.ProgrammeNotFound):
        queries.get_programme(session, "NOWHERE")


def test_offices_see_their_own_claims(session: Session, programme: Programme) -> None:
    office = make_office(session)
    officer = make_officer(session, Role.CASEWORKER, office=office)
    own = make_claim(session, programme=programme, officer=officer)
    make_claim(session, programme=programme)

    assert queries.list_claims(session, office_id=office.id, after=None, limit=9) == [own]
    assert len(queries.list_claims(session, office_id=None, after=None, limit=9)) == 2
