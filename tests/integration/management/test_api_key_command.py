"""manage.py api_key: what it shows, on which stream, and its exit codes."""

from __future__ import annotations

import re
import subprocess

import pytest
from django.db import connection

from management.management.commands.api_key import Command
from tests.command import manage
from tests.integration.management.operating import Operator

KEY = re.compile(r"cm_[0-9a-f]{8}_[0-9a-f]{64}")
# The command has a thread, and so a connection, of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api_key(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(Command, capsys)


def test_a_key_is_shown_once_on_stdout_and_never_again(api_key: Operator) -> None:
    made = api_key("create", "dashboard")
    key = made.stdout.strip()
    assert KEY.fullmatch(key)
    assert "shown once" in made.stderr
    secret = key.rpartition("_")[2]
    assert secret not in made.stderr
    for arguments in (["list"], ["list", "--json"], ["revoke", "dashboard"], ["list"]):
        again = api_key(*arguments)
        assert again.code == 0
        assert secret not in again.stdout + again.stderr


def test_the_whole_life_of_a_key_as_json(api_key: Operator) -> None:
    made = api_key("create", "dashboard", "--json").document
    assert KEY.fullmatch(made.pop("key"))
    assert made.keys() == {"name", "prefix", "created_at", "last_used_at", "revoked_at"}
    assert api_key("list", "--json").document == [made]
    revoked = api_key("revoke", "dashboard", "--json").document
    assert revoked["revoked_at"] is not None
    assert api_key("list", "--json").document == [revoked]


def test_the_table_names_every_key(api_key: Operator) -> None:
    assert "no API key yet" in api_key("list").stderr
    made = api_key("create", "dashboard", "--json").document
    shown = api_key("list").stdout
    assert all(text in shown for text in ("dashboard", f"cm_{made['prefix']}", "last used"))


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no verb": ((), "required: verb"),
    "an unknown verb": (("delete", "dashboard"), "invalid choice: 'delete'"),
    "no name": (("create",), "'api_key create' needs a name"),
    "nothing to revoke": (("revoke",), "'api_key revoke' needs a name"),
    "a name too many": (("list", "dashboard"), "'api_key list' takes no name"),
    "an empty name": (("create", ""), "'' is no name"),
    "a name with spaces": (("create", "my key"), "'my key' is no name"),
    "a name with markup": (("create", "[red]x"), "is no name"),
    "a long name": (("create", "x" * 101), "is no name"),
    "unknown": (("revoke", "report"), "no API key called report is in force (in force: none)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_ends_in_one_line_and_exit_2(api_key: Operator, case: str) -> None:
    arguments, said = WRONG[case]
    answer = api_key(*arguments)
    [line] = answer.stderr.splitlines()
    assert (answer.code, answer.stdout) == (2, "")
    assert said in line
    assert "; next: " in line


def test_a_name_in_force_cannot_be_given_twice(api_key: Operator) -> None:
    api_key("create", "dashboard")
    again = api_key("create", "dashboard", "--json")
    assert (again.code, again.document["error"]["code"]) == (2, "usage")
    assert "manage.py api_key revoke dashboard" in again.stderr


@pytest.fixture
def empty_url(request: pytest.FixtureRequest) -> str:
    """Of the kind of this pass: each pass tests its own, so none is tested twice."""
    kind = "sqlite" if connection.vendor == "sqlite" else "postgres"
    return str(request.getfixturevalue(f"{kind}_url"))


def test_it_makes_an_empty_database_ready_first(empty_url: str) -> None:
    env = {"DATABASE_URL": empty_url, "FIELD_KEYS": "A" * 43 + "="}
    made: subprocess.CompletedProcess[str] = manage("api_key", "create", "dashboard", env=env)
    assert made.returncode == 0, made.stderr
    assert KEY.fullmatch(made.stdout.strip())
