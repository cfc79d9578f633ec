"""Reading and writing ISO 20022 documents: no DTD, no entities, always against the published schema."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from lxml import etree

from reparations.payments.errors import MalformedDocument

MAX_DOCUMENT_BYTES = 32 * 2**20

PAIN_001 = "pain.001.001.09"
CAMT_053 = "camt.053.001.08"


def namespace(message: str) -> str:
    """Return the XML namespace of an ISO 20022 message such as ``pain.001.001.09``."""
    return f"urn:iso:std:iso:20022:tech:xsd:{message}"


@lru_cache
def _schema(message: str) -> etree.XMLSchema:
    path = resources.files("reparations.payments") / "schemas_xsd" / f"{message}.xsd"
    return etree.XMLSchema(etree.fromstring(path.read_bytes(), _parser()))


def _parser() -> etree.XMLParser:
    """A parser that expands nothing, fetches nothing and does not grow without bound."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def parse_document(content: bytes, message: str) -> etree._Element:
    """Parse and validate a document; return its root.

    Raises:
        MalformedDocument: too long, not well-formed, with a DTD, or not valid for the schema of `message`.  The
            message names a line, never a value.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise MalformedDocument("The document is longer than 32 MiB.", remedy="Ask the bank for smaller files.")
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        raise MalformedDocument(f"The document is not well-formed XML (line {error.lineno}).") from None
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise MalformedDocument("The document carries a document type definition, which no bank needs.")
    schema = _schema(message)
    if not schema.validate(tree):
        line = schema.error_log.last_error.line  # type: ignore[attr-defined]  # the stubs leave it out
        raise MalformedDocument(
            f"The document is not a valid {message} (line {line}).",
            remedy=f"Ask for the message version {message}; other versions are not read.",
        )
    return root


class Writer:
    """Builds a document of one namespace, element by element."""

    def __init__(self, message: str) -> None:
        """Start an empty ``Document``."""
        self._namespace = namespace(message)
        self.root = etree.Element(f"{{{self._namespace}}}Document", nsmap={None: self._namespace})  # type: ignore[dict-item]  # lxml takes None

    def add(self, parent: etree._Element, path: str, text: str | None = None, **attributes: str) -> etree._Element:
        """Append the elements named in `path` (``CdtrAcct/Id/IBAN``) below `parent`; the last one gets the text."""
        element = parent
        for name in path.split("/"):
            element = etree.SubElement(element, f"{{{self._namespace}}}{name}")
        element.text = text
        for name, value in attributes.items():
            element.set(name, value)
        return element

    def to_bytes(self) -> bytes:
        """Serialise with an XML declaration, UTF-8, one element a line."""
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def text_at(element: etree._Element, path: str, message: str) -> str | None:
    """Return the stripped text at ``A/B/C`` below `element`, or None."""
    spaced = "/".join(f"{{{namespace(message)}}}{name}" for name in path.split("/"))
    text = element.findtext(spaced)
    return text.strip() if text and text.strip() else None


def all_at(element: etree._Element, path: str, message: str) -> list[etree._Element]:
    """Return every element at ``A/B/C`` below `element`."""
    return element.findall("/".join(f"{{{namespace(message)}}}{name}" for name in path.split("/")))
