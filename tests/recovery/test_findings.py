"""`reparations ledger verify` compares what is recorded of awards and overpayments with the books."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from reparations.db import Database
from reparations.ledger import postings
from reparations.ledger.postings import Movement, new_transfer
from reparations.ledger.service import post
from reparations.money import Money
from reparations.recovery.findings import list_findings
from tests.conftest import NOON
from tests.factories.audit import behind_our_back
from tests.factories.recovery import Scene, adjust, correct, make_awarded, make_overpaid, make_scene
from tests.recovery.test_recovering import repay, waive


def make_life(session: Session) -> Scene:
    """A write-back, an overpayment repaid in part and waived in part."""
    scene = make_scene(session)
    claim = make_awarded(session, scene)
    correct(session, scene, claim, 10_000)
    adjust(session, scene, claim)
    _, overpayment = make_overpaid(session, scene)
    repay(session, scene, overpayment, 5_000)
    waive(session, scene, overpayment, 4_000)
    return scene


def test_rows_and_transfers_agree(session: Session) -> None:
    make_life(session)

    assert list_findings(session) == []


def test_a_transfer_nothing_is_recorded_for_is_found(session: Session) -> None:
    scene = make_life(session)
    rogue = new_transfer("overpayment-ovp_none-identified", scene.fund.id, Money(5, "USD"), Movement.OVERPAID)
    post(session, entry_id="rogue", transfers=[rogue], occurred_on=NOON.date(), at=NOON)

    assert [(one.code, one.record) for one in list_findings(session)] == [
        ("recovery.unrecorded", "ledger_transfer overpayment-ovp_none-identified")
    ]
    assert postings.award_of(rogue.id) is None


def test_what_was_changed_behind_our_back_is_found(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        make_life(session)
    with behind_our_back(owner, ["award_reduction", "overpayment_recovery"]) as session:
        session.execute(text("UPDATE award_reduction SET amount_minor = 1 WHERE kind = 'written_back'"))
        session.execute(text("UPDATE overpayment_recovery SET amount_minor = 14000 WHERE kind = 'repaid'"))

    with database.reading() as session:
        codes = [one.code for one in list_findings(session)]

    assert codes == ["recovery.unposted", "recovery.unposted", "recovery.exceeds"]
