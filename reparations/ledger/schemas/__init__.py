"""Bodies of requests and answers about funds, gifts and the books."""

from reparations.ledger.schemas.books import (
    AccountView,
    BalancesView,
    BookView,
    EntryView,
    IdentityView,
    LineView,
    TrialBalanceView,
    TrialLineView,
    TrialTotalView,
)
from reparations.ledger.schemas.gifts import (
    ContributionView,
    DonorView,
    FormBody,
    FundView,
    NewContribution,
    NewDonor,
    NewFund,
    NewPledge,
    PledgeView,
)
from reparations.ledger.schemas.values import AsOf, FundId, MoneyView

__all__ = [
    "AccountView",
    "AsOf",
    "BalancesView",
    "BookView",
    "ContributionView",
    "DonorView",
    "EntryView",
    "FormBody",
    "FundId",
    "FundView",
    "IdentityView",
    "LineView",
    "MoneyView",
    "NewContribution",
    "NewDonor",
    "NewFund",
    "NewPledge",
    "PledgeView",
    "TrialBalanceView",
    "TrialLineView",
    "TrialTotalView",
]
