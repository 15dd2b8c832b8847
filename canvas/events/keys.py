"""The keys that sign events: one key set as JSON, and what of it can be used.

Only RSA keys for signatures, of at least 2048 bits and with a name; anything else in the set is
left out, since the set is of somebody else and may grow. Source: canvas-api 6.3; RFC 7517, 7518.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from canvas.events.errors import UnreadableEventError

Jwk = dict[str, str]
Keys = Mapping[str, RSAPublicKey]

LONGEST_KID: Final = 200
_LEAST_BITS: Final = 2048
_MOST_BITS: Final = 8192  # verifying with a longer one takes long
_MOST_KEYS: Final = 50


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def read_key_set(document: bytes) -> list[Jwk]:
    """The usable keys, each with `kid`, `kty`, `n` and `e` and nothing else.

    Raises UnreadableEventError for what is no key set, or has no usable key.
    """
    try:
        found = msgspec.json.decode(document, type=_KeySet).keys
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UnreadableEventError("no_key_set", "it is not a set of keys") from error
    usable = [plain for one in found[:_MOST_KEYS] if (plain := _plain(one)) is not None]
    if not usable:
        raise UnreadableEventError("no_key", "it has no RSA key for signatures")
    return usable


def public_keys(jwks: Iterable[Jwk]) -> dict[str, RSAPublicKey]:
    """kid → key; of two with one name the last. What cannot be used is left out."""
    return {one["kid"]: key for one in jwks if (key := _public_key(one)) is not None}


def is_kid(value: object) -> bool:
    """Whether it can be the name of a key at all."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_KID and value.isprintable()


def _plain(jwk: Mapping[str, Any]) -> Jwk | None:
    signs = jwk.get("use", "sig") == "sig" and jwk.get("alg", "RS256") == "RS256"
    if jwk.get("kty") != "RSA" or not signs or not is_kid(jwk.get("kid")):
        return None
    plain = {name: jwk.get(name) for name in ("kid", "kty", "n", "e")}
    if not all(isinstance(value, str) for value in plain.values()):
        return None
    taken: Jwk = {name: str(value) for name, value in plain.items()}
    return taken if _public_key(taken) else None


def _public_key(jwk: Jwk) -> RSAPublicKey | None:
    try:
        modulus, exponent = _number(jwk["n"]), _number(jwk["e"])
        if not _LEAST_BITS <= modulus.bit_length() <= _MOST_BITS or exponent.bit_length() > 32:
            return None
        return RSAPublicNumbers(e=exponent, n=modulus).public_key()
    except (KeyError, ValueError, binascii.Error):
        return None


def _number(text: str) -> int:
    padded = text + "=" * (-len(text) % 4)
    return int.from_bytes(base64.b64decode(padded, altchars=b"-_", validate=True), "big")
