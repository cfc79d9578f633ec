"""Reports, traces and the audit while a programme pays in rounds: they reconcile at every step of the way."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from sqlmodel import Session, select

from reparations.audit.verification import verify_rows
from reparations.eligibility import service
from reparations.eligibility.rules.rounds import ProRata
from reparations.ledger.models import Fund
from reparations.ledger.queries import list_attribution, list_entry_digests, list_findings
from reparations.ledger.rules import UseKind
from reparations.money import Money
from reparations.registry.models import Programme
from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.evidence.collect import collect_auditor_evidence, collect_donor_evidence
from reparations.reports.texts.language import Language
from reparations.tables import list_models
from tests.conftest import NOON
from tests.factories.eligibility import TODAY, Scene
from tests.factories.ledger import give, make_donor, make_fund
from tests.factories.rounds import carry_out, confirm, gambian, make_decided, make_round, make_round_scene


def awards_of(evidence: AuditorEvidence) -> list[tuple[str, str, int]]:
    return [
        (row.subject.split("-", 1)[1], row.title, row.amount_minor) for fund in evidence.funds for row in fund.awards
    ]


def report(session: Session, scene: Scene, *, days: int = 0) -> AuditorEvidence:
    """Collect an auditor's report; collecting refuses figures that do not add up."""
    programme: Programme = scene.programme
    return collect_auditor_evidence(session, programme, as_of=TODAY + timedelta(days=days), language=Language.ENGLISH)


def used(session: Session, fund: Fund) -> list[int]:
    found = list_attribution(session, fund.id, "GMD").attributions
    assert {one.kind for one in found} <= {UseKind.AWARD}
    return sorted(one.amount.amount_minor for one in found)


def test_reports_reconcile_before_during_and_after_a_round(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"])
    donor = make_donor(session, code="DONOR-R")
    give(session, fund, Money(20_000_000, "GMD"), donor=donor)
    make_decided(session, scene, *(gambian("40000.00") for _ in range(3)))
    row = make_round(session, scene, ProRata(at_most=Fraction(1, 2)), {fund.code: 20_000_000})
    assert awards_of(report(session, scene)) == []
    confirm(session, scene, row)
    assert awards_of(report(session, scene)) == [("ROUND-1", "Round 1, not parted yet", 6_000_000)]
    assert used(session, fund) == [6_000_000]

    service.carry_out_round(session, scene.programme, 1, officer=scene.administrator, at=NOON, limit=1)
    half = awards_of(report(session, scene))
    assert [(subject, amount) for subject, _, amount in half] == [("0001", 2_000_000), ("ROUND-1", 4_000_000)]
    assert used(session, fund) == [2_000_000, 4_000_000]
    carry_out(session, scene, row)
    assert [amount for _, _, amount in awards_of(report(session, scene))] == [2_000_000] * 3

    later = NOON + timedelta(days=1)
    last = make_round(session, scene, ProRata(), {fund.code: 20_000_000}, at=later)
    confirm(session, scene, last, at=later)
    carry_out(session, scene, last, at=later)

    assert [amount for _, _, amount in awards_of(report(session, scene, days=1))] == [4_000_000] * 3
    assert [amount for _, _, amount in awards_of(report(session, scene))] == [2_000_000] * 3
    assert used(session, fund) == [4_000_000] * 3
    given = collect_donor_evidence(
        session, scene.programme, donor, as_of=TODAY + timedelta(days=1), language=Language.ENGLISH
    )
    assert given.identity[0].awarded_minor == 12_000_000


def test_every_row_of_a_round_is_committed_to_the_log(session: Session) -> None:
    scene = make_round_scene(session)
    fund = make_fund(session, currencies=["GMD"], available_minor=20_000_000)
    make_decided(session, scene, gambian(), gambian())
    row = make_round(session, scene, ProRata(), {fund.code: 5_000_000})
    confirm(session, scene, row)
    carry_out(session, scene, row, limit=1)

    found = list(verify_rows(session, list_models(), {"ledger_transfer": list_entry_digests}))

    assert [finding for finding in found if "round" in finding.record or "award" in finding.record] == []
    assert list(list_findings(session)) == []
    assert session.exec(select(Fund)).all()
