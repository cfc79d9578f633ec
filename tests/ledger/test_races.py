"""Several clients at once, on both engines: nothing is spent twice, nobody waits for ever."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from reparations.db import Database
from reparations.errors import ReparationsError
from reparations.ledger import postings, queries, service
from reparations.ledger.models import AccountCode, AwardForm
from reparations.money import Money
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund, make_pledge, receive
from tests.ledger.test_batches import AMOUNTS, Post, post_amounts, post_query
from tests.ledger.test_planted import post_singly

CLIENTS = 8


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def at_once(deed: Callable[[int], None]) -> Counter[str]:
    """Run `deed` in eight threads that start together; count how they ended."""
    start = Barrier(CLIENTS)

    def run(client: int) -> str:
        start.wait()
        try:
            deed(client)
        except ReparationsError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(run, range(CLIENTS)))


def open_fund(database: Database, available_minor: int) -> str:
    with database.transaction() as session:
        return make_fund(session, available_minor=available_minor).id


def standing(database: Database, fund_id: str) -> dict[str, int]:
    with database.reading() as session:
        assert queries.compute_identity(session, fund_id, "USD").faults == {}
        return {line.code: line.balance.amount_minor for line in queries.list_balances(session, fund_id)}


def test_a_fund_is_never_overspent(database: Database) -> None:
    fund_id = open_fund(database, 10_000)
    refusals: Counter[str] = Counter()

    def spend(client: int) -> None:
        for number in range(20):
            transfers = postings.batch_reserved(f"{client}-{number}", totals={fund_id: usd(99)})
            try:
                with database.transaction() as session:
                    service.post(
                        session, entry_id=f"b-{client}-{number}", transfers=transfers, occurred_on=TODAY, at=NOON
                    )
            except ReparationsError as error:
                refusals[error.code] += 1

    assert at_once(spend) == {"done": CLIENTS}

    after = standing(database, fund_id)
    assert (after[AccountCode.BANK], after[AccountCode.RESERVED]) == (10_000 - 101 * 99, 101 * 99)
    assert refusals == {"ledger.insufficient_funds": CLIENTS * 20 - 101}


def test_no_more_is_awarded_than_was_received(database: Database) -> None:
    fund_id = open_fund(database, 1_000)

    def award(client: int) -> None:
        with database.transaction() as session:
            service.post(
                session,
                entry_id=f"award-{client}",
                transfers=postings.award_recognised(str(client), funding={fund_id: usd(300)}),
                occurred_on=TODAY,
                at=NOON,
            )

    assert at_once(award) == {"done": 3, "ledger.awards_not_covered": CLIENTS - 3}
    assert standing(database, fund_id)[AccountCode.UNCOMMITTED] == 100


@pytest.mark.parametrize("post", [post_singly, post_amounts, post_query])
def test_one_entry_posted_by_all_is_posted_once(database: Database, post: Post) -> None:
    fund_id = open_fund(database, 1_000)
    posted: list[bool] = []

    def reserve(_client: int) -> None:
        with database.transaction() as session:
            posted.append(post(session, fund_id, AMOUNTS).posted)

    assert at_once(reserve) == {"done": CLIENTS}
    assert sorted(posted) == [False] * (CLIENTS - 1) + [True]
    assert standing(database, fund_id)[AccountCode.RESERVED] == sum(AMOUNTS.values())


def test_one_receipt_sent_by_all_is_received_once(database: Database) -> None:
    with database.transaction() as session:
        fund = make_fund(session)
        pledge = make_pledge(session, fund, usd(1_000))
    found: set[str] = set()

    def send(_client: int) -> None:
        with database.transaction() as session:
            found.add(receive(session, pledge, usd(1_000), reference="MT103-77").id)

    assert at_once(send) == {"done": CLIENTS}
    assert len(found) == 1
    assert standing(database, fund.id)[AccountCode.BANK] == 1_000


def test_a_pledge_is_never_exceeded(database: Database) -> None:
    with database.transaction() as session:
        fund = make_fund(session)
        pledge = make_pledge(session, fund, usd(1_000))
        make_pledge(session, fund, usd(50_000))

    def send(client: int) -> None:
        with database.transaction() as session:
            receive(session, pledge, usd(300), reference=f"MT103-{client}")

    assert at_once(send) == {"done": 3, "ledger.pledge_exceeded": CLIENTS - 3}
    assert standing(database, fund.id)[AccountCode.BANK] == 900


def test_one_fund_code_is_taken_once(database: Database) -> None:
    def open_general(client: int) -> None:
        with database.transaction() as session:
            make_fund(session, code="GENERAL", forms=list(AwardForm)[client % 2 :])

    ended = at_once(open_general)

    assert ended == {"done": CLIENTS // 2, "ledger.fund_code_taken": CLIENTS // 2}


def test_entries_over_two_funds_in_any_order_never_wait_for_one_another(database: Database) -> None:
    funds = [open_fund(database, 1_000_000) for _ in range(2)]

    def spend(client: int) -> None:
        shuffled = random.Random(client)  # noqa: S311 the order of rows, not a secret
        for number in range(15):
            transfers = [
                transfer
                for fund_id in shuffled.sample(funds, 2)
                for transfer in postings.batch_reserved(f"{client}-{number}", totals={fund_id: usd(10)})
            ]
            with database.transaction() as session:
                service.post(session, entry_id=f"b-{client}-{number}", transfers=transfers, occurred_on=TODAY, at=NOON)

    assert at_once(spend) == {"done": CLIENTS}
    for fund_id in funds:
        assert standing(database, fund_id)[AccountCode.RESERVED] == CLIENTS * 15 * 10


def test_deeds_of_several_offices_at_once_keep_the_log_and_the_books_together(database: Database) -> None:
    with database.transaction() as session:
        fund = make_fund(session)

    def give(client: int) -> None:
        for number in range(3):
            with database.transaction() as session:
                receive(session, make_pledge(session, fund, usd(100)), usd(100), reference=f"{client}-{number}")

    assert at_once(give) == {"done": CLIENTS}
    with database.reading() as session:
        assert queries.list_findings(session) == []
    assert standing(database, fund.id)[AccountCode.BANK] == CLIENTS * 3 * 100
