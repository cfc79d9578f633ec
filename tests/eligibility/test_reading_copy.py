"""The reading copy says every leaf as a sentence, with labels and sources and no name a program uses."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reparations.eligibility.files import read_version
from reparations.eligibility.language import RuleSet, load_rule_set
from reparations.eligibility.language.nodes import Op
from reparations.eligibility.language.sentences import Speaker
from reparations.eligibility.reading_copy import write_reading_copy
from tests.eligibility.files import bent, load
from tests.eligibility.rich import load_rich
from tests.eligibility.test_shipped_rules import VERSIONS, name_of

TAGS = "main h1 h2 h3 p ul ol li table tr th td code cite strong style title head body html"


class Page(HTMLParser):
    """Collects the words of a page and checks that its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name != "src" for name, _ in attrs)
        if tag in TAGS.split():
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "code"}:
            self.words.append(data)


def read(rule_set: RuleSet) -> str:
    page = Page()
    page.feed(write_reading_copy(rule_set))
    assert page.open == []
    return " ".join(page.words)


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_every_shipped_rule_set_reads_as_sentences_with_sources(version: Path) -> None:
    files = read_version(version)
    rule_set = load_rule_set(files.rules, files.facts)

    text = read(rule_set)

    names = {*rule_set.schema.facts, *rule_set.schema.lists, *(step.name for step in rule_set.award)}
    named = {word for word in re.findall(r"\w+", text) if "_" in word and word in names}
    assert named == set()
    for criterion in rule_set.criteria:
        assert criterion.title in text
        assert criterion.cite in text
    assert all(step.cite in text for step in rule_set.award)
    assert rule_set.appeal.how in text
    assert "Illustrative" in text


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("present", "“Presence” is established"),
        ("not succession", "“Succession” is found not to be so"),
        ("site != north", "“The place” is not “North”"),
        ("attacked_on < 2002-01-01", "“The day” is before 2002-01-01"),
        ("days_held >= 3", "“Days held” is at least 3"),
        ("paid_before > USD 1.00", "“Paid before” is more than USD 1.00"),
        ("attacked_on is known", "“The day” is known"),
        ("no h in harms with (h.established)", "there is no “Harm” of which it is true that"),
        ("(count h in harms with (h.grade = 2)) >= 2", "the number of each “Harm” of which"),
        ("age(born, attacked_on) < 18", "the age in completed years of who was born on “Day of birth” as of “The day”"),
        ("at_least(2, succession, days_held = 1, site = north)", "at least 2 of these: “Succession” is established;"),
        ("years_touched(born, attacked_on, 9) > 2", "the number of years beginning on 1 September that the time from"),
    ],
)
def test_a_condition_is_said_in_words(condition: str, sentence: str) -> None:
    rule_set = load(bent("when: attacked_on within war}", f'when: "{condition}"}}'))

    said = Speaker(rule_set).say(rule_set.criterion("TIME").condition)

    assert sentence in said


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("max(worst + held - round_up(paid_before * 50%), USD 0.00)", "50 % of (“Paid before”), rounded up"),
        ("round_half_even(worst * 1/3)", "1/3 of (“The worst harm”), rounded to the nearest, halves to the even"),
        (
            "if present then worst else USD 1.50",
            "if “Presence” is established, then “The worst harm”; otherwise USD 1.50",
        ),
        ("min(worst, 3 * held)", "the smaller of “The worst harm” and "),
        ("round_down(compound(worst, 1.9%, min(days_held, 60)))", "with 1.9 % a year compounded over the smaller of"),
        ("total h in harms with (h.established) of (amounts[h.kind, h.grade])", "the sum, over each “Harm” of which"),
    ],
)
def test_an_amount_is_said_in_words(amount: str, sentence: str) -> None:
    rule_set = load(bent("is: max(worst + held - round_up(paid_before * 50%), USD 0.00)", f"is: {amount}"))

    assert sentence in Speaker(rule_set).say(rule_set.award[-1].amount)


def test_every_operation_of_the_language_can_be_said() -> None:
    assert set(Speaker(load()).spoken) == set(Op)


def test_whose_money_is_held_in_trust_is_said() -> None:
    text = read(load_rich())

    assert (
        "What falls due to somebody who has not completed 21 years of life, counted from “Birthday”, is held in "
        "trust until then, if “Chose the higher sum” is established. While that is not known nothing is paid, and it "
        "is asked for. A division above that says it for itself goes before. s. 28" in text
    )
    assert (
        "The share of who has not completed 18 years of life on “Day of the decision”, counted from “Birthday”" in text
    )
    assert "Money of minors" not in read(load())


def test_text_of_a_file_is_never_markup() -> None:
    text = write_reading_copy(load(bent("title: The place is listed", "title: A <b>bold</b> place & more")))

    assert "A &lt;b&gt;bold&lt;/b&gt; place &amp; more" in text
