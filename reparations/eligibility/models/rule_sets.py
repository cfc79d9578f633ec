"""Tables of published rule sets, and of what they say of claims."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Date, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import SHA256_HEX, known


class AssessedOutcome(StrEnum):
    """What the rules say of a claim."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    MORE_INFORMATION_NEEDED = "more_information_needed"
    ELIGIBLE_AMOUNT_PENDING = "eligible_amount_pending"


class PublishedRuleSet(Row, table=True):
    """One published version of a programme's rules, with its sources.  Never edited: an amendment is a new version."""

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("programme_id", "version"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(f"length(ast_sha256) = {SHA256_HEX}", name="ast_sha256_length"),
        CheckConstraint(f"length(file_sha256) = {SHA256_HEX}", name="file_sha256_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    scheme: str = Field(sa_type=Text)
    """Name of the rule set in its file, ``icc-katanga``."""
    version: int = Field(sa_type=BigInteger)
    ast_sha256: str = Field(sa_type=Text)
    """Its identity: the hash of what the text means, in hexadecimal."""
    file_sha256: str = Field(sa_type=Text)
    """The hash of the file, in hexadecimal: what the lawyer signed."""
    source: str = Field(sa_type=Text)
    facts_schema: str = Field(sa_type=Text)
    examples: str = Field(sa_type=Text)
    in_force_from: date = Field(sa_type=Date)
    published_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    published_at: datetime = Field(sa_type=Instant)


class Assessment(Row, table=True):
    """What one rule set says of one revision of a claim's facts; anybody can compute it again."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint(known("outcome", AssessedOutcome), name="outcome_known"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("computed_amount_minor >= 0", name="computed_amount_not_negative"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        UniqueConstraint("claim_id", "number"),
        # The same rules over the same facts say the same: computing it again stores nothing.
        UniqueConstraint("claim_id", "rule_set_id", "facts_revision_id"),
        # Lets a decision prove that its assessment is of its own claim.
        UniqueConstraint("id", "claim_id"),
        Index(None, "outcome", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    claim_id: str = Field(foreign_key="claim.id", sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    """1 for the first assessment of the claim; the highest is the current one."""
    rule_set_id: str = Field(foreign_key="rule_set.id", sa_type=Text)
    facts_revision_id: str = Field(foreign_key="facts_revision.id", sa_type=Text)
    outcome: str = Field(sa_type=Text)
    codes: bytes = Field(sa_type=LargeBinary)
    """Findings, two bits a criterion in the order of the rule set, lowest bits first: 0 not met, 1 met, 2 unknown."""
    grounds: str = Field(sa_type=Text)
    """JSON list of the criteria not met on which a refusal can rest: those of routes open to the claimant."""
    asks: str = Field(sa_type=Text)
    """JSON list of the facts to ask for."""
    by_succession: bool = Field(sa_type=Boolean)
    """Eligible as an heir: a share of another's award, none of his own."""
    computed_amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    assessed_at: datetime = Field(sa_type=Instant)
