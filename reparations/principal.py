"""Who acts: an officer with his roles, as every service receives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What an officer may do.  Nobody who holds the security administrator's role holds another."""

    CASEWORKER = "caseworker"
    DECIDER = "decider"
    FUND_ADMINISTRATOR = "fund_administrator"
    APPROVER = "approver"
    PAYER = "payer"
    AUDITOR = "auditor"
    SECURITY_ADMINISTRATOR = "security_administrator"


@dataclass(frozen=True, slots=True)
class Principal:
    """The officer in whose name a deed is done.

    `person_id` is the human being, who stays the same over several accounts: duties are kept apart by person.
    """

    officer_id: str
    person_id: str
    office_id: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    session_id: str | None = None

    def has(self, *roles: Role) -> bool:
        """Say whether the officer holds at least one of `roles`."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Principal(officer_id="system", person_id="system", office_id="system")
"""The service itself: a worker that carries out what officers have decided."""
