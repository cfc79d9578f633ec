"""The first steps: officers, the programme, its money and its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.access.queries import exists_officer
from reparations.access.service import create_first_administrator
from reparations.example.figures import ADMINISTRATOR, DEMO_PASSWORD

if TYPE_CHECKING:
    from reparations.example.client import OfficerClient
    from reparations.example.scene import Scene


def open_offices(scene: Scene) -> None:
    """Make the first administrator, as the command line does; he opens the offices and the accounts."""
    with scene.database.transaction() as session:
        if not exists_officer(session):
            create_first_administrator(
                session,
                username=ADMINISTRATOR,
                password=DEMO_PASSWORD,
                office_code="SECURITY",
                office_name="Security office",
                at=scene.clock(),
            )
    offices = {
        office.code: _ensure(scene.security, "/offices", "code", {"code": office.code, "name": office.name})
        for office in scene.figures.offices
    }
    for officer in scene.figures.officers:
        body = {
            "username": officer.username,
            "password": DEMO_PASSWORD,
            "office_id": offices[officer.office]["id"],
            "roles": officer.roles,
        }
        _ensure(scene.security, "/officers", "username", body)
    scene.tell(f"{len(scene.figures.officers) + 1} officers in {len(offices) + 1} offices, one role each")


def open_programme(scene: Scene) -> None:
    """Open the programme under its order."""
    programme = scene.figures.programme
    body = programme.model_dump(include={"code", "title", "authority", "currency"})
    _ensure(scene.officer("administrator"), "/programmes", "code", body)
    scene.tell(f"{programme.code}: {programme.authority}")


def receive_gifts(scene: Scene) -> None:
    """Open the funds; record what was promised and what arrived."""
    administrator = scene.officer("administrator")
    currency = scene.figures.programme.currency
    programme_id = administrator.get(f"/programmes/{scene.code}")["id"]
    funds = {
        fund.code: _ensure(
            administrator,
            "/funds",
            "code",
            {
                "code": fund.code,
                "title": fund.title,
                "forms": [{"form": form, "citation": fund.citation} for form in fund.forms],
                "currencies": [currency],
                "programme_id": programme_id if len(fund.forms) == 1 else None,
            },
        )
        for fund in scene.figures.funds
    }
    donors = {
        donor.code: _ensure(administrator, "/donors", "code", donor.model_dump()) for donor in scene.figures.donors
    }
    for gift in scene.figures.gifts:
        money = {"amount": gift.amount, "currency": currency}
        promise = {
            "reference": gift.reference,
            "donor_id": donors[gift.donor]["id"],
            "fund_id": funds[gift.fund]["id"],
            "pledged_on": gift.pledged_on.isoformat(),
            "citation": f"Gift agreement {gift.reference}",
        }
        pledge = administrator.post("/pledges", promise | money)
        receipt = {
            "reference": f"{gift.reference}-RECEIVED",
            "pledge_id": pledge["id"],
            "received_on": gift.received_on.isoformat(),
            "source": "voluntary",
        }
        administrator.post("/contributions", receipt | money)
    total = sum((scene.figures.money(gift.amount) for gift in scene.figures.gifts), scene.figures.money("0"))
    scene.tell(f"{total} received from {len(donors)} donors into {len(funds)} funds")


def _ensure(client: OfficerClient, path: str, key: str, body: dict[str, object]) -> dict[str, object]:
    """Find the item of a list that has the same `key`, or make it: a walk that was interrupted goes on."""
    found: dict[str, object] = client.find(path, key, body[key]) or client.post(path, body)
    return found
