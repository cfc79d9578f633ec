"""The auditor's sections on decisions, refusals, duties and exceptions."""

from __future__ import annotations

from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.pdf import sections
from reparations.reports.pdf.charts import small_bar
from reparations.reports.pdf.markup import Markup, join, tag
from reparations.reports.pdf.sections import Column
from reparations.reports.texts import Texts


def decisions(evidence: AuditorEvidence, texts: Texts) -> Markup:
    """Claims and outcomes, criterion by criterion."""
    claims = evidence.claims
    counted = [
        ("registered", claims.registered),
        *((row.outcome, row.count) for row in evidence.outcomes),
        ("undecided", claims.undecided),
        ("closed_duplicate", claims.closed_duplicate),
        ("withdrawn", claims.withdrawn),
        ("pairs_open", claims.pairs_open),
        ("pairs_same", claims.pairs_same),
        ("pairs_different", claims.pairs_different),
    ]
    columns = [Column(texts.say("column.outcome")), Column(texts.say("column.count"), figures=True)]
    rows = [[texts.word("outcome", name), texts.number(count)] for name, count in counted]
    return join(
        (
            sections.rules_section(evidence.rule_sets, texts),
            sections.table(texts.say("caption.outcomes"), columns, rows, class_="narrow"),
            _criteria(evidence, texts),
            _missing(evidence, texts),
        )
    )


def _criteria(evidence: AuditorEvidence, texts: Texts) -> Markup | None:
    if not evidence.criteria:
        return None
    columns = [
        Column(texts.say("column.criterion"), width="52%"),
        Column(texts.say("column.share"), width="18%"),
        Column(texts.say("column.met"), figures=True, width="10%"),
        Column(texts.say("column.not_met"), figures=True, width="10%"),
        Column(texts.say("column.unknown"), figures=True, width="10%"),
    ]
    rows = []
    for row in evidence.criteria:
        parts = ((row.met, "met"), (row.not_met, "not_met"))
        label = texts.say("chart.criterion", criterion=row.code, met=row.met, not_met=row.not_met, unknown=row.unknown)
        rows.append(
            [
                join(
                    (tag("span", row.title), tag("span", f"{row.rules}, {row.code}: {row.citation}", class_="meaning"))
                ),
                small_bar(parts, row.met + row.not_met + row.unknown, label=label),
                *(texts.number(count) for count in (row.met, row.not_met, row.unknown)),
            ]
        )
    return join(
        (
            sections.table(texts.say("caption.criteria"), columns, rows),
            sections.paragraph(texts.say("auditor.criteria_note"), class_="cut"),
        )
    )


def _missing(evidence: AuditorEvidence, texts: Texts) -> Markup | None:
    if not evidence.missing_facts:
        return None
    columns = [Column(texts.say("column.fact")), Column(texts.say("column.count"), figures=True)]
    rows = [[tag("code", row.fact), texts.number(row.count)] for row in evidence.missing_facts]
    return sections.table(texts.say("caption.missing"), columns, rows, class_="narrow")


def refusals(evidence: AuditorEvidence, texts: Texts, *, limit: int) -> Markup:
    """Every refusal, with its grounds and the way to appeal."""
    if not evidence.refusals:
        return sections.paragraph(texts.say("auditor.no_refusals"))
    columns = [
        Column(texts.say("column.claim"), width="16%"),
        Column(texts.say("column.grounds"), width="26%"),
        Column(texts.say("column.appeal_to"), width="44%"),
        Column(texts.say("column.appeal_until"), width="14%"),
    ]
    departs = texts.say("auditor.departs")
    rows = [
        [
            row.claim,
            ", ".join(row.criteria) + (f" ({departs})" if row.departs else ""),
            row.appeal_body or "",
            row.appeal_until.isoformat() if row.appeal_until else "",
        ]
        for row in evidence.refusals[:limit]
    ]
    return join(
        (
            sections.paragraph(texts.say("auditor.refusals_text")),
            sections.table(texts.say("caption.refusals"), columns, rows),
            shortened(len(evidence.refusals), limit, "refusals.csv", texts),
        )
    )


def duties(evidence: AuditorEvidence, texts: Texts) -> Markup:
    """How many officers held each duty, and the batches with their approvals; never who."""
    duty_columns = [
        Column(texts.say("column.duty")),
        Column(texts.say("column.officers"), figures=True),
        Column(texts.say("column.claims"), figures=True),
    ]
    duty_rows = [
        [texts.word("duty", row.duty), texts.number(row.officers), texts.number(row.claims)] for row in evidence.duties
    ]
    batch_columns = [
        Column(texts.say("column.batch")),
        Column(texts.say("column.state")),
        Column(texts.say("column.payments"), figures=True),
        Column(texts.say("column.amount"), figures=True),
        Column(texts.say("column.approvers"), figures=True),
    ]
    batch_rows = [
        [
            row.reference,
            texts.word("batch", row.status),
            texts.number(row.count),
            texts.amount(row.total_minor, row.currency),
            texts.number(row.approvers),
        ]
        for row in evidence.batches
    ]
    return join(
        (
            sections.paragraph(texts.say("auditor.duties_text")),
            sections.paragraph(texts.say("decided.officers", count=evidence.least_officers))
            if evidence.least_officers is not None
            else None,
            sections.table(texts.say("caption.duties"), duty_columns, duty_rows, class_="narrow")
            if duty_rows
            else None,
            sections.table(texts.say("caption.batches"), batch_columns, batch_rows) if batch_rows else None,
        )
    )


def exceptions(evidence: AuditorEvidence, texts: Texts, *, limit: int) -> Markup:
    """Whatever did not go straight."""
    if not evidence.exceptions:
        return sections.paragraph(texts.say("auditor.no_exceptions"))
    columns = [
        Column(texts.say("column.what"), width="28%"),
        Column(texts.say("column.reference"), width="26%"),
        Column(texts.say("column.fund"), width="18%"),
        Column(texts.say("column.on"), width="12%"),
        Column(texts.say("column.note"), width="16%"),
    ]
    rows = [
        [
            texts.word("exception", row.kind),
            row.reference,
            row.fund or "",
            row.on.isoformat() if row.on else "",
            row.note or "",
        ]
        for row in evidence.exceptions[:limit]
    ]
    return join(
        (
            sections.table(texts.say("caption.exceptions"), columns, rows),
            shortened(len(evidence.exceptions), limit, "exceptions.csv", texts),
        )
    )


def shortened(count: int, limit: int, file: str, texts: Texts) -> Markup | None:
    """Say that a list was cut, and which attached file holds all of it."""
    if count <= limit:
        return None
    return sections.paragraph(
        texts.say("list.cut", shown=texts.number(limit), all=texts.number(count), file=file), class_="cut"
    )
