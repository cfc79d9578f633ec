"""Bodies of requests and answers about funds, gifts and the books."""

from reparations.ledger.schemas.books import (
    AccountAsOfView,
    AccountView,
    BalancesAsOfView,
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
from reparations.ledger.schemas.values import AsOf, FundId, KnownAt, MoneyView

__all__ = [
    "AccountAsOfView",
    "AccountView",
    "AsOf",
    "BalancesAsOfView",
    "BalancesView",
    "BookView",
    "ContributionView",
    "DonorView",
    "EntryView",
    "FormBody",
    "FundId",
    "FundView",
    "IdentityView",
    "KnownAt",
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
