"""A little of everything, so that no table a person can ask about is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from reparations.access.models import Office
from reparations.registry.models import Claim
from tests.reports import world

if TYPE_CHECKING:
    from reparations.db import Database


def make_everything(database: Database) -> Office:
    """Walk a small programme through every room, a transaction for each deed.

    Returns:
        the office whose claims they are.
    """
    world.walk(database)
    with database.reading() as session:
        office_id = session.exec(select(Claim.office_id).limit(1)).one()
        return session.get_one(Office, office_id)
