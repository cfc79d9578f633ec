"""Following money forwards, from contributions to payments, and backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from reparations.eligibility.models import Award, Instalment
from reparations.eligibility.queries import find_left
from reparations.ledger.models import Contribution, Pledge
from reparations.ledger.queries import get_contribution, get_donor, get_fund, get_pledge, list_attribution
from reparations.ledger.rules import AttributedFund, UseKind
from reparations.money import Money
from reparations.payments.models import Payment, PaymentStatus
from reparations.registry.models import Claim, Programme
from reparations.reports.evidence.slices import Slice, split_slices


@dataclass(frozen=True, slots=True)
class TracedPayment:
    """A payment, as far as one contribution paid for it.  One that came back and was sent again is there twice."""

    payment_id: str
    reference: str
    instalment: int
    status: str
    amount: Money
    """Of this contribution; the payment itself may be larger."""


@dataclass(frozen=True, slots=True)
class TracedUse:
    """What a contribution was used for, once."""

    contribution_id: str
    kind: UseKind
    key: str
    """The award's id; of anything else the id of the transfer."""
    subject: str
    """A claim's reference, or a collective award's code; empty where it was no award."""
    amount: Money
    """Committed of this contribution."""
    paid: Money
    """Of that, confirmed to have arrived."""
    payments: tuple[TracedPayment, ...]

    @property
    def page_key(self) -> str:
        """Its place among all uses."""
        return f"{self.contribution_id}:{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class TracedGift:
    """A contribution as a whole: amount = given back + used + unspent."""

    contribution_id: str
    reference: str
    pledge_reference: str
    donor: str
    fund: str
    amount: Money
    given_back: Money
    used: Money
    unspent: Money


@dataclass(frozen=True, slots=True)
class GiftTrace:
    """Contributions, and a page of what they were used for."""

    gifts: tuple[TracedGift, ...]
    uses: tuple[TracedUse, ...]


def trace_contribution(session: Session, contribution_id: str, *, after: str | None = None, limit: int) -> GiftTrace:
    """Follow one contribution to what it paid for, from the use after the page key `after` on.

    Raises:
        ContributionNotFound: there is none of this id.
    """
    contribution = get_contribution(session, contribution_id)
    return _trace(session, get_pledge(session, contribution.pledge_id), [contribution], after=after, limit=limit)


def trace_pledge(session: Session, pledge_id: str, *, after: str | None = None, limit: int) -> GiftTrace:
    """Follow a pledge, by way of all that was received against it, to what it paid for.

    Raises:
        PledgeNotFound: there is none of this id.
    """
    pledge = get_pledge(session, pledge_id)
    received = select(Contribution).where(Contribution.pledge_id == pledge_id).order_by(col(Contribution.id))
    return _trace(session, pledge, session.exec(received).all(), after=after, limit=limit)


def list_slices(session: Session, award: Award, fund: AttributedFund) -> list[Slice]:
    """List what paid for an award out of a fund, in the order in which it was taken."""
    keys = _keys_of(session, [award])
    return [
        Slice(one.contribution_id, one.amount.amount_minor)
        for one in fund.attributions
        if one.kind == UseKind.AWARD and keys.get(one.key) == award.id
    ]


def list_instalments(session: Session, award_ids: Collection[str], fund_id: str) -> dict[str, list[Instalment]]:
    """List what each award owes out of a fund, by the award, in the order of the numbers."""
    found: defaultdict[str, list[Instalment]] = defaultdict(list)
    statement = select(Instalment).where(col(Instalment.award_id).in_(award_ids), Instalment.fund_id == fund_id)
    for instalment in session.exec(statement.order_by(col(Instalment.award_id), col(Instalment.number))):
        found[instalment.award_id].append(instalment)
    return found


def _trace(
    session: Session, pledge: Pledge, contributions: Sequence[Contribution], *, after: str | None, limit: int
) -> GiftTrace:
    fund = list_attribution(session, pledge.fund_id, pledge.currency)
    own = {contribution.id: contribution for contribution in contributions}
    amounts: defaultdict[tuple[str, UseKind, str], int] = defaultdict(int)
    used: defaultdict[str, int] = defaultdict(int)
    for one in fund.attributions:
        if one.contribution_id in own:
            amounts[one.contribution_id, one.kind, one.key] += one.amount.amount_minor
            used[one.contribution_id] += one.amount.amount_minor
    shown = sorted(amounts, key=lambda use: f"{use[0]}:{use[1]}:{use[2]}")
    if after is not None:
        shown = [use for use in shown if f"{use[0]}:{use[1]}:{use[2]}" > after]
    uses = _show_uses(session, pledge, fund, {use: amounts[use] for use in shown[:limit]})
    return GiftTrace(tuple(_show_gifts(session, pledge, contributions, fund=fund, used=used)), tuple(uses))


def _show_gifts(
    session: Session,
    pledge: Pledge,
    contributions: Sequence[Contribution],
    *,
    fund: AttributedFund,
    used: Mapping[str, int],
) -> list[TracedGift]:
    donor = get_donor(session, pledge.donor_id).code
    code = get_fund(session, pledge.fund_id).code
    unspent = dict(fund.unspent)
    gifts = []
    for contribution in contributions:
        amount, left = Money(contribution.amount_minor, pledge.currency), unspent[contribution.id]
        spent = Money(used.get(contribution.id, 0), pledge.currency)
        gifts.append(
            TracedGift(
                contribution_id=contribution.id,
                reference=contribution.reference,
                pledge_reference=pledge.reference,
                donor=donor,
                fund=code,
                amount=amount,
                given_back=amount - spent - left,
                used=spent,
                unspent=left,
            )
        )
    return gifts


def _show_uses(
    session: Session, pledge: Pledge, fund: AttributedFund, amounts: Mapping[tuple[str, UseKind, str], int]
) -> list[TracedUse]:
    keys = _find_awards(session, {key for _, kind, key in amounts if kind == UseKind.AWARD})
    awards = {award.id: award for award in keys.values()}
    subjects = _name_awards(session, awards.values())
    slices: defaultdict[str, list[Slice]] = defaultdict(list)
    for one in fund.attributions:
        if one.kind == UseKind.AWARD and one.key in keys:
            slices[keys[one.key].id].append(Slice(one.contribution_id, one.amount.amount_minor))
    payments = _share_payments(session, pledge, slices)
    uses = []
    for (contribution_id, kind, key), minor in amounts.items():
        award = keys.get(key) if kind == UseKind.AWARD else None
        own = payments.get((award.id, contribution_id), []) if award else []
        paid = sum(one.amount.amount_minor for one in own if one.status == PaymentStatus.PAID)
        uses.append(
            TracedUse(
                contribution_id=contribution_id,
                kind=kind,
                key=key,
                subject=subjects.get(award.id, "") if award else "",
                amount=Money(minor, pledge.currency),
                paid=Money(paid, pledge.currency),
                payments=tuple(own),
            )
        )
    return uses


def _share_payments(
    session: Session, pledge: Pledge, slices: Mapping[str, list[Slice]]
) -> dict[tuple[str, str | None], list[TracedPayment]]:
    """Share every payment of these awards out of the pledge's fund over the contributions, by (award, contribution)."""
    instalments = list_instalments(session, slices.keys(), pledge.fund_id)
    ids = [instalment.id for own in instalments.values() for instalment in own]
    sent: defaultdict[str, list[Payment]] = defaultdict(list)
    for payment in session.exec(
        select(Payment).where(col(Payment.instalment_id).in_(ids)).order_by(col(Payment.instalment_id), Payment.ordinal)  # type: ignore[arg-type]  # SQLModel types a column as its value
    ):
        sent[payment.instalment_id].append(payment)
    left = find_left(session, ids)
    shared: defaultdict[tuple[str, str | None], list[TracedPayment]] = defaultdict(list)
    for award_id, own in instalments.items():
        parts, _ = split_slices(slices[award_id], [left.get(one.id, one.amount_minor) for one in own])
        for instalment, part in zip(own, parts, strict=True):
            for payment in sent[instalment.id]:
                for one in part:
                    shared[award_id, one.contribution_id].append(
                        TracedPayment(
                            payment_id=payment.id,
                            reference=payment.reference,
                            instalment=instalment.number,
                            status=payment.status,
                            amount=Money(one.amount_minor, payment.currency),
                        )
                    )
    return shared


def name_award(session: Session, award: Award) -> str:
    """Name an award as people know it: by its claim's reference, or by the programme's code and its own."""
    return _name_awards(session, [award])[award.id]


def _name_awards(session: Session, awards: Collection[Award]) -> dict[str, str]:
    claims = dict(
        session.exec(select(Claim.id, Claim.reference).where(col(Claim.id).in_([one.claim_id for one in awards]))).all()
    )
    codes = dict(session.exec(select(Programme.id, Programme.code)).all())
    return {
        award.id: claims[award.claim_id] if award.claim_id else f"{codes[award.programme_id]}-{award.line_code}"
        for award in awards
    }


def _find_awards(session: Session, keys: Collection[str]) -> dict[str, Award]:
    """Find the awards that transfers name: by the id, or by the claim's reference."""
    rows = session.exec(
        select(Award, Claim.reference)
        .outerjoin(Claim, col(Claim.id) == Award.claim_id)
        .where(or_(col(Award.id).in_(keys), col(Claim.reference).in_(keys), col(Award.claim_id).is_(None)))
    ).all()
    named = _name_awards(session, [award for award, _ in rows])
    return {key: award for award, _ in rows for key in (award.id, named[award.id]) if key in keys}


def _keys_of(session: Session, awards: Collection[Award]) -> dict[str, str]:
    named = _name_awards(session, awards)
    return {key: award.id for award in awards for key in (award.id, named[award.id])}
