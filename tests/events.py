"""Live Events as Canvas makes them, signed with keys of the tests' own."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

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
