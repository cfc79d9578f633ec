"""What is true of an entry before it is posted.  Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from reparations.ledger.errors import EntryMalformed, UnknownMovement
from reparations.ledger.postings import MOVEMENTS, NewTransfer
from reparations.money import MAX_AMOUNT_MINOR

MAX_TRANSFERS_PER_ENTRY = 10_000
"""A longer deed is posted in chunks, each with an entry id of its own: measured to cost nothing, and other clients wait
for 14 ms instead of 48."""

MAX_ID_CHARACTERS = 200
_PLAIN = bytes(range(0x20, 0x7F))
"""What `str.isprintable` lets pass of ASCII; taking it away takes a third of the time."""
MAX_TOTAL_MINOR = 2**62
"""Of an entry's transfers together, whatever their currencies: no database overflows in summing them."""


def check_entry(entry_id: str, transfers: Sequence[NewTransfer]) -> None:
    """Refuse an entry that the database would refuse too, with a better message.

    Raises:
        EntryMalformed: no transfer, too many, an id twice, an id that is not plain text, an amount not positive, or too
            much together.
        UnknownMovement: a pair of accounts that no deed moves money between.
    """
    if not 1 <= len(transfers) <= MAX_TRANSFERS_PER_ENTRY:
        raise EntryMalformed(
            f"An entry has 1 to {MAX_TRANSFERS_PER_ENTRY:,} transfers; this one has {len(transfers):,}.",
            record=entry_id,
            remedy="Post a long deed in chunks, each with its own entry id.",
        )
    if len({transfer.id for transfer in transfers}) != len(transfers):
        raise EntryMalformed("Two transfers of the entry have the same id.", record=entry_id)
    for name in (entry_id, *(transfer.id for transfer in transfers)):
        if not (0 < len(name) <= MAX_ID_CHARACTERS and name.isascii() and name.isprintable()):
            raise EntryMalformed(
                f"An id in the books is 1 to {MAX_ID_CHARACTERS} plain characters, made from the deed it names."
            )
    _check_total(entry_id, sum([transfer.amount_minor for transfer in transfers]))
    for transfer in transfers:
        if not 0 < transfer.amount_minor <= MAX_AMOUNT_MINOR:
            raise EntryMalformed("A transfer moves a positive amount.", record=transfer.id)
        debit_credit = (transfer.debit, transfer.credit)
        if transfer.reverses_id is not None:
            debit_credit = debit_credit[::-1]
        if debit_credit not in MOVEMENTS:
            raise UnknownMovement(
                f"No deed debits {transfer.debit} and credits {transfer.credit}.",
                record=transfer.id,
                remedy="Use the deeds in reparations.ledger.postings; docs/ledger.md lists them.",
            )


def check_batch(entry_id: str, amounts: Mapping[str, int]) -> None:
    """Refuse the transfers of a batch, id to minor units, that the database would refuse too, with a better message.

    Raises:
        EntryMalformed: none, too many, an id that is not plain text, an amount not positive, or too
            much together.
    """
    if not 1 <= len(amounts) <= MAX_TRANSFERS_PER_ENTRY:
        raise EntryMalformed(
            f"An entry has 1 to {MAX_TRANSFERS_PER_ENTRY:,} transfers; this one has {len(amounts):,}.",
            record=entry_id,
            remedy="Post a long deed in chunks, each with its own entry id.",
        )
    names = "".join(amounts) + entry_id  # looked at together: one by one takes longer than inserting them
    lengths = {len(entry_id), *map(len, amounts)}
    plain = names.isascii() and not names.encode().translate(None, _PLAIN)
    if not (plain and 0 < min(lengths) <= max(lengths) <= MAX_ID_CHARACTERS):
        raise EntryMalformed(
            f"An id in the books is 1 to {MAX_ID_CHARACTERS} plain characters, made from the deed it names."
        )
    if not 0 < min(amounts.values()) <= max(amounts.values()) <= MAX_AMOUNT_MINOR:
        raise EntryMalformed("A transfer moves a positive amount.", record=entry_id)
    _check_total(entry_id, sum(amounts.values()))


def _check_total(entry_id: str, total_minor: int) -> None:
    if total_minor > MAX_TOTAL_MINOR:
        raise EntryMalformed(
            "The transfers of the entry move more together than the books sum.",
            record=entry_id,
            remedy="See whether the amounts were meant; post a long deed in chunks.",
        )


class Sides(NamedTuple):
    """What the transfers of a group have in common; an entry is one group for each that occurs in it."""

    fund_id: str
    currency: str
    debit_account_id: int
    credit_account_id: int
    occurred_on: str
    """ISO 8601."""
    recorded_at: str
    """See `iso_instant`."""


Line = tuple[str, int, str | None]
"""What a transfer says beyond its group: id, minor units, the transfer it reverses."""


def compute_group_sha256(lines: Iterable[Line]) -> bytes:
    """Hash the transfers of a group, in the order of their ids; the databases write the same text themselves.

    It is the amounts with commas between them, then each id on a line of its own; after an empty line, the id of each
    reversal and of what it reverses.  No deed makes an id with a line break in it; where somebody has written one past
    the service, the lines are hashed as JSON, so that no two groups are one text.
    """
    ordered = sorted(lines)
    names = [name for name, _, _ in ordered]
    reversed_names = [
        part for name, _, reverses_id in ordered if reverses_id is not None for part in (name, reverses_id)
    ]
    if any("\n" in name for name in (*names, *reversed_names)):
        return sha256(json.dumps(ordered).encode()).digest()
    written = ",".join([str(amount_minor) for _, amount_minor, _ in ordered]) + "\n" + "\n".join(names)
    if reversed_names:
        written += "\n\n" + "\n".join(reversed_names)
    return sha256(written.encode()).digest()


def write_batch(amounts: Mapping[str, int]) -> tuple[str, str]:
    """Write minor units by id as `compute_group_sha256` would, of transfers that reverse nothing: amounts, then ids.

    Args:
        amounts: see `check_batch`.
    """
    names = sorted(amounts)
    return ",".join(map(str, map(amounts.__getitem__, names))), "\n".join(names)


def compute_entry_digest(entry_id: str, groups: Mapping[Sides, bytes]) -> bytes:
    """Hash a whole entry, for the event log.

    Args:
        entry_id: of the entry.
        groups: hash of each group's transfers, see `compute_group_sha256`.
    """
    digest = sha256(json.dumps(["ledger-entry-v3", entry_id]).encode())
    for sides in sorted(groups):
        digest.update(json.dumps([*sides, groups[sides].hex()]).encode())
    return digest.digest()
