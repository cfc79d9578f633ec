"""A provider on the loopback, and the rails that lead to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from fastapi import FastAPI

from reparations.example.server import LocalServer
from reparations.example.stripe_loopback import Fault, StripeBooks, create_stripe_loopback
from reparations.payments.rails.stripe import StripeRail
from reparations.payments.worker import Rails
from tests.conftest import StandingClock
from tests.payments.worker_process import DEBTOR, provider_settings


@dataclass
class Provider:
    """A running provider, its own books, and our way to it."""

    app: FastAPI
    base: str
    books: StripeBooks
    rail: StripeRail
    rails: Rails


StartProvider = Callable[..., Provider]


@pytest.fixture
def start_provider(clock: StandingClock) -> Iterator[StartProvider]:
    """Return a function that starts a provider with a plan of faults."""
    with ExitStack() as stack:

        def start(plan: Mapping[str, Sequence[Fault]] | None = None, returning: Sequence[str] = ()) -> Provider:
            app = create_stripe_loopback(plan=plan, returning=returning, clock=clock)
            base = stack.enter_context(LocalServer(app)).url
            rail = StripeRail(provider_settings(base))
            return Provider(app, base, app.state.books, rail, Rails(online={"stripe": rail}, debtor=DEBTOR))

        yield start
