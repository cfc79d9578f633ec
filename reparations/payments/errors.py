"""What can go wrong between an instalment that is due and a payment that a bank confirms."""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, Misconfigured, NotFound, ReparationsError, TooLarge, Unavailable


class BatchNotFound(NotFound):
    """There is no such batch."""

    code = "payments.batch_not_found"


class PaymentNotFound(NotFound):
    """There is no such payment."""

    code = "payments.payment_not_found"


class BankFileNotFound(NotFound):
    """There is no such bank file."""

    code = "payments.bank_file_not_found"


class NothingToPay(Conflict):
    """No instalment can be paid now; the reasons are counted in the message."""

    code = "payments.nothing_to_pay"


class BatchTooLarge(TooLarge):
    """More payments than one batch may hold."""

    code = "payments.batch_too_large"


class WrongState(Conflict):
    """The batch or payment is not in a state that allows this."""

    code = "payments.wrong_state"


class SameOfficer(Conflict):
    """One person would do two things that must be done by different people."""

    code = "payments.same_officer"


class NotHeldBack(Conflict):
    """Only a payment that is held back is withdrawn, and for a reason that holds it back now."""

    code = "payments.not_held_back"


class ContentChanged(Conflict):
    """What would be paid is no longer what was frozen: every approval given to it is void."""

    code = "payments.content_changed"


class NotReissuable(Conflict):
    """Only a returned payment whose payee has given a new destination can be paid again."""

    code = "payments.not_reissuable"


class UnpayableDetails(InvalidInput):
    """The rail cannot carry these details or this amount; `reason` says why in one word."""

    code = "payments.unpayable_details"

    def __init__(self, reason: str, message: str, *, record: str | None = None) -> None:
        """Keep the machine's word beside the sentence."""
        super().__init__(message, record=record, remedy="Record a corrected payment destination for the payee.")
        self.reason = reason


class MalformedDocument(InvalidInput):
    """A bank's or our own XML document is not what its schema says."""

    code = "payments.malformed_document"


class StatementReused(Conflict):
    """A statement of this id was imported before, with other content."""

    code = "payments.statement_reused"


class RailNotConfigured(Unavailable):
    """The rail a payment needs has not been set up."""

    code = "payments.rail_not_configured"


class RailForbidden(Misconfigured):
    """A demonstration was pointed at a real provider, or a real service at a pretended one."""

    code = "payments.rail_forbidden"


class ProviderRefusesUs(Unavailable):
    """The provider does not accept our key: nothing more is sent until somebody has looked."""

    code = "payments.provider_refuses_us"


class FileBroken(ReparationsError):
    """Our own bank file, read back, does not say what it should; it was not stored."""

    code = "payments.file_broken"
    status = 500
