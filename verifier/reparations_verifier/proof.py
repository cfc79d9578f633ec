"""Log proofs, https://c2sp.org/tlog-proof, in the one spelling the fund's software writes."""

from __future__ import annotations

from dataclasses import dataclass

from reparations_verifier.notes import HASH_LENGTH, strict_base64
from reparations_verifier.verdict import Refused

MAX_PATH = 64


@dataclass(frozen=True)
class Proof:
    """An event's bytes, its number, the way from it to the root, and the note that signs the root."""

    entry: bytes
    index: int
    path: list[bytes]
    note: str


def read_proof(raw: bytes) -> Proof:
    """Take a proof apart; Refused unless every line is as the format has it."""
    try:
        head, blank, note = raw.decode().partition("\n\n")
        header, extra, index_line, *path_lines = head.split("\n")
        index = int(index_line.removeprefix("index "))
        path = [strict_base64(line) for line in path_lines]
        entry = strict_base64(extra.removeprefix("extra "))
    except ValueError:
        raise Refused("proof_malformed") from None
    as_written = header == "c2sp.org/tlog-proof@v1" and blank and extra.startswith("extra ")
    if not as_written or index_line != f"index {index}" or len(path) > MAX_PATH:
        raise Refused("proof_malformed")
    if any(len(step) != HASH_LENGTH for step in path):
        raise Refused("proof_malformed")
    return Proof(entry, index, path, note)
