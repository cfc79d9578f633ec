"""Every operation of the service's own OpenAPI document, tried with data made up from it, as every kind of officer.

The database holds records, and most requests name some of them, so that they get past "not found".  Which requests
are tried is fixed: a failure here fails again.
"""

from __future__ import annotations

from collections import Counter
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
EXAMPLES_AN_OPERATION = 5
ENOUGH_REFUSALS = 2
NAMES_A_TABLE = 5


@pytest.mark.parametrize("role", [*Role, None], ids=str)
def test_no_request_makes_the_service_fail(
    app: FastAPI, client: TestClient, database: Database, role: Role | None
) -> None:
    office = make_everything(database)
    with database.transaction() as session:
        username = access.make_account(session, *([role] if role else []), office=office).username
        known = _known_names(session)
    operations = sorted(_operations(app), key=_ends_the_session)
    headers = _sign_in(client, username)

    answers: dict[str, Counter[int]] = {}
    for operation in operations:
        if any(_ends_the_session(operation)):
            headers = _sign_in(client, username)
        answers[operation.label] = _try(operation, headers, known)

    assert len(answers) > 30
    assert min(sum(statuses.values()) for statuses in answers.values()) > 0
    assert sum(1 for statuses in answers.values() if statuses[200] + statuses[201] + statuses[204]) > 5


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


def _try(operation: Any, headers: dict[str, str], known: dict[str, list[str]]) -> Counter[int]:  # noqa: ANN401 untyped in schemathesis
    """Send some requests to one operation; return how often each status was the answer."""
    statuses: Counter[int] = Counter()

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
        if statuses[403] == sum(statuses.values()) >= ENOUGH_REFUSALS:
            return  # not this officer's business, whatever he sends
        case.path_parameters = _with_known(case.path_parameters, known, choice)
        case.body = _with_known(case.body, known, choice)
        statuses[case.call_and_validate(headers=headers, checks=CHECKS).status_code] += 1

    send()
    return statuses


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


def _known_names(session: Session) -> dict[str, list[str]]:
    """Return what some rows of each table are called, by their names in requests: ``fund_id`` and ``fund``."""
    found: dict[str, list[str]] = {}
    for table in SQLModel.metadata.tables.values():
        for column, name in (("id", f"{table.name}_id"), ("code", table.name)):
            if column in table.c:
                found[name] = [str(one) for one in session.scalars(select(table.c[column]).limit(NAMES_A_TABLE))]
    return found | {"duplicate_id": found["duplicate_candidate_id"], "report_id": found["issued_report_id"]}


def _with_known(value: Any, known: dict[str, list[str]], choice: st.DataObject) -> Any:  # noqa: ANN401 any JSON
    """Replace some made-up names in a request by names of records that are there."""
    if isinstance(value, list):
        return [_with_known(one, known, choice) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: choice.draw(st.sampled_from([part, *known[name]]))
        if known.get(name)
        else _with_known(part, known, choice)
        for name, part in value.items()
    }


def _filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")
