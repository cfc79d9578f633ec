"""Routes of the ledger's statements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from reparations.http import AS_OF, PROBLEM_RESPONSES, Now, ReportSession, requires
from reparations.ledger import queries as ledger
from reparations.ledger.queries.statements import Scope
from reparations.ledger.rules.statements import StatementKind
from reparations.principal import Role
from reparations.reports.statements import service
from reparations.reports.statements.formats import MEDIA_TYPES, Format
from reparations.reports.texts.language import Language

_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_reader = Depends(requires(Role.FUND_ADMINISTRATOR, Role.AUDITOR))

router = APIRouter(prefix="/ledger/statements", tags=["ledger"], responses=PROBLEM_RESPONSES, dependencies=[_reader])


def _scope(
    *,
    now: Now,
    fund_id: Annotated[str | None, Query(pattern=f"^fnd_{_ULID}$", description="One fund; all if absent.")] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="One currency; each if absent.")] = None,
    since: Annotated[date | None, Query(description="First day of the period; the first ever if absent.")] = None,
    as_of: Annotated[date | None, Query(description="Last day of the period; today if absent.")] = None,
) -> Scope:
    return Scope(as_of=as_of or now.date(), since=since, fund_id=fund_id, currency=currency)


@router.get(
    "/{kind}",
    response_class=Response,
    responses={
        200: {"content": {kind.partition(";")[0]: {} for kind in MEDIA_TYPES.values()}, "description": "The statement."}
    },
)
def get_statement(
    *,
    kind: StatementKind,
    session: ReportSession,
    scope: Annotated[Scope, Depends(_scope)],
    wanted: Annotated[Format, Query(alias="format", description="The kind of file.")] = Format.JSON,
    donor_id: Annotated[str | None, Query(pattern=f"^don_{_ULID}$", description="Of a donor's statement.")] = None,
    language: Annotated[Language, Query(description="Language of a PDF.")] = Language.ENGLISH,
) -> Response:
    """A statement of one fund, or of all, as JSON, CSV, a spreadsheet or pages; of 50,000 rows at most."""
    if scope.fund_id is not None:
        ledger.get_fund(session, scope.fund_id)
    if donor_id is not None:
        ledger.get_donor(session, donor_id)
    statement = service.open_statement(session, kind, scope, donor_id=donor_id)
    content = service.render(service.limit_rows(statement, service.MAX_ROWS), wanted, language=language)
    name = f"{kind.value.replace('_', '-')}-{scope.as_of.isoformat()}.{wanted.value}"
    return Response(
        content,
        media_type=MEDIA_TYPES[wanted],
        headers={"Content-Disposition": f'attachment; filename="{name}"', AS_OF: session.info[AS_OF]},
    )
