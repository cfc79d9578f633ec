"""The service refuses settings that would put people's money or names at risk."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from reparations.settings import Mode, Settings

LOOPBACK = "http://127.0.0.1:9000"


def test_the_service_is_in_production_unless_told_otherwise() -> None:
    assert Settings().mode is Mode.PRODUCTION


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": "demo", "stripe_api_key": "sk_live_x", "stripe_api_base": LOOPBACK},
        {"mode": "demo", "stripe_api_key": "rk_live_x", "stripe_api_base": LOOPBACK},
        {"mode": "demo", "stripe_api_key": "sk_test_x"},
        {"mode": "demo", "stripe_api_base": "https://api.stripe.com"},
        {"mode": "production", "stripe_api_base": LOOPBACK},
        {"token_lifetime_s": 3600},
        {"log_origin": "two words"},
        {"debtor_name": "x" * 71},
        {"mode": "staging"},
    ],
)
def test_a_setting_that_mixes_demonstration_and_reality_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)


def test_a_demonstration_pays_through_a_loopback_with_a_test_key() -> None:
    settings = Settings(mode=Mode.DEMO, stripe_api_key="sk_test_x", stripe_api_base=LOOPBACK)  # type: ignore[arg-type]

    assert "sk_test_x" not in repr(settings)


def test_a_refused_secret_is_not_quoted() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(mode=Mode.DEMO, stripe_api_key="sk_live_canary")  # type: ignore[arg-type]

    assert "sk_live_canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"])
def test_every_common_spelling_of_a_postgresql_url_means_our_driver(url: str) -> None:
    assert Settings(database_url=url).sqlalchemy_url == "postgresql+psycopg://u@h/d"


def test_migrations_use_the_owners_url_where_there_is_one() -> None:
    settings = Settings(database_url="postgres://app@h/d", migration_database_url="postgres://owner@h/d")

    assert settings.sqlalchemy_migration_url == "postgresql+psycopg://owner@h/d"
