"""The text formats of C2SP: what others published is read, what we write is what they would read."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reparations.audit.notes import (
    Checkpoint,
    NoteUnreadable,
    open_checkpoint,
    sign_checkpoint,
    verifier_key,
    write_proof,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CHECKPOINT = Checkpoint("example.org/log", 12, b"\x07" * 32)


def test_a_checkpoint_is_three_lines() -> None:
    assert CHECKPOINT.text == "example.org/log\n12\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
    assert Checkpoint.parse(CHECKPOINT.text) == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "example.org/log\n12\n",
        "example.org/log\n012\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "example.org/log\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n",
        "example.org/log\n12\nBwcH\n",
        "\n12\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "example.org/log\n12\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwd=\n",
        "example.org/log\n12\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nmore\n",
    ],
)
def test_another_spelling_of_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteUnreadable):
        Checkpoint.parse(text)


def test_a_signed_checkpoint_is_read_back_with_its_key_only() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY)

    assert open_checkpoint(note, KEY.public_key()) == CHECKPOINT
    for wrong in (note.replace("\n12\n", "\n13\n"), note[:-6] + "AAAA=\n", note.replace("\n\n", "\n"), CHECKPOINT.text):
        with pytest.raises(NoteUnreadable):
            open_checkpoint(wrong, KEY.public_key())
    with pytest.raises(NoteUnreadable):
        open_checkpoint(note, Ed25519PrivateKey.generate().public_key())


def test_signatures_of_others_are_passed_over() -> None:
    note = sign_checkpoint(CHECKPOINT, KEY) + "\u2014 witness.example AAAAAAAA\n\u2014 example.org/log !!!\n"
    assert open_checkpoint(note, KEY.public_key()) == CHECKPOINT


def test_the_verifier_key_names_the_log() -> None:
    name, key_id, encoded = verifier_key("example.org/log", KEY.public_key()).split("+", 2)
    assert (name, len(key_id)) == ("example.org/log", 8)
    assert encoded.startswith("A")  # base64 of the type 0x01


def test_a_proof_is_written_as_c2sp_has_it() -> None:
    proof = write_proof(seq=5, leaf=b"{}", path=[b"\x07" * 32], note="note\n")
    assert proof == (
        "c2sp.org/tlog-proof@v1\nextra e30=\nindex 5\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\nnote\n"
    )
