"""Hashing passwords, and the gate before it."""

from __future__ import annotations

from threading import Event, Thread

import argon2
import pytest

from reparations.access import passwords
from reparations.access.errors import PasswordsBusy

PASSWORD = "four unrelated words here"


def test_a_password_is_hashed_with_argon2id_as_published() -> None:
    found = argon2.extract_parameters(passwords.hash_password(PASSWORD))

    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (argon2.Type.ID, 19 * 1024, 2, 1)


def test_the_hash_of_nobody_costs_the_same() -> None:
    nobodys = argon2.extract_parameters(passwords._NOBODYS_HASH)

    assert nobodys == argon2.extract_parameters(passwords.hash_password(PASSWORD))


def test_a_password_is_recognised_and_another_is_not() -> None:
    password_hash = passwords.hash_password(PASSWORD)

    assert passwords.is_password(PASSWORD, password_hash=password_hash)
    assert not passwords.is_password(PASSWORD + " ", password_hash=password_hash)
    assert not passwords.is_password("", password_hash=password_hash)
    assert not passwords.is_password(PASSWORD, password_hash=None)


def test_equal_characters_from_two_keyboards_are_one_password() -> None:
    password_hash = passwords.hash_password("caf\u00e9 four words")

    assert passwords.is_password("cafe\u0301 four words", password_hash=password_hash)


def test_half_a_character_is_a_wrong_password_and_no_fault() -> None:
    assert not passwords.is_password("\ud800 broken", password_hash=passwords.hash_password(PASSWORD))


def test_the_gate_turns_away_whoever_finds_the_queue_full() -> None:
    gate = passwords.Gate(width=1, queue=0, longest_wait_s=5)

    with gate.passed(), pytest.raises(PasswordsBusy), gate.passed():
        pytest.fail("two were inside")
    with gate.passed():
        pass  # and it is open again


def test_the_gate_lets_nobody_wait_for_ever() -> None:
    gate = passwords.Gate(width=1, queue=1, longest_wait_s=0.01)

    with gate.passed(), pytest.raises(PasswordsBusy), gate.passed():
        pytest.fail("two were inside")
    with gate.passed():
        pass


def test_the_gate_lets_the_next_in_when_one_leaves() -> None:
    gate = passwords.Gate(width=1, queue=1, longest_wait_s=5)
    inside, leave, done = Event(), Event(), Event()

    def first() -> None:
        with gate.passed():
            inside.set()
            leave.wait(5)

    def second() -> None:
        with gate.passed():
            done.set()

    threads = [Thread(target=first), Thread(target=second)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    assert not done.wait(0.05)
    leave.set()
    assert done.wait(5)
    for thread in threads:
        thread.join(5)
