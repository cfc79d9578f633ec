"""The last part of the walk: reports, checked by a program that shares no code with the service, and the figures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reparations.example.client import ExampleFailed
from reparations.money import Money

if TYPE_CHECKING:
    from reparations.example.scene import Scene
    from reparations.settings import Settings

DONOR = "DONOR-A"
_SPENT = ("paid", "fees", "costs", "refunds")
_HELD = ("in_transit", "returned", "reserved", "bank")


def issue_reports(scene: Scene) -> None:
    """Issue the donor's and the auditor's report, and download them as the auditor does."""
    auditor = scene.officer("auditor")
    as_of = scene.clock().date().isoformat()
    for kind, donor in (("donor", DONOR), ("auditor", None)):
        body = {"kind": kind, "programme": scene.code, "donor": donor, "as_of": as_of}
        report = auditor.post("/reports", body)
        path = report_path(scene, kind)
        path.write_bytes(auditor.content(f"/reports/{report['id']}/pdf"))
        scene.tell(str(path))


def report_path(scene: Scene, kind: str) -> Path:
    """Return where the walk leaves a report."""
    return scene.reports_dir / f"{kind}-report.pdf"


def verify_everything(scene: Scene) -> None:
    """Check both reports with the separate verifier, and the log and every row with `reparations audit verify`.

    Raises:
        ExampleFailed: something is not as it should be.
    """
    policy = scene.reports_dir / "policy.txt"
    policy.write_text(_run(scene.settings, "-m", "reparations", "audit", "policy"), encoding="utf-8")
    for kind in ("donor", "auditor"):
        path = report_path(scene, kind)
        _run(scene.settings, "-m", "reparations_verifier", "report", str(path), "--policy", str(policy))
        scene.tell(f"{path.name}: verified offline")
    _run(scene.settings, "-m", "reparations", "audit", "verify")
    scene.tell("event log and every audited row: as their last events left them")


def gather_summary(scene: Scene) -> dict[str, Any]:
    """Ask the service, as its auditor, for the figures, and compare them with the published ones.

    Returns:
        plain figures without ids or times: the same on both databases.
    """
    auditor, figures = scene.officer("auditor"), scene.figures
    decisions = Counter(one["outcome"] for one in auditor.list("/decisions", programme=scene.code, status="confirmed"))
    individual = list(auditor.list("/awards", programme=scene.code, form="individual"))
    collective = list(auditor.list("/awards", programme=scene.code, form="collective"))
    payments = [
        payment
        for batch in auditor.list("/batches")
        for payment in auditor.list(f"/batches/{batch['reference']}/payments")
    ]
    zero = figures.money("0")
    funds = {fund["code"]: _fund(scene, fund) for fund in auditor.list("/funds")}
    received = sum((figures.money(fund["contributions"]) for fund in funds.values()), zero)
    awarded = {
        "individual": sum((figures.money(award["amount"]["amount"]) for award in individual), zero),
        "collective": sum((figures.money(award["amount"]["amount"]) for award in collective), zero),
    }
    unallocated = received - awarded["individual"] - awarded["collective"]
    paid = sum((figures.money(one["amount"]["amount"]) for one in payments if one["status"] == "paid"), zero)
    expected = figures.expected
    checks = {
        "eligible victims": len(individual) == expected.eligible_victims,
        "individual awards": awarded["individual"] == figures.money(expected.individual),
        "collective awards": awarded["collective"] == figures.money(expected.collective),
        "unallocated": unallocated == figures.money(expected.unallocated),
        "paid to victims": paid == awarded["individual"] == _sum(funds, "paid", zero),
        "nothing on its way or returned": _sum(funds, "in_transit", zero) == _sum(funds, "returned", zero) == zero,
        "each fund adds up": all(fund["holds"] for fund in funds.values()),
    }
    return {
        "programme": scene.code,
        "currency": figures.programme.currency,
        "decisions": dict(sorted(decisions.items())),
        "individual_awards": len(individual),
        "awarded": {form: amount.decimal_string for form, amount in awarded.items()},
        "received": received.decimal_string,
        "unallocated": unallocated.decimal_string,
        "payments": dict(sorted(Counter(one["status"] for one in payments).items())),
        "paid": paid.decimal_string,
        "funds": dict(sorted(funds.items())),
        "checks": checks,
        "reconciled": all(checks.values()),
    }


def _fund(scene: Scene, fund: dict[str, Any]) -> dict[str, Any]:
    (book,) = scene.officer("auditor").get(f"/funds/{fund['id']}/balances")["books"]
    identity: dict[str, Any] = book["identity"]
    accounts = {account["code"]: account["balance"] for account in book["accounts"]}
    figures = identity | {code: accounts[code] for code in ("contributions", *_HELD)}
    parts = sum((scene.figures.money(figures[part]) for part in (*_SPENT, *_HELD)), scene.figures.money("0"))
    return figures | {"holds": identity["holds"] and parts == scene.figures.money(identity["came_in"])}


def _sum(funds: dict[str, dict[str, Any]], part: str, zero: Money) -> Money:
    return sum((Money.parse(fund[part], zero.currency) for fund in funds.values()), zero)


def _run(settings: Settings, *arguments: str) -> str:
    """Run a command of ours as its own process, as an auditor would."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("REPARATIONS_", "STRIPE_"))
    } | {
        "REPARATIONS_MODE": settings.mode,
        "REPARATIONS_DATA_DIR": str(settings.data_dir),
        "REPARATIONS_KEYS_DIR": str(settings.keys_dir),
        "REPARATIONS_DATABASE_URL": settings.sqlalchemy_url,
        "REPARATIONS_LOG_ORIGIN": settings.log_origin,
    }
    done = subprocess.run(  # noqa: S603 our own commands
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ExampleFailed(f"{' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout
