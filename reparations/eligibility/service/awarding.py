"""Making individual awards: the obligation in the books, the funds that pay for it, and the parts that fall due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row
from reparations.eligibility import queries, rules
from reparations.eligibility.errors import FundsShort
from reparations.eligibility.models import Award, AwardForm, Decision, Instalment
from reparations.eligibility.queries.rounds import pays_in_rounds
from reparations.eligibility.rules import Waiting
from reparations.eligibility.service.funding import find_money, recognise, record_funding
from reparations.eligibility.service.sharing import Shared, ToShare, share_out
from reparations.eligibility.service.trusts import Arranged, post_trusts, store_arranged
from reparations.ids import new_id
from reparations.ledger.rules import Need
from reparations.money import Money
from reparations.principal import Principal
from reparations.registry.models import Claim, Programme
from reparations.registry.queries import find_deceased, find_open_duplicates

MAX_AWARDS = 500
"""Awards made in one transaction."""


@dataclass(frozen=True, slots=True)
class Awarding:
    """What one chunk of awarding did."""

    awards: tuple[Award, ...]
    instalments: tuple[Instalment, ...]
    waiting: tuple[tuple[str, Waiting], ...]
    """(reference of the claim, why it has no award or no instalment yet)."""
    next: str | None
    """Where the next chunk begins; None after the last."""


def award_individuals(
    session: Session,
    *,
    programme: Programme,
    officer: Principal,
    at: datetime,
    after: str | None = None,
    limit: int = MAX_AWARDS,
) -> Awarding:
    """Make the awards that confirmed decisions owe, in the order of the claims, each once however often it is asked.

    Each award is funded whole, the most restricted money first, and posted as an obligation of its funds in the same
    transaction; then it is parted (see `arrange_instalments`).  What no fund can pay for waits, and so does a claim
    that may be a duplicate.  A programme that pays in rounds funds nothing here: all its claims wait for a round.

    Raises:
        AwardsNotCovered: somebody else committed the money a moment ago; nothing was made.
    """
    limit = min(limit, MAX_AWARDS)
    listed = queries.list_unawarded(session, programme.id, after=after, limit=limit)
    decided = queries.lock_decisions_of(session, listed)
    following = listed[-1] if len(listed) == limit else None
    if pays_in_rounds(session, programme.id, on=at.date()):
        held = tuple((claim.reference, Waiting.AWAITS_ROUND) for _, claim in decided)
        return Awarding((), (), held, following)
    doubtful = find_open_duplicates(session, [claim.id for _, claim in decided])
    waiting = [(claim.reference, Waiting.POSSIBLE_DUPLICATE) for _, claim in decided if claim.id in doubtful]
    made = {
        claim.id: (new_award(programme, claim, decision, officer=officer, at=at), claim)
        for decision, claim in decided
        if claim.id not in doubtful
    }
    needs = [_need(award, claim) for award, claim in made.values()]
    funding = find_money(session, programme, needs)
    waiting += [(claim.reference, Waiting.FUNDS_SHORT) for award, claim in made.values() if award.id not in funding]
    funded = [(award, claim) for award, claim in made.values() if award.id in funding]
    if not funded:
        return Awarding((), (), tuple(waiting), following)

    awards = [award for award, _ in funded]
    rows: list[Row | RowDigest] = [*awards, *record_funding(session, awards, funding, at=at)]
    deceased = find_deceased(session, [claim.party_id for _, claim in funded])
    paying = {award.id: funding[award.id].by_fund for award in awards}
    done = _arrange(session, [(award, claim, claim.party_id in deceased) for award, claim in funded], paying, at=at)
    waiting += done.waiting
    rows += done.rows
    rows.append(recognise(session, awards, funding, further=done.transfers, at=at))
    audit.record(
        session,
        at=at,
        actor=officer,
        action="awards.made",
        subject=awards[0].id,
        body={"programme": programme.code, "count": len(awards), "instalments": len(done.instalments)},
        rows=rows,
    )
    return Awarding(tuple(awards), tuple(done.instalments), tuple(waiting), following)


def arrange_instalments(
    session: Session,
    *,
    programme: Programme,
    officer: Principal,
    at: datetime,
    after: str | None = None,
    limit: int = MAX_AWARDS,
) -> Awarding:
    """Part the awards that have no instalment yet, in the order of their ids; doing it again changes nothing.

    The whole award falls due to the claimant at once.  Where the claimant has died it is shared by the heirs, as the
    rules divide it, else equally, once a decision on every one of them is confirmed (see `sharing`).
    """
    limit = min(limit, MAX_AWARDS)
    open_awards = queries.list_unarranged(session, programme.id, after=after, limit=limit)
    following = open_awards[-1][0].id if len(open_awards) == limit else None
    if not open_awards:
        return Awarding((), (), (), None)
    queries.lock_claims_of(session, [claim.id for _, claim, _ in open_awards])
    open_awards = queries.list_unarranged(session, programme.id, after=after, limit=limit)
    funding = _find_unparted(session, [award.id for award, _, _ in open_awards], currency=programme.currency)
    done = _arrange(session, open_awards, funding, at=at)
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


def new_award(programme: Programme, claim: Claim, decision: Decision, *, officer: Principal, at: datetime) -> Award:
    """Return the award that a confirmed decision owes, in full, whatever funds it."""
    assert decision.amount_minor is not None  # noqa: S101 only decisions that something is owed are listed
    return _award(programme, claim, decision, amount_minor=decision.amount_minor, number=1, officer=officer, at=at)


def award_supplement(
    session: Session,
    *,
    programme: Programme,
    claim: Claim,
    decision: Decision,
    amount_minor: int,
    officer: Principal,
    at: datetime,
) -> tuple[Award, list[Row | RowDigest]]:
    """Make a further award of a claim, for what its decision grants beyond the awards before; the caller logs it.

    The claim is held, and two persons have approved the adjustment (see `recovery`).

    Returns:
        the award, and every row the deed inserted.

    Raises:
        FundsShort: no fund that may pay has so much.
        AwardsNotCovered: somebody else committed the money a moment ago.
    """
    number = queries.count_awards_of(session, claim.id) + 1
    award = _award(programme, claim, decision, amount_minor=amount_minor, number=number, officer=officer, at=at)
    funding = find_money(session, programme, [_need(award, claim)])
    if award.id not in funding:
        raise FundsShort(
            f"No fund that may pay for {claim.reference} has {Money(amount_minor, programme.currency)}.",
            record=claim.reference,
            remedy="Receive a contribution that may pay for it, and approve again.",
        )
    rows: list[Row | RowDigest] = [award, *record_funding(session, [award], funding, at=at)]
    is_deceased = claim.party_id in find_deceased(session, [claim.party_id])
    paying = {award.id: funding[award.id].by_fund}
    done = _arrange(session, [(award, claim, is_deceased)], paying, at=at)
    return award, [*rows, *done.rows, recognise(session, [award], funding, further=done.transfers, at=at)]


def _find_unparted(session: Session, award_ids: Sequence[str], *, currency: str) -> dict[str, dict[str, Money]]:
    """Find what each fund still pays of awards of which nothing is parted yet, by award and fund."""
    taken = queries.find_unparted(session, award_ids)
    return {
        award_id: {
            fund_id: Money(amount - taken.get((award_id, fund_id, 0), 0), currency) for fund_id, amount in parts.items()
        }
        for award_id, parts in queries.list_fundings(session, award_ids).items()
    }


def _award(
    programme: Programme,
    claim: Claim,
    decision: Decision,
    *,
    amount_minor: int,
    number: int,
    officer: Principal,
    at: datetime,
) -> Award:
    title = "Individual award" if number == 1 else "Supplementary award"
    return Award(
        id=new_id("awd"),
        programme_id=programme.id,
        claim_id=claim.id,
        number=number,
        form=AwardForm.INDIVIDUAL.value,
        title=f"{title} of {claim.reference}",
        amount_minor=amount_minor,
        currency=programme.currency,
        decision_id=decision.id,
        authority=programme.authority,
        made_by=officer.person_id,
        made_at=at,
    )


def _need(award: Award, claim: Claim) -> Need:
    return Need(
        award.id,
        award.form,
        Money(award.amount_minor, award.currency),
        case_id=claim.case_id,
        place=claim.office_id,
        on=award.made_at.date(),
    )


def _arrange(
    session: Session,
    awards: Sequence[tuple[Award, Claim, bool]],
    funding: Mapping[str, Mapping[str, Money]],
    *,
    at: datetime,
) -> Arranged:
    wholes = [
        Money(sum(part.amount_minor for part in funding[award.id].values()), award.currency) for award, _, _ in awards
    ]
    shared = share_out(
        session,
        [
            ToShare(claim, award.decision_id, whole, is_deceased)
            for (award, claim, is_deceased), whole in zip(awards, wholes, strict=True)
        ],
        on=at.date(),
    )
    numbers = queries.find_last_instalments(session, [award.id for award, _, _ in awards if award.number > 1])
    parted: list[tuple[Shared, list[Instalment]]] = []
    waiting: list[tuple[str, Waiting]] = []
    for (award, claim, _), shares in zip(awards, shared, strict=True):
        if isinstance(shares, Waiting):
            waiting.append((claim.reference, shares))
            continue
        parts = rules.plan_instalments(shares.by_payee, funding[award.id])
        instalments = [
            Instalment(
                id=new_id("ins"),
                award_id=award.id,
                fund_id=part.fund_id,
                number=number,
                payee_party_id=part.payee_party_id,
                amount_minor=part.amount.amount_minor,
                currency=part.amount.currency,
                due_on=at.date(),
                made_at=at,
            )
            for number, part in enumerate(parts, start=numbers.get(award.id, 0) + 1)
        ]
        parted.append((shares, instalments))
    done = store_arranged(session, parted, at=at)
    done.waiting += waiting
    return done
