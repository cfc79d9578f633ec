"""Reports of books that were opened with the balances of another system, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from reparations.audit.notes import verifier_key
from reparations.db import Database
from reparations.ledger import queries, service
from reparations.ledger.models import AwardForm, ClearanceKind, Donor
from reparations.money import Money
from reparations.principal import SYSTEM
from reparations.registry.models import Programme
from reparations.reports.models import ReportKind
from reparations.reports.service import ReportOrder, get_report_bytes, issue_report
from reparations.settings import Settings
from reparations.vault import Keyring
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.report import check_pdf
from reparations_verifier.verdict import Verdict
from tests.conftest import NOON
from tests.factories.ledger import give, make_fund
from tests.factories.periods import Pair, clear, make_pair
from tests.reports.world import TODAY

SHEET = b"""fund,currency,account,amount
OLD,USD,bank,9000.00
OLD,USD,in_transit,500.00
OLD,USD,returned,250.00
OLD,USD,overpayments,100.00
OLD,USD,awards_payable,3000.00
OLD,USD,held_in_trust,2000.00
"""


@pytest.fixture
def policy(tmp_path: Path, keyring: Keyring, settings: Settings) -> Policy:
    path = tmp_path / "policy.txt"
    key = verifier_key(settings.log_origin, keyring.log_key.public_key())
    path.write_text(f"log {key}\nquorum none\n", encoding="utf-8")
    return read_policy(path)


def open_books(session: Session) -> tuple[str, Pair]:
    """A fund of the programme, opened with every account there is to open, and then given to."""
    programme = session.exec(select(Programme).where(Programme.code == "KAT")).one()
    pair = make_pair(session)
    fund = make_fund(session, code="OLD", forms=[AwardForm.INDIVIDUAL], programme_id=programme.id)
    sheet = service.prepare_opening(
        session,
        SHEET,
        source_system="Old books 3.2",
        as_of=TODAY - timedelta(days=1),
        officer=pair.first,
        at=NOON,
    )
    service.confirm_opening(session, sheet.id, officer=pair.second, at=NOON)
    donor = session.exec(select(Donor).where(Donor.code == "DONOR-A")).one()
    give(session, fund, Money(12_345, "USD"), donor=donor)
    return fund.id, pair


STEPS = (
    (ClearanceKind.SETTLED, 40_000),
    (ClearanceKind.REJECTED, 4_000),
    (ClearanceKind.WRITTEN_BACK, 20_000),
    (ClearanceKind.REPAID, 3_000),
    (ClearanceKind.WAIVED, 1_000),
    (ClearanceKind.RELEASED, 200_000),
    (ClearanceKind.PAID, 150_000),
    (ClearanceKind.NOT_OWED, 7_000),
)


@pytest.mark.parametrize("kind", [ReportKind.AUDITOR, ReportKind.DONOR])
def test_a_report_counts_what_the_books_were_opened_with(
    walked: Database, settings: Settings, policy: Policy, kind: ReportKind
) -> None:
    with walked.transaction() as session:
        open_books(session)
        assert queries.list_findings(session) == []
    donor = "DONOR-A" if kind is ReportKind.DONOR else None

    report = issue_report(walked, ReportOrder(kind, "KAT", TODAY, donor), settings=settings, officer=SYSTEM, at=NOON)
    verdict = Verdict()
    check_pdf(get_report_bytes(walked, report.id, settings=settings, at=NOON), policy, verdict)

    assert verdict.passed == ["log_signed", "in_log", "every_byte", "adds_up", "pages_show_it"]
    old = {row["fund"]: row for row in json.loads(report.evidence)["identity"]}["OLD"]
    assert {name: old[f"{name}_minor"] for name in ("opening", "in_flight", "returned", "bank", "opening_owed")} == {
        "opening": 975_000,
        "in_flight": 50_000,
        "returned": 25_000,
        "bank": 912_345,
        "opening_owed": 500_000,
    }
    assert (old["opening_in_flight_minor"], old["opening_returned_minor"]) == (50_000, 25_000)
    assert old["accounted_minor"] == 975_000 + 12_345


@pytest.mark.parametrize("kind", [ReportKind.AUDITOR, ReportKind.DONOR])
def test_a_report_counts_what_became_of_it(
    walked: Database, settings: Settings, policy: Policy, kind: ReportKind
) -> None:
    with walked.transaction() as session:
        fund_id, pair = open_books(session)
    for step, minor in STEPS:
        with walked.transaction() as session:
            clear(session, pair, fund_id, step, Money(minor, "USD"), cleared_on=TODAY)
    donor = "DONOR-A" if kind is ReportKind.DONOR else None

    report = issue_report(walked, ReportOrder(kind, "KAT", TODAY, donor), settings=settings, officer=SYSTEM, at=NOON)
    yesterday = ReportOrder(ReportKind.AUDITOR, "KAT", TODAY - timedelta(days=1), None)
    earlier = issue_report(walked, yesterday, settings=settings, officer=SYSTEM, at=NOON)
    verdict = Verdict()
    check_pdf(get_report_bytes(walked, report.id, settings=settings, at=NOON), policy, verdict)

    assert verdict.passed == ["log_signed", "in_log", "every_byte", "adds_up", "pages_show_it"]
    old = {row["fund"]: row for row in json.loads(report.evidence)["identity"]}["OLD"]
    assert {name: old[f"{name}_minor"] for name in ("opening", "paid_back", "paid", "opening_paid", "owed")} == {
        "opening": 975_000,
        "paid_back": 3_000,
        "paid": 190_000,
        "opening_paid": 190_000,
        "owed": 500_000 - 190_000 - 7_000,
    }
    assert (old["opening_in_flight_minor"], old["opening_returned_minor"]) == (6_000, 5_000)
    assert (old["opening_owed_minor"], old["due_minor"]) == (493_000, 493_000)
    before = {row["fund"]: row for row in json.loads(earlier.evidence)["identity"]}["OLD"]
    assert (before["opening_in_flight_minor"], before["opening_paid_minor"]) == (50_000, 0)
