"""Different people do different parts of a claim, under any race: the primary key says so."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from sqlmodel import Session, select

from reparations.access.models import StaffPerson
from reparations.db import Database
from reparations.principal import Principal, Role
from reparations.registry import errors, queries, service
from reparations.registry.models import Claim, Duty, DutyKind
from tests.conftest import NOON
from tests.factories.access import make_account, make_grant, make_officer, principal_of
from tests.factories.registry import make_claim, make_programme


@pytest.fixture
def claims(session: Session) -> list[Claim]:
    programme = make_programme(session, code="KAT")
    return [make_claim(session, programme=programme) for _ in range(3)]


def assign(session: Session, claims: Sequence[Claim], officer: Principal, duty: DutyKind) -> list[Duty]:
    return service.assign_duties(
        session, claim_ids=[claim.id for claim in claims], officer=officer, duty=duty, at=NOON, batch_id="bat_1"
    )


def duties(session: Session, claim: Claim) -> set[tuple[str, str]]:
    return {(duty.duty, duty.person_id) for duty in queries.list_duties(session, claim.id)}


def test_a_duty_is_given_on_many_claims_at_once(session: Session, claims: list[Claim]) -> None:
    decider = make_officer(session, Role.DECIDER)

    rows = assign(session, claims, decider, DutyKind.DECIDER)

    assert len(rows) == 3
    assert all(("decider", decider.person_id) in duties(session, claim) for claim in claims)
    assert {row.batch_id for row in rows} == {"bat_1"}


def test_a_person_has_one_part_in_a_claim(session: Session, claims: list[Claim]) -> None:
    officer = make_officer(session, Role.DECIDER)
    assign(session, claims[1:2], officer, DutyKind.DECIDER)

    with pytest.raises(errors.DutyConflict) as caught:
        assign(session, claims, officer, DutyKind.CONFIRMER)

    assert "KAT-0002" in caught.value.message
    assert "KAT-0001" not in caught.value.message
    assert not session.exec(select(Duty).where(Duty.duty == "confirmer")).all()


def test_a_person_has_one_part_over_all_accounts(session: Session, claims: list[Claim]) -> None:
    first = make_account(session, Role.DECIDER)
    person = person_of(session, first.person_id)
    second = make_account(session, Role.APPROVER, person=person)
    assign(session, claims, principal_of(session, first), DutyKind.DECIDER)

    with pytest.raises(errors.DutyConflict):
        assign(session, claims, principal_of(session, second), DutyKind.APPROVER1)


def test_a_part_in_paying_is_one_person_s(session: Session, claims: list[Claim]) -> None:
    assign(session, claims, make_officer(session, Role.PAYER), DutyKind.PAYER)

    with pytest.raises(errors.DutyConflict) as caught:
        assign(session, claims, make_officer(session, Role.PAYER), DutyKind.PAYER)

    assert "another person" in caught.value.message


def test_the_registrar_decides_nothing(session: Session) -> None:
    officer = make_officer(session, Role.CASEWORKER, Role.DECIDER)
    claim = make_claim(session, officer=officer)

    with pytest.raises(errors.DutyConflict):
        assign(session, [claim], officer, DutyKind.DECIDER)


def test_who_recorded_facts_later_neither_decides_nor_pays(session: Session, claims: list[Claim]) -> None:
    account = make_account(session, Role.CASEWORKER, Role.PAYER)
    officer = principal_of(session, account)
    claim = make_claim(session, officer=make_officer(session, Role.CASEWORKER))
    helper = Principal(officer.officer_id, officer.person_id, claim.office_id, officer.roles)
    service.record_facts(session, claim.id, facts={}, officer=helper, at=NOON)

    with pytest.raises(errors.DutyConflict) as caught:
        assign(session, [*claims, claim], officer, DutyKind.PAYER)

    assert claim.reference in caught.value.message


def test_a_security_administrator_has_no_part_under_any_account(session: Session, claims: list[Claim]) -> None:
    account = make_account(session, Role.SECURITY_ADMINISTRATOR)
    other = make_account(session, person=person_of(session, account.person_id))
    pretended = Principal(other.id, other.person_id, other.office_id, frozenset({Role.APPROVER}))

    with pytest.raises(errors.DutyBarred):
        assign(session, claims, principal_of(session, account), DutyKind.APPROVER1)
    with pytest.raises(errors.DutyBarred):
        assign(session, claims, pretended, DutyKind.APPROVER1)


def test_a_former_security_administrator_may(session: Session, claims: list[Claim]) -> None:
    account = make_account(session)
    grant = make_grant(account, Role.SECURITY_ADMINISTRATOR, granted_by=make_officer(session).person_id)
    session.add(grant)
    session.flush()
    grant.revoked_at = NOON
    session.add(grant)
    session.flush()

    assert assign(session, claims, principal_of(session, account), DutyKind.PAYER)


def test_a_claim_that_does_not_exist_is_named_as_such(session: Session) -> None:
    with pytest.raises(errors.ClaimNotFound):
        service.assign_duties(
            session, claim_ids=["clm_0"], officer=make_officer(session), duty=DutyKind.PAYER, at=NOON, batch_id="bat_1"
        )


def test_no_claims_are_no_duties(session: Session) -> None:
    assert assign(session, [], make_officer(session), DutyKind.PAYER) == []


@pytest.mark.parametrize("same_person", [True, False])
def test_two_at_once_and_one_gets_it(database: Database, *, same_person: bool) -> None:
    """The same person for two parts, or two people for one part: ten races, ten winners."""
    with database.transaction() as session:
        programme = make_programme(session)
        claims = [make_claim(session, programme=programme) for _ in range(10)]
        one = make_officer(session, Role.APPROVER)
        other = one if same_person else make_officer(session, Role.APPROVER)
    second_duty = DutyKind.APPROVER2 if same_person else DutyKind.APPROVER1
    outcomes: list[str] = []

    def run(claim: Claim, officer: Principal, duty: DutyKind, barrier: threading.Barrier) -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                assign(session, [claim], officer, duty)
            outcomes.append("won")
        except errors.DutyConflict:
            outcomes.append("lost")

    for claim in claims:
        barrier = threading.Barrier(2)
        threads = [
            threading.Thread(target=run, args=(claim, one, DutyKind.APPROVER1, barrier)),
            threading.Thread(target=run, args=(claim, other, second_duty, barrier)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(outcomes) == ["lost"] * 10 + ["won"] * 10
    with database.reading() as session:
        assert all(len(duties(session, claim)) == 2 for claim in claims)


def person_of(session: Session, person_id: str) -> StaffPerson:
    return session.get_one(StaffPerson, person_id)
