"""A finished HTML page as a tagged PDF/A-3a and PDF/UA-1: the same page gives the same bytes."""

from __future__ import annotations

import hashlib

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from reparations.reports.pdf.finish import identify_as_accessible
from reparations.reports.pdf.fonts import VendoredOnly

_IDENTIFIER_BYTES = 16


def render_page(page: str) -> bytes:
    """Render a page whose style names the vendored fonts only; nothing is fetched."""
    document = weasyprint.HTML(string=page, url_fetcher=VendoredOnly()).render(font_config=FontConfiguration())
    identifier = hashlib.sha256(page.encode()).hexdigest()[:_IDENTIFIER_BYTES].encode("ascii")
    return bytes(document.write_pdf(pdf_variant="pdf/a-3a", pdf_identifier=identifier, finisher=identify_as_accessible))
