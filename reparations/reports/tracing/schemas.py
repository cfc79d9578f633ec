"""Bodies of traces.  Amounts are decimal strings of the trace's currency; nobody is named."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from reparations.http import Body
from reparations.reports.tracing.payments import PaymentTrace
from reparations.reports.tracing.queries import GiftTrace, TracedGift, TracedUse


class TracedGiftView(Body):
    """A receipt: ``amount = given_back + used + unspent``."""

    contribution_id: str
    reference: str
    pledge_reference: str
    donor: str = Field(description="Code of the donor.")
    fund: str = Field(description="Code of the fund.")
    currency: str
    amount: str
    given_back: str
    used: str = Field(description="Committed to awards, or spent.")
    unspent: str

    @classmethod
    def of(cls, gift: TracedGift) -> Self:
        """Show a receipt."""
        return cls(
            contribution_id=gift.contribution_id,
            reference=gift.reference,
            pledge_reference=gift.pledge_reference,
            donor=gift.donor,
            fund=gift.fund,
            currency=gift.amount.currency,
            amount=gift.amount.decimal_string,
            given_back=gift.given_back.decimal_string,
            used=gift.used.decimal_string,
            unspent=gift.unspent.decimal_string,
        )


class TracedPaymentView(Body):
    """A payment, as far as the receipt paid for it."""

    payment_id: str
    reference: str
    instalment: int
    status: str
    amount: str = Field(description="Of this receipt; one that came back and was sent again is there twice.")


class TracedUseView(Body):
    """What a receipt was used for, once."""

    contribution_id: str
    kind: str = Field(description="award, cost, fee, moved (to another fund) or exchanged.")
    key: str = Field(description="The award's id; of anything else the id of the transfer.")
    subject: str = Field(description="A claim's reference or a collective award's code; empty where it was no award.")
    amount: str = Field(description="Committed of this receipt.")
    paid: str = Field(description="Of that, confirmed to have arrived.")
    payments: list[TracedPaymentView]

    @classmethod
    def of(cls, use: TracedUse) -> Self:
        """Show a use."""
        return cls(
            contribution_id=use.contribution_id,
            kind=use.kind,
            key=use.key,
            subject=use.subject,
            amount=use.amount.decimal_string,
            paid=use.paid.decimal_string,
            payments=[
                TracedPaymentView(
                    payment_id=one.payment_id,
                    reference=one.reference,
                    instalment=one.instalment,
                    status=one.status,
                    amount=one.amount.decimal_string,
                )
                for one in use.payments
            ],
        )


class GiftTraceView(Body):
    """Receipts, and a page of what they were used for.  To get the page after it, send `next` as `after`."""

    gifts: list[TracedGiftView]
    uses: list[TracedUseView]
    next: str | None = None

    @classmethod
    def of(cls, trace: GiftTrace, *, limit: int) -> Self:
        """Show a trace read with ``limit + 1``: the extra use only says that there is a next page."""
        shown = trace.uses[:limit]
        return cls(
            gifts=[TracedGiftView.of(gift) for gift in trace.gifts],
            uses=[TracedUseView.of(use) for use in shown],
            next=shown[-1].page_key if len(trace.uses) > limit else None,
        )


class SourceView(Body):
    """So much of a payment came from one receipt; from other income of the fund where only the amount is given."""

    contribution_id: str | None
    reference: str | None
    pledge_id: str | None
    pledge_reference: str | None
    donor: str | None
    amount: str


class CriterionView(Body):
    """A criterion that was found met, with the text it rests on."""

    code: str
    citation: str


class GroundsView(Body):
    """What the award was decided on."""

    decision_id: str
    outcome: str
    departs: bool = Field(description="Decided otherwise than the rules found.")
    reasons: list[str]
    assessment_id: str
    assessment: int
    rule_set: str
    rule_set_version: int
    ast_sha256: str = Field(description="Identifies the rules, whatever their layout.")
    file_sha256: str
    criteria_met: list[CriterionView]
    facts_revision: int
    facts_commitment: str
    evidence_commitments: list[str] = Field(description="Each proves later that a document is the same one.")


class PaymentTraceView(Body):
    """A payment with everything behind it."""

    payment_id: str
    reference: str
    batch: str
    fund: str
    status: str
    currency: str
    amount: str
    reissues_id: str | None
    instalment: int
    paid_to: str = Field(description="The payee's claim: an heir's differs from the award's.")
    award_id: str
    subject: str = Field(description="The award's claim, or a collective award's code.")
    authority: str
    awarded_on: date
    grounds: GroundsView | None = Field(description="Absent of a collective award: an order made it.")
    sources: list[SourceView]

    @classmethod
    def of(cls, trace: PaymentTrace) -> Self:
        """Show a trace."""
        grounds = trace.grounds
        return cls(
            payment_id=trace.payment_id,
            reference=trace.reference,
            batch=trace.batch,
            fund=trace.fund,
            status=trace.status,
            currency=trace.amount.currency,
            amount=trace.amount.decimal_string,
            reissues_id=trace.reissues_id,
            instalment=trace.instalment,
            paid_to=trace.paid_to,
            award_id=trace.award_id,
            subject=trace.subject,
            authority=trace.authority,
            awarded_on=trace.awarded_on,
            grounds=None
            if grounds is None
            else GroundsView(
                decision_id=grounds.decision_id,
                outcome=grounds.outcome,
                departs=grounds.departs,
                reasons=list(grounds.reasons),
                assessment_id=grounds.assessment_id,
                assessment=grounds.assessment,
                rule_set=grounds.rule_set,
                rule_set_version=grounds.rule_set_version,
                ast_sha256=grounds.ast_sha256,
                file_sha256=grounds.file_sha256,
                criteria_met=[CriterionView(code=one.code, citation=one.citation) for one in grounds.criteria_met],
                facts_revision=grounds.facts_revision,
                facts_commitment=grounds.facts_commitment,
                evidence_commitments=list(grounds.evidence_commitments),
            ),
            sources=[
                SourceView(
                    contribution_id=one.contribution_id,
                    reference=one.reference,
                    pledge_id=one.pledge_id,
                    pledge_reference=one.pledge_reference,
                    donor=one.donor,
                    amount=one.amount.decimal_string,
                )
                for one in trace.sources
            ],
        )
