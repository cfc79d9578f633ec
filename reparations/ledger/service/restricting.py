"""Recording what a fund's money may be spent on: restrictions, ceilings, the order of funds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations import audit
from reparations.db import add_unless_there, violated_constraint
from reparations.ids import new_id
from reparations.ledger import queries, rules
from reparations.ledger.errors import (
    CeilingSuperseded,
    EntryMalformed,
    ReferenceReused,
    RestrictionMalformed,
    RestrictionRepeated,
)
from reparations.ledger.models import FundingOrder, FundRestriction, OverheadCeiling
from reparations.ledger.rules import Restriction
from reparations.principal import Principal


def restrict_fund(
    session: Session, fund_id: str, *, restriction: Restriction, citation: str, officer: Principal, at: datetime
) -> FundRestriction:
    """Record a restriction of a fund's money.  From now on nothing is awarded against it.

    The same again gives the restriction recorded first: a fund is restricted in the same way once.

    Raises:
        FundNotFound: see `queries`.
        RestrictionMalformed: it does not say what its kind needs, or says more.
        RestrictionRepeated: it is on record already, by another citation.
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
    earlier = add_unless_there(session, row, lambda: queries.find_restriction(session, row))
    if earlier is not None:
        if earlier.citation != citation:
            raise RestrictionRepeated(
                "The fund is restricted so already, by another citation.",
                field="citation",
                record=earlier.id,
                remedy="GET /funds/{id}/restrictions shows it; record only what it does not say.",
            )
        return earlier
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

    The same again gives the ceiling recorded first.

    Raises:
        FundNotFound: see `queries`.
        RestrictionMalformed: the share is not between nothing and the whole.
        CeilingSuperseded: another of that day, or one of a later day, is on record.
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
    superseded = CeilingSuperseded(
        "Another ceiling of that day, or one of a later day, is on record.",
        field="valid_from",
        record=fund_id,
        remedy="A new ceiling begins after the last one.",
    )
    try:
        earlier = add_unless_there(session, row, lambda: session.get(OverheadCeiling, (fund_id, valid_from)))
    except IntegrityError:
        raise superseded from None
    if earlier is not None:
        if earlier.model_dump(exclude={"recorded_at"}) != row.model_dump(exclude={"recorded_at"}):
            raise superseded
        return earlier
    audit.record(session, at=at, actor=officer, action="fund.overhead_limited", subject=fund_id, rows=[row])
    return row


def declare_order(
    session: Session,
    programme_id: str,
    *,
    reference: str,
    fund_ids: Sequence[str],
    citation: str,
    officer: Principal,
    at: datetime,
) -> Sequence[FundingOrder]:
    """Record the order in which a programme spends its funds; it replaces the order declared before.

    The same reference again gives the order recorded first, whether or not another has replaced it since.

    Raises:
        EntryMalformed: no fund, or one twice.
        FundNotFound: see `queries`.
        RestrictionMalformed: there is no such programme, or somebody declared an order at the same moment.
        ReferenceReused: the reference was given before, for another order.
    """
    if not fund_ids or len(set(fund_ids)) != len(fund_ids):
        raise EntryMalformed("An order names one fund at least, each once.", field="fund_ids")
    declared = queries.list_declared(session, reference)
    if declared:
        return _same_order(declared, programme_id, fund_ids, citation)
    earlier = queries.find_order(session, programme_id)
    rows = [
        FundingOrder(
            programme_id=programme_id,
            version=earlier.version + 1 if earlier else 1,
            position=position,
            fund_id=queries.get_fund(session, fund_id).id,
            reference=reference,
            citation=citation,
            recorded_at=at,
        )
        for position, fund_id in enumerate(fund_ids, start=1)
    ]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        declared = queries.list_declared(session, reference)
        if declared:
            return _same_order(declared, programme_id, fund_ids, citation)
        raise RestrictionMalformed(
            "The order was not recorded.",
            record=violated_constraint(error),
            remedy="See that the programme exists, and try again.",
        ) from None
    audit.record(session, at=at, actor=officer, action="funds.ordered", subject=programme_id, rows=rows)
    return rows


def _same_order(
    declared: Sequence[FundingOrder], programme_id: str, fund_ids: Sequence[str], citation: str
) -> Sequence[FundingOrder]:
    """Return the order on record under a reference if it says the same."""
    said = [(row.programme_id, row.fund_id, row.citation) for row in declared]
    if said != [(programme_id, fund_id, citation) for fund_id in fund_ids]:
        raise ReferenceReused(
            "This reference was given before, for another order.",
            field="reference",
            record=declared[0].reference,
            remedy="Give each order a reference of its own.",
        )
    return declared
