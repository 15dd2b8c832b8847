"""Which signatures hold."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from canvas.events import (
    UnknownKeyError,
    UnreadableEventError,
    UntrustedEventError,
    key_name,
    public_keys,
    read_key_set,
    read_signed,
)
from canvas.events.signed import ISSUER, LEEWAY_S
from tests.events import SigningKey, event, forgeries

NOW = 1_772_359_872.0
KEY, OTHER = SigningKey(kid="2026-03"), SigningKey(kid="2026-04")
KEYS = public_keys([KEY.jwk])


REFUSED = forgeries(KEY, now=NOW) | {
    "just expired": KEY.sign(event() | {"exp": NOW - LEEWAY_S - 1}),
    "just not yet signed": KEY.sign(event() | {"iat": NOW + LEEWAY_S + 1}),
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
def test_it_is_not_believed(token: bytes) -> None:
    with pytest.raises(UntrustedEventError):
        read_signed(token, keys=KEYS, now=NOW)


CLAIMS: list[dict[str, Any]] = [
    {},
    {"iss": ISSUER},
    {"iss": ISSUER, "iat": NOW, "exp": NOW + 60, "aud": "anyone", "jti": "x", "sub": 7},
    {"iat": NOW + LEEWAY_S - 1},
    {"exp": NOW - LEEWAY_S + 1},  # repeated after twenty minutes with its first signature
    {"iat": None, "exp": None, "nbf": None, "iss": None},
]


@pytest.mark.parametrize("claims", CLAIMS)
def test_claims_that_may_or_may_not_be_there_change_nothing(claims: dict[str, Any]) -> None:
    plain = read_signed(KEY.sign(event()), keys=KEYS, now=NOW)
    assert read_signed(KEY.sign(event() | claims), keys=KEYS, now=NOW) == plain


def test_an_event_that_is_signed_anew_with_another_key_is_the_same_event() -> None:
    keys = public_keys([KEY.jwk, OTHER.jwk])
    first, again = (
        read_signed(key.sign(event() | {"iat": at}) + b"\n", keys=keys, now=NOW)
        for key, at in ((KEY, NOW), (OTHER, NOW + 60))
    )
    assert first == again


def test_a_key_that_was_not_given_is_named() -> None:
    with pytest.raises(UnknownKeyError) as raised:
        read_signed(OTHER.sign(event()), keys=KEYS, now=NOW)
    assert raised.value.kid == OTHER.kid == key_name(OTHER.sign(event()))


@pytest.mark.parametrize("claims", [{"metadata": {}}, {"iat": "today"}, {"body": {}}])
def test_what_is_signed_and_no_event_is_unreadable(claims: dict[str, Any]) -> None:
    told = claims if "iat" not in claims else event() | claims
    with pytest.raises(UnreadableEventError):
        read_signed(KEY.sign(told), keys=KEYS, now=NOW)


def key_set(*jwks: dict[str, Any]) -> bytes:
    return json.dumps({"keys": jwks}).encode()


def test_of_a_key_set_only_rsa_keys_for_signatures_are_taken() -> None:
    small = SigningKey(kid="small", private=rsa.generate_private_key(65537, 1024))
    found = read_key_set(
        key_set(
            KEY.jwk | {"use": "sig", "alg": "RS256", "d": "private"},
            OTHER.jwk,
            OTHER.jwk | {"kid": "encryption", "use": "enc"},
            OTHER.jwk | {"kid": "other algorithm", "alg": "PS256"},
            OTHER.jwk | {"kid": ""},
            OTHER.jwk | {"kid": 7},
            OTHER.jwk | {"kid": "broken", "n": "!!"},
            OTHER.jwk | {"kid": "even", "e": "Ag"},
            OTHER.jwk | {"kid": "no modulus", "n": None},
            small.jwk,
            {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
            {"kty": "EC", "kid": "curve", "crv": "P-256", "x": "x", "y": "y"},
        )
    )
    assert found == [KEY.jwk, OTHER.jwk]


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', key_set({"kty": "oct"})],
)
def test_a_key_set_without_a_usable_key_is_refused(document: bytes) -> None:
    with pytest.raises(UnreadableEventError):
        read_key_set(document)
