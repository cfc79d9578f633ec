"""A provider on this machine that behaves like Stripe for the calls the Stripe rail makes.

For the example and for tests: it keeps Stripe's promises about idempotency (a success is replayed to the same key and
body, another body under the same key is refused, a request that failed may be sent again) and breaks what a
network breaks, as the fault plan says, account by account.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from reparations.calendar import Clock, utc_now

_PATH = "/v2/money_management/outbound_payments"
_OBJECT = "v2.money_management.outbound_payment"


class Fault(StrEnum):
    """What goes wrong with one request to pay an account."""

    REQUEST_LOST = "request_lost"
    """The connection breaks before anything is done."""
    ANSWER_LOST = "answer_lost"
    """The work is done, then the connection breaks."""
    ERROR_BEFORE = "error_before"
    """500, nothing done."""
    ERROR_AFTER = "error_after"
    """500 although the work is done."""
    TOO_MANY = "too_many"
    """429, nothing done."""
    REFUSED = "refused"
    """400 by the layer that executes: the payout method is not valid."""


@dataclass
class StripeBooks:
    """What the provider did: the truth that tests compare our books with."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Idempotency key to the body's hash and the payment made."""
    plan: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    returning: frozenset[str] = frozenset()
    """Accounts whose bank sends the money back."""
    requests: int = 0
    clock: Clock = utc_now
    file: Path | None = None
    """Where the books are kept over a restart; only in memory if absent."""

    def __post_init__(self) -> None:
        if self.file is not None and self.file.exists():
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            self.payments = kept["payments"]
            self.replies = {key: (digest, payment) for key, (digest, payment) in kept["replies"].items()}

    def save(self) -> None:
        """Write the books down, whole or not at all."""
        if self.file is not None:
            written = self.file.with_suffix(".new")
            written.write_text(json.dumps({"payments": self.payments, "replies": self.replies}), encoding="utf-8")
            written.replace(self.file)

    def of(self, reference: str) -> list[dict[str, Any]]:
        """Every payment made for one of our references: more than one would be a double payment."""
        return [payment for payment in self.payments.values() if payment["metadata"].get("payment") == reference]

    def pay(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do the work."""
        payment = {
            "id": f"obp_{len(self.payments) + 1:08d}",
            "object": _OBJECT,
            "amount": body["amount"],
            "cancelable": False,
            "created": _instant(self.clock()),
            "description": body.get("description"),
            "from": {"debited": body["amount"], "financial_account": body["from"]["financial_account"]},
            "livemode": False,
            "metadata": dict(body.get("metadata", {})),
            "recipient_notification": body.get("recipient_notification", {"setting": "configured"}),
            "statement_descriptor": body.get("statement_descriptor", "STRIPE"),
            "status": "processing",
            "status_details": None,
            "to": {"credited": body["amount"], "recipient": body["to"]["recipient"], "payout_method": None},
        }
        self.payments[str(payment["id"])] = payment
        return payment

    def move_on(self, payment: dict[str, Any]) -> None:
        """Carry a payment one step further, as time does: processing, posted, and for some accounts returned."""
        if payment["status"] == "processing":
            payment["status"] = "posted"
        elif payment["status"] == "posted" and payment["to"]["recipient"] in self.returning:
            payment["status"] = "returned"
            payment["status_details"] = {"returned": {"reason": "payout_method_closed"}}
        self.save()


class ConnectionBroken(JSONResponse):
    """An answer that begins and never comes: the client sees a broken connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 the interface of ASGI
        """Announce a body and send none."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"64")]})


def _is_news(record: logging.LogRecord) -> bool:
    """Keep the server from complaining about connections that break by plan."""
    return record.getMessage() != "ASGI callable returned without completing response."


def create_stripe_loopback(
    *,
    plan: Mapping[str, Iterable[Fault]] | None = None,
    returning: Iterable[str] = (),
    clock: Clock = utc_now,
    file: Path | None = None,
) -> FastAPI:
    """Make the application; `app.state.books` is a `StripeBooks`.

    Args:
        plan: for each account the faults of the first, second, … request to pay it.
        returning: accounts whose bank sends the money back after it was posted.
        clock: tells the provider's time.
        file: where the provider keeps its books over a restart.
    """
    app = FastAPI(title="Stripe, on this machine", openapi_url=None)
    books = StripeBooks(returning=frozenset(returning), clock=clock, file=file)
    for account, faults in (plan or {}).items():
        books.plan[account].extend(faults)
    app.state.books = books
    logging.getLogger("uvicorn.error").addFilter(_is_news)

    app.add_exception_handler(HTTPException, _error)
    app.add_api_route(_PATH, _create, methods=["POST"])
    app.add_api_route(_PATH, _list, methods=["GET"])
    app.add_api_route(_PATH + "/{payment_id}", _retrieve, methods=["GET"])
    return app


def _books(request: Request, authorization: Annotated[str, Header()] = "") -> StripeBooks:
    """The books, for whoever has a test key."""
    if not authorization.startswith("Bearer sk_test_"):
        raise HTTPException(
            401, {"type": "invalid_request_error", "code": "api_key_invalid", "message": "No such key."}
        )
    return cast("StripeBooks", request.app.state.books)


Books = Annotated[StripeBooks, Depends(_books)]


async def _error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 the handler is registered for this class
    return JSONResponse({"error": error.detail}, error.status_code)


async def _create(request: Request, books: Books, idempotency_key: Annotated[str, Header()]) -> JSONResponse:
    books.requests += 1
    raw = await request.body()
    body = json.loads(raw)
    digest = hashlib.sha256(raw).hexdigest()
    fault = _next_fault(books, body["to"]["recipient"])
    if fault in _NOTHING_DONE:
        return _NOTHING_DONE[fault]
    known = books.replies.get(idempotency_key)
    if known is not None and known[0] != digest:
        return _problem(400, "idempotency_error", "idempotency_key_reused", "The key was used with another body.")
    payment = books.payments[known[1]] if known is not None else books.pay(body)
    books.replies[idempotency_key] = (digest, payment["id"])
    books.save()
    if fault is Fault.ANSWER_LOST:
        return ConnectionBroken({})
    if fault is Fault.ERROR_AFTER:
        return _problem(500, "api_error", "internal", "Something went wrong.")
    return JSONResponse(payment, headers={"Idempotent-Replayed": "true"} if known is not None else {})


async def _retrieve(payment_id: str, books: Books) -> JSONResponse:
    if payment_id not in books.payments:
        return _problem(404, "invalid_request_error", "resource_missing", "No such outbound payment.")
    books.move_on(books.payments[payment_id])
    return JSONResponse(books.payments[payment_id])


async def _list(
    books: Books,
    recipient: str,
    created_gte: Annotated[str, Query(alias="created[gte]")] = "",
    *,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    page: Annotated[int, Query(ge=0)] = 0,
) -> JSONResponse:
    found = [
        payment
        for payment in books.payments.values()
        if payment["to"]["recipient"] == recipient and payment["created"] >= created_gte
    ]
    shown = found[page : page + limit]
    for payment in shown:
        books.move_on(payment)
    wanted = {"recipient": recipient, "created[gte]": created_gte, "limit": limit, "page": page + limit}
    more = f"{_PATH}?{urlencode(wanted)}" if page + limit < len(found) else None
    return JSONResponse({"data": shown, "next_page_url": more, "previous_page_url": None})


def _next_fault(books: StripeBooks, account: str) -> Fault | None:
    return books.plan[account].popleft() if books.plan[account] else None


def _problem(status: int, kind: str, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"type": kind, "code": code, "message": message}}, status)


_NOTHING_DONE: dict[Fault | None, JSONResponse] = {
    Fault.REQUEST_LOST: ConnectionBroken({}),
    Fault.ERROR_BEFORE: _problem(500, "api_error", "internal", "Something went wrong."),
    Fault.TOO_MANY: _problem(429, "rate_limit", "rate_limit", "Too many requests."),
    Fault.REFUSED: _problem(400, "invalid_payout_method", "payout_method_invalid", "The payout method is not valid."),
}


def _instant(at: datetime) -> str:
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
