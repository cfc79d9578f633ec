"""Reading back what the deeds wrote into the log."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text
from sqlmodel import Session


def events(session: Session) -> list[dict[str, Any]]:
    """Return the bodies of all events, oldest first."""
    rows = session.execute(text("SELECT body FROM audit_event ORDER BY seq")).scalars()
    return [json.loads(bytes(body)) for body in rows]
