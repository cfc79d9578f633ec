"""What can go wrong with the books.

::

    NotFound      FundNotFound, DonorNotFound, PledgeNotFound, AccountNotFound, EntryNotFound
    Conflict      FundCodeTaken, DonorCodeTaken, ReferenceReused, TransferIdReused, EntryIdReused,
                  InsufficientFunds, AwardsNotCovered, PledgeExceeded, AlreadyReversed, IdentityBroken
    InvalidInput  UnknownMovement, EntryMalformed, ProgrammeUnknown

None of these leaves anything behind: an entry is posted whole or not at all.
"""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound


class FundNotFound(NotFound):
    """There is no such fund."""

    code = "ledger.fund_not_found"


class DonorNotFound(NotFound):
    """There is no such donor."""

    code = "ledger.donor_not_found"


class PledgeNotFound(NotFound):
    """There is no such pledge."""

    code = "ledger.pledge_not_found"


class AccountNotFound(NotFound):
    """The fund keeps no books in this currency."""

    code = "ledger.account_not_found"


class EntryNotFound(NotFound):
    """The journal has no entry of this name."""

    code = "ledger.entry_not_found"


class FundCodeTaken(Conflict):
    """Another fund has this code."""

    code = "ledger.fund_code_taken"


class DonorCodeTaken(Conflict):
    """Another donor has this code."""

    code = "ledger.donor_code_taken"


class ReferenceReused(Conflict):
    """The reference was given before, for something else."""

    code = "ledger.reference_reused"


class TransferIdReused(Conflict):
    """A transfer of this id is in the books already, and it says something else."""

    code = "ledger.transfer_id_reused"


class EntryIdReused(Conflict):
    """The entry is in the books already, with other transfers: an entry is posted once, whole."""

    code = "ledger.entry_id_reused"


class InsufficientFunds(Conflict):
    """An account would go below zero: the fund does not hold that much there."""

    code = "ledger.insufficient_funds"


class AwardsNotCovered(Conflict):
    """More would be awarded out of the fund than it has received: a pledge is not money."""

    code = "ledger.awards_not_covered"


class PledgeExceeded(Conflict):
    """More would be received against a pledge than was pledged."""

    code = "ledger.pledge_exceeded"


class AlreadyReversed(Conflict):
    """The transfer has been reversed; that happens at most once, and a reversal is not reversed."""

    code = "ledger.already_reversed"


class IdentityBroken(Conflict):
    """What came in is not what is accounted for: the books were changed behind the application's back."""

    code = "ledger.identity_broken"


class UnknownMovement(InvalidInput):
    """The chart knows no deed that debits the one account and credits the other."""

    code = "ledger.unknown_movement"


class EntryMalformed(InvalidInput):
    """An entry has one transfer at least, distinct ids, positive amounts, and no more than the limit."""

    code = "ledger.entry_malformed"


class ProgrammeUnknown(InvalidInput):
    """There is no such programme to tie the fund to."""

    code = "ledger.programme_unknown"
