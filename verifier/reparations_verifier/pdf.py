"""The issued PDF: the base that was logged, and the update that carries the proof.

An update may do one thing: put the proof in the place of the attachment ``report.tlog-proof``.  It is built here again
from the base and the proof, and must be what the file holds, byte for byte.
"""

from __future__ import annotations

import io
import json
import logging
import unicodedata

import pikepdf
import pypdf

from reparations_verifier.verdict import Refused

PROOF_NAME = "report.tlog-proof"
EVIDENCE_NAME = "evidence.json"
MAX_PDF_BYTES = 2**28

_BEFORE = b"\nstream\nc2sp.org/tlog-proof@v1\n"
_AFTER = b"\nendstream\n"

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged file is our finding to tell, not the library's


def find_proof(pdf: bytes) -> bytes:
    """Return the proof at the end of the file."""
    begin = pdf.rfind(_BEFORE)
    end = pdf.find(_AFTER, begin)
    if begin < 0 or end < 0:
        raise Refused("proof_missing")
    return pdf[begin + len(b"\nstream\n") : end]


def rebuild(base: bytes, proof: bytes, entry: bytes) -> bytes:
    """Build the issued file from its base and its proof, as `docs/audit-format.md`, section 6, lays it out."""
    try:
        with pikepdf.open(io.BytesIO(base)) as pdf:
            stream = pdf.attachments[PROOF_NAME].obj.EF.F.objgen[0]
            size = int(pdf.trailer.Size)
            repeated = f"/Root {_refer(pdf.trailer.Root)}"
            if "/Info" in pdf.trailer:
                repeated += f" /Info {_refer(pdf.trailer.Info)}"
            if "/ID" in pdf.trailer:
                repeated += " /ID [" + " ".join(f"<{bytes(half).hex()}>" for half in pdf.trailer.ID) + "]"
        previous = int(base[base.rindex(b"startxref") :].split()[1])
    except (pikepdf.PdfError, KeyError, AttributeError, ValueError, IndexError):
        raise Refused("base_unreadable") from None
    at = "".join(character for character in str(json.loads(entry)["at"])[:19] if character.isdigit())
    lead = b"" if base.endswith(b"\n") else b"\n"
    first = len(base) + len(lead)
    attachment = b"%d 0 obj\n<< /Type /EmbeddedFile /Subtype /text#2Fplain /Length %d " % (stream, len(proof))
    attachment += b"/Params << /Size %d /ModDate (D:%sZ) >> >>\nstream\n" % (len(proof), at.encode())
    attachment += proof + b"\nendstream\nendobj\n"
    second = first + len(attachment)
    common = f"{repeated} /Prev {previous}".encode()
    if base.startswith(b"xref", previous):
        table = b"xref\n%d 1\n%010d 00000 n \n" % (stream, first)
        table += b"trailer\n<< /Size %d %s >>\n" % (size, common)
    else:
        rows = b"".join(b"\1" + offset.to_bytes(4, "big") + b"\0" for offset in (first, second))
        table = b"%d 0 obj\n<< /Type /XRef /Size %d " % (size, size + 1)
        table += b"/Index [%d 1 %d 1] /W [1 4 1] " % (stream, size)
        table += b"%s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (common, len(rows), rows)
    return base + lead + attachment + table + b"startxref\n%d\n%%%%EOF\n" % second


def read_evidence(pdf: bytes) -> bytes:
    """Return the evidence attached to a PDF."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            return bytes(opened.attachments[EVIDENCE_NAME].get_file().read_bytes())
    except (pikepdf.PdfError, KeyError, AttributeError, ValueError):
        raise Refused("evidence_missing") from None


def read_text(pdf: bytes) -> str:
    """Return the visible text of every page, without the white space that typesetting puts in."""
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    except Exception:  # noqa: BLE001 a hostile file may make the library raise anything
        raise Refused("text_unreadable") from None
    return squeeze("".join(pages))


def squeeze(text: str) -> str:
    """Take out white space, and spell compatible characters alike."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _refer(item: pikepdf.Object) -> str:
    number, generation = item.objgen
    return f"{number} {generation} R"
