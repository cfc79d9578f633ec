"""Reports issued from a walked programme, on both databases, and checked by the verifier."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import text
from sqlmodel import select

from reparations import audit
from reparations.audit.models import AuditEvent
from reparations.audit.notes import verifier_key
from reparations.db import Database, Session
from reparations.payments.models import Payment
from reparations.principal import SYSTEM
from reparations.registry.models import Programme
from reparations.reports import archive, queries, service
from reparations.reports.errors import (
    BooksBroken,
    DayNotReached,
    DonorNeeded,
    DonorNotNeeded,
    NothingGiven,
    NotReproducible,
    ReportDonorNotFound,
    ReportNotFound,
    ReportProgrammeNotFound,
)
from reparations.reports.evidence import collect
from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.models import IssuedReport, ReportKind
from reparations.reports.service import ReportOrder
from reparations.reports.texts.language import Language
from reparations.settings import Settings
from reparations.vault import Keyring
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.report import check_pdf, verify_report
from reparations_verifier.verdict import Refused, Verdict
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.factories.ledger import make_donor
from tests.factories.registry import make_programme
from tests.postgres import Cluster
from tests.reports.test_pdf import all_bytes
from tests.reports.world import CANARY, TODAY, family_name

AUDITOR = ReportOrder(ReportKind.AUDITOR, "KAT", TODAY)
DONOR_A = ReportOrder(ReportKind.DONOR, "KAT", TODAY, "DONOR-A")
DONOR_B = ReportOrder(ReportKind.DONOR, "KAT", TODAY, "DONOR-B")


@pytest.fixture
def policy_file(tmp_path: Path, keyring: Keyring, settings: Settings) -> Path:
    path = tmp_path / "policy.txt"
    key = verifier_key(settings.log_origin, keyring.log_key.public_key())
    path.write_text(f"log {key}\nquorum none\n", encoding="utf-8")
    return path


@pytest.fixture
def policy(policy_file: Path) -> Policy:
    return read_policy(policy_file)


def issue(database: Database, order: ReportOrder, settings: Settings) -> tuple[IssuedReport, bytes]:
    report = service.issue_report(database, order, settings=settings, officer=SYSTEM, at=NOON)
    return report, service.get_report_bytes(database, report.id, settings=settings, at=NOON)


def test_reports_add_up_verify_and_name_nobody(walked: Database, settings: Settings, policy: Policy) -> None:
    for order in (AUDITOR, DONOR_A, DONOR_B):
        report, content = issue(walked, order, settings)
        verdict = Verdict()

        base = check_pdf(content, policy, verdict)

        assert len(base) == report.pdf_len
        assert verdict.passed == ["log_signed", "in_log", "every_byte", "adds_up", "pages_show_it"]
        inside = all_bytes(content)
        assert [secret for secret in secrets() if secret in inside] == []


def test_the_evidence_is_byte_for_byte_the_same_on_both_databases(
    sqlite_template: Path, postgresql_template: str, cluster: Cluster, keyring: Keyring
) -> None:
    found = []
    for url in (f"sqlite:///{sqlite_template}", cluster.app_url(postgresql_template)):
        database = Database(url, keyring=keyring)
        with database.reading() as session:
            programme, donor = collect.find_programme(session, "KAT"), collect.find_donor(session, "DONOR-A")
            assert programme is not None
            assert donor is not None
            evidence = (
                collect.collect_auditor_evidence(session, programme, as_of=TODAY, language=Language.FRENCH),
                collect.collect_donor_evidence(session, programme, donor, as_of=TODAY, language=Language.FRENCH),
            )
            found.append([without_commitments(evidence[0]).canonical_bytes(), evidence[1].canonical_bytes()])
        database.dispose()

    assert found[0] == found[1]
    assert len(found[0][0]) > 10_000


def without_commitments(evidence: AuditorEvidence) -> AuditorEvidence:
    """Take out what is keyed by a person's own secret, and so is never the same in two databases."""
    blank = {"facts_commitment": "", "evidence_commitments": ()}
    return evidence.model_copy(update={"grounds": tuple(row.model_copy(update=blank) for row in evidence.grounds)})


def secrets() -> Iterator[bytes]:
    yield CANARY.encode()
    for number in range(1, 21):
        yield family_name(number).encode()
        yield f"ACCOUNT{number:07d}".encode()
    for prefix in ("clm", "pty", "pay", "ins", "awd", "dec", "fnd", "don", "plg", "bat", "usr", "psn", "off"):
        yield f"{prefix}_0".encode()


def test_the_auditors_evidence_says_what_happened(walked: Database, settings: Settings) -> None:
    evidence = json.loads(issue(walked, AUDITOR, settings)[0].evidence)

    books = {row["fund"]: row for row in evidence["identity"]}
    individual = books["KAT-INDIVIDUAL"]
    assert (individual["received_minor"], individual["awarded_minor"]) == (300_000, 300_000)
    assert (individual["paid_minor"], individual["in_flight_minor"], individual["returned_minor"]) == (
        225_000,
        50_000,
        25_000,
    )
    assert books["KAT-COLLECTIVE"]["awarded_minor"] == 1_000_000
    assert books["GENERAL"]["awarded_minor"] == 50_000 + 3_000_000
    assert {row["outcome"]: row["count"] for row in evidence["outcomes"]} == {
        "ask": 1,
        "eligible": 14,
        "eligible_by_succession": 2,
        "not_eligible": 2,
    }
    assert evidence["claims"]["registered"] == 20
    assert evidence["claims"]["undecided"] == 1
    assert [row["claim"] for row in evidence["refusals"]] == ["KAT-0015", "KAT-0016"]
    assert all(row["criteria"] == ["DATE"] and row["appeal_until"] for row in evidence["refusals"])
    assert [(row["fact"], row["count"]) for row in evidence["missing_facts"]] == [("present_at_attack", 1)]
    assert {row["duty"]: (row["officers"], row["claims"]) for row in evidence["duties"]}["approver2"] == (1, 15)
    assert evidence["least_officers"] == 6
    assert [(row["count"], row["approvers"]) for row in evidence["batches"]] == [(15, 2), (1, 2)]
    assert sorted(row["kind"] for row in evidence["exceptions"]) == ["duplicate_open", "reissued", "returned"]
    rows = {row["reference"]: row for fund in evidence["funds"] for row in fund["payments"]}
    (again,) = [row for row in rows.values() if row["reissue_of"]]
    assert (again["subject"], again["state"]) == ("KAT-0003", "paid")
    assert rows[again["reissue_of"]]["state"] == "reissued"
    heirs = [row for row in rows.values() if row["subject"] == "KAT-0013"]
    assert [(row["paid_to"], row["paid_minor"]) for row in heirs] == [("KAT-0019", 12_500), ("KAT-0020", 12_500)]
    criteria = {row["code"]: (row["met"], row["not_met"], row["unknown"]) for row in evidence["criteria"]}
    assert criteria["DATE"] == (15, 2, 2)


def test_a_donor_sees_his_own_funds_and_nothing_about_few_people(walked: Database, settings: Settings) -> None:
    first = json.loads(issue(walked, DONOR_A, settings)[0].evidence)
    second = json.loads(issue(walked, DONOR_B, settings)[0].evidence)

    assert [fund["code"] for fund in first["funds"]] == ["KAT-COLLECTIVE", "KAT-INDIVIDUAL"]
    assert first["totals"][0]["given_minor"] == 1_300_000
    assert first["totals"][0]["paid_minor"] == 225_000
    assert first["outcomes"] == {"registered": 20, "eligible": 15, "not_eligible": None, "asked": None}
    (general,) = second["funds"]
    assert [row["forms"] for row in general["spending"]] == [["collective", "individual"]]
    assert general["recipients_paid"] is None
    assert second["controls"]["least_officers"] == 6
    assert b"KAT-0" not in json.dumps([first, second]).encode()


def test_a_report_as_of_an_earlier_day_shows_that_day(walked: Database, settings: Settings) -> None:
    order = ReportOrder(ReportKind.DONOR, "KAT", date(2030, 6, 1), "DONOR-A")

    evidence = json.loads(issue(walked, order, settings)[0].evidence)

    assert evidence["totals"][0]["given_minor"] == 1_300_000
    assert evidence["totals"][0]["paid_minor"] == 0
    assert all(fund["spending"] == [] for fund in evidence["funds"])
    assert evidence["rule_sets"] == []
    assert evidence["outcomes"]["registered"] is None


def test_asking_again_finds_the_report_that_was_issued(walked: Database, settings: Settings) -> None:
    first, content = issue(walked, DONOR_A, settings)
    second, again = issue(walked, DONOR_A, settings)

    assert (second.id, again) == (first.id, content)
    with walked.reading() as session:
        assert len(queries.list_reports(session)) == 1


def test_a_lost_or_altered_file_is_made_again_byte_for_byte(walked: Database, settings: Settings) -> None:
    report, content = issue(walked, DONOR_A, settings)
    path = settings.data_dir / archive.FOLDER / report.file_name

    flipped = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
    for damaged in (None, content[:-1], content + b"\n", flipped):
        if damaged is None:
            path.unlink()
        else:
            assert damaged != content
            path.write_bytes(damaged)
        assert service.get_report_bytes(walked, report.id, settings=settings, at=NOON) == content
        assert path.read_bytes() == content
    assert [file.name for file in path.parent.iterdir()] == [report.file_name]


def test_a_crash_after_the_commit_loses_nothing(
    walked: Database, settings: Settings, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(service, "_publish", crash)
        with pytest.raises(KeyboardInterrupt):
            service.issue_report(walked, DONOR_A, settings=settings, officer=SYSTEM, at=NOON)
    with walked.reading() as session:
        (report,) = queries.list_reports(session)
    assert not (settings.data_dir / archive.FOLDER / report.file_name).exists()

    content = service.get_report_bytes(walked, report.id, settings=settings, at=NOON)

    verdict = Verdict()
    check_pdf(content, policy, verdict)
    assert verdict.facts["event"] == report.event_seq


def test_a_file_that_cannot_be_made_again_is_refused_and_not_replaced(
    walked: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = issue(walked, DONOR_A, settings)
    path = settings.data_dir / archive.FOLDER / report.file_name
    path.write_bytes(b"altered")
    monkeypatch.setattr(service, "render", lambda *_: b"%PDF of another version")

    with pytest.raises(NotReproducible) as caught:
        service.get_report_bytes(walked, report.id, settings=settings, at=NOON)

    assert caught.value.record == report.id
    assert path.read_bytes() == b"altered"


def test_two_who_ask_at_once_get_one_report(walked: Database, settings: Settings) -> None:
    found: list[str] = []

    def ask() -> None:
        report = service.issue_report(walked, DONOR_A, settings=settings, officer=SYSTEM, at=NOON)
        found.append(report.id)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert len(set(found)) == 1


def test_the_event_commits_to_the_file_and_the_row(walked: Database, settings: Settings) -> None:
    report, _ = issue(walked, AUDITOR, settings)

    with walked.reading() as session:
        event = json.loads(session.get_one(AuditEvent, report.event_seq).body)
    assert (event["type"], event["subject"], event["rows_count"]) == ("report.issued", report.id, 1)
    assert event["body"] == {
        "evidence_sha256": report.evidence_sha256.hex(),
        "pdf_len": report.pdf_len,
        "pdf_sha256": report.pdf_sha256.hex(),
    }


def test_any_changed_byte_is_noticed(walked: Database, settings: Settings, policy: Policy) -> None:
    _, content = issue(walked, DONOR_A, settings)

    for position in (*range(0, len(content), len(content) // 25), len(content) - 1):
        changed = bytearray(content)
        changed[position] ^= 1
        with pytest.raises(Refused):
            check_pdf(bytes(changed), policy, Verdict())


def test_the_verifiers_command_reads_the_issued_file(
    walked: Database, settings: Settings, policy_file: Path, tmp_path: Path
) -> None:
    _, content = issue(walked, AUDITOR, settings)
    path = tmp_path / "report.pdf"
    path.write_bytes(content)

    verdict, base = verify_report(path, policy_file)

    assert verdict.status == 0
    with pikepdf.open(io.BytesIO(base)) as pdf:
        assert json.loads(pdf.attachments["evidence.json"].get_file().read_bytes())["programme"]["code"] == "KAT"


def test_a_question_that_has_no_answer_is_refused(walked: Database, settings: Settings) -> None:
    wrong = [
        (ReportOrder(ReportKind.DONOR, "KAT", TODAY), DonorNeeded),
        (ReportOrder(ReportKind.AUDITOR, "KAT", TODAY, "DONOR-A"), DonorNotNeeded),
        (ReportOrder(ReportKind.AUDITOR, "KAT", date(2031, 5, 2)), DayNotReached),
        (ReportOrder(ReportKind.AUDITOR, "ELSEWHERE", TODAY), ReportProgrammeNotFound),
        (ReportOrder(ReportKind.DONOR, "KAT", TODAY, "NOBODY"), ReportDonorNotFound),
        (ReportOrder(ReportKind.DONOR, "KAT", date(2030, 4, 2), "DONOR-A"), NothingGiven),
        (ReportOrder(ReportKind.AUDITOR, "KAT", date(2030, 4, 2)), NothingGiven),
    ]

    for order, error in wrong:
        with pytest.raises(error):
            service.issue_report(walked, order, settings=settings, officer=SYSTEM, at=NOON)
    with walked.reading() as session:
        assert queries.list_reports(session) == []


def test_an_unknown_report_is_not_found(database: Database, settings: Settings) -> None:
    with pytest.raises(ReportNotFound):
        service.get_report_bytes(database, "rep_nothing", settings=settings, at=NOON)


def test_money_changed_behind_our_back_stops_the_report(walked: Database, owner: Database, settings: Settings) -> None:
    with walked.reading() as session:
        payment = session.exec(select(Payment).where(Payment.status == "paid").limit(1)).one()
    settled = f"payment-{payment.reference}-settled"
    changes = [
        ("UPDATE contribution SET amount_minor = amount_minor + 1 WHERE reference = 'RECEIPT-GENERAL'", "/identity"),
        (f"UPDATE ledger_transfer SET amount_minor = amount_minor - 1 WHERE id = '{settled}'", payment.reference),
    ]

    for statement, record in changes:
        with behind_our_back(owner, ["ledger_transfer", "contribution"]) as session:
            session.connection().execute(text(statement))
        with pytest.raises(BooksBroken) as caught:
            service.issue_report(walked, AUDITOR, settings=settings, officer=SYSTEM, at=NOON)
        assert (caught.value.record or "").startswith(record)


def test_the_register_refuses_to_be_changed(
    session: Session, refused: Callable[[str], AbstractContextManager[None]]
) -> None:
    report = make_report(session)

    for statement in ("UPDATE issued_report SET as_of = as_of", "DELETE FROM issued_report"):
        with refused("issued_report"):
            session.connection().exec_driver_sql(statement)
    for column, value, message in [
        ("donor_id", None, "donor_named"),
        ("pdf_len", 0, "pdf_len_positive"),
        ("event_seq", -1, "issued_after_log_read"),
        ("language", "xx", "language_known"),
        ("kind", "minister", "issued_report"),
        ("pdf_sha256", b"short", "pdf_sha256_length"),
    ]:
        with refused(message):
            values = report.model_dump() | {
                "id": "rep_other",
                "evidence_sha256": b"2" * 32,
                "event_seq": 9,
                column: value,
            }
            session.add(IssuedReport(**values))
            session.flush()


def make_report(session: Session) -> IssuedReport:
    """A row of the register, with nothing behind it."""
    programme: Programme = make_programme(session)
    report = IssuedReport(
        id="rep_one",
        kind="donor",
        programme_id=programme.id,
        donor_id=make_donor(session).id,
        as_of=TODAY,
        language="en",
        evidence=b"{}",
        evidence_sha256=b"1" * 32,
        log_origin="log",
        log_size=0,
        log_root=b"0" * 32,
        pdf_sha256=b"3" * 32,
        pdf_len=1,
        event_seq=1,
        file_name="a.pdf",
        issued_by="system",
        issued_at=NOON,
    )
    session.add(report)
    audit.record(session, at=NOON, actor=SYSTEM, action="report.issued", subject=report.id, rows=[report])
    return report
