"""Collective awards: the lines of an order that repair many people together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from reparations import audit
from reparations.audit import RowDigest
from reparations.db import Row
from reparations.eligibility import rules
from reparations.eligibility.errors import AwardLineExists, FundsShort
from reparations.eligibility.models import Award, AwardForm
from reparations.eligibility.rules import CollectiveLine
from reparations.eligibility.service.funding import (
    Funding,
    allocate,
    list_open_money,
    recognise,
    record_funding,
)
from reparations.ids import new_id
from reparations.ledger.rules import Need
from reparations.principal import Principal
from reparations.registry.models import Programme
from reparations.registry.queries import lock_counter


def award_collectively(
    session: Session, *, programme: Programme, lines: Sequence[CollectiveLine], officer: Principal, at: datetime
) -> list[Award]:
    """Record the lines of a collective award as obligations, all of them or none; the same lines again change nothing.

    Raises:
        DecisionRefused: a line twice, in another currency, or of nothing.
        AwardLineExists: a line of that code is recorded with other content.
        RestrictionBreached: a named fund was given for other forms of award.
        FundsShort: the funds that may pay for collective awards do not cover the lines.
    """
    rules.check_lines(lines, currency=programme.currency)
    lock_counter(session, programme.id)  # one deed at a time decides about lines
    known = _recorded(session, programme, lines)
    new = [line for line in lines if line.code not in known]
    if not new:
        return [known[line.code] for line in lines]
    made = {line.code: _award(programme, line, officer=officer, at=at) for line in new}
    funding = _fund(session, programme, new, made)
    awards = list(made.values())
    rows: list[Row | RowDigest] = [
        *awards,
        *record_funding(session, awards, funding, at=at),
        recognise(session, awards, funding, at=at),
    ]
    audit.record(
        session,
        at=at,
        actor=officer,
        action="awards.made_collectively",
        subject=awards[0].id,
        body={"programme": programme.code, "lines": [line.code for line in new]},
        rows=rows,
    )
    return [(known | made)[line.code] for line in lines]


def _recorded(session: Session, programme: Programme, lines: Sequence[CollectiveLine]) -> dict[str, Award]:
    codes = {line.code: line for line in lines}
    wanted = select(Award).where(Award.programme_id == programme.id, col(Award.line_code).in_(codes))
    found = {award.line_code: award for award in session.exec(wanted) if award.line_code is not None}
    for code, award in found.items():
        line = codes[code]
        if (award.title, award.amount_minor, award.authority) != (line.title, line.amount.amount_minor, line.authority):
            raise AwardLineExists(
                f"The line {code} is recorded with other content; an award is not edited.",
                field="lines",
                record=award.id,
                remedy="Record what is added as a line of its own.",
            )
    return found


def _award(programme: Programme, line: CollectiveLine, *, officer: Principal, at: datetime) -> Award:
    return Award(
        id=new_id("awd"),
        programme_id=programme.id,
        line_code=line.code,
        form=AwardForm.COLLECTIVE.value,
        title=line.title,
        amount_minor=line.amount.amount_minor,
        currency=line.amount.currency,
        authority=line.authority,
        made_by=officer.person_id,
        made_at=at,
    )


def _fund(
    session: Session, programme: Programme, lines: Sequence[CollectiveLine], made: dict[str, Award]
) -> dict[str, Funding]:
    """Find the money: lines that name their fund first, then the rest by the rule of the programme."""
    available, order = list_open_money(session, programme)
    funding: dict[str, Funding] = {}
    for line in sorted(lines, key=lambda line: line.fund_code is None):
        award = made[line.code]
        need = Need(award.id, award.form, line.amount, purpose=line.code, on=award.made_at.date())
        if line.fund_code is None:
            found, missing = allocate([need], available, order=order)
        else:
            named = rules.check_pays_for(line.fund_code, need, available)
            found, missing = allocate([need], named, named_by=line.authority)
        if award.id in missing:
            raise FundsShort(
                f"The funds that may pay for the line {line.code} lack {missing[award.id]}.",
                field="lines",
                record=line.code,
                remedy="Receive a contribution that may pay for it, or award less.",
            )
        funding |= found
        spent = found[award.id].by_fund
        available = [rules.spend(fund, award.form, spent.get(fund.fund_id)) for fund in available]
    return funding
