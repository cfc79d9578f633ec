"""What can go wrong with the books.

::

    NotFound      FundNotFound, DonorNotFound, PledgeNotFound, ConditionNotFound, ContributionNotFound, RefundNotFound,
                  MoveNotFound, AccountNotFound, EntryNotFound, RecordNotFound, ReversalNotFound
    Conflict      FundCodeTaken, DonorCodeTaken, ReferenceReused, TransferIdReused, EntryIdReused,
                  InsufficientFunds, AwardsNotCovered, PledgeExceeded, AlreadyReversed, IdentityBroken,
                  ConditionOpen, ConditionResolved, PledgeClosed, AlreadyReceived, AlreadyApproved, SamePerson,
                  OverheadAboveCeiling, NotUnspent, OutsidePeriod, RestrictionEscaped, RestrictionRepeated,
                  CeilingSuperseded
    InvalidInput  UnknownMovement, EntryMalformed, ProgrammeUnknown, ScheduleMalformed, RestrictionMalformed,
                  DayToCome, DayTooEarly

Exchange, periods and opening balances::

    NotFound      RateNotFound, PositionNotFound, PeriodNotFound, PeriodDraftNotFound, OpeningSheetNotFound,
                  ClearanceNotFound
    Conflict      RateCorrected, ExchangeOvertaken, PeriodClosed, PeriodChanged, PeriodOutOfOrder, PeriodNotOver,
                  PeriodIncoherent, AdjustmentRefused, AlreadyOpened, ClearanceExceeds
    InvalidInput  RateMalformed, ExchangeMalformed, PeriodMalformed, OpeningMalformed

None of these leaves anything behind: an entry is posted whole or not at all.
"""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound


class FundNotFound(NotFound):
    """There is no such fund."""

    code = "ledger.fund_not_found"


class DonorNotFound(NotFound):
    """There is no such donor."""

    code = "ledger.donor_not_found"


class PledgeNotFound(NotFound):
    """There is no such pledge."""

    code = "ledger.pledge_not_found"


class AccountNotFound(NotFound):
    """The fund keeps no books in this currency."""

    code = "ledger.account_not_found"


class EntryNotFound(NotFound):
    """The journal has no entry of this name."""

    code = "ledger.entry_not_found"


class FundCodeTaken(Conflict):
    """Another fund has this code."""

    code = "ledger.fund_code_taken"


class DonorCodeTaken(Conflict):
    """Another donor has this code."""

    code = "ledger.donor_code_taken"


class ReferenceReused(Conflict):
    """The reference was given before, for something else."""

    code = "ledger.reference_reused"


class TransferIdReused(Conflict):
    """A transfer of this id is in the books already, and it says something else."""

    code = "ledger.transfer_id_reused"


class EntryIdReused(Conflict):
    """The entry is in the books already, with other transfers: an entry is posted once, whole."""

    code = "ledger.entry_id_reused"


class InsufficientFunds(Conflict):
    """An account would go below zero: the fund does not hold that much there."""

    code = "ledger.insufficient_funds"


class AwardsNotCovered(Conflict):
    """More would be awarded out of the fund than it has received: a pledge is not money."""

    code = "ledger.awards_not_covered"


class PledgeExceeded(Conflict):
    """More would be received against a pledge than was pledged."""

    code = "ledger.pledge_exceeded"


class AlreadyReversed(Conflict):
    """The transfer has been reversed; that happens at most once, and a reversal is not reversed."""

    code = "ledger.already_reversed"


class IdentityBroken(Conflict):
    """What came in is not what is accounted for: the books were changed behind the application's back."""

    code = "ledger.identity_broken"


class UnknownMovement(InvalidInput):
    """The chart knows no deed that debits the one account and credits the other."""

    code = "ledger.unknown_movement"


class EntryMalformed(InvalidInput):
    """An entry has one transfer at least, distinct ids, positive amounts, and no more than the limit."""

    code = "ledger.entry_malformed"


class ProgrammeUnknown(InvalidInput):
    """There is no such programme to tie the fund to."""

    code = "ledger.programme_unknown"


class ConditionNotFound(NotFound):
    """There is no such condition of a pledge."""

    code = "ledger.condition_not_found"


class ContributionNotFound(NotFound):
    """There is no such receipt."""

    code = "ledger.contribution_not_found"


class RefundNotFound(NotFound):
    """No such refund was prepared."""

    code = "ledger.refund_not_found"


class MoveNotFound(NotFound):
    """No such movement between funds was prepared."""

    code = "ledger.move_not_found"


class RecordNotFound(NotFound):
    """No cost, interest, receipt, approved clearance, exchange or revaluation of this id is on record."""

    code = "ledger.record_not_found"


class ReversalNotFound(NotFound):
    """No such reversal was prepared."""

    code = "ledger.reversal_not_found"


class ConditionOpen(Conflict):
    """A condition of the pledge is open: until it is met or waived, or the pledge refused, nothing is received."""

    code = "ledger.condition_open"


class ConditionResolved(Conflict):
    """The condition was met or waived before; that is decided once."""

    code = "ledger.condition_resolved"


class PledgeClosed(Conflict):
    """Less of the pledge is open than would be taken off it."""

    code = "ledger.pledge_closed"


class AlreadyReceived(Conflict):
    """Money has come in against the pledge: it can be reduced or refunded, and no longer refused."""

    code = "ledger.already_received"


class AlreadyApproved(Conflict):
    """Somebody has approved this already."""

    code = "ledger.already_approved"


class SamePerson(Conflict):
    """Who prepared it cannot approve it."""

    code = "ledger.same_person"


class OverheadAboveCeiling(Conflict):
    """Costs and fees would exceed what the fund may spend on them."""

    code = "ledger.overhead_above_ceiling"


class NotUnspent(Conflict):
    """So much of the donor's money is no longer there unspent."""

    code = "ledger.not_unspent"


class OutsidePeriod(Conflict):
    """The money may not be used on that day."""

    code = "ledger.outside_period"


class RestrictionEscaped(Conflict):
    """The other fund may pay for what this one may not: its money would leave its restrictions."""

    code = "ledger.restriction_escaped"


class RestrictionRepeated(Conflict):
    """The fund is restricted so already, by another citation."""

    code = "ledger.restriction_repeated"


class CeilingSuperseded(Conflict):
    """A ceiling of that day or a later one is on record."""

    code = "ledger.ceiling_superseded"


class ScheduleMalformed(InvalidInput):
    """The parts of a pledge are positive, in the order of their days, and sum to it."""

    code = "ledger.schedule_malformed"


class RestrictionMalformed(InvalidInput):
    """A restriction says what its kind needs, and nothing else."""

    code = "ledger.restriction_malformed"


class DayToCome(InvalidInput):
    """A deed is dated on a day that has not come."""

    code = "ledger.day_to_come"


class DayTooEarly(InvalidInput):
    """A deed is dated before the one it follows: a receipt before its pledge, a refund before its receipt."""

    code = "ledger.day_too_early"


class RateNotFound(NotFound):
    """There is no such exchange rate."""

    code = "ledger.rate_not_found"


class PositionNotFound(NotFound):
    """The fund has never exchanged between these two currencies."""

    code = "ledger.position_not_found"


class PeriodNotFound(NotFound):
    """No period of this number has been closed."""

    code = "ledger.period_not_found"


class PeriodDraftNotFound(NotFound):
    """Nobody has prepared such a closing."""

    code = "ledger.period_draft_not_found"


class OpeningSheetNotFound(NotFound):
    """There is no such sheet of balances."""

    code = "ledger.opening_sheet_not_found"


class ClearanceNotFound(NotFound):
    """No such clearance of an opening balance was prepared."""

    code = "ledger.clearance_not_found"


class RateCorrected(Conflict):
    """The rate has been corrected by another."""

    code = "ledger.rate_corrected"


class ExchangeOvertaken(Conflict):
    """The same position has been moved in the meantime, on a later day, or since the step to be taken back."""

    code = "ledger.exchange_overtaken"


class PeriodClosed(Conflict):
    """The day lies in a period of the fund that is closed: nothing more is posted into it."""

    code = "ledger.period_closed"


class PeriodChanged(Conflict):
    """The trial balance is no longer the one that was prepared for closing."""

    code = "ledger.period_changed"


class PeriodOutOfOrder(Conflict):
    """Periods are closed in order, without a gap, each once."""

    code = "ledger.period_out_of_order"


class PeriodNotOver(Conflict):
    """The last day of the period has not passed."""

    code = "ledger.period_not_over"


class PeriodIncoherent(Conflict):
    """As of the last day the identity would not hold: the days of two deeds are crossed."""

    code = "ledger.period_incoherent"


class AdjustmentRefused(Conflict):
    """An adjustment names a closed period, a day in it, and an entry posted after it."""

    code = "ledger.adjustment_refused"


class AlreadyOpened(Conflict):
    """Books are opened once, before anything else is posted in them."""

    code = "ledger.already_opened"


class ClearanceExceeds(Conflict):
    """So much of what the books were opened with is not open: the rest of the account is our own payments'."""

    code = "ledger.clearance_exceeds"


class RateMalformed(InvalidInput):
    """The rate is not one, or is longer than the books keep exactly."""

    code = "ledger.rate_malformed"


class ExchangeMalformed(InvalidInput):
    """An exchange is of two positive amounts in two currencies; a revaluation of a position that holds something."""

    code = "ledger.exchange_malformed"


class PeriodMalformed(InvalidInput):
    """A period is a month, a quarter or a year from the first day of a month."""

    code = "ledger.period_malformed"


class OpeningMalformed(InvalidInput):
    """The sheet of balances cannot be read, or names something the books do not have."""

    code = "ledger.opening_malformed"
