"""Secrets at rest: sealed with the newest key of FIELD_KEYS, each bound to one place it opens in.

A sealed text is `sealed1:<key id>:<Fernet token>`; the key id says without trying which key opens
it. Texts of before that format are a bare Fernet token. No message of this module, and no error
it raises or chains, holds a secret, a key or a ciphertext.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from canvas.errors import ConfigError

_SEPARATOR = b"\x1f"
_FORMAT: Final = "sealed1"
# A Fernet token begins with a version byte and a 64-bit time, of which the upper half is zero.
_SEALED: Final = re.compile(
    rf"(?:{_FORMAT}:(?P<key>[0-9a-f]{{8}}):)?(?P<token>gAAAAA[A-Za-z0-9_-]{{80,}}={{0,2}})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one secret belongs: it opens in no other row and no other column.

    `title` is how messages call it: `token of integration school`.
    """

    row: str
    column: str
    title: str

    @property
    def context(self) -> str:
        return f"{_FORMAT} {self.column} {self.row}"


def new_key() -> str:
    """A fresh Fernet key, 44 characters."""
    return Fernet.generate_key().decode("ascii")


def key_id(key: str) -> str:
    """The public name of a key, 8 hexadecimal digits that do not lead back to it."""
    return hashlib.sha256(base64.urlsafe_b64decode(key)).hexdigest()[:8]


def key_ids() -> list[str]:
    """The ids of FIELD_KEYS, newest first. Raises ConfigError for none."""
    return list(_keys())


def is_sealed(text: str) -> bool:
    """Whether `text` has the form of a sealed text; whether it opens is another question."""
    return _SEALED.fullmatch(text) is not None


def sealed_under(text: str) -> str | None:
    """The id of the key `text` names; None for the older format, which names none."""
    match = _SEALED.fullmatch(text)
    return match["key"] if match else None


def seal(secret: str, *, place: Place) -> str:
    """Encrypt `secret` so that it opens only in `place`. Raises ConfigError."""
    try:
        plain = secret.encode()
    except UnicodeEncodeError:  # its repr would show the secret
        raise ConfigError(
            cause=f"the {place.title} holds characters that are no text",
            next_step="copy it again, on one line",
        ) from None
    newest, key = next(iter(_keys().items()))
    token = key.encrypt(_head(place.context) + plain)
    return f"{_FORMAT}:{newest}:{token.decode('ascii')}"


def unseal(sealed: str, *, place: Place) -> str:
    """The secret that was sealed for `place`.

    Raises ConfigError when the key is missing, when the text is altered, and when it was sealed
    for another place; it never returns ciphertext in place of the secret.
    """
    match = _SEALED.fullmatch(sealed)
    if match is None:
        raise _refused(place, "it is cut off, altered or was never sealed")
    if match["key"] is None:
        return _opened_without_id(match["token"], place)
    key = _keys().get(match["key"])
    if key is None:
        raise _refused(
            place,
            f"it is sealed with key {match['key']}, and FIELD_KEYS holds only {_held()}",
            next_step=f"put key {match['key']} back into FIELD_KEYS, after the newest, or ",
        )
    try:
        plain = key.decrypt(match["token"])
    except InvalidToken:
        raise _refused(
            place, f"it is sealed with key {match['key']} and was cut off or altered since"
        ) from None
    return _secret_of(plain, place, context=place.context)


def _opened_without_id(token: str, place: Place) -> str:
    """The older format: bound to the row alone, opened with whichever key fits."""
    try:
        plain = MultiFernet(list(_keys().values())).decrypt(token)
    except InvalidToken:
        raise _refused(
            place,
            f"it is sealed in the older format, which names no key, and FIELD_KEYS holds only "
            f"{_held()}",
            next_step="put the key it was sealed with back into FIELD_KEYS, after the newest, or ",
        ) from None
    return _secret_of(plain, place, context=place.row)


def _secret_of(plain: bytes, place: Place, *, context: str) -> str:
    head = _head(context)
    if not plain.startswith(head):
        raise _refused(place, "it was sealed for another integration or another column")
    return plain.removeprefix(head).decode()


def _head(context: str) -> bytes:
    """What precedes the secret before encryption; base64, so that no context fakes its end."""
    return base64.urlsafe_b64encode(context.encode()) + _SEPARATOR


def _keys() -> dict[str, Fernet]:
    """By id, newest first. Raises ConfigError."""
    keys = {key_id(key): Fernet(key) for key in settings.FIELD_KEYS}
    if not keys:
        raise ConfigError(
            cause="FIELD_KEYS holds no key, so no secret can be sealed or opened",
            next_step="set FIELD_KEYS to a key that 'manage.py keys generate' makes",
        )
    return keys


def _held() -> str:
    return ", ".join(_keys())


def _refused(place: Place, reason: str, *, next_step: str = "") -> ConfigError:
    return ConfigError(
        cause=f"the stored {place.title} does not open: {reason}",
        next_step=f"{next_step}store it again with 'manage.py connect'",
    )
