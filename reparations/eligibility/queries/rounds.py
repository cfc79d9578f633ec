"""Rounds: whose awards lack money, what is known of them, and what was stored of a round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from reparations.db import for_update
from reparations.eligibility.errors import RoundNotFound
from reparations.eligibility.language.rule_set import PaymentTerms, Stream
from reparations.eligibility.models import (
    Appeal,
    AppealStatus,
    Award,
    AwardForm,
    AwardFunding,
    DecidedOutcome,
    Decision,
    Instalment,
    PaymentRound,
    RoundFund,
    RoundLine,
    RoundOmission,
    RoundShare,
    RoundStatus,
)
from reparations.eligibility.queries.awards import is_suspended
from reparations.eligibility.queries.decisions import is_standing
from reparations.eligibility.queries.reductions import find_unparted
from reparations.eligibility.queries.rule_sets import find_rule_set_in_force, get_assessor
from reparations.eligibility.rules.rounds import LineResult
from reparations.ledger.models import Fund
from reparations.registry.models import Capacity, Claim, ClaimStatus, Party
from reparations.registry.queries import find_open_duplicates
from reparations.registry.queries.chunking import chunks

BINDING = (RoundStatus.CONFIRMED, RoundStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Entitled:
    """A claim that something is owed on, and what has been funded of it."""

    claim: Claim
    decision_id: str
    entitled_minor: int
    before_minor: int
    """Not above `entitled_minor`, even where more was funded before a decision was lowered."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The claims of a programme on a cut-off day."""

    entitled: tuple[Entitled, ...]
    """By claim."""
    undecided: int
    """Open claims that may still come to share, heirs apart: not decided by that day, suspended, or in doubt."""


def is_decided_until(cut_off_on: date) -> ColumnElement[bool]:
    """Return the condition that a decision stood at the end of a day."""
    settled = func.coalesce(col(Decision.second_confirmed_at), col(Decision.confirmed_at))
    return is_standing() & (settled < datetime.combine(cut_off_on + timedelta(days=1), time(), UTC))


def list_standing(session: Session, programme_id: str, *, cut_off_on: date) -> Standing:
    """Read who shares a round, and how many may still come."""
    is_ours = (Claim.programme_id == programme_id) & (Claim.status == ClaimStatus.OPEN)
    open_appeal = select(Appeal.id).where(Appeal.claim_id == Claim.id, Appeal.status == AppealStatus.OPEN)
    wanted = (
        select(Claim, Decision.id, Decision.amount_minor)
        .join(Decision, col(Decision.claim_id) == Claim.id)
        .where(is_ours, is_decided_until(cut_off_on), col(Decision.amount_minor) > 0, ~is_suspended())
        .where(Decision.outcome == DecidedOutcome.ELIGIBLE)
        .order_by(col(Claim.id))
    )
    rows = session.exec(wanted).all()
    doubtful = find_open_duplicates(session, [claim.id for claim, _, _ in rows])
    funded, awarded = sum_funded(session, programme_id), _sum_awarded(session, programme_id)
    entitled = []
    for claim, decision_id, amount in rows:
        if claim.id not in doubtful and amount is not None:
            owed = min(amount, awarded.get(claim.id, amount))
            entitled.append(Entitled(claim, decision_id, owed, min(funded.get(claim.id, 0), owed)))
    not_heirs = select(func.count()).select_from(Claim).where(is_ours, Claim.capacity != Capacity.HEIR)
    refused = not_heirs.join(Decision, col(Decision.claim_id) == Claim.id).where(
        is_decided_until(cut_off_on),
        func.coalesce(Decision.amount_minor, 0) == 0,
        ~open_appeal.exists(),
    )
    sharing = sum(one.claim.capacity != Capacity.HEIR for one in entitled)
    return Standing(tuple(entitled), session.exec(not_heirs).one() - session.exec(refused).one() - sharing)


def sum_funded(session: Session, programme_id: str) -> dict[str, int]:
    """Return what has been funded of each individual award of a programme, in minor units, by claim."""
    rows = session.exec(
        select(Award.claim_id, func.sum(AwardFunding.amount_minor))
        .join(AwardFunding, col(AwardFunding.award_id) == Award.id)
        .where(Award.programme_id == programme_id, Award.form == AwardForm.INDIVIDUAL)
        .group_by(col(Award.claim_id))
    )
    return {claim_id: int(total) for claim_id, total in rows if claim_id is not None}


def _sum_awarded(session: Session, programme_id: str) -> dict[str, int]:
    """Return what was awarded on each claim that has an award, in minor units: more than that is never funded."""
    rows = session.exec(
        select(Award.claim_id, func.sum(Award.amount_minor))
        .where(Award.programme_id == programme_id, Award.form == AwardForm.INDIVIDUAL)
        .group_by(col(Award.claim_id))
    )
    return {claim_id: int(total) for claim_id, total in rows if claim_id is not None}


def count_binding(session: Session, programme_id: str) -> int:
    """Count the rounds of a programme that were confirmed."""
    wanted = select(func.count()).where(
        PaymentRound.programme_id == programme_id, col(PaymentRound.status).in_(BINDING)
    )
    return session.exec(wanted).one()


def pays_in_rounds(session: Session, programme_id: str, *, on: date) -> bool:
    """Say whether a programme's awards are funded in rounds: its rules say so, or one of its rounds was confirmed.

    Its rules do where they state what happens when funds are short, or pay in more than one instalment.
    """
    if count_binding(session, programme_id):
        return True
    published = find_rule_set_in_force(session, programme_id, on=on)
    payment = get_assessor(published).rule_set.payment if published else None
    own: tuple[PaymentTerms | Stream, ...] = (payment, *payment.streams) if payment else ()
    return any(one.when_funds_short is not None or len(one.instalments) > 1 for one in own)


def find_last_number(session: Session, programme_id: str) -> int:
    """Return the number of the round proposed last; 0 if there was none."""
    wanted = select(func.coalesce(func.max(PaymentRound.number), 0)).where(PaymentRound.programme_id == programme_id)
    return int(session.exec(wanted).one())


def find_open_round(session: Session, programme_id: str) -> PaymentRound | None:
    """Return the round of a programme that is proposed, or confirmed and not carried out yet, if there is one."""
    wanted = select(PaymentRound).where(
        PaymentRound.programme_id == programme_id,
        col(PaymentRound.status).in_((RoundStatus.PROPOSED, RoundStatus.CONFIRMED)),
    )
    return session.exec(wanted).one_or_none()


def get_round(session: Session, programme_id: str, number: int) -> PaymentRound:
    """Return a round by its number.

    Raises:
        RoundNotFound: the programme has none of this number.
    """
    wanted = select(PaymentRound).where(PaymentRound.programme_id == programme_id, PaymentRound.number == number)
    return _found(session.exec(wanted).one_or_none())


def lock_round(session: Session, programme_id: str, number: int) -> PaymentRound:
    """Hold a round until the transaction ends.

    Raises:
        RoundNotFound: the programme has none of this number.
    """
    wanted = select(PaymentRound).where(PaymentRound.programme_id == programme_id, PaymentRound.number == number)
    return _found(session.exec(for_update(wanted).execution_options(populate_existing=True)).one_or_none())


def _found(row: PaymentRound | None) -> PaymentRound:
    if row is None:
        raise RoundNotFound("There is no such round.", remedy="GET /programmes/{code}/rounds lists them.")
    return row


def list_rounds(session: Session, programme_id: str, *, after: str | None, limit: int) -> Sequence[PaymentRound]:
    """List the rounds of a programme by id, `limit` of them and one more."""
    wanted = select(PaymentRound).where(PaymentRound.programme_id == programme_id).order_by(col(PaymentRound.id))
    return session.exec((wanted.where(PaymentRound.id > after) if after else wanted).limit(limit + 1)).all()


@dataclass(frozen=True, slots=True)
class FundPart:
    """What a fund puts into a round, with the fund's code."""

    code: str
    row: RoundFund


def list_round_funds(session: Session, round_ids: Collection[str]) -> dict[str, list[FundPart]]:
    """List the funds of rounds by their codes, by the round."""
    found: defaultdict[str, list[FundPart]] = defaultdict(list)
    wanted = select(RoundFund, Fund.code).join(Fund, col(Fund.id) == RoundFund.fund_id)
    for row, code in session.exec(wanted.where(col(RoundFund.round_id).in_(round_ids)).order_by(col(Fund.code))):
        found[row.round_id].append(FundPart(code, row))
    return found


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a round with its claim's reference, and why it was left out, if it was."""

    line: RoundLine
    reference: str
    omission: RoundOmission | None


def list_round_lines(session: Session, round_id: str, *, after: int, limit: int) -> list[LineView]:
    """List the lines of a round in their order, from the one after a position on; `limit` of them and one more."""
    wanted = (
        select(RoundLine, Claim.reference, RoundOmission)
        .join(Claim, col(Claim.id) == RoundLine.claim_id)
        .join(
            RoundOmission,
            (col(RoundOmission.round_id) == RoundLine.round_id) & (col(RoundOmission.claim_id) == RoundLine.claim_id),
            isouter=True,
        )
        .where(RoundLine.round_id == round_id, col(RoundLine.position) > after)
        .order_by(col(RoundLine.position))
        .limit(limit + 1)
    )
    return [LineView(line, reference, omission) for line, reference, omission in session.exec(wanted)]


def list_results(session: Session, round_id: str) -> list[LineResult]:
    """List what a round gives each claim, and out of which funds, as it is stored."""
    shares: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for share in session.exec(select(RoundShare).where(RoundShare.round_id == round_id)):
        shares[share.claim_id].append((share.fund_id, share.amount_minor))
    wanted = select(RoundLine.claim_id, RoundLine.allotted_minor, RoundLine.reason, RoundLine.place)
    return [
        LineResult(claim_id, allotted_minor, reason, place, tuple(sorted(shares[claim_id])))
        for claim_id, allotted_minor, reason, place in session.exec(wanted.where(RoundLine.round_id == round_id))
    ]


def list_lines_to_part(session: Session, round_id: str, *, after: int, limit: int) -> Sequence[RoundLine]:
    """List the lines of a round that get something, in their order."""
    wanted = (
        select(RoundLine)
        .where(RoundLine.round_id == round_id, col(RoundLine.position) > after, col(RoundLine.allotted_minor) > 0)
        .order_by(col(RoundLine.position))
        .limit(limit)
    )
    return session.exec(wanted).all()


def list_shares(session: Session, round_id: str, claim_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Return what each fund pays of lines of a round, in minor units, by claim and fund."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for chunk in chunks(claim_ids):
        wanted = select(RoundShare).where(RoundShare.round_id == round_id, col(RoundShare.claim_id).in_(chunk))
        for row in session.exec(wanted):
            found[row.claim_id][row.fund_id] = row.amount_minor
    return found


@dataclass(frozen=True, slots=True)
class CurrentClaim:
    """What is true of a claim now, while its line is carried out."""

    claim: Claim
    decision: Decision | None
    """The one that stands and finds the claim eligible."""
    award: Award | None
    funded_minor: int
    """Of the award, outside and inside rounds."""
    is_suspended: bool
    is_doubtful: bool

    @property
    def is_open(self) -> bool:
        """Whether the claim is alive."""
        return self.claim.status == ClaimStatus.OPEN


def lock_current(session: Session, claim_ids: Collection[str]) -> dict[str, CurrentClaim]:
    """Hold claims, in ascending order of their ids, and read what is true of each."""
    found: dict[str, CurrentClaim] = {}
    doubtful = find_open_duplicates(session, claim_ids)
    for chunk in chunks(claim_ids):
        locked = for_update(select(Claim).where(col(Claim.id).in_(chunk)).order_by(col(Claim.id)))
        claims = session.exec(locked.execution_options(populate_existing=True)).all()
        standing = select(Decision, is_suspended()).where(
            col(Decision.claim_id).in_(chunk), is_standing(), Decision.outcome == DecidedOutcome.ELIGIBLE
        )
        decisions = {decision.claim_id: (decision, held) for decision, held in session.exec(standing)}
        # Rounds fund the claim's first award; a supplement is funded whole.
        first = select(Award).where(col(Award.claim_id).in_(chunk), Award.number == 1)
        awards = {award.claim_id: award for award in session.exec(first)}
        funded = dict(
            session.exec(
                select(AwardFunding.award_id, func.sum(AwardFunding.amount_minor))
                .where(col(AwardFunding.award_id).in_([award.id for award in awards.values()]))
                .group_by(col(AwardFunding.award_id))
            ).all()
        )
        for claim in claims:
            decision, held = decisions.get(claim.id, (None, False))
            award = awards.get(claim.id)
            found[claim.id] = CurrentClaim(
                claim=claim,
                decision=decision,
                award=award,
                funded_minor=int(funded.get(award.id, 0)) if award else 0,
                is_suspended=bool(held),
                is_doubtful=claim.id in doubtful,
            )
    return found


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """How far a confirmed round has come."""

    to_part: int
    """Lines that get something."""
    parted: int
    omitted: int
    omitted_minor: int
    unarranged: int
    """Awards whose part in the round is funded and waits for heirs."""


def get_progress(session: Session, round_: PaymentRound) -> RoundProgress:
    """Say how far a round has come."""
    lines = select(func.count()).where(RoundLine.round_id == round_.id, col(RoundLine.allotted_minor) > 0)
    omitted = select(func.count(), func.coalesce(func.sum(RoundOmission.amount_minor), 0)).where(
        RoundOmission.round_id == round_.id
    )
    count, amount = session.exec(omitted).one()
    return RoundProgress(
        to_part=session.exec(lines).one(),
        parted=session.exec(lines.where(col(RoundLine.position) <= round_.parted_through)).one(),
        omitted=int(count),
        omitted_minor=int(amount),
        unarranged=session.exec(
            select(func.count(func.distinct(AwardFunding.award_id)))
            .join(Award, col(Award.id) == AwardFunding.award_id)
            .where(
                Award.programme_id == round_.programme_id, AwardFunding.round_number == round_.number, ~_is_arranged()
            )
        ).one(),
    )


def _is_arranged() -> ColumnElement[bool]:
    arranged = select(Instalment.id).where(
        Instalment.award_id == AwardFunding.award_id, Instalment.round_number == AwardFunding.round_number
    )
    return arranged.exists()


@dataclass(frozen=True, slots=True)
class UnarrangedPart:
    """What rounds pay of an award and nobody is to get yet."""

    award: Award
    claim: Claim
    is_deceased: bool
    round_number: int
    by_fund: dict[str, int]


def list_unarranged_parts(
    session: Session, programme_id: str, *, after: str | None, limit: int
) -> list[UnarrangedPart]:
    """List what rounds fund of at most `limit` awards and has no instalments yet, by award and round."""
    waiting = select(AwardFunding.award_id).where(
        AwardFunding.award_id == Award.id, col(AwardFunding.round_number) > 0, ~_is_arranged()
    )
    awards = (
        select(Award, Claim, Party.deceased)
        .join(Claim, col(Claim.id) == Award.claim_id)
        .join(Party, col(Party.id) == Claim.party_id)
        .where(Award.programme_id == programme_id, waiting.exists())
        .order_by(col(Award.id))
        .limit(limit)
    )
    rows = session.exec(awards.where(Award.id > after) if after else awards).all()
    parts: defaultdict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for chunk in chunks([award.id for award, _, _ in rows]):
        wanted = select(AwardFunding).where(
            col(AwardFunding.award_id).in_(chunk), col(AwardFunding.round_number) > 0, ~_is_arranged()
        )
        taken = find_unparted(session, chunk)
        for row in session.exec(wanted.order_by(col(AwardFunding.round_number))):
            left = row.amount_minor - taken.get((row.award_id, row.fund_id, row.round_number), 0)
            if left:
                parts[row.award_id, row.round_number][row.fund_id] = left
    return [
        UnarrangedPart(award, claim, deceased, number, by_fund)
        for award, claim, deceased in rows
        for (award_id, number), by_fund in sorted(parts.items())
        if award_id == award.id
    ]


@dataclass(frozen=True, slots=True)
class Obligations:
    """What a programme owes individually, minor units; recognised, funded and paid apart."""

    decided_minor: int
    """Granted by decisions that stand, on open claims."""
    funded_minor: int
    """Made an obligation of funds."""
    unfunded_minor: int
    """Granted and not funded yet; nothing where more was funded than stands."""


def sum_obligations(session: Session, programme_id: str) -> Obligations:
    """Sum what is granted and what is funded of it."""
    wanted = (
        select(Claim.id, Decision.amount_minor)
        .join(Decision, col(Decision.claim_id) == Claim.id)
        .where(Claim.programme_id == programme_id, Claim.status == ClaimStatus.OPEN, is_standing())
        .where(col(Decision.amount_minor) > 0)
    )
    granted = {claim_id: int(amount or 0) for claim_id, amount in session.exec(wanted)}
    funded = sum_funded(session, programme_id)
    unfunded = sum(max(0, amount - funded.get(claim_id, 0)) for claim_id, amount in granted.items())
    return Obligations(sum(granted.values()), sum(funded.values()), unfunded)
