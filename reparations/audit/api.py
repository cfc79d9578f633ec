"""Routes of the event log, for auditors."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, status
from fastapi.responses import PlainTextResponse

from reparations.audit import queries
from reparations.audit.canon import MAX_INTEGER
from reparations.audit.checkpoints import make_checkpoint
from reparations.audit.errors import PageUnknown
from reparations.audit.notes import verifier_key
from reparations.audit.proofs import issue_proof
from reparations.audit.schemas import CheckpointView, EventView
from reparations.db import Session
from reparations.http import PROBLEM_RESPONSES, Now, Page, PageParams, ReadSession, WriteSession, page_of, requires
from reparations.principal import Principal, Role
from reparations.settings import Settings
from reparations.vault import keyring_of

router = APIRouter(prefix="/audit", tags=["audit"], responses=PROBLEM_RESPONSES)

Auditor = Annotated[Principal, Depends(requires(Role.AUDITOR))]
Seq = Annotated[int, Path(ge=0, le=MAX_INTEGER, description="Number of the event.")]


@router.get("/events")
def list_events(_: Auditor, session: ReadSession, page: PageParams) -> Page[EventView]:
    """The log, from its first event on."""
    first = 0
    if page.after is not None:
        if not page.after.isascii() or not page.after.isdigit() or int(page.after) > MAX_INTEGER:
            message = "There is no page after that one."
            raise PageUnknown(message, field="after", remedy="Send `next` of the page before as `after`.")
        first = int(page.after) + 1
    events = queries.list_events(session, first=first, limit=page.limit + 1)
    return page_of(events, limit=page.limit, key=lambda event: str(event.seq), show=EventView.of)


@router.get("/checkpoint")
def get_checkpoint(_: Auditor, session: ReadSession, request: Request) -> CheckpointView:
    """The latest signed checkpoint."""
    return CheckpointView.of(queries.get_latest_checkpoint(session), _verifier_key(request, session))


@router.post("/checkpoints", status_code=status.HTTP_201_CREATED)
def sign_log(_: Auditor, session: WriteSession, request: Request, now: Now) -> CheckpointView:
    """Sign the log as it stands.  If nothing has happened since, this is the latest checkpoint once more."""
    checkpoint = make_checkpoint(session, settings=_settings(request), at=now)
    return CheckpointView.of(checkpoint, _verifier_key(request, session))


@router.get("/proof/{seq}", response_class=PlainTextResponse)
def get_proof(_: Auditor, session: ReadSession, seq: Seq) -> str:
    """A C2SP tlog-proof that the event is in the log, as a text to keep in a file."""
    return issue_proof(session, seq)


def _settings(request: Request) -> Settings:
    return cast("Settings", request.app.state.settings)


def _verifier_key(request: Request, session: Session) -> str:
    return verifier_key(_settings(request).log_origin, keyring_of(session).log_key.public_key())
