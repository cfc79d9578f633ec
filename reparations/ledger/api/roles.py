"""Who may do what here: roles as dependencies of the routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from reparations.http import requires
from reparations.principal import Principal, Role

Administrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
reader = Depends(requires(Role.FUND_ADMINISTRATOR, Role.AUDITOR))
"""For routes that only read, and need not know who asks."""
