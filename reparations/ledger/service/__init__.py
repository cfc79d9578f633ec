"""Posting, and keeping funds, donors, pledges and receipts."""

from reparations.ledger.service.funds import FormGrant, open_fund
from reparations.ledger.service.gifts import receive_contribution, record_donor, record_pledge
from reparations.ledger.service.posting import Posting, post

__all__ = [
    "FormGrant",
    "Posting",
    "open_fund",
    "post",
    "receive_contribution",
    "record_donor",
    "record_pledge",
]
