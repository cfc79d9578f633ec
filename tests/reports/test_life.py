"""The reports of a programme in which awards were reduced, supplemented, overpaid, set off, paid back and waived."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from reparations.ledger.queries import compute_identity
from reparations.recovery.findings import list_findings
from reparations.reports.evidence.collect import collect_auditor_evidence
from reparations.reports.texts.language import Language
from reparations.reports.tracing.payments import trace_payment
from reparations_verifier import evidence as verifier
from tests.conftest import NOON
from tests.factories.recovery import adjust, correct, make_awarded, make_overpaid, make_scene, notify, pay
from tests.recovery.test_recovering import repay, set_off, waive

LATER = NOON + timedelta(days=31)


def test_the_auditors_report_adds_up_when_all_of_it_happens(session: Session) -> None:
    scene = make_scene(session)
    claim, overpayment = make_overpaid(session, scene)
    notify(session, scene, overpayment)
    reduced = make_awarded(session, scene)
    correct(session, scene, reduced, 10_000)
    adjust(session, scene, reduced)
    repay(session, scene, overpayment, 5_000)
    waive(session, scene, overpayment, 4_000)
    correct(session, scene, claim, 16_000, at=LATER)
    adjust(session, scene, claim, at=LATER)
    set_off(session, scene, overpayment, claim, minor=3_500)
    pay(session, scene, at=LATER)

    evidence = collect_auditor_evidence(
        session, scene.deciding.programme, as_of=LATER.date(), language=Language.ENGLISH
    )

    (place,) = [place for place, one in enumerate(evidence.identity) if one.fund == scene.fund.code]
    identity, fund = evidence.identity[place], evidence.funds[place]
    assert (identity.paid_minor, identity.paid_back_minor, identity.set_off_minor) == (37_500, 5_000, 3_500)
    assert (identity.awarded_minor, identity.owed_minor) == (25_000 + 10_000 + 6_000, 0)
    balance = {row.account: row.balance_minor for row in fund.trial_balance}
    assert (balance["overpayments"], balance["waivers"]) == (2_500, 4_000)
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])
    assert verifier.check_identity(report) == len(report["identity"])
    assert list_findings(session) == []
    assert compute_identity(session, scene.fund.id, "USD").faults == {}
    for row in fund.payments:  # the sources of each payment are the payment, in the report and in the trace
        assert sum(source.amount_minor for source in row.sources) == row.amount_minor
        traced = trace_payment(session, row.reference)
        assert sum(source.amount.amount_minor for source in traced.sources) == row.amount_minor


def test_an_earlier_day_is_reported_as_it_stood(session: Session) -> None:
    scene = make_scene(session)
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000, at=LATER)
    adjust(session, scene, claim, at=LATER)

    found = {
        day: collect_auditor_evidence(session, scene.deciding.programme, as_of=day, language=Language.ENGLISH)
        for day in (NOON.date(), LATER.date())
    }

    funds = [next(fund for fund in evidence.funds if fund.code == scene.fund.code) for evidence in found.values()]
    assert [row.amount_minor for fund in funds for row in fund.awards] == [25_000, 10_000]
