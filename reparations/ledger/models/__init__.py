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
from reparations.ledger.models.promises import (
    ConditionOutcome,
    ConditionResolution,
    PledgeCondition,
    PledgePart,
    PledgeReduction,
    ReductionKind,
)
from reparations.ledger.models.restrictions import (
    AllocationRecord,
    AllocationRule,
    FundingOrder,
    FundRestriction,
    OverheadCeiling,
    RestrictionKind,
)
from reparations.ledger.models.spending import (
    CostClass,
    Interest,
    InterfundApproval,
    InterfundMove,
    ProgrammeCost,
    Refund,
    RefundApproval,
)

__all__ = [
    "CEILED",
    "COVERED",
    "FLOORED",
    "KINDS",
    "OPENABLE",
    "AccountCode",
    "AccountKind",
    "AllocationRecord",
    "AllocationRule",
    "AwardForm",
    "ConditionOutcome",
    "ConditionResolution",
    "Contribution",
    "ContributionSource",
    "CostClass",
    "Donor",
    "DonorKind",
    "ExchangePosition",
    "ExchangeRate",
    "ExchangeStep",
    "Fund",
    "FundForm",
    "FundRestriction",
    "FundingOrder",
    "Interest",
    "InterfundApproval",
    "InterfundMove",
    "LedgerAccount",
    "LedgerBalance",
    "LedgerPeriod",
    "LedgerTransfer",
    "OpenedBook",
    "OpeningLine",
    "OpeningSheet",
    "OverheadCeiling",
    "PeriodAdjustment",
    "PeriodDraft",
    "PeriodLength",
    "PeriodLine",
    "Pledge",
    "PledgeCondition",
    "PledgePart",
    "PledgeReduction",
    "ProgrammeCost",
    "ReductionKind",
    "Refund",
    "RefundApproval",
    "RestrictionKind",
    "StepKind",
]
