"""A worker in a process of its own, which kills itself where a test says so.

``python -m tests.payments.worker_process URL KEYS PROVIDER NOW DEED KILL``: DEED is ``dispatch`` or a statement's path;
KILL is ``never``, ``sending``, ``sent``, or ``before:N`` and ``after:N`` for the N-th commit.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import event
from sqlmodel import Session

import reparations.tables  # noqa: F401 registers every model, as the command line does
from reparations.db import Database
from reparations.payments import service, worker
from reparations.payments.rails.bank_file import Debtor
from reparations.payments.rails.protocol import Answer
from reparations.payments.rails.stripe import StripeRail
from reparations.payments.worker import Rails
from reparations.principal import SYSTEM
from reparations.settings import Mode, Settings
from reparations.vault import Keyring

DEBTOR = Debtor(name="Trust Account", iban="DE89370400440532013000", bic="COBADEFFXXX")


def provider_settings(base: str, keys_dir: Path = Path("keys")) -> Settings:
    """Settings of a demonstration that pays the provider at `base`."""
    return Settings(
        mode=Mode.DEMO,
        keys_dir=keys_dir,
        stripe_api_key=SecretStr("sk_test_12345"),
        stripe_api_base=base,
        stripe_financial_account="fa_1",
        provider_timeout_s=5,
    )


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingRail(StripeRail):
    """Stripe, over a wire at whose ends a process may die."""

    dies = "never"

    def send(self, request: bytes, *, idempotency_key: str) -> Answer:
        if self.dies == "sending":
            die()
        answer = super().send(request, idempotency_key=idempotency_key)
        if self.dies == "sent":
            die()
        return answer


def die_at_commit(moment: str, number: int) -> None:
    commits = 0

    def count(_session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == number:
            die()

    event.listen(Session, f"{moment}_commit", count)


def main() -> None:
    url, keys, base, now, deed, kill = sys.argv[1:]
    at = datetime.fromisoformat(now)
    database = Database(url, keyring=Keyring.load(Path(keys)))
    moment, _, number = kill.partition(":")
    if moment in {"before", "after"}:
        die_at_commit(moment, int(number))
    if deed == "dispatch":
        rail = DyingRail(provider_settings(base))
        rail.dies = kill
        worker.dispatch(database, Rails(online={"stripe": rail}, debtor=DEBTOR), clock=lambda: at)
    else:
        with database.transaction() as session:
            service.import_statements(session, Path(deed).read_bytes(), officer=SYSTEM, at=at)
    database.dispose()


if __name__ == "__main__":
    main()
