"""Tables of funds, donors, and what donors promise and give.  Append-only."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.checks import known


class AwardForm(StrEnum):
    """What an award is: money to one person, or a measure for many."""

    INDIVIDUAL = "individual"
    COLLECTIVE = "collective"


class DonorKind(StrEnum):
    """Who gives."""

    STATE = "state"
    INSTITUTION = "institution"
    PRIVATE = "private"
    LEVY = "levy"
    COURT = "court"


class ContributionSource(StrEnum):
    """On what ground the money came."""

    VOLUNTARY = "voluntary"
    ASSESSED = "assessed"
    LEVY = "levy"
    COURT_ORDER = "court_order"
    FORFEITURE = "forfeiture"
    EARMARKED_ASSISTANCE = "earmarked_assistance"
    """Given for one stated activity, in kind or as a grant."""


class Fund(Row, table=True):
    """Money given for one purpose; its restrictions are its forms and its programme."""

    __tablename__ = "fund"
    __table_args__ = (
        ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        UniqueConstraint("code", name="uq_fund_code"),
        CheckConstraint("code <> ''", name="code_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name in capitals, ``KAT-INDIVIDUAL``."""
    title: str = Field(sa_type=Text)
    programme_id: str | None = Field(default=None, sa_type=Text, index=True)
    """The one programme it may pay for; null where any may be paid from it."""
    created_at: datetime = Field(sa_type=Instant)


class FundForm(Row, table=True):
    """A form of award that the fund's money may pay for, and who said so."""

    __tablename__ = "fund_form"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        CheckConstraint(known("form", AwardForm), name="form_known"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    fund_id: str = Field(primary_key=True, sa_type=Text)
    form: str = Field(primary_key=True, sa_type=Text)
    citation: str = Field(sa_type=Text)
    """The agreement, resolution or order that says so."""


class Donor(Row, table=True):
    """Who gives.  The title is the name under which the gift is published; an anonymous giver is given one."""

    __tablename__ = "donor"
    __table_args__ = (
        UniqueConstraint("code", name="uq_donor_code"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint(known("kind", DonorKind), name="kind_known"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    """Short name in capitals, ``DONOR-A``; reports print it."""
    title: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class Pledge(Row, table=True):
    """A promise of money to a fund.  It pays for nothing until it is received."""

    __tablename__ = "pledge"
    __table_args__ = (
        ForeignKeyConstraint(["donor_id"], ["donor.id"]),
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("reference", name="uq_pledge_reference"),
        # So that a contribution can name the pledge and its currency together.
        UniqueConstraint("id", "currency", name="uq_pledge_id_currency"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The giver's or our own reference; a second request with it is the first one again."""
    donor_id: str = Field(sa_type=Text, index=True)
    fund_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    pledged_on: date = Field(sa_type=Date)
    citation: str = Field(sa_type=Text)
    """The instrument that binds the donor."""
    recorded_at: datetime = Field(sa_type=Instant)


class Contribution(Row, table=True):
    """Money that arrived against a pledge.  All contributions to a pledge together never exceed it, by trigger."""

    __tablename__ = "contribution"
    __table_args__ = (
        ForeignKeyConstraint(["pledge_id", "currency"], ["pledge.id", "pledge.currency"]),
        UniqueConstraint("reference", name="uq_contribution_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint(known("source", ContributionSource), name="source_known"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    """The bank's reference of the receipt; a second request with it is the first one again."""
    pledge_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    received_on: date = Field(sa_type=Date)
    source: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)
