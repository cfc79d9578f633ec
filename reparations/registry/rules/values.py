"""What is registered, as plain values: the translation of a request, before anything is sealed or stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeAlias

from reparations.registry.models import Capacity, PartyKind, Rail

Scalar: TypeAlias = bool | int | str
Fact: TypeAlias = Mapping[str, Scalar]
"""``{"value": …, "proof": "established" | "asserted" | "not_established"}``."""
Facts: TypeAlias = Mapping[str, Fact | Sequence[Mapping[str, Fact]]]
"""Facts by name; a list of facts is a list of records of fields."""


class Proof(StrEnum):
    """How well a statement is proven.  Which level suffices is for the rule set to say."""

    ESTABLISHED = "established"
    ASSERTED = "asserted"
    NOT_ESTABLISHED = "not_established"


class Tie(StrEnum):
    """What a claimant is to the victim of the case."""

    PARENT = "parent"
    CHILD = "child"
    SPOUSE = "spouse"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    OTHER_RELATIVE = "other_relative"


class HarmKind(StrEnum):
    """Kinds of harm an order may recognise."""

    PHYSICAL = "physical"
    MORAL = "moral"
    MATERIAL = "material"
    LOSS_OF_HOME = "loss_of_home"
    LOSS_OF_LIVELIHOOD = "loss_of_livelihood"


class Sex(StrEnum):
    """As the claimant states it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Purpose(StrEnum):
    """Why sealed values are opened; part of the event that says so."""

    ASSESSMENT = "assessment"
    CONTACT_CLAIMANT = "contact_claimant"
    CORRECT_RECORD = "correct_record"
    DUPLICATE_CHECK = "duplicate_check"
    PAYMENT_QUERY = "payment_query"
    APPEAL = "appeal"


class RevealField(StrEnum):
    """What of a claim can be opened, one by one."""

    NAME = "name"
    PROFILE = "profile"
    TIES = "ties"
    HARMS = "harms"
    FACTS = "facts"
    DESTINATION = "destination"


class ResolutionReason(StrEnum):
    """On what a judgement over two claims rests."""

    DOCUMENTS_COMPARED = "documents_compared"
    CLAIMANT_HEARD = "claimant_heard"
    CLERICAL_REPEAT = "clerical_repeat"
    NAMESAKES = "namesakes"
    RELATIVES_SHARE = "relatives_share"


class Judgement(StrEnum):
    """What a human says of two claims."""

    SAME = "same"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class NewParty:
    """A person, organisation or community that is not registered yet."""

    kind: PartyKind
    family_name: str
    """Family name of a person, whole name of an organisation or community."""
    given_names: str | None = None
    birth_date: str | None = None
    """``YYYY-MM-DD``, or ``YYYY`` where only the year is known."""
    sex: Sex | None = None
    national_id: str | None = None
    phone: str | None = None
    language: str | None = None
    place_of_residence: str | None = None

    @property
    def full_name(self) -> str:
        """The name in the order given names, family name."""
        return f"{self.given_names} {self.family_name}" if self.given_names else self.family_name

    @property
    def profile(self) -> dict[str, str]:
        """What is known besides the name."""
        known = {
            "birth_date": self.birth_date,
            "sex": self.sex,
            "national_id": self.national_id,
            "phone": self.phone,
            "language": self.language,
            "place_of_residence": self.place_of_residence,
        }
        return {name: str(value) for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class NewDestination:
    """An account to be paid to; `rules.destinations.check_destination` makes it whole."""

    rail: Rail
    account_holder: str | None = None
    account: str | None = None
    """IBAN or another account number, for a bank."""
    bic: str | None = None
    stripe_account: str | None = None


@dataclass(frozen=True, slots=True)
class NewTie:
    """A tie to the victim of the case, or for an heir to the party of the claim he succeeds to."""

    kind: Tie
    proof: Proof


@dataclass(frozen=True, slots=True)
class NewHarm:
    """A harm somebody says they suffered."""

    kind: HarmKind
    proof: Proof


@dataclass(frozen=True, slots=True)
class Registration:
    """All of one claim, as one deed registers it."""

    programme_code: str
    case_key: str
    capacity: Capacity
    party: NewParty | None
    party_id: str | None
    facts: Facts
    source_row: str | None = None
    through_claim_id: str | None = None
    ties: Sequence[NewTie] = ()
    harms: Sequence[NewHarm] = ()
    destination: NewDestination | None = None

    def canonical_bytes(self) -> bytes:
        """Write all of it in one spelling, to tell the same registration from another."""
        return canonical_json(asdict(self))


def canonical_json(value: object) -> bytes:
    """Write JSON with sorted keys, no spaces, in ASCII: equal content is equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()
