"""One JSON object a line, on standard error; never a name, a body, a query or a token.

What is logged is chosen at each call: events and plain values of ours.  Records of libraries pass through the same
renderer with their message only, because an argument or a traceback may quote a row.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog

_QUIET = ("uvicorn.access", "sqlalchemy", "weasyprint", "fontTools", "stripe", "httpx", "httpcore", "alembic")


class _MessageOnly(logging.Formatter):
    """A library's record as JSON: logger, level, and the class of an error, never its text."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        line = {"event": "library", "logger": record.name, "level": record.levelname.lower(), "error": error}
        if record.args is None or not record.args:
            line["message"] = str(record.msg)[:200] if not record.exc_info else None
        known = {name: value for name, value in line.items() if value is not None}
        return str(structlog.processors.JSONRenderer(sort_keys=True)(None, "", known))


def configure_logs(to: Path | None = None) -> None:
    """Set up both kinds of logging for the whole process; call it once, at the edge.

    Args:
        to: file to append to; standard error if absent.
    """
    stream = sys.stderr
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        stream = to.open("a", encoding="utf-8")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_MessageOnly())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
