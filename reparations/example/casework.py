"""The second part of the walk: claims, duplicates, a death, decisions and awards."""

from __future__ import annotations

import base64
import csv
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from reparations.client import Importer
from reparations.example.client import ExampleFailed, OfficerClient
from reparations.example.figures import DEMO_PASSWORD, FOLDER, RULES
from reparations.registry.intake import derive_facts, read_claims

if TYPE_CHECKING:
    from reparations.example.scene import Scene

CLAIMANTS = FOLDER / "claimants.csv"
DECEASED_ROW = "K-0042"
DIED_ON = "2017-06-30"
ANSWERS = {"attack_date": "2003-02-24", "present_at_attack": "yes", "presence_proof": "established"}
"""What the claimants of two incomplete rows say when they are asked."""
ANSWERED_ROWS = ("K-0301", "K-0302")
_CERTIFICATE = b"%PDF-1.4\n% Invented death certificate of an invented person, for the example.\n%%EOF\n"
_PROGRESS_EVERY = 50


@cache
def claimant_rows() -> dict[str, dict[str, str]]:
    """Return the cells of each row of the example's file, by its row id."""
    with CLAIMANTS.open(encoding="utf-8", newline="") as file:
        return {row["row_id"]: row for row in csv.DictReader(file)}


def publish_rules(scene: Scene) -> None:
    """Publish the rule set, checked against its own worked examples."""
    version = max(folder for folder in RULES.iterdir() if folder.is_dir())
    body = {
        "facts": (RULES / "facts.yaml").read_text(encoding="utf-8"),
        "rules": (version / "rules.yaml").read_text(encoding="utf-8"),
        "examples": (version / "examples.yaml").read_text(encoding="utf-8"),
        "in_force_from": "2017-03-24",
    }
    rules = scene.officer("administrator").post(f"/programmes/{scene.code}/rule-sets", body)
    scene.tell(f"{rules['scheme']} version {rules['version']}, {len(rules['criteria'])} criteria with their sources")


def register_claims(scene: Scene) -> None:
    """Register every row of the file through the API, as `reparations claims import` does."""
    rows = read_claims(CLAIMANTS.read_bytes()).rows
    seen = 0

    def counted() -> Any:  # noqa: ANN401 a generator of rows
        nonlocal seen
        for row in rows:
            yield row
            seen += 1
            if seen % _PROGRESS_EVERY == 0:
                scene.tell(f"{seen} of {len(rows)} rows")

    with Importer(scene.url, username="caseworker", password=DEMO_PASSWORD) as importer:
        outcome = importer.run(counted(), programme=scene.code, count=len(rows))
    if outcome.rejected:
        raise ExampleFailed(f"{len(outcome.rejected)} rows of the example were rejected: {outcome.rejected[0]}")
    scene.tell(f"{outcome.rows} rows, {outcome.registered} claims registered")


def settle_duplicates(scene: Scene) -> None:
    """Look at each pair of claims that may be one person's; the later one is closed, nothing is merged."""
    decider = scene.officer("decider")
    for pair in list(decider.list("/duplicates", status="open")):
        body = {"judgement": "same", "reason_code": "documents_compared"}
        decider.post(f"/duplicates/{pair['id']}/resolve", body)
    closed = sum(claim["status"] == "closed_duplicate" for claim in decider.list("/claims", programme=scene.code))
    scene.tell(f"{closed} claims found to be somebody's second one, and closed")


def record_death(scene: Scene) -> None:
    """Record that a claimant has died; what he is owed goes to his heirs."""
    caseworker = scene.officer("caseworker")
    claim_id = claims_by_row(scene)[DECEASED_ROW]["id"]
    if caseworker.get(f"/claims/{claim_id}")["claimant"]["deceased"]:
        scene.tell("recorded before")
        return
    document = {
        "kind": "civil_status",
        "title": "Death certificate",
        "content_base64": base64.b64encode(_CERTIFICATE).decode(),
    }
    evidence = caseworker.post(f"/claims/{claim_id}/evidence", document)
    caseworker.post(f"/claims/{claim_id}/death", {"died_on": DIED_ON, "evidence_id": evidence["id"]})
    scene.tell("1 claimant has died since; payment to him is refused from now on")


def assess_claims(scene: Scene) -> None:
    """Assess every claim by the rules; ask two claimants what is missing, and assess again."""
    first = _assess(scene)
    scene.tell(", ".join(f"{count} {_plain(outcome)}" for outcome, count in sorted(first.items())) or "assessed before")
    caseworker = scene.officer("caseworker")
    claims = claims_by_row(scene)
    for row_id in ANSWERED_ROWS:
        claim = claims[row_id]
        if caseworker.get(f"/claims/{claim['id']}")["facts"]["revision"] == 1:
            facts = derive_facts(claimant_rows()[row_id] | ANSWERS)
            caseworker.post(f"/claims/{claim['id']}/facts", {"facts": facts})
    again = _assess(scene)
    scene.tell(f"{len(ANSWERED_ROWS)} claimants answered what was asked; {sum(again.values())} claims assessed again")


def decide_claims(scene: Scene) -> None:
    """Decide like claims together, one person proposing and another confirming."""
    decider, confirmer = scene.officer("decider"), scene.officer("confirmer")
    for assessed, outcome in (
        ("eligible", "eligible"),
        ("not_eligible", "not_eligible"),
        ("more_information_needed", "ask"),
    ):
        _until_none(decider, "/decisions", {"programme": scene.code, "assessed_as": assessed, "outcome": outcome})
        _until_none(confirmer, "/decisions/confirmations", {"programme": scene.code, "outcome": outcome})
    decided = Counter(
        decision["outcome"]
        for decision in scene.officer("auditor").list("/decisions", programme=scene.code, status="confirmed")
    )
    scene.tell(", ".join(f"{count} {_plain(outcome)}" for outcome, count in sorted(decided.items())))


def make_awards(scene: Scene) -> None:
    """Record what is owed: an award to each victim, the lines of the collective award, and who is paid when."""
    administrator = scene.officer("administrator")
    figures = scene.figures
    made = {award["line_code"] for award in administrator.list("/awards", programme=scene.code, form="collective")}
    lines = [
        {"code": line.code, "title": line.title, "amount": line.amount, "citation": figures.programme.authority}
        for line in figures.collective
        if line.code not in made
    ]
    if lines:
        administrator.post(f"/programmes/{scene.code}/collective-awards", {"lines": lines})
    for path in ("/awards/individual", "/awards/instalments"):
        after: str | None = None
        while True:
            done = administrator.post(path, {"programme": scene.code, "after": after})
            after = done["next"]
            if after is None:
                break
    awards = list(administrator.list("/awards", programme=scene.code, form="individual"))
    instalments = sum(len(award["instalments"]) for award in awards)
    scene.tell(
        f"{len(awards)} individual awards in {instalments} instalments, {len(figures.collective)} collective lines"
    )


def claims_by_row(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return the claims by the row of the file they came from."""
    claims = scene.officer("caseworker").list("/claims", programme=scene.code)
    return {claim["source_row"]: claim for claim in claims}


def _assess(scene: Scene) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    after: str | None = None
    while True:
        done = scene.officer("caseworker").post("/assessments", {"programme": scene.code, "after": after})
        outcomes.update(done["outcomes"])
        after = done["next"]
        if after is None:
            return outcomes


def _until_none(client: OfficerClient, path: str, body: dict[str, object]) -> None:
    while client.post(path, body)["count"]:
        pass


def _plain(outcome: str) -> str:
    return outcome.replace("_", " ")
