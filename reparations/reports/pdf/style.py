"""How a report looks: ink on white, one green, room to breathe; every colour difference is said in words as well."""

from __future__ import annotations

from reparations.reports.pdf.charts import COLOURS
from reparations.reports.pdf.fonts import HEADING_FAMILY, TEXT_FAMILY, font_faces
from reparations.reports.texts import Texts


def stylesheet(footer: str, texts: Texts) -> str:
    """The whole style sheet; `footer` stands at the foot of every page."""
    page_of = texts.raw("page.of")
    before, _, rest = page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    counter = f"{_quoted(before)} counter(page) {_quoted(between)} counter(pages) {_quoted(after)}"
    swatches = "".join(f".swatch.{name} {{ background: {colour} }}\n" for name, colour in COLOURS.items())
    page = f"""
    @page {{ size: A4; margin: 20mm 18mm 22mm;
      @bottom-left {{ content: {_quoted(footer)}; font: 8pt {TEXT_FAMILY}; color: #5a626b; width: 75% }}
      @bottom-right {{ content: {counter}; font: 8pt {TEXT_FAMILY}; color: #5a626b }} }}
    html {{ font: 10pt/1.45 {TEXT_FAMILY}; color: #1f262d }}
    h1, h2, h3, .fund-title, .tile strong {{ font-family: {HEADING_FAMILY}; font-weight: 600 }}
    """
    return font_faces() + page + _BODY + swatches


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ").replace("\n", " ")
    return f'"{escaped}"'


_BODY = """
h1 { font-size: 27pt; line-height: 1.12; margin: 2mm 0 1mm; color: #123f39; bookmark-level: 1 }
h2 { font-size: 16pt; line-height: 1.2; margin: 9mm 0 3mm; color: #123f39; break-after: avoid;
     border-top: 1.2pt solid #123f39; padding-top: 3mm }
h2 .number { color: #1d6b5f; margin-right: 1.5mm }
h3, .fund-title { font-size: 11.5pt; margin: 5mm 0 1.5mm; break-after: avoid }
p { margin: 0 0 2.6mm; orphans: 3; widows: 3 }
strong { font-weight: 600 }
code { font-family: inherit; font-size: 8.8pt; letter-spacing: .02em }
.code { color: #5a626b; font: 400 8.5pt 'source-sans-3-latin'; letter-spacing: .04em; margin-left: 1mm }
.kicker { color: #1d6b5f; font-weight: 600; letter-spacing: .03em; margin: 0 }
.as-of { color: #5a626b; font-size: 11pt; margin-bottom: 6mm }
.lead { font-size: 13pt; line-height: 1.42; margin-bottom: 3mm }
.given { break-after: avoid }
.cover { break-after: page }

.tiles { list-style: none; margin: 5mm 0 6mm; padding: 0; display: flex; gap: 3mm }
.tile { flex: 1; padding: 3.2mm 3.5mm 3mm; background: #f1f5f4; border-top: 2.4pt solid #1d6b5f }
.tile.given { border-color: #123f39 }
.tile.held { border-color: #5f8fb0 }
.tile.costs { border-color: #7a7f87 }
.tile span { display: block }
.tile .name { font-size: 8.6pt; color: #3d464e }
.tile strong { display: block; font-size: 13pt; margin: .8mm 0 .6mm; white-space: nowrap }
.tile .note { font-size: 7.8pt; line-height: 1.3; color: #5a626b }

.fund { break-inside: avoid; margin-top: 5mm }
.chart { display: block; width: 100%; height: 7.5mm; margin: 1mm 0 2mm }
td .chart { height: 2.6mm; margin: 1.2mm 0 0 }
.legend { list-style: none; margin: 0; padding: 0; font-size: 9pt }
.legend li { display: inline-block; margin: 0 6mm 1mm 0 }
.swatch { display: inline-block; width: 2.8mm; height: 2.8mm; margin-right: 1.4mm; border-radius: .5mm }

table { border-collapse: collapse; width: 100%; margin: 2mm 0 5mm; font-size: 9.2pt; break-inside: auto }
caption { text-align: left; font-weight: 600; padding-bottom: 1.4mm; color: #3d464e }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { text-align: left; vertical-align: top; padding: 1.3mm 2mm 1.3mm 0; border-bottom: .4pt solid #cfd6d4;
         font-weight: 400 }
thead th { font-weight: 600; font-size: 8.6pt; color: #3d464e; vertical-align: bottom;
           border-bottom: .9pt solid #123f39 }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; border-top: .9pt solid #123f39 }
th, td { box-sizing: border-box }
.figures + td:not(.figures), .figures + th:not(.figures) { padding-left: 5mm }
.figures { text-align: right; padding-right: 0; padding-left: 3mm; white-space: nowrap;
           font-variant-numeric: tabular-nums lining-nums }
.meaning { display: block; font-size: 8.2pt; line-height: 1.35; color: #5a626b }
.identity .meaning { display: inline; margin-left: 2.5mm }
table.narrow { width: 62% }
.whole { break-inside: avoid }
table.trace { font-size: 7.9pt; line-height: 1.25; table-layout: fixed }
table.trace th, table.trace td { padding-top: .5mm; padding-bottom: .5mm }
table.identity th, table.identity td { padding-top: .9mm; padding-bottom: .9mm }
table.identity .sum th, table.identity .sum td { font-weight: 600; border-top: .9pt solid #123f39;
  border-bottom: .9pt solid #123f39; background: #f1f5f4 }
table.identity .sum .meaning { font-weight: 400 }
table.identity .detail th { padding-left: 5mm }
table.identity .detail th, table.identity .detail td { color: #3d464e; font-size: 8.8pt }
.books { margin-bottom: 5mm; break-inside: avoid }
.contents { margin-top: 9mm; border-top: .4pt solid #cfd6d4; padding-top: 3mm }
.contents h2 { border: 0; font-size: 11pt; margin: 0 0 1.5mm; padding: 0; bookmark-level: none }
.contents ol { margin: 0; padding-left: 5mm; font-size: 9.6pt }
.contents li { margin-bottom: .8mm }
.contents a { color: #1f262d; text-decoration: none }
.contents a::after { content: ", " target-counter(attr(href), page); color: #5a626b }

.box { background: #f1f5f4; padding: 1mm 4mm 2mm; margin: 3mm 0 5mm; break-inside: avoid }
.box h3 { margin-top: 2.5mm }
.notes { margin: -2mm 0 4mm; padding: 0 0 0 4mm; font-size: 8.8pt; color: #3d464e }
.steps { margin: 0 0 4mm; padding-left: 6mm }
.steps li { margin-bottom: 1.2mm }
dl { margin: 0 0 3mm }
dt { font-weight: 600; break-after: avoid }
dd { margin: 0 0 2mm }
.box dt { float: left; clear: left; width: 34mm; font-weight: 400; color: #5a626b }
.box dd { margin: 0 0 .8mm 36mm }
pre { background: #1f262d; color: #fff; font-family: inherit; font-size: 9.4pt; padding: 2.6mm 4mm; margin: 2mm 0 4mm;
      white-space: pre-wrap; break-before: avoid }
.cut, .hash { color: #3d464e; font-size: 8.8pt }
"""
