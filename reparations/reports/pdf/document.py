"""Render evidence as PDF.  The same evidence gives the same bytes, in any process, on any day."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, time
from html import escape

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.evidence.donor import DonorEvidence
from reparations.reports.pdf import auditor, donor, style
from reparations.reports.pdf.attachments import list_attachments
from reparations.reports.pdf.finish import identify_as_accessible
from reparations.reports.pdf.fonts import VendoredOnly
from reparations.reports.pdf.markup import Markup, tag
from reparations.reports.pdf.sections import LogPosition
from reparations.reports.texts import Texts

Evidence = DonorEvidence | AuditorEvidence

_IDENTIFIER_BYTES = 16


def read_evidence(content: bytes) -> Evidence:
    """Read stored evidence back.

    Raises:
        pydantic.ValidationError: not evidence of a known schema.
    """
    kind = AuditorEvidence if json.loads(content)["schema"].startswith("reparations/auditor") else DonorEvidence
    return kind.model_validate_json(content)


def render(evidence: Evidence, log: LogPosition) -> bytes:
    """Render a report: a tagged PDF/A-3a and PDF/UA-1 with the evidence and its tables attached.

    Args:
        evidence: everything the report prints.
        log: how far the event log had come when the evidence was taken; printed, so that paper can be held to it.
    """
    texts = Texts(evidence.language)
    body = (
        donor.body(evidence, log, texts) if isinstance(evidence, DonorEvidence) else auditor.body(evidence, log, texts)
    )
    fonts = FontConfiguration()
    document = weasyprint.HTML(string=_page(evidence, body, texts), url_fetcher=VendoredOnly()).render(
        font_config=fonts
    )
    at = datetime.combine(evidence.as_of, time(), tzinfo=UTC)
    document.metadata.attachments = [
        weasyprint.Attachment(
            string=file.content,
            name=file.name,
            description=texts.say(file.description_key),
            relationship=file.relationship,
            created=at,
            modified=at,
        )
        for file in list_attachments(evidence)
    ]
    pdf = document.write_pdf(
        pdf_variant="pdf/a-3a", pdf_identifier=_identifier(evidence, log), finisher=identify_as_accessible
    )
    return bytes(pdf)


def _identifier(evidence: Evidence, log: LogPosition) -> bytes:
    content = evidence.canonical_bytes() + f"{log.origin}\n{log.size}\n{log.root}\n".encode()
    return hashlib.sha256(content).hexdigest()[:_IDENTIFIER_BYTES].encode("ascii")


def _page(evidence: Evidence, body: Markup, texts: Texts) -> str:
    stamp = f"{evidence.as_of.isoformat()}T00:00:00Z"
    title = donor.title(evidence, texts) if isinstance(evidence, DonorEvidence) else auditor.title(evidence, texts)
    footer = texts.say("page.footer", programme=evidence.programme.title, day=texts.day(evidence.as_of))
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        tag("title", title),
        Markup(f'<meta name="author" content="{escape(evidence.programme.title)}">'),
        Markup(f'<meta name="dcterms.created" content="{stamp}"><meta name="dcterms.modified" content="{stamp}">'),
        tag("style", Markup(style.stylesheet(footer, texts))),
    )
    return f"<!doctype html>{tag('html', head, tag('body', body), lang=evidence.language.value)}"
