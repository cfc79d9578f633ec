"""From a payment back to the gifts it came from, and to what it was decided on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from reparations.eligibility.language.assess import Finding, decode_codes
from reparations.eligibility.models import Assessment, Award, Decision, Instalment, PublishedRuleSet
from reparations.eligibility.queries import find_left
from reparations.ledger.models import Contribution, Donor, Fund, Pledge
from reparations.ledger.queries import list_attribution
from reparations.money import Money
from reparations.payments.models import Batch, Payment
from reparations.payments.queries import get_payment
from reparations.registry.models import Claim, Evidence, FactsRevision
from reparations.reports.evidence.casework import read_rules
from reparations.reports.evidence.slices import Slice, split_slices
from reparations.reports.tracing.queries import list_instalments, list_slices, name_award


@dataclass(frozen=True, slots=True)
class Source:
    """So much of a payment came from one receipt; of other income of the fund all but the amount is None."""

    contribution_id: str | None
    reference: str | None
    pledge_id: str | None
    pledge_reference: str | None
    donor: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion that was found met, with the text it rests on."""

    code: str
    citation: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an award was decided on."""

    decision_id: str
    outcome: str
    departs: bool
    reasons: tuple[str, ...]
    assessment_id: str
    assessment: int
    rule_set: str
    rule_set_version: int
    ast_sha256: str
    file_sha256: str
    criteria_met: tuple[Criterion, ...]
    facts_revision: int
    facts_commitment: str
    evidence_commitments: tuple[str, ...]
    """Of the claim's evidence recorded by the time it was assessed; each proves that a document is the same one."""


@dataclass(frozen=True, slots=True)
class PaymentTrace:
    """A payment with everything behind it."""

    payment_id: str
    reference: str
    batch: str
    fund: str
    status: str
    amount: Money
    reissues_id: str | None
    instalment: int
    paid_to: str
    """The payee's claim: an heir's differs from the award's."""
    award_id: str
    subject: str
    authority: str
    awarded_on: date
    grounds: Grounds | None
    """None of a collective award: an order made it, not an assessment."""
    sources: tuple[Source, ...]


def trace_payment(session: Session, payment_id: str) -> PaymentTrace:
    """Follow a payment back, named by its id or its reference.

    Raises:
        PaymentNotFound: there is none.
    """
    payment = get_payment(session, payment_id)
    instalment = session.get_one(Instalment, payment.instalment_id)
    award = session.get_one(Award, instalment.award_id)
    return PaymentTrace(
        payment_id=payment.id,
        reference=payment.reference,
        batch=session.get_one(Batch, payment.batch_id).reference,
        fund=session.get_one(Fund, payment.fund_id).code,
        status=payment.status,
        amount=Money(payment.amount_minor, payment.currency),
        reissues_id=payment.reissues_id,
        instalment=instalment.number,
        paid_to=session.get_one(Claim, payment.claim_id).reference,
        award_id=award.id,
        subject=name_award(session, award),
        authority=award.authority,
        awarded_on=award.made_at.date(),
        grounds=_read_grounds(session, award),
        sources=tuple(_list_sources(session, payment, award)),
    )


def _list_sources(session: Session, payment: Payment, award: Award) -> list[Source]:
    fund = list_attribution(session, payment.fund_id, payment.currency)
    instalments = list_instalments(session, [award.id], payment.fund_id)[award.id]
    left = find_left(session, [one.id for one in instalments])
    due = [left.get(one.id, one.amount_minor) for one in instalments]
    parts, _ = split_slices(list_slices(session, award, fund), due)
    position = [one.id for one in instalments].index(payment.instalment_id)
    return [_show_source(session, one, payment.currency) for one in parts[position]]


def _show_source(session: Session, one: Slice, currency: str) -> Source:
    amount = Money(one.amount_minor, currency)
    if one.contribution_id is None:
        return Source(None, None, None, None, None, amount)
    contribution = session.get_one(Contribution, one.contribution_id)
    pledge = session.get_one(Pledge, contribution.pledge_id)
    donor = session.get_one(Donor, pledge.donor_id)
    return Source(contribution.id, contribution.reference, pledge.id, pledge.reference, donor.code, amount)


def _read_grounds(session: Session, award: Award) -> Grounds | None:
    if award.decision_id is None:
        return None
    decision = session.get_one(Decision, award.decision_id)
    assessment = session.get_one(Assessment, decision.assessment_id)
    published = session.get_one(PublishedRuleSet, assessment.rule_set_id)
    revision = session.get_one(FactsRevision, assessment.facts_revision_id)
    rules = read_rules(published.source, published.facts_schema)
    findings = decode_codes(assessment.codes, len(rules.criteria))
    evidence = session.exec(
        select(Evidence.content_commitment)
        .where(Evidence.claim_id == assessment.claim_id, col(Evidence.recorded_at) <= assessment.assessed_at)
        .order_by(col(Evidence.id))
    ).all()
    return Grounds(
        decision_id=decision.id,
        outcome=decision.outcome,
        departs=decision.departs,
        reasons=tuple(json.loads(decision.reasons)),
        assessment_id=assessment.id,
        assessment=assessment.number,
        rule_set=published.scheme,
        rule_set_version=published.version,
        ast_sha256=published.ast_sha256,
        file_sha256=published.file_sha256,
        criteria_met=tuple(
            Criterion(criterion.code, criterion.cite)
            for criterion, finding in zip(rules.criteria, findings, strict=True)
            if finding is Finding.MET
        ),
        facts_revision=revision.revision,
        facts_commitment=revision.facts_commitment.hex(),
        evidence_commitments=tuple(commitment.hex() for commitment in evidence),
    )
