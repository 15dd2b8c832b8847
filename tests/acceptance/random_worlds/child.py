"""A sync in a process that is made to be killed.

It is forked from one that has loaded everything and opened nothing: a child of a process with
threads or connections would inherit half of them.
"""

from __future__ import annotations

import multiprocessing
import signal

import django
import pytest
from django.conf import settings as configured
from django.db import connection

django.setup()

from tests.acceptance.random_worlds.steps import Killed, Sync  # noqa: E402
from tests.acceptance.random_worlds.syncing import Onlooker, carry_out, quiet  # noqa: E402

END_S = 120.0
BUG = 1


def sync_to_be_killed(step: Sync) -> int:
    """The status of the child, negative for the signal that ended it.

    Fails the test when it met a bug, whose traceback is on stderr.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    keys = [str(key) for key in configured.FIELD_KEYS]
    child = context.Process(target=_live, args=(step, keys))
    with pytest.MonkeyPatch.context() as environment:  # the server reads it when it starts
        environment.setenv("DATABASE_URL", database_url())
        child.start()
    child.join(END_S)
    if child.exitcode is None:
        child.kill()
        pytest.fail(f"a sync in a child did not end: {step}")
    assert child.exitcode != BUG, "the child met a bug; its traceback is on stderr"
    return child.exitcode


def database_url() -> str:
    """Of the database that the tests of this process use."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    login = f"{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}"
    return f"postgres://{login}/{at['NAME']}"


def _live(step: Sync, keys: list[str]) -> None:
    assert isinstance(step.end, Killed)
    configured.FIELD_KEYS, configured.CANVAS_ALLOW_INSECURE = keys, True
    if step.end.at:
        configured.CRASH_AT = (step.end.at, step.end.nth)
    else:
        # Nobody handles it: it ends the process as SIGKILL would.
        signal.setitimer(signal.ITIMER_REAL, step.end.after_ms / 1000)
    with quiet():
        carry_out(step, Onlooker(stop_after=None, meanwhile=None))
