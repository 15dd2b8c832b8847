"""Which signatures hold."""

import base64
import hmac
import json
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
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
from tests.events import SigningKey, event

NOW = 1_772_359_872.0
KEY, OTHER = SigningKey(kid="2026-03"), SigningKey(kid="2026-04")
KEYS = public_keys([KEY.jwk])


def part(document: Any) -> bytes:
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def with_hs256() -> bytes:
    """Signed with the public key, as everybody has it, for a secret."""
    pem = KEY.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = part({"alg": "HS256", "kid": KEY.kid}) + b"." + part(event())
    return signed + b"." + part(hmac.digest(pem, signed, sha256))


def altered() -> bytes:
    header, _, signature = KEY.sign(event()).split(b".")
    return b".".join((header, part(event("course_updated")), signature))


def of_a_stranger_with(**header: Any) -> bytes:
    return SigningKey(kid=KEY.kid).sign(event(), **header)


REFUSED = {
    "wrong key": of_a_stranger_with(),
    "key in the header": of_a_stranger_with(jwk=OTHER.jwk),
    "address of keys in the header": of_a_stranger_with(jku="https://evil.example/jwks"),
    "none": part({"alg": "none", "kid": KEY.kid}) + b"." + part(event()) + b".x",
    "NONE": part({"alg": "NONE", "kid": KEY.kid}) + b"." + part(event()) + b".x",
    "HS256 with the public key": with_hs256(),
    "RS512": KEY.sign(event(), alg="RS512"),
    "no algorithm": part({"kid": KEY.kid}) + b"." + part(event()) + b".x",
    "altered body": altered(),
    "cut signature": KEY.sign(event())[:-20],
    "header that is no JSON": b"YWJj." + part(event()) + b".YWJj",
    "header that is a list": part([]) + b"." + part(event()) + b".YWJj",
    "key that is no text": KEY.sign(event(), kid="x").replace(
        part({"alg": "RS256", "kid": "x", "typ": "JWT"}), part({"alg": "RS256", "kid": ["x"]})
    ),
    "endless key name": KEY.sign(event(), kid="x" * 201),
    "extension nobody knows": KEY.sign(event(), crit=["x"], x=1),
    "another issuer": KEY.sign(event() | {"iss": "https://canvas.instructure.com"}),
    "expired": KEY.sign(event() | {"exp": NOW - LEEWAY_S - 1}),
    "signed tomorrow": KEY.sign(event() | {"iat": NOW + 86_400}),
    "valid tomorrow": KEY.sign(event() | {"nbf": NOW + 86_400}),
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
