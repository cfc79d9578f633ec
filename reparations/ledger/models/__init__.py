"""Tables of funds, gifts and the double-entry books, and the chart of accounts."""

from reparations.ledger.models.books import LedgerAccount, LedgerBalance, LedgerTransfer
from reparations.ledger.models.chart import CEILED, COVERED, FLOORED, KINDS, AccountCode, AccountKind
from reparations.ledger.models.gifts import (
    AwardForm,
    Contribution,
    ContributionSource,
    Donor,
    DonorKind,
    Fund,
    FundForm,
    Pledge,
)

__all__ = [
    "CEILED",
    "COVERED",
    "FLOORED",
    "KINDS",
    "AccountCode",
    "AccountKind",
    "AwardForm",
    "Contribution",
    "ContributionSource",
    "Donor",
    "DonorKind",
    "Fund",
    "FundForm",
    "LedgerAccount",
    "LedgerBalance",
    "LedgerTransfer",
    "Pledge",
]
