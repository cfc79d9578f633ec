"""The tree of errors, from which every answer to a mistake is made.

::

    ReparationsError
    ├── InvalidInput       422  what was sent cannot be understood or breaks a stated rule of form
    ├── NotAuthenticated   401  nobody is signed in, or no longer
    ├── NotPermitted       403  this officer may not do this
    ├── NotFound           404  there is no such record, or not for this officer
    ├── Conflict           409  the record is not in a state that allows it, or somebody was first
    ├── TooLarge           413  more than the stated limit
    ├── TooManyRequests    429  slow down; `retry_after_s` says how long
    ├── Unavailable        503  the service cannot do this just now
    └── Misconfigured      500  the service was set up wrongly; it refuses to start

A concrete error names its `code` (``payments.same_officer``); the family gives the HTTP status.  The message says what,
why and what to do next.  It never holds a personal datum: a record is named by an opaque id or a reference.
"""

from __future__ import annotations

from typing import ClassVar


class ReparationsError(Exception):
    """Root of the tree; never raised itself.

    Args:
        message: one plain sentence for the person who asked.
        field: the field of the request at fault, as a dotted path.
        remedy: what to do next.
        record: the opaque id or reference of the record concerned.
    """

    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(
        self, message: str, *, field: str | None = None, remedy: str | None = None, record: str | None = None
    ) -> None:
        """Keep the parts of the problem apart, so that a program can read them too."""
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy
        self.record = record


class InvalidInput(ReparationsError):
    """What was sent cannot be understood, or breaks a stated rule of form."""

    code = "invalid_input"
    status = 422


class NotAuthenticated(ReparationsError):
    """Nobody is signed in, or the session has ended."""

    code = "not_authenticated"
    status = 401


class NotPermitted(ReparationsError):
    """This officer may not do this."""

    code = "not_permitted"
    status = 403


class NotFound(ReparationsError):
    """There is no such record, or none that this officer may know of."""

    code = "not_found"
    status = 404


class Conflict(ReparationsError):
    """The record is not in a state that allows this, or somebody was first."""

    code = "conflict"
    status = 409


class TooLarge(ReparationsError):
    """More than the stated limit."""

    code = "too_large"
    status = 413


class TooManyRequests(ReparationsError):
    """Slow down."""

    code = "too_many_requests"
    status = 429

    def __init__(self, message: str, *, retry_after_s: int, remedy: str | None = None) -> None:
        """Say in whole seconds when to try again."""
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class Unavailable(ReparationsError):
    """The service cannot do this just now; trying again later is safe."""

    code = "unavailable"
    status = 503


class Misconfigured(ReparationsError):
    """The service was set up wrongly and refuses to start."""

    code = "misconfigured"
    status = 500
