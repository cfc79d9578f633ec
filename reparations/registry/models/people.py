"""People, organisations and communities; the keys by which they are found again; where their money goes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.registry.models.checks import one_of

INDEX_BYTES = 16


class PartyKind(StrEnum):
    """Who can claim."""

    PERSON = "person"
    ORGANISATION = "organisation"
    COMMUNITY = "community"


class MatchKeyKind(StrEnum):
    """What two people must have in common to be shown to a human as possibly the same."""

    SIMILAR_NAME_AND_BIRTH_YEAR = "similar_name_and_birth_year"
    SIMILAR_NAME_AND_BIRTH_DATE = "similar_name_and_birth_date"


class Rail(StrEnum):
    """How money travels."""

    BANK_FILE = "bank_file"
    STRIPE = "stripe"


class DestinationStatus(StrEnum):
    """Whether money may be sent there."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"
    SUSPECT = "suspect"


class Party(Row, table=True):
    """Someone who claims.  Holds nothing legible that would name or describe them.

    `deceased` is kept plain while the day of death is sealed: it is a state that every payment must check, for a whole
    batch in one query, and it says less than the payment that stops.  It goes from false to true once and never back.
    """

    __tablename__ = "party"
    __table_args__ = (
        one_of("kind", PartyKind),
        CheckConstraint(
            "deceased = (died_on_sealed IS NOT NULL) AND deceased = (death_evidence_id IS NOT NULL)"
            " AND deceased = (death_recorded_by IS NOT NULL) AND deceased = (death_recorded_at IS NOT NULL)",
            name="death_whole",
        ),
        CheckConstraint("kind = 'person' OR NOT deceased", name="only_persons_die"),
        CheckConstraint(f"length(name_index) = {INDEX_BYTES}", name="name_index_length"),
        CheckConstraint(f"length(national_id_index) = {INDEX_BYTES}", name="national_id_index_length"),
        CheckConstraint(f"length(phone_index) = {INDEX_BYTES}", name="phone_index_length"),
        Index(None, "name_index"),
        Index(None, "national_id_index"),
        Index(None, "phone_index"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {"deceased", "died_on_sealed", "death_evidence_id", "death_recorded_by", "death_recorded_at"}
    )

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    name_sealed: bytes = Field(sa_type=LargeBinary)
    """The name as it was given."""
    profile_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON: birth date or year, sex, place of residence, telephone, number of a document, language."""
    name_index: bytes = Field(sa_type=LargeBinary)
    """Blind index of kind, name tokens in order, year of birth."""
    national_id_index: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone_index: bytes | None = Field(default=None, sa_type=LargeBinary)
    deceased: bool = False
    died_on_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    death_evidence_id: str | None = Field(default=None, sa_type=Text)
    """Evidence of one of this party's claims; a trigger holds it, for a foreign key would go round in a circle."""
    death_recorded_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    death_recorded_at: datetime | None = Field(default=None, sa_type=Instant)
    created_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class PartyMatchKey(Row, table=True):
    """A blind key of how a name sounds, with a year or a day of birth: finds another spelling of the same person."""

    __tablename__ = "party_match_key"
    __table_args__ = (
        one_of("kind", MatchKeyKind),
        CheckConstraint(f"length(key) = {INDEX_BYTES}", name="key_length"),
        Index(None, "key"),
        {"sqlite_strict": True},
    )

    party_id: str = Field(primary_key=True, foreign_key="party.id", sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    key: bytes = Field(primary_key=True, sa_type=LargeBinary)


class PaymentDestination(Row, table=True):
    """An account a claimant asked to be paid to.  At most one is active; a new one supersedes it."""

    __tablename__ = "payment_destination"
    __table_args__ = (
        one_of("rail", Rail),
        one_of("status", DestinationStatus),
        CheckConstraint(f"length(account_index) = {INDEX_BYTES}", name="account_index_length"),
        Index(None, "account_index"),
        Index(
            "uq_payment_destination_active",
            "party_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"status"})

    id: str = Field(primary_key=True, sa_type=Text)
    party_id: str = Field(foreign_key="party.id", index=True, sa_type=Text)
    rail: str = Field(sa_type=Text)
    details_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON: account_holder, account, account_kind, bic for a bank; stripe_account for Stripe."""
    account_index: bytes = Field(sa_type=LargeBinary)
    status: str = Field(sa_type=Text)
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
