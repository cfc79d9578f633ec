"""Every operation of the service's own OpenAPI document, tried with data made up from it, as every kind of officer.

The database holds records, and half of the requests name one, so that they get past "not found".  Which requests
are tried is fixed: a failure here fails again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err, Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlmodel import Session, SQLModel, select

from reparations.principal import Role
from tests.factories import access
from tests.factories.everything import make_everything

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from reparations.db import Database

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES_AN_OPERATION = 6
IDS_A_TABLE = 5


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_no_request_makes_the_service_fail(
    app: FastAPI, client: TestClient, database: Database, role: Role | None
) -> None:
    with database.transaction() as session:
        make_everything(session)
        username = access.make_account(session, *([role] if role else [])).username
        known = _known_ids(session)
    operations = sorted(_operations(app), key=_ends_the_session)
    headers = _sign_in(client, username)

    tried = []
    for operation in operations:
        if any(_ends_the_session(operation)):
            headers = _sign_in(client, username)
        tried.append(_try(operation, headers, known))

    assert len(tried) > 30
    assert min(tried) > 0


def test_without_a_token_only_the_open_door_opens(app: FastAPI, client: TestClient) -> None:
    open_doors = {("POST", "/sessions"), ("GET", "/health"), ("GET", "/ready")}
    answers = {
        (operation.method.upper(), operation.path): client.request(
            operation.method, _filled(operation.path)
        ).status_code
        for operation in _operations(app)
    }

    opened = {door for door, status in answers.items() if status not in {401, 422}}
    assert opened <= open_doors


def _try(operation: Any, headers: dict[str, str], known: dict[str, list[str]]) -> int:  # noqa: ANN401 untyped in schemathesis
    """Send some requests to one operation; return how many."""
    sent = 0

    @hypothesis.settings(
        max_examples=EXAMPLES_AN_OPERATION,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(), choice=st.data())
    def send(case: Any, choice: st.DataObject) -> None:  # noqa: ANN401 untyped in schemathesis
        nonlocal sent
        for name, made_up in case.path_parameters.items():
            ids = _ids_for(name, known)
            case.path_parameters[name] = choice.draw(st.sampled_from([made_up, *ids]))
        sent += 1
        case.call_and_validate(headers=headers, checks=CHECKS)

    send()
    return sent


def _operations(app: FastAPI) -> list[Any]:
    document = schemathesis.openapi.from_asgi("/openapi.json", app)
    found = list(document.get_all_operations())
    assert [one for one in found if isinstance(one, Err)] == []
    return [one.ok() for one in found if isinstance(one, Ok)]


def _ends_the_session(operation: Any) -> tuple[bool, bool]:  # noqa: ANN401 untyped in schemathesis
    """Say whether an operation may lock the officer out, or sign him out: these come last, after fresh sign-ins."""
    opens = (operation.method.upper(), operation.path) == ("POST", "/sessions")
    return opens, opens or operation.path.startswith(("/sessions", "/me/"))


def _sign_in(client: TestClient, username: str) -> dict[str, str]:
    answer = client.post("/sessions", json={"username": username, "password": access.PASSWORD})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _known_ids(session: Session) -> dict[str, list[str]]:
    """Return some ids of each table, by the table's name."""
    return {
        table.name: [str(one) for one in session.scalars(select(table.c.id).limit(IDS_A_TABLE))]
        for table in SQLModel.metadata.tables.values()
        if "id" in table.c
    }


def _ids_for(parameter: str, known: dict[str, list[str]]) -> list[str]:
    """Return ids that fit a path parameter: `claim_id` is of `claim`, `duplicate_id` of `duplicate_candidate`."""
    stem = parameter.removesuffix("_id")
    return known.get(stem) or next((ids for table, ids in known.items() if table.startswith(stem) and ids), [])


def _filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")
