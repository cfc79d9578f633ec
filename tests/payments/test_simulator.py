"""A provider and a network that misbehave in every way at once, against the real deeds on a real database.

Seeded, so that a failure fails again.  Whatever is lost, late, broken or killed: nobody is paid twice, nothing is said
to be paid that the provider did not pay, and the books balance.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from reparations.db import Database
from reparations.ledger import queries as ledger
from reparations.payments import service, worker
from reparations.payments.models import Payment, PaymentStatus
from reparations.payments.rails.protocol import Answer, Instruction, Outcome
from reparations.payments.worker import Rails
from tests.conftest import StandingClock
from tests.factories.payments import make_released_batch, make_scene, stripe_account

PAYMENTS = 4
STEPS = 60
MEMORY = timedelta(hours=24)


class Killed(BaseException):
    """The process is no more."""


@dataclass
class SimulatedProvider:
    """Keeps its promise about keys for 24 hours, and no other."""

    rng: random.Random
    clock: StandingClock
    faults: float = 1.0
    keys: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    made: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Our reference and the fate, by the provider's own id."""
    resend_window = timedelta(hours=23)

    def request(self, instruction: Instruction) -> bytes:
        return json.dumps([instruction.reference, instruction.amount.amount_minor]).encode()

    def send(self, request: bytes, *, idempotency_key: str) -> Answer:
        for code, chance in (("request_lost", 0.15), ("http_429", 0.1), ("http_500", 0.1)):
            if self._happens(chance):
                return Answer(Outcome.UNKNOWN, code=code)
        reference = json.loads(request)[0]
        known = self.keys.get(idempotency_key)
        if known is None or self.clock() - known[0] >= MEMORY:
            if known is None and self._happens(0.05):
                return Answer(Outcome.REJECTED, code="refused")
            provider_ref = f"obp_{len(self.made)}"
            fate = "returned" if self.rng.random() < 0.15 else "posted"
            self.made[provider_ref] = (reference, fate)
            known = self.keys[idempotency_key] = (self.clock(), provider_ref)
        if self._happens(0.3):
            return Answer(Outcome.UNKNOWN, code="answer_lost")
        return Answer(Outcome.ACCEPTED, provider_ref=known[1])

    def look_up(self, instruction: Instruction, *, provider_ref: str | None, since: datetime) -> Answer:
        assert since <= self.clock()
        if self._happens(0.2):
            return Answer(Outcome.UNKNOWN, code="no_answer")
        found = [ref for ref, (reference, _fate) in self.made.items() if reference == instruction.reference]
        if not found:
            return Answer(Outcome.NOT_FOUND)
        assert provider_ref in {None, found[0]}
        if self._happens(0.4):
            return Answer(Outcome.IN_TRANSIT, provider_ref=found[0])
        fate = Outcome.RETURNED if self.made[found[0]][1] == "returned" else Outcome.PAID
        return Answer(fate, provider_ref=found[0])

    def _happens(self, chance: float) -> bool:
        return self.rng.random() < chance * self.faults


@dataclass
class Worker:
    """One worker, one step at a time; it may be killed between any two."""

    database: Database
    rails: Rails
    clock: StandingClock
    rng: random.Random
    life: Iterator[None] | None = None

    def step(self) -> None:
        """Do the next step, or begin a new life."""
        if self.life is None or self.rng.random() < 0.1:
            self.life = self._live()
        if next(self.life, "over") == "over":
            self.life = None

    def _live(self) -> Iterator[None]:
        with self.database.transaction() as session:
            job = service.start_next_payment(
                session, rails=self.rails.online, worker="wrk", batch_id=None, at=self.clock()
            )
        if job is None:
            return
        yield
        rail = self.rails.online[job.rail]
        asked = worker.ask_rail(rail, job, now=self.clock())
        if asked is None:
            return
        answer, source = asked
        yield
        with suppress(Killed), self.database.transaction() as session:
            service.record_answer(
                session, job, answer, source=source, resend_window=rail.resend_window, at=self.clock()
            )
            self._maybe_die()

    def _maybe_die(self) -> None:
        if self.rng.random() < 0.1:
            raise Killed


@pytest.mark.parametrize("seed", [3, 17, 23494, 86028])
def test_nobody_is_paid_twice_and_nothing_is_said_that_is_not_so(
    database: Database, clock: StandingClock, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 a simulation, the same each time
    provider = SimulatedProvider(rng, clock)
    rails = Rails(online={"stripe": provider}, debtor=None)
    with database.transaction() as session:
        scene = make_scene(session)
        batch_id = make_released_batch(session, scene, [stripe_account() for _ in range(PAYMENTS)]).id
    workers = [Worker(database, rails, clock, rng) for _ in range(2)]

    for _ in range(STEPS):
        rng.choice(workers).step()
        clock.advance(seconds=rng.choice([1, 30, 90, 400, 7_200]))
        if rng.random() < 0.02:
            clock.advance(hours=30)
        if rng.random() < 0.1:
            worker.look_up(database, rails, clock=clock)

    provider.faults = 0.0
    for _ in range(4):
        clock.advance(hours=1)
        worker.dispatch(database, rails, clock=clock)
        worker.look_up(database, rails, clock=clock)

    made = Counter(reference for reference, _fate in provider.made.values())
    fates = dict(provider.made.values())
    assert max(made.values(), default=0) <= 1, "a double payment"
    with database.reading() as session:
        payments = session.exec(select(Payment).where(Payment.batch_id == batch_id).order_by(col(Payment.id))).all()
        for payment in payments:
            truth = {"posted": {"paid"}, "returned": {"returned"}, None: {"rejected", "parked"}}
            assert payment.status in truth[fates.get(payment.reference)], payment.reference
        assert ledger.list_findings(session) == []
    assert len(payments) == PAYMENTS
    assert {payment.status for payment in payments} <= {str(status) for status in PaymentStatus}
