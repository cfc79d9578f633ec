"""Checking one issued report, from its last byte to its first sum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from reparations_verifier.canonical import read_canonical
from reparations_verifier.evidence import check_identity, check_sums, check_visible, read_report
from reparations_verifier.pdf import MAX_PDF_BYTES, find_proof, read_evidence, read_text, rebuild
from reparations_verifier.policy import Policy, read_policy
from reparations_verifier.proof import read_proof
from reparations_verifier.tree import hash_leaf, root_from_path
from reparations_verifier.verdict import NotChecked, Refused, Verdict


def verify_report(path: Path, policy_path: Path) -> tuple[Verdict, bytes]:
    """Check an issued PDF.  Returns the verdict and, if it is good, the bytes that were logged."""
    verdict = Verdict()
    try:
        policy = read_policy(policy_path)
        try:
            pdf = path.read_bytes()
        except OSError:
            raise NotChecked("file_unreadable", file=path.name) from None
        if len(pdf) > MAX_PDF_BYTES:
            raise NotChecked("file_too_large", file=path.name)
        return verdict, check_pdf(pdf, policy, verdict)
    except Refused as refusal:
        verdict.refuse(refusal)
        return verdict, b""


def check_pdf(pdf: bytes, policy: Policy, verdict: Verdict) -> bytes:
    """Make every check in turn, noting each that passes; Refused at the first that does not."""
    verdict.facts["file_sha256"] = hashlib.sha256(pdf).hexdigest()
    raw_proof = find_proof(pdf)
    proof = read_proof(raw_proof)
    checkpoint = policy.open(proof.note)
    if checkpoint.passed_over:  # nobody vouches for the bytes of a signature that one cannot check
        raise Refused("signer_unknown", name=checkpoint.passed_over[0][:80])
    verdict.facts |= {"log": checkpoint.origin, "log_size": checkpoint.size, "log_root": checkpoint.root.hex()}
    verdict.passed.append("log_signed")

    root = root_from_path(hash_leaf(proof.entry), proof.index, checkpoint.size, proof.path)
    if root != checkpoint.root:
        raise Refused("not_in_log")
    event, body = _read_event(proof.entry, proof.index)
    verdict.facts |= {"event": proof.index, "issued_at": event["at"]}
    verdict.passed.append("in_log")

    base = pdf[: body["pdf_len"]]
    if len(base) != body["pdf_len"] or hashlib.sha256(base).hexdigest() != body["pdf_sha256"]:
        raise Refused("bytes_changed")
    if rebuild(base, raw_proof, proof.entry) != pdf:
        raise Refused("bytes_added")
    verdict.facts["base_sha256"] = body["pdf_sha256"]
    verdict.passed.append("every_byte")

    evidence = read_evidence(base)
    if evidence != read_evidence(pdf) or hashlib.sha256(evidence).hexdigest() != body["evidence_sha256"]:
        raise Refused("evidence_changed")
    report = read_report(evidence)
    verdict.facts |= {"schema": report["schema"], "evidence_sha256": body["evidence_sha256"]}
    verdict.facts["identity_rows"] = check_identity(report)
    verdict.facts["sums"] = check_sums(report)
    verdict.passed.append("adds_up")

    text = read_text(base)
    if text != read_text(pdf):
        raise Refused("pages_changed")
    verdict.facts["figures"] = check_visible(report, text)
    verdict.passed.append("pages_show_it")
    return base


def _read_event(entry: bytes, index: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the logged event and what it says of the report."""
    try:
        event = read_canonical(entry)
    except ValueError:
        raise Refused("event_malformed") from None
    body = event.get("body")
    if event.get("type") != "report.issued" or event.get("seq") != index or not isinstance(body, dict):
        raise Refused("event_other")
    if not isinstance(event.get("at"), str) or type(body.get("pdf_len")) is not int:
        raise Refused("event_malformed")
    if not isinstance(body.get("pdf_sha256"), str) or not isinstance(body.get("evidence_sha256"), str):
        raise Refused("event_malformed")
    return event, body
