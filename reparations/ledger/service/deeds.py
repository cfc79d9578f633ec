"""What every deed comes to, whichever way it takes into the books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reparations.audit import RowDigest
from reparations.ledger import rules
from reparations.ledger.errors import AccountNotFound
from reparations.ledger.postings import NewTransfer
from reparations.ledger.rules import Sides


@dataclass(frozen=True, slots=True)
class Posting:
    """What became of an entry."""

    entry_id: str
    posted: bool
    """False if exactly this entry was in the books already."""
    digest: RowDigest
    """For `audit.record(rows=…)`: commits to every transfer of the entry, in one row."""


def make_posting(entry_id: str, groups: Mapping[Sides, bytes]) -> Posting:
    """Say that an entry is in the books now.

    Args:
        entry_id: of the entry.
        groups: hash of each group's transfers, see `rules.compute_group_sha256`.
    """
    digest = rules.compute_entry_digest(entry_id, groups)
    return Posting(entry_id, posted=True, digest=RowDigest("ledger_transfer", entry_id, digest))


def find_accounts(numbers: Mapping[tuple[str, str, str], int], transfer: NewTransfer) -> tuple[int, int]:
    """Return the account that a transfer debits and the one it credits.

    Args:
        numbers: see `queries.list_account_ids`.
        transfer: of one of these funds.

    Raises:
        AccountNotFound: the fund keeps no books in that currency.
    """
    book = (transfer.fund_id, transfer.currency)
    debit, credit = numbers.get((*book, transfer.debit)), numbers.get((*book, transfer.credit))
    if debit is None or credit is None:
        raise AccountNotFound(f"The fund keeps no books in {transfer.currency}.", record=transfer.fund_id)
    return debit, credit
