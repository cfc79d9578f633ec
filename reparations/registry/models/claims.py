"""Cases, claims and what is known about them.  Everything here but a claim's status is append-only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.registry.models.checks import one_of

COMMITMENT_BYTES = 32
MAX_EVIDENCE_BYTES = 2 * 2**20


class Capacity(StrEnum):
    """In what capacity somebody claims."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    ORGANISATION = "organisation"
    COMMUNITY = "community"
    HEIR = "heir"


class ClaimStatus(StrEnum):
    """Whether a claim is alive.  Says nothing of eligibility or payment, which are states of their own."""

    OPEN = "open"
    CLOSED_DUPLICATE = "closed_duplicate"
    WITHDRAWN = "withdrawn"


class EvidenceKind(StrEnum):
    """What a document is, in words that say nothing of the harm."""

    IDENTITY = "identity"
    CIVIL_STATUS = "civil_status"
    STATEMENT = "statement"
    RECORD = "record"
    PHOTOGRAPH = "photograph"
    OTHER = "other"


class VictimCase(Row, table=True):
    """One victim and one act, with all who claim through it."""

    __tablename__ = "victim_case"
    __table_args__ = (
        UniqueConstraint("programme_id", "reference"),
        # Lets a claim prove that its case is of its own programme.
        UniqueConstraint("id", "programme_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The key the case was registered under, letters and a number: ``C-0042``."""
    created_at: datetime = Field(sa_type=Instant)


class Claim(Row, table=True):
    """What one party asks for in one case.  Only its status ever changes."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("capacity", Capacity),
        one_of("status", ClaimStatus),
        UniqueConstraint("programme_id", "reference"),
        UniqueConstraint("programme_id", "source_row"),
        # One party claims once in a case.
        UniqueConstraint("case_id", "party_id"),
        # Lets an heir's claim prove that it runs through a claim of the same case.
        UniqueConstraint("id", "case_id"),
        ForeignKeyConstraint(["case_id", "programme_id"], ["victim_case.id", "victim_case.programme_id"]),
        ForeignKeyConstraint(["through_claim_id", "case_id"], ["claim.id", "claim.case_id"]),
        CheckConstraint("(capacity = 'heir') = (through_claim_id IS NOT NULL)", name="heirs_claim_through"),
        CheckConstraint("through_claim_id <> id", name="not_through_itself"),
        CheckConstraint(f"length(registration_commitment) = {COMMITMENT_BYTES}", name="registration_commitment_length"),
        Index(None, "party_id"),
        Index(None, "programme_id", "id"),
        Index(None, "office_id", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"status"})

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    case_id: str = Field(sa_type=Text)
    party_id: str = Field(foreign_key="party.id", sa_type=Text)
    reference: str = Field(sa_type=Text)
    """``KATANGA-0001``: the programme's code and a number without gaps."""
    capacity: str = Field(sa_type=Text)
    through_claim_id: str | None = Field(default=None, sa_type=Text)
    """The claim an heir succeeds to."""
    office_id: str = Field(foreign_key="office.id", sa_type=Text)
    status: str = Field(sa_type=Text)
    registered_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    registered_at: datetime = Field(sa_type=Instant)
    source_row: str | None = Field(default=None, sa_type=Text)
    """Row of the file it was imported from; the same row again is the same claim."""
    registration_commitment: bytes = Field(sa_type=LargeBinary)
    """Erasable commitment to all that was registered, to tell the same again from something else."""


class Relationship(Row, table=True):
    """A tie of a claimant to another party, or to the victim of the case where the victim is no party himself."""

    __tablename__ = "relationship"
    __table_args__ = (
        CheckConstraint("from_party_id <> to_party_id", name="ends_differ"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    from_party_id: str = Field(foreign_key="party.id", sa_type=Text)
    to_party_id: str | None = Field(default=None, foreign_key="party.id", sa_type=Text)
    kind_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON: kind and proof, under the key of `from_party_id`."""
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class Harm(Row, table=True):
    """A harm somebody says they suffered.  Its kind is among the most private things kept here, so it is sealed."""

    __tablename__ = "harm"
    __table_args__ = ({"sqlite_strict": True},)

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    harm_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON: kind and proof."""
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class Evidence(Row, table=True):
    """A document or picture, sealed, with a commitment that proves later that it is the same one."""

    __tablename__ = "evidence"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        CheckConstraint("media_type IN ('application/pdf', 'image/jpeg', 'image/png')", name="media_type_known"),
        CheckConstraint(f"size_bytes BETWEEN 1 AND {MAX_EVIDENCE_BYTES}", name="size_bytes_within"),
        CheckConstraint(f"length(content_commitment) = {COMMITMENT_BYTES}", name="content_commitment_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    """As the content shows, whatever the sender called it."""
    size_bytes: int = Field(sa_type=BigInteger)
    title_sealed: bytes = Field(sa_type=LargeBinary)
    content_sealed: bytes = Field(sa_type=LargeBinary)
    content_commitment: bytes = Field(sa_type=LargeBinary)
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class FactsRevision(Row, table=True):
    """All facts of a claim as of one moment.  More is known later in another revision; none is ever overwritten."""

    __tablename__ = "facts_revision"
    __table_args__ = (
        UniqueConstraint("claim_id", "revision"),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint(f"length(facts_commitment) = {COMMITMENT_BYTES}", name="facts_commitment_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", sa_type=Text)
    revision: int = Field(sa_type=BigInteger)
    facts_sealed: bytes = Field(sa_type=LargeBinary)
    """Canonical JSON: ``{fact: {"value": …, "proof": …}, list: [{field: {…}}]}``."""
    facts_commitment: bytes = Field(sa_type=LargeBinary)
    recorded_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
