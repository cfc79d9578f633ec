"""Two versions side by side: what a reader sees, a claim that shows it, the claims of the registry it would change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.errors import SimulationUntrustworthy
from reparations.eligibility.language import Assessor, Outcome, RuleSet, load_rule_set
from reparations.eligibility.language.comparing import Change, ChangeKind, Line, compare_readings
from reparations.eligibility.language.differing import Screener, Search, search_counter_examples
from reparations.eligibility.models import Assessment, Decision
from reparations.principal import Role
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import FACTS, KATANGA, PERSON, RULES, bent, facts, katanga, katanga_files, load
from tests.factories.access import PASSWORD, make_account, make_office, principal_of
from tests.factories.eligibility import OUTSIDE_FACTS, Scene, decide, make_claims, make_scene
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_programme

CLI = CliRunner()
TRIES = 2_000


def later(old: str, new: str) -> RuleSet:
    """Katanga's rules with one place changed."""
    files = katanga_files()
    assert old in files.rules
    return load_rule_set(files.rules.replace(old, new), files.facts)


DEARER = ("USD 250.00", "USD 260.00")
NARROWER = ("2003-02-24 .. 2003-02-24", "2003-02-25 .. 2003-02-25")


def search(old: RuleSet, new: RuleSet) -> Search:
    return search_counter_examples(old, new, [facts(**PERSON)], tries=TRIES)


def test_a_reader_sees_the_parameter_and_the_sentence_it_changes() -> None:
    changes = compare_readings(load(), load(bent("2002-01-01: USD 2.00", "2002-01-01: USD 2.50")))

    assert (
        Change("parameter", "daily", ChangeKind.CHANGED, (Line("values 2002-01-01", "USD 2.00", "USD 2.50"),))
        in changes
    )
    (step,) = (change for change in changes if change.part == "award step")
    assert "then USD 2.50" in str(step.lines[0].after)
    assert [change.part for change in changes] == ["parameter", "award step"]


PRESUMPTION = "presumptions:\n  presence: {cite: Order 6, fact: present, when: site = north}\n"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("all: [PLACE, TIME, PRESENCE, HARM]", "all: [PLACE, TIME, PRESENCE]", ("route", "person", "changed")),
        ("[loss, any, USD 50.00]", "[loss, any, USD 51.00]", ("table", "amounts", "changed")),
        (PRESUMPTION, "", ("presumption", "presence", "removed")),
        ("level: established}", "level: asserted}", ("proof", "", "changed")),
        ("title: The place is listed", "title: The place stands in the list", ("criterion", "PLACE", "changed")),
        ("body: Invented court", "body: Another court", ("appeal", "", "changed")),
        ("status: illustrative", "status: in_force", ("rule set", "invented", "changed")),
    ],
)
def test_each_part_that_reads_otherwise_is_named(old: str, new: str, changed: tuple[str, str, str]) -> None:
    changes = compare_readings(load(), load(bent(old, new)))

    assert changed in [(change.part, change.name, change.kind) for change in changes]


def test_a_criterion_added_and_a_fact_added_are_told_whole() -> None:
    extra = "  ALONE: {title: Nobody paid before, cite: Order 18, when: paid_before = USD 0.00}\ncriteria:"
    rules = bent("criteria:", "criteria:").replace("criteria:\n", "criteria:\n" + extra.partition("\n")[0] + "\n")
    new = load(rules, FACTS.replace("  succession:", "  poor: {type: yes_no, label: Need}\n  succession:"))

    changes = {(change.part, change.name): change for change in compare_readings(load(), new)}

    assert changes["criterion", "ALONE"].kind is ChangeKind.ADDED
    assert Line("condition", None, "“Paid before” is USD 0.00") in changes["criterion", "ALONE"].lines
    assert changes["fact", "poor"].kind is ChangeKind.ADDED
    assert {change.kind for change in compare_readings(new, load())} == {ChangeKind.REMOVED}


def test_versions_that_say_the_same_have_no_difference_and_no_counter_example() -> None:
    same = load(RULES.replace("title: An invented programme", "title: An invented programme  # a comment"))

    assert compare_readings(load(), same) == []
    found = search(load(), same)
    assert (found.tried, found.differing, found.examples) == (TRIES + 1, 0, ())


def test_a_counter_example_holds_no_fact_that_does_not_matter() -> None:
    old, new = load(), load(bent("2003-12-31}", "2003-12-30}"))

    found = search(old, new)

    shapes = {(example.before.outcome, example.after.outcome): example for example in found.examples}
    example = shapes[Outcome.MORE_INFORMATION_NEEDED, Outcome.NOT_ELIGIBLE]
    assert len(example.facts) == 2  # the day, and what closes the other route
    assert example.facts["attacked_on"] == {"value": "2003-12-31", "proof": "established"}
    for one in found.examples:
        assert Assessor(old).assess(one.facts).outcome is one.before.outcome
        assert Assessor(new).assess(one.facts).outcome is one.after.outcome
        assert one.before != one.after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("round_up(paid_before * 50%)", "round_down(paid_before * 50%)"),
        ('[wound, "1", USD 100.00]', '[wound, "1", USD 100.01]'),
        ("when: site = north}", "when: site = south}"),
        ("2002-01-01: USD 2.00", "2002-01-02: USD 2.00"),
        ("some h in harms with (h.established)", "every h in harms with (h.established)"),
        ("level: established}", "level: asserted}"),
    ],
)
def test_a_difference_of_meaning_is_found(old: str, new: str) -> None:
    found = search_counter_examples(load(), load(bent(old, new)), [facts(**PERSON)])

    assert found.differing > 0
    assert found.examples


def test_a_difference_in_what_follows_is_found_too() -> None:
    extra = 'priority:\n  - {points: "3", title: Need, cite: Order 19, when: paid_before = USD 0.00}\nappeal:'
    old = load(RULES.replace("appeal:", extra))
    new = load(RULES.replace("appeal:", extra.replace('"3"', '"4"')))

    found = search(old, new)

    assert found.differing == 0
    assert found.examples[0].follows == ("priority",)


def test_the_registry_is_only_read(session: Session) -> None:
    scene = make_scene(session)
    decided = make_claims(session, scene, count=2)
    decide(session, scene, decided)
    make_claims(session, scene, facts=OUTSIDE_FACTS)
    before = (len(rows(session, Assessment)), len(rows(session, Decision)))

    done = compare(session, scene, later(*DEARER))

    assert (done.compared, done.next) == (3, None)
    assert [(one.reference, one.before.amount_minor, one.after.amount_minor) for one in done.changed] == [
        (claim.reference, 25_000, 26_000) for claim in decided
    ]
    assert {one.decision.outcome for one in done.changed if one.decision} == {"eligible"}
    assert (len(rows(session, Assessment)), len(rows(session, Decision))) == before


def test_a_claim_not_decided_yet_is_told_as_such(session: Session) -> None:
    scene = make_scene(session)
    make_claims(session, scene)

    done = compare(session, scene, later(*NARROWER))

    assert [(one.after.outcome, one.decision) for one in done.changed] == [(Outcome.NOT_ELIGIBLE, None)]


def test_kernel_and_evaluator_that_differ_stop_the_run(session: Session) -> None:
    scene = make_scene(session)
    make_claims(session, scene)
    faulty = Screener(later(*DEARER))
    faulty.assessor = katanga()  # as if one of the two had a fault

    with pytest.raises(SimulationUntrustworthy):
        service.compare_claims(
            session, scene.programme, old=Screener(katanga().rule_set), new=faulty, after=None, limit=10
        )


def compare(session: Session, scene: Scene, other: RuleSet) -> service.Comparing:
    base = katanga().rule_set
    service.log_comparison(session, scene.programme, old=base, new=other, officer=scene.decider, at=NOON)
    return service.compare_claims(
        session, scene.programme, old=Screener(base), new=Screener(other), after=None, limit=10
    )


def rows(session: Session, model: type[Any]) -> list[Any]:
    return list(session.exec(select(model)).all())


# ── the command and the routes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A folder with a draft that pays more."""
    shutil.copytree(KATANGA.parent, tmp_path / "draft", ignore=shutil.ignore_patterns("v0002"))
    for name in ("rules.yaml", "examples.yaml"):
        file = tmp_path / "draft" / "v0001" / name
        file.write_text(file.read_text("utf-8").replace(*DEARER), "utf-8")
    return tmp_path / "draft"


def test_the_command_says_it_in_words(draft: Path) -> None:
    result = CLI.invoke(build(), ["eligibility", "diff", str(KATANGA), str(draft), "--tries", "500"])

    assert result.exit_code == 0, result.output
    assert "parameter symbolic_award: changed\n  value\n    was: USD 250.00\n    is:  USD 260.00" in result.output
    assert "was: eligible, USD 250.00; is: eligible, USD 260.00" in result.output


def test_the_command_never_takes_nothing_found_for_a_proof() -> None:
    result = CLI.invoke(build(), ["eligibility", "diff", str(KATANGA), str(KATANGA), "--tries", "50"])

    assert "Both read the same." in result.output
    assert "invented claims tried comes out otherwise. That is no proof that none does." in result.output


@pytest.fixture
def configured(database_urls: tuple[str, str], keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an installation over the test's database."""
    for name, value in (("MODE", "demo"), ("DATABASE_URL", database_urls[0]), ("KEYS_DIR", str(keys_dir))):
        monkeypatch.setenv(f"REPARATIONS_{name}", value)


@pytest.mark.usefixtures("configured")
def test_the_command_lists_claims_of_the_registry(draft: Path, database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        reference = make_claims(session, scene)[0].reference
        code = scene.programme.code
    arguments = ["eligibility", "diff", f"{code}@1", str(draft), "--tries", "50", "--registry", code]

    told = CLI.invoke(build(), arguments)
    document = json.loads(CLI.invoke(build(), [*arguments, "--json"]).stdout)
    none = CLI.invoke(build(), ["eligibility", "diff", f"{code}@7", str(draft)])

    assert f"{reference}: eligible, USD 250.00 → eligible, USD 260.00; not decided" in told.output
    assert [one["reference"] for one in document["registry"]] == [reference]
    assert document["changes"][0]["part"] == "parameter"
    assert none.exit_code == 1
    assert "eligibility.rule_set_not_found" in none.output
    with database.reading() as session:
        assert events(session)[-1]["type"] == "rule_sets.compared"


Headers = Mapping[str, str]


@pytest.fixture
def signed_in(database: Database, client: TestClient) -> dict[str, Headers]:
    with database.transaction() as session:
        office = make_office(session)
        roles = {"caseworker": Role.CASEWORKER, "decider": Role.DECIDER, "administrator": Role.FUND_ADMINISTRATOR}
        accounts = {name: make_account(session, role, username=name, office=office) for name, role in roles.items()}
        programme = make_programme(session, code="KATANGA")
        for given in (ELIGIBLE_FACTS, OUTSIDE_FACTS):
            make_claim(session, programme=programme, officer=principal_of(session, accounts["caseworker"]), facts=given)
    answers = {name: client.post("/sessions", json={"username": name, "password": PASSWORD}).json() for name in roles}
    return {name: {"Authorization": f"Bearer {answer['access_token']}"} for name, answer in answers.items()}


def test_over_the_api_a_draft_is_held_beside_the_rules_in_force(
    client: TestClient, signed_in: dict[str, Headers]
) -> None:
    files = katanga_files()
    body = {"rules": files.rules, "facts": files.facts, "examples": files.examples, "in_force_from": "2031-05-01"}
    published = client.post("/programmes/KATANGA/rule-sets", json=body, headers=signed_in["administrator"]).json()
    draft = {"rules": files.rules.replace(*DEARER), "facts": files.facts}
    url = "/programmes/KATANGA/rule-set-comparisons"

    told = client.post(url, json={"draft": draft}, headers=signed_in["caseworker"])
    same = client.post(url, json={"other": published["id"]}, headers=signed_in["caseworker"]).json()
    claims = client.post(f"{url}/claims", json={"draft": draft, "limit": 1}, headers=signed_in["decider"]).json()
    refused = client.post(f"{url}/claims", json={"draft": draft}, headers=signed_in["administrator"])
    unclear = client.post(url, json={}, headers=signed_in["decider"])

    assert told.status_code == 200, told.text
    assert [change["part"] for change in told.json()["changes"]] == ["parameter", "award step"]
    assert told.json()["examples"][0]["after"]["amount"] == {"amount": "260.00", "currency": "USD"}
    assert (same["changes"], same["differing"]) == ([], 0)
    assert [one["after"]["amount"]["amount"] for one in claims["changed"]] == ["260.00"]
    assert (claims["compared"], claims["next"] is None) == (1, False)
    assert refused.status_code == 403
    assert unclear.status_code == 422
