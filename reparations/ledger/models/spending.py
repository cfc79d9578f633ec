"""Tables of money that comes or goes beside gifts and awards: interest, costs, refunds, money between funds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field

from reparations.db import Instant, Row
from reparations.ledger.models.checks import known


class CostClass(StrEnum):
    """What a programme spends on its own work."""

    IDENTIFICATION = "identification"
    VERIFICATION = "verification"
    PAYMENT = "payment"
    ADMINISTRATION = "administration"
    AUDIT = "audit"
    FEE = "fee"
    """Kept by a bank, a provider or an intermediary."""


class Interest(Row, table=True):
    """Money the bank paid for keeping a fund's money."""

    __tablename__ = "interest"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("reference", name="uq_interest_reference"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    fund_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    received_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)


class ProgrammeCost(Row, table=True):
    """A cost or a fee paid out of a fund.  Together they stay below the fund's ceiling, by trigger."""

    __tablename__ = "programme_cost"
    __table_args__ = (
        ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        UniqueConstraint("reference", name="uq_programme_cost_reference"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint(known("cost_class", CostClass), name="cost_class_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    fund_id: str = Field(sa_type=Text, index=True)
    cost_class: str = Field(sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    incurred_on: date = Field(sa_type=Date)
    citation: str = Field(sa_type=Text)
    """The invoice, contract or budget line."""
    recorded_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class Refund(Row, table=True):
    """Unspent money of one contribution that is to go back to its donor; another person must approve it."""

    __tablename__ = "refund"
    __table_args__ = (
        ForeignKeyConstraint(["contribution_id"], ["contribution.id"]),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("reference", name="uq_refund_reference"),
        # So that an approval can name who prepared it, and be somebody else.
        UniqueConstraint("id", "prepared_by", name="uq_refund_id_prepared_by"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    contribution_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    """In the contribution's currency."""
    citation: str = Field(sa_type=Text)
    """The instrument by which it is returned."""
    prepared_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class RefundApproval(Row, table=True):
    """The second person's yes to a refund; with it the money leaves."""

    __tablename__ = "refund_approval"
    __table_args__ = (
        ForeignKeyConstraint(["refund_id", "prepared_by"], ["refund.id", "refund.prepared_by"]),
        ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    refund_id: str = Field(primary_key=True, sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(sa_type=Text)
    refunded_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)


class InterfundMove(Row, table=True):
    """Money that is to pass from one fund to another at least as restricted; another person must approve it."""

    __tablename__ = "interfund_move"
    __table_args__ = (
        ForeignKeyConstraint(["from_fund_id"], ["fund.id"]),
        ForeignKeyConstraint(["to_fund_id"], ["fund.id"]),
        ForeignKeyConstraint(["prepared_by"], ["staff_person.id"]),
        UniqueConstraint("reference", name="uq_interfund_move_reference"),
        UniqueConstraint("id", "prepared_by", name="uq_interfund_move_id_prepared_by"),
        CheckConstraint("reference <> ''", name="reference_given"),
        CheckConstraint("from_fund_id <> to_fund_id", name="funds_differ"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("citation <> ''", name="citation_given"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    from_fund_id: str = Field(sa_type=Text, index=True)
    to_fund_id: str = Field(sa_type=Text, index=True)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    citation: str = Field(sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=Instant)


class InterfundApproval(Row, table=True):
    """The second person's yes to money between funds; with it both books move."""

    __tablename__ = "interfund_approval"
    __table_args__ = (
        ForeignKeyConstraint(["move_id", "prepared_by"], ["interfund_move.id", "interfund_move.prepared_by"]),
        ForeignKeyConstraint(["approved_by"], ["staff_person.id"]),
        CheckConstraint("approved_by <> prepared_by", name="two_persons"),
        {"sqlite_strict": True},
    )

    move_id: str = Field(primary_key=True, sa_type=Text)
    prepared_by: str = Field(sa_type=Text)
    approved_by: str = Field(sa_type=Text)
    moved_on: date = Field(sa_type=Date)
    recorded_at: datetime = Field(sa_type=Instant)
