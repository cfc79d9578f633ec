"""Who may do what here: roles as dependencies of the routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from reparations.http import requires
from reparations.principal import Principal, Role

FundAdministrator = Annotated[Principal, Depends(requires(Role.FUND_ADMINISTRATOR))]
Decider = Annotated[Principal, Depends(requires(Role.DECIDER))]
CaseworkerOrDecider = Annotated[Principal, Depends(requires(Role.CASEWORKER, Role.DECIDER))]
Reader = Annotated[
    Principal,
    Depends(requires(Role.CASEWORKER, Role.DECIDER, Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR)),
]
AwardReader = Annotated[
    Principal,
    Depends(requires(Role.DECIDER, Role.FUND_ADMINISTRATOR, Role.APPROVER, Role.PAYER, Role.AUDITOR)),
]
"""Awards are listed across offices, so not to caseworkers, who see their own office's claims."""
