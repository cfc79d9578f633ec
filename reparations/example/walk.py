"""The walk: twelve steps from an empty database to verified reports.  Interrupted, it goes on where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import migrations
from reparations.app import create_app, open_database
from reparations.db import Database
from reparations.example import casework, paying, reporting, setting_up
from reparations.example.figures import load_figures
from reparations.example.scene import Scene
from reparations.example.server import LocalServer
from reparations.example.stripe_loopback import Fault, create_stripe_loopback
from reparations.vault import Keyring
from reparations.vault.keyring import KEY_NAMES

if TYPE_CHECKING:
    from reparations.calendar import Clock
    from reparations.settings import Settings

PROVIDER_TIMEOUT_S = 5


@dataclass(frozen=True)
class Step:
    """One step, with the title people read."""

    title: str
    do: Callable[[Scene], None]


STEPS = (
    Step("Open offices and accounts, one person one role", setting_up.open_offices),
    Step("Open the programme under its order", setting_up.open_programme),
    Step("Receive the donors' money, with its restrictions", setting_up.receive_gifts),
    Step("Publish the rules, with their sources and examples", casework.publish_rules),
    Step("Register the claimants through the API", casework.register_claims),
    Step("Look at possible duplicates", casework.settle_duplicates),
    Step("Record a death", casework.record_death),
    Step("Assess every claim by the rules; ask for what is missing", casework.assess_claims),
    Step("Decide: one proposes, another confirms", casework.decide_claims),
    Step("Make the awards and owe them in the ledger", casework.make_awards),
    Step("Assemble a batch; two others approve it", paying.approve_batch),
    Step("Send it over two rails", paying.send_batch),
    Step("Find out about the payment without an answer", paying.find_the_unknown),
    Step("Hear from the bank and from Stripe", paying.hear_from_the_providers),
    Step("Pay again what came back", paying.pay_again),
    Step("Issue the reports", reporting.issue_reports),
    Step("Verify the reports and the log", reporting.verify_everything),
)


@contextmanager
def prepared(settings: Settings, *, clock: Clock, port: int, tell: Callable[[str], None]) -> Iterator[Scene]:
    """Make keys and tables where there are none, and serve the API and the pretended Stripe on this machine.

    Args:
        settings: of a demonstration; the address of the pretended Stripe is filled in.
        clock: tells the time.
        port: the API listens on; 0 takes a free one.
        tell: is told of progress.
    """
    rows = casework.claimant_rows()
    plan = {rows[paying.UNANSWERED_ROW]["stripe_account"]: [Fault.ANSWER_LOST]}
    if not any((settings.keys_dir / f"{name}.key").exists() for name in KEY_NAMES):
        Keyring.create(settings.keys_dir)
    _migrate(settings)
    with LocalServer(create_stripe_loopback(plan=plan, clock=clock, file=settings.data_dir / "stripe.json")) as stripe:
        settings = type(settings).model_validate(
            settings.model_dump()
            | {
                "stripe_api_key": "sk_test_example",
                "stripe_api_base": stripe.url,
                "stripe_financial_account": "fa_example",
                "provider_timeout_s": PROVIDER_TIMEOUT_S,
            }
        )
        database = open_database(settings)
        app = create_app(settings, database=database, clock=clock)
        try:
            with LocalServer(app, port) as server:
                scene = Scene(settings, database, server.url, load_figures(), clock, tell, server.wait)
                try:
                    yield scene
                finally:
                    scene.close()
        finally:
            database.dispose()


def walk(scene: Scene, *, announce: Callable[[int, int, str], None]) -> dict[str, Any]:
    """Take every step, and return the summary; it is also left in the folder of files.

    Args:
        scene: where.
        announce: is told the number of the step, how many there are, and the step's title.

    Raises:
        ExampleFailed: the service answered something unexpected.
    """
    started = time.monotonic()
    for number, step in enumerate(STEPS, start=1):
        announce(number, len(STEPS), step.title)
        step.do(scene)
    summary = reporting.gather_summary(scene)
    path = scene.reports_dir / "summary.json"
    path.write_text(json.dumps(summary, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return summary | {"seconds": round(time.monotonic() - started), "files": str(scene.reports_dir), "url": scene.url}


def _migrate(settings: Settings) -> None:
    owner = Database(settings.sqlalchemy_migration_url)
    with owner.engine.begin() as connection:
        migrations.upgrade(connection, app_role=settings.app_role)
    owner.dispose()
