"""The deeds that move money, each as the transfers it posts.  Pure; nobody else spells an account's code.

Ids come from the deed, so that doing it twice posts it once.  A fund's money goes round like this::

    pledge recorded       debit pledges_receivable   credit pledges
    contribution received debit bank                 credit contributions     (and the pledge is met by as much)
    award recognised      debit awards               credit awards_payable  (so a round; its awards then in its place)
    batch approved        debit reserved             credit bank
    payment dispatched    debit in_transit           credit reserved
    payment settled       debit awards_payable       credit in_transit
    payment returned      debit returned             credit awards_payable
    reissue approved      debit reserved             credit returned
    award written back    debit awards_payable       credit awards
    overpayment found     debit overpayments         credit awards
    overpayment set off   debit awards_payable       credit overpayments
    overpayment repaid    debit bank                 credit overpayments
    overpayment waived    debit waivers              credit overpayments
    put in trust          debit awards_payable       credit held_in_trust
    released from trust   debit held_in_trust        credit awards_payable

What books were opened with goes round with them, by deeds of its own (`opening_cleared`).
"""

from reparations.ledger.postings.awards import (
    award_met_in_round,
    award_of,
    award_recognised,
    award_written_back,
    overpayment_identified,
    overpayment_repaid,
    overpayment_set_off,
    overpayment_waived,
    put_in_trust,
    round_parted,
    round_recognised,
    trust_reduced,
    trust_released,
)
from reparations.ledger.postings.exchange import (
    money_exchanged,
    position_gained,
)
from reparations.ledger.postings.gifts import (
    contribution_received,
    contribution_refunded,
    cost_paid,
    fee_charged,
    instrument_received,
    interest_received,
    money_moved,
    pledge_recorded,
    pledge_reduced,
)
from reparations.ledger.postings.movements import MOVEMENTS, Movement, NewTransfer, new_transfer, reversal
from reparations.ledger.postings.opening import (
    CLEARING,
    books_opened,
    name_clearance,
    opening_cleared,
    opening_in_transit_of,
)
from reparations.ledger.postings.payments import (
    batch_cancelled,
    batch_reserved,
    payment_dispatched,
    payment_dropped,
    payment_rejected,
    payment_returned,
    payment_settled,
    payment_written_back,
    payments_dispatched,
    reissue_cancelled,
    reissue_reserved,
)

__all__ = [
    "CLEARING",
    "MOVEMENTS",
    "Movement",
    "NewTransfer",
    "award_met_in_round",
    "award_of",
    "award_recognised",
    "award_written_back",
    "batch_cancelled",
    "batch_reserved",
    "books_opened",
    "contribution_received",
    "contribution_refunded",
    "cost_paid",
    "fee_charged",
    "instrument_received",
    "interest_received",
    "money_exchanged",
    "money_moved",
    "name_clearance",
    "new_transfer",
    "opening_cleared",
    "opening_in_transit_of",
    "overpayment_identified",
    "overpayment_repaid",
    "overpayment_set_off",
    "overpayment_waived",
    "payment_dispatched",
    "payment_dropped",
    "payment_rejected",
    "payment_returned",
    "payment_settled",
    "payment_written_back",
    "payments_dispatched",
    "pledge_recorded",
    "pledge_reduced",
    "position_gained",
    "put_in_trust",
    "reissue_cancelled",
    "reissue_reserved",
    "reversal",
    "round_parted",
    "round_recognised",
    "trust_reduced",
    "trust_released",
]
