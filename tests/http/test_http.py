"""Every answer of the service is plain, strict and silent about people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from pydantic import Field

from reparations.errors import Conflict, TooManyRequests
from reparations.http import Body, Officer, PageParams, ReadSession, WriteSession, requires
from reparations.http.middleware import BodyLimit, Door, RequestLog
from reparations.http.problems import install
from reparations.ids import new_id
from reparations.principal import Principal, Role
from reparations.vault.models import SubjectKey
from tests.conftest import NOON, StandingClock

if TYPE_CHECKING:
    from datetime import datetime

    from reparations.db import Database

CANARY = "Canary-Exemple-Ngoma"
TRACE = "0b5ecb1e-6d1c-4f0e-9c6a-2f6a4b1c7d10"
ANN = Principal("usr_1", "psn_1", "off_1", frozenset({Role.CASEWORKER}))
router = APIRouter()


class Claimant(Body):
    """A body with a personal field."""

    family_name: str = Field(max_length=10)
    age: int = Field(ge=0)


class Taken(Conflict):
    """An error of ours."""

    code = "tests.taken"


def _subject(subject_id: str) -> SubjectKey:
    return SubjectKey(subject_id=subject_id, wrapped_key=b"", blind=b"", kek_id="", created_at=NOON)


@router.post("/claimants")
def post_claimant(body: Claimant) -> dict[str, int]:
    return {"age": body.age}


@router.post("/subjects/{subject_id}", status_code=201)
def post_subject(subject_id: str, session: WriteSession) -> dict[str, str]:
    session.add(_subject(subject_id))
    return {"id": subject_id}


@router.get("/subjects/{subject_id}")
def get_subject(subject_id: str, session: ReadSession) -> dict[str, bool]:
    return {"found": session.get(SubjectKey, subject_id) is not None}


@router.get("/errors/{kind}")
def raise_error(kind: str) -> None:
    if kind == "ours":
        raise Taken("Somebody was first.", field="name", remedy="Choose another.", record="clm_1")
    if kind == "slow":
        raise TooManyRequests("Slow down.", retry_after_s=7)
    raise RuntimeError(CANARY)


@router.get("/mine")
def mine(officer: Officer) -> str:
    return officer.officer_id


@router.get("/theirs")
def theirs(officer: Annotated[Principal, Depends(requires(Role.AUDITOR, Role.PAYER))]) -> str:
    return officer.officer_id


@router.get("/pages")
def pages(page: PageParams) -> int:
    return page.limit


def _authenticate(database: Database, token: str, at: datetime) -> Principal:  # noqa: ARG001 the interface
    return ANN


@pytest.fixture
def small(database: Database, clock: StandingClock) -> Iterator[TestClient]:
    app = FastAPI()
    app.state.database, app.state.clock, app.state.authenticate = database, clock, _authenticate
    install(app)
    app.add_middleware(Door)
    app.add_middleware(BodyLimit, max_body_bytes=1000)
    app.add_middleware(RequestLog)
    app.include_router(router)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_an_error_of_ours_is_a_problem_that_says_what_to_do_next(small: TestClient) -> None:
    answer = small.get("/errors/ours", headers={"X-Request-ID": TRACE})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:reparations:problem:tests.taken",
        "title": "Conflict",
        "status": 409,
        "code": "tests.taken",
        "detail": "Somebody was first.",
        "field": "name",
        "remedy": "Choose another.",
        "record": "clm_1",
        "request_id": TRACE,
    }


def test_who_is_to_slow_down_is_told_for_how_long(small: TestClient) -> None:
    answer = small.get("/errors/slow")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_a_malformed_field_is_named_and_not_echoed(small: TestClient) -> None:
    answer = small.post("/claimants", json={"family_name": CANARY, "age": CANARY, CANARY: 1})

    assert answer.status_code == 422
    assert {problem["field"] for problem in answer.json()["errors"]} == {
        "body.family_name",
        "body.age",
        "body",  # of a field that is not known only the place is named: its name is the client's own text
    }
    assert CANARY not in answer.text


@pytest.mark.parametrize(("text", "code"), [("A\x00nn", "value_error"), ("A\ud800nn", "string_unicode")])
def test_text_that_one_database_would_take_and_the_other_not_is_refused_by_both(
    small: TestClient, text: str, code: str
) -> None:
    sent = json.dumps({"family_name": text, "age": 1})
    answer = small.post("/claimants", content=sent, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body.family_name", "code": code}]


def test_an_unforeseen_error_shows_nothing_of_itself(small: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = small.get("/errors/other")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert CANARY not in answer.text
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err


def test_a_commit_that_fails_is_not_answered_with_success(small: TestClient) -> None:
    subject_id = new_id("pty")
    first = small.post(f"/subjects/{subject_id}")
    again = small.post(f"/subjects/{subject_id}")

    assert (first.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "database.refused"
    assert subject_id not in again.text


def test_what_was_answered_with_success_is_committed(small: TestClient) -> None:
    small.post("/subjects/pty_1")

    assert small.get("/subjects/pty_1").json() == {"found": True}


def test_without_a_token_nobody_gets_in(small: TestClient) -> None:
    answer = small.get("/mine")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_role_that_does_not_suffice_is_refused(small: TestClient) -> None:
    headers = {"Authorization": "Bearer x"}

    assert small.get("/mine", headers=headers).json() == "usr_1"
    answer = small.get("/theirs", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert "auditor, payer" in answer.json()["remedy"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "after=" + "x" * 201])
def test_a_page_has_limits(small: TestClient, query: str) -> None:
    assert small.get(f"/pages?{query}").status_code == 422


def test_a_body_above_the_limit_is_refused_by_its_stated_length(small: TestClient) -> None:
    answer = small.post("/claimants", content=b" " * 1001, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_above_the_limit_is_refused_though_it_hides_its_length(small: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    answer = small.post("/claimants", content=chunks(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_answer_is_private_and_names_its_request(small: TestClient) -> None:
    answer = small.get("/pages", headers={"X-Request-ID": "Amina-Exemple-Ngoma"})

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["x-request-id"].startswith("req_")


def test_an_unknown_address_is_a_problem_too(small: TestClient) -> None:
    answer = small.get("/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_log_has_the_route_and_no_more(small: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    small.post("/claimants", params={"q": CANARY}, json={"family_name": CANARY, "age": 1})
    small.get(f"/subjects/{CANARY}")

    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ok"}


def test_the_api_describes_itself_in_a_demonstration(client: TestClient) -> None:
    assert json.loads(client.get("/openapi.json").text)["info"]["title"] == "Reparations"
    assert client.get("/docs").status_code == 200
