"""A provider on the loopback, and the rails that lead to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from reparations.example.loopback import serving
from reparations.example.stripe_loopback import Fault, StripeBooks, create_stripe_loopback
from reparations.payments.rails.bank_file import Debtor
from reparations.payments.rails.stripe import StripeRail
from reparations.payments.worker import Rails
from reparations.settings import Mode, Settings
from tests.conftest import StandingClock

DEBTOR = Debtor(name="Trust Account", iban="DE89370400440532013000", bic="COBADEFFXXX")


@dataclass
class Provider:
    """A running provider, its own books, and our way to it."""

    app: FastAPI
    base: str
    books: StripeBooks
    rail: StripeRail
    rails: Rails


StartProvider = Callable[..., Provider]


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


@pytest.fixture
def start_provider(clock: StandingClock) -> Iterator[StartProvider]:
    """Return a function that starts a provider with a plan of faults."""
    with ExitStack() as stack:

        def start(plan: Mapping[str, Sequence[Fault]] | None = None, returning: Sequence[str] = ()) -> Provider:
            app = create_stripe_loopback(plan=plan, returning=returning, clock=clock)
            base = stack.enter_context(serving(app))
            rail = StripeRail(provider_settings(base))
            return Provider(app, base, app.state.books, rail, Rails(online={"stripe": rail}, debtor=DEBTOR))

        yield start
