"""An award is reduced while a part of it is held in trust: the trust bears its share, last, and keeps what is left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from reparations.db import Database
from reparations.eligibility import service as eligibility
from reparations.eligibility.errors import NotInTrust
from reparations.eligibility.models import (
    AwardReduction,
    Instalment,
    ReductionKind,
    ReleaseGround,
    TrustHolding,
    TrustRelease,
)
from reparations.eligibility.queries import list_held
from reparations.eligibility.schemas.trusts import HeldOut
from reparations.ledger import queries as ledger
from reparations.ledger.models import AccountCode
from reparations.money import Money
from reparations.recovery import rules, service
from reparations.recovery.findings import list_findings
from reparations.recovery.rules import PartState
from reparations.registry.models import Claim
from reparations.reports.evidence.collect import collect_auditor_evidence
from reparations.reports.texts.language import Language
from reparations_verifier import evidence as verifier
from tests.conftest import NOON
from tests.eligibility.races import race
from tests.factories.audit import behind_our_back
from tests.factories.eligibility import TODAY, let_die
from tests.factories.recovery import Scene, adjust, balances, correct, pay
from tests.recovery.test_refused_by_database import approved, insert, reduction
from tests.recovery.test_trusts import OF_AGE, PAYABLE, TRUST, ask, make_held, make_minor, release

Refused = Callable[[str], AbstractContextManager[None]]
AWARDS, OVERPAID = AccountCode.AWARDS, AccountCode.OVERPAYMENTS


def held_now(session: Session, scene: Scene) -> list[int]:
    """What is held, in minor units, as the list of trusts shows it."""
    rows = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    assert [HeldOut.of(row).amount.amount for row in rows] == [row.left.decimal_string for row in rows]
    return sorted(row.left.amount_minor for row in rows)


def books_are_right(session: Session, scene: Scene) -> bool:
    return (
        list_findings(session) == []
        and ledger.list_findings(session) == []
        and ledger.compute_identity(session, scene.fund.id, "USD").faults == {}
    )


def make_further_held(session: Session) -> tuple[Scene, Claim, Instalment, Instalment]:
    """A minor's award of 250.00 and his supplement of 50.00, both held."""
    scene, minor, first = make_minor(session)
    correct(session, scene, minor, 30_000)
    adjust(session, scene, minor)
    held = list_held(session, scene.deciding.programme.id, after=None, limit=10)
    (second,) = [one.instalment for one in held if one.instalment.id != first.id]
    return scene, minor, first, second


def test_a_minors_share_bears_its_part_and_the_rest_is_released(session: Session) -> None:
    scene, claim, instalment = make_held(session)
    correct(session, scene, claim, 10_000)

    done = adjust(session, scene, claim)

    assert sorted((row.from_trust, row.kind, row.amount_minor) for row in done.reductions) == [
        (False, ReductionKind.WRITTEN_BACK, 7_500),
        (True, ReductionKind.WRITTEN_BACK, 7_500),
    ]
    assert balances(session, scene, TRUST, PAYABLE, AWARDS) == [-5_000, -5_000, 10_000]
    assert held_now(session, scene) == [5_000]
    assert books_are_right(session, scene)
    assert pay(session, scene).total_minor == 5_000
    evidence = collect_auditor_evidence(session, scene.deciding.programme, as_of=TODAY, language=Language.ENGLISH)
    report = verifier.read_report(evidence.canonical_bytes())
    assert verifier.check_sums(report) == len(report["sums"])
    assert verifier.check_identity(report) == len(report["identity"])

    assert release(session, scene, at=OF_AGE) == [instalment.id]

    assert balances(session, scene, TRUST, PAYABLE) == [0, -5_000]
    assert pay(session, scene, at=OF_AGE).total_minor == 5_000
    assert balances(session, scene, TRUST, PAYABLE, AWARDS) == [0, 0, 10_000]
    assert books_are_right(session, scene)


def test_nobody_pays_back_what_a_minor_has_not_got(session: Session) -> None:
    scene, claim, _ = make_held(session)
    pay(session, scene)
    correct(session, scene, claim, 10_000)

    done = adjust(session, scene, claim)

    assert [one.amount_minor for one in done.overpayments] == [7_500]
    assert balances(session, scene, TRUST, PAYABLE, OVERPAID, AWARDS) == [-5_000, 0, 7_500, 10_000]
    assert books_are_right(session, scene)


def test_what_is_not_in_trust_is_taken_first(session: Session) -> None:
    scene, minor, first, second = make_further_held(session)
    request = ask(session, scene, first)
    eligibility.approve_release(session, request.id, officer=scene.second, at=NOON)
    correct(session, scene, minor, 20_000)

    (cut,) = adjust(session, scene, minor).reductions

    assert (cut.instalment_id, cut.from_trust, cut.amount_minor) == (first.id, False, 10_000)
    assert held_now(session, scene) == [second.amount_minor]
    correct(session, scene, minor, 3_000)
    assert sorted((one.from_trust, one.amount_minor) for one in adjust(session, scene, minor).reductions) == [
        (False, 15_000),
        (True, 2_000),
    ]
    assert held_now(session, scene) == [3_000]
    assert books_are_right(session, scene)


def test_a_trust_in_which_nothing_is_left_ends(session: Session) -> None:
    scene, minor, first, second = make_further_held(session)
    correct(session, scene, minor, 20_000)

    adjust(session, scene, minor)

    (ended,) = session.exec(select(TrustRelease)).all()
    assert (ended.instalment_id, ended.ground) == (second.id, ReleaseGround.NOTHING_LEFT)
    assert ended.released_by == scene.second.person_id
    assert held_now(session, scene) == [20_000]
    with pytest.raises(NotInTrust):
        ask(session, scene, second)
    assert release(session, scene, at=OF_AGE) == [first.id]
    assert balances(session, scene, TRUST) == [0]
    assert books_are_right(session, scene)


def test_what_a_minor_did_not_live_to_receive_leaves_the_trust(session: Session) -> None:
    scene, minor, instalment = make_minor(session)
    let_die(session, scene.deciding, minor)
    row = service.prepare_giving_back(session, minor.id, citation="Rule 9", officer=scene.administrator, at=NOON)

    (cut,) = service.approve_adjustment(session, row.id, officer=scene.second, at=NOON).reductions

    assert (cut.kind, cut.instalment_id, cut.from_trust) == (ReductionKind.GIVEN_BACK, instalment.id, True)
    assert balances(session, scene, TRUST, PAYABLE, AWARDS) == [0, -25_000, 25_000]
    assert held_now(session, scene) == []
    assert books_are_right(session, scene)


def test_an_early_release_releases_what_is_left(session: Session) -> None:
    scene, minor, instalment = make_minor(session)
    request = ask(session, scene, instalment)
    correct(session, scene, minor, 10_000)
    adjust(session, scene, minor)

    eligibility.approve_release(session, request.id, officer=scene.second, at=NOON)

    assert balances(session, scene, TRUST, PAYABLE) == [0, -35_000]
    correct(session, scene, minor, 8_000)
    assert [one.from_trust for one in adjust(session, scene, minor).reductions] == [False]
    assert books_are_right(session, scene)


def test_a_plan_takes_the_trust_last() -> None:
    def part(instalment_id: str, *, unpaid: int, received: int = 0, in_trust: bool = False) -> PartState:
        return PartState("a", "f", 0, instalment_id, "p", unpaid, received, in_motion=False, in_trust=in_trust)

    parts = [
        part("1", unpaid=0, received=50),
        part("2", unpaid=100, in_trust=True),
        part("3", unpaid=100),
        part("4", unpaid=100, in_trust=True),
    ]

    cuts = rules.plan_reduction(Money(330, "USD"), [], parts, record="C")

    assert [(cut.instalment_id, cut.kind, cut.amount_minor, cut.from_trust) for cut in cuts] == [
        ("3", ReductionKind.WRITTEN_BACK, 100, False),
        ("4", ReductionKind.WRITTEN_BACK, 100, True),
        ("2", ReductionKind.WRITTEN_BACK, 100, True),
        ("1", ReductionKind.OVERPAID, 30, False),
    ]


def test_the_database_takes_from_a_trust_only_what_says_so(session: Session, refused: Refused) -> None:
    scene, minor, instalment = make_minor(session)
    free = session.exec(select(Instalment).where(col(Instalment.id) != instalment.id)).one()
    correct(session, scene, minor, 10_000)
    row = service.prepare_adjustment(session, minor.id, citation="C", officer=scene.administrator, at=NOON)
    insert(session, approved(row, scene.second.person_id))

    for changed, message in (
        ({"from_trust": False}, "held_in_trust"),
        ({"from_trust": True, "instalment_id": None}, ""),
        ({"from_trust": True, "instalment_id": free.id}, ""),
        ({"from_trust": True, "kind": "overpaid"}, ""),
        ({"from_trust": True, "kind": "set_off", "adjustment_id": None, "recovery_id": "x"}, ""),
    ):
        with refused(f"award_reduction.{message}"):
            insert(session, reduction(session, row, **changed))
    insert(session, reduction(session, row, from_trust=True))


def test_the_database_ends_a_trust_as_empty_only_when_it_is(session: Session, refused: Refused) -> None:
    scene, minor, instalment = make_minor(session)
    correct(session, scene, minor, 10_000)
    adjust(session, scene, minor)

    def end(ground: ReleaseGround) -> TrustRelease:
        by = scene.second.person_id
        return TrustRelease(instalment_id=instalment.id, ground=ground, released_by=by, released_at=NOON)

    with refused("trust_release.nothing_left"):
        insert(session, end(ReleaseGround.NOTHING_LEFT))
    session.expunge_all()
    insert(session, end(ReleaseGround.OF_AGE))


def test_what_was_reduced_is_not_put_in_trust_by_hand(session: Session, refused: Refused) -> None:
    scene, minor, instalment = make_minor(session)
    free = session.exec(select(Instalment).where(col(Instalment.id) != instalment.id)).one()
    adult = session.exec(select(Claim).where(Claim.party_id == free.payee_party_id)).one()
    correct(session, scene, adult, 10_000)
    adjust(session, scene, adult)

    with refused("trust_holding.in_motion"):
        insert(session, TrustHolding(instalment_id=free.id, held_until_sealed=b"x", citation="C", held_at=NOON))
    assert minor.id != adult.id


def test_a_reduction_of_a_trust_changed_behind_our_back_is_found(database: Database, owner: Database) -> None:
    with database.transaction() as session:
        scene, minor, instalment = make_minor(session)
        correct(session, scene, minor, 10_000)
        (taken,) = adjust(session, scene, minor).reductions
        release(session, scene, at=OF_AGE)
        assert books_are_right(session, scene)
        taken_id, instalment_id = taken.id, instalment.id

    with behind_our_back(owner, ("award_reduction",)) as session:
        session.execute(text("UPDATE award_reduction SET from_trust = false"))

    with database.reading() as session:
        found = {finding.record for finding in list_findings(session)}
    assert found == {
        f"trust_release {instalment_id}",
        f"ledger_transfer trust-{instalment_id}-reduced-{taken_id}",
    }


def test_a_release_and_a_reduction_at_once_leave_what_is_granted(database: Database) -> None:
    with database.transaction() as session:
        scene, minor, instalment = make_minor(session)
        correct(session, scene, minor, 10_000)
        row = service.prepare_adjustment(session, minor.id, citation="C", officer=scene.administrator, at=NOON)
        adjustment_id, instalment_id = row.id, instalment.id

    def reduce(session: Session) -> object:
        return service.approve_adjustment(session, adjustment_id, officer=scene.second, at=OF_AGE)

    def let_go(session: Session) -> object:
        return release(session, scene, at=OF_AGE)

    assert race(database, [reduce, let_go]) == ["done", "done"]

    with database.transaction() as session:
        assert balances(session, scene, TRUST, PAYABLE) == [0, -35_000]
        (cut,) = session.exec(select(AwardReduction)).all()
        assert (cut.instalment_id, cut.amount_minor) == (instalment_id, 15_000)
        assert books_are_right(session, scene)
