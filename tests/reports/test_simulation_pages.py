"""What a simulation found, and a rule set's reading copy, on paper: tagged, spoken, the same bytes every time."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader
from typer.testing import CliRunner

from reparations.cli import build
from reparations.db import Database
from reparations.eligibility import service
from reparations.eligibility.language import Outcome
from reparations.eligibility.rules.simulations import Counted, Tally, show
from reparations.principal import Role
from reparations.reports.pdf.reading_copy import render_reading_copy
from reparations.reports.pdf.simulation import render_simulation, write_simulation
from tests.conftest import NOON
from tests.eligibility.files import KATANGA, katanga, katanga_files
from tests.factories.access import PASSWORD, make_account, make_office
from tests.factories.eligibility import make_claims, make_scene
from tests.reports.test_pdf import structure

NAMED = {"simulation_id": "sim_01J9ZD3J6Q0V8T5C4W7X2Y1RBN", "input_sha256": "ab" * 32}


def shown(*, uncommitted_minor: int = 500_000) -> dict[str, Any]:
    """A simulation of a hundred claims: forty are refused by the draft, the others get more."""
    tally = Tally()
    for number in range(100):
        after = Outcome.NOT_ELIGIBLE if number % 5 < 2 else Outcome.ELIGIBLE
        groups = {"sex": ("female", "male")[number % 2], "award": "not_made"}
        cost = 0 if after is Outcome.NOT_ELIGIBLE else 26_000
        tally.count(Counted(number * 40_503_001, Outcome.ELIGIBLE, after, 25_000, cost, groups))
    version = {"scheme": "icc-katanga", "version": 1, "ast_sha256": "cd" * 32}
    return {
        "programme": "KATANGA",
        "title": "Katanga <reparations>",
        "currency": "USD",
        "on": "2031-05-01",
        "base": version,
        "draft": version | {"version": 2},
        "rules": {"smallest": 10, "moved": 4},
        "uncommitted_minor": uncommitted_minor,
        **show(tally),
    }


PAGES = {
    "simulation": lambda: render_simulation(shown(), **NAMED),
    "reading copy": lambda: render_reading_copy(katanga().rule_set),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_tagged_pdf_a_3a_and_pdf_ua_1_and_always_the_same(name: str) -> None:
    content = PAGES[name]()

    assert PAGES[name]() == content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        root = pdf.Root
        assert bool(root.MarkInfo.Marked)
        assert str(root.Lang) == "en"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        metadata = pdf.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("3", "A", "1")
        levels = [
            int(str(item.S)[2:])
            for item in structure(root.StructTreeRoot)
            if str(item.get("/S", "")) in {"/H1", "/H2", "/H3"}
        ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_every_chart_speaks_and_stands_beside_its_table() -> None:
    with pikepdf.open(io.BytesIO(render_simulation(shown(), **NAMED))) as pdf:
        elements = list(structure(pdf.Root.StructTreeRoot))
        spoken = [str(item.get("/Alt", "")) for item in elements if item.get("/S") == "/Figure"]
    page = write_simulation(shown(), **NAMED)

    assert [text.partition(":")[0] for text in spoken] == ["Now", "Under the draft"]
    eligible = shown()["whole"]["after"]["eligible"]
    assert f"Eligible {eligible}," in spoken[1]
    assert f'<td class="figures">{eligible}</td>' in page
    assert "Katanga &lt;reparations&gt;" in page
    assert not re.search(r"\b(src|href)=", page.replace('xmlns="http://www.w3.org/2000/svg"', ""))


@pytest.mark.parametrize(("uncommitted_minor", "verdict"), [(500_000, "is missing"), (9_000_000, "that is enough")])
def test_the_money_is_held_against_what_has_no_award_yet(uncommitted_minor: int, verdict: str) -> None:
    assert verdict in write_simulation(shown(uncommitted_minor=uncommitted_minor), **NAMED)


def test_the_reading_copy_on_paper_says_what_the_page_says() -> None:
    reader = PdfReader(io.BytesIO(render_reading_copy(katanga().rule_set)))
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    assert "“The day of the attack” is on or after 2003-02-24" in words
    assert all(criterion.title in words for criterion in katanga().rule_set.criteria)
    assert katanga().rule_set.identity[:32] in words.replace(" ", "")


def test_the_command_writes_the_reading_copy_as_pdf(tmp_path: Path) -> None:
    file = tmp_path / "rules.pdf"

    result = CliRunner().invoke(build(), ["eligibility", "read", str(KATANGA), "--pdf", "--output", str(file)])

    assert result.exit_code == 0, result.output
    assert file.read_bytes() == render_reading_copy(katanga().rule_set)


def test_over_the_api(database: Database, client: TestClient) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        make_claims(session, scene, count=2)
        simulation = service.start_simulation(
            session,
            programme=scene.programme,
            base_rule_set_id=None,
            draft_rules=katanga_files().rules,
            draft_facts=katanga_files().facts,
            officer=scene.administrator,
            at=NOON,
        ).id
        service.compute_part(session, simulation, officer=scene.administrator, at=NOON)
        rule_set = scene.rule_set.id
        make_account(session, Role.AUDITOR, username="auditor", office=make_office(session))
    answer = client.post("/sessions", json={"username": "auditor", "password": PASSWORD}).json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}

    pdf = client.get(f"/simulations/{simulation}/report", headers=headers)
    html = client.get(f"/simulations/{simulation}/report?format=html", headers=headers)
    copy = client.get(f"/rule-sets/{rule_set}/reading-copy", headers=headers)

    assert pdf.content.startswith(b"%PDF")
    assert "What if: " in html.text
    assert copy.headers["content-type"] == "application/pdf"
    assert client.get(f"/simulations/{simulation}/report").status_code == 401
