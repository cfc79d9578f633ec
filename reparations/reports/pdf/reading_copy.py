"""The reading copy of a rule set on paper: the same page as on the screen, in the type of the reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.eligibility.reading_copy import write_reading_copy
from reparations.reports.pdf import style
from reparations.reports.pdf.pages import render_page
from reparations.reports.texts import Texts
from reparations.reports.texts.language import Language

if TYPE_CHECKING:
    from reparations.eligibility.language import RuleSet

_OWN = """
cite { display: block; font-style: normal; font-size: 8.6pt; color: #5a626b; margin-top: .6mm }
ul, ol { margin: 0 0 2.6mm; padding-left: 6mm }
li { margin-bottom: 1.2mm }
.warning { border: 1pt solid #b4552d; padding: 2mm 3mm; margin: 3mm 0 }
code { overflow-wrap: anywhere }
"""


def render_reading_copy(rule_set: RuleSet) -> bytes:
    """Render the reading copy as a tagged PDF/A-3a and PDF/UA-1."""
    footer = f"{rule_set.name} – version {rule_set.version} – {rule_set.identity[:16]}"
    sheet = style.stylesheet(footer, Texts(Language.ENGLISH)) + _OWN
    page = write_reading_copy(rule_set)
    before, _, rest = page.partition("<style>")
    _, _, after = rest.partition("</style>")
    return render_page(f"{before}<style>{sheet}</style>{after}")
