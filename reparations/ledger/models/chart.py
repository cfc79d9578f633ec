"""The chart of accounts: what every fund keeps in every currency it uses.  `docs/ledger.md` explains each."""

from __future__ import annotations

from enum import StrEnum


class AccountKind(StrEnum):
    """The side of the books an account stands on; it gives the account its limit.

    An asset or an expense never falls below zero, a liability or an income never rises above it (a balance is debits
    less credits), the memorandum `uncommitted` never falls below zero, and a position goes either way.
    """

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"
    CLEARING = "clearing"
    POSITION = "position"


class AccountCode(StrEnum):
    """The accounts that every fund keeps in every currency it uses."""

    UNCOMMITTED = "uncommitted"
    PLEDGES = "pledges"
    PLEDGES_RECEIVABLE = "pledges_receivable"
    CONTRIBUTIONS = "contributions"
    INTEREST = "interest"
    REFUNDS = "refunds"
    AWARDS = "awards"
    FEES = "fees"
    COSTS = "costs"
    OPENING = "opening"
    INTERFUND = "interfund"
    EXCHANGE = "exchange"
    EXCHANGE_GAINS = "exchange_gains"
    EXCHANGE_LOSSES = "exchange_losses"
    WAIVERS = "waivers"
    OVERPAYMENTS = "overpayments"
    RETURNED = "returned"
    IN_TRANSIT = "in_transit"
    HELD_IN_TRUST = "held_in_trust"
    AWARDS_PAYABLE = "awards_payable"
    RESERVED = "reserved"
    BANK = "bank"


KINDS: dict[AccountCode, AccountKind] = {
    AccountCode.UNCOMMITTED: AccountKind.CLEARING,
    AccountCode.PLEDGES: AccountKind.LIABILITY,
    AccountCode.PLEDGES_RECEIVABLE: AccountKind.ASSET,
    AccountCode.CONTRIBUTIONS: AccountKind.INCOME,
    AccountCode.INTEREST: AccountKind.INCOME,
    AccountCode.REFUNDS: AccountKind.EXPENSE,
    AccountCode.AWARDS: AccountKind.EXPENSE,
    AccountCode.FEES: AccountKind.EXPENSE,
    AccountCode.COSTS: AccountKind.EXPENSE,
    AccountCode.OPENING: AccountKind.POSITION,
    AccountCode.INTERFUND: AccountKind.POSITION,
    AccountCode.EXCHANGE: AccountKind.POSITION,
    AccountCode.EXCHANGE_GAINS: AccountKind.INCOME,
    AccountCode.EXCHANGE_LOSSES: AccountKind.EXPENSE,
    AccountCode.WAIVERS: AccountKind.EXPENSE,
    AccountCode.OVERPAYMENTS: AccountKind.ASSET,
    AccountCode.RETURNED: AccountKind.ASSET,
    AccountCode.IN_TRANSIT: AccountKind.ASSET,
    AccountCode.HELD_IN_TRUST: AccountKind.LIABILITY,
    AccountCode.AWARDS_PAYABLE: AccountKind.LIABILITY,
    AccountCode.RESERVED: AccountKind.ASSET,
    AccountCode.BANK: AccountKind.ASSET,
}
"""The chart, in the order in which accounts are opened.  Balances are locked in that order, so the account that most
clients want at once, the bank's, is locked last and held for the shortest time."""

FLOORED = frozenset({AccountKind.ASSET, AccountKind.EXPENSE, AccountKind.CLEARING})
"""Kinds whose balance never falls below zero."""

CEILED = frozenset({AccountKind.LIABILITY, AccountKind.INCOME})
"""Kinds whose balance never rises above zero."""

COVERED = frozenset(
    {
        AccountCode.CONTRIBUTIONS,
        AccountCode.INTEREST,
        AccountCode.REFUNDS,
        AccountCode.AWARDS,
        AccountCode.FEES,
        AccountCode.COSTS,
        AccountCode.OPENING,
        AccountCode.INTERFUND,
        AccountCode.EXCHANGE,
        AccountCode.EXCHANGE_GAINS,
        AccountCode.EXCHANGE_LOSSES,
        AccountCode.WAIVERS,
        AccountCode.OVERPAYMENTS,
    }
)
"""The accounts that `uncommitted` follows, with the sign turned.  All others but pledges are money held or money owed,
so `uncommitted` is always the money held less the money owed; money somebody has yet to pay back is not among it."""
