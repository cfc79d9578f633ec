"""What the books say, as an accountant reads it: position, activities, cash and the identity of one book.  Pure.

Everything is made of what moved between which two accounts, so the statements cannot disagree with the journal, only
with each other; `tests/ledger/test_statements.py` holds them together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain

from reparations.ledger.models import KINDS, AccountCode, AccountKind
from reparations.ledger.postings import MOVEMENTS, Movement
from reparations.ledger.rules.identity import normal_balance

Pair = tuple[AccountCode, AccountCode]
"""The account debited and the account credited."""

HELD = (AccountCode.BANK, AccountCode.RESERVED, AccountCode.IN_TRANSIT, AccountCode.RETURNED)
"""Where a fund's money is while it is the fund's: the cash of the cash flow statement."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How much moved in one book, minor units, by the accounts debited and credited."""

    posted: Mapping[Pair, int] = field(default_factory=dict)
    """By deeds."""
    reversals: Mapping[Pair, int] = field(default_factory=dict)
    """By corrections that undo them: the pair is the deed's, the other way round."""

    def __add__(self, later: Moved) -> Moved:
        """Put what moved before and after together."""
        return Moved(_added(self.posted, later.posted), _added(self.reversals, later.reversals))

    def net(self, *movements: Movement) -> int:
        """What these movements moved in all, less what corrections took back; minor units."""
        return sum(self._net_of(movement.value) for movement in movements)

    def debits(self, code: AccountCode) -> int:
        """Everything debited to an account; minor units."""
        return sum(amount for (debit, _), amount in self._all() if debit == code)

    def credits(self, code: AccountCode) -> int:
        """Everything credited to an account; minor units."""
        return sum(amount for (_, credit), amount in self._all() if credit == code)

    def balance(self, *codes: AccountCode) -> int:
        """Debits less credits of some accounts together; minor units."""
        return sum(self.debits(code) - self.credits(code) for code in codes)

    def cash_flows(self) -> dict[Pair, int]:
        """What came into the money held (above zero) or left it, by the pair of accounts of the deed; minor units."""
        flows = {}
        for debit, credit in sorted(MOVEMENTS):
            if (debit in HELD) != (credit in HELD):
                flows[debit, credit] = self._net_of((debit, credit)) * (1 if debit in HELD else -1)
        return flows

    def _net_of(self, pair: Pair) -> int:
        return self.posted.get(pair, 0) - self.reversals.get((pair[1], pair[0]), 0)

    def _all(self) -> Iterator[tuple[Pair, int]]:
        return chain(self.posted.items(), self.reversals.items())


class StatementKind(StrEnum):
    """The statements that can be asked for."""

    TRIAL_BALANCE = "trial_balance"
    GENERAL_LEDGER = "general_ledger"
    FINANCIAL_POSITION = "financial_position"
    ACTIVITIES = "activities"
    CASH_FLOW = "cash_flow"
    IDENTITY = "identity"
    DONOR = "donor"
    AGEING = "ageing"


class Restriction(StrEnum):
    """Whether those who gave have said what a fund's money may be used for."""

    RESTRICTED = "with_restrictions"
    UNRESTRICTED = "without_restrictions"


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a statement.  `section` says where it stands; of a total, `item` begins with ``total_``."""

    section: str
    item: str
    amount_minor: int


def list_position(moved: Moved) -> list[Item]:
    """Make the statement of financial position: assets = liabilities + net assets.

    A pledge is an asset with its mirror among the liabilities: it adds nothing to what a fund is worth until it is
    received.
    """
    assets = _items("assets", _codes(AccountKind.ASSET), moved)
    liabilities = _items("liabilities", _codes(AccountKind.LIABILITY), moved)
    positions = _items("net_assets", _codes(AccountKind.POSITION), moved)
    result = -moved.balance(*_codes(AccountKind.INCOME), *_codes(AccountKind.EXPENSE))
    net_assets = [Item("net_assets", "result", result), *positions]
    return [
        *assets,
        Item("assets", "total_assets", _total(assets)),
        *liabilities,
        Item("liabilities", "total_liabilities", _total(liabilities)),
        *net_assets,
        Item("net_assets", "total_net_assets", _total(net_assets)),
        Item("net_assets", "total_liabilities_and_net_assets", _total(liabilities) + _total(net_assets)),
    ]


def list_activities(before: Moved, during: Moved) -> list[Item]:
    """Make the statement of activities: what changed the net assets between two days.

    Args:
        before: what moved before the period.
        during: what moved in it.
    """
    income = _items("income", _codes(AccountKind.INCOME), during)
    expense = _items("expense", _codes(AccountKind.EXPENSE), during)
    others = _items("other_changes", _codes(AccountKind.POSITION), during)
    change = _total(income) - _total(expense) + _total(others)
    at_start = _net_assets(before)
    return [
        *income,
        Item("income", "total_income", _total(income)),
        *expense,
        Item("expense", "total_expense", _total(expense)),
        *others,
        Item("net_assets", "total_change", change),
        Item("net_assets", "total_at_start", at_start),
        Item("net_assets", "total_at_end", at_start + change),
    ]


_CASH_LINES: tuple[tuple[str, str, tuple[Movement, ...]], ...] = (
    ("received", "from_donors", (Movement.RECEIVED,)),
    ("received", "interest", (Movement.INTEREST,)),
    ("received", "overpayments_paid_back", (Movement.PAID_BACK,)),
    ("paid", "to_victims", (Movement.SETTLED,)),
    ("paid", "returned_by_banks", (Movement.RETURNED,)),
    ("paid", "fees", (Movement.FEE,)),
    ("paid", "costs", (Movement.COST,)),
    ("paid", "refunds_to_donors", (Movement.REFUNDED,)),
    ("moved", "from_other_funds", (Movement.TAKEN_IN,)),
    ("moved", "to_other_funds", (Movement.LENT_OUT,)),
    ("moved", "bought_with_other_currencies", (Movement.BOUGHT,)),
    ("moved", "sold_for_other_currencies", (Movement.SOLD,)),
    ("moved", "brought_over", (Movement.OPENED_BANK, Movement.OPENED_IN_TRANSIT, Movement.OPENED_RETURNED)),
)
_OF_CASH_LINES = frozenset(movement.value for _, _, movements in _CASH_LINES for movement in movements)


def list_cash_flow(before: Moved, during: Moved) -> list[Item]:
    """Make the cash flow statement, by the direct method; money that left is below zero.

    Cash is all money held: free, set aside, on its way, and come back.  Moving it between those is no flow.
    """
    flows = during.cash_flows()
    lines = [
        Item(section, item, sum(flows[movement.value] for movement in movements))
        for section, item, movements in _CASH_LINES
    ]
    if other := sum(amount for pair, amount in flows.items() if pair not in _OF_CASH_LINES):
        lines.append(Item("moved", "other", other))
    shown: list[Item] = []
    for section in ("received", "paid", "moved"):
        own = [line for line in lines if line.section == section]
        shown += [*own, Item(section, f"total_{section}", _total(own))]
    at_start = before.balance(*HELD)
    change = _total(lines)
    return [
        *shown,
        Item("cash", "total_change", change),
        Item("cash", "total_at_start", at_start),
        Item("cash", "total_at_end", at_start + change),
    ]


def list_identity(moved: Moved) -> list[Item]:
    """Make the conservation identity: what came in is what was paid and spent and what is still held."""
    exchange = (AccountCode.EXCHANGE, AccountCode.EXCHANGE_GAINS, AccountCode.EXCHANGE_LOSSES)
    opened = (Movement.OPENED_BANK, Movement.OPENED_IN_TRANSIT, Movement.OPENED_RETURNED)
    came_in = [
        Item("came_in", "contributions", -moved.balance(AccountCode.CONTRIBUTIONS)),
        Item("came_in", "interest", -moved.balance(AccountCode.INTEREST)),
        Item("came_in", "opening", moved.net(*opened)),
        Item("came_in", "exchange", -moved.balance(*exchange)),
        Item("came_in", "interfund", -moved.balance(AccountCode.INTERFUND)),
        Item("came_in", "overpayments_paid_back", moved.net(Movement.PAID_BACK)),
    ]
    accounted_for = [
        Item("accounted_for", "to_victims", moved.net(Movement.SETTLED) - moved.net(Movement.RETURNED)),
        *_items("accounted_for", (AccountCode.FEES, AccountCode.COSTS, AccountCode.REFUNDS, *HELD), moved),
    ]
    return [
        *came_in,
        Item("came_in", "total_came_in", _total(came_in)),
        *accounted_for,
        Item("accounted_for", "total_accounted_for", _total(accounted_for)),
        Item("accounted_for", "total_difference", _total(came_in) - _total(accounted_for)),
    ]


BUCKETS = ((30, "days_0_30"), (60, "days_31_60"), (90, "days_61_90"), (365, "days_91_365"))
"""Up to so many days after the day that counts, and what that is called."""

OLDEST = "days_over_365"
NOT_DUE = "not_due"


def name_age(counted_from: date, *, as_of: date) -> str:
    """Say how old something is: before its day ``not_due``, then by the number of days since."""
    days = (as_of - counted_from).days
    if days < 0:
        return NOT_DUE
    return next((name for limit, name in BUCKETS if days <= limit), OLDEST)


def share_newest_first(held_minor: int, receipts_minor: list[int]) -> tuple[list[int], int]:
    """Say how much of each receipt is still there when the oldest money is spent first.

    Args:
        held_minor: money held, minor units.
        receipts_minor: what was received, oldest first.

    Returns:
        What is left of each receipt, and money held that came otherwise; together they are `held_minor`.
    """
    left, shares = held_minor, []
    for received in reversed(receipts_minor):
        share = max(0, min(left, received))
        shares.append(share)
        left -= share
    return shares[::-1], left


def _added(first: Mapping[Pair, int], other: Mapping[Pair, int]) -> dict[Pair, int]:
    return {pair: first.get(pair, 0) + other.get(pair, 0) for pair in first.keys() | other.keys()}


def _codes(kind: AccountKind) -> tuple[AccountCode, ...]:
    return tuple(code for code, own in KINDS.items() if own == kind)


def _items(section: str, codes: tuple[AccountCode, ...], moved: Moved) -> list[Item]:
    """One line for each account, positive on its normal side."""
    return [Item(section, code.value, normal_balance(code, moved.balance(code))) for code in codes]


def _net_assets(moved: Moved) -> int:
    kinds = (AccountKind.INCOME, AccountKind.EXPENSE, AccountKind.POSITION)
    return -moved.balance(*(code for kind in kinds for code in _codes(kind)))


def _total(items: list[Item]) -> int:
    return sum(item.amount_minor for item in items)
