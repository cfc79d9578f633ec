"""Errors as RFC 9457 problem details, with no value that was sent in them.

Source:
    RFC 9457, *Problem Details for HTTP APIs* (2023).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from reparations.db import DatabaseRefused, make_refused, violated_constraint
from reparations.errors import ReparationsError, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 50
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
log = structlog.get_logger(__name__)


class FieldProblem(BaseModel):
    """One field at fault."""

    field: str
    code: str


class Problem(BaseModel):
    """What went wrong, and what to do next.  `type` leads to `docs/problems.md`."""

    type: str = Field(examples=["urn:reparations:problem:payments.same_officer"])
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    remedy: str | None = None
    record: str | None = None
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {}}}
    for status in (401, 403, 404, 409, 413, 422, 429, 503)
}
"""For `APIRouter(responses=…)`: the answers any endpoint may give."""


def answer(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] | None = None,
    **parts: str | None,
) -> JSONResponse:
    """Write a problem as an answer."""
    problem = Problem(
        type=f"urn:reparations:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        request_id=getattr(request.state, "request_id", None),
        errors=list(errors) if errors else None,
        **parts,
    )
    body = problem.model_dump(exclude_none=True)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem."""
    app.add_exception_handler(ReparationsError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _routing)
    app.add_exception_handler(DatabaseRefused, _refused)
    app.add_exception_handler(DBAPIError, _failed_in_database)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ReparationsError)  # noqa: S101 the handler is registered for this class
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after_s)
    return answer(
        request,
        status=error.status,
        code=error.code,
        detail=error.message,
        headers=headers,
        field=error.field,
        remedy=error.remedy,
        record=error.record,
    )


def _malformed(request: Request, error: Exception) -> JSONResponse:
    """Name the fields at fault and drop what was in them."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 the handler is registered for this class
    problems = [FieldProblem(field=_path(one), code=str(one["type"])) for one in error.errors()[:MAX_ERRORS]]
    first = problems[0].field if problems else None
    return answer(
        request,
        status=422,
        code="invalid_input",
        detail="Some fields of the request are missing or malformed; `errors` names them.",
        field=first,
        remedy="Compare the fields with the API's description.",
        errors=problems,
    )


def _path(error: Mapping[str, Any]) -> str:
    """Write a field's place as a dotted path; a name the client made up is text of his, and not repeated."""
    location: Sequence[int | str] = error["loc"]
    known = location[:-1] if error["type"] == "extra_forbidden" else location
    return ".".join(str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "?" for part in known)


def _routing(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 the handler is registered for this class
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "_").replace("-", "_")
    return answer(request, status=error.status_code, code=code, detail=f"{phrase}.", headers=error.headers)


def _refused(request: Request, error: Exception) -> JSONResponse:
    """Answer a refusal of the database, the last guard, as the conflict it is, and have it looked into."""
    assert isinstance(error, DatabaseRefused)  # noqa: S101 the handler is registered for this class
    log.warning("database.refused", constraint=error.record)
    return _ours(request, error)


def _failed_in_database(request: Request, error: Exception) -> JSONResponse:
    """Tell refusals from failures; the database's own words may hold a row's values."""
    assert isinstance(error, DBAPIError)  # noqa: S101 the handler is registered for this class
    constraint = violated_constraint(error)
    if isinstance(error, OperationalError) or constraint == "unknown":
        return _unforeseen(request, error)
    return _refused(request, make_refused(constraint))


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("request.failed", error=type(error).__name__, path=request.scope.get("path_format", ""))
    return answer(
        request,
        status=500,
        code="internal",
        detail="Something went wrong on our side; nothing was changed.",
        remedy="Tell the administrator the request id.",
    )
