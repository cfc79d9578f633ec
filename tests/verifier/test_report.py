"""The verifier and an issued report: what is honest passes, and no byte can be changed unseen."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reparations.audit.proofs import PLACEHOLDER, PROOF_NAME, NotAppendable, append_proof
from reparations_verifier.cli import main
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.report import check_pdf, verify_report
from reparations_verifier.verdict import Refused, Verdict
from tests.verifier.issuing import EVIDENCE, PAGE, POLICY, evidence_bytes, issue, make_base, prove


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.txt"
    path.write_text(POLICY, encoding="utf-8")
    return path


def refusal(pdf: bytes, policy: Policy) -> str:
    """Check a file that must not pass; return why it is refused."""
    with pytest.raises(Refused) as caught:
        check_pdf(pdf, policy, Verdict())
    return caught.value.code


@pytest.mark.parametrize("table", [False, True])
def test_an_honest_report_is_verified(tmp_path: Path, policy: Path, table: bool) -> None:  # noqa: FBT001 a parameter of the test
    path = tmp_path / "report.pdf"
    path.write_bytes(issue(table=table))

    verdict, base = verify_report(path, policy)

    assert verdict.status == 0
    assert verdict.passed == ["log_signed", "in_log", "every_byte", "adds_up", "pages_show_it"]
    assert base == make_base(evidence_bytes(), table=table)
    assert (verdict.facts["event"], verdict.facts["log_size"], verdict.facts["sums"]) == (6, 11, 2)


@pytest.mark.parametrize("table", [False, True])
def test_every_single_changed_byte_is_detected(policy: Path, table: bool) -> None:  # noqa: FBT001 a parameter of the test
    pdf, known = issue(table=table), read_policy(policy)
    base_length = len(make_base(evidence_bytes(), table=table))
    for position in range(len(pdf)):
        # One bit everywhere; in the appended part also the bit of upper and lower case.
        for bit in (0x01,) if position < base_length else (0x01, 0x20):
            changed = bytearray(pdf)
            changed[position] ^= bit
            assert refusal(bytes(changed), known), f"byte {position}, bit {bit:#x} went unseen"


@pytest.mark.parametrize("table", [False, True])
def test_bytes_added_removed_or_cut_are_detected(policy: Path, table: bool) -> None:  # noqa: FBT001 a parameter of the test
    pdf, known = issue(table=table), read_policy(policy)
    base = make_base(evidence_bytes(), table=table)
    assert refusal(pdf + b"\n", known) == "bytes_added"
    assert refusal(b"\n" + pdf, known) == "bytes_changed"
    assert refusal(pdf[:-1], known) == "bytes_added"
    assert refusal(base, known) == "proof_missing"
    assert refusal(pdf + pdf[len(base) :], known) == "bytes_added"
    assert refusal(b"", known) == "proof_missing"
    for position in range(len(base), len(pdf), 5):
        assert refusal(pdf[:position] + b" " + pdf[position:], known)
        assert refusal(pdf[:position] + pdf[position + 1 :], known)


def test_a_proof_of_another_report_is_refused(policy: Path) -> None:
    known = read_policy(policy)
    other = evidence_bytes(visible=["USD 600.00"])
    base = make_base(evidence_bytes())
    assert refusal(append_proof(base, prove(make_base(other), other)), known) == "bytes_changed"


def test_a_proof_of_another_deed_is_refused(policy: Path) -> None:
    known, evidence = read_policy(policy), evidence_bytes()
    base = make_base(evidence)
    for event in ({"type": "report.planned"}, {"seq": 5}, {"body": 1}):
        assert refusal(append_proof(base, prove(base, evidence, **event)), known) == "event_other"
    for body in ({"pdf_len": True}, {"pdf_len": 5, "pdf_sha256": 5}, {}):
        assert refusal(append_proof(base, prove(base, evidence, body=body)), known) == "event_malformed"


def test_a_log_one_does_not_know_is_refused(policy: Path) -> None:
    known, evidence = read_policy(policy), evidence_bytes()
    base = make_base(evidence)
    stranger = prove(base, evidence, key=Ed25519PrivateKey.generate())
    renamed = prove(base, evidence, origin="other.example/audit")
    assert refusal(append_proof(base, stranger), known) == "log_unknown"
    assert refusal(append_proof(base, renamed), known) == "log_unknown"


def test_a_signature_that_cannot_be_checked_is_not_let_in(policy: Path) -> None:
    known, evidence = read_policy(policy), evidence_bytes()
    base = make_base(evidence)
    proof = prove(base, evidence)
    own_line = proof.splitlines(keepends=True)[-1]
    for added in ("\u2014 stranger.example AAAAAAAA\n", own_line):
        assert refusal(append_proof(base, proof + added), known) == "signer_unknown"


def test_an_update_that_adds_or_shadows_something_is_refused(policy: Path) -> None:
    pdf, known = issue(), read_policy(policy)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.attachments["evidence.json"] = b"{}"
        rewritten = io.BytesIO()
        opened.save(rewritten)
    assert refusal(rewritten.getvalue(), known)
    appended = pdf + pdf[-40:].replace(b"startxref", b"%artxref ")
    assert refusal(appended, known) == "bytes_added"


def test_the_evidence_must_be_that_of_the_event(policy: Path) -> None:
    known, base = read_policy(policy), make_base(evidence_bytes())
    assert refusal(append_proof(base, prove(base, b"{}")), known) == "evidence_changed"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"schema": "other/1"}, "evidence_unknown"),
    ({"sums": []}, "evidence_malformed"),
    ({"visible": []}, "evidence_malformed"),
    ({"identity": []}, "evidence_malformed"),
    ({"identity": [EVIDENCE["identity"][0] | {"paid_minor": 60_001}]}, "identity_broken"),
    ({"identity": [EVIDENCE["identity"][0] | {"costs_minor": None}]}, "evidence_malformed"),
    ({"identity": ["all is well"]}, "evidence_malformed"),
    ({"payments": [{"amount_minor": 25_000}, {"amount_minor": 35_001}]}, "sum_wrong"),
    ({"payments": [{"amount_minor": True}]}, "evidence_malformed"),
    ({"sums": [{"total": "/totals/0/nothing", "parts": []}]}, "evidence_malformed"),
    ({"sums": [{"total": "totals", "parts": []}]}, "evidence_malformed"),
    ({"sums": [{"total": "/payments/*/amount_minor", "parts": []}]}, "evidence_malformed"),
    ({"sums": [{"total": "/payments/7/amount_minor", "parts": []}]}, "evidence_malformed"),
    ({"sums": ["/totals"]}, "evidence_malformed"),
    ({"visible": ["USD 601.00"]}, "figure_not_visible"),
    ({"visible": [" "]}, "evidence_malformed"),
    ({"extra": 1.5}, "evidence_malformed"),
]


@pytest.mark.parametrize(("changes", "code"), WRONG)
def test_evidence_that_is_wrong_in_itself_is_refused_though_it_was_logged(
    policy: Path, changes: dict[str, Any], code: str
) -> None:
    assert refusal(issue(evidence_bytes(**changes)), read_policy(policy)) == code


@pytest.mark.parametrize("raw", [b"[]", b'{"a":1,"a":1}', b'{"b":1, "a":2}', b"\xff", b'{"a":"\xc3\xa9"}'])
def test_evidence_in_another_spelling_is_refused(policy: Path, raw: bytes) -> None:
    assert refusal(issue(raw), read_policy(policy)) == "evidence_malformed"


def test_pages_that_show_another_figure_are_refused_though_they_were_logged(policy: Path) -> None:
    pdf = issue(page=PAGE.replace("600.00", "900.00"))
    assert refusal(pdf, read_policy(policy)) == "figure_not_visible"


def test_a_page_that_changes_with_the_proof_is_refused_though_it_was_logged(policy: Path) -> None:
    """An insider could make the place of the proof a part of a page, which the proof then takes away."""
    evidence = evidence_bytes()
    drawing = b"BT /F1 12 Tf 72 72 Td (Nothing to see here) Tj ET\n"
    with pikepdf.open(io.BytesIO(make_base(evidence, table=True, placeholder=drawing))) as pdf:
        page = pdf.pages[0]
        page.Resources.Font["/F1"] = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        page.Contents = pikepdf.Array([page.Contents, pdf.attachments[PROOF_NAME].obj.EF.F])
        crafted = io.BytesIO()
        pdf.save(crafted)
    base = crafted.getvalue()
    assert refusal(append_proof(base, prove(base, evidence)), read_policy(policy)) in {
        "pages_changed",
        "text_unreadable",
    }


def test_a_base_without_the_place_for_a_proof_takes_none() -> None:
    with pikepdf.new() as empty:
        empty.add_blank_page()
        target = io.BytesIO()
        empty.save(target)
    for pdf in (target.getvalue(), b"%PDF-1.7\n", b"startxref\n0\n%%EOF\n"):
        with pytest.raises(NotAppendable):
            append_proof(pdf, prove(pdf, b""))


def test_the_issued_file_is_a_sound_pdf_with_its_proof_attached() -> None:
    for table in (False, True):
        pdf = issue(table=table)
        with pikepdf.open(io.BytesIO(pdf)) as opened, pikepdf.open(io.BytesIO(make_base(evidence_bytes()))) as base:
            assert opened.check_pdf_syntax() == []
            assert sorted(opened.attachments) == sorted(base.attachments)
            proof = opened.attachments[PROOF_NAME].get_file().read_bytes()
            assert proof.startswith(b"c2sp.org/tlog-proof@v1\n")
            assert base.attachments[PROOF_NAME].get_file().read_bytes() == PLACEHOLDER


# ── the command ──


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().out


def test_the_command_says_it_in_plain_words(tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, copy = tmp_path / "report.pdf", tmp_path / "base.pdf"
    report.write_bytes(issue())
    common = (str(report), "--policy", str(policy))

    status, said = run(capsys, "report", *common, "--language", "en", "--base-out", str(copy))
    assert status == 0
    assert said.splitlines()[-1] == "VERIFIED. This report is exactly as it was issued, and its figures add up."
    assert copy.read_bytes() == make_base(evidence_bytes())

    status, said = run(capsys, "report", *common, "--language", "fr")
    assert status == 0
    assert said.splitlines()[-1].startswith("VÉRIFIÉ.")

    status, said = run(capsys, "report", *common, "--json")
    answer = json.loads(said)
    assert (status, answer["verified"], answer["log"], answer["event"]) == (0, True, "fund.example/audit", 6)


def test_the_command_refuses_and_says_why(tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(issue().replace(b"/Type /Catalog", b"/Type /Katalog", 1)[:-1] + b" ")
    status, said = run(capsys, "report", str(report), "--policy", str(policy), "--language", "en")
    assert status == 1
    assert said.splitlines()[-1] == "NOT VERIFIED. Do not rely on this file."

    status, said = run(capsys, "report", str(report), "--policy", str(policy), "--json")
    answer = json.loads(said)
    assert (status, answer["verified"]) == (1, False)
    assert answer["code"] in {"bytes_changed", "bytes_added"}


def test_a_check_that_cannot_be_made_is_neither_good_nor_bad(
    tmp_path: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(issue())
    (tmp_path / "broken.txt").write_text("log nonsense\nquorum none\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("quorum none\n", encoding="utf-8")
    for file, policy_name, code in (
        ("missing.pdf", policy.name, "file_unreadable"),
        ("report.pdf", "missing.txt", "policy_unreadable"),
        ("report.pdf", "broken.txt", "policy_line"),
        ("report.pdf", "empty.txt", "policy_incomplete"),
    ):
        status, said = run(capsys, "report", str(tmp_path / file), "--policy", str(tmp_path / policy_name), "--json")
        assert (status, json.loads(said)["code"]) == (2, code)
    nowhere = str(tmp_path / "no" / "base.pdf")
    assert run(capsys, "report", str(report), "--policy", str(policy), "--base-out", nowhere)[0] == 2
