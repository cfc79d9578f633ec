"""Pledges in parts, on conditions, reduced, cancelled and refused: what is kept, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from reparations.ids import new_id
from reparations.ledger import errors, queries, rules, service
from reparations.ledger.models import (
    AccountCode,
    ConditionOutcome,
    ConditionResolution,
    Contribution,
    ContributionSource,
    Fund,
    Pledge,
    PledgeCondition,
    PledgePart,
    PledgeReduction,
    ReductionKind,
)
from reparations.ledger.rules import AgeBand, DuePart
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import ADMINISTRATOR, TODAY, make_donor, make_fund, receive

Refused = Callable[[str], AbstractContextManager[None]]
CITATION = "Invented agreement, art. 7"


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def pledge_with(
    session: Session, fund: Fund, *parts: tuple[int, int], conditions: int = 0, reference: str = "LETTER"
) -> Pledge:
    """A pledge of parts (days from today, minor units)."""
    return service.record_pledge(
        session,
        reference=reference,
        donor_id=make_donor(session, code=new_id("D")).id,
        fund_id=fund.id,
        amount=usd(sum(minor for _, minor in parts)),
        pledged_on=days(-500),
        citation=CITATION,
        schedule=[DuePart(days(due), usd(minor)) for due, minor in parts],
        conditions=[service.Condition(f"Condition {number}", CITATION) for number in range(conditions)],
        officer=ADMINISTRATOR,
        at=NOON,
    )


def reduce(
    session: Session, pledge: Pledge, kind: ReductionKind, minor: int | None = None, **kwargs: str
) -> PledgeReduction:
    return service.reduce_pledge(
        session,
        pledge.id,
        kind=kind,
        amount=None if minor is None else usd(minor),
        reason="Said so",
        citation=CITATION,
        decided_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
        **({"reference": new_id("letter")} | kwargs),
    )


def resolve(session: Session, condition_id: str, outcome: ConditionOutcome) -> ConditionResolution:
    return service.resolve_condition(
        session,
        condition_id,
        outcome=outcome,
        authority="Letter of the board",
        resolved_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
    )


def balance(session: Session, fund: Fund, code: AccountCode) -> int:
    return queries.get_balance(session, fund.id, "USD", code).amount_minor


# ── pledges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_due_is_aged_part_by_part_and_receipts_meet_the_oldest_first(session: Session) -> None:
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (-366, 100), (-365, 100), (-91, 100), (-31, 100), (-30, 100), (0, 50), (1, 50))
    receive(session, pledge, usd(140))

    due = queries.list_ageing(session, as_of=TODAY)

    assert [(part.number, part.amount.amount_minor, part.band) for part in due] == [
        (2, 60, AgeBand.UNTIL_365),
        (3, 100, AgeBand.UNTIL_365),
        (4, 100, AgeBand.UNTIL_90),
        (5, 100, AgeBand.UNTIL_30),
        (6, 50, AgeBand.UNTIL_30),
        (7, 50, AgeBand.NOT_DUE),
    ]
    assert queries.list_ageing(session, as_of=days(1))[0].band == AgeBand.OLDER
    assert queries.list_ageing(session, as_of=TODAY, fund_id="fnd_other") == []


@pytest.mark.parametrize("parts", [((0, 60), (1, 30)), ((1, 50), (0, 50)), ((0, 100), (1, 0))])
def test_a_schedule_is_in_order_positive_and_sums_to_the_pledge(
    session: Session, parts: tuple[tuple[int, int], ...]
) -> None:
    with pytest.raises(errors.ScheduleMalformed):
        rules.check_schedule(usd(100), [DuePart(days(due), usd(minor)) for due, minor in parts])
    assert session.get(Pledge, "plg_none") is None


def test_nothing_is_received_while_a_condition_is_open(session: Session, refused: Refused) -> None:
    pledge = pledge_with(session, make_fund(session), (0, 100), conditions=2)
    first, second = (condition for condition, _ in queries.get_standing(session, pledge).conditions)

    with pytest.raises(errors.ConditionOpen):
        receive(session, pledge, usd(100))
    resolve(session, first.id, ConditionOutcome.MET)
    with refused("contribution.condition_open"):
        session.add(raw_receipt(pledge, 100))
        session.flush()
    assert queries.list_ageing(session, as_of=TODAY)[0].conditional
    resolve(session, second.id, ConditionOutcome.WAIVED)
    receive(session, pledge, usd(100))

    assert resolve(session, first.id, ConditionOutcome.MET).outcome == "met"
    with pytest.raises(errors.ConditionResolved):
        resolve(session, first.id, ConditionOutcome.WAIVED)
    with pytest.raises(errors.ConditionNotFound):
        resolve(session, "pcd_none", ConditionOutcome.MET)


def raw_receipt(pledge: Pledge, minor: int) -> Contribution:
    return Contribution(
        id=new_id("ctb"),
        reference=new_id("receipt"),
        pledge_id=pledge.id,
        amount_minor=minor,
        currency="USD",
        received_on=TODAY,
        source="voluntary",
        recorded_at=NOON,
    )


def test_a_refused_pledge_is_not_receivable(session: Session) -> None:
    """ICC TFV, regulation 30: the board refuses what is wrongly earmarked."""
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (0, 100), conditions=1)
    condition = queries.get_standing(session, pledge).open_conditions[0]

    refusal = reduce(session, pledge, ReductionKind.REFUSED, condition_id=condition.id, reference="REFUSAL")

    assert (refusal.amount_minor, balance(session, fund, AccountCode.PLEDGES_RECEIVABLE)) == (100, 0)
    assert queries.list_ageing(session, as_of=TODAY) == []
    with pytest.raises(errors.PledgeExceeded):
        receive(session, pledge, usd(1))
    again = reduce(session, pledge, ReductionKind.REFUSED, condition_id=condition.id, reference="REFUSAL")
    assert again.id == refusal.id
    with pytest.raises(errors.ReferenceReused):
        reduce(session, pledge, ReductionKind.CANCELLED, reference="REFUSAL")
    assert queries.list_findings(session) == []


def test_a_reduction_takes_off_the_parts_due_last_and_a_cancellation_the_rest(session: Session) -> None:
    fund = make_fund(session)
    pledge = pledge_with(session, fund, (0, 100), (30, 100))
    receive(session, pledge, usd(40))

    reduce(session, pledge, ReductionKind.REDUCED, 120)

    assert [(part.number, part.amount.amount_minor) for part in queries.list_ageing(session, as_of=TODAY)] == [(1, 40)]
    with pytest.raises(errors.PledgeExceeded):
        receive(session, pledge, usd(41))
    with pytest.raises(errors.PledgeClosed):
        reduce(session, pledge, ReductionKind.REDUCED, 41)
    with pytest.raises(errors.AlreadyReceived):
        reduce(session, pledge, ReductionKind.REFUSED)
    with pytest.raises(errors.EntryMalformed):
        reduce(session, pledge, ReductionKind.CANCELLED, 1)
    with pytest.raises(errors.EntryMalformed):
        reduce(session, pledge, ReductionKind.CANCELLED, condition_id="pcd_none")
    assert reduce(session, pledge, ReductionKind.CANCELLED).amount_minor == 40
    assert balance(session, fund, AccountCode.PLEDGES_RECEIVABLE) == 0


def test_pledges_are_held_to_their_terms_whoever_writes(session: Session, refused: Refused) -> None:
    pledge = pledge_with(session, make_fund(session), (0, 100))
    other = pledge_with(session, make_fund(session), (0, 100), conditions=1, reference="OTHER")
    receive(session, pledge, usd(40))
    bare = Pledge(**(pledge.model_dump() | {"id": new_id("plg"), "reference": "BARE"}))
    session.add(bare)
    session.flush()
    condition = queries.get_standing(session, other).open_conditions[0]

    def reduction(kind: str, minor: int, **changes: str) -> PledgeReduction:
        values: dict[str, Any] = {"id": new_id("prd"), "reference": new_id("r"), "pledge_id": pledge.id, "reason": "r"}
        values |= {"citation": "c", "decided_by": "psn", "decided_on": TODAY, "recorded_at": NOON}
        return PledgeReduction(kind=kind, amount_minor=minor, **(values | changes))

    asked = PledgeCondition(id="pcd_late", pledge_id=pledge.id, text="t", citation="c", recorded_at=NOON)
    attacks = [
        ("pledge_part.exceeds_pledge", PledgePart(pledge_id=pledge.id, number=2, due_on=TODAY, amount_minor=1)),
        ("pledge_part.out_of_order", PledgePart(pledge_id=bare.id, number=2, due_on=TODAY, amount_minor=1)),
        ("contribution.schedule_incomplete", raw_receipt(bare, 1)),
        ("contribution.pledge_exceeded", raw_receipt(pledge, 61)),
        ("pledge_condition.too_late", asked),
        ("pledge_reduction.exceeds_open", reduction("reduced", 61)),
        ("pledge_reduction.not_all", reduction("cancelled", 59)),
        ("pledge_reduction.received", reduction("refused", 60)),
        ("condition_of_refusal", reduction("reduced", 1, pledge_id=other.id, condition_id=condition.id)),
    ]
    for reason, row in attacks:
        with refused(reason):
            session.add(row)
            session.flush()
    assert queries.get_standing(session, pledge).still_open == usd(60)


def test_a_levy_is_received_with_its_instrument_in_one_deed(session: Session) -> None:
    fund, donor = make_fund(session), make_donor(session)

    def receive_levy(**changes: object) -> Contribution:
        values: dict[str, object] = {"amount": usd(500), "source": ContributionSource.LEVY} | changes
        return service.receive_unpledged(
            session,
            reference="LEVY-1",
            donor_id=donor.id,
            fund_id=fund.id,
            received_on=TODAY,
            citation="Levy order 12",
            officer=ADMINISTRATOR,
            at=NOON,
            **values,  # type: ignore[arg-type]  # what the test changes is of the right type
        )

    received = receive_levy()

    assert session.get_one(Pledge, received.pledge_id).citation == "Levy order 12"
    assert balance(session, fund, AccountCode.BANK) == 500
    assert balance(session, fund, AccountCode.PLEDGES_RECEIVABLE) == 0
    assert receive_levy().id == received.id
    with pytest.raises(errors.ReferenceReused):
        receive_levy(amount=usd(501))
    with pytest.raises(errors.EntryMalformed):
        receive_levy(source=ContributionSource.VOLUNTARY)
    assert queries.list_findings(session) == []
