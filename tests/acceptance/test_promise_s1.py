"""S1: the token appears nowhere, whatever goes wrong at Canvas and on the way to it.

Every command runs with all that can be logged; looked through are its streams, its command line as
everybody sees it, and everything the database holds.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import HASTE, Mirror, Running
from tests.acceptance.evil import answer, certificate, evil_server
from tests.acceptance.secrecy import CANARY, ended, forms_of, leaks, stored
from tests.acceptance.test_interrupt import interrupted
from tests.command import ROOT, clean_environment

Faults = dict[str, str]
SYNC = ("sync_course", "101", "--json")
# Fault → the path it happens at, once; or always, where the name ends in "!".
TROUBLES: dict[str, Faults] = {
    "none": {},
    "token refused": {"unauthorized_401!": "/assignments"},
    "parts refused": {
        "permission_401!": "/quizzes",
        "forbidden_403!": "/group_categories",
        "not_found_404!": "/rubrics",
        "tab_disabled_404!": "/assignment_groups",
        "bad_record": "/enrollments",
    },
    "answers broken": {
        "http_500": "/assignments",
        "http_502_html": "/enrollments",
        "html_200": "/sections",
        "cut_body": "/quizzes",
        "half_json": "/rubrics",
        "half_gzip": "/group_categories",
        "reset": "/assignment_groups",
    },
    "foreign next": {"foreign_next!": "/enrollments"},
    "next loop": {"next_loop!": "/enrollments"},
    "not a list": {"not_a_list!": "/assignments"},
    "down": {"http_503_html!": "/assignments"},
}
GOOD = {
    "/api/v1/users/self": answer(b'{"id":1,"name":"Ada"}'),
    "/api/v1/courses/101": answer(b'{"id":101,"name":"Biology","workflow_state":"available"}'),
}
ECHO = f'{{"errors":[{{"message":"your token {CANARY} of {CANARY}"}}]}}'.encode()
ECHOES = {
    "page": answer(ECHO, content_type="text/html"),
    "half a page": answer(ECHO[:-2]),
    "bad request": answer(ECHO, status=400),
    "refusal": answer(ECHO, status=401, www_authenticate=f'Bearer realm="{CANARY}"'),
    "permission": answer(ECHO, status=403),
    "teapot": answer(ECHO, status=418),
    "redirect": answer(ECHO, status=302, location=f"https://x.example/?access_token={CANARY}"),
    "foreign link": answer(b"[]", link=f'<https://x.example/{CANARY}?t={CANARY}>; rel="next"'),
    "request id": answer(b"[]", x_request_context_id=CANARY),
    "bad cost": answer(b"[]", x_request_cost=CANARY, x_rate_limit_remaining=CANARY),
}


def made_talkative(mirror: Mirror) -> Mirror:
    mirror.environment |= {"CANVAS_TOKEN": CANARY, "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
    return mirror


def looked_through(mirror: Mirror, *command: str, **environment: str) -> str:
    """What a command (a sync unless said) has on stderr; looked through with all it left behind."""
    running = mirror.start(*(command or SYNC), haste=HASTE, **environment)
    return watched(mirror, running)


def watched(mirror: Mirror, running: Running) -> str:
    """The same of a command that runs."""
    seen = ended(running)
    assert leaks(seen | stored(mirror), CANARY) == []
    return str(seen["stderr"])


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("trouble", TROUBLES)
def test_s1_no_trouble_at_canvas_shows_the_token(
    new_mirror: NewMirror, canvas: Canvas, trouble: str, log_format: str
) -> None:
    for kind, path in TROUBLES[trouble].items():
        canvas.faults.add(kind.rstrip("!"), path, times=None if kind.endswith("!") else 1)
    said = looked_through(made_talkative(new_mirror(canvas.url)), LOG_FORMAT=log_format)
    assert "request." in said  # it was logged at all
    assert all(fault.fired for fault in canvas.faults.faults)


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_s1_a_process_of_its_own_shows_the_token_neither_in_its_command_line(
    new_mirror: NewMirror, canvas: Canvas, log_format: str
) -> None:
    mirror = made_talkative(new_mirror(canvas.url))
    assert "request." in watched(mirror, mirror.begin(*SYNC, LOG_FORMAT=log_format))


def test_s1_a_throttled_run_does_not_show_the_token(new_mirror: NewMirror, canvas: Canvas) -> None:
    canvas.faults.add("retry_after", "/assignments")  # waits until the bucket has emptied
    said = looked_through(made_talkative(new_mirror(canvas.url)), LOG_FORMAT="console")
    assert "throttle" in said


@pytest.mark.parametrize("from_the_start", [True, False])
@pytest.mark.parametrize("how", ECHOES)
def test_s1_a_server_that_sends_the_token_back_does_not_get_it_shown(
    new_mirror: NewMirror, how: str, from_the_start: bool
) -> None:
    with evil_server() as echoing:
        echoing.otherwise = ECHOES[how]
        if not from_the_start:  # else it is canvasapi that gets it
            echoing.answers |= GOOD
        mirror = made_talkative(new_mirror(echoing.url()))
        said = looked_through(mirror, "sync_course", "101", "--only", "sections", "--json")
        assert CANARY.encode() in echoing.everything
    assert ("request." in said) is not from_the_start


def test_s1_a_next_link_that_holds_the_token_is_not_kept(new_mirror: NewMirror) -> None:
    with evil_server() as echoing:
        echoing.answers |= GOOD
        echoing.otherwise = answer(b"[]", link=f'<?access_token={CANARY}>; rel="next"')
        looked_through(made_talkative(new_mirror(echoing.url())))


@pytest.mark.parametrize("url", ["https://canvas.invalid", "http://127.0.0.1:9"])
def test_s1_an_unreachable_canvas_does_not_get_the_token_shown(
    new_mirror: NewMirror, url: str
) -> None:
    assert "next: " in looked_through(made_talkative(new_mirror(url)))


def test_s1_a_wrong_certificate_does_not_get_the_token_shown(
    new_mirror: NewMirror, tmp_path: Path
) -> None:
    tls, _authority = certificate(tmp_path, "another.example")
    with evil_server(tls) as stranger:
        assert "next: " in looked_through(made_talkative(new_mirror(stranger.url())))
        assert CANARY.encode() not in stranger.everything


def test_s1_a_database_that_is_down_does_not_get_the_token_shown(
    new_mirror: NewMirror, canvas: Canvas
) -> None:
    down = made_talkative(new_mirror(canvas.url))
    down.environment["DATABASE_URL"] = f"postgres://{CANARY}:{CANARY}@127.0.0.1:9/mirror"
    assert "the database failed" in looked_through(down)


@pytest.fixture(scope="module")
def slow_canvas() -> Iterator[Canvas]:
    with start("tiny", throttle=False, latency_s=0.25) as running:
        yield running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGABRT])
def test_s1_an_interrupted_run_does_not_show_the_token(
    slow_canvas: Canvas, new_mirror: NewMirror, number: signal.Signals
) -> None:
    slow_canvas.reset()
    mirror = made_talkative(new_mirror(slow_canvas.url))
    mirror.environment["PYTHONFAULTHANDLER"] = "1"
    begin = partial(mirror.begin, "sync_course", "101", "--json")
    running = interrupted(slow_canvas, begin, "/sections", number=number)
    assert leaks(ended(running) | stored(mirror), CANARY) == []
    assert running.returncode != 0


# A mistake of ours, with everything at hand in its message.
BUG = """
import django
django.setup()
from django.core.management import execute_from_command_line
from workers import wiring

async def broken(order, **given):
    raise RuntimeError(f"{given!r} {vars(given['reader'])!r} {wiring.settings.CANVAS_TOKEN!r}")

wiring.read_ordered = broken
execute_from_command_line(["manage.py", "sync_course", "101", "--json"])
"""


def test_s1_the_traceback_of_a_bug_does_not_show_the_token(
    canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = made_talkative(new_mirror(canvas.url))
    environment = mirror.environment | {"DJANGO_SETTINGS_MODULE": "settings.base"}
    died = subprocess.run(
        [sys.executable, "-c", BUG],
        env=clean_environment(**environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "RuntimeError" in died.stderr
    assert "CanvasClient" in died.stderr
    assert leaks({"stderr": died.stderr, "stdout": died.stdout} | stored(mirror), CANARY) == []


def test_s1_a_failing_function_of_the_installation_does_not_show_the_token(
    canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = made_talkative(new_mirror(canvas.url))
    hook = "tests.acceptance.leaking.fail_with_the_token"
    said = looked_through(mirror, POST_SYNC=hook)
    assert "fail_with_the_token" in said


@pytest.mark.parametrize(
    "command",
    [
        ("runs", "list", "--json"),
        ("runs", "show", "1"),
        ("keys", "verify", "--json"),
        ("keys", "rotate"),
        ("dumpdata",),
        ("diffsettings", "--all"),
        ("check", "--deploy"),
    ],
)
def test_s1_no_command_shows_a_stored_token(synced_once: Mirror, command: tuple[str, ...]) -> None:
    looked_through(synced_once, *command)


@pytest.fixture(scope="module")
def synced_once(still_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    mirror = made_talkative(new_mirror(still_canvas.url))
    assert mirror.sync("101").code == 0
    return mirror


@pytest.mark.parametrize("form", forms_of(CANARY))
@pytest.mark.parametrize("before", ["", "x", "xy"])
def test_s1_a_secret_is_found_in_every_form(form: str, before: str) -> None:
    text = before.encode() + forms_of(CANARY)[form] + b" and more"
    assert any(f" {form}" in found for found in leaks({"there": text}, CANARY))
