"""Sealed fields open in their own place only, and tell nothing while sealed."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reparations.vault import (
    Keyring,
    SealBroken,
    SubjectVault,
    blind_index,
    commitment,
    create_subject,
    normalise_digits,
    normalise_name,
    open_subject,
)
from reparations.vault.keyring import KEY_NAMES, KeysExist, KeysExposed, KeysMissing, KeysWeak
from reparations.vault.models import SubjectKey
from reparations.vault.sealing import SubjectErased
from tests.conftest import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

NAME = "Canary Exemple-Ngoma"
PLACE = "party|name|pty_1"


@given(plaintext=st.binary(max_size=200))
def test_what_was_sealed_opens_to_the_same_bytes(plaintext: bytes) -> None:
    vault = SubjectVault(bytes(range(32)))

    assert vault.open_bytes(place=PLACE, sealed=vault.seal(place=PLACE, plaintext=plaintext)) == plaintext


def test_a_subjects_field_opens_in_a_later_transaction(session: Session) -> None:
    sealed = create_subject(session, "pty_1", at=NOON).seal(place=PLACE, plaintext=NAME)

    assert open_subject(session, "pty_1").open(place=PLACE, sealed=sealed) == NAME


@pytest.mark.parametrize("place", ["party|name|pty_2", "party|phone|pty_1", "harm|name|pty_1"])
def test_a_value_moved_to_another_row_or_column_does_not_open(session: Session, place: str) -> None:
    vault = create_subject(session, "pty_1", at=NOON)
    sealed = vault.seal(place=PLACE, plaintext=NAME)

    with pytest.raises(SealBroken):
        vault.open(place=place, sealed=sealed)


def test_one_changed_bit_anywhere_is_found(session: Session) -> None:
    vault = create_subject(session, "pty_1", at=NOON)
    sealed = vault.seal(place=PLACE, plaintext=NAME)

    for index in range(len(sealed)):
        changed = bytearray(sealed)
        changed[index] ^= 1
        with pytest.raises(SealBroken):
            vault.open(place=PLACE, sealed=bytes(changed))


def test_another_subjects_key_opens_nothing(session: Session) -> None:
    sealed = create_subject(session, "pty_1", at=NOON).seal(place=PLACE, plaintext=NAME)

    with pytest.raises(SealBroken):
        create_subject(session, "pty_2", at=NOON).open(place=PLACE, sealed=sealed)


def test_equal_values_look_different_and_lengths_come_in_buckets() -> None:
    vault = SubjectVault(bytes(range(32)))
    short, same, longer = (vault.seal(place=PLACE, plaintext=text) for text in ("Ann", "Ann", "Wilhelmina-Jo"))

    assert short != same
    assert len(short) == len(longer)


def test_an_erased_subject_says_so(session: Session) -> None:
    with pytest.raises(SubjectErased):
        open_subject(session, "pty_gone")


def test_keys_are_stored_wrapped(session: Session) -> None:
    vault = create_subject(session, "pty_1", at=NOON)
    row = session.get(SubjectKey, "pty_1")

    assert row is not None
    assert vault.key not in row.wrapped_key
    assert repr(vault.key) not in repr(vault)


def test_a_commitment_is_the_subjects_own(session: Session) -> None:
    create_subject(session, "pty_1", at=NOON)
    create_subject(session, "pty_2", at=NOON)

    assert commitment(session, "pty_1", b"x") == commitment(session, "pty_1", b"x")
    assert commitment(session, "pty_1", b"x") != commitment(session, "pty_2", b"x")


def test_an_index_finds_equal_values_of_one_field_only(session: Session) -> None:
    phone = blind_index(session, field="phone", value="243970000001")

    assert phone == blind_index(session, field="phone", value="243970000001")
    assert phone != blind_index(session, field="national_id", value="243970000001")
    assert len(phone) == 16


@pytest.mark.parametrize("spelling", ["Amína YUSUF", "Yusuf Amina", "amina-yusuf", " AMINA   Yusuf "])
def test_a_name_is_found_in_another_order_case_or_accent(spelling: str) -> None:
    assert normalise_name(spelling) == "amina yusuf"


def test_a_number_is_found_with_or_without_its_punctuation() -> None:
    assert normalise_digits("+243 (97) 000-0001") == "243970000001"


def test_made_keys_are_private_different_and_never_replaced(tmp_path: Path) -> None:
    Keyring.create(tmp_path)

    texts = {(tmp_path / f"{name}.key").read_text() for name in KEY_NAMES}
    assert len(texts) == len(KEY_NAMES)
    assert all(stat.S_IMODE((tmp_path / f"{name}.key").stat().st_mode) == 0o600 for name in KEY_NAMES)
    with pytest.raises(KeysExist):
        Keyring.create(tmp_path)


def test_a_missing_key_refuses_to_start(tmp_path: Path) -> None:
    Keyring.create(tmp_path)
    (tmp_path / "token.key").unlink()

    with pytest.raises(KeysMissing):
        Keyring.load(tmp_path)


@pytest.mark.parametrize("text", ["", "00" * 32, "ab" * 16, "password", "ff" * 31])
def test_a_weak_key_refuses_to_start(tmp_path: Path, text: str) -> None:
    Keyring.create(tmp_path)
    (tmp_path / "token.key").write_text(text)

    with pytest.raises(KeysWeak):
        Keyring.load(tmp_path)


def test_one_key_for_two_purposes_refuses_to_start(tmp_path: Path) -> None:
    Keyring.create(tmp_path)
    (tmp_path / "token.key").write_text((tmp_path / "kek.key").read_text())

    with pytest.raises(KeysWeak):
        Keyring.load(tmp_path)


def test_a_key_others_can_read_refuses_to_start(tmp_path: Path) -> None:
    Keyring.create(tmp_path)
    (tmp_path / "log.key").chmod(0o640)

    with pytest.raises(KeysExposed):
        Keyring.load(tmp_path)


def test_a_keyring_shows_no_key(keyring: Keyring) -> None:
    assert repr(keyring) == "Keyring()"
