"""Forged, stale and foreign tokens: each is refused with the same words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reparations.access.errors import TokenRefused
from reparations.access.tokens import TokenClaims, issue_token, read_token
from reparations.errors import Misconfigured
from tests.conftest import NOON

KEY = bytes(range(32))
CLAIMS = TokenClaims(officer_id="usr_1", session_id="ses_1")
NOW = int(NOON.timestamp())
GOOD_HEADER = {"alg": "HS256", "typ": "JWT"}
GOOD_BODY = {
    "iss": "reparations",
    "aud": "reparations-api",
    "typ": "access",
    "sub": "usr_1",
    "sid": "ses_1",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 600,
}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(*, key: bytes = KEY, header: object = GOOD_HEADER, body: object = GOOD_BODY, digest: str = "sha256") -> str:
    """Make a token by hand, so that the library under test has no say in it."""
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(body).encode())}"
    return f"{signed}.{encoded(hmac.digest(key, signed.encode(), digest))}"


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD_BODY.items() if key != name}


EC_PUBLIC = ec.generate_private_key(ec.SECP256R1()).public_key()
ED_PUBLIC = ed25519.Ed25519PrivateKey.generate().public_key()
JWK_SET_KEY = json.dumps({"keys": [{"kty": "oct", "k": ""}]}).encode()


def test_a_token_says_who_and_which_session() -> None:
    assert read_token(KEY, issue_token(KEY, CLAIMS, at=NOON), at=NOON) == CLAIMS


def test_a_token_made_by_hand_as_ours_are_is_accepted() -> None:
    """Without this the refusals below would prove nothing."""
    assert read_token(KEY, forge(), at=NOON) == CLAIMS


def test_a_token_carries_nothing_about_what_its_holder_may_do() -> None:
    body = issue_token(KEY, CLAIMS, at=NOON).split(".")[1]

    assert json.loads(base64.urlsafe_b64decode(body + "==")) == GOOD_BODY


FORGED = {
    "algorithm none": forge(header={"alg": "none", "typ": "JWT"}).rpartition(".")[0] + ".",
    "algorithm None, signed": forge(header={"alg": "None", "typ": "JWT"}),
    "algorithm missing": forge(header={"typ": "JWT"}),
    "another HMAC": forge(header={"alg": "HS512", "typ": "JWT"}, digest="sha512"),
    "an asymmetric algorithm named": forge(header={"alg": "ES256", "typ": "JWT"}),
    "DER public key as secret": forge(key=EC_PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
    "raw public key as secret": forge(key=ED_PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)),
    "empty secret": forge(key=b""),
    "another secret": forge(key=bytes(32)),
    "crit header": forge(header={**GOOD_HEADER, "crit": ["b64"], "b64": False}),
    "unknown crit header": forge(header={**GOOD_HEADER, "crit": ["x-bound"], "x-bound": "1"}),
    "jku header": forge(header={**GOOD_HEADER, "jku": "https://attacker.example/keys"}),
    "jwk header": forge(header={**GOOD_HEADER, "jwk": {"kty": "oct", "k": "AA"}}),
    "x5u header": forge(header={**GOOD_HEADER, "x5u": "https://attacker.example/cert"}),
    "kid header": forge(header={**GOOD_HEADER, "kid": "../../dev/null"}),
    "zip header": forge(header={**GOOD_HEADER, "zip": "DEF"}),
    "another type of header": forge(header={"alg": "HS256", "typ": "JWE"}),
    "header not an object": forge(header=["HS256"]),
    "body not an object": forge(body=["usr_1"]),
    "other audience": forge(body={**GOOD_BODY, "aud": "other-service"}),
    "list of audiences": forge(body={**GOOD_BODY, "aud": ["reparations-api", "other-service"]}),
    "other issuer": forge(body={**GOOD_BODY, "iss": "somebody"}),
    "other use": forge(body={**GOOD_BODY, "typ": "refresh"}),
    "expired this second": forge(body={**GOOD_BODY, "iat": NOW - 600, "nbf": NOW - 600, "exp": NOW}),
    "from the future": forge(body={**GOOD_BODY, "iat": NOW + 60, "nbf": NOW + 60, "exp": NOW + 600}),
    "not yet": forge(body={**GOOD_BODY, "nbf": NOW + 60}),
    "good for an hour": forge(body={**GOOD_BODY, "exp": NOW + 3600}),
    "time as text": forge(body={**GOOD_BODY, "exp": str(NOW + 600)}),
    "time as truth": forge(body={**GOOD_BODY, "nbf": True}),
    "time as fraction": forge(body={**GOOD_BODY, "exp": NOW + 0.5}),
    "time beyond all measure": forge(body={**GOOD_BODY, "exp": 10**400}),
    "subject a number": forge(body={**GOOD_BODY, "sub": 1}),
    "session empty": forge(body={**GOOD_BODY, "sid": ""}),
    "session with a NUL": forge(body={**GOOD_BODY, "sid": "ses_\x00"}),
    "session overlong": forge(body={**GOOD_BODY, "sid": "s" * 65}),
    "too large": forge(body={**GOOD_BODY, "pad": "x" * 2048}),
    "nested beyond measure": f"{encoded(b'[' * 1400)}.e30.AA",
    "empty": "",
    "two parts": "e30.e30",
    "five parts": "a.b.c.d.e",
    "not base64": "%%%.%%%.%%%",
    "not ASCII": "é.é.é",
    "half a character": "\ud800.e30.AA",
    **{f"{name} missing": forge(body=without(name)) for name in GOOD_BODY},
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_or_stale_token_is_refused_with_the_same_words(token: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        read_token(KEY, token, at=NOON)

    assert refused.value.message == "This access token is not accepted."


def test_a_changed_token_is_refused_wherever_it_was_changed() -> None:
    token = issue_token(KEY, CLAIMS, at=NOON)
    head, body, signature = token.split(".")
    other = json.dumps({**GOOD_BODY, "sid": "ses_2"}).encode()

    for changed in (f"{head}.{encoded(other)}.{signature}", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}."):
        with pytest.raises(TokenRefused):
            read_token(KEY, changed, at=NOON)


def test_the_given_clock_counts_and_no_other() -> None:
    token = issue_token(KEY, CLAIMS, at=NOON, lifetime_s=60)

    assert read_token(KEY, token, at=NOON + timedelta(seconds=59)) == CLAIMS
    assert read_token(KEY, token, at=NOON - timedelta(seconds=4)) == CLAIMS
    for at in (NOON + timedelta(seconds=60), NOON - timedelta(seconds=6)):
        with pytest.raises(TokenRefused):
            read_token(KEY, token, at=at)


def test_a_key_that_reads_like_a_set_of_keys_is_still_one_key() -> None:
    """Left to itself the library would look for the keys inside, find an empty one, and accept it."""
    assert len(JWK_SET_KEY) >= 32

    with pytest.raises(TokenRefused):
        read_token(JWK_SET_KEY, forge(key=b""), at=NOON)
    assert read_token(JWK_SET_KEY, forge(key=JWK_SET_KEY), at=NOON) == CLAIMS


@pytest.mark.parametrize("key", [b"", b"x", bytes(31)])
def test_a_weak_key_signs_and_reads_nothing(key: bytes) -> None:
    with pytest.raises(Misconfigured):
        issue_token(key, CLAIMS, at=NOON)
    with pytest.raises(Misconfigured):
        read_token(key, forge(key=key), at=NOON)


@pytest.mark.parametrize("lifetime_s", [0, -1, 601])
def test_no_token_is_made_for_more_than_ten_minutes(lifetime_s: int) -> None:
    with pytest.raises(Misconfigured):
        issue_token(KEY, CLAIMS, at=NOON, lifetime_s=lifetime_s)


def test_the_signature_is_a_plain_hmac() -> None:
    signed, _, signature = issue_token(KEY, CLAIMS, at=NOON).rpartition(".")

    assert signature == encoded(hmac.new(KEY, signed.encode(), hashlib.sha256).digest())
