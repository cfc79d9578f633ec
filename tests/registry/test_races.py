"""Two clerks at once: one number each, one claim a row, and both see one another's accounts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from sqlmodel import col, select

from reparations.db import Database
from reparations.principal import Role
from reparations.registry import queries, service
from reparations.registry.models import Claim, Rail
from reparations.registry.rules.values import Judgement, NewDestination, ResolutionReason
from tests.conftest import NOON
from tests.factories.access import make_officer
from tests.factories.registry import make_claim, make_programme, make_registration


def at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    """Run deeds in threads that start together; return what they raised."""
    barrier = threading.Barrier(len(deeds))
    raised: list[BaseException] = []

    def run(deed: Callable[[], object]) -> None:
        barrier.wait()
        try:
            deed()
        except Exception as error:  # noqa: BLE001 whatever it is, the test looks at it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_numbers_have_neither_gaps_nor_repeats(database: Database) -> None:
    with database.transaction() as session:
        make_programme(session, code="KAT")
        officer = make_officer(session, Role.CASEWORKER)
    registrations = [make_registration(programme_code="KAT", case_key="C-0001") for _ in range(6)]

    def register(index: int) -> None:
        with database.transaction() as session:
            service.register_claim(session, registrations[index], officer=officer, at=NOON)

    assert at_once(*(lambda index=index: register(index) for index in range(6))) == []
    with database.reading() as session:
        references = session.exec(select(Claim.reference).order_by(col(Claim.reference))).all()
        assert references == [f"KAT-{number:04d}" for number in range(1, 7)]
        assert len(set(session.exec(select(Claim.case_id)).all())) == 1


def test_one_row_sent_twice_at_once_is_one_claim(database: Database) -> None:
    with database.transaction() as session:
        make_programme(session, code="KAT")
        officer = make_officer(session, Role.CASEWORKER)
    registration = make_registration(programme_code="KAT", source_row="K-0001")
    outcomes: list[bool] = []

    def register() -> None:
        with database.transaction() as session:
            outcomes.append(service.register_claim(session, registration, officer=officer, at=NOON).is_new)

    assert at_once(register, register, register) == []
    assert sorted(outcomes) == [False, False, True]
    with database.reading() as session:
        assert len(session.exec(select(Claim)).all()) == 1


def test_one_account_named_by_two_at_once_is_seen(database: Database) -> None:
    account = NewDestination(Rail.BANK_FILE, "A Holder", "0000100002")
    with database.transaction() as session:
        programme = make_programme(session)
        officer = make_officer(session, Role.CASEWORKER)
        claims = [make_claim(session, programme=programme, officer=officer) for _ in range(2)]

    def name_account(claim_id: str) -> None:
        with database.transaction() as session:
            service.record_destination(session, claim_id, new=account, officer=officer, at=NOON)

    assert at_once(lambda: name_account(claims[0].id), lambda: name_account(claims[1].id)) == []
    with database.reading() as session:
        assert queries.find_open_duplicates(session, [claim.id for claim in claims]) == {claim.id for claim in claims}


def test_facts_recorded_by_two_at_once_are_two_revisions(database: Database) -> None:
    with database.transaction() as session:
        officer = make_officer(session, Role.CASEWORKER)
        claim = make_claim(session, officer=officer)

    def record() -> None:
        with database.transaction() as session:
            service.record_facts(session, claim.id, facts={}, officer=officer, at=NOON)

    assert at_once(record, record) == []
    with database.reading() as session:
        assert queries.get_facts(session, claim.id)[0].revision == 3


def test_a_pair_judged_by_two_at_once_has_one_judgement(database: Database) -> None:
    with database.transaction() as session:
        programme = make_programme(session)
        first = make_registration(programme_code=programme.code)
        registrar = make_officer(session, Role.CASEWORKER)
        for registration in (first, replace(first, case_key="T-999999")):
            service.register_claim(session, registration, officer=registrar, at=NOON)
        (pair,) = queries.list_duplicates(session, office_id=None, status=None, after=None, limit=9)
        judges = [make_officer(session, Role.DECIDER) for _ in range(2)]

    def judge(index: int, judgement: Judgement) -> None:
        with database.transaction() as session:
            service.resolve_duplicate(
                session,
                pair.id,
                judgement=judgement,
                reason=ResolutionReason.CLAIMANT_HEARD,
                officer=judges[index],
                at=NOON,
            )

    (refused,) = at_once(lambda: judge(0, Judgement.SAME), lambda: judge(1, Judgement.DIFFERENT))
    assert getattr(refused, "code", None) == "registry.duplicate_already_resolved"
