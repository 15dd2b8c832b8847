"""Secrets at rest: sealed with the newest key, opened with any, bound to the row they belong to."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from canvas.errors import ConfigError

_SEPARATOR = b"\x1f"


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal(secret: str, *, context: str) -> str:
    """Encrypt `secret` so that only the same `context` opens it again."""
    bound = base64.urlsafe_b64encode(context.encode()) + _SEPARATOR + secret.encode()
    return _keys().encrypt(bound).decode("ascii")


def unseal(sealed: str, *, context: str) -> str:
    """The secret sealed under `context`.

    Raises ConfigError when no key fits or the text was sealed for another row; it never returns
    ciphertext in place of the secret.
    """
    try:
        bound = _keys().decrypt(sealed.encode())
    except InvalidToken as error:
        raise ConfigError(
            cause="the stored token does not open with any key of FIELD_KEYS",
            next_step="set FIELD_KEYS to the keys it was stored with, or store the token "
            "again with 'manage.py connect'",
        ) from error
    owner, _, secret = bound.partition(_SEPARATOR)
    if base64.urlsafe_b64decode(owner).decode() != context:
        raise ConfigError(
            cause="the stored token belongs to another integration",
            next_step="store the token again with 'manage.py connect'",
        )
    return secret.decode()
