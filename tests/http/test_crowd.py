"""More requests at once than the service has threads."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import httpx

from reparations.access import service
from reparations.access.service import Caller
from reparations.ids import new_id
from reparations.principal import Role
from tests.conftest import NOON
from tests.factories.access import PASSWORD, make_account

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from reparations.db import Database

OF_EACH = 50


def _sign_in(database: Database, role: Role) -> dict[str, str]:
    with database.transaction() as session:
        username = make_account(session, role).username
    signed_in = service.log_in(
        database, username=username, password=PASSWORD, caller=Caller(), at=NOON, token_lifetime_s=60
    )
    return {"Authorization": f"Bearer {signed_in.token}"}


def test_a_crowd_is_served_though_those_who_wait_to_write_could_sleep_in_every_thread(
    app: FastAPI, database: Database
) -> None:
    administrator, payer = _sign_in(database, Role.SECURITY_ADMINISTRATOR), _sign_in(database, Role.PAYER)

    unknown = new_id("bnk")

    async def crowd() -> Counter[int]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
            answers = []
            for number in range(OF_EACH):
                office = {"code": f"CROWD-{number}", "name": "One of many"}
                answers.append(client.post("/offices", json=office, headers=administrator))
                answers.append(client.get(f"/bank-files/{unknown}/content", headers=payer))
                answers.append(client.get("/offices", headers=payer))
            return Counter([answer.status_code for answer in await asyncio.gather(*answers)])

    assert asyncio.run(crowd()) == {200: OF_EACH, 201: OF_EACH, 404: OF_EACH}


def test_those_who_never_finish_what_they_send_keep_nobody_waiting(app: FastAPI) -> None:
    async def half_a_body() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async def crowd() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
            slow = [asyncio.ensure_future(client.post("/sessions", content=half_a_body())) for _ in range(OF_EACH)]
            await asyncio.sleep(0.1)
            answer = await client.get("/health")
            for one in slow:
                one.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            return answer.status_code

    assert asyncio.run(crowd()) == 200
