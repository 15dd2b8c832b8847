"""Typed readers of the environment; owns every refusal of bad text and never repeats that text.

Each variable NAME may also come from the file that NAME_FILE names, which wins when both are set.
A variable set to nothing counts as not set.
"""

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from environs import FileAwareEnv

_ENVIRONMENT = FileAwareEnv(strip_whitespace=True)
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_OURS = (
    *("CANVAS_", "DATABASE_URL", "REDIS_URL", "BROKER_URL", "FIELD_KEYS", "SECRET_KEY"),
    *("ALLOWED_HOSTS", "WEBHOOK_"),
)
_FLAGS = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


class BadSettingError(Exception):
    """A variable that cannot be used as it is; the start must stop and a person must change it."""

    def __init__(self, variable: str, cause: str, *, next_step: str) -> None:
        super().__init__(f"{variable}: {cause} {next_step}")
        self.variable = variable
        self.cause = cause
        self.next_step = next_step


class SecretText(str):
    """Text that `repr` does not show, so that `diffsettings` and error pages do not either."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show whether there is a value, never which."""
        return "'[redacted]'" if self else "''"


def text(name: str, *, default: str = "") -> str:
    """The value without blanks around it. Raises: BadSettingError when its file is unreadable."""
    try:
        value = _ENVIRONMENT.str(name, "").strip()
    except (ValueError, OSError) as error:
        raise BadSettingError(
            f"{name}_FILE",
            "the file it names cannot be read as text.",
            next_step="Name a readable text file, or unset it.",
        ) from error
    return value or default


def secret(name: str, *, default: str = "") -> SecretText:
    """One line of printable ASCII, as a header can carry it. Raises: BadSettingError."""
    value = text(name, default=default)
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise BadSettingError(
            name,
            "it contains a blank, a line break or a character outside ASCII.",
            next_step="Copy the value again, on one line.",
        )
    return SecretText(value)


def flag(name: str, *, default: bool = False) -> bool:
    """1/0, true/false, yes/no or on/off. Raises: BadSettingError."""
    value = text(name).lower()
    if not value:
        return default
    if value not in _FLAGS:
        raise BadSettingError(name, "it is not a yes or a no.", next_step="Use 1 or 0.")
    return _FLAGS[value]


def count(name: str, *, default: int, least: int, most: int) -> int:
    """A whole number between two bounds, both included. Raises: BadSettingError."""
    value = text(name)
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and least <= int(value[:20]) <= most):
        raise BadSettingError(
            name,
            f"it is not a whole number from {least} to {most}.",
            next_step=f"Use a number such as {default}.",
        )
    return int(value)


def choice(name: str, *, allowed: Collection[str], default: str) -> str:
    """One of `allowed`; case does not matter. Raises: BadSettingError."""
    value = text(name, default=default).casefold()
    for candidate in allowed:
        if candidate.casefold() == value:
            return candidate
    raise BadSettingError(
        name, "it is not a known value.", next_step=f"Use one of: {', '.join(allowed)}."
    )


def words(name: str) -> list[str]:
    """Comma-separated values in their order; blanks and empty places are dropped."""
    return [word for part in text(name).split(",") if (word := part.strip())]


@contextmanager
def one_line_refusal(program: str) -> Iterator[None]:
    """Turn a BadSettingError into one line on stderr. Raises: SystemExit(2)."""
    try:
        yield
    except BadSettingError as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(2) from None


def redis_url(name: str) -> SecretText:
    """A Redis address (it may hold a password), or nothing. Raises: BadSettingError."""
    value = secret(name)
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise BadSettingError(
            name,
            "it is not a Redis address.",
            next_step="Use redis://host:6379/0, or rediss:// for TLS.",
        )
    return value


def broker_url(name: str) -> SecretText:
    """The address of a Redis or a RabbitMQ (it may hold a password). Raises: BadSettingError."""
    value = secret(name)
    if value and not value.startswith(("redis://", "rediss://", "unix://", "amqp://", "amqps://")):
        raise BadSettingError(
            name,
            "it is the address of neither a Redis nor a RabbitMQ.",
            next_step="Use redis://host:6379/0 or amqp://user:password@host:5672/vhost.",
        )
    return value


def child_environment() -> dict[str, str]:
    """The environment of a child process that is to know none of our variables."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def environment_with(changes: Mapping[str, str | None]) -> dict[str, str]:
    """The environment of a child process: ours, but for what is changed, or unset with None.

    A variable is set in one place only, so that the file of a `NAME_FILE` cannot win over it.
    """
    hidden = {*changes, *(f"{name}_FILE" for name in changes)}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {name: value for name, value in changes.items() if value is not None}


def in_ci() -> bool:
    """Whether a build server runs us: it wants neither colour nor progress bars."""
    return text("CI").lower() not in ("", *_NO)


def wants_colour() -> bool:
    """Whether stderr is a terminal of a person who did not refuse colour."""
    refused = text("NO_COLOR") or text("TERM") == "dumb" or in_ci()
    return sys.stderr.isatty() and not refused


def default_log_format() -> str:
    """Colour and columns for a person at a terminal, JSON for everything that collects logs."""
    return "console" if sys.stderr.isatty() else "json"
