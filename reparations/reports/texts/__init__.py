"""The words of a report, one module per language, and how that language writes amounts, days and counts.

To add a language: copy `en.py`, translate it, and add it to `CATALOGUES` and to `Language`.  A test holds every
catalogue to the same keys and the same placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from reparations.money import Money
from reparations.reports.texts import en, en_statements, fr, fr_statements
from reparations.reports.texts.language import Language

CATALOGUES: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {**en.TEXTS, **en_statements.TEXTS},
    Language.FRENCH: {**fr.TEXTS, **fr_statements.TEXTS},
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue of one language."""

    language: Language

    def say(self, key: str, **values: str | int) -> str:
        """The text under `key`, its placeholders filled in.

        Raises:
            KeyError: no such text; a fault of this program, not of its user.
        """
        return CATALOGUES[self.language][key].format(**values)

    def raw(self, key: str) -> str:
        """The text under `key` with its placeholders still in it, for whoever sets the values in another type."""
        return CATALOGUES[self.language][key]

    def knows(self, key: str) -> bool:
        """Say whether there is such a text."""
        return key in CATALOGUES[self.language]

    def word(self, family: str, code: str) -> str:
        """The reader's word for a code, such as ``state.paid``; the code itself where there is none."""
        return CATALOGUES[self.language].get(f"{family}.{code}", code.replace("_", " "))

    def number(self, value: int) -> str:
        """A whole number with the language's separators."""
        return f"{value:,}".replace(",", self.say("format.thousands"))

    def amount(self, amount_minor: int, currency: str) -> str:
        """An amount with its currency, for running text: ``USD 74,250.00``, ``74 250,00 USD``."""
        return self.say("format.money", figures=self.figures(amount_minor, currency), currency=currency)

    def figures(self, amount_minor: int, currency: str) -> str:
        """An amount without its currency, for a column headed by it."""
        whole, _, part = Money(abs(amount_minor), currency).decimal_string.partition(".")
        text = self.number(int(whole)) + (self.say("format.decimal") + part if part else "")
        return f"\N{MINUS SIGN}{text}" if amount_minor < 0 else text

    def day(self, day: date) -> str:
        """A day in words: ``1 May 2031``."""
        return self.say(
            "format.first_day" if day.day == 1 else "format.day",
            day=day.day,
            month=self.say(f"month.{day.month}"),
            year=day.year,
        )

    def people(self, rounded: int | None) -> str:
        """A rounded count of people, or the words for "too few to print"."""
        return self.say("people.few") if rounded is None else self.say("people.about", count=self.number(rounded))
