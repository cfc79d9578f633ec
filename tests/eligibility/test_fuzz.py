"""Whatever is sent as a rule file: the documented refusal or a rule set, and no other exception."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from reparations.eligibility.errors import ExampleFailed, RuleFileRefused
from reparations.eligibility.language import check_examples, load_examples, load_rule_set, load_schema
from tests.eligibility.files import FACTS, RULES, katanga, katanga_files
from tests.eligibility.rich import RICH, RICH_FACTS, example, rich

WORDS = (
    *RULES.replace("\n", " ").split(),
    *("if", "then", "else", "not", "every", "count", "within", "is known", "..", "50%", "1/3", "h.kind", "&a", "*a"),
    *("!!str", "{", "}", "[", "]", '"', "'", "|", ">", "#", "?", "-", ":", "\n", "\n  ", "\t", "\\", "\x00", "\ufeff"),
    *("years_started(", "months_between(", "days_between(", "years_touched(", "compound(", "at_least(2,", "1.9%", "*"),
    *("percent:", "equal:", "each:", "rest", "lot", "0 .. 200", "1000%", "0%", "among:", "p in payments", "h.born"),
    *("2003-02-30", "USD 1.005", "EUR 1", "999999999999999999999", "\u0661", "\ufb00", "\u202e", "\U0001f642"),
)


@st.composite
def mutilated(draw: st.DrawFn, text: str) -> str:
    """A text with pieces cut out, moved, doubled, or replaced by words of the language and by noise."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        piece = draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=12), st.just(text[start:end] * 2)))
        text = text[:start] + piece + text[end:]
    return text


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), mutilated(RULES)))
def test_any_text_as_rules(text: str) -> None:
    with contextlib.suppress(RuleFileRefused):
        assert load_rule_set(text, FACTS).identity


@settings(max_examples=300, deadline=None)
@given(mutilated(RICH))
def test_any_text_as_rules_with_every_part(text: str) -> None:
    with contextlib.suppress(RuleFileRefused):
        assert load_rule_set(text, RICH_FACTS).identity


@settings(max_examples=150, deadline=None)
@given(mutilated(example()))
def test_any_text_as_examples_of_every_part(text: str) -> None:
    with contextlib.suppress(RuleFileRefused, ExampleFailed):
        assert check_examples(rich().rule_set, load_examples(text, rich().rule_set))


@settings(max_examples=100, deadline=None)
@given(mutilated(RICH_FACTS))
def test_any_text_as_the_schema_of_every_part(text: str) -> None:
    with contextlib.suppress(RuleFileRefused):
        assert load_rule_set(RICH, text).identity


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), mutilated(FACTS)))
def test_any_text_as_a_fact_schema(text: str) -> None:
    with contextlib.suppress(RuleFileRefused):
        assert load_schema(text).name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
def test_any_words_as_a_sentence(sentence: str) -> None:
    quoted = sentence.replace("'", "''")
    rules = RULES.replace("when: succession", f"when: '{quoted}'")

    with contextlib.suppress(RuleFileRefused):
        assert load_rule_set(rules, FACTS).identity


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=300), mutilated(katanga_files().examples)))
def test_any_text_as_examples(text: str) -> None:
    rule_set = katanga().rule_set

    with contextlib.suppress(RuleFileRefused, ExampleFailed):
        assert check_examples(rule_set, load_examples(text, rule_set))
