"""An officer's side of the API, as the example uses it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx

TIMEOUT_S = 120


class ExampleFailed(RuntimeError):
    """The service answered something the example does not expect; `code` is its problem's."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class OfficerClient:
    """Speaks to the service in the name of one officer; signs in by itself, and again when the token has run out."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._http = httpx.Client(base_url=base_url, timeout=TIMEOUT_S)
        self._username = username
        self._password = password
        self._sign_in()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401 whatever JSON holds
        """Read one thing."""
        return self._send("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: object = None, **options: Any) -> Any:  # noqa: ANN401 whatever JSON holds
        """Do one thing; `options` go to httpx (a file's content, headers)."""
        return self._send("POST", path, **({"json": body} if body is not None else {}), **options)

    def list(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 query values
        """Read a whole list, page by page."""
        after: str | None = None
        while True:
            page = self.get(path, after=after, limit=200, **params)
            yield from page["items"]
            after = page.get("next")
            if after is None:
                return

    def find(self, path: str, field: str, value: object) -> dict[str, Any] | None:
        """Find the one item of a list whose `field` is `value`."""
        return next((item for item in self.list(path) if item[field] == value), None)

    def content(self, path: str) -> bytes:
        """Download a file."""
        return self._response("GET", path).content

    def _send(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 whatever JSON holds
        response = self._response(method, path, **options)
        return response.json() if response.content else None

    def _response(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 httpx options
        response = self._http.request(method, path, **options)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            self._sign_in()
            response = self._http.request(method, path, **options)
        if response.is_error:
            code = str(response.json().get("code", "")) if "json" in response.headers.get("content-type", "") else ""
            raise ExampleFailed(f"{method} {path}: {response.status_code} {response.text[:500]}", code=code)
        return response

    def _sign_in(self) -> None:
        body = {"username": self._username, "password": self._password}
        response = self._http.post("/sessions", json=body)
        if response.is_error:
            raise ExampleFailed(f"{self._username} cannot sign in: {response.status_code} {response.text[:500]}")
        self._http.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
