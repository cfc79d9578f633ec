"""Evidence as canonical JSON, with the sums it states."""

from __future__ import annotations

import json
import re

import pytest
import rfc8785
from pydantic import ValidationError

from reparations.reports.errors import BooksBroken
from reparations.reports.evidence.donor import DonorEvidence
from reparations.reports.evidence.parts import Part, Sum
from reparations.reports.evidence.sums import check_sums
from reparations.reports.pdf.document import read_evidence
from reparations_verifier import evidence as verifier
from tests.factories.reports import make_auditor_evidence, make_donor_evidence, make_identity


@pytest.mark.parametrize(
    "evidence", [make_donor_evidence(), make_auditor_evidence(awards=12)], ids=["donor", "auditor"]
)
def test_evidence_is_canonical_json_and_reads_back_the_same(evidence: Part) -> None:
    content = evidence.canonical_bytes()

    unescaped = re.sub(rb"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)).encode(), content)
    assert unescaped == rfc8785.dumps(json.loads(content))
    assert content.isascii()
    assert read_evidence(content).canonical_bytes() == content


@pytest.mark.parametrize(
    "evidence", [make_donor_evidence(), make_auditor_evidence(awards=12)], ids=["donor", "auditor"]
)
def test_the_independent_verifier_recomputes_every_stated_sum(evidence: Part) -> None:
    report = verifier.read_report(evidence.canonical_bytes())

    assert verifier.check_sums(report) == len(report["sums"]) > 10
    assert verifier.check_identity(report) == len(report["identity"]) > 0
    check_sums(evidence)


def test_a_report_whose_books_do_not_add_up_is_refused() -> None:
    good = make_donor_evidence()
    identity = (make_identity(paid_minor=6_900_001), good.identity[1])

    with pytest.raises(BooksBroken, match="do not add up") as caught:
        check_sums(good.model_copy(update={"identity": identity}))

    assert caught.value.record == "/identity/0/accounted_minor"


@pytest.mark.parametrize("pointer", ["/identity/0/nothing", "/as_of", "/as_of/0"])
def test_a_sum_that_leads_to_no_number_is_refused(pointer: str) -> None:
    broken = make_donor_evidence(sums=(Sum(total=pointer, parts=()),))

    with pytest.raises(BooksBroken):
        check_sums(broken)


def test_evidence_takes_no_key_nobody_declared_and_no_float() -> None:
    plain = json.loads(make_donor_evidence().canonical_bytes())

    with pytest.raises(ValidationError):
        DonorEvidence.model_validate_json(json.dumps(plain | {"claimant_name": "Zorana"}))
    plain["identity"][0]["paid_minor"] = 69000.5
    with pytest.raises(ValidationError):
        DonorEvidence.model_validate_json(json.dumps(plain))
