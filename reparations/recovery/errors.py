"""What can go wrong when awards are brought in line with later decisions, and overpayments are recovered.

::

    OverpaymentNotFound   404  there is no such overpayment
    WaiverNotFound        404  no such waiver was prepared
    PartNotFound          404  there is no such instalment
    NothingToAdjust       409  the awards of the claim are what its decision grants
    SomebodyThere         409  somebody may receive the award, or the rules do not give it back to the fund
    AdjustmentStale       409  the difference is another now than when it was prepared
    AwardInMotion         409  a payment of it is in a batch or on its way
    HeldInTrust           409  the instalment is held in trust for a minor
    AlreadyApproved       409  somebody has approved it already
    AlreadyNotified       409  the payee was told already, by another letter
    SamePerson            409  who prepared it does not approve it
    ExceedsOutstanding    409  more than is outstanding, or than is left of the instalment
    NotSetOffable         409  the instalment is another person's or another fund's, or money of a minor
    NotHeardYet           409  the payee was not told, or may still object
    BankReferenceReused   409  the bank's reference was recorded before, for something else
    AmountRefused         422  nothing, or another currency
"""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound


class OverpaymentNotFound(NotFound):
    """There is no such overpayment."""

    code = "recovery.overpayment_not_found"


class WaiverNotFound(NotFound):
    """No such waiver was prepared."""

    code = "recovery.waiver_not_found"


class PartNotFound(NotFound):
    """There is no such instalment."""

    code = "recovery.instalment_not_found"


class NothingToAdjust(Conflict):
    """The awards of the claim are what its decision grants, or there is none."""

    code = "recovery.nothing_to_adjust"


class SomebodyThere(Conflict):
    """Somebody is there to receive the award, or may be; or the rules do not give it back to the fund."""

    code = "recovery.somebody_there"


class AdjustmentStale(Conflict):
    """The difference is another now than when it was prepared."""

    code = "recovery.adjustment_stale"


class AwardInMotion(Conflict):
    """A payment of the award is in a batch or on its way: whether it is paid is not known yet."""

    code = "recovery.award_in_motion"


class HeldInTrust(Conflict):
    """The instalment is held in trust for a minor: nothing is set off against it."""

    code = "recovery.held_in_trust"


class AlreadyApproved(Conflict):
    """Somebody has approved it already."""

    code = "recovery.already_approved"


class AlreadyNotified(Conflict):
    """The payee was told already, by another letter or on another day."""

    code = "recovery.already_notified"


class SamePerson(Conflict):
    """Who prepared it does not approve it."""

    code = "recovery.same_person"


class ExceedsOutstanding(Conflict):
    """More than is outstanding of the overpayment, or than is left of the instalment."""

    code = "recovery.exceeds_outstanding"


class NotSetOffable(Conflict):
    """The instalment is another person's, or paid by another fund."""

    code = "recovery.not_set_offable"


class NotHeardYet(Conflict):
    """The payee was not told, or may still object."""

    code = "recovery.not_heard_yet"


class BankReferenceReused(Conflict):
    """The bank's reference of a receipt was recorded before, for something else."""

    code = "recovery.bank_reference_reused"


class AmountRefused(InvalidInput):
    """The amount is nothing, or in another currency than the overpayment."""

    code = "recovery.amount_refused"
