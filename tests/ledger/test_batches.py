"""Many transfers of one kind in one statement: the same books, the same refusals, the same hash as one by one."""

from __future__ import annotations

from typing import Protocol

import pytest
from sqlalchemy import Select, Table, Text, cast, func, literal, select, union_all
from sqlmodel import Session

from reparations.ledger import errors, postings, queries, service
from reparations.ledger.models import AccountCode, Fund, LedgerTransfer
from reparations.ledger.postings import Movement
from tests.conftest import NOON
from tests.factories.ledger import TODAY, make_fund
from tests.ledger.books import usd

AMOUNTS = {f"payment-{number}-reserved": 100 + number for number in range(5)}
_transfer: Table = LedgerTransfer.__table__  # type: ignore[attr-defined]


class Post(Protocol):
    """Either way of posting a batch."""

    def __call__(self, session: Session, fund_id: str, amounts: dict[str, int], entry_id: str = "b") -> service.Posting:
        """Reserve `amounts`."""


def as_query(amounts: dict[str, int]) -> Select[str, int]:
    rows = union_all(*(select(literal(name).label("id"), literal(minor).label("m")) for name, minor in amounts.items()))
    found = rows.subquery()
    return select(found.c.id, found.c.m)


def post_amounts(session: Session, fund_id: str, amounts: dict[str, int], entry_id: str = "b") -> service.Posting:
    return service.post_batch(
        session,
        entry_id=entry_id,
        movement=Movement.RESERVED,
        fund_id=fund_id,
        currency="USD",
        amounts=amounts,
        occurred_on=TODAY,
        at=NOON,
    )


def post_query(session: Session, fund_id: str, amounts: dict[str, int], entry_id: str = "b") -> service.Posting:
    return service.post_batch_from(
        session,
        entry_id=entry_id,
        movement=Movement.RESERVED,
        fund_id=fund_id,
        currency="USD",
        query=as_query(amounts),
        occurred_on=TODAY,
        at=NOON,
    )


both_ways = pytest.mark.parametrize("post", [post_amounts, post_query])


@pytest.fixture
def fund(session: Session) -> Fund:
    return make_fund(session, available_minor=20_000)


def reserved(session: Session, fund: Fund) -> int:
    return queries.get_balance(session, fund.id, "USD", AccountCode.RESERVED).amount_minor


@both_ways
def test_a_batch_moves_its_total_and_posting_it_again_does_nothing(session: Session, fund: Fund, post: Post) -> None:
    first = post(session, fund.id, AMOUNTS)
    again = post(session, fund.id, AMOUNTS)

    assert (first.posted, again.posted) == (True, False)
    assert first.digest == again.digest == queries.find_entry_digest(session, "b")
    assert reserved(session, fund) == sum(AMOUNTS.values())
    assert post_amounts(session, fund.id, AMOUNTS).digest == post_query(session, fund.id, AMOUNTS).digest


@both_ways
def test_a_batch_has_the_hash_of_the_same_transfers_posted_one_by_one(session: Session, fund: Fund, post: Post) -> None:
    transfers = [postings.new_transfer(name, fund.id, usd(minor), Movement.RESERVED) for name, minor in AMOUNTS.items()]
    with session.begin_nested() as attempt:
        one_by_one = service.post(session, entry_id="b", transfers=transfers, occurred_on=TODAY, at=NOON)
        attempt.rollback()

    assert post(session, fund.id, AMOUNTS).digest == one_by_one.digest
    assert service.post(session, entry_id="b", transfers=transfers, occurred_on=TODAY, at=NOON).posted is False
    assert one_by_one.digest in list(queries.list_entry_digests(session))


@both_ways
def test_the_same_id_with_another_amount_is_refused(session: Session, fund: Fund, post: Post) -> None:
    post(session, fund.id, AMOUNTS)
    name = min(AMOUNTS)

    with pytest.raises(errors.TransferIdReused):
        post(session, fund.id, AMOUNTS | {name: 1})
    with pytest.raises(errors.EntryIdReused):
        post(session, fund.id, {"another": 1})
    with pytest.raises(errors.TransferIdReused):
        post(session, fund.id, {"another": 1, name: AMOUNTS[name]}, entry_id="c")
    assert reserved(session, fund) == sum(AMOUNTS.values())


@both_ways
def test_ids_between_those_of_another_entry_are_no_obstacle_but_the_same_id_is(
    session: Session, fund: Fund, post: Post
) -> None:
    post(session, fund.id, {"p-1": 1, "p-3": 1}, entry_id="odd")

    assert post(session, fund.id, {"p-0": 1, "p-2": 1, "p-4": 1}, entry_id="even").posted
    with pytest.raises(errors.TransferIdReused):
        post(session, fund.id, {"o": 1, "p-2": 1, "z": 1}, entry_id="again")
    assert reserved(session, fund) == 5


@both_ways
def test_ids_that_look_like_something_else_are_hashed_as_they_are(session: Session, fund: Fund, post: Post) -> None:
    amounts = {'say "when"': 3, "back\\slash": 2, "a 1 b,{}": 1}

    assert post(session, fund.id, amounts).digest in list(queries.list_entry_digests(session))
    assert reserved(session, fund) == 6


def test_a_line_break_that_a_query_found_in_an_id_is_hashed_as_it_is(session: Session, fund: Fund) -> None:
    broken, whole = {"a\nb": 1, "c": 1}, {"a": 1, "b\nc": 1}

    digest = post_query(session, fund.id, broken).digest
    with session.begin_nested() as attempt:
        other = post_query(session, fund.id, whole, entry_id="other").digest
        attempt.rollback()

    assert digest in list(queries.list_entry_digests(session))
    assert digest.sha256 != other.sha256


@both_ways
def test_a_batch_above_the_balance_leaves_nothing(session: Session, fund: Fund, post: Post) -> None:
    with pytest.raises(errors.InsufficientFunds, match=r"USD 200\.00"):
        post(session, fund.id, AMOUNTS | {"last": 20_000})

    count = select(func.count()).where(_transfer.c.entry_id == "b")
    assert session.connection().execute(count).scalar_one() == 0
    assert reserved(session, fund) == 0


@both_ways
def test_a_batch_that_is_malformed_is_refused(session: Session, fund: Fund, post: Post) -> None:
    for amounts in ({"a": 0}, {"a": -1}, {"": 1}, {"x" * 201: 1}):
        with pytest.raises(errors.EntryMalformed):
            post(session, fund.id, amounts)
    with pytest.raises(errors.AccountNotFound):
        service.post_batch(
            session,
            entry_id="b",
            movement=Movement.RESERVED,
            fund_id=fund.id,
            currency="CHF",
            amounts=AMOUNTS,
            occurred_on=TODAY,
            at=NOON,
        )


def test_a_query_may_begin_with_a_table_of_its_own(session: Session, fund: Fund) -> None:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 3))

    posting = service.post_batch_from(
        session,
        entry_id="b",
        movement=Movement.RESERVED,
        fund_id=fund.id,
        currency="USD",
        query=select(cast(numbers.c.n, Text), numbers.c.n),
        occurred_on=TODAY,
        at=NOON,
    )

    assert posting.posted
    assert reserved(session, fund) == 1 + 2 + 3


def test_a_query_that_finds_nothing_or_too_much_or_one_id_twice_posts_nothing(session: Session, fund: Fund) -> None:
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 10_001))
    too_much = select(cast(numbers.c.n, Text), literal(1).label("m"))
    nothing = as_query(AMOUNTS).where(literal(1) == literal(0))
    twice = union_all(as_query(AMOUNTS), as_query(AMOUNTS)).subquery()
    attempts: list[Select[str, int]] = [nothing, too_much, select(twice.c.id, twice.c.m)]
    for query in attempts:
        with pytest.raises(errors.EntryMalformed):
            service.post_batch_from(
                session,
                entry_id="b",
                movement=Movement.RESERVED,
                fund_id=fund.id,
                currency="USD",
                query=query,
                occurred_on=TODAY,
                at=NOON,
            )
    assert reserved(session, fund) == 0
