"""Who writes next in this process."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from reparations.db import Database, DatabaseBusy
from reparations.db.turns import Turns


def test_one_passes_after_the_other_while_nobody_takes_long() -> None:
    turns, own, inside, most = Turns(8, patience_s=30), threading.Lock(), [0], [0]

    def work() -> None:
        for _ in range(50):
            began_at = turns.take(60)
            with own:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.0005)
            with own:
                inside[0] -= 1
            turns.give(began_at)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (most, inside) == ([1], [0])


def test_beside_one_that_takes_long_others_go_on_up_to_a_number() -> None:
    turns = Turns(3, patience_s=0.02)
    long = turns.take(1)

    second = turns.take(1)
    third = turns.take(1)
    with pytest.raises(TimeoutError):
        turns.take(0.2)

    turns.give(third)
    fourth = turns.take(1)
    for began_at in (long, second, fourth):
        turns.give(began_at)
    turns.give(turns.take(0))


def test_whoever_looks_has_the_first_in_the_queue_pass_beside_one_that_takes_long() -> None:
    turns, order = Turns(2, patience_s=0.1), []
    long = turns.take(1)

    def work(number: int) -> None:
        began_at = turns.take(30)
        order.append(number)
        turns.give(began_at)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(turns._waiting) <= number:
            time.sleep(0.0001)
    for thread in threads:
        thread.join()

    assert order == list(range(6))  # all while the long one went on
    turns.give(long)
    assert (turns._passing, len(turns._waiting)) == (0, 0)


def test_once_the_long_one_is_done_they_pass_one_after_the_other_again() -> None:
    turns = Turns(2, patience_s=0.02)
    long, beside = turns.take(1), turns.take(1)
    got: list[float] = []
    waiting = threading.Thread(target=lambda: got.append(turns.take(10)))
    waiting.start()
    while not turns._waiting:
        time.sleep(0.001)

    time.sleep(0.03)
    turns.give(long)  # nobody takes it over
    assert (turns._passing, len(turns._waiting)) == (1, 1)
    turns.give(time.monotonic())  # `beside`, as if it had just begun
    waiting.join()

    assert (turns._passing, len(got)) == (1, 1)
    assert beside < got[0]


def test_who_came_first_goes_first() -> None:
    turns, order = Turns(1), []
    first = turns.take(1)

    def work(number: int) -> None:
        began_at = turns.take(10)
        order.append(number)
        turns.give(began_at)

    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=work, args=(number,)))
        threads[-1].start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.give(first)
    for thread in threads:
        thread.join()

    assert order == list(range(8))


def test_who_waited_too_long_leaves_the_queue_and_takes_nobodys_turn() -> None:
    turns = Turns(1)
    first = turns.take(1)

    with pytest.raises(TimeoutError):
        turns.take(0.01)
    turns.give(first)

    turns.take(0)
    with pytest.raises(TimeoutError):
        turns.take(0)


def test_who_is_interrupted_while_he_waits_leaves_the_queue() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    turns = Turns(1)
    first = turns.take(1)
    before = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            turns.take(30)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)

    turns.give(first)
    turns.give(turns.take(0))  # it was not handed to somebody who is gone


def test_a_transaction_that_gets_no_turn_in_time_says_that_the_database_is_busy(database: Database) -> None:
    impatient = Database(database.engine.url.render_as_string(hide_password=False), lock_timeout_ms=40)
    taken = []
    try:
        while True:
            taken.append(impatient._writers.take(0.2))
    except TimeoutError:
        pass
    try:
        with pytest.raises(DatabaseBusy) as refused, impatient.transaction():
            pass
        assert refused.value.remedy == "Try again in a moment."
        with impatient.reading() as session:  # who reads waits for nobody
            assert session.connection().exec_driver_sql("SELECT 1").scalar_one() == 1
    finally:
        for began_at in taken:
            impatient._writers.give(began_at)
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
