"""Simulations: counted right, repeatable, broken off and gone on with, and sealed from who may not see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from reparations.eligibility import queries, service
from reparations.eligibility.errors import DecisionRefused, SimulationNotFound, SimulationNotOpen
from reparations.eligibility.language import Outcome
from reparations.eligibility.models import Simulation, SimulationPart, SimulationResult
from reparations.eligibility.rules.simulations import Tally
from reparations.eligibility.service.simulating import open_tally
from reparations.principal import Role
from tests.access.events import events
from tests.conftest import NOON
from tests.eligibility.files import KATANGA, katanga_files
from tests.factories.access import PASSWORD, make_account, make_office, principal_of
from tests.factories.eligibility import MISSING_FACTS, OUTSIDE_FACTS, Scene, make_claims, make_scene
from tests.factories.ledger import make_fund
from tests.factories.registry import ELIGIBLE_FACTS, make_claim, make_programme

CLI = CliRunner()
Refused = Callable[[str], AbstractContextManager[None]]
DEARER = katanga_files().rules.replace("USD 250.00", "USD 260.00")
NARROWER = katanga_files().rules.replace("2003-02-24 .. 2003-02-24", "2003-02-25 .. 2003-02-25")

_ANOTHER_PART = (
    "INSERT INTO simulation_part SELECT simulation_id, {}, last_claim_id, claims, input_sha256, tally_sealed,"
    " changes_sealed, computed_at FROM simulation_part"
)


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


@pytest.fixture
def configured(database_urls: tuple[str, str], keys_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an installation over the test's database, and a draft in a folder."""
    for name, value in (("MODE", "demo"), ("DATABASE_URL", database_urls[0]), ("KEYS_DIR", str(keys_dir))):
        monkeypatch.setenv(f"REPARATIONS_{name}", value)
    shutil.copytree(KATANGA.parent, tmp_path / "draft")
    (tmp_path / "draft" / "v0001" / "rules.yaml").write_text(DEARER, "utf-8")
    return tmp_path / "draft"


def start(session: Session, scene: Scene, *, rules: str = DEARER) -> Simulation:
    return service.start_simulation(
        session,
        programme=scene.programme,
        base_rule_set_id=None,
        draft_rules=rules,
        draft_facts=katanga_files().facts,
        officer=scene.administrator,
        at=NOON,
    )


def go_on(session: Session, scene: Scene, simulation: Simulation, *, limit: int = 1_000) -> SimulationPart:
    return service.compute_part(session, simulation.id, limit=limit, officer=scene.administrator, at=NOON)


def finish(session: Session, scene: Scene, *, rules: str = DEARER, limit: int = 1_000) -> SimulationResult:
    simulation = start(session, scene, rules=rules)
    while go_on(session, scene, simulation, limit=limit).last_claim_id is not None:
        pass
    return queries.get_result(session, simulation.id)


def tally_of(session: Session, result: SimulationResult) -> Tally:
    return open_tally(session, queries.find_last_part(session, result.simulation_id))


def test_claims_are_counted_with_what_they_cost_under_both(session: Session, scene: Scene) -> None:
    make_claims(session, scene, count=3)
    make_claims(session, scene, facts=OUTSIDE_FACTS)
    make_claims(session, scene, facts=MISSING_FACTS)

    tally = tally_of(session, finish(session, scene))

    eligible = tally.cells["", "", Outcome.ELIGIBLE, Outcome.ELIGIBLE, "better"]
    assert (eligible.count, eligible.before_minor, eligible.after_minor) == (3, 75_000, 78_000)
    assert tally.cells["", "", Outcome.NOT_ELIGIBLE, Outcome.NOT_ELIGIBLE, "same"].count == 1
    assert sum(cell.count for place, cell in tally.cells.items() if place[0] == "sex") == 5


def test_what_is_stored_in_the_open_hides_small_counts(session: Session, scene: Scene) -> None:
    make_fund(session, available_minor=1_000_000)
    make_claims(session, scene, count=3)

    shown = json.loads(finish(session, scene).shown)

    assert shown["whole"]["claims"] is None
    assert set(shown["whole"]["after"].values()) == {None}
    assert {row["claims"] for rows in shown["groups"].values() for row in rows} == {None}
    assert shown["uncommitted_minor"] == 1_000_000
    assert shown["on"] == NOON.date().isoformat()


def test_large_counts_are_shown_near_the_truth(session: Session, scene: Scene) -> None:
    make_claims(session, scene, count=30)

    whole = json.loads(finish(session, scene, rules=NARROWER).shown)["whole"]

    assert abs(whole["claims"] - 30) <= 4
    assert whole["before"]["eligible"] == whole["after"]["not_eligible"] == whole["move"]["worse"] == whole["claims"]
    assert abs(whole["cost_before_minor"] - 750_000) <= 5 * 25_000
    assert whole["cost_after_minor"] is None


def test_parts_come_to_the_same_as_one_run(session: Session, scene: Scene) -> None:
    make_claims(session, scene, count=3)
    make_claims(session, scene, count=2, facts=OUTSIDE_FACTS)

    whole = finish(session, scene)
    parted = finish(session, scene, limit=2)

    assert (whole.parts, parted.parts) == (1, 3)
    assert whole.shown == parted.shown
    assert tally_of(session, whole).as_list() == tally_of(session, parted).as_list()


def test_a_run_broken_off_goes_on_and_a_finished_one_does_not(session: Session, scene: Scene) -> None:
    make_claims(session, scene, count=3)
    simulation = start(session, scene)
    go_on(session, scene, simulation, limit=2)

    with pytest.raises(SimulationNotOpen):
        queries.get_result(session, simulation.id)
    go_on(session, scene, simulation, limit=2)

    assert queries.get_result(session, simulation.id).parts == 2
    with pytest.raises(SimulationNotOpen):
        go_on(session, scene, simulation)
    with pytest.raises(SimulationNotFound):
        service.compute_part(session, "sim_none", officer=scene.administrator, at=NOON)


def test_a_programme_without_claims_has_an_answer_too(session: Session, scene: Scene) -> None:
    result = finish(session, scene)

    assert json.loads(result.shown)["whole"]["claims"] is None


def test_the_same_claims_and_facts_are_known_by_their_hash(session: Session, scene: Scene) -> None:
    make_claims(session, scene, count=2)

    first, second = finish(session, scene), finish(session, scene, rules=NARROWER)
    make_claims(session, scene)
    third = finish(session, scene)

    assert first.input_sha256 == second.input_sha256
    assert third.input_sha256 != first.input_sha256


def test_that_it_begins_is_on_record_before_anything_is_opened(session: Session, scene: Scene) -> None:
    make_claims(session, scene)
    simulation = start(session, scene)

    begun = events(session)[-1]
    go_on(session, scene, simulation)

    assert (begun["type"], begun["rows_count"]) == ("simulation.started", 1)
    assert begun["body"]["draft"] == simulation.draft_sha256
    assert (events(session)[-1]["type"], events(session)[-1]["rows_count"]) == ("simulation.finished", 2)


def test_who_would_change_is_sealed_and_opened_on_record(session: Session, scene: Scene) -> None:
    (claim,) = make_claims(session, scene)
    make_claims(session, scene, facts=OUTSIDE_FACTS)
    result = finish(session, scene)
    part = queries.get_part(session, result.simulation_id, 1)

    assert claim.reference.encode() not in part.changes_sealed
    assert claim.reference not in result.shown
    service.log_changes_opening(session, result.simulation_id, officer=scene.decider, at=NOON)
    (changed,) = service.open_changes(session, result.simulation_id, 1)

    assert (changed.reference, changed.before.amount_minor, changed.after.amount_minor) == (
        claim.reference,
        25_000,
        26_000,
    )
    assert events(session)[-1]["type"] == "simulation.changes_opened"
    with pytest.raises(SimulationNotFound):
        service.open_changes(session, result.simulation_id, 2)


def test_a_draft_in_another_currency_or_against_another_programmes_rules_is_refused(
    session: Session, scene: Scene
) -> None:
    with pytest.raises(DecisionRefused, match="pays in EUR"):
        start(session, scene, rules=DEARER.replace("USD", "EUR"))
    with pytest.raises(DecisionRefused, match="another programme's"):
        service.start_simulation(
            session,
            programme=scene.programme,
            base_rule_set_id=make_scene(session).rule_set.id,
            draft_rules=DEARER,
            draft_facts=katanga_files().facts,
            officer=scene.administrator,
            at=NOON,
        )


@pytest.mark.parametrize("table", ["simulation", "simulation_part", "simulation_result"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET input_sha256 = 'x'", "DELETE FROM {}"])
def test_the_database_itself_keeps_what_was_saved(session: Session, scene: Scene, table: str, statement: str) -> None:
    make_claims(session, scene)
    finish(session, scene)
    column = "draft_rules" if table == "simulation" else "input_sha256"

    with pytest.raises(DBAPIError) as caught, session.begin_nested():
        session.execute(text(statement.format(table).replace("input_sha256", column)))

    reason = str(caught.value.orig)
    assert f"{table}.append_only" in reason or "permission denied" in reason


def test_the_database_refuses_a_part_after_the_last_or_out_of_order(
    session: Session, scene: Scene, refused: Refused
) -> None:
    make_claims(session, scene, count=2)
    go_on(session, scene, start(session, scene), limit=1)

    with refused("simulation_part.out_of_order"):
        session.execute(text(_ANOTHER_PART.format(3)))
    session.execute(text(_ANOTHER_PART.format(2)))


def test_the_database_refuses_a_part_of_a_finished_run(session: Session, scene: Scene, refused: Refused) -> None:
    make_claims(session, scene)
    finish(session, scene)

    with refused("simulation_part.finished"):
        session.execute(text(_ANOTHER_PART.format(2)))


def test_the_database_refuses_an_answer_of_a_run_not_finished(session: Session, scene: Scene, refused: Refused) -> None:
    make_claims(session, scene, count=2)
    simulation = start(session, scene)
    part = go_on(session, scene, simulation, limit=1)
    early = SimulationResult(
        simulation_id=simulation.id,
        parts=1,
        input_sha256=part.input_sha256,
        shown="{}",
        shown_sha256="0" * 64,
        finished_at=NOON,
    )

    with refused("simulation_result.unfinished"):
        session.add(early)
        session.flush()
    assert session.exec(select(SimulationResult)).all() == []


def test_over_the_api(database: Database, client: TestClient) -> None:
    roles = {"administrator": Role.FUND_ADMINISTRATOR, "decider": Role.DECIDER, "auditor": Role.AUDITOR}
    with database.transaction() as session:
        office = make_office(session)
        caseworker = principal_of(session, make_account(session, Role.CASEWORKER, username="c", office=office))
        for name, role in roles.items():
            make_account(session, role, username=name, office=office)
        programme = make_programme(session, code="KATANGA")
        for _ in range(2):
            make_claim(session, programme=programme, officer=caseworker, facts=ELIGIBLE_FACTS)
    answers = {name: client.post("/sessions", json={"username": name, "password": PASSWORD}).json() for name in roles}
    who = {name: {"Authorization": f"Bearer {answer['access_token']}"} for name, answer in answers.items()}
    files = katanga_files()
    published = {"rules": files.rules, "facts": files.facts, "examples": files.examples, "in_force_from": "2031-05-01"}
    client.post("/programmes/KATANGA/rule-sets", json=published, headers=who["administrator"])
    draft = {"draft": {"rules": DEARER, "facts": files.facts}}

    refused = client.post("/programmes/KATANGA/simulations", json=draft, headers=who["auditor"])
    started = client.post("/programmes/KATANGA/simulations", json=draft, headers=who["administrator"])
    assert started.status_code == 201, started.text
    url = f"/simulations/{started.json()['id']}"
    early = client.get(url, headers=who["auditor"])
    first = client.post(f"{url}/parts", json={"limit": 1}, headers=who["administrator"]).json()
    second = client.post(f"{url}/parts", json={}, headers=who["decider"]).json()
    result = client.get(url, headers=who["auditor"]).json()
    beside = client.get(f"{url}/beside/{started.json()['id']}", headers=who["auditor"]).json()
    listed = client.get("/programmes/KATANGA/simulations", headers=who["auditor"]).json()
    changes = client.post(f"{url}/changes", json={"part": 2}, headers=who["decider"]).json()
    hidden = client.post(f"{url}/changes", json={"part": 2}, headers=who["administrator"])

    assert (refused.status_code, early.status_code, hidden.status_code) == (403, 409, 403)
    assert (first["parts"], first["finished"], second["parts"], second["finished"]) == (1, False, 2, True)
    assert result["shown"]["schema"] == "reparations/simulation/1"
    assert beside["same_input"] is True
    assert [one["finished"] for one in listed["items"]] == [True]
    assert [one["after"]["amount"]["amount"] for one in changes["changed"]] == ["260.00"]


def test_on_the_command_line_a_run_is_saved_resumed_and_shown(database: Database, configured: Path) -> None:
    with database.transaction() as session:
        scene = make_scene(session, in_force_from=date(2020, 1, 1))
        make_claims(session, scene, count=30)
        code = scene.programme.code
    simulate = ["eligibility", "simulate", "--programme", code]

    told = CLI.invoke(build(), [*simulate, "--rules", str(configured), "--chunk", "20"])
    with database.transaction() as session:
        begun = service.start_simulation(
            session,
            programme=scene.programme,
            base_rule_set_id=None,
            draft_rules=NARROWER,
            draft_facts=katanga_files().facts,
            officer=scene.administrator,
            at=NOON,
        ).id
        service.compute_part(session, begun, limit=10, officer=scene.administrator, at=NOON)
    resumed = json.loads(CLI.invoke(build(), [*simulate, "--resume", begun, "--json"]).stdout)
    again = json.loads(CLI.invoke(build(), [*simulate, "--resume", begun, "--json"]).stdout)
    both = CLI.invoke(build(), ["eligibility", "simulated", begun, "--beside", begun])
    neither = CLI.invoke(build(), simulate)

    assert told.exit_code == 0, told.output
    assert "counts are moved by up to 4; – stands for fewer than 10" in told.output
    assert "uncommitted money: USD 0.00" in told.output
    assert resumed["shown"]["whole"]["after"]["not_eligible"] == resumed["shown"]["whole"]["claims"]
    assert again == resumed
    assert "Both looked at the same claims." in both.output
    assert neither.exit_code == 2
