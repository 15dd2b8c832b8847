"""The integration that is used while none is stored: CANVAS_URL and its companions."""

import re
from urllib.parse import urlsplit

from settings import env

_ACCOUNT = re.compile(r"[A-Za-z0-9_~:.@+-]+")


def canvas_url(*, allow_insecure: bool) -> str:
    """The address of Canvas, or nothing. Raises: BadSettingError."""
    url = env.text("CANVAS_URL")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        complete = False
    if not complete or parts.scheme not in ("http", "https"):
        raise _refused("it is not a web address.")
    if parts.username is not None or parts.password is not None:
        raise _refused("it carries a user name or password.")
    if parts.scheme == "http" and not allow_insecure:
        raise env.BadSettingError(
            "CANVAS_URL",
            "it starts with http://, which would send the token in the clear.",
            next_step="Use https://, or set CANVAS_ALLOW_INSECURE=1 for a test server.",
        )
    return url


def canvas_account_id() -> str:
    """The account whose courses are read, `self` by default. Raises: BadSettingError."""
    account = env.text("CANVAS_ACCOUNT_ID", default="self")
    if not _ACCOUNT.fullmatch(account):
        raise env.BadSettingError(
            "CANVAS_ACCOUNT_ID",
            "it is not an account id.",
            next_step="Use self, or the number in the address of the account's page.",
        )
    return account


def _refused(cause: str) -> env.BadSettingError:
    return env.BadSettingError(
        "CANVAS_URL", cause, next_step="Use an address such as https://school.instructure.com."
    )
