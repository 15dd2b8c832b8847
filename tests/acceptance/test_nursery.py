"""A command that comes out of the nursery is as one that is started from nothing."""

import re
import signal
from typing import Any

import pytest

from tests.acceptance.driver import Mirror, Running

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# Django fills in what an entry of DATABASES does not say when the first connection is looked at.
SETTINGS = (
    "from django.core.management import call_command; from django.db import connection; "
    "assert connection.vendor; call_command('diffsettings', all=True)"
)
OTHERS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "another database": {"DATABASE_URL": "postgres://me:pw@127.0.0.1:1/elsewhere"},
    "another level and form of logging": {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "console"},
    "production": {"SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "mirror.example.edu"},
    "an address that is none": {"CANVAS_URL": "my school"},
    "a database of another make": {"DATABASE_URL": "mysql://localhost/mirror"},
    "production without keys": {"SECRET_KEY": "x" * 60, "FIELD_KEYS": None},
}


def said(running: Running) -> tuple[int, str, str]:
    stdout, stderr = running.communicate()
    return running.wait(), ADDRESS.sub("", stdout), stderr


@pytest.mark.parametrize("name", OTHERS)
def test_every_setting_is_what_its_own_environment_says(mirror: Mirror, name: str) -> None:
    command, others = ("shell", "--no-imports", "-c", SETTINGS), OTHERS[name]
    found = said(mirror.start(*command, **others))
    assert found == said(mirror.begin(*command, **others))
    assert bool(found[1]) is (found[0] == 0)


def test_commands_at_once_are_told_and_ended_each_by_itself(mirror: Mirror) -> None:
    line = ("shell", "--no-imports", "-c", "print('ready', flush=True); print(input())")
    one, other = mirror.start(*line), mirror.start(*line)
    assert one.stdout
    assert other.stdout
    assert (one.stdout.readline(), other.stdout.readline()) == ("ready\n", "ready\n")
    one.kill()
    assert one.wait() == -signal.SIGKILL
    assert other.poll() is None
    assert other.communicate("told\n") == ("told\n", "")
    assert other.wait() == 0
