"""Recording what a fund's money may be spent on: restrictions, ceilings, the order of funds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import violated_constraint
from reparations.ids import new_id
from reparations.ledger import queries, rules
from reparations.ledger.errors import CeilingSuperseded, EntryMalformed, RestrictionMalformed
from reparations.ledger.models import FundingOrder, FundRestriction, OverheadCeiling
from reparations.ledger.rules import Restriction
from reparations.principal import Principal


def restrict_fund(
    session: Session, fund_id: str, *, restriction: Restriction, citation: str, officer: Principal, at: datetime
) -> FundRestriction:
    """Record a restriction of a fund's money.  From now on nothing is awarded against it.

    Raises:
        FundNotFound: see `queries`.
        RestrictionMalformed: it does not say what its kind needs, or says more.
    """
    rules.check_restriction(restriction)
    row = FundRestriction(
        id=new_id("rst"),
        fund_id=queries.get_fund(session, fund_id).id,
        kind=restriction.kind,
        value=restriction.value,
        usable_from=restriction.usable_from,
        usable_until=restriction.usable_until,
        share_numerator=restriction.share[0] if restriction.share else None,
        share_denominator=restriction.share[1] if restriction.share else None,
        citation=citation,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        at=at,
        actor=officer,
        action="fund.restricted",
        subject=fund_id,
        body={"kind": restriction.kind},
        rows=[row],
    )
    return row


def set_overhead_ceiling(
    session: Session,
    fund_id: str,
    *,
    numerator: int,
    denominator: int,
    valid_from: date,
    citation: str,
    officer: Principal,
    at: datetime,
) -> OverheadCeiling:
    """Limit costs and fees of a fund to a share of all it received, for what is incurred from a day on.

    Raises:
        FundNotFound: see `queries`.
        RestrictionMalformed: the share is not between nothing and the whole.
        CeilingSuperseded: one of that day or a later one is on record.
    """
    rules.check_share(numerator, denominator)
    row = OverheadCeiling(
        fund_id=queries.get_fund(session, fund_id).id,
        valid_from=valid_from,
        numerator=numerator,
        denominator=denominator,
        citation=citation,
        recorded_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise CeilingSuperseded(
            "A ceiling of that day or a later one is on record.",
            field="valid_from",
            record=fund_id,
            remedy="A new ceiling begins after the last one.",
        ) from None
    audit.record(session, at=at, actor=officer, action="fund.overhead_limited", subject=fund_id, rows=[row])
    return row


def declare_order(
    session: Session, programme_id: str, *, fund_ids: Sequence[str], citation: str, officer: Principal, at: datetime
) -> list[FundingOrder]:
    """Record the order in which a programme spends its funds; it replaces the order declared before.

    Raises:
        EntryMalformed: no fund, or one twice.
        FundNotFound: see `queries`.
        RestrictionMalformed: there is no such programme, or somebody declared an order at the same moment.
    """
    if not fund_ids or len(set(fund_ids)) != len(fund_ids):
        raise EntryMalformed("An order names one fund at least, each once.", field="fund_ids")
    earlier = queries.find_order(session, programme_id)
    rows = [
        FundingOrder(
            programme_id=programme_id,
            version=earlier.version + 1 if earlier else 1,
            position=position,
            fund_id=queries.get_fund(session, fund_id).id,
            citation=citation,
            recorded_at=at,
        )
        for position, fund_id in enumerate(fund_ids, start=1)
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        raise RestrictionMalformed(
            "The order was not recorded.",
            record=violated_constraint(error),
            remedy="See that the programme exists, and try again.",
        ) from None
    audit.record(session, at=at, actor=officer, action="funds.ordered", subject=programme_id, rows=rows)
    return rows
