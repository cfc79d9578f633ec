"""What every room's `api` shares: problem details, dependencies, pages and bodies."""

from reparations.http.bodies import Body, Page, PageParams, page_of
from reparations.http.dependencies import (
    AS_OF,
    DatabaseItself,
    Now,
    Officer,
    ReadSession,
    ReportSession,
    WriteSession,
    requires,
)
from reparations.http.problems import PROBLEM_RESPONSES, Problem

__all__ = [
    "AS_OF",
    "PROBLEM_RESPONSES",
    "Body",
    "DatabaseItself",
    "Now",
    "Officer",
    "Page",
    "PageParams",
    "Problem",
    "ReadSession",
    "ReportSession",
    "WriteSession",
    "page_of",
    "requires",
]
