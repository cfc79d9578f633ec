"""Money is followed from every gift to every payment and back, to the last unit, and nobody is named."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from reparations.eligibility.models import AwardFunding
from reparations.ids import new_id
from reparations.ledger.models import AccountCode, Contribution, LedgerAccount, LedgerBalance, Pledge
from reparations.payments.errors import PaymentNotFound
from reparations.payments.models import Payment, PaymentStatus
from reparations.principal import Role
from reparations.registry.models import Evidence
from reparations.reports.evidence.collect import (
    collect_auditor_evidence,
    collect_donor_evidence,
    find_donor,
    find_programme,
)
from reparations.reports.evidence.slices import Slice, split_slices
from reparations.reports.texts.language import Language
from reparations.reports.tracing.payments import PaymentTrace, trace_payment
from reparations.reports.tracing.queries import TracedUse, trace_contribution, trace_pledge
from tests.factories.access import PASSWORD, make_account
from tests.reports.world import CANARY, TODAY, family_name

SLICES = st.lists(st.builds(Slice, st.sampled_from(["a", "b", "c", None]), st.integers(0, 50)), max_size=6)


@given(slices=SLICES, parts=st.lists(st.integers(0, 60), max_size=6))
def test_slices_and_parts_add_up_whatever_they_are(slices: list[Slice], parts: list[int]) -> None:
    shared, left = split_slices(slices, parts)

    assert [sum(one.amount_minor for one in part) for part in shared] == parts
    given_out: Counter[str | None] = Counter()
    for one in [slice_ for part in shared for slice_ in part] + left:
        given_out[one.contribution_id] += one.amount_minor
    received: Counter[str | None] = Counter()
    for one in slices:
        received[one.contribution_id] += one.amount_minor
    for contribution_id in ("a", "b", "c"):
        assert given_out[contribution_id] == received[contribution_id]
    assert given_out.total() == received.total() + max(0, sum(parts) - received.total())


def traces_of_payments(session: Session) -> list[PaymentTrace]:
    return [trace_payment(session, number) for number in session.exec(select(Payment.id)).all()]


def test_every_payment_is_fully_attributed_and_both_directions_agree(database: Database) -> None:
    with database.reading() as session:
        backwards = {trace.payment_id: trace for trace in traces_of_payments(session)}
        forwards: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for contribution_id in session.exec(select(Contribution.id)).all():
            for use in trace_contribution(session, contribution_id, limit=10_000).uses:
                for payment in use.payments:
                    forwards[payment.payment_id][contribution_id] += payment.amount.amount_minor

    assert len(backwards) > 15
    for payment_id, trace in backwards.items():
        assert sum(source.amount.amount_minor for source in trace.sources) == trace.amount.amount_minor
        named = {s.contribution_id: s.amount.amount_minor for s in trace.sources if s.contribution_id is not None}
        assert named == dict(forwards[payment_id])


def test_all_gifts_together_are_what_was_awarded_and_paid(database: Database) -> None:
    with database.reading() as session:
        traces = [trace_contribution(session, one, limit=10_000) for one in session.exec(select(Contribution.id)).all()]
        awarded = sum(session.exec(select(AwardFunding.amount_minor)).all())
        paid = sum(session.exec(select(Payment.amount_minor).where(Payment.status == PaymentStatus.PAID)).all())
        kept = sum(
            session.exec(
                select(LedgerBalance.amount_minor)
                .join(LedgerAccount, col(LedgerAccount.id) == LedgerBalance.account_id)
                .where(LedgerAccount.code == AccountCode.AWARDS)
            ).all()
        )

    uses = [use for trace in traces for use in trace.uses]
    assert sum(use.amount.amount_minor for use in uses) == awarded == kept
    assert sum(use.paid.amount_minor for use in uses) == paid > 0
    for trace in traces:
        (gift,) = trace.gifts
        assert gift.amount == gift.used + gift.unspent + gift.given_back
        assert sum(use.amount.amount_minor for use in trace.uses) == gift.used.amount_minor
        assert gift.given_back.amount_minor == 0


def test_a_pledge_is_the_sum_of_its_receipts_and_is_paged_without_loss(database: Database) -> None:
    with database.reading() as session:
        pledge_id = session.exec(select(Pledge.id).order_by(col(Pledge.amount_minor))).first()
        assert pledge_id is not None
        whole = trace_pledge(session, pledge_id, limit=10_000)
        pages: list[TracedUse] = []
        after = None
        while page := trace_pledge(session, pledge_id, after=after, limit=3).uses:
            pages += page
            after = page[-1].page_key

    assert pages == list(whole.uses)
    assert len(pages) > 6
    assert sum(use.amount.amount_minor for use in pages) == sum(gift.used.amount_minor for gift in whole.gifts)


def test_a_payment_leads_back_to_its_decision_rules_and_evidence(database: Database) -> None:
    with database.reading() as session:
        traces = traces_of_payments(session)
        commitments = {one.hex() for one in session.exec(select(Evidence.content_commitment))}
        with pytest.raises(PaymentNotFound):
            trace_payment(session, new_id("pay"))

    grounds = [trace.grounds for trace in traces]
    assert all(one is not None for one in grounds)
    for one in grounds:
        assert one is not None
        assert (one.rule_set, one.rule_set_version, one.outcome) == ("icc-katanga", 1, "eligible")
        assert len(one.ast_sha256) == len(one.file_sha256) == len(one.facts_commitment) == 64
        assert one.criteria_met
        assert all(criterion.citation for criterion in one.criteria_met)
        assert set(one.evidence_commitments) <= commitments
    heirs = [trace for trace in traces if trace.paid_to != trace.subject]
    assert {trace.subject for trace in heirs} == {"KAT-0013"}
    assert any(trace.reissues_id for trace in traces)


def test_traces_over_the_network_name_nobody(database: Database, client: TestClient) -> None:
    with database.transaction() as session:
        for role in (Role.AUDITOR, Role.APPROVER):
            make_account(session, role, username=f"the.{role}")
        contributions, payments = session.exec(select(Contribution.id)).all(), session.exec(select(Payment.id)).all()
        pledges = session.exec(select(Pledge.id)).all()
    headers = {
        role: {
            "Authorization": "Bearer "
            + client.post("/sessions", json={"username": f"the.{role}", "password": PASSWORD}).json()["access_token"]
        }
        for role in (Role.AUDITOR, Role.APPROVER)
    }
    paths = [f"/trace/contributions/{one}" for one in contributions]
    paths += [f"/trace/pledges/{one}" for one in pledges] + [f"/trace/payments/{one}" for one in payments]

    answers = [client.get(path, headers=headers[Role.AUDITOR]) for path in paths]

    assert {answer.status_code for answer in answers} == {200}
    said = "".join(answer.text for answer in answers)
    assert [secret for secret in (CANARY, *(family_name(number) for number in range(1, 21))) if secret in said] == []
    assert client.get(paths[0], headers=headers[Role.APPROVER]).status_code == 403
    assert client.get(paths[0]).status_code == 401
    for path in (f"contributions/{new_id('ctb')}", f"pledges/{new_id('plg')}", f"payments/{new_id('pay')}"):
        assert client.get(f"/trace/{path}", headers=headers[Role.AUDITOR]).status_code == 404


@pytest.fixture
def _configured(
    database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPARATIONS_MODE", "demo")
    monkeypatch.setenv("REPARATIONS_DATABASE_URL", database_urls[0])
    monkeypatch.setenv("REPARATIONS_KEYS_DIR", str(keys_dir))
    monkeypatch.setenv("REPARATIONS_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("_configured")
def test_the_command_follows_money_both_ways(database: Database) -> None:
    with database.reading() as session:
        pledge = session.exec(select(Pledge).order_by(col(Pledge.amount_minor))).first()
        assert pledge is not None
        contribution_id = session.exec(select(Contribution.id).where(Contribution.pledge_id == pledge.id)).one()

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(build(), ["trace", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    found = json.loads(run("pledge", pledge.id, "--json"))
    again = json.loads(run("contribution", contribution_id, "--json"))
    assert found["uses"] == again["uses"]
    payment = found["uses"][0]["payments"][0]
    back = json.loads(run("payment", payment["reference"], "--json"))
    assert (back["payment_id"], back["sources"][0]["pledge_id"]) == (payment["payment_id"], pledge.id)
    assert "more: --after" in run("pledge", pledge.id, "--limit", "1")
    assert f"from {back['sources'][0]['donor']}" in run("payment", payment["payment_id"])


def test_the_auditors_report_says_of_every_payment_and_every_receipt_what_the_traces_say(database: Database) -> None:
    with database.reading() as session:
        programme = find_programme(session, "KAT")
        assert programme is not None
        evidence = collect_auditor_evidence(session, programme, as_of=TODAY, language=Language.ENGLISH)
        backwards = {trace.reference: trace for trace in traces_of_payments(session)}
        forwards = [
            trace_contribution(session, one, limit=10_000) for one in session.exec(select(Contribution.id)).all()
        ]

    printed = {payment.reference: payment for fund in evidence.funds for payment in fund.payments}
    assert printed.keys() == backwards.keys()
    for reference, trace in backwards.items():
        told = {(one.pledge, one.receipt): one.amount_minor for one in printed[reference].sources}
        assert told == {(one.pledge_reference, one.reference): one.amount.amount_minor for one in trace.sources}
    uses = {(row.receipt, row.subject): row for fund in evidence.funds for row in fund.uses}
    for gift in forwards:
        for use in gift.uses:
            row = uses.pop((gift.gifts[0].reference, use.subject))
            assert (row.awarded_minor, row.paid_minor) == (use.amount.amount_minor, use.paid.amount_minor)
    assert uses == {}
    grounds = {row.subject: row for row in evidence.grounds}
    for trace in backwards.values():
        behind, stated = trace.grounds, grounds[trace.subject]
        assert behind is not None
        assert (stated.facts_commitment, stated.ast_sha256) == (behind.facts_commitment, behind.ast_sha256)
        assert stated.evidence_commitments == behind.evidence_commitments
        assert stated.criteria_met == tuple(criterion.code for criterion in behind.criteria_met)


def test_a_donors_report_says_what_each_gift_paid_for_and_singles_nobody_out(database: Database) -> None:
    with database.reading() as session:
        programme, donor = find_programme(session, "KAT"), find_donor(session, "DONOR-A")
        assert programme is not None
        assert donor is not None
        evidence = collect_donor_evidence(session, programme, donor, as_of=TODAY, language=Language.ENGLISH)
        wanted = select(Contribution.id).where(Contribution.reference == "RECEIPT-KAT-INDIVIDUAL")
        uses = trace_contribution(session, session.exec(wanted).one(), limit=100).uses
        paid = sum(use.paid.amount_minor for use in uses)

    receipts = {row.receipt: row for fund in evidence.funds for row in fund.receipts}
    assert set(receipts) == {"RECEIPT-KAT-INDIVIDUAL", "RECEIPT-KAT-COLLECTIVE"}
    individual, collective = receipts["RECEIPT-KAT-INDIVIDUAL"], receipts["RECEIPT-KAT-COLLECTIVE"]
    assert (individual.awards_minor, individual.paid_minor, individual.unspent_minor) == (300_000, paid, 0)
    assert (collective.awards_minor, collective.paid_minor, collective.recipients) == (1_000_000, 0, None)
