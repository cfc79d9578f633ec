"""`reparations eligibility`: what an operator does with rules and claims."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from tests.eligibility.files import KATANGA, katanga
from tests.factories.eligibility import MISSING_FACTS, OUTSIDE_FACTS, make_claims, make_scene
from tests.factories.registry import ELIGIBLE_FACTS

CLI = CliRunner()
LONG_AGO = date(2020, 1, 1)
"""The command line asks the real clock."""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the first version of the Katanga rules to spoil."""
    shutil.copytree(KATANGA.parent, tmp_path / "rules", ignore=shutil.ignore_patterns("v0002"))
    return tmp_path / "rules"


@pytest.fixture
def configured(database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an installation over the test's database."""
    for name, value in (
        ("MODE", "demo"),
        ("DATABASE_URL", database_urls[0]),
        ("KEYS_DIR", str(keys_dir)),
        ("DATA_DIR", str(tmp_path / "data")),
    ):
        monkeypatch.setenv(f"REPARATIONS_{name}", value)


def test_check_tells_the_identity_and_what_no_example_shows(rules: Path) -> None:
    result = CLI.invoke(build(), ["eligibility", "check", str(rules)])

    assert result.exit_code == 0, result.output
    assert "icc-katanga version 1, illustrative, 13 examples come out as they say" in result.output
    assert katanga().rule_set.identity in result.output
    assert "no example shows" not in result.output


def test_read_writes_a_page_a_lawyer_can_read(rules: Path, tmp_path: Path) -> None:
    result = CLI.invoke(build(), ["eligibility", "read", str(rules), "--output", str(tmp_path / "rules.html")])

    assert result.exit_code == 0, result.output
    page = (tmp_path / "rules.html").read_text("utf-8")
    assert "“The day of the attack” is on or after 2003-02-24" in page
    assert katanga().rule_set.identity in page


def test_read_of_a_refused_file_writes_nothing(rules: Path, tmp_path: Path) -> None:
    (rules / "v0001" / "rules.yaml").write_text("rule_set: nothing", "utf-8")

    result = CLI.invoke(build(), ["eligibility", "read", str(rules), "--output", str(tmp_path / "rules.html")])

    assert result.exit_code == 1
    assert not (tmp_path / "rules.html").exists()


def test_check_as_json_gives_the_coverage(rules: Path) -> None:
    result = CLI.invoke(build(), ["eligibility", "check", str(rules / "v0001"), "--json"])

    (report,) = json.loads(result.stdout)
    assert report["coverage"]["PLACE"] == ["met", "not_met", "unknown"]
    assert report["problems"] == []


def test_check_names_file_line_column_and_remedy(rules: Path) -> None:
    file = rules / "v0001" / "rules.yaml"
    file.write_text(file.read_text().replace("when: attack_site = bogoro", "when: attack_site = bogorro"))

    result = CLI.invoke(build(), ["eligibility", "check", str(rules)])

    assert result.exit_code == 1
    assert "«bogorro» is not a value of category «place». Its values: bogoro, elsewhere." in result.output
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "bogorro" in text)
    assert f"rules.yaml:{line}:25: " in result.output


def test_check_tells_an_example_that_fails_and_a_folder_without_rules(rules: Path, tmp_path: Path) -> None:
    file = rules / "v0001" / "examples.yaml"
    file.write_text(file.read_text().replace("award: USD 250.00", "award: USD 251.00"))

    failed = CLI.invoke(build(), ["eligibility", "check", str(rules)])
    nothing = CLI.invoke(build(), ["eligibility", "check", str(tmp_path)])

    assert failed.exit_code == 1
    assert "does not come out" in failed.output
    assert nothing.exit_code == 1
    assert "eligibility.rule_files_missing" in nothing.output


@pytest.mark.usefixtures("configured")
def test_evaluate_and_explain(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session, in_force_from=LONG_AGO)
        references = [
            make_claims(session, scene, facts=facts)[0].reference
            for facts in (ELIGIBLE_FACTS, OUTSIDE_FACTS, MISSING_FACTS)
        ]
        code = scene.programme.code
    evaluate = ["eligibility", "evaluate", "--programme", code, "--chunk", "2", "--json"]

    first, again = (json.loads(CLI.invoke(build(), evaluate).stdout) for _ in range(2))

    assert (first["assessed"], first["unchanged"], again["assessed"], again["unchanged"]) == (3, 0, 0, 3)
    assert first["outcomes"] == again["outcomes"]
    assert first["outcomes"]["not_eligible"] == 1

    refused = CLI.invoke(build(), ["eligibility", "explain", references[1]])
    assert refused.exit_code == 0, refused.output
    assert "This is not met. It rests on: The day of the attack – found." in refused.output
    assert "2003-03-06" not in refused.output
    asked = json.loads(CLI.invoke(build(), ["eligibility", "explain", references[2], "--json"]).stdout)
    assert [question["fact"] for question in asked["questions"]] == ["present_at_attack"]
    missing = CLI.invoke(build(), ["eligibility", "explain", "NONE-0001"])
    assert missing.exit_code == 1
    assert "No claim has this reference" in missing.output


@pytest.mark.usefixtures("configured")
def test_evaluate_says_what_it_did(database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session, in_force_from=LONG_AGO)
        make_claims(session, scene, count=2)
        code = scene.programme.code

    result = CLI.invoke(build(), ["eligibility", "evaluate", "--programme", code])

    assert result.exit_code == 0, result.output
    assert "2 assessed, 0 unchanged" in result.output
    assert "eligible: 2" in result.output
