"""Golden vectors: what every shipped version said is said again, by both evaluators, and a change is noticed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reparations.cli import build
from reparations.eligibility.errors import GoldenBroken
from reparations.eligibility.files import GOLDEN, read_golden_file, read_version
from reparations.eligibility.language import RuleSet, load_examples, load_rule_set
from reparations.eligibility.language.golden import (
    VECTORS,
    Golden,
    check_golden,
    make_golden,
    read_golden,
    write_golden,
)
from tests.eligibility.files import KATANGA, PERSON, bent, facts, load
from tests.eligibility.test_shipped_rules import VERSIONS, name_of

CLI = CliRunner()


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

    assert len(golden.vectors) <= VECTORS
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
    assert len(golden.vectors) == VECTORS


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
