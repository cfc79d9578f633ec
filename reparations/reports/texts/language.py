"""The languages in which reports are written."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language; each has a module of the same name beside this one."""

    ENGLISH = "en"
    FRENCH = "fr"
