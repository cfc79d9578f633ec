"""Small issued reports, made with the server's own functions and no database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import weasyprint
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reparations.audit import merkle
from reparations.audit.canon import canonical
from reparations.audit.notes import Checkpoint, sign_checkpoint, verifier_key, write_proof
from reparations.audit.proofs import EVIDENCE_NAME, PLACEHOLDER, PROOF_NAME, append_proof

ORIGIN = "fund.example/audit"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
POLICY = f"# the fund's log\nlog {verifier_key(ORIGIN, KEY.public_key())}\n\nquorum none\n"
LEAVES = 11
SEQ = 6

EVIDENCE: dict[str, Any] = {
    "schema": "reparations/donor-report/1",
    "identity": [
        {
            "fund": "GENERAL",
            "currency": "USD",
            "received_minor": 100_000,
            "interest_minor": 500,
            "paid_minor": 60_000,
            "in_flight_minor": 1_000,
            "returned_minor": 250,
            "fees_minor": 50,
            "costs_minor": 200,
            "balance_minor": 39_000,
        }
    ],
    "totals": [{"currency": "USD", "paid": {"amount_minor": 60_000, "currency": "USD"}}],
    "payments": [{"amount_minor": 25_000}, {"amount_minor": 35_000}],
    "sums": [
        {"total": "/totals/0/paid", "parts": ["/payments/*/amount_minor"]},
        {"total": "/identity/0/paid_minor", "parts": ["/payments/0/amount_minor", "/payments/1/amount_minor"]},
    ],
    "visible": ["USD 600.00", "1 000,00"],
}
PAGE = "<html lang=en><title>Report</title><h1>Report</h1><p>Paid USD 600.00.<p>En route 1\u202f000,00."


@lru_cache
def make_base(evidence: bytes, *, page: str = PAGE, table: bool = False, placeholder: bytes = PLACEHOLDER) -> bytes:
    """Render a base PDF, with a cross-reference stream or an old-fashioned table."""
    at = datetime(2031, 5, 1, tzinfo=UTC)
    files = [(EVIDENCE_NAME, evidence, "Source"), (PROOF_NAME, placeholder, "Supplement")]
    attachments = [
        weasyprint.Attachment(string=content, name=name, relationship=relationship, created=at, modified=at)
        for name, content, relationship in files
    ]
    options = {"uncompressed_pdf": True} if table else {"pdf_variant": "pdf/a-3a"}
    return bytes(
        weasyprint.HTML(string=page).write_pdf(attachments=attachments, pdf_identifier=b"0123456789abcdef", **options)
    )


def evidence_bytes(**changes: Any) -> bytes:  # noqa: ANN401 any JSON
    """Write the evidence, with some of its parts replaced."""
    return json.dumps(EVIDENCE | changes, sort_keys=True, separators=(",", ":")).encode()


def prove(base: bytes, evidence: bytes, *, key: Ed25519PrivateKey = KEY, origin: str = ORIGIN, **event: Any) -> str:  # noqa: ANN401 any JSON
    """Log the issue of a base among other events, sign the log, and write the proof."""
    body: Any = {
        "pdf_sha256": sha256(base).hexdigest(),
        "pdf_len": len(base),
        "evidence_sha256": sha256(evidence).hexdigest(),
    }
    leaf = canonical({"seq": SEQ, "type": "report.issued", "at": "2031-05-01T12:00:00.000000Z", "body": body, **event})
    leaves = [merkle.leaf_hash(leaf if number == SEQ else str(number).encode()) for number in range(LEAVES)]
    root = _root(leaves)
    path = [_root(leaves[low:high]) for low, high in merkle.inclusion_ranges(SEQ, LEAVES)]
    return write_proof(seq=SEQ, leaf=leaf, path=path, note=sign_checkpoint(Checkpoint(origin, LEAVES, root), key))


def issue(evidence: bytes | None = None, *, page: str = PAGE, table: bool = False) -> bytes:
    """Issue a report on `evidence`, all honest."""
    evidence = evidence_bytes() if evidence is None else evidence
    base = make_base(evidence, page=page, table=table)
    return append_proof(base, prove(base, evidence))


def _root(leaves: list[bytes]) -> bytes:
    tree = merkle.Frontier()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()
