"""Appending a log proof to an issued PDF, byte for byte predictable.

The base PDF carries an attachment ``report.tlog-proof`` with a placeholder in it.  The proof is appended as an
incremental update that replaces that one stream and nothing else.  Every byte of the update follows from the base and
the proof, so that a verifier builds it again and compares: there is no byte in the file that could be changed unseen.
The layout is specified in `docs/audit-format.md`, section 6.
"""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from typing import NamedTuple

import pikepdf

EVIDENCE_NAME = "evidence.json"
PROOF_NAME = "report.tlog-proof"
PLACEHOLDER = b"The proof that this report is in the log is appended when the log has been signed.\n"

_STARTXREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE_ENTRY = "{:010d} 00000 n "


class NotAppendable(ValueError):
    """The PDF is not a base that a proof can be appended to."""


class _Base(NamedTuple):
    """What the update repeats of the base."""

    stream: int
    """Object number of the placeholder."""
    size: int
    last_xref: int
    is_table: bool
    trailer: str
    """Root, Info and ID, in PDF syntax."""


def append_proof(base_pdf: bytes, proof: str) -> bytes:
    """Return the PDF with the proof in the place of its placeholder.

    Args:
        base_pdf: as it was logged; it has the attachment `PROOF_NAME` holding `PLACEHOLDER`.
        proof: of the event that logged it, as `proofs.issue_proof` writes it.

    Raises:
        NotAppendable: the PDF has no such attachment, is encrypted, or does not end as a PDF ends.
    """
    base = _read_base(base_pdf)
    out = bytearray(base_pdf)
    if not base_pdf.endswith(b"\n"):
        out += b"\n"
    content = proof.encode()
    stream_at = len(out)
    out += (
        f"{base.stream} 0 obj\n<< /Type /EmbeddedFile /Subtype /text#2Fplain /Length {len(content)} "
        f"/Params << /Size {len(content)} /ModDate ({_pdf_date(proof)}) >> >>\nstream\n"
    ).encode()
    out += content + b"\nendstream\nendobj\n"
    xref_at = len(out)
    if base.is_table:
        out += (
            f"xref\n{base.stream} 1\n{_TABLE_ENTRY.format(stream_at)}\n"
            f"trailer\n<< /Size {base.size} {base.trailer} /Prev {base.last_xref} >>\n"
        ).encode()
    else:
        entries = b"".join(b"\x01" + offset.to_bytes(4) + b"\x00" for offset in (stream_at, xref_at))
        out += (
            f"{base.size} 0 obj\n<< /Type /XRef /Size {base.size + 1} /Index [{base.stream} 1 {base.size} 1] "
            f"/W [1 4 1] {base.trailer} /Prev {base.last_xref} /Length {len(entries)} >>\nstream\n"
        ).encode()
        out += entries + b"\nendstream\nendobj\n"
    out += f"startxref\n{xref_at}\n%%EOF\n".encode()
    return bytes(out)


def _read_base(base_pdf: bytes) -> _Base:
    ending = _STARTXREF.search(base_pdf)
    if ending is None:
        message = "the PDF does not end with startxref and %%EOF"
        raise NotAppendable(message)
    last_xref = int(ending[1])
    try:
        with pikepdf.open(io.BytesIO(base_pdf)) as pdf:
            if pdf.is_encrypted:
                message = "the PDF is encrypted"
                raise NotAppendable(message)
            if PROOF_NAME not in pdf.attachments:
                message = f"the PDF has no attachment {PROOF_NAME}"
                raise NotAppendable(message)
            number, generation = pdf.attachments[PROOF_NAME].obj.EF.F.objgen
            if generation != 0 or number == 0:
                message = f"the attachment {PROOF_NAME} is not an object of generation 0"
                raise NotAppendable(message)
            trailer = pdf.trailer
            parts = [f"/Root {_reference(trailer.Root)}"]
            if "/Info" in trailer:
                parts.append(f"/Info {_reference(trailer.Info)}")
            if "/ID" in trailer:
                first, second = (bytes(part).hex() for part in trailer.ID)
                parts.append(f"/ID [<{first}> <{second}>]")
            is_table = base_pdf[last_xref : last_xref + 4] == b"xref"
            return _Base(number, int(trailer.Size), last_xref, is_table, " ".join(parts))
    except pikepdf.PdfError:
        message = "this is not a PDF"
        raise NotAppendable(message) from None


def _reference(item: pikepdf.Object) -> str:
    number, generation = item.objgen
    return f"{number} {generation} R"


def _pdf_date(proof: str) -> str:
    """Return the instant of the logged event, to the second, as PDF writes it."""
    extra = proof.split("\n", 2)[1].removeprefix("extra ")
    at = str(json.loads(b64decode(extra))["at"])
    return f"D:{''.join(filter(str.isdigit, at[:19]))}Z"
