"""A caseworker's side of the API: registers a file's rows over HTTP, as any other program could.

Each row is a request of its own.  A row that went in before is the same claim again, so an interrupted import is simply
started anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from reparations.errors import InvalidInput, NotAuthenticated, NotFound, NotPermitted, Unavailable
from reparations.registry.intake import IntakeRow
from reparations.settings import LOOPBACK_HOSTS

TIMEOUT_S = 60
ATTEMPTS = 6
"""How often one row is tried while the service is busy or out of reach; the waits between add up to half a minute."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row the service would not take, and why; nothing of what it says."""

    row: str
    code: str
    field: str
    remedy: str


@dataclass(slots=True)
class Outcome:
    """What became of the rows."""

    rows: int
    registered: int = 0
    registered_before: int = 0
    with_open_duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """The totals, for a program."""
        return {
            "rows": self.rows,
            "registered": self.registered,
            "registered_before": self.registered_before,
            "with_open_duplicates": self.with_open_duplicates,
            "rejected": len(self.rejected),
        }


class Importer:
    """A caseworker's side of the API.  Signs in by itself, and again when the token has run out."""

    def __init__(self, url: str, *, username: str, password: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS):
            raise InvalidInput(
                "Names of claimants travel over https only.", field="--url", remedy="Give an address with https://."
            )
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self._credentials = {"username": username, "password": password}

    def __enter__(self) -> Self:
        try:
            self._sign_in()
        except BaseException:
            self._http.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def run(self, rows: Iterator[IntakeRow], *, programme: str, count: int) -> Outcome:
        """Register rows one by one; an heir's row needs the claim that the row it goes through became."""
        outcome = Outcome(rows=count)
        claim_of: dict[str, str] = {}
        for row in rows:
            through = claim_of.get(row.through_row_id) if row.through_row_id else None
            if row.through_row_id and through is None:
                outcome.rejected.append(
                    Rejection(row.row_id, "intake.through_rejected", "through_row_id", "put that row right first")
                )
                continue
            response = self._send("/claims", row.body(programme=programme, through_claim_id=through))
            if response.is_error:
                outcome.rejected.append(_rejection(row, response))
                _stop_if_hopeless(response)
                continue
            claim = response.json()
            claim_of[row.row_id] = claim["id"]
            if response.status_code == HTTPStatus.CREATED:
                outcome.registered += 1
            else:
                outcome.registered_before += 1
            outcome.with_open_duplicates += any(pair["status"] == "open" for pair in claim["duplicates"])
        return outcome

    def _send(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send a request, again and again while the service is busy: the row's id makes that safe.

        Raises:
            Unavailable: the service stays out of reach; what went in so far stays in.
            NotAuthenticated: the officer is no longer let in.
        """
        response = None
        for attempt in range(ATTEMPTS):
            try:
                response = self._http.post(path, json=body)
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code == HTTPStatus.UNAUTHORIZED:
                self._sign_in()
            elif response is not None and response.status_code not in _BUSY:
                return response
            else:
                time.sleep(_wait_s(response, attempt))
        raise Unavailable(
            "The service does not answer; what was registered so far stays registered.",
            remedy="Start the import again when the service is back: it goes on where it stopped.",
        )

    def _sign_in(self) -> None:
        try:
            response = self._http.post("/sessions", json=self._credentials)
        except httpx.TransportError:
            raise Unavailable("The service is out of reach.", remedy="Check --url and whether it runs.") from None
        if response.is_error:
            raise NotAuthenticated(
                "The service does not let this officer in.", remedy="Check --username and --password-file."
            )
        self._http.headers["Authorization"] = f"Bearer {response.json()['access_token']}"


_BUSY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def _wait_s(response: httpx.Response | None, attempt: int) -> float:
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    return min(float(asked), 30.0) if asked.isdigit() else float(2**attempt) / 2


def _stop_if_hopeless(response: httpx.Response) -> None:
    """Stop where every other row would be refused for the same reason.

    Raises:
        NotPermitted: the officer is no caseworker.
        NotFound: there is no such programme.
    """
    if response.status_code == HTTPStatus.FORBIDDEN:
        raise NotPermitted("This officer may not register claims.", remedy="Sign in as a caseworker.")
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFound("There is no such programme.", field="--programme", remedy="Check its code.")


def _rejection(row: IntakeRow, response: httpx.Response) -> Rejection:
    """Keep code, field and remedy of a problem; an answer that is none keeps its status."""
    problem: dict[str, Any] = {}
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        problem = response.json()
    return Rejection(
        row.row_id,
        str(problem.get("code", response.status_code)),
        str(problem.get("field", "")),
        str(problem.get("remedy", "")),
    )
