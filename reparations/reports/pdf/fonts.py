"""The vendored fonts.  Reports look the same on every machine, in Latin, Cyrillic and Arabic script.

Each file is a family of its own: one family split by `unicode-range` gave missing glyphs in tagged PDF.  Vazirmatn
sets the Arabic, because text copied from it comes out letter for letter.
"""

from __future__ import annotations

from pathlib import Path

from weasyprint.urls import URLFetcher, URLFetcherResponse

FONTS = Path(__file__).resolve().parent.parent / "fonts"
SCHEME = "font:"

_TEXT = ("source-sans-3-latin", "source-sans-3-latin-ext", "source-sans-3-cyrillic", "vazirmatn-arabic")
_HEADINGS = ("source-serif-4-latin", "source-serif-4-latin-ext", "source-serif-4-cyrillic", "vazirmatn-arabic")
_REGULAR, _BOLD = 400, 600

FACES = (
    *((name, weight) for name in _TEXT for weight in (_REGULAR, _BOLD)),
    *((name, _BOLD) for name in _HEADINGS[:-1]),
)
"""Every vendored face: family and weight."""

TEXT_FAMILY = ", ".join(f"'{name}'" for name in _TEXT)
HEADING_FAMILY = ", ".join(f"'{name}'" for name in _HEADINGS)


def font_faces() -> str:
    """The CSS that declares every vendored face."""
    return "\n".join(
        f"@font-face {{ font-family: '{name}'; font-weight: {weight}; src: url({SCHEME}{name}-{weight}-normal.woff2) }}"
        for name, weight in FACES
    )


class VendoredOnly(URLFetcher):  # type: ignore[misc] # WeasyPrint is not typed
    """Fetches the vendored fonts and refuses everything else: a report never reads the network or the disk."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        del headers
        name = url.removeprefix(SCHEME)
        if name == url or name not in {f"{family}-{weight}-normal.woff2" for family, weight in FACES}:
            raise ValueError("A report holds everything it shows; nothing is fetched.")
        return URLFetcherResponse(url, (FONTS / name).read_bytes(), {"Content-Type": "font/woff2"})
