"""What can go wrong between a question and its report.

::

    NotFound       ReportNotFound, ReportDonorNotFound, ReportProgrammeNotFound
    InvalidInput   DonorNeeded, DonorNotNeeded, DayNotReached, PeriodReversed
    Conflict       NothingGiven, BooksBroken
    Unavailable    RendererBusy, NotReproducible
    TooLarge       StatementTooLong
"""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound, TooLarge, Unavailable


class ReportNotFound(NotFound):
    """No report of this id has been issued."""

    code = "reports.not_found"


class ReportProgrammeNotFound(NotFound):
    """No programme has this code."""

    code = "reports.programme_not_found"


class ReportDonorNotFound(NotFound):
    """No donor has this code."""

    code = "reports.donor_not_found"


class DonorNeeded(InvalidInput):
    """A donor's report was asked for without saying whose."""

    code = "reports.donor_needed"


class DonorNotNeeded(InvalidInput):
    """An auditor's report covers all donors; one was named."""

    code = "reports.donor_not_needed"


class DayNotReached(InvalidInput):
    """A report was asked for as of a day that has not begun."""

    code = "reports.day_not_reached"


class PeriodReversed(InvalidInput):
    """A statement was asked for over a period that ends before it begins."""

    code = "reports.period_reversed"


class NothingGiven(Conflict):
    """The donor has pledged nothing to a fund of this programme by that day."""

    code = "reports.nothing_given"


class BooksBroken(Conflict):
    """A sum the report would state is wrong.  Nothing is issued until somebody has found out why."""

    code = "reports.books_broken"


class RendererBusy(Unavailable):
    """Other reports are being rendered, one at a time, and ours did not get its turn."""

    code = "reports.renderer_busy"


class NotReproducible(Unavailable):
    """The stored file is gone or altered, and rendering its evidence again gives other bytes than were issued."""

    code = "reports.not_reproducible"


class StatementTooLong(TooLarge):
    """The statement has more rows than are given in one answer, or than fit on paper."""

    code = "reports.statement_too_long"
