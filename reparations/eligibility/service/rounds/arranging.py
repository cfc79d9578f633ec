"""Parting what a round funds of an award: to the claimant, or by succession to the heirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility import queries, rules
from reparations.eligibility.models import Instalment
from reparations.eligibility.queries.rounds import UnarrangedPart, list_unarranged_parts
from reparations.eligibility.rules import Waiting
from reparations.eligibility.service.awarding import MAX_AWARDS, Awarding
from reparations.eligibility.service.sharing import Shared, ToShare, share_out
from reparations.eligibility.service.trusts import Arranged, post_trusts, store_arranged
from reparations.ids import new_id
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Programme


def arrange_round_parts(
    session: Session,
    *,
    programme: Programme,
    officer: Principal,
    at: datetime,
    after: str | None = None,
    limit: int = MAX_AWARDS,
) -> Awarding:
    """Part what rounds fund and nobody is to get yet, because heirs were undecided; doing it again changes nothing."""
    limit = min(limit, MAX_AWARDS)
    listed = list_unarranged_parts(session, programme.id, after=after, limit=limit)
    following = listed[-1].award.id if len({part.award.id for part in listed}) == limit else None
    queries.lock_claims_of(session, [part.claim.id for part in listed])
    done = arrange_parts(
        session, list_unarranged_parts(session, programme.id, after=after, limit=limit) if listed else [], at=at
    )
    if done.instalments:
        posted = post_trusts(session, done, at=at)
        audit.record(
            session,
            at=at,
            actor=officer,
            action="instalments.arranged",
            subject=done.instalments[0].id,
            body={"programme": programme.code, "count": len(done.instalments)},
            rows=[*done.rows, *posted],
        )
    return Awarding((), tuple(done.instalments), tuple(done.waiting), following)


def arrange_parts(session: Session, parts: Sequence[UnarrangedPart], *, at: datetime) -> Arranged:
    """Make the instalments of parts of awards, in the order given, numbered on from those there are.

    Returns:
        what was made, whose transfers the caller posts, and (reference of the claim, why it waits) of the others.
    """
    shared = share_out(
        session,
        [
            ToShare(
                part.claim,
                part.award.decision_id,
                Money(sum(part.by_fund.values()), part.award.currency),
                part.is_deceased,
            )
            for part in parts
        ],
        on=at.date(),
    )
    numbers = queries.find_last_instalments(session, [part.award.id for part in parts])
    parted: list[tuple[Shared, list[Instalment]]] = []
    waiting: list[tuple[str, Waiting]] = []
    for part, shares in zip(parts, shared, strict=True):
        funding = {fund_id: Money(amount, part.award.currency) for fund_id, amount in part.by_fund.items()}
        if isinstance(shares, Waiting):
            waiting.append((part.claim.reference, shares))
            continue
        instalments: list[Instalment] = []
        for piece in rules.plan_instalments(shares.by_payee, funding):
            numbers[part.award.id] = numbers.get(part.award.id, 0) + 1
            instalments.append(
                Instalment(
                    id=new_id("ins"),
                    award_id=part.award.id,
                    fund_id=piece.fund_id,
                    round_number=part.round_number,
                    number=numbers[part.award.id],
                    payee_party_id=piece.payee_party_id,
                    amount_minor=piece.amount.amount_minor,
                    currency=piece.amount.currency,
                    due_on=at.date(),
                    made_at=at,
                )
            )
        parted.append((shares, instalments))
    done = store_arranged(session, parted, at=at)
    done.waiting += waiting
    return done
