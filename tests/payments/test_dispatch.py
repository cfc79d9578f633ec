from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from reparations.audit.models import AuditEvent
from reparations.db import Database
from reparations.example.stripe_loopback import Fault
from reparations.ids import new_id
from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode
from reparations.payments import queries, service, worker
from reparations.payments.errors import (
    BatchNotFound,
    ContentChanged,
    ProviderRefusesUs,
    RailNotConfigured,
    WrongState,
)
from reparations.payments.models import BankFile, Batch, BatchStatus, Payment, PaymentAttempt, PaymentStatus
from reparations.payments.worker import Rails
from reparations.registry import service as registry
from reparations.registry.models import EvidenceKind
from tests.conftest import NOON, StandingClock
from tests.factories.payments import Scene, bank_account, make_released_batch, make_scene, stripe_account
from tests.payments.conftest import Provider, StartProvider
from tests.payments.worker_process import DEBTOR


def released(database: Database, *accounts: str) -> tuple[Scene, str]:
    """A released batch that pays these Stripe accounts; return its id."""
    with database.transaction() as session:
        scene = make_scene(session)
        return scene, make_released_batch(session, scene, [stripe_account(account) for account in accounts]).id


@pytest.mark.parametrize("rail", ["bank", "stripe"])
def test_who_died_after_the_release_is_not_paid(
    database: Database, clock: StandingClock, start_provider: StartProvider, rail: str
) -> None:
    provider = start_provider()
    rails = Rails(online=provider.rails.online, debtor=DEBTOR)
    with database.transaction() as session:
        scene = make_scene(session)
        new = [bank_account(), bank_account()] if rail == "bank" else [stripe_account(), stripe_account()]
        batch_id = make_released_batch(session, scene, new).id
        payment = queries.list_payments(session, batch_id, after=None, limit=1)[0]
        record_a_death(session, scene, payment.claim_id)

    result = worker.dispatch(database, rails, clock=clock)

    assert result.held == [payment.reference]
    assert provider.books.of(payment.reference) == []
    assert statuses(database, batch_id) == ["released", "submitted"]
    assert worker.dispatch(database, rails, clock=clock).held == [payment.reference]
    with database.reading() as session:
        assert session.exec(select(BankFile.payment_count)).all() == ([1] if rail == "bank" else [])
    with database.transaction() as session:
        session.add(_attempt(payment))
        session.flush()
        with pytest.raises(IntegrityError, match=r"payment\.held"), session.begin_nested():
            session.execute(text("UPDATE payment SET status = 'dispatching' WHERE id = :id"), {"id": payment.id})


def _attempt(payment: Payment) -> PaymentAttempt:
    return PaymentAttempt(
        id=new_id("att"),
        payment_id=payment.id,
        idempotency_key=payment.reference,
        request_sha256=bytes(32),
        started_at=NOON,
    )


def record_a_death(session: Session, scene: Scene, claim_id: str) -> None:
    evidence = registry.add_evidence(
        session,
        claim_id,
        kind=EvidenceKind.CIVIL_STATUS,
        title="Certificate",
        content=b"%PDF-1.4\n%%EOF\n",
        officer=scene.caseworker,
        at=NOON,
    )
    registry.record_death(
        session, claim_id, died_on=NOON.date(), evidence_id=evidence.id, officer=scene.caseworker, at=NOON
    )


def statuses(database: Database, batch_id: str) -> list[str]:
    with database.reading() as session:
        wanted = select(Payment.status).where(Payment.batch_id == batch_id).order_by(col(Payment.status))
        return [str(status) for status in session.exec(wanted)]


def references(database: Database, batch_id: str) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Payment.reference).where(Payment.batch_id == batch_id)))


def assert_books_balance(database: Database, scene: Scene, **expected_minor: int) -> None:
    with database.reading() as session:
        assert ledger.list_findings(session) == []
        found = {
            code: abs(ledger.get_balance(session, scene.fund.id, "USD", AccountCode(code)).amount_minor)
            for code in expected_minor
        }
    assert found == expected_minor


def assert_paid_once(database: Database, provider: Provider, batch_id: str) -> None:
    made = [len(provider.books.of(reference)) for reference in references(database, batch_id)]
    assert made == [1] * len(made)


def test_what_is_released_is_sent_once_and_paid_when_the_provider_says_so(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    scene, batch_id = released(database, "acct_0001", "acct_0002")

    result = worker.dispatch(database, provider.rails, clock=clock, batch_id=batch_id)

    assert (result.sent, result.waiting) == (2, {"submitted": 2})
    assert_books_balance(database, scene, in_transit=50_000, reserved=0, awards_payable=50_000)
    again = worker.dispatch(database, provider.rails, clock=clock)
    assert again.sent == 0

    worker.look_up(database, provider.rails, clock=clock, batch_id=batch_id)

    assert statuses(database, batch_id) == ["paid", "paid"]
    assert_paid_once(database, provider, batch_id)
    assert_books_balance(database, scene, in_transit=0, awards_payable=0)
    with database.reading() as session:
        assert session.get_one(Batch, batch_id).status == BatchStatus.COMPLETED


def test_nothing_but_the_reference_and_the_account_reaches_the_provider(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    _scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)

    (payment,) = provider.books.payments.values()
    (reference,) = references(database, batch_id)
    assert payment["metadata"] == {"payment": reference}
    assert {payment["description"], payment["statement_descriptor"]} == {reference}


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.ERROR_AFTER])
def test_a_lost_answer_is_unknown_until_it_is_looked_up(
    database: Database, start_provider: StartProvider, clock: StandingClock, fault: Fault
) -> None:
    provider = start_provider({"acct_0001": [fault]})
    scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    assert statuses(database, batch_id) == ["unknown"]
    assert_books_balance(database, scene, in_transit=25_000, awards_payable=25_000)

    (reference,) = references(database, batch_id)
    payment = worker.look_up_payment(database, provider.rails, reference, clock=clock)

    assert payment.status == PaymentStatus.PAID
    assert_paid_once(database, provider, batch_id)
    assert_books_balance(database, scene, in_transit=0, awards_payable=0)


@pytest.mark.parametrize("fault", [Fault.REQUEST_LOST, Fault.ERROR_BEFORE, Fault.TOO_MANY, Fault.ANSWER_LOST])
def test_an_unknown_payment_rests_and_is_sent_again_under_the_same_key(
    database: Database, start_provider: StartProvider, clock: StandingClock, fault: Fault
) -> None:
    provider = start_provider({"acct_0001": [fault]})
    _scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    assert worker.dispatch(database, provider.rails, clock=clock).sent == 0

    clock.advance(minutes=2)
    assert worker.dispatch(database, provider.rails, clock=clock).sent == 1

    assert statuses(database, batch_id) == ["submitted"]
    assert_paid_once(database, provider, batch_id)


def test_after_the_providers_memory_a_payment_is_only_looked_up(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider({"acct_0001": [Fault.ANSWER_LOST], "acct_0002": [Fault.REQUEST_LOST]})
    scene, batch_id = released(database, "acct_0001", "acct_0002")
    worker.dispatch(database, provider.rails, clock=clock)
    requests = provider.books.requests

    clock.advance(hours=24)
    result = worker.dispatch(database, provider.rails, clock=clock)

    assert (result.sent, result.asked) == (0, 2)
    assert provider.books.requests == requests
    assert statuses(database, batch_id) == ["paid", "parked"]
    assert_books_balance(database, scene, in_transit=25_000, awards_payable=25_000)
    clock.advance(hours=24)
    assert worker.dispatch(database, provider.rails, clock=clock).asked == 0


def test_a_parked_payment_that_turns_up_is_settled(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider({"acct_0001": [Fault.REQUEST_LOST]})
    _scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    clock.advance(hours=24)
    worker.dispatch(database, provider.rails, clock=clock)
    assert statuses(database, batch_id) == ["parked"]
    (reference,) = references(database, batch_id)
    with database.reading() as session:
        payment = queries.get_payment(session, reference)
    provider.books.pay(
        {
            "amount": {"value": payment.amount_minor, "currency": "usd"},
            "from": {"financial_account": "fa_1"},
            "to": {"recipient": "acct_0001"},
            "metadata": {"payment": reference},
        }
    )

    worker.look_up(database, provider.rails, clock=clock, batch_id=batch_id)

    assert statuses(database, batch_id) == ["paid"]


def test_a_definite_refusal_frees_the_money_and_opens_the_instalment(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider({"acct_0001": [Fault.REFUSED]})
    scene, batch_id = released(database, "acct_0001")

    worker.dispatch(database, provider.rails, clock=clock)

    assert statuses(database, batch_id) == ["rejected"]
    assert_books_balance(database, scene, in_transit=0, reserved=0, awards_payable=25_000, bank=10_000_000)
    with database.reading() as session:
        due = queries.list_due(session, scene.programme.id, due_until=clock.now.date(), instalment_ids=None, limit=10)
        assert len(due) == 1
        assert session.get_one(Batch, batch_id).status == BatchStatus.COMPLETED


def test_a_payment_that_comes_back_is_owed_again(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider(returning=["acct_0001"])
    scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    worker.look_up(database, provider.rails, clock=clock)
    (reference,) = references(database, batch_id)

    payment = worker.look_up_payment(database, provider.rails, reference, clock=clock)

    assert payment.status == PaymentStatus.RETURNED
    assert_books_balance(database, scene, in_transit=0, returned=25_000, awards_payable=25_000)


def test_an_answer_that_comes_twice_changes_nothing(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    (reference,) = references(database, batch_id)

    seen = [worker.look_up_payment(database, provider.rails, reference, clock=clock).status for _ in range(3)]

    assert seen == ["paid"] * 3
    assert_books_balance(database, scene, in_transit=0, awards_payable=0)


def test_an_answer_that_cannot_be_true_changes_nothing_and_is_in_the_log(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    _scene, batch_id = released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    provider.books.payments.clear()
    (reference,) = references(database, batch_id)

    payment = worker.look_up_payment(database, provider.rails, reference, clock=clock)

    assert payment.status == PaymentStatus.SUBMITTED
    assert _actions(database, payment.id)[-1] == "payment.contradicted"


def test_a_key_that_is_refused_stops_the_run_and_loses_nothing(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    _scene, batch_id = released(database, "acct_0001", "acct_0002")
    provider.rail._client._requestor._options.api_key = "sk_wrong"
    with pytest.raises(ProviderRefusesUs):
        worker.dispatch(database, provider.rails, clock=clock)
    assert statuses(database, batch_id) == ["dispatching", "released"]

    provider.rail._client._requestor._options.api_key = "sk_test_12345"
    clock.advance(minutes=10)
    worker.dispatch(database, provider.rails, clock=clock)

    assert statuses(database, batch_id) == ["submitted", "submitted"]
    assert_paid_once(database, provider, batch_id)


def test_a_rail_that_is_not_set_up_leaves_its_payments_waiting(database: Database, clock: StandingClock) -> None:
    _scene, batch_id = released(database, "acct_0001")

    with pytest.raises(RailNotConfigured):
        worker.dispatch(database, Rails(online={}, debtor=DEBTOR), clock=clock)
    with pytest.raises(WrongState):
        worker.look_up_payment(database, Rails(online={}, debtor=None), references(database, batch_id)[0], clock=clock)
    with pytest.raises(BatchNotFound):
        worker.dispatch(database, Rails(online={}, debtor=None), clock=clock, batch_id="bat_nowhere")

    assert statuses(database, batch_id) == ["released"]


def test_a_request_that_would_differ_is_not_sent_again(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider({"acct_0001": [Fault.REQUEST_LOST]})
    released(database, "acct_0001")
    worker.dispatch(database, provider.rails, clock=clock)
    provider.rail._financial_account = "fa_2"
    clock.advance(minutes=2)

    with pytest.raises(ContentChanged, match="differ"):
        worker.dispatch(database, provider.rails, clock=clock)

    assert provider.books.requests == 1


def test_both_rails_in_one_run_and_one_bank_file_for_each_fund(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    with database.transaction() as session:
        scene = make_scene(session)
        destinations = [stripe_account(), bank_account(), bank_account()]
        batch_id = make_released_batch(session, scene, destinations).id

    result = worker.dispatch(database, provider.rails, clock=clock)

    assert (len(result.files), result.sent) == (1, 1)
    assert statuses(database, batch_id) == ["submitted"] * 3
    assert worker.dispatch(database, provider.rails, clock=clock).files == []
    assert_books_balance(database, scene, in_transit=75_000, reserved=0)


def test_a_worker_leaves_alone_what_another_is_busy_with(
    database: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    provider = start_provider()
    _scene, batch_id = released(database, "acct_0001")
    first = _start(database, provider, clock)
    assert first is not None
    assert _start(database, provider, clock) is None

    clock.now += timedelta(minutes=6)
    second = _start(database, provider, clock)

    assert second is not None
    assert (second.request, second.idempotency_key) == (first.request, first.idempotency_key)
    for job in (first, second):
        provider.rail.send(job.request, idempotency_key=job.idempotency_key)
    assert_paid_once(database, provider, batch_id)


def _start(database: Database, provider: Provider, clock: StandingClock) -> service.Job | None:
    with database.transaction() as session:
        return service.start_next_payment(
            session, rails=provider.rails.online, worker="wrk_1", batch_id=None, at=clock()
        )


def _actions(database: Database, subject: str) -> list[str]:
    with database.reading() as session:
        wanted = select(AuditEvent.type).where(AuditEvent.subject == subject).order_by(col(AuditEvent.seq))
        return list(session.exec(wanted))
