"""PostgreSQL for the tests: fast and forgetful, on 127.0.0.1, with a password made for the run."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.servers.account import Account, unprivileged_account, workspace
from tests.servers.programs import NoServerError, postgres_programs
from tests.servers.running import Running, environment, run_server

_HOW_TO_GIVE_ONE = (
    "Set TEST_DATABASE_URL=postgres://user:password@host:port/database (the user may create"
    " databases), or install PostgreSQL."
)
_SETTINGS = {
    "fsync": "off",  # the data is thrown away; a killed process still loses nothing
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "jit": "off",
}


_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@contextmanager
def postgres_server(*, own: bool = False, durable: bool = False) -> Iterator[Running]:
    """TEST_DATABASE_URL, or a new server; `own` asks for a new one anyway, to be killed at will.

    `durable`: a new one that commits as one in production does. Raises: NoServerError.
    """
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given and not (own or durable):
        _refuse_unless_it_answers(given)
        yield Running(url=given)
        return
    account = unprivileged_account()
    with workspace(account, name="postgres") as folder:
        programs = _programs(account, folder=folder)
        password = secrets.token_hex(16)
        _make_cluster(programs, password=password, account=account, folder=folder)
        address = f"postgres://postgres:{password}@127.0.0.1:{{}}/postgres"
        chosen = _SETTINGS | (_DURABLE if durable else {})
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with run_server(
            lambda port: [programs / "postgres", "-D", folder / "data", "-p", str(port), *options],
            account=account,
            folder=folder,
            stop_signal=signal.SIGINT,  # "fast": open connections are closed
            answers=lambda port: _answers(address.format(port)),
        ) as (port, pid):
            yield Running(url=address.format(port), pid=pid)


@contextmanager
def fresh_database(server_url: str, *, name: str = "") -> Iterator[str]:
    """The address of a new, empty database on that server, dropped afterwards."""
    database = name or f"mirror_{secrets.token_hex(6)}"
    _administer(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        _administer(server_url, drop.format(sql.Identifier(database)))


def _administer(server_url: str, statement: sql.Composed) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def _programs(account: Account, *, folder: Path) -> Path:
    for programs in postgres_programs():
        found = programs.reachable_by(account, program="postgres", folder=folder)
        if found is not None:
            return found
    raise NoServerError(f"no PostgreSQL for the tests was found. {_HOW_TO_GIVE_ONE}")


def _make_cluster(programs: Path, *, password: str, account: Account, folder: Path) -> None:
    password_file = folder / "password"
    password_file.write_text(password, encoding="ascii")
    account.own(folder)
    options = ["--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
    secrecy = [f"--pwfile={password_file}", "--auth=scram-sha-256"]
    try:
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", *options, *secrecy],
            cwd=folder,
            env=environment(folder),
            check=True,
            capture_output=True,
            text=True,
            **account.popen_arguments(),
        )
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())[-600:]
        raise NoServerError(f"initdb failed: {said}. {_HOW_TO_GIVE_ONE}") from error
    except OSError as error:
        raise NoServerError(f"initdb could not start: {error}. {_HOW_TO_GIVE_ONE}") from error


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _refuse_unless_it_answers(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise NoServerError(f"TEST_DATABASE_URL: cannot connect: {said}") from None
