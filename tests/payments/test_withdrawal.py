"""A payment held back after its release is withdrawn, its money and its instalment free; never once it may be sent."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from reparations.db import Database
from reparations.errors import ReparationsError
from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode
from reparations.payments import queries, service, worker
from reparations.payments.errors import NotHeldBack, NothingToPay, SameOfficer, WrongState
from reparations.payments.models import (
    Batch,
    BatchStatus,
    HeldBackReason,
    Payment,
    PaymentAttempt,
    PaymentStatus,
    PaymentWithdrawal,
)
from reparations.principal import Principal, Role
from reparations.registry.models import Claim, ClaimStatus
from reparations.reports.evidence.collect import collect_auditor_evidence
from reparations.reports.texts.language import Language
from reparations_verifier import evidence as verifier
from tests.access.events import events
from tests.conftest import NOON, StandingClock
from tests.factories.access import PASSWORD, make_account, make_officer
from tests.factories.eligibility import TODAY, let_die
from tests.factories.payments import bank_account, make_instalment, make_released_batch, stripe_account
from tests.factories.payments import make_scene as make_paying
from tests.factories.recovery import (
    Scene,
    adjust,
    assemble,
    balances,
    correct,
    give_account,
    make_awarded,
    make_scene,
    pay,
    release,
)
from tests.payments.conftest import StartProvider
from tests.payments.test_dispatch import assert_books_balance, record_a_death, statuses
from tests.payments.test_races import at_once
from tests.payments.test_refusals import Refused
from tests.payments.worker_process import DEBTOR

BANK, RESERVED, PAYABLE, RETURNED = (
    AccountCode.BANK,
    AccountCode.RESERVED,
    AccountCode.AWARDS_PAYABLE,
    AccountCode.RETURNED,
)
DIED = HeldBackReason.PAYEE_DIED
INSERT = (
    "INSERT INTO payment_withdrawal (payment_id, reason, withdrawn_by, withdrawn_at)"
    " SELECT id, :reason, :by, status_at FROM payment WHERE id = :id"
)
CANCEL = "UPDATE payment SET status = 'cancelled' WHERE id = :id"


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session)


def released(session: Session, scene: Scene) -> tuple[Claim, Payment]:
    claim = make_awarded(session, scene)
    batch = release(session, scene)
    return claim, queries.list_payments(session, batch.id, after=None, limit=1)[0]


def held(session: Session, scene: Scene) -> Payment:
    """A released payment whose payee has died since."""
    claim, payment = released(session, scene)
    let_die(session, scene.deciding, claim)
    return payment


def withdraw(session: Session, scene: Scene, payment: Payment, reason: HeldBackReason = DIED) -> Payment:
    return service.withdraw_payment(session, payment.reference, reason=reason, officer=scene.second, at=NOON)


def test_what_was_set_aside_for_who_died_is_free_again(session: Session, scene: Scene) -> None:
    payment = held(session, scene)
    assert queries.list_held(session, batch_id=None) == [payment.reference]

    withdraw(session, scene, payment)

    assert balances(session, scene, BANK, RESERVED, PAYABLE) == [1_000_000, 0, -25_000]
    assert ledger.compute_identity(session, scene.fund.id, "USD").faults == {}
    assert ledger.list_findings(session) == []
    assert (payment.status, queries.list_held(session, batch_id=None)) == (PaymentStatus.CANCELLED, [])
    assert session.get_one(Batch, payment.batch_id).status == BatchStatus.COMPLETED
    (row,) = session.exec(select(PaymentWithdrawal)).all()
    assert (row.payment_id, row.reason, row.withdrawn_by) == (payment.id, DIED, scene.second.person_id)
    assert events(session)[-1]["type"] == "payment.withdrawn"
    programme = scene.deciding.programme
    evidence = collect_auditor_evidence(session, programme, as_of=TODAY, language=Language.ENGLISH)
    (identity,) = [one for one in evidence.identity if one.fund == scene.fund.code]
    assert (identity.paid_minor, identity.owed_minor) == (0, 25_000)
    assert [one.kind for one in evidence.exceptions] == ["cancelled"]
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])
    with pytest.raises(NothingToPay, match="payee_died"):
        assemble(session, scene)
    with pytest.raises(WrongState, match="cancelled"):
        withdraw(session, scene, payment)


def test_what_a_later_decision_holds_back_is_reduced_and_paid_after_its_withdrawal(
    session: Session, scene: Scene
) -> None:
    claim, payment = released(session, scene)
    correct(session, scene, claim, 10_000)

    withdraw(session, scene, payment, HeldBackReason.SUSPENDED)

    adjust(session, scene, claim)
    batch = pay(session, scene)
    (again,) = queries.list_payments(session, batch.id, after=None, limit=5)
    assert (again.amount_minor, again.ordinal, again.status) == (10_000, 2, PaymentStatus.PAID)
    programme = scene.deciding.programme
    evidence = collect_auditor_evidence(session, programme, as_of=TODAY, language=Language.ENGLISH)
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])
    assert balances(session, scene, BANK, RESERVED, PAYABLE) == [990_000, 0, 0]
    assert ledger.list_findings(session) == []


def test_a_closed_claim_is_withdrawn_by_its_own_reason_only(session: Session, scene: Scene) -> None:
    claim, payment = released(session, scene)
    claim.status = ClaimStatus.CLOSED_DUPLICATE
    session.flush()

    for reason in (DIED, HeldBackReason.SUSPENDED):
        with pytest.raises(NotHeldBack, match="claim_not_open does"):
            withdraw(session, scene, payment, reason)
    assert withdraw(session, scene, payment, HeldBackReason.CLAIM_CLOSED).status == PaymentStatus.CANCELLED


def test_a_reissue_that_is_withdrawn_gives_the_money_back_to_what_came_back(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    gone = "DE02120300000000202051"
    give_account(session, scene, claim, gone)
    old = queries.list_payments(session, pay(session, scene, returned=(gone,)).id, after=None, limit=1)[0]
    give_account(session, scene, claim)
    batch = service.reissue_payment(session, old.id, officer=scene.administrator, at=NOON)
    service.submit_batch(session, batch.id, officer=scene.administrator, at=NOON)
    for approver in scene.approvers:
        service.approve_batch(session, batch.id, officer=approver, at=NOON)
    service.release_batch(session, batch.id, officer=scene.payer, at=NOON)
    new = queries.list_payments(session, batch.id, after=None, limit=1)[0]
    let_die(session, scene.deciding, claim)
    assert balances(session, scene, RESERVED, RETURNED, PAYABLE) == [25_000, 0, -25_000]

    withdraw(session, scene, new)

    assert balances(session, scene, RESERVED, RETURNED, PAYABLE) == [0, 25_000, -25_000]
    assert (old.status, new.status, batch.status) == ("returned", "cancelled", "completed")
    assert ledger.compute_identity(session, scene.fund.id, "USD").faults == {}
    assert ledger.list_findings(session) == []


def test_nothing_that_nothing_holds_back_is_withdrawn(session: Session, scene: Scene) -> None:
    _, payment = released(session, scene)

    with pytest.raises(NotHeldBack, match="nothing does"):
        withdraw(session, scene, payment)


def test_before_its_release_a_batch_is_cancelled_not_withdrawn(session: Session, scene: Scene) -> None:
    claim = make_awarded(session, scene)
    payment = queries.list_payments(session, assemble(session, scene).id, after=None, limit=1)[0]
    let_die(session, scene.deciding, claim)

    with pytest.raises(WrongState, match="draft"):
        withdraw(session, scene, payment)


def test_what_was_sent_is_not_withdrawn(session: Session, scene: Scene, refused: Refused) -> None:
    claim, payment = released(session, scene)
    service.make_bank_file(session, batch_id=payment.batch_id, fund_id=scene.fund.id, debtor=DEBTOR, at=NOON)
    let_die(session, scene.deciding, claim)

    with pytest.raises(WrongState, match="submitted"):
        withdraw(session, scene, payment)
    with refused("payment_withdrawal.of_unsent"):
        session.execute(text(INSERT), {"id": payment.id, "reason": DIED, "by": scene.second.person_id})
    with refused("payment."):
        session.execute(text(CANCEL), {"id": payment.id})


def test_who_made_approved_or_released_the_batch_withdraws_nothing_of_it(
    session: Session, scene: Scene, refused: Refused
) -> None:
    payment = held(session, scene)

    for officer in (scene.administrator, *scene.approvers, scene.payer):
        with pytest.raises(SameOfficer):
            service.withdraw_payment(session, payment.id, reason=DIED, officer=officer, at=NOON)
        with refused("payment_withdrawal.by_another"):
            session.execute(text(INSERT), {"id": payment.id, "reason": DIED, "by": officer.person_id})


def test_the_database_itself_withdraws_only_what_is_held_back_and_for_that_reason(
    session: Session, scene: Scene, refused: Refused
) -> None:
    _, free = released(session, scene)
    payment = held(session, scene)
    values = {"by": scene.second.person_id}

    for one, reason, message in (
        (free, DIED, "of_held"),
        (free, HeldBackReason.CLAIM_CLOSED, "of_held"),
        (free, HeldBackReason.SUSPENDED, "of_suspended"),
        (payment, HeldBackReason.CLAIM_CLOSED, "of_held"),
        (payment, HeldBackReason.SUSPENDED, "of_suspended"),
    ):
        with refused(f"payment_withdrawal.{message}"):
            session.execute(text(INSERT), {**values, "id": one.id, "reason": reason})
    with refused("reason_known"):
        session.execute(text(INSERT), {**values, "id": payment.id, "reason": "no_reason"})
    for one in (free, payment):
        with refused("payment.withdrawn_first"):
            session.execute(text(CANCEL), {"id": one.id})


def test_what_is_withdrawn_is_withdrawn_once_for_good_and_never_sent(
    session: Session, scene: Scene, refused: Refused
) -> None:
    payment = held(session, scene)
    values = {"id": payment.id, "reason": DIED, "by": scene.second.person_id}
    session.execute(text(INSERT), values)
    is_postgresql = session.get_bind().dialect.name == "postgresql"

    with refused("payment_withdrawal"):
        session.execute(text(INSERT), values)
    for statement in ("DELETE FROM payment_withdrawal", "UPDATE payment_withdrawal SET reason = reason"):
        with refused("permission denied" if is_postgresql else "payment_withdrawal.append_only"):
            session.execute(text(statement))
    with refused("payment_attempt.of_released"):
        session.add(_attempt(payment))
        session.flush()
    session.expunge_all()
    session.execute(text(CANCEL), {"id": payment.id})
    with refused("payment_withdrawal.of_unsent"):
        session.execute(text(INSERT), values)


def test_an_intent_to_send_keeps_a_payment_from_being_withdrawn(
    session: Session, scene: Scene, refused: Refused
) -> None:
    payment = held(session, scene)
    session.add(_attempt(payment))
    session.flush()

    with refused("payment_withdrawal.of_unsent"):
        session.execute(text(INSERT), {"id": payment.id, "reason": DIED, "by": scene.second.person_id})


def _attempt(payment: Payment) -> PaymentAttempt:
    return PaymentAttempt(
        id=f"att_{payment.reference}",
        payment_id=payment.id,
        idempotency_key=payment.reference,
        request_sha256=bytes(32),
        started_at=NOON,
    )


# ── at the same moment ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rail", ["bank", "stripe"])
def test_the_worker_or_the_withdrawal_has_the_payment_and_never_both(
    database: Database, start_provider: StartProvider, clock: StandingClock, rail: str
) -> None:
    provider = start_provider()
    with database.transaction() as session:
        scene = make_paying(session)
        second = make_officer(session, Role.FUND_ADMINISTRATOR)
        new = [bank_account() if rail == "bank" else stripe_account() for _ in range(4)]
        batches = [make_released_batch(session, scene, [one]).id for one in new]

    def bury_and_withdraw(batch_id: str) -> object:
        with database.transaction() as session:
            (payment,) = queries.list_payments(session, batch_id, after=None, limit=1)
            record_a_death(session, scene, payment.claim_id)
        try:
            with database.transaction() as session:
                return service.withdraw_payment(session, payment.id, reason=DIED, officer=second, at=NOON).status
        except ReparationsError as error:
            return type(error)

    sending = threading.Thread(target=lambda: worker.dispatch(database, provider.rails, clock=clock))
    sending.start()
    outcomes = [bury_and_withdraw(batch_id) for batch_id in reversed(batches)]
    sending.join(60)

    found = [statuses(database, batch_id)[0] for batch_id in reversed(batches)]
    assert found == ["cancelled" if outcome == PaymentStatus.CANCELLED else "submitted" for outcome in outcomes]
    assert {outcome for outcome in outcomes if outcome != PaymentStatus.CANCELLED} <= {WrongState}
    assert_books_balance(database, scene, reserved=0, in_transit=25_000 * found.count("submitted"))


def test_two_who_withdraw_at_once_free_the_money_once(database: Database) -> None:
    with database.transaction() as session:
        scene = make_paying(session, available_minor=100_000)
        make_instalment(session, scene)
        seconds = [make_officer(session, Role.FUND_ADMINISTRATOR) for _ in range(2)]
        batch = make_released_batch(session, scene, [])
        payment = queries.list_payments(session, batch.id, after=None, limit=1)[0]
        record_a_death(session, scene, payment.claim_id)

    def withdrawing(officer: Principal) -> Callable[[Session], object]:
        return lambda session: (
            service.withdraw_payment(session, payment.id, reason=DIED, officer=officer, at=NOON).status
        )

    outcomes = at_once(database, *map(withdrawing, seconds))

    assert sorted(outcomes, key=str) == sorted([PaymentStatus.CANCELLED, WrongState], key=str)
    assert_books_balance(database, scene, reserved=0, bank=100_000)


def test_by_raw_sql_too_a_payment_is_not_sent_while_it_is_withdrawn(database: Database) -> None:
    with database.transaction() as session:
        scene = make_paying(session)
        second = make_officer(session, Role.FUND_ADMINISTRATOR)
        make_instalment(session, scene)
        batch = make_released_batch(session, scene, [])
        payment = queries.list_payments(session, batch.id, after=None, limit=1)[0]
    refusals: list[str] = []

    def send() -> None:
        try:
            with database.transaction() as session:
                session.add(_attempt(payment))
                session.flush()
                session.execute(text("UPDATE payment SET status = 'dispatching' WHERE id = :id"), {"id": payment.id})
        except DBAPIError as refusal:
            refusals.append(str(refusal.orig))

    thread = threading.Thread(target=send)
    with database.transaction() as session:
        record_a_death(session, scene, payment.claim_id)
        session.execute(text(INSERT), {"id": payment.id, "reason": DIED, "by": second.person_id})
        thread.start()
        thread.join(timeout=1)
    thread.join(timeout=30)

    assert len(refusals) == 1
    assert "payment.held" in refusals[0] or "payment_attempt.of_released" in refusals[0]
    assert statuses(database, batch.id) == ["released"]


# ── over the network ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_route_withdraws_and_the_payment_says_so(client: TestClient, database: Database) -> None:
    with database.transaction() as session:
        scene = make_scene(session)
        payment = held(session, scene)
        username = make_account(session, Role.FUND_ADMINISTRATOR).username
        payer = make_account(session, Role.PAYER).username
    headers = {}
    for name in (username, payer):
        signed_in = client.post("/sessions", json={"username": name, "password": PASSWORD}).json()
        headers[name] = {"Authorization": f"Bearer {signed_in['access_token']}"}
    path = f"/payments/{payment.reference}"
    body = {"reason": "payee_died"}
    before = client.get(path, headers=headers[payer]).json()
    assert (before["held_back"], before["withdrawn"]) == (["payee_died"], None)

    assert client.post(f"{path}/withdraw", json=body, headers=headers[payer]).status_code == 403
    assert client.post(f"{path}/withdraw", json={"reason": "other"}, headers=headers[username]).status_code == 422
    answer = client.post(f"{path}/withdraw", json=body, headers=headers[username])
    again = client.post(f"{path}/withdraw", json=body, headers=headers[username])

    assert (answer.status_code, answer.json()["status"], answer.json()["held_back"]) == (200, "cancelled", [])
    assert answer.json()["withdrawn"]["reason"] == "payee_died"
    assert (again.status_code, again.json()["code"]) == (409, "payments.wrong_state")
