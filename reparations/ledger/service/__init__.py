"""Posting, and keeping funds, donors, pledges and receipts."""

from reparations.ledger.service.batches import post_batch, post_batch_from
from reparations.ledger.service.clearing import approve_clearance, prepare_clearance
from reparations.ledger.service.currencies import (
    exchange_money,
    record_rate,
    revalue_position,
)
from reparations.ledger.service.deeds import Posting
from reparations.ledger.service.funds import FormGrant, open_fund
from reparations.ledger.service.gifts import (
    Condition,
    receive_contribution,
    receive_unpledged,
    record_donor,
    record_pledge,
)
from reparations.ledger.service.opening import (
    confirm_opening,
    prepare_opening,
)
from reparations.ledger.service.periods import (
    countersign_closing,
    post_late,
    prepare_closing,
    record_adjustment,
)
from reparations.ledger.service.posting import post
from reparations.ledger.service.promises import reduce_pledge, resolve_condition
from reparations.ledger.service.restricting import declare_order, restrict_fund, set_overhead_ceiling
from reparations.ledger.service.reversing import approve_reversal, prepare_reversal
from reparations.ledger.service.spending import (
    approve_move,
    approve_refund,
    pay_cost,
    prepare_move,
    prepare_refund,
    receive_interest,
)

__all__ = [
    "Condition",
    "FormGrant",
    "Posting",
    "approve_clearance",
    "approve_move",
    "approve_refund",
    "approve_reversal",
    "confirm_opening",
    "countersign_closing",
    "declare_order",
    "exchange_money",
    "open_fund",
    "pay_cost",
    "post",
    "post_batch",
    "post_batch_from",
    "post_late",
    "prepare_clearance",
    "prepare_closing",
    "prepare_move",
    "prepare_opening",
    "prepare_refund",
    "prepare_reversal",
    "receive_contribution",
    "receive_interest",
    "receive_unpledged",
    "record_adjustment",
    "record_donor",
    "record_pledge",
    "record_rate",
    "reduce_pledge",
    "resolve_condition",
    "restrict_fund",
    "revalue_position",
    "set_overhead_ceiling",
]
