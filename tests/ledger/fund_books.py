"""A fund with every kind of row of fund accounting, and what raw SQL needs to name them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from reparations.ids import new_id
from reparations.ledger import service
from reparations.ledger.models import (
    ConditionOutcome,
    Contribution,
    CostClass,
    Fund,
    Pledge,
    PledgeCondition,
    ReductionKind,
    RestrictionKind,
)
from reparations.ledger.rules import Restriction
from reparations.money import Money
from reparations.principal import Principal
from tests.conftest import NOON
from tests.factories.access import make_person
from tests.factories.ledger import ADMINISTRATOR, TODAY, give, make_donor, make_fund, make_pledge, receive
from tests.factories.registry import make_programme

CITATION = "Invented agreement, art. 7"
TABLES = (
    "pledge_part",
    "pledge_condition",
    "condition_resolution",
    "pledge_reduction",
    "fund_restriction",
    "overhead_ceiling",
    "funding_order",
    "interest",
    "programme_cost",
    "refund",
    "refund_approval",
    "interfund_move",
    "interfund_approval",
    "reversal",
    "reversal_approval",
)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def make_rows(session: Session) -> dict[str, str]:
    """Make a row in every table, and what raw SQL needs to name them."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    fund, other, spent = make_fund(session), make_fund(session), make_fund(session)
    tied = make_fund(session, available_minor=1_000)
    first, second = (
        Principal(officer_id="usr_any", person_id=make_person(session).id, office_id="off_any") for _ in range(2)
    )
    names = _make_promises(session, fund)
    until = Restriction(RestrictionKind.PERIOD, usable_until=TODAY.replace(year=2032))
    service.restrict_fund(session, tied.id, restriction=until, citation=CITATION, officer=ADMINISTRATOR, at=NOON)
    programme_id = _make_programme(session, fund)
    gift, gone = give(session, fund, usd(10_000)), give(session, spent, usd(100))
    figures = _make_figures(session, fund, first, second)

    def refund_of(contribution_id: str, minor: int) -> str:
        return _prepare_refund(session, contribution_id, minor, first)

    def move_to(fund_id: str) -> str:
        return service.prepare_move(
            session,
            reference=new_id("move"),
            from_fund_id=fund.id,
            to_fund_id=fund_id,
            amount=usd(10),
            citation=CITATION,
            officer=first,
            at=NOON,
        ).id

    waiting, done, too_late = refund_of(gift.id, 5), refund_of(gift.id, 5), refund_of(gone.id, 100)
    service.approve_refund(session, done, refunded_on=TODAY, officer=second, at=NOON)
    service.approve_refund(session, refund_of(gone.id, 60), refunded_on=TODAY, officer=second, at=NOON)
    service.approve_move(session, move_to(other.id), moved_on=TODAY, officer=second, at=NOON)
    return (
        names
        | figures
        | _take_back(session, fund, gift, first, second)
        | {
            "fund": fund.id,
            "other": other.id,
            "tied": tied.id,
            "programme": programme_id,
            "gift": gift.id,
            "refund": waiting,
            "done": done,
            "spent": too_late,
            "move": move_to(other.id),
            "first": first.person_id,
            "second": second.person_id,
            "sha": "x'" + "00" * 32 + "'" if sqlite else "decode(repeat('00', 32), 'hex')",
        }
    )


def _prepare_refund(session: Session, contribution_id: str, minor: int, officer: Principal) -> str:
    return service.prepare_refund(
        session,
        reference=new_id("refund"),
        contribution_id=contribution_id,
        amount=usd(minor),
        citation=CITATION,
        officer=officer,
        at=NOON,
    ).id


def _take_back(session: Session, fund: Fund, refunded: Contribution, *by: Principal) -> dict[str, str]:
    """A receipt taken back while its refund waits, and the same to be done with one that was refunded in part."""
    first, second = by
    taken_back = give(session, fund, usd(30))
    revoked = _prepare_refund(session, taken_back.id, 5, first)
    waiting, undone = (
        service.prepare_reversal(session, row.id, reason="Entered in error", officer=first, at=NOON)
        for row in (refunded, taken_back)
    )
    service.approve_reversal(session, undone.id, reversed_on=TODAY, officer=second, at=NOON)
    return {"revoked": revoked, "refunded": waiting.id}


def _make_promises(session: Session, fund: Fund) -> dict[str, str]:
    """Letters of 1.00: one reduced by 0.40, one on conditions, one received, one in part, one without schedule."""
    donor = make_donor(session)
    opened, given, partly, fresh = (make_pledge(session, fund, usd(100), donor=donor) for _ in range(4))
    service.reduce_pledge(
        session,
        opened.id,
        reference=new_id("letter"),
        kind=ReductionKind.REDUCED,
        amount=usd(40),
        reason="Said so",
        citation=CITATION,
        decided_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    receive(session, given, usd(100))
    receive(session, partly, usd(50))
    conditional = service.record_pledge(
        session,
        reference=new_id("letter"),
        donor_id=donor.id,
        fund_id=fund.id,
        amount=usd(100),
        pledged_on=TODAY,
        citation=CITATION,
        conditions=[service.Condition(f"Condition {number}", CITATION) for number in range(2)],
        officer=ADMINISTRATOR,
        at=NOON,
    )
    conditions = session.exec(
        select(PledgeCondition.id).where(col(PledgeCondition.pledge_id) == conditional.id).order_by(PledgeCondition.id)
    ).all()
    service.resolve_condition(
        session,
        conditions[0],
        outcome=ConditionOutcome.MET,
        authority="Letter",
        resolved_on=TODAY,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    raw = given.model_dump() | {"id": "plg_raw", "reference": "raw"}
    session.add(Pledge(**raw))  # past the service, which never leaves a schedule open
    session.flush()
    return {
        "raw": "plg_raw",
        "resolved": conditions[0],
        "condition": conditions[1],
        "open": opened.id,
        "given": given.id,
        "partly": partly.id,
        "fresh": fresh.id,
        "conditional": conditional.id,
    }


def _make_programme(session: Session, fund: Fund) -> str:
    programme = make_programme(session)
    service.declare_order(
        session,
        programme.id,
        reference="ORDER-1",
        fund_ids=[fund.id],
        citation=CITATION,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    return programme.id


def _make_figures(session: Session, fund: Fund, first: Principal, second: Principal) -> dict[str, str]:
    """A ceiling of a tenth, interest of 0.07 to be taken back, two costs of 0.15: one was taken back."""
    service.set_overhead_ceiling(
        session,
        fund.id,
        numerator=1,
        denominator=10,
        valid_from=TODAY,
        citation=CITATION,
        officer=ADMINISTRATOR,
        at=NOON,
    )
    interest = service.receive_interest(
        session, reference="Q1", fund_id=fund.id, amount=usd(7), received_on=TODAY, officer=ADMINISTRATOR, at=NOON
    )
    cost, wrong = (
        service.pay_cost(
            session,
            reference=f"INVOICE-{number}",
            fund_id=fund.id,
            cost_class=CostClass.AUDIT,
            amount=usd(15),
            incurred_on=TODAY,
            citation=CITATION,
            officer=ADMINISTRATOR,
            at=NOON,
        )
        for number in (1, 2)
    )
    waiting, undone = (
        service.prepare_reversal(session, row.id, reason="Entered in error", officer=first, at=NOON)
        for row in (interest, wrong)
    )
    service.approve_reversal(session, undone.id, reversed_on=TODAY, officer=second, at=NOON)
    return {"cost": cost.id, "interest": interest.id, "reversal": waiting.id, "undone": undone.id}
