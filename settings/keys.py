"""The keys that encrypt stored tokens: from FIELD_KEYS, or made once for a development checkout."""

import base64
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from django.utils.functional import SimpleLazyObject

from settings.env import BadSettingError, SecretText
from settings.folders import private_folder, write_once

KEY_FILE = "field.keys"
SECRET_FILE = "secret.key"
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_HOW_TO_MAKE = (
    'Make one with: python3 -c "import base64,os;'
    'print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
)


def field_keys(given: Sequence[str], *, var_dir: Path, production: bool) -> Sequence[str]:
    """The keys, newest first; made only when they are first asked for, and never in production.

    Raises: BadSettingError, at once for a bad or missing key, on first use if none can be made.
    """
    if given:
        return _checked(_one_by_one(given), place="FIELD_KEYS")
    if production:
        raise BadSettingError("FIELD_KEYS", "it is required in production.", next_step=_HOW_TO_MAKE)
    return cast("Sequence[str]", SimpleLazyObject(lambda: load_field_keys(var_dir)))


def load_field_keys(var_dir: Path) -> list[SecretText]:
    """The keys of `var_dir`/field.keys, which is made with one new key if it is missing.

    Raises: BadSettingError.
    """
    file = var_dir / KEY_FILE
    try:
        if not file.exists():
            write_once(private_folder(var_dir) / KEY_FILE, new_key() + "\n")
        lines = file.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettingError(
            "FIELD_KEYS",
            f"it is not set, and {file} can be neither read nor made.",
            next_step=_HOW_TO_MAKE,
        ) from error
    return _checked(lines, place=f"the file {file}")


def field_key_file(keys: Sequence[str], *, var_dir: Path) -> Path | None:
    """The file that `field_keys` takes its keys from, None when they were given."""
    return var_dir / KEY_FILE if isinstance(keys, SimpleLazyObject) else None


def local_secret_key(var_dir: Path) -> SecretText:
    """Signs the sessions of one machine: from `var_dir`/secret.key, made if it is missing.

    Raises: BadSettingError.
    """
    file = var_dir / SECRET_FILE
    try:
        if not file.exists():
            write_once(private_folder(var_dir) / SECRET_FILE, new_key() + "\n")
        secret = SecretText(file.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettingError(
            "SECRET_KEY",
            f"it is not set, and {file} can be neither read nor made.",
            next_step=f"Set SECRET_KEY, or let {var_dir} be written to.",
        ) from error
    if not secret:
        raise BadSettingError(
            "SECRET_KEY",
            f"it is not set, and {file} is empty.",
            next_step="Remove the file, so that it is made again.",
        )
    return secret


def new_key() -> str:
    """A fresh Fernet key."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def _one_by_one(given: Sequence[str]) -> list[str]:
    """A file named by FIELD_KEYS_FILE may hold a key a line."""
    return [key for word in given for key in word.split()]


def _checked(keys: Sequence[str], *, place: str) -> list[SecretText]:
    for number, key in enumerate(keys, start=1):
        if not _FERNET_KEY.fullmatch(key):
            raise BadSettingError(
                "FIELD_KEYS",
                f"key {number} of {place} is not a Fernet key (44 characters of URL-safe base64).",
                next_step=_HOW_TO_MAKE,
            )
    if not keys:
        raise BadSettingError("FIELD_KEYS", f"{place} holds no key.", next_step=_HOW_TO_MAKE)
    return [SecretText(key) for key in keys]
