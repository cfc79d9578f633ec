"""Every rule set we ship: worked examples come out to the cent and show each criterion met, not met and unknown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reparations.eligibility.files import list_versions, read_version
from reparations.eligibility.language import Finding, check_examples, load_examples, load_rule_set

RULES = Path(__file__).resolve().parents[2] / "rules"

# The worked examples of each programme.  Those of a round of payments, of a queue or of the books are tested there.
WORKED = {
    "australia-nrs": ("E-NRS-1a", "E-NRS-1b", "E-NRS-2", "E-NRS-3"),
    "canada-cep": ("E-CEP-1", "E-CEP-2", "E-CEP-3a", "E-CEP-3b", "E-CEP-4", "E-CEP-5a", "E-CEP-5b"),
    "colombia-1448": ("E-CO-1", "E-CO-2", "E-CO-3", "E-CO-4", "E-CO-5", "E-CO-6", "E-CO-7a", "E-CO-7b"),
    "gambia": ("E-GM-1", "E-GM-2", "E-GM-3", "E-GM-4a", "E-GM-4b", "E-GM-5", "E-GM-6"),
    "germany-evz": ("E-EVZ-1", "E-EVZ-2", "E-EVZ-3", "E-EVZ-4", "E-EVZ-5a", "E-EVZ-5b", "E-EVZ-6"),
    "icc-katanga": ("E-ICC-2a", "E-ICC-2b"),
    "icc-ongwen": ("E-ICC-7a", "E-ICC-7b"),
    "uncc-a": ("E-UNCC-1", "E-UNCC-2", "E-UNCC-3"),
    "uncc-b": ("E-UNCC-4",),
    "us-civil-liberties-act": ("E-JA-1a", "E-JA-1b", "E-JA-2", "E-JA-3", "E-JA-4a", "E-JA-4b"),
}
VERSIONS = sorted(version for folder in RULES.iterdir() if folder.is_dir() for version in list_versions(folder))


def name_of(version: Path) -> str:
    return f"{version.parent.name}/{version.name}"


def test_each_programme_we_name_is_shipped() -> None:
    assert sorted(WORKED) == sorted(folder.name for folder in RULES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_worked_examples_come_out_and_show_every_criterion_in_every_state(version: Path) -> None:
    files = read_version(version)
    rule_set = load_rule_set(files.rules, files.facts)
    examples = load_examples(files.examples, rule_set)

    seen = check_examples(rule_set, examples)

    assert {code: sorted(set(Finding) - found) for code, found in seen.items() if found != set(Finding)} == {}
    told = {match[0] for example in examples if (match := re.match(r"E-[A-Z]+-\d+[a-z]?", example.name))}
    is_latest = version == max(list_versions(version.parent))
    assert not is_latest or told >= set(WORKED[version.parent.name])


@pytest.mark.parametrize("version", VERSIONS, ids=name_of)
def test_nobody_can_take_a_shipped_rule_set_for_the_law(version: Path) -> None:
    files = read_version(version)

    rule_set = load_rule_set(files.rules, files.facts)

    assert rule_set.status == "illustrative"
    assert "# ILLUSTRATIVE." in files.rules
    assert rule_set.name == version.parent.name
