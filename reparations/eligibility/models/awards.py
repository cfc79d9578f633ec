"""Tables of awards, what funds them, and the parts that fall due."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.eligibility.models.checks import known


class AwardForm(StrEnum):
    """What an award is: money to one claimant, or a measure for many."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class Award(Row, table=True):
    """What is owed: to one claimant by a confirmed decision, or a collective line of an order.

    A decision that grants more than before makes a further award of the claim, a supplement.
    """

    __tablename__ = "award"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "claim_id"], ["decision.id", "decision.claim_id"]),
        UniqueConstraint("claim_id", "number"),
        UniqueConstraint("programme_id", "line_code"),
        # Lets funding prove the form it pays for.
        UniqueConstraint("id", "form"),
        CheckConstraint(known("form", AwardForm), name="form_known"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint(
            "(form = 'individual') = (claim_id IS NOT NULL) AND (form = 'individual') = (decision_id IS NOT NULL)"
            " AND (form = 'collective') = (line_code IS NOT NULL)",
            name="form_whole",
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("authority <> ''", name="authority_given"),
        Index(None, "programme_id", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    claim_id: str | None = Field(default=None, foreign_key="claim.id", sa_type=Text)
    number: int = Field(default=1, sa_type=BigInteger)
    """1 for a claim's award; 2 and so on for what a later decision granted beyond it.  1 for a collective line."""
    line_code: str | None = Field(default=None, sa_type=Text)
    form: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    decision_id: str | None = Field(default=None, sa_type=Text)
    authority: str = Field(sa_type=Text)
    """The citation it is owed by."""
    made_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)


class AwardFunding(Row, table=True):
    """What one fund pays of one award, whole or in one round.

    The keys refuse a fund whose money is not given for the award's form.
    """

    __tablename__ = "award_funding"
    __table_args__ = (
        ForeignKeyConstraint(["award_id", "form"], ["award.id", "award.form"]),
        ForeignKeyConstraint(["fund_id", "form"], ["fund_form.fund_id", "fund_form.form"]),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("round_number >= 0", name="round_number_not_negative"),
        Index(None, "fund_id"),
        {"sqlite_strict": True},
    )

    award_id: str = Field(primary_key=True, sa_type=Text)
    fund_id: str = Field(primary_key=True, sa_type=Text)
    round_number: int = Field(
        default=0, primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    """The round that pays this part of the award; 0 where the award was funded whole, outside rounds."""
    form: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)


class Instalment(Row, table=True):
    """A part of an individual award that falls due to one payee, out of one fund."""

    __tablename__ = "instalment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["award_id", "fund_id", "round_number"],
            ["award_funding.award_id", "award_funding.fund_id", "award_funding.round_number"],
        ),
        UniqueConstraint("award_id", "number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        Index(None, "payee_party_id"),
        Index(None, "due_on", "id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    award_id: str = Field(sa_type=Text)
    fund_id: str = Field(sa_type=Text)
    round_number: int = Field(default=0, sa_type=BigInteger)
    """That of the funding it comes out of."""
    number: int = Field(sa_type=BigInteger)
    """Counted from 1 over all awards of the claim: a payment's reference is derived from it."""
    payee_party_id: str = Field(foreign_key="party.id", sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    due_on: date = Field(sa_type=Date)
    made_at: datetime = Field(sa_type=Instant)
