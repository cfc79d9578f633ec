"""The verdict in plain language.  To add a language, add a module like `english` and name it here."""

from __future__ import annotations

from collections.abc import Mapping

from reparations_verifier.catalogue.english import SENTENCES as ENGLISH
from reparations_verifier.catalogue.french import SENTENCES as FRENCH

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "fr": FRENCH}


def choose(wanted: str | None, environment: Mapping[str, str]) -> str:
    """Return the language asked for, or the one of the user's locale, or English."""
    for tag in (wanted, environment.get("LC_ALL"), environment.get("LC_MESSAGES"), environment.get("LANG")):
        if tag and tag[:2].lower() in LANGUAGES:
            return tag[:2].lower()
    return "en"


def say(language: str, code: str, details: Mapping[str, object]) -> str:
    """Return the sentence for a code."""
    return LANGUAGES[language][code].format_map(details)
