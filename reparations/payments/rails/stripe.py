"""The Stripe rail: Global Payouts, v2 outbound payments, through Stripe's own client.

Nothing about the payee but Stripe's own account id leaves the house: metadata, description and statement descriptor
hold the opaque payment reference.  The client never retries by itself; what is sent again, and when, is decided where
it is recorded.  Why v2 and not v1 transfers: `docs/adr/0011-stripe-outbound-payments.md`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
import stripe

from reparations.calendar import iso_instant
from reparations.money import Money, exponent
from reparations.payments.errors import ProviderRefusesUs, RailForbidden, RailNotConfigured, UnpayableDetails
from reparations.payments.rails.protocol import Answer, Instruction, Outcome, word
from reparations.settings import LOOPBACK_HOSTS, Mode, Settings

if TYPE_CHECKING:
    from stripe.params.v2.money_management import OutboundPaymentCreateParams, OutboundPaymentListParams
    from stripe.v2.money_management import OutboundPayment

_RECIPIENT = re.compile(r"acct_[A-Za-z0-9_]{4,60}")
_UNSUITED = frozenset({"HUF", "ISK", "TWD", "UGX"})
"""Currencies whose Stripe amount is not a plain number of ISO minor units (docs.stripe.com/currencies)."""
_MEMORY = timedelta(hours=23)
"""Stripe keeps an idempotency key for 24 hours at least; one hour is for clocks that differ."""
_CLOCKS_DIFFER = timedelta(hours=1)
_MOST_DECIMALS = 2
_PAGE = 100
_CONNECT_TIMEOUT_S = 5
_KEY_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_DOUBTFUL = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_OUTCOMES = {
    "processing": Outcome.IN_TRANSIT,
    "posted": Outcome.PAID,
    "returned": Outcome.RETURNED,
    "failed": Outcome.REJECTED,
    "canceled": Outcome.REJECTED,
}


def check_details(details: Mapping[str, str], amount: Money) -> None:
    """Refuse what Stripe could not carry.

    Raises:
        UnpayableDetails: `recipient_malformed` or `currency_not_carried`.
    """
    if not _RECIPIENT.fullmatch(details.get("stripe_account", "")):
        raise UnpayableDetails("recipient_malformed", "The Stripe account is missing or is no account id.")
    if amount.currency in _UNSUITED or exponent(amount.currency) > _MOST_DECIMALS:
        raise UnpayableDetails("currency_not_carried", f"{amount.currency} is not sent over Stripe.")


def check_settings(settings: Settings) -> None:
    """Refuse a demonstration that would reach a real provider, and a real service with a pretended one.

    The settings check themselves when they are read; money is worth a second look where it leaves.

    Raises:
        RailForbidden, RailNotConfigured: nothing is sent.
    """
    key = settings.stripe_api_key.get_secret_value() if settings.stripe_api_key else ""
    base = settings.stripe_api_base
    if not key or not settings.stripe_financial_account:
        raise RailNotConfigured(
            "Payments over Stripe wait: the rail is not set up.",
            remedy="Set REPARATIONS_STRIPE_API_KEY and REPARATIONS_STRIPE_FINANCIAL_ACCOUNT.",
        )
    loopback = base is not None and urlsplit(base).hostname in LOOPBACK_HOSTS
    if settings.mode is Mode.DEMO and (not loopback or not key.startswith("sk_test_")):
        raise RailForbidden("A demonstration pays with a test key and a provider on this machine only.")
    if settings.mode is Mode.PRODUCTION and base is not None:
        raise RailForbidden("A real service does not pay a pretended provider.", field="REPARATIONS_STRIPE_API_BASE")


class StripeRail:
    """Sends payments as Stripe outbound payments from one financial account."""

    resend_window = _MEMORY

    def __init__(self, settings: Settings) -> None:
        """Make a client; nothing is called yet.

        Raises:
            RailForbidden, RailNotConfigured: see `check_settings`.
        """
        check_settings(settings)
        key = settings.stripe_api_key.get_secret_value() if settings.stripe_api_key else ""
        self._financial_account = settings.stripe_financial_account or ""
        stripe.enable_telemetry = False  # our machines' names and timings are nobody's business
        session = requests.Session()
        session.trust_env = settings.stripe_api_base is None  # a proxy of the environment has no part in a loopback
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else {},
            max_network_retries=0,
            http_client=stripe.RequestsClient(
                timeout=(_CONNECT_TIMEOUT_S, settings.provider_timeout_s), session=session
            ),
        )

    def request(self, instruction: Instruction) -> bytes:
        """Return the request as canonical JSON; see `OnlineRail.request`."""
        check_details(instruction.details, instruction.amount)
        amount = {"value": instruction.amount.amount_minor, "currency": instruction.amount.currency.lower()}
        body: dict[str, Any] = {
            "from": {"financial_account": self._financial_account, "currency": amount["currency"]},
            "to": {"recipient": instruction.details["stripe_account"], "currency": amount["currency"]},
            "amount": amount,
            "description": instruction.reference,
            "statement_descriptor": instruction.reference,
            "metadata": {"payment": instruction.reference},
            # Stripe sends the payee no mail: contact with protected people is the programme's own.
            "recipient_notification": {"setting": "none"},
        }
        return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()

    def send(self, request: bytes, *, idempotency_key: str) -> Answer:
        """Create the outbound payment; see `OnlineRail.send`."""
        body = cast("OutboundPaymentCreateParams", json.loads(request))
        try:
            payment = self._client.v2.money_management.outbound_payments.create(
                body, {"idempotency_key": idempotency_key}
            )
        except stripe.StripeError as error:
            return _doubt_or_refusal(error)
        if not _is_ours(payment, json.loads(request)["metadata"]["payment"]):
            return Answer(Outcome.UNKNOWN, code="answer_of_another_payment")
        return Answer(Outcome.ACCEPTED, provider_ref=payment.id, code=word(payment.status))

    def look_up(self, instruction: Instruction, *, provider_ref: str | None, since: datetime) -> Answer:
        """Retrieve by Stripe's id, or search the recipient's payments since `since` for our reference."""
        outbound = self._client.v2.money_management.outbound_payments
        try:
            if provider_ref is not None:
                found = [outbound.retrieve(provider_ref)]
            else:
                params: OutboundPaymentListParams = {
                    "recipient": instruction.details["stripe_account"],
                    "created": {"gte": iso_instant((since - _CLOCKS_DIFFER).astimezone(UTC))},
                    "limit": _PAGE,
                }
                found = [p for p in outbound.list(params).auto_paging_iter() if _is_ours(p, instruction.reference)]
        except stripe.StripeError as error:
            return _look_up_failed(error)
        if not found:
            return Answer(Outcome.NOT_FOUND)
        if len(found) > 1 or not _is_ours(found[0], instruction.reference):
            return Answer(Outcome.UNKNOWN, code="several_found" if len(found) > 1 else "answer_of_another_payment")
        return Answer(_OUTCOMES[found[0].status], provider_ref=found[0].id, code=_reason(found[0]))


def _is_ours(payment: OutboundPayment, reference: str) -> bool:
    return (payment.metadata.to_dict() if payment.metadata else {}).get("payment") == reference


def _reason(payment: OutboundPayment) -> str:
    """Give the provider's word for why a payment failed or came back, else its status."""
    details = payment.status_details
    part = getattr(details, payment.status, None) if details is not None else None
    return word(getattr(part, "reason", None) or payment.status)


def _doubt_or_refusal(error: stripe.StripeError) -> Answer:
    """Tell a definite refusal by the executing layer from everything else, which is doubt.

    Raises:
        ProviderRefusesUs: the key is not accepted: whatever is sent next would fare the same.
    """
    status = error.http_status or 0
    if status in _KEY_REFUSED:
        raise ProviderRefusesUs(
            "Stripe does not accept the key, or it may not send payments; nothing more was sent.",
            remedy="Check the key and its permissions, then dispatch again: it is safe.",
        ) from None
    executing_layer = isinstance(error.json_body, dict) and isinstance(error.json_body.get("error"), dict)
    doubtful = isinstance(error, (stripe.APIConnectionError, stripe.IdempotencyError, stripe.RateLimitError))
    if doubtful or not executing_layer or not _is_refusal(status):
        return Answer(Outcome.UNKNOWN, code=f"http_{status}" if status else "no_answer")
    kind = cast("dict[str, dict[str, str]]", error.json_body)["error"].get("type")
    return Answer(Outcome.REJECTED, code=word(error.code or kind) or f"http_{status}")


def _is_refusal(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _DOUBTFUL


def _look_up_failed(error: stripe.StripeError) -> Answer:
    status = error.http_status or 0
    if status in _KEY_REFUSED:
        raise ProviderRefusesUs("Stripe does not accept the key; nothing was looked up.") from None
    if status == HTTPStatus.NOT_FOUND:
        return Answer(Outcome.NOT_FOUND)
    return Answer(Outcome.UNKNOWN, code=f"http_{status}" if status else "no_answer")
