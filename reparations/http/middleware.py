"""What happens to every request: an id, a size limit, strict headers, and one log line without personal data."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import structlog

from reparations.ids import new_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)
_REQUEST_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|req_[0-9A-Z]{26}")
"""A caller's own request id is kept if it is a UUID or one of ours: free text might be somebody's name."""
_THREADS = 40
"""Of anyio's pool, in which FastAPI runs routes and what they depend on."""
_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"strict-transport-security", b"max-age=31536000"),
)
_STRICT_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_TOO_LARGE = b'{"type":"urn:reparations:problem:too_large","title":"Content Too Large","status":413,"code":"too_large",'
_TOO_LARGE += b'"detail":"The request is larger than this service accepts."}'


class RequestLog:
    """Give each request an id, and log method, route, status and time: never a query, a body or a name."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        request_id = given.decode("ascii") if _REQUEST_ID.fullmatch(given) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                policy = () if scope["path"] in {"/docs", "/redoc"} else (_STRICT_POLICY,)
                message["headers"] = [*headers, (b"x-request-id", request_id.encode()), *_HEADERS, *policy]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            route = scope.get("route")
            log.info(
                "request",
                method=scope["method"],
                route=getattr(route, "path", "unmatched"),
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )
            structlog.contextvars.unbind_contextvars("request_id")


class BodyLimit:
    """Take in the whole body before anything is done; refuse one above the limit, whether it says its length or not."""

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        """Wrap `app`; the limit is in bytes."""
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.max_body_bytes:
            await _refuse(send)
            return
        seen = 0
        body: deque[Message] = deque()
        more = True
        while more:
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.max_body_bytes:
                await _refuse(send)
                return
            body.append(message)
            more = message.get("more_body", False)

        async def again() -> Message:
            return body.popleft() if body else await receive()

        await self.app(scope, again, send)


class Door:
    """Let in as many requests at once as there are threads; the others wait outside, in the order they came.

    A request goes through several threads, one after the other, and keeps its turn to write from one to the next
    (`db.turns`).  If those who wait for that turn slept in all the threads there are, whoever has it would find none to
    go on in, until their time was over.  Whoever is inside has read his body and is out when his answer begins: a slow
    client keeps nobody waiting.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        places = self._places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_THREADS))
        await places.acquire()
        inside = True

        async def send_outside(message: Message) -> None:
            nonlocal inside
            if inside:
                inside = False
                places.release()
            await send(message)

        try:
            await self.app(scope, receive, send_outside)
        finally:
            if inside:
                places.release()


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(_TOO_LARGE)).encode()),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})
