"""Configuration: read once at the edge from the environment, checked, frozen, and passed in.

Every setting is an environment variable with the prefix ``REPARATIONS_``.  There is no setting that turns a control
off.  Secrets are files in `keys_dir` or environment variables, never part of the repository.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Mode(StrEnum):
    """Whether people's money is at stake."""

    DEMO = "demo"
    """Visibly a demonstration: refuses real payment rails, shows the API documentation."""
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Everything an operator can decide.  Units are in the names."""

    model_config = SettingsConfigDict(env_prefix="REPARATIONS_", frozen=True, extra="ignore", hide_input_in_errors=True)

    mode: Mode = Mode.PRODUCTION
    """`demo` or `production`."""

    data_dir: Path = Path("data")
    """Folder for reports, exported logs and, by default, the embedded database."""

    keys_dir: Path = Path("data/keys")
    """Folder of the key files, readable by the service's own user only; keep its backup apart from the database's."""

    database_url: str = ""
    """URL the service connects with; empty means SQLite in `data_dir`.  Of several PostgreSQL hosts
    (`//user@a:5432,b:5432/name`) the one that accepts writing is taken."""

    read_database_url: str = ""
    """URL that statements and traces are read from, each answer saying as of when; empty means `database_url`.  Of
    several PostgreSQL hosts a standby is taken while there is one.  Nothing is ever written there."""

    migration_database_url: str = ""
    """URL of the owner of the tables, for `reparations database migrate` only; empty means `database_url`."""

    app_role: str = "reparations_app"
    """PostgreSQL role the service runs as; migrations grant it what it needs and no more."""

    log_origin: str = "reparations.example/audit"
    """Name of this installation's log, first line of every checkpoint; a host name of yours and a path."""

    token_lifetime_s: int = Field(default=600, ge=60, le=600)
    """How long an access token is good for, in seconds."""

    max_body_bytes: int = Field(default=4 * 2**20, ge=2**16, le=2**26)
    """Largest request accepted, in bytes."""

    lock_timeout_ms: int = Field(default=10_000, ge=100, le=120_000)
    """How long a request waits for a row or the database before it answers `unavailable`, in milliseconds."""

    pool_size: int = Field(default=10, ge=1, le=200)
    """Database connections kept open."""

    prepared_statements: bool = True
    """Set to false behind a transaction-pooling PgBouncer; settings of the connection then go with each transaction."""

    stripe_api_key: SecretStr | None = None
    """Key of the Stripe account that pays out; empty leaves the rail closed."""

    stripe_api_base: str | None = None
    """Address of the Stripe API; only a loopback address, and only in demo mode."""

    stripe_financial_account: str | None = None
    """Stripe financial account the payouts are drawn on."""

    provider_timeout_s: int = Field(default=30, ge=1, le=120)
    """How long a payment provider may take to answer before the payment counts as unknown, in seconds."""

    debtor_name: str = Field(default="Trust Account", max_length=70)
    """Neutral name of the payer in bank files; must not say what the money is for."""

    debtor_iban: str = ""
    """IBAN of the account that bank files draw on."""

    debtor_bic: str = ""
    """BIC of the bank of `debtor_iban`."""

    @field_validator("log_origin")
    @classmethod
    def _origin_is_one_word(cls, origin: str) -> str:
        if not origin or any(character.isspace() or character == "+" for character in origin):
            message = "the log's origin is one word without spaces or plus signs"
            raise ValueError(message)
        return origin

    @field_validator("read_database_url")
    @classmethod
    def _a_standby_is_postgresql(cls, url: str) -> str:
        if url and not url.startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
            message = "only PostgreSQL has standbys to read from; leave read_database_url empty"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _rails_suit_the_mode(self) -> Self:
        """A demonstration never reaches a real provider, and a real service never a pretended one."""
        base = self.stripe_api_base
        if base is not None and self.mode is Mode.PRODUCTION:
            message = "stripe_api_base is for demonstrations; in production leave it empty"
            raise ValueError(message)
        if base is not None and urlsplit(base).hostname not in LOOPBACK_HOSTS:
            message = "a demonstration talks to a payment provider on this machine only"
            raise ValueError(message)
        key = self.stripe_api_key.get_secret_value() if self.stripe_api_key else ""
        if self.mode is Mode.DEMO and key and (base is None or not key.startswith("sk_test_")):
            message = "a demonstration takes a test key (sk_test_...) and a loopback stripe_api_base only"
            raise ValueError(message)
        return self

    @property
    def sqlalchemy_url(self) -> str:
        """The URL to connect to, the embedded database where none was set."""
        url = self.database_url or f"sqlite:///{(self.data_dir / 'reparations.sqlite3').absolute()}"
        return _with_driver(url)

    @property
    def sqlalchemy_read_url(self) -> str:
        """The URL to read reports from, a standby before the primary unless it says otherwise."""
        if not self.read_database_url:
            return self.sqlalchemy_url
        url = _with_driver(self.read_database_url)
        if "target_session_attrs=" in url:
            return url
        return f"{url}{'&' if '?' in url else '?'}target_session_attrs=prefer-standby"

    @property
    def sqlalchemy_migration_url(self) -> str:
        """The URL to migrate with."""
        return _with_driver(self.migration_database_url) if self.migration_database_url else self.sqlalchemy_url


def _with_driver(url: str) -> str:
    """Name the one PostgreSQL driver we use, whatever common spelling the operator chose."""
    for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + _with_hosts_apart(url.removeprefix(prefix))
    return url


def _with_hosts_apart(rest: str) -> str:
    """Move several hosts, as libpq writes them (``user@a:5432,b:5433/name``), where SQLAlchemy looks for them."""
    authority, slash, path = rest.partition("/")
    user, at, hosts = authority.rpartition("@")
    if "," not in hosts:
        return rest
    separator = "&" if "?" in path else "?"
    return f"{user}{at}{slash or '/'}{path}{separator}" + "&".join(f"host={host}" for host in hosts.split(","))
