"""The identity of a report counts every way in which money comes and goes."""

from __future__ import annotations

import json

import pytest
from sqlmodel import Session

from reparations.ledger import service
from reparations.ledger.models import AccountCode, ClearanceKind
from reparations.ledger.postings import Movement, new_transfer
from reparations.ledger.queries import sum_movements
from reparations.money import Money
from reparations.reports.evidence.books import compute_identity, list_accounts
from reparations.reports.evidence.donor import state_donor_sums, total_by_currency
from reparations.reports.evidence.parts import IDENTITY_IN, IDENTITY_OUT, identity_sums, list_lines
from reparations.reports.evidence.sums import check_sums
from reparations_verifier import evidence as verifier
from reparations_verifier.verdict import Refused
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.factories.reports import make_donor_evidence

DEEDS = (
    (Movement.OPENED_BANK, 20_000),
    (Movement.OPENED_IN_TRANSIT, 800),
    (Movement.OPENED_AWARDS_PAYABLE, 3_000),
    (Movement.SETTLED, 600),
    (Movement.REJECTED, 150),
    (Movement.NOT_OWED, 100),
    (Movement.INTEREST, 700),
    (Movement.TAKEN_IN, 5_000),
    (Movement.LENT_OUT, 1_000),
    (Movement.BOUGHT, 4_000),
    (Movement.EXCHANGE_GAIN, 60),
    (Movement.SOLD, 500),
    (Movement.FEE, 11),
    (Movement.COST, 222),
    (Movement.REFUNDED, 3_333),
    (Movement.AWARDED, 9_000),
    (Movement.AWARD_WRITTEN_BACK, 1_500),
    (Movement.RESERVED, 6_000),
    (Movement.DISPATCHED, 5_500),
    (Movement.SETTLED, 5_000),
    (Movement.OVERPAID, 400),
    (Movement.PAID_BACK, 100),
    (Movement.SET_OFF, 150),
    (Movement.WAIVED, 50),
    (Movement.PUT_IN_TRUST, 300),
)
PAID = 5_000
CLEARED = {ClearanceKind.SETTLED: 600, ClearanceKind.REJECTED: 150, ClearanceKind.NOT_OWED: 100}


def test_every_way_in_and_out_is_counted_and_the_verifier_agrees(session: Session) -> None:
    fund = make_fund(session, code="WHOLE", available_minor=100_000)
    for number, (movement, minor) in enumerate(DEEDS):
        transfer = new_transfer(f"deed-{number}", fund.id, Money(minor, "USD"), movement)
        service.post(session, entry_id=f"deed-{number}", transfers=[transfer], occurred_on=TODAY, at=NOON)
    book = ("WHOLE", "USD")

    identity = compute_identity(
        book,
        list_accounts(session, as_of=TODAY)[book],
        sum_movements(session, as_of=TODAY)[book],
        paid_minor=PAID,
        cleared=CLEARED,
    )

    assert dict(list_lines(identity, IDENTITY_IN)) == {
        "received": 100_000,
        "interest": 700,
        "opening": 20_800,
        "exchange": 3_500,
        "interfund": 4_000,
        "paid_back": 100,
    }
    assert dict(list_lines(identity, IDENTITY_OUT)) == {
        "paid": 5_600,
        "in_flight": 550,
        "returned": 0,
        "fees": 11,
        "costs": 222,
        "refunds": 3_333,
        "balance": identity.bank_minor + identity.reserved_minor,
    }
    assert (identity.opening_in_flight_minor, identity.opening_paid_minor) == (50, 600)
    assert identity.due_minor == 9_000 - 1_500 + 3_000 - 100 == 5_600 + identity.set_off_minor + identity.owed_minor
    report = {
        "schema": "reparations/donor-report/3",
        "identity": [identity.model_dump()],
        "sums": [one.model_dump(mode="json") for one in identity_sums((identity,))],
    }
    assert verifier.check_identity(report) == 1
    assert verifier.check_sums(report) == 5


def test_a_donors_totals_count_what_was_given_back() -> None:
    good = make_donor_evidence()
    identity = (
        good.identity[0],
        good.identity[1].model_copy(update={"refunds_minor": 1_000_000, "balance_minor": 12_000_000,
                                            "bank_minor": 12_000_000}),
    )  # fmt: skip
    totals = total_by_currency(good.funds, identity)
    sums = tuple(state_donor_sums(good.funds, identity, totals))

    check_sums(good.model_copy(update={"identity": identity, "totals": totals, "sums": sums}))

    assert (totals[0].refunded_minor, totals[0].received_minor) == (1_000_000, 20_000_000)


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("name", ["opening_minor", "exchange_minor", "interfund_minor", "paid_back_minor"])
def test_the_verifier_counts_the_new_lines_from_version_2_on(name: str, version: str) -> None:
    report = json.loads(make_donor_evidence().canonical_bytes())
    report["schema"] = f"reparations/donor-report/{version}"
    assert verifier.check_identity(report) == 2
    report["identity"][0][name] = 1

    with pytest.raises(Refused, match="identity_broken"):
        verifier.check_identity(report)
    report["schema"] = "reparations/donor-report/1"
    assert verifier.check_identity(report) == 2


def test_only_what_few_funds_have_is_left_out_where_it_is_nothing() -> None:
    identity = make_donor_evidence().identity[0]

    assert [name for name, _ in list_lines(identity, IDENTITY_IN)] == ["received", "interest"]
    assert AccountCode.REFUNDS not in dict(list_lines(identity, IDENTITY_OUT))
