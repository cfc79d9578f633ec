from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from reparations.example.server import LocalServer
from reparations.example.stripe_loopback import Fault, StripeBooks, create_stripe_loopback
from reparations.money import Money
from reparations.payments.errors import ProviderRefusesUs, RailForbidden, RailNotConfigured, UnpayableDetails
from reparations.payments.rails.protocol import Answer, Instruction, Outcome
from reparations.payments.rails.stripe import StripeRail, check_settings
from reparations.settings import Mode, Settings

REFERENCE = "AAAABBBBCCCCDDDD"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
Provider = Callable[..., tuple[StripeRail, StripeBooks]]


def rail_settings(**changes: object) -> Settings:
    values: dict[str, Any] = {
        "mode": Mode.DEMO,
        "keys_dir": Path("keys"),
        "stripe_api_key": SecretStr("sk_test_12345"),
        "stripe_api_base": "http://127.0.0.1:1",
        "stripe_financial_account": "fa_1",
        "provider_timeout_s": 5,
    }
    return Settings.model_construct(**{**Settings().model_dump(), **values, **changes})


def instruction(account: str = "acct_0001", reference: str = REFERENCE, minor: int = 25_000) -> Instruction:
    return Instruction(reference=reference, amount=Money(minor, "USD"), details={"stripe_account": account})


@pytest.fixture
def provider() -> Iterator[Provider]:
    with ExitStack() as stack:

        def start(
            plan: Mapping[str, Sequence[Fault]] | None = None, returning: Sequence[str] = ()
        ) -> tuple[StripeRail, StripeBooks]:
            app = create_stripe_loopback(plan=plan, returning=returning)
            base = stack.enter_context(LocalServer(app)).url
            return StripeRail(rail_settings(stripe_api_base=base)), app.state.books

        yield start


def test_a_payment_is_accepted_once_however_often_it_is_sent(provider: Provider) -> None:
    rail, books = provider()
    request = rail.request(instruction())

    answers = [rail.send(request, idempotency_key="key-1") for _ in range(3)]

    assert len(books.of(REFERENCE)) == 1
    assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
    assert len({answer.provider_ref for answer in answers}) == 1


def test_the_request_is_the_same_bytes_each_time_and_names_nobody(provider: Provider) -> None:
    rail, books = provider()

    request = rail.request(instruction())
    rail.send(request, idempotency_key="key-1")

    assert request == rail.request(instruction())
    body = json.loads(request)
    assert body["metadata"] == {"payment": REFERENCE}
    assert {body["description"], body["statement_descriptor"]} == {REFERENCE}
    assert books.of(REFERENCE)[0]["amount"] == {"value": 25_000, "currency": "usd"}


@pytest.mark.parametrize(
    ("fault", "outcome", "done"),
    [
        (Fault.REQUEST_LOST, Outcome.UNKNOWN, 0),
        (Fault.ANSWER_LOST, Outcome.UNKNOWN, 1),
        (Fault.ERROR_BEFORE, Outcome.UNKNOWN, 0),
        (Fault.ERROR_AFTER, Outcome.UNKNOWN, 1),
        (Fault.TOO_MANY, Outcome.UNKNOWN, 0),
        (Fault.REFUSED, Outcome.REJECTED, 0),
    ],
)
def test_only_a_definite_refusal_is_a_rejection(provider: Provider, fault: Fault, outcome: Outcome, done: int) -> None:
    rail, books = provider(plan={"acct_0001": [fault]})

    answer = rail.send(rail.request(instruction()), idempotency_key="key-1")

    assert answer.outcome is outcome
    assert len(books.of(REFERENCE)) == done


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.REFUSED])
def test_after_any_doubt_the_same_key_makes_one_payment(provider: Provider, fault: Fault) -> None:
    rail, books = provider(plan={"acct_0001": [fault, fault]})
    request = rail.request(instruction())

    answers = [rail.send(request, idempotency_key="key-1").outcome for _ in range(3)]

    assert answers == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.ACCEPTED]
    assert len(books.of(REFERENCE)) == 1


def test_the_same_key_with_another_body_is_doubt_not_a_second_payment(provider: Provider) -> None:
    rail, books = provider()
    rail.send(rail.request(instruction()), idempotency_key="key-1")

    answer = rail.send(rail.request(instruction(minor=25_001)), idempotency_key="key-1")

    assert answer == Answer(Outcome.UNKNOWN, code="http_400")
    assert len(books.payments) == 1


def test_nobody_at_the_other_end_is_doubt() -> None:
    rail = StripeRail(rail_settings())

    assert rail.send(rail.request(instruction()), idempotency_key="key-1") == Answer(Outcome.UNKNOWN, code="no_answer")
    assert rail.look_up(instruction(), provider_ref=None, since=SINCE).outcome is Outcome.UNKNOWN


def test_a_lost_answer_is_found_again_by_our_reference(provider: Provider) -> None:
    rail, books = provider(plan={"acct_0001": [Fault.ANSWER_LOST]})
    rail.send(rail.request(instruction()), idempotency_key="key-1")

    found = rail.look_up(instruction(), provider_ref=None, since=SINCE)

    assert found == Answer(Outcome.PAID, provider_ref=books.of(REFERENCE)[0]["id"], code="posted")
    assert rail.look_up(instruction(reference="X" * 16), provider_ref=None, since=SINCE).outcome is Outcome.NOT_FOUND
    later = datetime.now(UTC) + timedelta(hours=2)
    assert rail.look_up(instruction(), provider_ref=None, since=later).outcome is Outcome.NOT_FOUND


def test_a_payment_is_found_behind_a_hundred_others_to_the_same_account(provider: Provider) -> None:
    rail, books = provider()
    for number in range(102):
        books.pay(json.loads(rail.request(instruction(reference=f"REF{number:013d}"))))

    assert (
        rail.look_up(instruction(reference="REF0000000000101"), provider_ref=None, since=SINCE).provider_ref
        == "obp_00000102"
    )


def test_what_came_back_is_seen_when_asked_again(provider: Provider) -> None:
    rail, _books = provider(returning=["acct_0001"])
    reference = rail.send(rail.request(instruction()), idempotency_key="key-1").provider_ref

    answers = [rail.look_up(instruction(), provider_ref=reference, since=SINCE) for _ in range(2)]

    assert [(answer.outcome, answer.code) for answer in answers] == [
        (Outcome.PAID, "posted"),
        (Outcome.RETURNED, "payout_method_closed"),
    ]


def test_another_payments_id_is_not_taken_for_ours(provider: Provider) -> None:
    rail, _books = provider()
    reference = rail.send(rail.request(instruction()), idempotency_key="key-1").provider_ref

    answer = rail.look_up(instruction(reference="X" * 16), provider_ref=reference, since=SINCE)

    assert answer == Answer(Outcome.UNKNOWN, code="answer_of_another_payment")
    assert rail.look_up(instruction(), provider_ref="obp_nowhere", since=SINCE).outcome is Outcome.NOT_FOUND


def test_two_payments_of_one_reference_are_not_settled_by_guessing(provider: Provider) -> None:
    rail, books = provider()
    for _ in range(2):
        books.pay(json.loads(rail.request(instruction())))

    assert rail.look_up(instruction(), provider_ref=None, since=SINCE) == Answer(Outcome.UNKNOWN, code="several_found")


def test_a_key_the_provider_does_not_know_stops_everything(provider: Provider) -> None:
    rail, books = provider()
    rail._client._requestor._options.api_key = "sk_wrong"

    with pytest.raises(ProviderRefusesUs):
        rail.send(rail.request(instruction()), idempotency_key="key-1")
    with pytest.raises(ProviderRefusesUs):
        rail.look_up(instruction(), provider_ref=None, since=SINCE)
    assert books.payments == {}


@pytest.mark.parametrize(
    ("account", "amount", "reason"),
    [
        ("acct_", Money(1, "USD"), "recipient_malformed"),
        ("acct_1\r\nX: y", Money(1, "USD"), "recipient_malformed"),
        ("acct_0001", Money(1, "KWD"), "currency_not_carried"),
        ("acct_0001", Money(1, "UGX"), "currency_not_carried"),
    ],
)
def test_what_stripe_cannot_carry_is_refused_before_it_is_sent(account: str, amount: Money, reason: str) -> None:
    rail = StripeRail(rail_settings())

    with pytest.raises(UnpayableDetails) as caught:
        rail.request(Instruction(reference=REFERENCE, amount=amount, details={"stripe_account": account}))
    assert caught.value.reason == reason


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "anything"])
def test_a_demonstration_refuses_a_live_key(key: str) -> None:
    with pytest.raises(ValidationError):
        Settings(mode=Mode.DEMO, stripe_api_key=SecretStr(key), stripe_api_base="http://127.0.0.1:1")
    with pytest.raises(RailForbidden):
        StripeRail(rail_settings(stripe_api_key=SecretStr(key)))


@pytest.mark.parametrize("base", [None, "https://api.stripe.com", "http://127.0.0.1.example.com"])
def test_a_demonstration_reaches_no_provider_but_one_on_this_machine(base: str | None) -> None:
    with pytest.raises(RailForbidden):
        StripeRail(rail_settings(stripe_api_base=base))


def test_a_real_service_refuses_a_loopback_provider() -> None:
    with pytest.raises(ValidationError):
        Settings(mode=Mode.PRODUCTION, stripe_api_base="http://127.0.0.1:1")
    with pytest.raises(RailForbidden):
        check_settings(rail_settings(mode=Mode.PRODUCTION))


def test_a_rail_without_a_key_or_an_account_is_closed() -> None:
    with pytest.raises(RailNotConfigured):
        StripeRail(rail_settings(stripe_api_key=None))
    with pytest.raises(RailNotConfigured):
        StripeRail(rail_settings(stripe_financial_account=None))
