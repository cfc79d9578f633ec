"""The catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import pytest

from reparations.ledger.models import AccountCode, AccountKind, ContributionSource
from reparations.payments.models import BatchStatus, PaymentStatus
from reparations.registry.models import DutyKind, Rail
from reparations.reports.texts import CATALOGUES, Texts
from reparations.reports.texts.language import Language

ENGLISH = CATALOGUES[Language.ENGLISH]


@pytest.mark.parametrize("language", Language)
def test_every_language_says_the_same_things_with_the_same_values(language: Language) -> None:
    catalogue = CATALOGUES[language]

    assert catalogue.keys() == ENGLISH.keys()
    for key, text in catalogue.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", ENGLISH[key])), key
        assert text, key


@pytest.mark.parametrize("language", Language)
def test_every_code_a_report_can_hold_has_a_word(language: Language) -> None:
    families: dict[str, Iterable[str]] = {
        "state": PaymentStatus,
        "batch": BatchStatus,
        "rail": Rail,
        "duty": DutyKind,
        "account": set(AccountCode) - {AccountCode.UNCOMMITTED},
        "kind": AccountKind,
        "source": ContributionSource,
    }

    missing = [
        f"{family}.{code}"
        for family, codes in families.items()
        for code in codes
        if f"{family}.{code}" not in CATALOGUES[language]
    ]

    assert missing == []


def test_each_language_writes_amounts_and_days_its_own_way() -> None:
    english, french = Texts(Language.ENGLISH), Texts(Language.FRENCH)

    assert english.amount(7_425_000, "USD") == "USD\N{NO-BREAK SPACE}74,250.00"
    assert french.amount(7_425_000, "USD") == "74\N{NO-BREAK SPACE}250,00\N{NO-BREAK SPACE}USD"
    assert english.figures(-5, "USD") == "\N{MINUS SIGN}0.05"
    assert english.figures(1_234_567, "JPY") == "1,234,567"
    assert french.day(date(2031, 5, 1)) == "1er\N{NO-BREAK SPACE}mai 2031"
    assert english.day(date(2031, 5, 2)) == "2\N{NO-BREAK SPACE}May 2031"
    assert english.people(None) == "fewer than 10"
    assert english.word("state", "never_heard_of") == "never heard of"
