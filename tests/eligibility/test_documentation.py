"""What `docs/writing-rules.md` teaches is what the language takes."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from reparations.eligibility.language import Finding, check_examples, load_examples, load_rule_set
from reparations.eligibility.language.arithmetic import FUNCTIONS
from reparations.eligibility.language.document import Words, read_document
from reparations.eligibility.language.entitlement import (
    AfterDeath,
    BenefitForm,
    CapOver,
    Recovery,
    Reduce,
    Remainder,
    RowKind,
    UnitKind,
    WhenNobody,
)
from reparations.eligibility.language.errors import Position
from reparations.eligibility.language.expectations import EXPECTED
from reparations.eligibility.language.grammar import parse_expression
from reparations.eligibility.language.reader import _OPTIONAL, _REQUIRED
from reparations.eligibility.language.rule_set import PaidWhen, ShortageRule
from reparations.eligibility.models import AssessedOutcome, Departure
from reparations.eligibility.rules import Waiting

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "writing-rules.md").read_text("utf-8")
ROOM = (DOCS / "eligibility.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
SENTENCES = [
    sentence
    for row in re.findall(
        r"^\| (`.*?) \| [^|]* \|$", GUIDE.partition("### Sentences")[2].partition("### Named")[0], re.MULTILINE
    )
    for sentence in re.findall(r"`([^`]+)`", row)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_a_file_the_loader_takes(block: str) -> None:
    assert read_document(block, "guide.yaml").entries


def test_the_whole_programme_it_shows_passes_the_check_as_it_stands() -> None:
    facts, rules, examples = (
        next(block for block in BLOCKS if block.startswith(f"# {name}"))
        for name in ("facts.yaml", "v0001/rules.yaml", "v0001/examples.yaml")
    )
    rule_set = load_rule_set(rules, facts)

    seen = check_examples(rule_set, load_examples(examples, rule_set))

    assert seen == {criterion.code: frozenset(Finding) for criterion in rule_set.criteria}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_it_shows_can_be_read(sentence: str) -> None:
    assert parse_expression(Words(sentence, Position("guide", 1, 1), exact=True)).children


def test_every_function_is_shown() -> None:
    assert [name for name in FUNCTIONS if not any(f"{name}(" in sentence for sentence in SENTENCES)] == []


def test_everything_an_example_can_expect_is_shown() -> None:
    assert [key for key in EXPECTED if f"      {key}:" not in GUIDE and f"or {key}:" not in GUIDE] == []


@pytest.mark.parametrize(
    "words",
    [
        UnitKind,
        AfterDeath,
        Recovery,
        CapOver,
        Reduce,
        RowKind,
        Remainder,
        WhenNobody,
        BenefitForm,
        PaidWhen,
        ShortageRule,
    ],
)
def test_every_word_of_a_closed_list_is_named(words: type[StrEnum]) -> None:
    assert [word.value for word in words if not re.search(rf"\b{word.value}\b", GUIDE)] == []


def test_every_part_of_a_rule_file_is_named() -> None:
    assert [part for part in (*_REQUIRED, *_OPTIONAL) if f"`{part}" not in GUIDE and f"{part}:" not in GUIDE] == []


def test_every_outcome_departure_and_reason_to_wait_is_explained() -> None:
    words = [*AssessedOutcome, *Departure, *Waiting]

    assert [word.value for word in words if f"`{word.value}`" not in ROOM] == []
