"""What a review found, each as its operator would meet it."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from urllib.parse import urlsplit

import psycopg
import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result, sqlite_url
from tests.acceptance.nursery import Nursery
from tests.acceptance.test_interrupt import SUBMISSIONS, asked_for
from tests.command import ROOT, clean_environment
from tests.servers import fresh_database

OTHER_KEY = "B" * 43 + "="
STORED = "SELECT name, base_url FROM canvas_canvasintegration"
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
BURST = 4


@pytest.fixture(params=["sqlite", "postgres"])
def empty(
    request: pytest.FixtureRequest, canvas: Canvas, tmp_path: Path, nursery: Nursery
) -> Iterator[Mirror]:
    """A database without tables; the SQLite file is not even there."""
    if request.param == "sqlite":
        yield Mirror(canvas.url, sqlite_url(tmp_path / "mirror.sqlite3"), nursery=nursery)
        return
    with fresh_database(request.getfixturevalue("postgres_server_url")) as url:
        yield Mirror(canvas.url, url, nursery=nursery)


def synced_once(said: list[Result]) -> None:
    """One at a time; those that found another at it are busy, and nothing else went wrong."""
    states = {one.report["state"] for one in said}
    assert states <= {"succeeded", "busy"}, [one.stderr for one in said]
    assert "succeeded" in states
    assert {one.code for one in said} <= {0, 75}


def at_once(mirror: Mirror) -> list[Result]:
    running = [mirror.start("sync_course", "102", "--json") for _ in range(BURST)]
    return [mirror.end(one) for one in running]


def test_several_first_syncs_at_once_set_the_database_up_once(
    empty: Mirror, tmp_path: Path
) -> None:
    synced_once(at_once(empty))
    assert len(empty.sql(STORED)) == 1
    assert not list(tmp_path.glob("*.setup"))


def test_several_first_syncs_at_once_store_one_integration(either_mirror: Mirror) -> None:
    synced_once(at_once(either_mirror))
    assert either_mirror.sql(STORED) == [("default", either_mirror.environment["CANVAS_URL"])]


def test_an_integration_that_mirrors_no_people_does_not_move_either(
    canvas: Canvas, still_canvas: Canvas, mirror: Mirror
) -> None:
    mirror.sync("101", "--only", "assignments")
    said = mirror.manage("connect", "default", "--url", still_canvas.url)
    assert said.code == 2
    assert "under another name" in said.stderr
    assert mirror.sql(STORED) == [("default", canvas.url)]


@pytest.mark.parametrize("name", ["[/x]", "two words", "", "n" * 101, "a\nb"])
def test_a_name_that_could_not_be_typed_again_is_refused(
    name: str, mirror: Mirror, canvas: Canvas
) -> None:
    said = mirror.manage("connect", name, "--url", canvas.url)
    assert said.code == 2
    assert len(said.complaints) == 1
    assert "letters, digits" in said.stderr
    assert mirror.sql(STORED) == []


def test_a_read_only_postgres_is_said_in_one_line_by_every_command(
    canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(canvas.url, "postgres")
    with psycopg.connect(mirror.database_url, autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    synced = mirror.sync()
    connected = mirror.manage("connect", "north", "--url", canvas.url)
    assert (synced.report["course"], synced.report["error"]["code"]) == (101, "database")
    for said in (synced, connected):
        assert (said.code, len(said.complaints)) == (1, 1)
        assert "read-only" in said.stderr


def test_a_token_sealed_with_lost_keys_is_replaced_by_the_one_that_works(synced: Mirror) -> None:
    assert synced.sync("101", FIELD_KEYS=OTHER_KEY).code == 0
    alone = synced.sync("101", FIELD_KEYS=OTHER_KEY, CANVAS_TOKEN=None, CANVAS_URL=None)
    assert alone.code == 0, alone.stderr


def test_without_a_token_lost_keys_are_said_in_one_line(synced: Mirror) -> None:
    said = synced.sync("101", FIELD_KEYS=OTHER_KEY, CANVAS_TOKEN=None, CANVAS_URL=None)
    assert (said.code, len(said.complaints)) == (1, 1)
    assert "FIELD_KEYS" in said.stderr


def test_several_courses_stay_a_list_when_nothing_could_be_started(mirror: Mirror) -> None:
    said = mirror.sync("101", "102", "--only", "nope")
    assert said.code == 2
    assert [one["course"] for one in said.report] == [101, 102]
    alone = mirror.sync("101", "--only", "nope").report
    assert (alone["course"], alone["state"]) == (101, "failed")


def test_a_database_that_fails_midway_does_not_hide_what_was_stored(
    either_mirror: Mirror,
) -> None:
    cascade = "CASCADE" if either_mirror.is_postgres else ""
    either_mirror.shell(
        "from django.db import connection; "
        f"connection.cursor().execute('DROP TABLE canvas_canvassubmissioncomment {cascade}')"
    )
    said = either_mirror.sync()
    assert (said.code, said.report["error"]["code"]) == (1, "database")
    assert said.report["resources"]["courses"]["created"] == 1
    assert said.report["resources"]["courses"]["complete"] is False
    shown = either_mirror.manage("runs", "show", "1", "--json").report
    assert shown["resources"] == said.report["resources"]


def test_the_ledger_says_what_a_run_that_was_cut_off_had_stored(new_mirror: NewMirror) -> None:
    with start("tiny", throttle=False) as canvas:
        mirror = new_mirror(canvas.url)
        canvas.faults.add("hang", SUBMISSIONS, times=None)
        running = mirror.start("sync_course", "101", "--json")
        asked_for(canvas, SUBMISSIONS, running)
        running.send_signal(2)
        assert running.stderr
        assert "stopping" in running.stderr.readline()
        running.send_signal(2)
        assert mirror.end(running).code == 130
    shown = mirror.manage("runs", "show", "1", "--json").report
    assert shown["state"] == "interrupted"
    assert shown["resources"]["courses"]["created"] == 1
    assert shown["requests"] > 2


def run_into(place: str, mirror: Mirror, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of `manage.py …` with its stdout going to `place`."""
    line = ["bash", "-c", f'"$@" {place}; exit ${{PIPESTATUS[0]}}', "bash"]
    done = subprocess.run(
        [*line, sys.executable, str(ROOT / "manage.py"), *arguments],
        env=clean_environment(**mirror.environment),
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("arguments", [("101",), ("101", "102", "--json")])
def test_a_reader_that_went_away_changes_neither_exit_nor_manners(
    arguments: tuple[str, ...], synced: Mirror
) -> None:
    assert run_into("| true", synced, "sync_course", *arguments) == (0, "")


@pytest.mark.parametrize("arguments", [("101",), ("101", "--json")])
def test_a_result_that_fits_nowhere_is_said_in_one_line(
    arguments: tuple[str, ...], synced: Mirror
) -> None:
    code, said = run_into("> /dev/full", synced, "sync_course", *arguments)
    assert code == 1
    assert said.count("\n") == 1
    assert "No space left" in said


def test_a_wrong_setting_keeps_its_exit_when_nobody_reads(synced: Mirror) -> None:
    synced.environment["CANVAS_URL"] = "my school"
    code, said = run_into("| true", synced, "sync_course", "101", "--json")
    assert (code, said.count("\n")) == (2, 1)


def test_the_examples_of_the_readme_run_even_with_an_enrollment_of_nobody(synced: Mirror) -> None:
    first = "SELECT id FROM canvas_canvasenrollment WHERE enrollment_state = 'active' LIMIT 1"
    with sqlite3.connect(urlsplit(synced.database_url).path) as file:
        file.execute(f"UPDATE canvas_canvasenrollment SET student_id = NULL WHERE id = ({first})")
    examples = PYTHON.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    body = indent("\n".join(examples), "    ")
    said = synced.shell(
        f"import asyncio\nasync def ask():\n{body}\n"
        "    print(len(waiting), len(emails), figures['total'])\nasyncio.run(ask())"
    )
    assert len(examples) == 3
    assert all(int(number) > 0 for number in said.split())
