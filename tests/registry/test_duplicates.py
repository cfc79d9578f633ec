"""Finding who may be registered twice, and recording what a human says of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import Session

from reparations.principal import Principal, Role
from reparations.registry import errors, queries, service
from reparations.registry.models import Claim, ClaimStatus, DuplicateCandidate, PartyKind, Programme, Rail
from reparations.registry.rules.values import Judgement, NewDestination, NewParty, ResolutionReason
from tests.access.events import events
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.registry import make_claim, make_programme

NGOMA = NewParty(
    kind=PartyKind.PERSON,
    family_name="Exemple Ngoma",
    given_names="Joseph",
    birth_date="1971-03-04",
    national_id="EX-1",
    phone="+243 000 1",
)
STRANGER = NewParty(kind=PartyKind.PERSON, family_name="Exemple Zulu", given_names="Anne", birth_date="1985-07-08")
ACCOUNT = NewDestination(Rail.BANK_FILE, "A Holder", "0000100002")


@pytest.fixture
def programme(session: Session) -> Programme:
    return make_programme(session)


@pytest.fixture
def first(session: Session, programme: Programme) -> Claim:
    return make_claim(session, programme=programme, party=NGOMA, destination=ACCOUNT)


def pairs_of(session: Session, claim: Claim) -> list[DuplicateCandidate]:
    return list(queries.list_pairs_of(session, claim.id))


def judge(
    session: Session, pair: DuplicateCandidate, judgement: Judgement, officer: Principal | None = None
) -> DuplicateCandidate:
    return service.resolve_duplicate(
        session,
        pair.id,
        judgement=judgement,
        reason=ResolutionReason.DOCUMENTS_COMPARED,
        officer=officer or make_officer(session, Role.DECIDER),
        at=NOON,
    )


@pytest.mark.parametrize(
    ("party", "reasons"),
    [
        (replace(STRANGER, national_id="ex 1"), "same_national_id"),
        (replace(STRANGER, phone="+2430001"), "same_phone"),
        (
            NewParty(PartyKind.PERSON, "NGOMA EXEMPLE", "Joseph", "1971-12-12"),
            "same_name_and_birth_year similar_name_and_birth_year",
        ),
        (NewParty(PartyKind.PERSON, "Exemple Ngomah", "Josef", "1971-12-12"), "similar_name_and_birth_year"),
        (NewParty(PartyKind.PERSON, "Exemple Ngomah", None, "1971-03-04"), "similar_name_and_birth_date"),
        (STRANGER, ""),
        (replace(NGOMA, given_names="Pierre", birth_date="1973-03-04", national_id=None, phone=None), ""),
    ],
)
def test_what_two_claimants_have_in_common_is_named(
    session: Session, programme: Programme, first: Claim, *, party: NewParty, reasons: str
) -> None:
    second = make_claim(session, programme=programme, party=party)

    assert [pair.reasons for pair in pairs_of(session, second)] == ([reasons] if reasons else [])
    assert queries.find_open_duplicates(session, [first.id, second.id]) == ({first.id, second.id} if reasons else set())


def test_an_account_of_two_claimants_stops_both(session: Session, programme: Programme, first: Claim) -> None:
    second = make_claim(
        session, programme=programme, party=STRANGER, destination=replace(ACCOUNT, account="0000-100002")
    )

    assert [pair.reasons for pair in pairs_of(session, first)] == ["same_account"]
    assert queries.find_open_duplicates(session, [first.id, second.id]) == {first.id, second.id}


def test_an_account_named_later_is_found_too(session: Session, programme: Programme, first: Claim) -> None:
    officer = make_officer(session, Role.CASEWORKER)
    second = make_claim(session, programme=programme, officer=officer, party=STRANGER)

    service.record_destination(session, second.id, new=ACCOUNT, officer=officer, at=NOON)

    assert [pair.reasons for pair in pairs_of(session, first)] == ["same_account"]


def test_an_account_given_up_still_tells(session: Session, programme: Programme) -> None:
    officer = make_officer(session, Role.CASEWORKER)
    first = make_claim(session, programme=programme, officer=officer, party=NGOMA, destination=ACCOUNT)
    moved = NewDestination(Rail.STRIPE, stripe_account="acct_moved_1")
    service.record_destination(session, first.id, new=moved, officer=officer, at=NOON)

    second = make_claim(session, programme=programme, party=STRANGER, destination=ACCOUNT)

    assert [pair.reasons for pair in pairs_of(session, second)] == ["same_account"]


def test_another_programme_is_another_matter(session: Session, first: Claim) -> None:
    elsewhere = make_claim(session, party=NGOMA)

    assert pairs_of(session, elsewhere) == pairs_of(session, first) == []


def test_the_same_person_closes_the_later_claim_and_merges_nothing(
    session: Session, programme: Programme, first: Claim
) -> None:
    second = make_claim(session, programme=programme, party=NGOMA)
    (pair,) = pairs_of(session, second)

    judge(session, pair, Judgement.SAME)

    assert (first.status, second.status) == (ClaimStatus.OPEN, ClaimStatus.CLOSED_DUPLICATE)
    assert queries.find_open_duplicates(session, [first.id, second.id]) == set()
    assert queries.open_name(session, queries.get_party(session, second.party_id)) == NGOMA.full_name
    assert events(session)[-1]["body"] == {
        "claims": [first.reference, second.reference] if first.id < second.id else [second.reference, first.reference],
        "judgement": "same",
        "reason": "documents_compared",
        "closed": second.reference,
    }


def test_different_people_both_stay(session: Session, programme: Programme, first: Claim) -> None:
    second = make_claim(session, programme=programme, party=NGOMA)

    judge(session, pairs_of(session, second)[0], Judgement.DIFFERENT)

    assert (first.status, second.status) == (ClaimStatus.OPEN, ClaimStatus.OPEN)
    assert queries.find_open_duplicates(session, [first.id, second.id]) == set()


def test_a_judgement_is_final_until_a_new_reason_appears(session: Session, programme: Programme, first: Claim) -> None:
    officer = make_officer(session, Role.CASEWORKER)
    second = make_claim(session, programme=programme, officer=officer, party=replace(STRANGER, phone="+2430001"))
    (pair,) = pairs_of(session, second)
    judge(session, pair, Judgement.DIFFERENT)
    with pytest.raises(errors.DuplicateAlreadyResolved):
        judge(session, pair, Judgement.SAME)

    service.record_destination(session, second.id, new=ACCOUNT, officer=officer, at=NOON)

    assert [(one.reasons, one.status) for one in pairs_of(session, first)] == [
        ("same_phone", "different"),
        ("same_account", "open"),
    ]


def test_the_third_copy_is_compared_with_the_closed_second(
    session: Session, programme: Programme, first: Claim
) -> None:
    second = make_claim(session, programme=programme, party=replace(NGOMA, phone="+243 000 2"))
    judge(session, pairs_of(session, second)[0], Judgement.SAME)

    third = make_claim(session, programme=programme, party=replace(STRANGER, phone="+243 000 2"))

    (pair,) = pairs_of(session, third)
    assert {pair.claim_a_id, pair.claim_b_id} == {second.id, third.id}
    judge(session, pair, Judgement.SAME)
    assert third.status == ClaimStatus.CLOSED_DUPLICATE
    assert first.status == ClaimStatus.OPEN


def test_who_registered_one_of_them_does_not_judge(session: Session, programme: Programme, first: Claim) -> None:
    registrar = make_officer(session, Role.CASEWORKER, Role.DECIDER)
    second = make_claim(session, programme=programme, officer=registrar, party=NGOMA)

    with pytest.raises(errors.RegistrarMayNotResolve):
        judge(session, pairs_of(session, second)[0], Judgement.DIFFERENT, registrar)

    assert queries.find_open_duplicates(session, [first.id]) == {first.id}


def test_a_pair_is_seen_by_the_offices_of_its_claims_only(session: Session, programme: Programme, first: Claim) -> None:
    second = make_claim(session, programme=programme, party=NGOMA)
    (pair,) = pairs_of(session, second)
    stranger = make_officer(session, Role.CASEWORKER)

    assert queries.list_duplicates(session, office_id=first.office_id, status="open", after=None, limit=9) == [pair]
    assert queries.list_duplicates(session, office_id=stranger.office_id, status=None, after=None, limit=9) == []
    with pytest.raises(errors.DuplicateNotFound):
        judge(session, pair, Judgement.SAME, stranger)
    (view,) = queries.view_pairs(session, [pair])
    assert {view.reference_a, view.reference_b} == {first.reference, second.reference}
