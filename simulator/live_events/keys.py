"""The keys that sign events: previous, current and next, as Canvas publishes them (6.3)."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ALGORITHM, KEY_BITS = "RS256", 2048
SHOWN = 3
_made: list[rsa.RSAPrivateKey] = []
_making = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key and the name its signatures go by."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def of(cls, private: rsa.RSAPrivateKey) -> Self:
        """Named after its own content, so that no two keys of two simulators share a name."""
        modulus = str(private.public_key().public_numbers().n)
        return cls(kid=hashlib.sha256(modulus.encode()).hexdigest()[:16], private=private)

    def public(self) -> dict[str, str]:
        """What the key set says of it (RFC 7517)."""
        numbers = self.private.public_key().public_numbers()
        named = {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.kid}
        return named | {"n": _base64url(numbers.n), "e": _base64url(numbers.e)}

    def sign(self, claims: dict[str, Any]) -> bytes:
        """The claims as a compact JWT."""
        headers = {"kid": self.kid}
        return jwt.encode(claims, self.private, algorithm=ALGORITHM, headers=headers).encode()


class KeySet:
    """Three keys that move on by one with each rotation; the middle one signs.

    Making a key takes long, so they are made when first needed and once for all simulators of a
    process, unless some are given: those come first.
    """

    def __init__(self, given: Sequence[rsa.RSAPrivateKey] = ()) -> None:
        self.given = tuple(given)
        self.rotations = 0

    @property
    def shown(self) -> tuple[Key, Key, Key]:
        """Previous, current and next."""
        first, second, third = (self._nth(self.rotations + place) for place in range(SHOWN))
        return first, second, third

    @property
    def previous(self) -> Key:
        """Signed until the last rotation."""
        return self.shown[0]

    @property
    def current(self) -> Key:
        """Signs now."""
        return self._nth(self.rotations + 1)

    @property
    def next(self) -> Key:
        """Signs after the next rotation."""
        return self.shown[2]

    def rotate(self) -> Key:
        """The next key becomes the current one; the previous one is shown no more."""
        self.rotations += 1
        return self.current

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The set as published."""
        return {"keys": [key.public() for key in self.shown]}

    def _nth(self, place: int) -> Key:
        if place < len(self.given):
            return Key.of(self.given[place])
        return Key.of(_key_of_process(place - len(self.given)))


def _key_of_process(place: int) -> rsa.RSAPrivateKey:
    with _making:
        while len(_made) <= place:
            _made.append(rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS))
        return _made[place]


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def plain(event: dict[str, Any]) -> bytes:
    """An event as it is sent to whoever wants no signature."""
    return json.dumps(event, ensure_ascii=False).encode()
