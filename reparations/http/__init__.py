"""What every room's `api` shares: problem details, dependencies, pages and bodies."""

from reparations.http.bodies import Body, Page, PageParams, page_of
from reparations.http.dependencies import DatabaseItself, Now, Officer, ReadSession, WriteSession, requires
from reparations.http.problems import PROBLEM_RESPONSES, Problem

__all__ = [
    "PROBLEM_RESPONSES",
    "Body",
    "DatabaseItself",
    "Now",
    "Officer",
    "Page",
    "PageParams",
    "Problem",
    "ReadSession",
    "WriteSession",
    "page_of",
    "requires",
]
