"""Live Events as Canvas makes them, signed with keys of the tests' own."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.api_jws import PyJWS

Json = dict[str, Any]
ROOT_UUID = "WvAHhY5FINzq5IyRIJybGeiXyFkG3SqHUPb7jZY5"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair with its name."""

    kid: str
    private: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        return {"kid": self.kid, "kty": "RSA", "n": _text(numbers.n), "e": _text(numbers.e)}

    def sign(self, claims: Json, **header: Any) -> bytes:
        """A compact JWT. `header` replaces or adds what stands in its header."""
        named = {"kid": self.kid} | header
        payload = json.dumps(claims).encode()
        token = PyJWS().encode(payload, self.private, algorithm="RS256", headers=named)
        return token.encode("ascii")


def _text(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def event(name: str = "grade_change", *, body: Json | None = None, **metadata: Any) -> Json:
    """An event of Canvas's own format; `metadata` replaces or adds."""
    return {
        "metadata": {
            "event_name": name,
            "event_time": "2026-03-01T10:11:12.345Z",
            "producer": "canvas",
            "root_account_id": "21070000000000001",
            "root_account_uuid": ROOT_UUID,
            "context_type": "Course",
            "context_id": "21070000000000101",
            "request_id": "1dd9dc6f-2fb0-4c19-a6c5-7ee1bf3ed295",
            **metadata,
        },
        "body": {"submission_id": "21070000000012345"} if body is None else body,
    }


def forgeries(key: SigningKey, *, now: float) -> dict[str, bytes]:
    """What nobody who holds only the public half of `key` must get through, and what its holder
    did not mean for us."""
    stranger = SigningKey(kid=key.kid)
    signed = {"alg": "RS256", "kid": key.kid}
    return {
        "wrong key": stranger.sign(event()),
        "key in the header": stranger.sign(event(), jwk=stranger.jwk),
        "address of keys in the header": stranger.sign(event(), jku="http://127.0.0.1:9/jwks"),
        "none": token({"alg": "none", "kid": key.kid}, event()),
        "NONE": token({"alg": "NONE", "kid": key.kid}, event()),
        "HS256 with the public key": _with_hs256(key),
        "RS512": key.sign(event(), alg="RS512"),
        "no algorithm": token({"kid": key.kid}, event()),
        "altered body": _altered(key),
        "cut signature": key.sign(event())[:-20],
        "another signature": token(signed, event()),
        "header that is no JSON": b"YWJj." + part(event()) + b".YWJj",
        "header that is a list": token([], event()),
        "key that is no text": token({"alg": "RS256", "kid": ["x"]}, event()),
        "no key": token({"alg": "RS256"}, event()),
        "endless key name": key.sign(event(), kid="x" * 201),
        "extension nobody knows": key.sign(event(), crit=["x"], x=1),
        "another issuer": key.sign(event() | {"iss": "https://canvas.instructure.com"}),
        "expired": key.sign(event() | {"exp": now - 86_400}),
        "signed tomorrow": key.sign(event() | {"iat": now + 86_400}),
        "valid tomorrow": key.sign(event() | {"nbf": now + 86_400}),
    }


def part(document: Any) -> bytes:
    """One of the three parts of a JWT."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def token(header: Any, claims: Json) -> bytes:
    """A JWT whose signature is none."""
    return b".".join((part(header), part(claims), part(b"x" * 256)))


def _with_hs256(key: SigningKey) -> bytes:
    """Signed with the public key, as everybody has it, for a secret."""
    pem = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = part({"alg": "HS256", "kid": key.kid}) + b"." + part(event())
    return signed + b"." + part(hmac.digest(pem, signed, sha256))


def _altered(key: SigningKey) -> bytes:
    header, _, signature = key.sign(event()).split(b".")
    return b".".join((header, part(event("course_updated")), signature))
