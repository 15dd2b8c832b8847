"""The bundled simulator as a command, and the demonstration that is made with it."""

import datetime as dt
import json
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import httpx
import jwt
import pytest

from simulator.clock import ANCHOR
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror
from tests.simulator.receiver import Receiver

TOKEN = {"Authorization": "Bearer any"}


@pytest.fixture(scope="module")
def nobody(new_mirror: NewMirror) -> Mirror:
    """An environment without any Canvas."""
    mirror = new_mirror("")
    for name in ("CANVAS_URL", "CANVAS_TOKEN", "CANVAS_ALLOW_INSECURE"):
        del mirror.environment[name]
    return mirror


@contextmanager
def serving(mirror: Mirror, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its first line, which it writes when it is ready."""
    running = mirror.begin("simulate_canvas", "--port", "0", *options)
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline()
    finally:
        running.kill()
        running.communicate()


def test_it_says_where_it_is_once_it_answers(nobody: Mirror) -> None:
    with serving(nobody, "--json") as (_, line):
        served = json.loads(line)
        url = f"{served['url']}/api/v1/courses/101"
        answer = httpx.get(url, headers=TOKEN)
    assert answer.json()["name"] == "Introduction to Biology"
    assert (served["preset"], served["courses"][0]["id"]) == ("tiny", 101)


def test_people_are_shown_the_line_to_type(nobody: Mirror) -> None:
    with serving(nobody) as (running, line):
        assert line.startswith("Simulated Canvas at http://127.0.0.1:")
        assert running.stdout is not None
        rest = "".join(running.stdout.readline() for _ in range(5))
    assert "manage.py sync_course 101" in rest
    assert f"WEBHOOK_KEYS_URL={line.split()[3]}/_simulator/jwks" in rest
    assert "Ctrl-C" in rest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_asked_to(nobody: Mirror, number: signal.Signals) -> None:
    with serving(nobody) as (running, _):
        time.sleep(0.2)
        running.send_signal(number)
        assert running.wait(timeout=20) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""


def test_a_port_that_is_taken_is_said_in_one_line(nobody: Mirror) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = nobody.manage("simulate_canvas", "--port", port)
    assert said.code == 2
    assert len(said.complaints) == 1
    assert port in said.complaints[0]
    assert "--port" in said.complaints[0]


def test_a_token_that_was_not_named_is_refused(nobody: Mirror) -> None:
    with serving(nobody, "--json", "--token", "only-this") as (_, line):
        url = f"{json.loads(line)['url']}/api/v1/users/self"
        answers = [
            httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code
            for token in ("only-this", "another")
        ]
    assert answers == [200, 401]


def test_a_lively_one_posts_events_signed_by_its_keys(nobody: Mirror) -> None:
    with Receiver() as receiver:
        options = ("--json", "--lively", "0.02", "--events-to", receiver.url)
        with serving(nobody, *options) as (_, line):
            keys = httpx.get(json.loads(line)["events"]["keys_url"]).json()
            assert receiver.wait(3)
    token = receiver.posts[0].body
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"])
    assert (
        claims["metadata"]["root_account_uuid"] == json.loads(line)["events"]["root_account_uuid"]
    )


@pytest.mark.parametrize("options", [(), ("--now",)])
def test_its_clock_begins_on_a_fixed_day_or_now(nobody: Mirror, options: tuple[str, ...]) -> None:
    began = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with serving(nobody, "--json", *options) as (_, line):
        url = json.loads(line)["url"]
        said = httpx.get(f"{url}/api/v1/users/self").headers["Date"]
        told = httpx.get(f"{url}/api/v1/accounts/1/terms", headers=TOKEN).json()
    at = parsedate_to_datetime(said)
    ends = {term["name"]: term["end_at"] for term in told["enrollment_terms"]}
    assert ends["Default Term"] is None
    assert dt.datetime.fromisoformat(ends["Spring 2026"]) < at
    left = dt.datetime.fromisoformat(ends["Autumn 2026"]) - at
    assert dt.timedelta(days=90) < left < dt.timedelta(days=100)
    if options:
        assert began <= at <= dt.datetime.now(dt.UTC)
    else:
        assert at.date() == dt.date.fromisoformat(ANCHOR[:10])


@pytest.mark.parametrize(
    ("option", "value"), [("--events-to", "somewhere"), ("--lively", "0"), ("--lively", "nan")]
)
def test_events_to_nowhere_and_changes_without_pause_are_refused(
    nobody: Mirror, option: str, value: str
) -> None:
    said = nobody.manage("simulate_canvas", "--port", "0", option, value)
    assert said.code == 2
    assert len(said.complaints) == 1
    assert option in said.complaints[0]


def test_the_demonstration_holds_what_it_claims(nobody: Mirror) -> None:
    said = nobody.manage("demo")
    assert said.code == 0, said.stderr
    assert "nothing to write" in said.stdout
    told, _, found = said.stdout.partition("The third sync finds:")
    changed = told.partition("It says it changed:\n")[2].strip()
    assert changed
    assert found.strip().startswith(changed)
