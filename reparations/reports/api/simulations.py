"""Routes of what simulations found, and of rule sets, on paper."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from reparations.eligibility import queries
from reparations.http import PROBLEM_RESPONSES, ReadSession, requires
from reparations.principal import Role
from reparations.reports.pdf.reading_copy import render_reading_copy
from reparations.reports.pdf.simulation import render_simulation, write_simulation

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_sees = Depends(requires(Role.FUND_ADMINISTRATOR, Role.DECIDER, Role.AUDITOR))

router = APIRouter(responses=PROBLEM_RESPONSES, dependencies=[_sees])


class PageFormat(StrEnum):
    """The kind of file."""

    HTML = "html"
    PDF = "pdf"


@router.get(
    "/simulations/{simulation_id}/report",
    tags=["simulations"],
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "text/html": {}}, "description": "The report."}},
)
def get_simulation_report(
    simulation_id: Annotated[str, Path(pattern=f"^sim_{_ULID}$", description="Id of a simulation.")],
    session: ReadSession,
    wanted: Annotated[PageFormat, Query(alias="format", description="The kind of file.")] = PageFormat.PDF,
) -> Response:
    """What a simulation found, with charts, as pages or as one page of HTML."""
    queries.get_simulation(session, simulation_id)
    result = queries.get_result(session, simulation_id)
    shown = json.loads(result.shown)
    write = render_simulation if wanted is PageFormat.PDF else write_simulation
    content = write(shown, simulation_id=simulation_id, input_sha256=result.input_sha256)
    media_type = "application/pdf" if wanted is PageFormat.PDF else "text/html; charset=utf-8"
    return Response(content, media_type=media_type)


@router.get(
    "/rule-sets/{rule_set_id}/reading-copy",
    tags=["rules"],
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The reading copy."}},
)
def get_reading_copy(
    rule_set_id: Annotated[str, Path(pattern=f"^rul_{_ULID}$", description="Id of a published rule set.")],
    session: ReadSession,
) -> Response:
    """The reading copy of a published rule set: every condition a sentence with its source."""
    rule_set = queries.get_assessor(queries.get_rule_set(session, rule_set_id)).rule_set
    return Response(render_reading_copy(rule_set), media_type="application/pdf")
