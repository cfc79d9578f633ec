"""Access tokens: the only place that knows python-jose.

A token carries the id of a session for at most ten minutes, and nothing about what its holder may do: the session's row
is looked up on every request, so a fault in here cannot outlive it.  The library is used for the one thing it does
right, an HMAC over a JWT, and is trusted with nothing else: left to itself it takes an empty secret, a token without an
audience, unknown ``crit`` headers and, told no algorithm, a public key for a secret; and it reads the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jose import jws, jwt
from jose.backends.base import Key
from jose.constants import ALGORITHMS
from jose.exceptions import JOSEError
from jose.jwk import construct

from reparations.access.errors import TokenRefused
from reparations.errors import Misconfigured

ALGORITHM: str = ALGORITHMS.HS256
ISSUER = "reparations"
AUDIENCE = "reparations-api"
TYPE = "access"
LONGEST_LIFETIME_S = 600
CLOCKS_DIFFER_S = 5
"""How far the clocks of two machines that serve together may lie apart, in seconds."""
MAX_TOKEN_BYTES = 2048
MIN_KEY_BYTES = 32
MAX_ID_CHARACTERS = 64

_HEADER = {"alg": ALGORITHM, "typ": "JWT"}
"""The whole header.  With nothing else in it there is no ``crit``, ``jku``, ``jwk``, ``x5u`` or ``kid`` to obey."""
_ONLY_THE_SIGNATURE = {f"verify_{name}": False for name in ("aud", "iat", "exp", "nbf", "iss", "sub", "jti", "at_hash")}
"""The library checks the signature; the claims are checked below."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a token says: which officer's which session."""

    officer_id: str
    session_id: str


def issue_token(key: bytes, claims: TokenClaims, *, at: datetime, lifetime_s: int = LONGEST_LIFETIME_S) -> str:
    """Make a token that is good from `at` for `lifetime_s` seconds.

    Raises:
        Misconfigured: the key is too short, or the lifetime too long.
    """
    if not 0 < lifetime_s <= LONGEST_LIFETIME_S:
        raise Misconfigured("An access token is good for 1 to 600 seconds.", field="REPARATIONS_TOKEN_LIFETIME_S")
    issued = int(at.timestamp())
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": TYPE,
        "sub": claims.officer_id,
        "sid": claims.session_id,
        "iat": issued,
        "nbf": issued,
        "exp": issued + lifetime_s,
    }
    return jwt.encode(body, _hmac_key(key), algorithm=ALGORITHM)


def read_token(key: bytes, token: str, *, at: datetime) -> TokenClaims:
    """Return what a token says, if this service made it for this use and its time is now.

    Raises:
        TokenRefused: always the same words, whatever was wrong.
        Misconfigured: the key is too short.
    """
    secret = _hmac_key(key)
    if len(token.encode(errors="replace")) > MAX_TOKEN_BYTES:
        raise _refused()
    try:
        header = jws.get_unverified_header(token)
        if header != _HEADER:
            raise _refused()
        body = jwt.decode(token, secret, algorithms=[ALGORITHM], options=_ONLY_THE_SIGNATURE)
    except (JOSEError, UnicodeError, RecursionError):
        raise _refused() from None
    return _checked(body, at=at)


def _checked(body: dict[str, Any], *, at: datetime) -> TokenClaims:
    """Check every claim ourselves, against the clock we were given."""
    now = at.timestamp()
    issued, begins, ends = (_seconds(body.get(name)) for name in ("iat", "nbf", "exp"))
    right = (
        (body.get("iss"), body.get("aud"), body.get("typ")) == (ISSUER, AUDIENCE, TYPE)
        and max(issued, begins) <= now + CLOCKS_DIFFER_S
        and now < ends <= issued + LONGEST_LIFETIME_S
    )
    officer_id, session_id = body.get("sub"), body.get("sid")
    if not right or not _is_id(officer_id) or not _is_id(session_id):
        raise _refused()
    return TokenClaims(officer_id=str(officer_id), session_id=str(session_id))


def _seconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refused()
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARACTERS and value.isascii() and value.isprintable()


def _hmac_key(key: bytes) -> Key:
    """Wrap the key ourselves: given plain bytes the library would look whether they are a JSON key set."""
    if len(key) < MIN_KEY_BYTES:
        raise Misconfigured("The key that signs access tokens is shorter than 32 bytes.")
    return construct(key, ALGORITHM)


def _refused() -> TokenRefused:
    return TokenRefused("This access token is not accepted.", remedy="Sign in again.")
