"""The worker: sends what is released, one payment after another, until nothing is left; safe to run twice, or at once.

It opens one transaction for each step, so that it can be killed between any two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from reparations.calendar import Clock
from reparations.db import Database, violated_constraint
from reparations.ids import new_id
from reparations.payments import queries, service
from reparations.payments.errors import RailNotConfigured
from reparations.payments.models import AnswerSource, Payment
from reparations.payments.rails.bank_file import Debtor
from reparations.payments.rails.protocol import Answer, OnlineRail
from reparations.payments.rails.stripe import StripeRail
from reparations.payments.rules import Step
from reparations.payments.service import Job
from reparations.principal import SYSTEM, Principal
from reparations.registry.models import Rail
from reparations.settings import Settings

_PAGE = 200
_HELD_MEANWHILE = 3
"""How often a step begins again because a payment of it was held back meanwhile."""
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Rails:
    """The rails that are set up."""

    online: Mapping[str, OnlineRail]
    debtor: Debtor | None

    @property
    def names(self) -> frozenset[str]:
        """The rails by name."""
        return frozenset(self.online) | ({Rail.BANK_FILE} if self.debtor is not None else set())


@dataclass
class RunResult:
    """What a run did, and what still waits."""

    files: list[str] = field(default_factory=list)
    """Ids of the bank files made."""
    sent: int = 0
    asked: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    """Payments not closed, by where they stand."""
    held: list[str] = field(default_factory=list)
    """References of released payments that are held back; see `HeldBackReason`."""


Progress = Callable[[Payment], None]


def open_rails(settings: Settings) -> Rails:
    """Set up the rails that the settings allow.

    Raises:
        RailForbidden: a demonstration pointed at a real provider, or the reverse.
    """
    online: dict[str, OnlineRail] = {}
    if settings.stripe_api_key is not None and settings.stripe_financial_account:
        online[Rail.STRIPE] = StripeRail(settings)
    debtor = None
    if settings.debtor_iban:
        debtor = Debtor(name=settings.debtor_name, iban=settings.debtor_iban, bic=settings.debtor_bic)
    return Rails(online=online, debtor=debtor)


def dispatch(
    database: Database,
    rails: Rails,
    *,
    clock: Clock,
    batch_id: str | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Make the bank files and send the online payments that are released, until nothing is left to send.

    A payment whose provider gave no definite answer rests, and is sent again by a later run, or looked up.

    Raises:
        RailNotConfigured: payments wait for a rail that is not set up; what could be sent was sent.
        ProviderRefusesUs: the provider does not accept our key; nothing more was sent.
    """
    result = RunResult()
    with database.reading() as session:
        batch_id = queries.get_batch(session, batch_id).id if batch_id is not None else None
        files = queries.list_files_to_make(session, batch_id=batch_id)
    if rails.debtor is not None:
        for file_batch_id, fund_id in files:
            file = _in_transaction(
                database,
                partial(
                    service.make_bank_file,
                    batch_id=file_batch_id,
                    fund_id=fund_id,
                    debtor=rails.debtor,
                    at=clock(),
                ),
            )
            if file is not None:
                result.files.append(file.id)
    _send_online(database, rails, result, clock=clock, batch_id=batch_id, progress=progress)
    with database.reading() as session:
        result.waiting = queries.count_waiting(session, batch_id=batch_id)
        result.held = list(queries.list_held(session, batch_id=batch_id))
        stranded = queries.count_stranded(session, rails=rails.names, batch_id=batch_id)
    if stranded:
        raise RailNotConfigured(
            f"{stranded} released payments wait for a rail that is not set up.",
            remedy="Set REPARATIONS_DEBTOR_IBAN for bank files, or REPARATIONS_STRIPE_API_KEY and "
            "REPARATIONS_STRIPE_FINANCIAL_ACCOUNT for Stripe, and run again.",
        )
    return result


def _send_online(
    database: Database,
    rails: Rails,
    result: RunResult,
    *,
    clock: Clock,
    batch_id: str | None,
    progress: Progress | None,
) -> None:
    worker = new_id("wrk")
    while rails.online:
        job = _in_transaction(
            database,
            partial(service.start_next_payment, rails=rails.online, worker=worker, batch_id=batch_id, at=clock()),
        )
        if job is None:
            return
        rail = rails.online[job.rail]
        asked = ask_rail(rail, job, now=clock())
        if asked is None:
            continue
        answer, source = asked
        if source is AnswerSource.SEND:
            result.sent += 1
        else:
            result.asked += 1
        with database.transaction() as session:
            payment = service.record_answer(
                session, job, answer, source=source, resend_window=rail.resend_window, at=clock()
            )
        if progress is not None:
            progress(payment)


def _in_transaction(database: Database, deed: Callable[[Session], _Done]) -> _Done:
    """Do a step; once more where the database refused it because a payee died, say, after we had looked."""
    for _ in range(_HELD_MEANWHILE):
        try:
            with database.transaction() as session:
                return deed(session)
        except IntegrityError as error:
            if violated_constraint(error) not in {"payment.held", "payment.suspended_since"}:
                raise
    with database.transaction() as session:
        return deed(session)


def ask_rail(rail: OnlineRail, job: Job, *, now: datetime) -> tuple[Answer, AnswerSource] | None:
    """Send a job or only ask about it, as it says; do neither if its lease is over, for others have gone on since.

    Raises:
        ProviderRefusesUs: the provider does not accept our key.
    """
    if now >= job.good_until:
        return None
    if job.step is Step.SEND:
        return rail.send(job.request, idempotency_key=job.idempotency_key), AnswerSource.SEND
    found = rail.look_up(job.instruction, provider_ref=job.provider_ref, since=job.started_at)
    return found, AnswerSource.LOOK_UP


def look_up_payment(
    database: Database, rails: Rails, payment_id: str, *, clock: Clock, officer: Principal = SYSTEM
) -> Payment:
    """Ask the provider what became of one payment, and write down what it says.  Sends nothing.

    Raises:
        PaymentNotFound, WrongState, ProviderRefusesUs: see `payments.errors`.
    """
    with database.reading() as session:
        job = service.prepare_look_up(session, payment_id, rails=rails.online, at=clock())
    rail = rails.online[job.rail]
    answer = rail.look_up(job.instruction, provider_ref=job.provider_ref, since=job.started_at)
    with database.transaction() as session:
        return service.record_answer(
            session,
            job,
            answer,
            source=AnswerSource.LOOK_UP,
            resend_window=rail.resend_window,
            officer=officer,
            at=clock(),
        )


def look_up(
    database: Database,
    rails: Rails,
    *,
    clock: Clock,
    batch_id: str | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Ask the providers about every payment of which they may know more than we do: unknown, parked or on its way.

    Raises:
        BatchNotFound, ProviderRefusesUs: see `payments.errors`.
    """
    result = RunResult()
    with database.reading() as session:
        batch_id = queries.get_batch(session, batch_id).id if batch_id is not None else None
    for name in rails.online:
        after = ""
        while True:
            with database.reading() as session:
                page = queries.list_to_look_up(session, rail=name, batch_id=batch_id, after=after, limit=_PAGE)
            for payment_id in page:
                payment = look_up_payment(database, rails, payment_id, clock=clock)
                result.asked += 1
                if progress is not None:
                    progress(payment)
            if len(page) < _PAGE:
                break
            after = page[-1]
    with database.reading() as session:
        result.waiting = queries.count_waiting(session, batch_id=batch_id)
    return result
