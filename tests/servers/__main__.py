"""`python -m tests.servers [--django postgres|sqlite] [--durable] -- COMMAND…`: servers for it."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from tests.servers import NoServerError, fresh_database, postgres_server, redis_server

_GRACE_S = 30.0
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """The status of the command, 1 without servers, 128 + n after signal n; servers always stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("--django", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--durable", action="store_true", help="PostgreSQL as in production")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args(arguments)
    for number in _ENDINGS:
        signal.signal(number, _end)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        return _run_with_servers(options.command, django=options.django, durable=options.durable)
    except NoServerError as error:
        sys.stderr.write(f"tests.servers: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _run_with_servers(command: Sequence[str], *, django: str, durable: bool) -> int:
    with (
        postgres_server(durable=durable) as postgres,
        redis_server() as redis,
        fresh_database(postgres.url) as database_url,
    ):
        servers = {"TEST_DATABASE_URL": postgres.url, "TEST_REDIS_URL": redis.url}
        servers["DATABASE_URL"] = database_url if django == "postgres" else ""
        try:
            return _run(command, environment=dict(os.environ) | servers)
        finally:  # what stops the servers must not be stopped itself
            for number in (signal.SIGINT, *_ENDINGS):
                signal.signal(number, signal.SIG_IGN)


def _run(command: Sequence[str], *, environment: dict[str, str]) -> int:
    child = subprocess.Popen(command, env=environment)
    try:
        status = child.wait()
    except KeyboardInterrupt:  # Ctrl-C has reached the child as well: let it finish its own way
        _await_end(child, signals=(signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
        raise
    except SystemExit:
        child.terminate()
        _await_end(child, signals=(signal.SIGKILL,))
        raise
    return status if status >= 0 else 128 - status


def _await_end(child: subprocess.Popen[bytes], *, signals: Sequence[signal.Signals]) -> None:
    for number in signals:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
            return
        child.send_signal(number)
    child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
