"""Tables of funds, gifts and the double-entry books, and the chart of accounts."""

from reparations.ledger.models.books import LedgerAccount, LedgerBalance, LedgerTransfer
from reparations.ledger.models.chart import CEILED, COVERED, FLOORED, KINDS, AccountCode, AccountKind
from reparations.ledger.models.currencies import ExchangePosition, ExchangeRate, ExchangeStep, StepKind
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
from reparations.ledger.models.opening import OPENABLE, OpenedBook, OpeningLine, OpeningSheet
from reparations.ledger.models.periods import LedgerPeriod, PeriodAdjustment, PeriodDraft, PeriodLength, PeriodLine

__all__ = [
    "CEILED",
    "COVERED",
    "FLOORED",
    "KINDS",
    "OPENABLE",
    "AccountCode",
    "AccountKind",
    "AwardForm",
    "Contribution",
    "ContributionSource",
    "Donor",
    "DonorKind",
    "ExchangePosition",
    "ExchangeRate",
    "ExchangeStep",
    "Fund",
    "FundForm",
    "LedgerAccount",
    "LedgerBalance",
    "LedgerPeriod",
    "LedgerTransfer",
    "OpenedBook",
    "OpeningLine",
    "OpeningSheet",
    "PeriodAdjustment",
    "PeriodDraft",
    "PeriodLength",
    "PeriodLine",
    "Pledge",
    "StepKind",
]
