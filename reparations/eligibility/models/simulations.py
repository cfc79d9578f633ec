"""Tables of saved simulations: what other rules would do to the claims of a programme.  Nothing in them changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import SHA256_HEX


class Simulation(Row, table=True):
    """A question: what would `draft` do, where `base` is what is applied?  Its answer comes in parts."""

    __tablename__ = "simulation"
    __table_args__ = (
        CheckConstraint(f"length(base_sha256) = {SHA256_HEX}", name="base_sha256_length"),
        CheckConstraint(f"length(draft_sha256) = {SHA256_HEX}", name="draft_sha256_length"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("draft_rules <> '' AND draft_facts <> ''", name="draft_given"),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    base_rule_set_id: str = Field(foreign_key="rule_set.id", sa_type=Text)
    base_sha256: str = Field(sa_type=Text)
    """Identity of the rules held against the draft, in hexadecimal."""
    draft_sha256: str = Field(sa_type=Text)
    draft_rules: str = Field(sa_type=Text)
    """Text of the draft's rules.yaml, whether it was ever published or not."""
    draft_facts: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    started_by: str = Field(sa_type=Text)
    """A person, or ``system`` from the command line of the machine itself."""
    started_at: datetime = Field(sa_type=Instant)


class SimulationPart(Row, table=True):
    """One chunk of claims, judged.  What it found is sealed: a small chunk says what its few claimants are."""

    __tablename__ = "simulation_part"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("claims >= 0", name="claims_not_negative"),
        CheckConstraint(f"length(input_sha256) = {SHA256_HEX}", name="input_sha256_length"),
        {"sqlite_strict": True},
    )

    simulation_id: str = Field(primary_key=True, foreign_key="simulation.id", sa_type=Text)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    """1 for the first; without gaps."""
    last_claim_id: str | None = Field(default=None, foreign_key="claim.id", sa_type=Text)
    """Where the next part goes on; None when no claim was left."""
    claims: int = Field(sa_type=BigInteger)
    input_sha256: str = Field(sa_type=Text)
    """SHA-256 over the hash of the part before and each claim with the revision of its facts, in hexadecimal."""
    tally_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON: counts and sums of the claims so far, exact, by group; see `rules.simulations.Tally`."""
    changes_sealed: bytes = Field(sa_type=LargeBinary)
    """JSON list of the claims of this part that come out otherwise."""
    computed_at: datetime = Field(sa_type=Instant)


class SimulationResult(Row, table=True):
    """The answer as it may be shown: small counts left out, others moved a little (`docs/simulation.md`)."""

    __tablename__ = "simulation_result"
    __table_args__ = (
        CheckConstraint("parts >= 1", name="parts_positive"),
        CheckConstraint(f"length(input_sha256) = {SHA256_HEX}", name="input_sha256_length"),
        CheckConstraint(f"length(shown_sha256) = {SHA256_HEX}", name="shown_sha256_length"),
        {"sqlite_strict": True},
    )

    simulation_id: str = Field(primary_key=True, foreign_key="simulation.id", sa_type=Text)
    parts: int = Field(sa_type=BigInteger)
    input_sha256: str = Field(sa_type=Text)
    """Of the last part: the same claims with the same facts give the same."""
    shown: str = Field(sa_type=Text)
    """Canonical JSON, schema ``reparations/simulation/1``."""
    shown_sha256: str = Field(sa_type=Text)
    finished_at: datetime = Field(sa_type=Instant)
