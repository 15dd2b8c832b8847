"""DATABASE_URL to Django's DATABASES; owns which databases are supported and how they open."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url

from settings.env import BadSettingError
from settings.folders import private_folder

SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,  # seconds
    "transaction_mode": "IMMEDIATE",
    "init_command": ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"),
}
POSTGRES_OPTIONS: dict[str, Any] = {"connect_timeout": 10, "application_name": "canvas-mirror"}
POSTGRES_CONNECTION_AGE_S = 600
_EXAMPLES = "Use sqlite:///path/to/file.sqlite3 or postgres://user:password@host:5432/database."


def database(url: str, *, var_dir: Path) -> dict[str, Any]:
    """Django's entry for one database; an empty `url` is the SQLite file in `var_dir`.

    Raises: BadSettingError naming DATABASE_URL, without the password.
    """
    if not url:
        return _sqlite(_default_file(var_dir))
    scheme = url.partition(":")[0].lower()
    if scheme == "sqlite":
        return _sqlite(_sqlite_file(url))
    if scheme in ("postgres", "postgresql"):
        return _postgres(url)
    raise _refused("only SQLite and PostgreSQL are supported.")


def _refused(cause: str, *, next_step: str = _EXAMPLES) -> BadSettingError:
    return BadSettingError("DATABASE_URL", cause, next_step=next_step)


def _default_file(var_dir: Path) -> Path:
    try:
        return private_folder(var_dir) / "mirror.sqlite3"
    except OSError as error:
        raise _refused(
            f"it is not set, and the default folder {var_dir} cannot be made ({error.strerror}).",
            next_step="Set it to a place you may write, such as sqlite:////home/you/mirror.sqlite3.",
        ) from error


def _sqlite_file(url: str) -> Path:
    """The absolute file; a relative one is taken from the working directory, as sqlite does."""
    address = url.partition(":")[2]
    path = unquote(address.removeprefix("///"))
    if path.strip("/") in ("", ":memory:"):
        raise _refused("a database in memory cannot hold a mirror.")
    if not address.startswith("///") or any(mark in address for mark in "?#"):
        raise _refused("a SQLite address is three slashes and a path, without options.")
    file = Path(path).absolute()
    if not file.parent.is_dir():
        raise _refused(
            f"the folder {file.parent} does not exist.",
            next_step="Create it, or name a file in a folder that exists.",
        )
    return file


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": dict(SQLITE_OPTIONS),
    }


def _postgres(url: str) -> dict[str, Any]:
    try:
        urlsplit(url).port  # noqa: B018  a bad port is only noticed when asked for
        entry: dict[str, Any] = dict(
            dj_database_url.parse(
                url, conn_max_age=POSTGRES_CONNECTION_AGE_S, conn_health_checks=True
            )
        )
    except ValueError:
        raise _refused("it is not a valid PostgreSQL address.") from None
    if not entry.get("NAME"):
        raise _refused("it names no database after the host.")
    entry["OPTIONS"] = POSTGRES_OPTIONS | entry.get("OPTIONS", {})
    return entry
