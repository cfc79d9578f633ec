"""The pages: what a reader sees, what a screen reader hears, and what an archive asks for."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import pikepdf
import pypdf
import pytest

from reparations.audit.proofs import PLACEHOLDER
from reparations.reports.evidence.auditor import AuditorEvidence
from reparations.reports.evidence.donor import DonorEvidence
from reparations.reports.pdf.attachments import to_csv
from reparations.reports.pdf.charts import WIDTH, share_width
from reparations.reports.pdf.document import render
from reparations.reports.pdf.fonts import FACES, FONTS, VendoredOnly
from reparations.reports.pdf.markup import Markup, strong_in, tag
from reparations.reports.texts.language import Language
from reparations_verifier.pdf import read_text, squeeze
from tests.factories.reports import LOG, make_auditor_evidence, make_donor_evidence

DONOR = make_donor_evidence()
FRENCH = make_donor_evidence(Language.FRENCH)
AUDITOR = make_auditor_evidence(awards=60)

_FRESH = """
import hashlib, sys
from reparations.reports.pdf.document import read_evidence, render
from reparations.reports.pdf.sections import LogPosition
log = LogPosition(origin=sys.argv[1], size=int(sys.argv[2]), root=sys.argv[3])
print(hashlib.sha256(render(read_evidence(sys.stdin.buffer.read()), log)).hexdigest())
"""


@pytest.fixture(scope="module")
def donor_pdf() -> bytes:
    return render(DONOR, LOG)


@pytest.fixture(scope="module")
def french_pdf() -> bytes:
    return render(FRENCH, LOG)


@pytest.fixture(scope="module")
def auditor_pdf() -> bytes:
    return render(AUDITOR, LOG)


def test_the_same_evidence_gives_the_same_bytes_in_any_process(donor_pdf: bytes) -> None:
    command = [sys.executable, "-c", _FRESH, LOG.origin, str(LOG.size), LOG.root]

    runs = [
        subprocess.run(command, input=DONOR.canonical_bytes(), capture_output=True, check=True, env={"TZ": zone})
        for zone in ("UTC", "Asia/Tokyo")
    ]

    assert {run.stdout.decode().strip() for run in runs} == {hashlib.sha256(donor_pdf).hexdigest()}


@pytest.mark.parametrize("name", ["donor_pdf", "french_pdf", "auditor_pdf"])
def test_a_report_is_a_tagged_pdf_a_3a_and_pdf_ua_1(name: str, request: pytest.FixtureRequest) -> None:
    content = request.getfixturevalue(name)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang) == ("fr" if name == "french_pdf" else "en")
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert "/StructTreeRoot" in root
        assert [str(intent.S) for intent in root.OutputIntents] == ["/GTS_PDFA1"]
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
        assert metadata["pdfuaid:part"] == "1"
        assert root.Metadata.read_bytes().count(b"<rdf:RDF") == 1
        assert not pdf.is_encrypted


@pytest.mark.parametrize("name", ["donor_pdf", "auditor_pdf"])
def test_figures_speak_and_headings_descend_step_by_step(name: str, request: pytest.FixtureRequest) -> None:
    with pikepdf.open(io.BytesIO(request.getfixturevalue(name))) as pdf:
        elements = list(structure(pdf.Root.StructTreeRoot))
        spoken = [str(item.get("/Alt", "")) for item in elements if item.get("/S") == "/Figure"]
        levels = [int(str(item.S)[2:]) for item in elements if str(item.get("/S", "")) in {"/H1", "/H2", "/H3"}]

    assert spoken
    assert all("USD" in text or "not met" in text for text in spoken), spoken
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_the_evidence_and_its_tables_are_attached_with_their_relationship(auditor_pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(auditor_pdf)) as pdf:
        files = {name: (str(spec.relationship), spec.get_file().read_bytes()) for name, spec in pdf.attachments.items()}
        linked = {str(item.F) for item in pdf.Root.AF}

    assert files["evidence.json"] == ("/Source", AUDITOR.canonical_bytes())
    assert files["report.tlog-proof"] == ("/Supplement", PLACEHOLDER)
    tables = set(files) - {"evidence.json", "report.tlog-proof"}
    assert tables == {
        "funds.csv", "gifts.csv", "trace.csv", "awards.csv", "payments.csv", "trial-balance.csv", "refusals.csv",
        "exceptions.csv", "receipts.csv", "uses.csv", "sources.csv", "grounds.csv",
    }  # fmt: skip
    assert all(files[name][0] == "/Data" for name in tables)
    assert linked == set(files)
    trace = list(csv.DictReader(io.StringIO(files["trace.csv"][1].decode())))
    assert {row["donors"] for row in trace} == {"DONOR-A"}
    assert sum(int(row["amount_minor"]) for row in trace if row["state"] == "paid") == AUDITOR.identity[0].paid_minor


@pytest.mark.parametrize(("name", "evidence"), [("donor_pdf", DONOR), ("french_pdf", FRENCH), ("auditor_pdf", AUDITOR)])
def test_the_pages_show_every_figure_the_evidence_promises(
    name: str, evidence: DonorEvidence | AuditorEvidence, request: pytest.FixtureRequest
) -> None:
    text = read_text(request.getfixturevalue(name))

    assert len(evidence.visible) > 3
    for figure in evidence.visible:
        assert squeeze(figure) in text


def test_the_auditor_finds_every_claim_and_payment_on_the_pages(auditor_pdf: bytes) -> None:
    text = read_text(auditor_pdf)

    for payment in AUDITOR.funds[0].payments:
        assert payment.reference in text
        assert payment.paid_to in text


def test_the_donors_report_holds_no_claim_and_no_payment(donor_pdf: bytes) -> None:
    everything = all_bytes(donor_pdf) + read_text(donor_pdf).encode()

    assert not re.search(rb"KATANGA-\d|\bR0{5}", everything)
    assert b"reparations/reports" not in everything
    assert b"file://" not in everything


def test_a_long_list_is_cut_and_says_which_file_has_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reparations.reports.pdf.auditor.SHOWN_ROWS", 10)

    text = read_text(render(AUDITOR, LOG))

    assert squeeze("The first 10 of 62 rows are printed. All of them are in the attached file trace.csv.") in text
    assert "KATANGA-0050" not in text


def test_names_are_written_as_text_in_three_scripts_and_can_be_copied() -> None:
    title = "Fonds œuvre & <b>Ž</b> Отчёт تقرير"
    funds = tuple(fund.model_copy(update={"title": title}) for fund in DONOR.funds)

    content = render(DONOR.model_copy(update={"funds": funds}), LOG)

    text = read_text(content)
    for word in ("œuvre", "&<b>Ž</b>", "Отчёт"):
        assert word in text
    assert "تقرير" in text or "ريرقت" in text
    with pikepdf.open(io.BytesIO(content)) as pdf:
        fonts = {
            str(item.FontDescriptor.FontName).split("+")[1]
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and "/FontDescriptor" in item
        }
    assert fonts
    assert all(
        name.startswith(("Source-Sans", "Source-Serif", "Vazirmatn", "source", "vazirmatn")) for name in fonts
    ), fonts


def test_nothing_is_fetched_but_the_vendored_fonts() -> None:
    fetcher = VendoredOnly()

    for url in ("https://example.org/a.woff2", "file:///etc/passwd", "font:../errors.py", "font:nothing.woff2"):
        with pytest.raises(ValueError, match="nothing is fetched"):
            fetcher.fetch(url)
    for family, weight in FACES:
        assert (FONTS / f"{family}-{weight}-normal.woff2").stat().st_size > 5_000


def test_each_vendored_family_comes_with_its_licence() -> None:
    for family in ("source-sans-3", "source-serif-4", "vazirmatn"):
        assert "SIL Open Font License, Version 1.1" in (FONTS / f"{family}.LICENSE.txt").read_text(encoding="utf-8")


def test_markup_escapes_whatever_is_not_markup() -> None:
    assert tag("p", "a < b", tag("b", "&"), None, class_='"x"') == '<p class="&quot;x&quot;">a &lt; b<b>&amp;</b></p>'
    assert strong_in("You <gave> {given}.", given="1 & 2") == "You &lt;gave&gt; <strong>1 &amp; 2</strong>."
    assert isinstance(tag("br"), Markup)


def test_a_bar_is_shared_whole_and_shows_even_the_smallest_part() -> None:
    widths = share_width([1_000_000, 1, 1], WIDTH)

    assert sum(widths) == WIDTH
    assert min(widths) >= 4
    assert share_width([], WIDTH) == []


def test_a_cell_that_a_spreadsheet_would_run_is_quoted() -> None:
    assert to_csv([["=1+1", -5, None, ("a", "b")]]) == b"'=1+1,-5,,a;b\r\n"


def structure(item: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Every element of the structure tree, in reading order."""
    kids: pikepdf.Object | list[pikepdf.Object] = item.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from structure(kid)


def all_bytes(content: bytes) -> bytes:
    """Every stream of a PDF, uncompressed, and every string in it."""
    out = [content]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        out += [item.read_bytes() for item in pdf.objects if isinstance(item, pikepdf.Stream)]
    reader = pypdf.PdfReader(io.BytesIO(content))
    out += [str(value).encode() for value in (reader.metadata or {}).values()]
    return b"\n".join(out)
