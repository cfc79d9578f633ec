"""Golden vectors: what every shipped version said is said again, by both evaluators, and a change is noticed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reparations.cli import build
from reparations.eligibility.errors import GoldenBroken, RuleFileRefused
from reparations.eligibility.files import GOLDEN, read_golden_file, read_version
from reparations.eligibility.language import RuleSet, load_examples, load_rule_set
from reparations.eligibility.language.boundaries import list_boundaries, move_boundary
from reparations.eligibility.language.golden import (
    VECTORS,
    Golden,
    check_golden,
    make_golden,
    read_golden,
    write_golden,
)
from tests.eligibility.files import FACTS, KATANGA, PERSON, bent, facts, load
from tests.eligibility.test_shipped_rules import VERSIONS, name_of

CLI = CliRunner()
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def rule_set_of(version: Path) -> RuleSet:
    files = read_version(version)
    return load_rule_set(files.rules, files.facts)


def golden_of(version: Path) -> Golden:
    text = read_golden_file(version)
    assert text is not None, f"{name_of(version)} has no golden vectors: `reparations eligibility golden` makes them"
    return read_golden(text)


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_every_shipped_version_says_what_it_said(version: Path) -> None:
    golden = golden_of(version)

    check_golden(golden, rule_set_of(version))

    assert len(golden.vectors) <= VECTORS + 2 * len(list_boundaries(rule_set_of(version)))
    for code in golden.vectors[0].says["criteria"]:
        assert {vector.says["criteria"][code] for vector in golden.vectors} == {"met", "not_met", "unknown"}, code
    assert {vector.says["outcome"] for vector in golden.vectors} >= {
        "eligible",
        "not_eligible",
        "more_information_needed",
    }


def test_the_same_version_gives_the_same_vectors_every_time() -> None:
    files = read_version(KATANGA)
    rule_set = load_rule_set(files.rules, files.facts)
    examples = [example.facts for example in load_examples(files.examples, rule_set)]

    assert write_golden(make_golden(rule_set, examples)) == write_golden(golden_of(KATANGA))


def test_a_file_read_back_is_what_was_written() -> None:
    golden = make_golden(load(), [])

    assert write_golden(read_golden(write_golden(golden))) == write_golden(golden)
    assert len(golden.vectors) >= VECTORS


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_each_day_of_a_shipped_version_is_told_from_the_day_before_and_after(version: Path) -> None:
    files, golden = read_version(version), golden_of(version)

    missed = [
        f"{day[0]} {days:+} day"
        for day in DAY.finditer(files.rules)
        for days in (-1, 1)
        if not is_noticed(golden, moved(files.rules, day, days), files.facts)
    ]

    assert missed == []


def moved(text: str, day: re.Match[str], days: int) -> str:
    """The text with one day of it so many days later."""
    other = date.fromisoformat(day[0]) + timedelta(days=days)
    return text[: day.start()] + other.isoformat() + text[day.end() :]


def is_noticed(golden: Golden, rules: str, facts: str) -> bool:
    """Whether other rules are refused, say something else of a vector, or mean the same: a day in a comment."""
    try:
        rule_set = load_rule_set(rules, facts)
        check_golden(replace(golden, identity=rule_set.identity), rule_set)
    except (RuleFileRefused, GoldenBroken):
        return True
    return rule_set.identity == golden.identity


def test_a_day_of_a_list_and_a_day_from_which_is_counted_are_told_too() -> None:
    schema = FACTS.replace(
        "kind: {type: harm, label: Kind}", "kind: {type: harm, label: Kind}\n      on: {type: date, label: On}"
    )
    rules = bent("when: some h in harms with (h.established)}", "when: some h in harms with (h.on >= 2001-05-05)}")
    rules = rules.replace("daily * days_held", "daily * years_between(1999-02-03, attacked_on)")
    claim = facts(**PERSON | {"harms": [{"kind": "wound", "grade": 1, "established": True, "on": "2002-06-01"}]})
    golden = make_golden(load_rule_set(rules, schema), [claim])

    for day in ("2001-05-05", "1999-02-03"):
        (place,) = re.finditer(day, rules)
        assert all(is_noticed(golden, moved(rules, place, days), schema) for days in (-1, 1)), day


def test_two_histories_that_begin_on_one_day_are_told_apart() -> None:
    history = "as_of: attacked_on\n    values: {2001-01-01: USD 1.00, 2002-01-01: USD 2.00}\n"
    rules = bent(f"    {history}", f"    {history}  weekly:\n    cite: Order 4\n    {history.replace('1.00', '3.00')}")
    both = load(rules.replace("daily * days_held", "daily * days_held + weekly"))

    found = [date.fromordinal(boundary.day).isoformat() for boundary in list_boundaries(both)]

    assert sorted(found) == ["2001-01-01"] * 3 + ["2002-01-01"] * 2 + ["2003-12-31"]
    for boundary in list_boundaries(both):
        other = move_boundary(both, boundary, days=1)
        assert [one.day for one in list_boundaries(other)].count(boundary.day + 1) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[loss, any, USD 50.00]", "[loss, any, USD 50.01]"),
        ("when: site in listed}", "when: site = south}"),
        ("2001-01-01 .. 2003-12-31}", "2002-01-01 .. 2003-12-31}"),
        ("round_up(paid_before * 50%)", "round_down(paid_before * 50%)"),
        ("all: [PLACE, TIME, PRESENCE, HARM]", "all: [PLACE, TIME, PRESENCE]"),
    ],
)
def test_a_change_of_meaning_is_noticed(old: str, new: str) -> None:
    golden = make_golden(load(), [facts(**PERSON)])
    changed = load(bent(old, new))

    with pytest.raises(GoldenBroken, match="with the identity"):
        check_golden(golden, changed)
    with pytest.raises(
        GoldenBroken, match=r"Of claim \d+ the evaluator says another"
    ):  # as if an evaluator had changed
        check_golden(replace(golden, identity=changed.identity), changed)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "reparations/golden/1", "claims": []}', "null"])
def test_a_file_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(GoldenBroken, match="does not hold golden vectors"):
        read_golden(text)


def test_the_command_writes_once_and_checks_ever_after(tmp_path: Path) -> None:
    shutil.copytree(KATANGA.parent, tmp_path / "rules")
    file = tmp_path / "rules" / "v0001" / GOLDEN
    file.unlink()

    made = CLI.invoke(build(), ["eligibility", "golden", str(tmp_path / "rules")])
    text = file.read_text("utf-8")
    again = CLI.invoke(build(), ["eligibility", "golden", str(tmp_path / "rules"), "--renew"])

    assert made.exit_code == again.exit_code == 0, made.output + again.output
    assert "claims written to golden.json" in made.output
    assert "claims come out as they did" in again.output
    assert file.read_text("utf-8") == text


def test_the_command_never_overwrites_what_a_version_said(tmp_path: Path) -> None:
    shutil.copytree(KATANGA.parent, tmp_path / "rules")
    file = tmp_path / "rules" / "v0001" / GOLDEN
    document = json.loads(file.read_text("utf-8"))
    document["claims"][0]["says"]["amount_minor"] = 1
    file.write_text(json.dumps(document), "utf-8")

    refused = CLI.invoke(build(), ["eligibility", "golden", str(tmp_path / "rules"), "--renew"])

    assert refused.exit_code == 1
    assert "eligibility.golden_broken" in refused.output
    assert json.loads(file.read_text("utf-8")) == document


def test_vectors_of_a_draft_are_renewed_only_when_asked(tmp_path: Path) -> None:
    shutil.copytree(KATANGA.parent, tmp_path / "rules")
    rules = tmp_path / "rules" / "v0001" / "rules.yaml"
    rules.write_text(rules.read_text("utf-8").replace("2003-02-24", "2003-02-23"), "utf-8")

    refused = CLI.invoke(build(), ["eligibility", "golden", str(tmp_path / "rules")])
    renewed = CLI.invoke(build(), ["eligibility", "golden", str(tmp_path / "rules"), "--renew"])

    assert refused.exit_code == 1
    assert "not of icc-katanga version 1" in refused.output
    assert renewed.exit_code == 0, renewed.output
    assert "claims written to golden.json" in renewed.output
