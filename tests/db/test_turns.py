"""Who writes next in this process."""

from __future__ import annotations

import threading
import time

import pytest

from reparations.db import Database, DatabaseBusy
from reparations.db.turns import Turns


def test_no_more_than_so_many_have_a_turn_at_once() -> None:
    turns, own, inside, most = Turns(3), threading.Lock(), [0], [0]

    def work() -> None:
        for _ in range(50):
            turns.take(10)
            with own:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.0005)
            with own:
                inside[0] -= 1
            turns.give()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [3]
    assert inside == [0]


def test_who_came_first_goes_first() -> None:
    turns, order = Turns(1), []
    turns.take(1)

    def work(number: int) -> None:
        turns.take(10)
        order.append(number)
        turns.give()

    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.give()
    for thread in threads:
        thread.join()

    assert order == list(range(8))


def test_who_waited_too_long_leaves_the_queue_and_takes_nobodys_turn() -> None:
    turns = Turns(1)
    turns.take(1)

    with pytest.raises(TimeoutError):
        turns.take(0.01)
    turns.give()

    turns.take(0)
    with pytest.raises(TimeoutError):
        turns.take(0)


def test_a_transaction_that_gets_no_turn_in_time_says_that_the_database_is_busy(database: Database) -> None:
    impatient = Database(database.engine.url.render_as_string(hide_password=False), lock_timeout_ms=50)
    taken = 0
    try:
        while True:
            impatient._writers.take(0)
            taken += 1
    except TimeoutError:
        pass
    try:
        with pytest.raises(DatabaseBusy) as refused, impatient.transaction():
            pass
        assert refused.value.remedy == "Try again in a moment."
        with impatient.reading() as session:  # who reads waits for nobody
            assert session.connection().exec_driver_sql("SELECT 1").scalar_one() == 1
    finally:
        for _ in range(taken):
            impatient._writers.give()
    with impatient.transaction() as session:
        assert session.connection().exec_driver_sql("SELECT 1").scalar_one() == 1
    impatient.dispose()


@pytest.mark.parametrize("database_urls", ["postgresql"], indirect=True)
def test_a_connection_that_went_away_while_idle_is_replaced(database: Database) -> None:
    with database.transaction() as session:
        (first,) = session.connection().exec_driver_sql("SELECT pg_backend_pid()").one()
    other = Database(database.engine.url.render_as_string(hide_password=False))
    with other.transaction() as session:
        session.connection().exec_driver_sql(f"SELECT pg_terminate_backend({first})")
    other.dispose()
    time.sleep(0.2)

    with database.transaction() as session:
        (second,) = session.connection().exec_driver_sql("SELECT pg_backend_pid()").one()
    assert second != first
