"""A Redis-compatible server for the tests: in memory only, on 127.0.0.1."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.servers.account import Account, unprivileged_account, workspace
from tests.servers.programs import NoServerError, redis_programs
from tests.servers.running import Running, run_server

_HOW_TO_GIVE_ONE = "Set TEST_REDIS_URL=redis://host:port/0, or install valkey-server."


@contextmanager
def redis_server(*, own: bool = False) -> Iterator[Running]:
    """TEST_REDIS_URL, or a new server; `own` asks for a new one anyway, to be killed at will.

    Raises: NoServerError.
    """
    given = os.environ.get("TEST_REDIS_URL", "")
    if given and not own:
        if not _answers(given):
            raise NoServerError("TEST_REDIS_URL: no server answers there.")
        yield Running(url=given)
        return
    account = unprivileged_account()
    with workspace(account, name="redis") as folder:
        program = _program(account, folder=folder)
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]
        with run_server(
            lambda port: [program, "--port", str(port), "--dir", folder, *options],
            account=account,
            folder=folder,
            stop_signal=signal.SIGTERM,
            answers=lambda port: _answers(f"redis://127.0.0.1:{port}/0"),
        ) as (port, pid):
            yield Running(url=f"redis://127.0.0.1:{port}/0", pid=pid)


def _program(account: Account, *, folder: Path) -> Path:
    for programs, name in redis_programs():
        found = programs.reachable_by(account, program=name, folder=folder)
        if found is not None:
            return found / name
    raise NoServerError(f"no Redis-compatible server for the tests was found. {_HOW_TO_GIVE_ONE}")


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=5) as connection:
            return bool(connection.ping())
    except redis.RedisError:
        return False
