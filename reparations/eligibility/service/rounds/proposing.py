"""Proposing a round: computed from what is known now, and stored line by line for a second person to look at."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from reparations import audit
from reparations.eligibility.errors import RoundOpen, RoundRefused
from reparations.eligibility.models import (
    PaymentRound,
    RoundFund,
    RoundLine,
    RoundShare,
    RoundStatus,
)
from reparations.eligibility.queries.rounds import find_last_number, find_open_round
from reparations.eligibility.rules.rounds import write_terms
from reparations.eligibility.service.rounds.gathering import Computed, NewRound, compute, write_days
from reparations.ids import new_id
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import lock_counter

_CHUNK = 1_000


def propose_round(
    session: Session, programme: Programme, new: NewRound, *, officer: Principal, at: datetime
) -> PaymentRound:
    """Compute a round over every claim of the programme that something is owed on, and store it with its lines.

    Nothing is promised yet: another fund administrator confirms it, or it is withdrawn.

    Raises:
        RoundOpen: the programme has a round that is not finished.
        RoundRefused: the terms make no sense, the cut-off is to come, or the funds may not pay.
        NoRuleSetInForce: the programme has no rules.
    """
    lock_counter(session, programme.id)  # one proposal at a time
    earlier = find_open_round(session, programme.id)
    if earlier is not None:
        raise RoundOpen(
            f"Round {earlier.number} of {programme.code} is not finished.",
            record=earlier.id,
            remedy="Withdraw it, or carry it out to its end; the next is computed on what it leaves.",
        )
    if new.cut_off_on > at.date():
        raise RoundRefused("The cut-off is a day past, or today.", field="cut_off_on", remedy="Choose another day.")
    computed = compute(session, programme, new, on=at.date())
    row = _round(programme, new, computed, number=find_last_number(session, programme.id) + 1, officer=officer, at=at)
    session.add(row)
    session.flush()
    funds = _store_funds(session, row, computed)
    lines = _store_lines(session, row, computed)
    audit.record(
        session,
        at=at,
        actor=officer,
        action="round.proposed",
        subject=row.id,
        body={
            "programme": programme.code,
            "number": row.number,
            "pool_minor": row.pool_minor,
            "allotted_minor": row.allotted_minor,
            "lines": row.lines,
            "inputs_sha256": row.inputs_sha256.hex(),
            "result_sha256": row.result_sha256.hex(),
        },
        rows=[row, *funds, *lines],
    )
    return row


def _round(
    programme: Programme, new: NewRound, computed: Computed, *, number: int, officer: Principal, at: datetime
) -> PaymentRound:
    done = computed.done
    return PaymentRound(
        id=new_id("rnd"),
        programme_id=programme.id,
        number=number,
        currency=programme.currency,
        rule_set_id=computed.rule_set.id,
        terms=write_terms(computed.terms),
        terms_source=new.source.value,
        citation=new.citation,
        pool_minor=done.pool.pool_minor,
        cash_minor=done.pool.cash_minor,
        undecided=computed.undecided,
        seed=computed.seed,
        cut_off_on=new.cut_off_on,
        lines=len(computed.lines),
        allotted_minor=done.total_minor,
        outcome=computed.outcome,
        inputs_sha256=computed.inputs_sha256,
        result_sha256=computed.result_sha256,
        status=RoundStatus.PROPOSED.value,
        proposed_by=officer.person_id,
        proposed_at=at,
        parted_through=0,
    )


def _store_funds(session: Session, row: PaymentRound, computed: Computed) -> list[RoundFund]:
    allotted: dict[str, int] = {}
    for line in computed.lines:
        for fund_id, amount in line.shares:
            allotted[fund_id] = allotted.get(fund_id, 0) + amount
    funds = [
        RoundFund(
            round_id=row.id,
            fund_id=fund.fund_id,
            asked_minor=fund.asked_minor,
            cash_minor=fund.cash_minor,
            allotted_minor=allotted.get(fund.fund_id, 0),
        )
        for fund in computed.funds
    ]
    session.add_all(funds)
    session.flush()
    return funds


def _store_lines(session: Session, row: PaymentRound, computed: Computed) -> list[RoundLine | RoundShare]:
    stored: list[RoundLine | RoundShare] = []
    placed = list(zip(computed.standing, computed.lines, computed.capped, strict=True))
    for start in range(0, len(placed), _CHUNK):
        lines: list[RoundLine] = []
        shares: list[RoundShare] = []
        for position, (one, line, capped) in enumerate(placed[start : start + _CHUNK], start=start + 1):
            lines.append(
                RoundLine(
                    round_id=row.id,
                    claim_id=line.claim_id,
                    case_id=one.entitled.claim.case_id,
                    position=position,
                    decision_id=one.entitled.decision_id,
                    facts_revision_id=one.facts_revision_id,
                    entitled_minor=one.entitled.entitled_minor,
                    before_minor=one.entitled.before_minor,
                    allotted_minor=line.allotted_minor,
                    reason=line.reason,
                    place=line.place,
                    stream=one.stream,
                    points=one.points,
                    days=write_days(one.days),
                    capped=capped,
                )
            )
            shares += [
                RoundShare(round_id=row.id, claim_id=line.claim_id, fund_id=fund_id, amount_minor=amount)
                for fund_id, amount in line.shares
            ]
        session.add_all(lines)
        session.flush()
        session.add_all(shares)
        session.flush()
        stored += [*lines, *shares]
    return stored
