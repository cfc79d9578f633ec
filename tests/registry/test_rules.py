"""What the registry decides by itself: shapes of facts, accounts, names and registrations."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.principal import Principal, Role
from reparations.registry.errors import (
    CapacityMismatch,
    DutyBarred,
    EvidenceRefused,
    EvidenceTooLarge,
    InvalidDeath,
    InvalidDestination,
    InvalidFacts,
    InvalidParty,
    ThroughClaimInvalid,
)
from reparations.registry.models import Capacity, MatchKeyKind, PartyKind, Rail
from reparations.registry.rules import names, registration
from reparations.registry.rules.destinations import check_destination, is_iban
from reparations.registry.rules.facts import MAX_ENTRIES, MAX_FACTS, MAX_LISTS, check_facts
from reparations.registry.rules.values import NewDestination, NewParty, canonical_json

TODAY = date(2031, 5, 1)
YES = {"value": True, "proof": "established"}


def person(family_name: str = "Ngoma", given_names: str = "Jean", birth_date: str | None = "1971-03-04") -> NewParty:
    return NewParty(kind=PartyKind.PERSON, family_name=family_name, given_names=given_names, birth_date=birth_date)


def sounds_alike(one: NewParty, other: NewParty) -> set[MatchKeyKind]:
    return {kind for kind, _ in set(names.match_keys(one)) & set(names.match_keys(other))}


def test_facts_of_every_kind_are_kept_as_they_are() -> None:
    facts = {
        "present": YES,
        "attack_date": {"value": "2003-02-24", "proof": "asserted"},
        "relation": {"value": "other_relative", "proof": "not_established"},
        "children": {"value": 3, "proof": "established"},
        "harms": [{"kind": {"value": "moral", "proof": "established"}, "established": YES}],
        "bonds": [],
    }

    assert check_facts(facts) == facts


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"Present": YES}, "facts.0"),
        ({"a" * 49: YES}, "facts.0"),
        ({"present": True}, "facts.0"),
        ({"present": None}, "facts.0"),
        ({"present": {"value": True}}, "facts.0"),
        ({"present": {**YES, "note": "x"}}, "facts.0"),
        ({"present": {"value": True, "proof": "certain"}}, "facts.0.proof"),
        ({"present": {"value": True, "proof": ["established"]}}, "facts.0.proof"),
        ({"a": YES, "present": {"value": None, "proof": "established"}}, "facts.1.value"),
        ({"present": {"value": 1.5, "proof": "established"}}, "facts.0.value"),
        ({"present": {"value": 2**53, "proof": "established"}}, "facts.0.value"),
        ({"present": {"value": "Jean Ngoma", "proof": "established"}}, "facts.0.value"),
        ({"present": {"value": "2003-02-30", "proof": "established"}}, "facts.0.value"),
        ({"present": {"value": ["moral"], "proof": "established"}}, "facts.0.value"),
        ({"harms": ["moral"]}, "facts.0.0"),
        ({"harms": [{}]}, "facts.0.0"),
        ({"harms": [{"kind": YES}, {"Kind": YES}]}, "facts.0.1"),
        ({"harms": [{"kind": [YES]}]}, "facts.0.0"),
        ({"harms": [{"kind": YES}] * (MAX_ENTRIES + 1)}, "facts.0"),
        ({f"fact{number}": YES for number in range(MAX_FACTS + 1)}, "facts"),
        ({f"list{number}": [] for number in range(MAX_LISTS + 1)}, "facts"),
    ],
)
def test_what_is_no_fact_is_refused_by_its_place(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFacts) as caught:
        check_facts(facts)

    assert caught.value.field == field
    assert "Ngoma" not in f"{caught.value.message} {caught.value.remedy}"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=4))
def test_any_json_is_either_facts_or_refused(facts: dict[str, Any]) -> None:
    try:
        checked = check_facts(facts)
    except InvalidFacts:
        return
    assert canonical_json(checked) == canonical_json(facts)


def test_an_iban_is_held_to_its_check_digits() -> None:
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE89370400440532013001")
    assert not is_iban("00001000020000000000023")


def test_a_bank_account_is_normalised() -> None:
    new = NewDestination(
        rail=Rail.BANK_FILE, account_holder="Jean", account="de89 3704 0044 0532 0130 00", bic="cobadeffxxx"
    )

    checked = check_destination(new)

    assert checked.details == {
        "account_holder": "Jean",
        "account": "DE89370400440532013000",
        "account_kind": "iban",
        "bic": "COBADEFFXXX",
    }
    assert checked.account == "DE89370400440532013000"


def test_an_account_number_that_is_no_iban_is_taken_as_it_is() -> None:
    new = NewDestination(rail=Rail.BANK_FILE, account_holder="Jean", account="0000-1000-23")

    assert check_destination(new).details["account_kind"] == "other"


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewDestination(rail=Rail.BANK_FILE, account="1234"), "destination"),
        (NewDestination(rail=Rail.BANK_FILE, account_holder="Jean"), "destination"),
        (NewDestination(Rail.BANK_FILE, "Jean", "1234", stripe_account="acct_1234"), "destination"),
        (NewDestination(Rail.BANK_FILE, "J" * 71, "1234"), "destination.account_holder"),
        (NewDestination(Rail.BANK_FILE, "Jean", "DE89370400440532013001"), "destination.account"),
        (NewDestination(Rail.BANK_FILE, "Jean", "12"), "destination.account"),
        (NewDestination(Rail.BANK_FILE, "Jean", "1234", bic="COBA"), "destination.bic"),
        (NewDestination(rail=Rail.STRIPE), "destination.stripe_account"),
        (NewDestination(rail=Rail.STRIPE, stripe_account="cus_1234"), "destination.stripe_account"),
        (NewDestination(Rail.STRIPE, "Jean", stripe_account="acct_1234"), "destination"),
    ],
)
def test_an_account_nobody_can_be_paid_to_is_refused(new: NewDestination, field: str) -> None:
    with pytest.raises(InvalidDestination) as caught:
        check_destination(new)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ngoma", "ngomah"),
        ("kodero", "codero"),
        ("barthelemy", "bartelemi"),
        ("joseph", "josef"),
        ("yusuf", "youssouf"),
        ("muhammad", "mohamed"),
        ("celestine", "selestine"),
    ],
)
def test_spellings_of_one_name_have_one_skeleton(one: str, other: str) -> None:
    assert names.skeleton(one) == names.skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ngoma", "kasongo"), ("aya", "ui"), ("mama", "ma"), ("12", "13"), ("саша", "маша")]
)
def test_different_names_have_different_skeletons(one: str, other: str) -> None:
    assert names.skeleton(one) != names.skeleton(other)


def test_another_spelling_born_in_the_same_year_is_found() -> None:
    assert sounds_alike(person("Ngoma", "Joseph"), person("Ngomah", "Josef", "1971-11-30")) == {
        MatchKeyKind.SIMILAR_NAME_AND_BIRTH_YEAR
    }


def test_a_name_left_out_is_found_if_the_day_of_birth_is_the_same() -> None:
    assert sounds_alike(person("Ngoma Kasai", "Jean"), person("Ngoma", "Kasay")) == {
        MatchKeyKind.SIMILAR_NAME_AND_BIRTH_DATE
    }


def test_order_case_and_marks_of_a_name_do_not_matter() -> None:
    assert names.index_name(person("Ngoma", "Amína")) == names.index_name(person("AMINA", "Ngoma"))


def test_brothers_and_strangers_are_not_confused() -> None:
    assert not sounds_alike(person("Ngoma", "Jean"), person("Ngoma", "Pierre", "1973-03-04"))
    assert not sounds_alike(person("Ngoma", "Jean"), person("Ngoma", "Jean", "1990-03-04"))


def test_the_first_of_january_is_no_day_of_birth() -> None:
    assert not names.is_exact("1971-01-01")
    assert not names.is_exact("1971")
    assert not names.is_exact(None)
    assert sounds_alike(person("Ngoma Kasai", "Jean", "1971-01-01"), person("Ngoma", "Jean", "1971-01-01")) == set()


def test_a_person_and_an_organisation_of_one_name_are_two() -> None:
    organisation = NewParty(kind=PartyKind.ORGANISATION, family_name="Jean Ngoma")

    assert not sounds_alike(organisation, person("Ngoma", "Jean", None))


@pytest.mark.parametrize("birth_date", ["1971", "1971-03-04", "2031-05-01", "1880-01-01", None])
def test_birth_dates_that_can_be(birth_date: str | None) -> None:
    registration.check_party(person(birth_date=birth_date), today=TODAY)

    assert names.birth_year(birth_date) == (birth_date or "")[:4]


@pytest.mark.parametrize("birth_date", ["71", "1971-13-01", "2031-05-02", "2032", "1879"])
def test_birth_dates_that_cannot_be(birth_date: str) -> None:
    with pytest.raises(InvalidParty) as caught:
        registration.check_party(person(birth_date=birth_date), today=TODAY)

    assert caught.value.field == "party.birth_date"


def test_an_organisation_has_no_given_names() -> None:
    party = NewParty(kind=PartyKind.ORGANISATION, family_name="School", given_names="Jean")

    with pytest.raises(InvalidParty):
        registration.check_party(party, today=TODAY)


@pytest.mark.parametrize(
    ("capacity", "kind"),
    [
        (Capacity.DIRECT, PartyKind.ORGANISATION),
        (Capacity.HEIR, PartyKind.COMMUNITY),
        (Capacity.ORGANISATION, PartyKind.PERSON),
        (Capacity.COMMUNITY, PartyKind.ORGANISATION),
    ],
)
def test_a_capacity_must_fit_the_claimant(capacity: Capacity, kind: PartyKind) -> None:
    with pytest.raises(CapacityMismatch):
        registration.check_capacity(capacity, kind=kind)


@pytest.mark.parametrize(
    ("capacity", "through_case_id", "case_id", "is_given"),
    [
        (Capacity.HEIR, None, "cas_1", False),
        (Capacity.DIRECT, "cas_1", "cas_1", True),
        (Capacity.HEIR, "cas_1", "cas_2", True),
        (Capacity.HEIR, "cas_1", None, True),
        (Capacity.HEIR, None, None, True),
    ],
)
def test_only_heirs_claim_through_a_claim_of_the_same_case(
    capacity: Capacity, through_case_id: str | None, case_id: str | None, *, is_given: bool
) -> None:
    with pytest.raises(ThroughClaimInvalid):
        registration.check_through(capacity, through_case_id=through_case_id, case_id=case_id, is_given=is_given)


@pytest.mark.parametrize("died_on", [date(2031, 5, 2), date(1971, 3, 3)])
def test_nobody_dies_in_the_future_or_before_birth(died_on: date) -> None:
    with pytest.raises(InvalidDeath):
        registration.check_death(died_on, birth_date="1971-03-04", today=TODAY)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, media_type: str) -> None:
    assert registration.media_type_of(content) == media_type


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<svg/>", b" %PDF-1.7"])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(EvidenceRefused):
        registration.media_type_of(content)


def test_a_file_above_two_mebibytes_is_refused() -> None:
    assert registration.media_type_of(b"%PDF-".ljust(2 * 2**20, b" "))
    with pytest.raises(EvidenceTooLarge):
        registration.media_type_of(b"%PDF-".ljust(2 * 2**20 + 1, b" "))


@pytest.mark.parametrize(
    ("roles", "scope"),
    [
        ({Role.CASEWORKER}, "off_1"),
        (set(), "off_1"),
        ({Role.DECIDER}, None),
        ({Role.CASEWORKER, Role.AUDITOR}, None),
    ],
)
def test_a_caseworker_sees_his_own_office(roles: set[Role], scope: str | None) -> None:
    assert registration.office_scope(Principal("usr_1", "psn_1", "off_1", frozenset(roles))) == scope


def test_a_security_administrator_holds_no_duty() -> None:
    with pytest.raises(DutyBarred):
        registration.check_can_hold_duty(Principal("usr_1", "psn_1", "off_1", frozenset({Role.SECURITY_ADMINISTRATOR})))
