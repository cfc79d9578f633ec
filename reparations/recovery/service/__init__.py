"""The deeds of this room.  Each takes an open transaction and locks, decides, records and logs, in that order.

Rows are locked in this order: the programme's counter, which the making of batches holds too; the claim; then the
books (see `ledger.service.post`); last the head of the log.
"""

from reparations.recovery.service.adjusting import (
    Adjusted,
    approve_adjustment,
    prepare_adjustment,
    prepare_giving_back,
)
from reparations.recovery.service.recovering import (
    approve_waiver,
    notify_payee,
    prepare_waiver,
    receive_repayment,
    set_off,
)

__all__ = [
    "Adjusted",
    "approve_adjustment",
    "approve_waiver",
    "notify_payee",
    "prepare_adjustment",
    "prepare_giving_back",
    "prepare_waiver",
    "receive_repayment",
    "set_off",
]
