"""What the payments API takes and gives: references, amounts and states, never a name or an account."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from reparations.http import Body
from reparations.money import Money
from reparations.payments import queries
from reparations.payments.models import (
    MAX_BATCH,
    BankFile,
    Batch,
    BatchStatus,
    FindingCode,
    HeldBackReason,
    Payment,
    PaymentAnswer,
    PaymentStatus,
    PaymentWithdrawal,
    StatementFinding,
)
from reparations.payments.service import Assembled, StatementResult
from reparations.registry.models import Rail

ULID = "[0-9A-HJKMNP-TV-Z]{26}"
MAX_SHOWN = 1_000
MAX_REISSUES = 500

BatchPath = Annotated[
    str,
    Path(pattern=rf"^(bat_{ULID}|[A-Z][A-Z0-9]{{1,19}}-B[0-9]{{3,9}})$", description="Id or reference of a batch."),
]
PaymentPath = Annotated[
    str, Path(pattern=rf"^(pay_{ULID}|[A-Z2-7]{{16}})$", description="Id or reference of a payment.")
]
BankFilePath = Annotated[str, Path(pattern=rf"^bnk_{ULID}$", description="Id of a bank file.")]
InstalmentId = Annotated[str, StringConstraints(pattern=rf"^ins_{ULID}$")]
PaymentId = Annotated[str, StringConstraints(pattern=rf"^(pay_{ULID}|[A-Z2-7]{{16}})$")]


class MoneyOut(BaseModel):
    """An amount."""

    amount: str = Field(description="Decimal string with the currency's own decimals: `250.00`.")
    amount_minor: int
    currency: str

    @classmethod
    def of(cls, amount_minor: int, currency: str) -> MoneyOut:
        """Show an amount both ways."""
        return cls(amount=Money(amount_minor, currency).decimal_string, amount_minor=amount_minor, currency=currency)


class BatchIn(Body):
    """Which instalments to put into a batch."""

    programme: Annotated[str, StringConstraints(pattern=rf"^([A-Z][A-Z0-9]{{1,19}}|prg_{ULID})$")] = Field(
        description="Code or id of the programme."
    )
    due_until: date = Field(description="Instalments due on or before this day.")
    instalment_ids: Annotated[list[InstalmentId], Field(min_length=1, max_length=MAX_BATCH)] | None = Field(
        default=None, description="Only these; leave it out for all that are due."
    )


class ReissueIn(Body):
    """Returned payments to replace."""

    payment_ids: Annotated[list[PaymentId], Field(min_length=1, max_length=MAX_REISSUES)] = Field(
        description="Ids or references of returned payments of one programme."
    )


class ApproveIn(Body):
    """What the approver has seen."""

    content_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="The batch's hash as it was shown to you; another content is not approved by accident."
    )


class WithdrawIn(Body):
    """Why a payment is given up."""

    reason: HeldBackReason = Field(description="What holds it back now; `held_back` of the payment says.")


class ApprovalOut(BaseModel):
    """One approval."""

    position: int
    person_id: str
    content_sha256: str
    at: datetime


class BatchListed(BaseModel):
    """A batch in a list."""

    id: str
    reference: str
    status: BatchStatus
    payment_count: int
    total: MoneyOut
    created_at: datetime

    @classmethod
    def of(cls, batch: Batch) -> BatchListed:
        """Show a batch in a line."""
        return cls(
            id=batch.id,
            reference=batch.reference,
            status=BatchStatus(batch.status),
            payment_count=batch.payment_count,
            total=MoneyOut.of(batch.total_minor, batch.currency),
            created_at=batch.created_at,
        )


class BatchOut(BatchListed):
    """A batch, who did what on it, and where its payments stand."""

    programme_id: str
    content_sha256: str | None = Field(description="Hash of what it pays; null until it is submitted.")
    created_by: str
    submitted_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    approvals: list[ApprovalOut]
    payments: dict[str, int] = Field(description="How many payments stand where.")

    @classmethod
    def read(cls, session: Session, batch: Batch) -> BatchOut:
        """Show a batch whole."""
        session.flush()
        return cls(
            **BatchListed.of(batch).model_dump(),
            programme_id=batch.programme_id,
            content_sha256=batch.content_sha256.hex() if batch.content_sha256 else None,
            created_by=batch.created_by,
            submitted_at=batch.submitted_at,
            released_by=batch.released_by,
            released_at=batch.released_at,
            approvals=[
                ApprovalOut(
                    position=one.position,
                    person_id=one.person_id,
                    content_sha256=one.content_sha256.hex(),
                    at=one.at,
                )
                for one in queries.list_approvals(session, batch.id)
            ],
            payments=queries.count_by_status(session, batch.id),
        )


class LeftOutOut(BaseModel):
    """An instalment that is due and not in the batch."""

    instalment_id: str
    claim_reference: str | None
    reason: str


class AssembledOut(BaseModel):
    """A new batch, and what is not in it."""

    batch: BatchOut
    left_out: list[LeftOutOut] = Field(description=f"The first {MAX_SHOWN:,} of them.")
    left_out_count: int

    @classmethod
    def read(cls, session: Session, assembled: Assembled) -> AssembledOut:
        """Show what was assembled."""
        return cls(
            batch=BatchOut.read(session, assembled.batch),
            left_out=[
                LeftOutOut(instalment_id=one.instalment_id, claim_reference=one.claim_reference, reason=one.reason)
                for one in assembled.left_out[:MAX_SHOWN]
            ],
            left_out_count=len(assembled.left_out),
        )


class PaymentListed(BaseModel):
    """A payment in a list."""

    id: str
    reference: str
    claim_id: str
    instalment_id: str
    rail: Rail
    fund_id: str
    amount: MoneyOut
    status: PaymentStatus
    status_at: datetime
    reissues_id: str | None

    @classmethod
    def of(cls, payment: Payment) -> PaymentListed:
        """Show a payment in a line."""
        return cls(
            id=payment.id,
            reference=payment.reference,
            claim_id=payment.claim_id,
            instalment_id=payment.instalment_id,
            rail=Rail(payment.rail),
            fund_id=payment.fund_id,
            amount=MoneyOut.of(payment.amount_minor, payment.currency),
            status=PaymentStatus(payment.status),
            status_at=payment.status_at,
            reissues_id=payment.reissues_id,
        )


class AnswerOut(BaseModel):
    """What a provider or a bank said."""

    source: str
    outcome: str
    code: str
    at: datetime

    @classmethod
    def of(cls, answer: PaymentAnswer) -> AnswerOut:
        """Show an answer."""
        return cls(source=answer.source, outcome=answer.outcome, code=answer.code, at=answer.at)


class WithdrawalOut(BaseModel):
    """That a payment was given up."""

    reason: HeldBackReason
    withdrawn_by: str
    withdrawn_at: datetime

    @classmethod
    def of(cls, withdrawal: PaymentWithdrawal) -> WithdrawalOut:
        """Show a withdrawal."""
        return cls(
            reason=HeldBackReason(withdrawal.reason),
            withdrawn_by=withdrawal.withdrawn_by,
            withdrawn_at=withdrawal.withdrawn_at,
        )


class PaymentOut(PaymentListed):
    """A payment, and everything that was said of it."""

    batch_id: str
    ordinal: int
    provider_ref: str | None
    answers: list[AnswerOut]
    held_back: list[HeldBackReason] = Field(description="Why it is not sent, though it was released.")
    withdrawn: WithdrawalOut | None

    @classmethod
    def read(cls, session: Session, payment: Payment) -> PaymentOut:
        """Show a payment whole."""
        withdrawal = queries.find_withdrawal(session, payment.id)
        return cls(
            **PaymentListed.of(payment).model_dump(),
            batch_id=payment.batch_id,
            ordinal=payment.ordinal,
            provider_ref=payment.provider_ref,
            answers=[AnswerOut.of(answer) for answer in queries.list_answers(session, payment.id)],
            held_back=queries.find_held_back(session, payment.id),
            withdrawn=WithdrawalOut.of(withdrawal) if withdrawal is not None else None,
        )


class BankFileOut(BaseModel):
    """A bank file, without its content."""

    id: str
    message_id: str
    fund_id: str
    sha256: str
    payment_count: int
    total: MoneyOut
    created_at: datetime

    @classmethod
    def of(cls, file: BankFile) -> BankFileOut:
        """Show a bank file's particulars."""
        return cls(
            id=file.id,
            message_id=file.message_id,
            fund_id=file.fund_id,
            sha256=file.content_sha256.hex(),
            payment_count=file.payment_count,
            total=MoneyOut.of(file.total_minor, file.currency),
            created_at=file.created_at,
        )


class BankFilesOut(BaseModel):
    """The files made of one batch: one for each fund."""

    items: list[BankFileOut]


class StatementOut(BaseModel):
    """What one statement did."""

    statement_id: str
    already_imported: bool
    settled: int
    returned: int
    findings: int = Field(description="Entries put aside for a human; nothing was posted for them.")

    @classmethod
    def of(cls, result: StatementResult) -> StatementOut:
        """Show what was done."""
        return cls(
            statement_id=result.statement_id,
            already_imported=result.already_imported,
            settled=result.settled,
            returned=result.returned,
            findings=result.findings,
        )


class StatementsOut(BaseModel):
    """What each statement of a document did."""

    statements: list[StatementOut]


class FindingOut(BaseModel):
    """An entry of a statement that was put aside."""

    id: str
    statement_id: str
    line: int
    code: FindingCode
    payment_id: str | None
    amount: MoneyOut | None
    booked_on: date

    @classmethod
    def of(cls, finding: StatementFinding) -> FindingOut:
        """Show a finding."""
        amount = None
        if finding.amount_minor is not None and finding.currency is not None:
            amount = MoneyOut.of(finding.amount_minor, finding.currency)
        return cls(
            id=finding.id,
            statement_id=finding.statement_id,
            line=finding.line,
            code=FindingCode(finding.code),
            payment_id=finding.payment_id,
            amount=amount,
            booked_on=finding.booked_on,
        )
