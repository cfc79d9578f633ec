"""The files inside the file: the evidence itself, and its rows as CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reparations.audit.proofs import EVIDENCE_NAME, PLACEHOLDER, PROOF_NAME
from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.evidence.donor import DonorEvidence
from reparations.reports.evidence.parts import FundPart, Identity, Part

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Also in full width, which some spreadsheets read alike."""


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to embed; `relationship` as PDF/A-3 names it."""

    name: str
    description_key: str
    content: bytes
    relationship: str


def list_attachments(evidence: DonorEvidence | AuditorEvidence) -> list[AttachedFile]:
    """Every file the report carries: the evidence first, the place for the log's proof last."""
    files = [AttachedFile(EVIDENCE_NAME, "file.evidence", evidence.canonical_bytes(), "Source")]
    tables = {"funds.csv": _identity_rows(evidence.identity), "gifts.csv": _gift_rows(evidence.funds)}
    if isinstance(evidence, AuditorEvidence):
        tables |= {
            "trace.csv": _trace_rows(evidence),
            "awards.csv": _rows_by_fund(evidence, "awards"),
            "payments.csv": _rows_by_fund(evidence, "payments", without="sources"),
            "receipts.csv": _rows_by_fund(evidence, "receipts"),
            "uses.csv": _rows_by_fund(evidence, "uses"),
            "sources.csv": _source_rows(evidence),
            "grounds.csv": _part_rows(evidence.grounds),
            "trial-balance.csv": _rows_by_fund(evidence, "trial_balance"),
            "refusals.csv": _part_rows(evidence.refusals),
            "exceptions.csv": _part_rows(evidence.exceptions),
        }
    files += [
        AttachedFile(name, f"file.{name.removesuffix('.csv')}", to_csv(rows), "Data")
        for name, rows in tables.items()
        if len(rows) > 1
    ]
    # A placeholder: appending the log's proof replaces this one stream and nothing else (`audit.pdf_tail`).
    files.append(AttachedFile(PROOF_NAME, "file.proof", PLACEHOLDER, "Supplement"))
    return files


Rows = list[Sequence[object]]


def to_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as RFC 4180 CSV in UTF-8; a text that a spreadsheet would run as a formula is quoted with ``'``."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(str(item) for item in value)
    return defuse(value) if isinstance(value, str) else str(value)


def defuse(text: str) -> str:
    """Quote a text that a spreadsheet would run as a formula, so that it shows it instead."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def _part_rows(parts: Sequence[Part], *, without: str = "") -> Rows:
    if not parts:
        return []
    names = [name for name in type(parts[0]).model_fields if name != without]
    return [names, *([getattr(part, name) for name in names] for part in parts)]


def _identity_rows(identity: Sequence[Identity]) -> Rows:
    return _part_rows(identity)


def _gift_rows(funds: Sequence[FundPart]) -> Rows:
    rows: Rows = [["donor", "fund", "pledged_on", "citation", "currency", "pledged_minor", "received_minor"]]
    for fund in funds:
        rows += [
            [g.donor, fund.code, g.pledged_on, g.citation, fund.currency, g.pledged_minor, g.received_minor]
            for g in fund.gifts
        ]
    return rows


def _rows_by_fund(evidence: AuditorEvidence, attribute: str, *, without: str = "") -> Rows:
    rows: Rows = []
    for fund in evidence.funds:
        own = _part_rows(getattr(fund, attribute), without=without)
        if own and not rows:
            rows.append(["fund", "currency", *own[0]])
        rows += [[fund.code, fund.currency, *row] for row in own[1:]]
    return rows


def _source_rows(evidence: AuditorEvidence) -> Rows:
    """From the payment back to the pledges: a row for each receipt that a payment was paid from."""
    rows: Rows = [["fund", "currency", "payment", "state", "subject", "donor", "pledge", "receipt", "amount_minor"]]
    for fund in evidence.funds:
        for payment in fund.payments:
            head = [fund.code, fund.currency, payment.reference, payment.state, payment.subject]
            rows += [[*head, one.donor, one.pledge, one.receipt, one.amount_minor] for one in payment.sources]
    return rows


def _trace_rows(evidence: AuditorEvidence) -> Rows:
    """From the pledge to the payment: every payment with its award, its fund, and whose gifts paid for it."""
    rows: Rows = [["donors", "fund", "subject", "awarded_minor", "currency", "instalment", "paid_to", "payment",
                   "state", "state_on", "amount_minor"]]  # fmt: skip
    for fund in evidence.funds:
        donors: dict[str, dict[str, None]] = {}
        for use in fund.uses:
            if use.donor:
                donors.setdefault(use.subject, {})[use.donor] = None
        payments: dict[str, list[Sequence[object]]] = {}
        for row in fund.payments:
            payments.setdefault(row.subject, []).append(
                [row.instalment, row.paid_to, row.reference, row.state, row.state_on, row.amount_minor]
            )
        for award in fund.awards:
            head = [tuple(donors.get(award.subject, ())), fund.code, award.subject, award.amount_minor, fund.currency]
            rows += [[*head, *tail] for tail in payments.get(award.subject, [[None] * 6])]
    return rows
