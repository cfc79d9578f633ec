"""The tables of paying: what is to be sent, who allowed it, what was asked of a rail, and what the rail said.

Rows are never edited but for a payment's and a batch's state, and that along the allowed edges only; what happened is a
row of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from reparations.db import Instant, Row

MAX_BATCH = 5_000
"""Most payments of one batch: one bank file, and two people's attention."""
REFERENCE_LENGTH = 16


class BatchStatus(StrEnum):
    """Where a batch stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Frozen, and put before the approvers."""
    APPROVED = "approved"
    RELEASED = "released"
    """The worker may send it."""
    COMPLETED = "completed"
    """Nothing of it is open any more."""
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """Where a payment stands; `rules.EDGES` says how it moves."""

    DRAFT = "draft"
    APPROVED = "approved"
    RELEASED = "released"
    DISPATCHING = "dispatching"
    """We have committed to send it; whether anything was sent is not known yet."""
    SUBMITTED = "submitted"
    """The provider has taken it, or it stands in a bank file."""
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """It was sent and no definite answer came."""
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    RETURNED = "returned"
    PARKED = "parked"
    """Unknown for longer than it is safe to send again; a human must find out."""
    CANCELLED = "cancelled"
    REISSUED = "reissued"
    """It came back, and another payment has taken its place."""


class HeldBackReason(StrEnum):
    """Why a released payment is not sent after all, each as the database sees it; nothing else holds one back."""

    PAYEE_DIED = "payee_died"
    CLAIM_CLOSED = "claim_not_open"
    SUSPENDED = "appeal_or_correction"
    """An open appeal suspends it, or the decision that stands now grants less."""


class AnswerSource(StrEnum):
    """How we came by an answer."""

    SEND = "send"
    LOOK_UP = "look_up"
    STATEMENT = "statement"


class FindingCode(StrEnum):
    """Why an entry of a bank statement was put aside and not posted."""

    UNKNOWN_REFERENCE = "unknown_reference"
    AMOUNT_DIFFERS = "amount_differs"
    NOT_AWAITED = "not_awaited"
    """The payment is in no state in which this could happen: paid twice, or returned before it was paid."""
    REASON_MISSING = "reason_missing"
    """A credit names one of our payments but does not say that it is a return."""
    DAY_TO_COME = "day_to_come"
    """It says that it was booked on a day that has not come."""


SETTLED = (PaymentStatus.REJECTED, PaymentStatus.RETURNED, PaymentStatus.CANCELLED, PaymentStatus.REISSUED)
"""States in which a payment no longer stands for its instalment: another payment may take its place."""

_LIVE_SQL = f"status NOT IN ({', '.join(repr(status.value) for status in SETTLED)})"
_REISSUE_SQL = "reissues_id IS NOT NULL AND status <> 'cancelled'"
_BLIND_SQL = "length(account_index) = 16"


def _known(column: str, codes: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{code.value}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


class Batch(Row, table=True):
    """Payments of one programme and currency that are approved, released and accounted for together."""

    __tablename__ = "batch"
    __table_args__ = (
        _known("status", BatchStatus),
        UniqueConstraint("reference"),
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint(f"payment_count BETWEEN 1 AND {MAX_BATCH}", name="payment_count_within"),
        CheckConstraint("total_minor > 0", name="total_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("content_sha256 IS NULL OR length(content_sha256) = 32", name="content_sha256_length"),
        CheckConstraint("status IN ('draft', 'cancelled') OR content_sha256 IS NOT NULL", name="frozen_when_submitted"),
        CheckConstraint("(content_sha256 IS NULL) = (submitted_at IS NULL)", name="submission_whole"),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="release_whole"),
        CheckConstraint("status NOT IN ('released', 'completed') OR released_by IS NOT NULL", name="releaser_known"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset(
        {"status", "content_sha256", "submitted_at", "released_by", "released_at"}
    )

    id: str = Field(primary_key=True, sa_type=Text)
    programme_id: str = Field(foreign_key="programme.id", sa_type=Text)
    number: int = Field(sa_type=BigInteger)
    """Counted from 1 within the programme, without gaps."""
    reference: str = Field(sa_type=Text)
    """``KATANGA-B001``; for us, never for a bank."""
    status: str = Field(sa_type=Text)
    content_sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Of what would be paid, to whom and how, frozen at submission; see `rules.compute_content_sha256`."""
    payment_count: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    created_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    released_by: str | None = Field(default=None, foreign_key="staff_person.id", sa_type=Text)
    released_at: datetime | None = Field(default=None, sa_type=Instant)


class BatchApproval(Row, table=True):
    """One person's approval of exactly the content that hashes to `content_sha256`."""

    __tablename__ = "batch_approval"
    __table_args__ = (
        UniqueConstraint("batch_id", "position"),
        CheckConstraint("position IN (1, 2)", name="position_known"),
        CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        {"sqlite_strict": True},
    )

    batch_id: str = Field(primary_key=True, foreign_key="batch.id", sa_type=Text)
    person_id: str = Field(primary_key=True, foreign_key="staff_person.id", sa_type=Text)
    position: int = Field(sa_type=BigInteger)
    content_sha256: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=Instant)


class Payment(Row, table=True):
    """One instalment on its way to one destination.  Tried again after a return, it is another payment."""

    __tablename__ = "payment"
    __table_args__ = (
        _known("status", PaymentStatus),
        CheckConstraint("rail IN ('bank_file', 'stripe')", name="rail_known"),
        UniqueConstraint("reference"),
        UniqueConstraint("instalment_id", "ordinal"),
        CheckConstraint("ordinal >= 1", name="ordinal_positive"),
        CheckConstraint(f"length(reference) = {REFERENCE_LENGTH}", name="reference_length"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
        CheckConstraint("length(destination_commitment) = 32", name="destination_commitment_length"),
        CheckConstraint("reissues_id <> id", name="not_its_own_reissue"),
        Index(
            "uq_payment_live",
            "instalment_id",
            unique=True,
            sqlite_where=text(_LIVE_SQL),
            postgresql_where=text(_LIVE_SQL),
        ),
        Index(
            "uq_payment_reissues_id",
            "reissues_id",
            unique=True,
            sqlite_where=text(_REISSUE_SQL),
            postgresql_where=text(_REISSUE_SQL),
        ),
        Index(
            "uq_payment_provider_ref",
            "rail",
            "provider_ref",
            unique=True,
            sqlite_where=text("provider_ref IS NOT NULL"),
            postgresql_where=text("provider_ref IS NOT NULL"),
        ),
        Index(None, "batch_id", "reference"),
        Index(None, "status", "id"),
        {"sqlite_strict": True},
    )
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"status", "status_at", "provider_ref"})

    id: str = Field(primary_key=True, sa_type=Text)
    reference: str = Field(sa_type=Text)
    """Opaque to others, the same for the same data and keys; the one thing a bank or provider is told."""
    batch_id: str = Field(foreign_key="batch.id", sa_type=Text)
    instalment_id: str = Field(foreign_key="instalment.id", sa_type=Text)
    ordinal: int = Field(sa_type=BigInteger)
    """1 for an instalment's first payment, 2 for the one after a return or a rejection."""
    claim_id: str = Field(foreign_key="claim.id", index=True, sa_type=Text)
    """The payee's own claim: an heir's, not the dead claimant's."""
    payee_party_id: str = Field(foreign_key="party.id", sa_type=Text)
    destination_id: str = Field(foreign_key="payment_destination.id", sa_type=Text)
    destination_commitment: bytes = Field(sa_type=LargeBinary)
    """Erasable commitment to the destination's details, as they were when the batch was assembled."""
    rail: str = Field(sa_type=Text)
    fund_id: str = Field(foreign_key="fund.id", sa_type=Text)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    status_at: datetime = Field(sa_type=Instant)
    reissues_id: str | None = Field(default=None, foreign_key="payment.id", sa_type=Text)
    """The returned payment that this one replaces."""
    provider_ref: str | None = Field(default=None, sa_type=Text)


class PaymentAttempt(Row, table=True):
    """Our intent to send a payment, committed before anything is sent: one key, one request, for good."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("idempotency_key"),
        CheckConstraint("length(request_sha256) = 32", name="request_sha256_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    payment_id: str = Field(foreign_key="payment.id", sa_type=Text)
    idempotency_key: str = Field(sa_type=Text)
    """Derived from the payment, so that whoever sends it, sends it under the same key."""
    request_sha256: bytes = Field(sa_type=LargeBinary)
    """Of the exact bytes sent; a resend that would differ is not sent."""
    started_at: datetime = Field(sa_type=Instant)


class PaymentAnswer(Row, table=True):
    """What a provider or a bank said of a payment, each time it said something."""

    __tablename__ = "payment_answer"
    __table_args__ = (
        _known("source", AnswerSource),
        CheckConstraint(
            "outcome IN ('accepted', 'in_transit', 'paid', 'returned', 'rejected', 'not_found', 'unknown')",
            name="outcome_known",
        ),
        UniqueConstraint("payment_id", "number"),
        # One entry of a statement says one thing of one payment.
        UniqueConstraint("statement_id", "statement_line"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(source = 'statement') = (statement_id IS NOT NULL)", name="statement_named"),
        CheckConstraint("(statement_id IS NULL) = (statement_line IS NULL)", name="statement_line_named"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    payment_id: str = Field(foreign_key="payment_attempt.payment_id", sa_type=Text)
    """Of a payment with an attempt: nobody can answer what was never asked."""
    number: int = Field(sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    """A machine's word, such as ``ac04`` or ``http_500``; may be empty."""
    provider_ref: str | None = Field(default=None, sa_type=Text)
    statement_id: str | None = Field(default=None, foreign_key="bank_statement.id", sa_type=Text)
    statement_line: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)


class PaymentWithdrawal(Row, table=True):
    """A released payment that was held back and never sent is given up: its instalment is open again."""

    __tablename__ = "payment_withdrawal"
    __table_args__ = (_known("reason", HeldBackReason), {"sqlite_strict": True})

    payment_id: str = Field(primary_key=True, foreign_key="payment.id", sa_type=Text)
    reason: str = Field(sa_type=Text)
    """One of those that hold it back at that moment."""
    withdrawn_by: str = Field(foreign_key="staff_person.id", sa_type=Text)
    """Neither who made, approved nor released the batch."""
    withdrawn_at: datetime = Field(sa_type=Instant)


class DispatchLease(Row, table=True):
    """Which worker is busy with a payment, and until when others leave it alone.  Saves work, guards nothing."""

    __tablename__ = "dispatch_lease"
    __table_args__ = ({"sqlite_strict": True},)
    mutable_columns: ClassVar[frozenset[str]] = frozenset({"worker", "until"})
    audited: ClassVar[bool] = False

    payment_id: str = Field(primary_key=True, foreign_key="payment.id", sa_type=Text)
    worker: str = Field(sa_type=Text)
    until: datetime = Field(sa_type=Instant)


class BankFile(Row, table=True):
    """A payment file as it was made, sealed.  Its hash is in the log before anybody can have it."""

    __tablename__ = "bank_file"
    __table_args__ = (
        UniqueConstraint("message_id"),
        UniqueConstraint("batch_id", "fund_id"),
        CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        CheckConstraint("payment_count >= 1", name="payment_count_positive"),
        CheckConstraint("total_minor > 0", name="total_positive"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    batch_id: str = Field(foreign_key="batch.id", sa_type=Text)
    fund_id: str = Field(foreign_key="fund.id", sa_type=Text)
    message_id: str = Field(sa_type=Text)
    """What the bank knows the file by; opaque."""
    content_sha256: bytes = Field(sa_type=LargeBinary)
    payment_count: int = Field(sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    content_sealed: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Instant)


class BankStatement(Row, table=True):
    """A bank's statement that has been read.  The same one again is not read twice."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("account_index", "statement_ref"),
        CheckConstraint("length(content_sha256) = 32", name="content_sha256_length"),
        CheckConstraint(_BLIND_SQL, name="account_index_length"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    statement_ref: str = Field(sa_type=Text)
    """The bank's own number of it."""
    account_index: bytes = Field(sa_type=LargeBinary)
    content_sha256: bytes = Field(sa_type=LargeBinary)
    content_sealed: bytes = Field(sa_type=LargeBinary)
    entry_count: int = Field(sa_type=BigInteger)
    imported_by: str = Field(sa_type=Text)
    """Person, or ``system``."""
    imported_at: datetime = Field(sa_type=Instant)


class StatementFinding(Row, table=True):
    """An entry that was put aside: a human must look, and nothing was posted for it."""

    __tablename__ = "statement_finding"
    __table_args__ = (
        _known("code", FindingCode),
        UniqueConstraint("statement_id", "line"),
        Index(None, "payment_id"),
        {"sqlite_strict": True},
    )

    id: str = Field(primary_key=True, sa_type=Text)
    statement_id: str = Field(foreign_key="bank_statement.id", sa_type=Text)
    line: int = Field(sa_type=BigInteger)
    """Counted from 1 over the document."""
    code: str = Field(sa_type=Text)
    payment_id: str | None = Field(default=None, foreign_key="payment.id", sa_type=Text)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = Field(default=None, sa_type=Text)
    booked_on: date
