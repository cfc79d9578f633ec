"""What can go wrong with the event log."""

from __future__ import annotations

from reparations.errors import Conflict, InvalidInput, NotFound


class NotRecordable(InvalidInput):
    """An event holds something its canonical form does not allow; see `canon`."""

    code = "audit.not_recordable"


class EventNotFound(NotFound):
    """The log has no event of that number."""

    code = "audit.event_not_found"


class PageUnknown(InvalidInput):
    """A page of events begins after the number of an event, and what was sent is not one."""

    code = "audit.page_unknown"


class NoCheckpoint(Conflict):
    """No checkpoint has been signed yet, or none that covers the event."""

    code = "audit.no_checkpoint"


class LogEmpty(Conflict):
    """There is no event yet, so there is nothing to sign."""

    code = "audit.log_empty"


class EventsUncommitted(Conflict):
    """This transaction has recorded events itself; a signature over them could outlive them."""

    code = "audit.events_uncommitted"


class LogShrunk(Conflict):
    """The log is shorter than what was signed before: events are missing, or an old backup was restored."""

    code = "audit.log_shrunk"


class LogInconsistent(Conflict):
    """The log no longer contains what was signed before: its past has been rewritten."""

    code = "audit.log_inconsistent"


class ExportFolderInUse(Conflict):
    """The folder to export to holds files already."""

    code = "audit.export_folder_in_use"
