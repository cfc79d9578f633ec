"""Every row of a payment is committed to by the deed that made or moved it: a change behind our back is named."""

from __future__ import annotations

import inspect

from sqlalchemy import text
from sqlmodel import select

from reparations.audit.verification import verify_rows
from reparations.db import Database, Row
from reparations.example.stripe_loopback import Fault
from reparations.payments import models, queries, service, worker
from reparations.principal import SYSTEM, Role
from reparations.registry import service as registry
from tests.conftest import NOON, StandingClock
from tests.factories.access import make_officer
from tests.factories.audit import behind_our_back
from tests.factories.payments import (
    approve,
    assemble,
    bank_account,
    make_instalment,
    make_released_batch,
    make_scene,
    stripe_account,
)
from tests.payments.conftest import StartProvider
from tests.payments.test_dispatch import record_a_death
from tests.payments.test_statements import GONE, AtTheBank

MODELS = [
    model
    for _name, model in inspect.getmembers(models, inspect.isclass)
    if issubclass(model, Row) and model is not Row and model.audited
]


def do_everything(database: Database, start_provider: StartProvider, clock: StandingClock) -> str:
    """Do every deed of paying once; return the id of a payment that was made."""
    provider = start_provider({"acct_0001": [Fault.ANSWER_LOST], "acct_0002": [Fault.REFUSED]})
    with database.transaction() as session:
        scene = make_scene(session)
        destinations = [bank_account(GONE), stripe_account("acct_0001"), stripe_account("acct_0002")]
        batch = make_released_batch(session, scene, destinations)
    worker.dispatch(database, provider.rails, clock=clock)
    worker.look_up(database, provider.rails, clock=clock)
    with database.transaction() as session:
        (file,) = queries.list_bank_files(session, batch.id)
        bank = AtTheBank(scene, batch, file, service.open_bank_file(session, file.id).content)
        service.import_statements(session, bank.answer(returned=(GONE,)), officer=SYSTEM, at=NOON)
        service.import_statements(session, bank.answer(statement_id="S-2"), officer=SYSTEM, at=NOON)
        old = next(
            one for one in queries.list_payments(session, batch.id, after=None, limit=9) if one.status == "returned"
        )
        registry.record_destination(session, old.claim_id, new=bank_account(), officer=scene.caseworker, at=NOON)
        again = service.reissue_payment(session, old.id, officer=scene.administrator, at=NOON)
        approve(session, scene, again)
        service.cancel_batch(session, again.id, officer=scene.administrator, at=NOON)
        make_instalment(session, scene)
        assemble(session, scene)
        held = queries.list_payments(
            session, make_released_batch(session, scene, [bank_account()]).id, after=None, limit=1
        )[0]
        record_a_death(session, scene, held.claim_id)
        service.withdraw_payment(
            session,
            held.id,
            reason=models.HeldBackReason.PAYEE_DIED,
            officer=make_officer(session, Role.FUND_ADMINISTRATOR),
            at=NOON,
        )
        return old.id


def findings(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(finding.code, finding.record) for finding in verify_rows(session, MODELS)]


def test_every_row_is_committed_to(database: Database, start_provider: StartProvider, clock: StandingClock) -> None:
    do_everything(database, start_provider, clock)

    assert findings(database) == []
    with database.reading() as session:
        empty = [model.__name__ for model in MODELS if session.exec(select(model).limit(1)).first() is None]
    assert empty == []


def test_a_payment_changed_behind_our_back_is_named(
    database: Database, owner: Database, start_provider: StartProvider, clock: StandingClock
) -> None:
    payment_id = do_everything(database, start_provider, clock)

    with behind_our_back(owner, ("payment", "batch_approval", "payment_withdrawal")) as session:
        session.execute(text("UPDATE payment SET amount_minor = 24999 WHERE id = :id"), {"id": payment_id})
        session.execute(text("DELETE FROM batch_approval WHERE position = 2"))
        session.execute(text("UPDATE payment_withdrawal SET reason = 'claim_not_open'"))

    found = findings(database)
    assert ("audit.row_changed", f"payment {payment_id}") in found
    assert {code for code, record in found if record.startswith("batch_approval")} == {"audit.row_missing"}
    assert {code for code, record in found if record.startswith("payment_withdrawal")} == {"audit.row_changed"}
