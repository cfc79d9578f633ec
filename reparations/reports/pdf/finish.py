"""The last touch: WeasyPrint's PDF/A-3a is tagged already; this adds the PDF/UA-1 identifier to its metadata."""

from __future__ import annotations

from pydyf import PDF, Stream

_IDENTIFIER = (
    '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>'
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>PDF/UA part</pdfaProperty:description>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
).encode("ascii")
_END = b"</rdf:RDF>"


def identify_as_accessible(document: object, pdf: PDF) -> None:
    """Insert the PDF/UA identifier, and the extension schema PDF/A asks for, into the one XMP packet.

    WeasyPrint's own `xmp_metadata` option would write a second rdf:RDF element, which PDF/UA refuses.
    """
    del document
    number = int(bytes(pdf.catalog["Metadata"]).split()[0])
    metadata = pdf.objects[number]
    if not isinstance(metadata, Stream):
        raise TypeError("The document's metadata is not a stream.")
    before = b"".join(piece if isinstance(piece, bytes) else str(piece).encode("utf-8") for piece in metadata.stream)
    if before.count(_END) != 1:
        raise ValueError("The document's metadata is not one XMP packet.")
    metadata.stream = [before.replace(_END, _IDENTIFIER + _END)]
