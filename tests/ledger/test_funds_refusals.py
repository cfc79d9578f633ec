"""Raw SQL as the application's role against pledges' terms, restrictions, costs, refunds and moves, on both engines."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from tests.ledger.fund_books import TABLES, make_rows

AT = "'2031-05-01 12:00:00.000000'"
EARLIER, LATER = "'2031-04-30'", "'2031-05-03'"


class Attack(NamedTuple):
    """A statement and what refuses it on either engine."""

    statement: str
    sqlite: str
    postgresql: str | None = None


def insert(table: str, **row: str) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def part(**changes: str) -> str:
    row = {"pledge_id": "'{raw}'", "number": "1", "due_on": "'2031-06-01'", "amount_minor": "100"}
    return insert("pledge_part", **row | changes)


def condition(**changes: str) -> str:
    row = {"id": "'pcn_x'", "pledge_id": "'{open}'", "text": "'t'", "citation": "'c'", "recorded_at": AT}
    return insert("pledge_condition", **row | changes)


def resolution(**changes: str) -> str:
    row = {
        "condition_id": "'{condition}'",
        "outcome": "'met'",
        "authority": "'Letter'",
        "resolved_on": "'2031-05-01'",
        "resolved_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("condition_resolution", **row | changes)


def reduction(**changes: str) -> str:
    row = {
        "id": "'prd_x'",
        "reference": "'x'",
        "pledge_id": "'{open}'",
        "kind": "'reduced'",
        "amount_minor": "10",
        "condition_id": "NULL",
        "reason": "'r'",
        "citation": "'c'",
        "decided_on": "'2031-05-01'",
        "decided_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("pledge_reduction", **row | changes)


def receipt(**changes: str) -> str:
    row = {
        "id": "'ctb_x'",
        "reference": "'x'",
        "pledge_id": "'{open}'",
        "amount_minor": "60",
        "currency": "'USD'",
        "received_on": "'2031-05-01'",
        "source": "'levy'",
        "recorded_at": AT,
    }
    return insert("contribution", **row | changes)


def restriction(**changes: str) -> str:
    row = {
        "id": "'frs_x'",
        "fund_id": "'{fund}'",
        "kind": "'place'",
        "value": "'off_x'",
        "usable_from": "NULL",
        "usable_until": "NULL",
        "share_numerator": "NULL",
        "share_denominator": "NULL",
        "citation": "'c'",
        "recorded_at": AT,
    }
    return insert("fund_restriction", **row | changes)


SHARE = {"kind": "'share'", "value": "'individual'", "share_numerator": "1", "share_denominator": "2"}


def ceiling(**changes: str) -> str:
    row = {
        "fund_id": "'{fund}'",
        "valid_from": "'2031-06-01'",
        "numerator": "1",
        "denominator": "10",
        "citation": "'c'",
        "recorded_at": AT,
    }
    return insert("overhead_ceiling", **row | changes)


def order(**changes: str) -> str:
    row = {
        "programme_id": "'{programme}'",
        "version": "2",
        "position": "1",
        "fund_id": "'{fund}'",
        "reference": "'ORDER-2'",
        "citation": "'c'",
        "recorded_at": AT,
    }
    return insert("funding_order", **row | changes)


def allocation(**changes: str) -> str:
    row = {
        "award_id": "'awd_none'",
        "fund_id": "'{fund}'",
        "round_number": "0",
        "rule": "'named'",
        "citation": "'c'",
        "inputs_sha256": "{sha}",
        "reason": "'r'",
        "recorded_at": AT,
    }
    return insert("allocation_record", **row | changes)


def interest(**changes: str) -> str:
    row = {
        "id": "'int_x'",
        "reference": "'x'",
        "fund_id": "'{fund}'",
        "amount_minor": "1",
        "currency": "'USD'",
        "received_on": "'2031-05-01'",
        "recorded_at": AT,
    }
    return insert("interest", **row | changes)


def cost(**changes: str) -> str:
    row = {
        "id": "'cst_x'",
        "reference": "'x'",
        "fund_id": "'{fund}'",
        "cost_class": "'audit'",
        "amount_minor": "1",
        "currency": "'USD'",
        "incurred_on": "'2031-05-01'",
        "citation": "'c'",
        "recorded_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("programme_cost", **row | changes)


def refund(**changes: str) -> str:
    row = {
        "id": "'rfd_x'",
        "reference": "'x'",
        "contribution_id": "'{gift}'",
        "amount_minor": "1",
        "citation": "'c'",
        "prepared_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("refund", **row | changes)


def refunded(**changes: str) -> str:
    row = {
        "refund_id": "'{refund}'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "refunded_on": "'2031-05-01'",
        "recorded_at": AT,
    }
    return insert("refund_approval", **row | changes)


def move(**changes: str) -> str:
    row = {
        "id": "'mov_x'",
        "reference": "'x'",
        "from_fund_id": "'{fund}'",
        "to_fund_id": "'{other}'",
        "amount_minor": "1",
        "currency": "'USD'",
        "citation": "'c'",
        "prepared_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("interfund_move", **row | changes)


def moved(**changes: str) -> str:
    row = {
        "move_id": "'{move}'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "moved_on": "'2031-05-01'",
        "recorded_at": AT,
    }
    return insert("interfund_approval", **row | changes)


def reversal(**changes: str) -> str:
    row = {
        "id": "'rvs_x'",
        "cost_id": "'{cost}'",
        "interest_id": "NULL",
        "contribution_id": "NULL",
        "reason": "'r'",
        "prepared_by": "'{first}'",
        "recorded_at": AT,
    }
    return insert("reversal", **row | changes)


def reversed_(**changes: str) -> str:
    row = {
        "reversal_id": "'{reversal}'",
        "prepared_by": "'{first}'",
        "approved_by": "'{second}'",
        "reversed_on": "'2031-05-01'",
        "recorded_at": AT,
    }
    return insert("reversal_approval", **row | changes)


NO_KEY = "FOREIGN KEY"
RIGHT = (
    *(part(), condition(), resolution(), reduction(), receipt(pledge_id="'{fresh}'"), move()),
    *(
        ceiling(),
        order(),
        interest(),
        cost(),
        refund(),
        refunded(),
        moved(),
        reversal(),
        reversed_(),
        restriction(),
        restriction(**SHARE, id="'frs_y'"),
    ),
)
"""What the attacks change by one thing, in an order in which each is accepted by itself."""

ATTACKS: dict[str, Attack] = {
    # terms of pledges
    "a part of nothing": Attack(part(amount_minor="0"), "amount_positive"),
    "a part too much": Attack(part(amount_minor="101"), "pledge_part.exceeds_pledge"),
    "a part of a pledge that is full": Attack(part(pledge_id="'{open}'", number="2"), "pledge_part.exceeds_pledge"),
    "a part out of turn": Attack(part(number="2"), "pledge_part.out_of_order"),
    "a part of no pledge": Attack(part(pledge_id="'none'"), NO_KEY, "fk_pledge_part_pledge_id"),
    "a condition after the money": Attack(condition(pledge_id="'{given}'"), "pledge_condition.too_late"),
    "a condition nobody cites": Attack(condition(citation="''"), "citation_given"),
    "a condition that says nothing": Attack(condition(text="''"), "text_length"),
    "met by half": Attack(resolution(outcome="'half'"), "outcome_known"),
    "met on nobody's authority": Attack(resolution(authority="''"), "authority_given"),
    "resolved twice": Attack(
        resolution(condition_id="'{resolved}'"), "condition_resolution.exists", "pk_condition_resolution"
    ),
    "a condition that is not there": Attack(resolution(condition_id="'none'"), NO_KEY, "fk_condition_resolution"),
    "reduced by more than is open": Attack(reduction(amount_minor="61"), "pledge_reduction.exceeds_open"),
    "reduced by less than nothing": Attack(reduction(amount_minor="-1"), "amount_positive"),
    "half a cancellation": Attack(reduction(kind="'cancelled'", amount_minor="1"), "pledge_reduction.not_all"),
    "refused after the money came": Attack(
        reduction(kind="'refused'", pledge_id="'{partly}'", amount_minor="50"), "pledge_reduction.received"
    ),
    "forgotten": Attack(reduction(kind="'forgotten'", amount_minor="60"), "kind_known"),
    "reduced by a condition": Attack(
        reduction(condition_id="'{condition}'", pledge_id="'{conditional}'"), "condition_of_refusal"
    ),
    "refused for another's condition": Attack(
        reduction(condition_id="'{condition}'", kind="'refused'", pledge_id="'{fresh}'", amount_minor="100"),
        NO_KEY,
        "fk_pledge_reduction_condition_id",
    ),
    "received before its condition": Attack(receipt(pledge_id="'{conditional}'"), "contribution.condition_open"),
    "received before its schedule": Attack(receipt(pledge_id="'{raw}'"), "contribution.schedule_incomplete"),
    "received although reduced": Attack(receipt(amount_minor="61"), "contribution.pledge_exceeded"),
    "received from nowhere": Attack(receipt(source="'lottery'"), "source_known"),
    # restrictions, ceilings, orders
    "tied to a whim": Attack(restriction(kind="'whim'"), "kind_", "kind_"),
    "tied to nothing": Attack(restriction(value="NULL"), "kind_whole"),
    "a place and a period": Attack(restriction(usable_until="'2032-01-01'"), "kind_whole"),
    "a period that ends before it starts": Attack(
        restriction(kind="'period'", value="NULL", usable_from="'2032-01-01'", usable_until="'2031-01-01'"),
        "period_positive",
    ),
    "a share of more than all": Attack(restriction(**SHARE | {"share_numerator": "3"}), "share_within_one"),
    "half a share": Attack(restriction(**SHARE | {"share_denominator": "NULL"}), "kind_whole"),
    "a share for salaries": Attack(restriction(**SHARE | {"value": "'salaries'"}), "kind_whole"),
    "a ceiling in the past": Attack(ceiling(valid_from="'2031-04-01'"), "overhead_ceiling.follows"),
    "a ceiling above everything": Attack(ceiling(numerator="11"), "share_within_one"),
    "an order of no place": Attack(order(position="0"), "position_positive"),
    "a fund restricted twice in the same way": Attack(
        restriction(
            fund_id="'{tied}'", kind="'period'", value="NULL", usable_until="'2032-05-01'", citation="'another'"
        ),
        "fund_restriction.repeated",
    ),
    "one reference for two orders": Attack(
        order(position="2", reference="'ORDER-1'"), "funding_order.reference_reused"
    ),
    "two references for one order": Attack(
        order(version="1", position="2", fund_id="'{other}'"), "funding_order.reference_reused"
    ),
    "a place of an order without a reference": Attack(order(reference="''"), "reference_given"),
    "a fund twice in an order": Attack(
        order(version="1", position="9", reference="'ORDER-1'"), "funding_order.exists", "uq_funding_order_fund"
    ),
    "an order of no programme": Attack(order(programme_id="'none'"), NO_KEY, "fk_funding_order_programme_id"),
    "allocated by taste": Attack(allocation(rule="'taste'"), "rule_known"),
    "an order without its source": Attack(allocation(citation="NULL"), "citation_of_order"),
    "allocated to no award": Attack(allocation(), NO_KEY, "fk_allocation_record_award_id"),
    # costs, refunds, moves
    "negative interest": Attack(interest(amount_minor="-1"), "amount_positive"),
    "the same interest again": Attack(interest(reference="'Q1'"), "interest.exists", "uq_interest_reference"),
    "interest of no fund": Attack(interest(fund_id="'none'"), NO_KEY, "fk_interest_fund_id"),
    "a cost of no class": Attack(cost(cost_class="'lunch'"), "cost_class_known"),
    "a cost above the ceiling": Attack(cost(amount_minor="1001"), "programme_cost.above_ceiling"),
    "a cost after the money's time": Attack(
        cost(fund_id="'{tied}'", incurred_on="'2033-01-01'", recorded_at="'2033-01-01 12:00:00.000000'"),
        "programme_cost.period",
    ),
    "a cost nobody cites": Attack(cost(citation="''"), "citation_given"),
    "more back than was given": Attack(refund(amount_minor="10001"), "refund.exceeds_contribution"),
    "a refund nobody prepared": Attack(refund(prepared_by="'none'"), NO_KEY, "fk_refund_prepared_by"),
    "refunded alone": Attack(refunded(approved_by="'{first}'"), "two_persons"),
    "refunded in another's name": Attack(
        refunded(prepared_by="'{second}'", approved_by="'{first}'"), NO_KEY, "fk_refund_approval_refund_id"
    ),
    "refunded what is spent": Attack(refunded(refund_id="'{spent}'"), "refund_approval.spent"),
    "refunded twice": Attack(refunded(refund_id="'{done}'"), "refund_approval.exists", "refund_approval"),
    "moved to itself": Attack(move(to_fund_id="'{fund}'"), "funds_differ"),
    "moved out of its restriction": Attack(move(from_fund_id="'{tied}'"), "interfund_move.escapes_restriction"),
    "moved nothing": Attack(move(amount_minor="0"), "amount_positive"),
    "moved alone": Attack(moved(approved_by="'{first}'"), "two_persons"),
    "moved in another's name": Attack(
        moved(prepared_by="'{second}'", approved_by="'{first}'"), NO_KEY, "fk_interfund_approval_move_id"
    ),
    "taken back what was not": Attack(reversal(cost_id="'none'"), NO_KEY, "fk_reversal_cost_id"),
    "taken back nothing": Attack(reversal(cost_id="NULL"), "one_record"),
    "taken back two at once": Attack(reversal(interest_id="'{interest}'"), "reversal.exists", "one_record"),
    "taken back by two papers": Attack(
        reversal(cost_id="NULL", interest_id="'{interest}'"), "reversal.exists", "uq_reversal_interest_id"
    ),
    "a receipt taken back with its cost": Attack(reversal(contribution_id="'{gift}'"), "reversal.exists", "one_record"),
    "taken back what was refunded": Attack(reversed_(reversal_id="'{refunded}'"), "reversal_approval.refunded"),
    "refunded what was taken back": Attack(refunded(refund_id="'{revoked}'"), "refund_approval.spent"),
    "taken back without a reason": Attack(reversal(reason="''"), "reason_given"),
    "taken back alone": Attack(reversed_(approved_by="'{first}'"), "two_persons"),
    "taken back in another's name": Attack(
        reversed_(prepared_by="'{second}'", approved_by="'{first}'"), NO_KEY, "fk_reversal_approval_reversal_id"
    ),
    "taken back before it was": Attack(reversed_(reversed_on="'2031-04-30'"), "reversal_approval.too_early"),
    "taken back twice": Attack(reversed_(reversal_id="'{undone}'"), "reversal_approval.exists", "pk_reversal_approval"),
    # days that have not come, and deeds dated before the one they follow
    "met on a day to come": Attack(resolution(resolved_on=LATER), "condition_resolution.day_to_come"),
    "reduced on a day to come": Attack(reduction(decided_on=LATER), "pledge_reduction.day_to_come"),
    "reduced before it was pledged": Attack(reduction(decided_on=EARLIER), "pledge_reduction.before_pledge"),
    "received on a day to come": Attack(receipt(pledge_id="'{fresh}'", received_on=LATER), "contribution.day_to_come"),
    "received before it was pledged": Attack(
        receipt(pledge_id="'{fresh}'", received_on=EARLIER), "contribution.before_pledge"
    ),
    "interest of a day to come": Attack(interest(received_on=LATER), "interest.day_to_come"),
    "a cost of a day to come": Attack(cost(incurred_on=LATER), "programme_cost.day_to_come"),
    "refunded on a day to come": Attack(refunded(refunded_on=LATER), "refund_approval.day_to_come"),
    "refunded before it was received": Attack(refunded(refunded_on=EARLIER), "refund_approval.before_receipt"),
    "taken back on a day to come": Attack(reversed_(reversed_on=LATER), "reversal_approval.day_to_come"),
    "moved on a day to come": Attack(moved(moved_on=LATER), "interfund_approval.day_to_come"),
    "moved without a move": Attack(moved(move_id="'none'"), NO_KEY, "fk_interfund_approval_move_id"),
}


@pytest.fixture
def names(session: Session) -> dict[str, str]:
    return make_rows(session)


def attempt(session: Session, statement: str, names: dict[str, str]) -> str:
    try:
        with session.begin_nested():
            session.connection().exec_driver_sql(statement.format(**names))
    except DBAPIError as error:
        return str(error.orig)
    return "accepted"


def test_every_illegal_write_is_refused(session: Session, names: dict[str, str]) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"

    said = {name: attempt(session, attack.statement, names) for name, attack in ATTACKS.items()}

    wanted = {name: attack.sqlite if sqlite else attack.postgresql or attack.sqlite for name, attack in ATTACKS.items()}
    assert {name: found for name, found in said.items() if wanted[name] not in found} == {}
    assert len(ATTACKS) > 50


def test_what_the_attacks_change_by_one_thing_is_otherwise_right(session: Session, names: dict[str, str]) -> None:
    assert {statement: said for statement in RIGHT if (said := attempt(session, statement, names)) != "accepted"} == {}


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_edited_deleted_or_replaced(session: Session, names: dict[str, str], table: str) -> None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    column = next(iter(session.connection().exec_driver_sql(f"SELECT * FROM {table} LIMIT 1").keys()))
    statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
    statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if sqlite else f"TRUNCATE {table}")

    said = [attempt(session, statement, names) for statement in statements]

    expected = (f"{table}.append_only", f"{table}.exists") if sqlite else ("permission denied",)
    assert all(any(reason in one for reason in expected) for one in said), said
