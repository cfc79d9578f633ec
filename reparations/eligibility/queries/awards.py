"""Awards: what is owed, what pays for it, and what has not been parted yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import AwardNotFound
from reparations.eligibility.models import (
    Appeal,
    AppealStatus,
    Award,
    AwardForm,
    AwardFunding,
    AwardReduction,
    DecidedOutcome,
    Decision,
    DecisionStatus,
    Instalment,
)
from reparations.eligibility.queries.decisions import is_standing
from reparations.eligibility.rules import Heir
from reparations.ledger.models import Fund
from reparations.registry.models import Capacity, Claim, ClaimStatus, Party
from reparations.registry.queries.chunking import chunks


@dataclass(frozen=True, slots=True)
class AwardView:
    """An award with its claim's reference, its funding by fund code, and its instalments."""

    award: Award
    reference: str | None
    funding: tuple[tuple[str, int], ...]
    instalments: tuple[Instalment, ...]


def get_award(session: Session, award_id: str) -> AwardView:
    """Return an award with all that hangs on it.

    Raises:
        AwardNotFound: there is none.
    """
    award = session.get(Award, award_id)
    if award is None:
        raise AwardNotFound("There is no such award.", remedy="GET /awards lists them.")
    return _views(session, [award])[0]


def list_awards(
    session: Session, *, programme_id: str, form: str | None, after: str | None, limit: int
) -> list[AwardView]:
    """List awards by id, `limit` of them and one more if there is one."""
    wanted = select(Award).where(Award.programme_id == programme_id).order_by(col(Award.id)).limit(limit + 1)
    if form is not None:
        wanted = wanted.where(Award.form == form)
    return _views(session, session.exec(wanted.where(Award.id > after) if after else wanted).all())


def list_awards_of(session: Session, claim_id: str) -> list[AwardView]:
    """List the awards of a claim, the first and any supplements, in order."""
    wanted = select(Award).where(Award.claim_id == claim_id).order_by(col(Award.number))
    return _views(session, session.exec(wanted).all())


def count_awards_of(session: Session, claim_id: str) -> int:
    """Count the awards of a claim."""
    return session.exec(select(func.count()).where(Award.claim_id == claim_id)).one()


def find_last_instalments(session: Session, award_ids: Collection[str]) -> dict[str, int]:
    """Return, by award, the highest number of an instalment of its claim, if there is any: further ones go on."""
    found: dict[str, int] = {}
    every = aliased(Award)
    for chunk in chunks(award_ids):
        wanted = (
            select(Award.id, func.max(Instalment.number))
            .join(every, every.claim_id == Award.claim_id)  # type: ignore[arg-type]  # SQLModel types a column as its value
            .join(Instalment, col(Instalment.award_id) == every.id)
            .where(col(Award.id).in_(chunk))
            .group_by(col(Award.id))
        )
        found.update((award_id, int(number)) for award_id, number in session.exec(wanted))
    return found


def _views(session: Session, awards: Sequence[Award]) -> list[AwardView]:
    ids = [award.id for award in awards]
    claim_ids = [award.claim_id for award in awards if award.claim_id]
    references = dict(session.exec(select(Claim.id, Claim.reference).where(col(Claim.id).in_(claim_ids))).all())
    funding: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    wanted = (
        select(AwardFunding.award_id, Fund.code, func.sum(AwardFunding.amount_minor))
        .join(Fund, col(Fund.id) == AwardFunding.fund_id)
        .where(col(AwardFunding.award_id).in_(ids))
        .group_by(col(AwardFunding.award_id), col(Fund.code))
        .order_by(col(Fund.code))
    )
    for award_id, code, amount in session.exec(wanted):
        funding[award_id].append((code, int(amount)))
    parts: defaultdict[str, list[Instalment]] = defaultdict(list)
    instalments = select(Instalment).where(col(Instalment.award_id).in_(ids))
    for part in session.exec(instalments.order_by(col(Instalment.award_id), col(Instalment.number))):
        parts[part.award_id].append(part)
    return [
        AwardView(award, references.get(award.claim_id or ""), tuple(funding[award.id]), tuple(parts[award.id]))
        for award in awards
    ]


def list_unawarded(session: Session, programme_id: str, *, after: str | None, limit: int) -> list[str]:
    """List, by claim, the open claims with a confirmed decision that something is owed, and no award yet."""
    awarded = select(Award.id).where(Award.claim_id == Decision.claim_id)
    wanted = (
        select(Decision.claim_id)
        .join(Claim, col(Claim.id) == Decision.claim_id)
        .where(
            Claim.programme_id == programme_id,
            Claim.status == ClaimStatus.OPEN,
            Decision.status == DecisionStatus.CONFIRMED,
            Decision.outcome == DecidedOutcome.ELIGIBLE,
            col(Decision.amount_minor) > 0,
            ~awarded.exists(),
            ~is_suspended(),
        )
        .order_by(col(Decision.claim_id))
        .limit(limit)
    )
    return list(session.exec(wanted.where(Decision.claim_id > after) if after else wanted))


def lock_decisions_of(session: Session, claim_ids: Collection[str]) -> list[tuple[Decision, Claim]]:
    """Hold the claims, by id, with the final decision that makes each eligible; leave out those awarded meanwhile."""
    found: list[tuple[Decision, Claim]] = []
    for chunk in chunks(claim_ids):
        locked = for_update(select(Claim).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id)))
        claims = {claim.id: claim for claim in session.exec(locked.execution_options(populate_existing=True))}
        awarded = set(session.exec(select(Award.claim_id).where(col(Award.claim_id).in_(chunk))))
        wanted = select(Decision).where(
            col(Decision.claim_id).in_(chunk),
            Decision.status == DecisionStatus.CONFIRMED,
            Decision.outcome == DecidedOutcome.ELIGIBLE,
            ~is_suspended(),
        )
        for decision in session.exec(wanted.order_by(col(Decision.claim_id))):
            claim = claims[decision.claim_id]
            if claim.id not in awarded and claim.status == ClaimStatus.OPEN:
                found.append((decision, claim))
    return found


def lock_claims_of(session: Session, claim_ids: Collection[str]) -> None:
    """Hold claims until the transaction ends, in ascending order of their ids."""
    for chunk in chunks(claim_ids):
        session.exec(for_update(select(Claim.id).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id)))).all()


def list_unarranged(
    session: Session, programme_id: str, *, after: str | None, limit: int
) -> list[tuple[Award, Claim, bool]]:
    """List individual awards without instalments of which something is left, by id.

    Only those funded whole: what a round pays of an award is parted by itself (`queries.rounds`).

    Returns:
        (award, its claim, whether the claimant has died).
    """
    arranged = select(Instalment.id).where(Instalment.award_id == Award.id)
    whole = select(AwardFunding.award_id).where(AwardFunding.award_id == Award.id, AwardFunding.round_number == 0)
    taken = (
        select(func.coalesce(func.sum(AwardReduction.amount_minor), 0))
        .where(AwardReduction.award_id == Award.id)
        .correlate(Award)
        .scalar_subquery()
    )
    wanted = (
        select(Award, Claim, Party.deceased)
        .join(Claim, col(Claim.id) == Award.claim_id)
        .join(Party, col(Party.id) == Claim.party_id)
        .where(
            Award.programme_id == programme_id,
            Award.form == AwardForm.INDIVIDUAL,
            whole.exists(),
            ~arranged.exists(),
            col(Award.amount_minor) > taken,
        )
        .order_by(col(Award.id))
        .limit(limit)
    )
    return [
        (award, claim, deceased)
        for award, claim, deceased in session.exec(wanted.where(Award.id > after) if after else wanted)
    ]


def list_heirs(session: Session, claim_ids: Collection[str]) -> dict[str, list[Heir]]:
    """List who claims through each claim as an heir, in the order of their claims; closed claims do not count."""
    heirs: defaultdict[str, list[Heir]] = defaultdict(list)
    for chunk in chunks(claim_ids):
        final = select(Decision).where(is_standing(), ~_is_appealed(Decision.claim_id)).subquery()
        wanted = (
            select(Claim.through_claim_id, Claim.party_id, Party.deceased, final.c.outcome)
            .join(Party, col(Party.id) == Claim.party_id)
            .join(final, final.c.claim_id == Claim.id, isouter=True)
            .where(
                col(Claim.through_claim_id).in_(chunk),
                Claim.capacity == Capacity.HEIR,
                Claim.status == ClaimStatus.OPEN,
            )
            .order_by(col(Claim.id))
        )
        for through, party_id, deceased, outcome in session.exec(wanted):
            eligible = None if outcome is None else outcome == DecidedOutcome.ELIGIBLE
            heirs[str(through)].append(Heir(party_id, eligible=eligible, deceased=deceased))
    return heirs


def list_fundings(session: Session, award_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return what each fund pays of each award that was funded whole, in minor units, by award and fund."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for chunk in chunks(award_ids):
        wanted = select(AwardFunding).where(col(AwardFunding.award_id).in_(chunk), AwardFunding.round_number == 0)
        for row in session.exec(wanted):
            found[row.award_id][row.fund_id] = row.amount_minor
    return found


def is_suspended() -> ColumnElement[bool]:
    """Return the condition, over `Decision`, that an open appeal lets less be paid than the decision grants."""
    wanted = select(Appeal.id).where(
        Appeal.claim_id == Decision.claim_id,
        Appeal.status == AppealStatus.OPEN,
        col(Appeal.payable_minor) < func.coalesce(Decision.amount_minor, 0),
    )
    return wanted.exists()


def _is_appealed(claim_id: object) -> ColumnElement[bool]:
    """Return the condition that an appeal on a claim is not decided: an heir who appeals is not decided on yet."""
    return select(Appeal.id).where(Appeal.claim_id == claim_id, Appeal.status == AppealStatus.OPEN).exists()
