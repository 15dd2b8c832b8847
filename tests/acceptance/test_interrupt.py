"""Ctrl-C once ends after the current page and says how to go on; twice ends at once."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from simulator import Canvas, start
from simulator.requestlog import LoggedRequest, RequestLog
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result, Running

LATENCY_S = 0.25
PATIENCE_S = 60.0
AT_ONCE_S = 5.0
SUBMISSIONS = "/students/submissions"


@pytest.fixture(scope="module")
def slow_canvas() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False, latency_s=LATENCY_S) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def slow_mirror(
    request: pytest.FixtureRequest, slow_canvas: Canvas, new_mirror: NewMirror
) -> Mirror:
    slow_canvas.reset()
    slow_canvas.desk.latency_s = LATENCY_S
    return new_mirror(slow_canvas.url, request.param)


class Ambush(RequestLog):
    """Acts once, as soon as a request for the path was answered and before the answer leaves.

    Who looks at the log from outside may come late on a busy machine, when the run has ended.
    """

    def __init__(self, path: str, act: Callable[[], None]) -> None:
        super().__init__()
        self._path, self._act = path, act
        self._first = threading.Lock()

    def add(self, entry: LoggedRequest) -> None:
        super().add(entry)
        if self._path in entry.path and self._first.acquire(blocking=False):
            self._act()


def interrupted(
    canvas: Canvas,
    begin: Callable[[], Running],
    path: str,
    *,
    number: signal.Signals = signal.SIGINT,
) -> Running:
    """Begin a command that gets Ctrl-C, or another signal, once it has asked for the path."""
    command: Future[Running] = Future()
    canvas.desk.log = Ambush(path, lambda: command.result(PATIENCE_S).send_signal(number))
    running = begin()
    command.set_result(running)
    return running


def interrupted_sync(canvas: Canvas, mirror: Mirror, path: str) -> Result:
    begin = partial(mirror.start, "sync_course", "101", "--json")
    return mirror.end(interrupted(canvas, begin, path))


def asked_for(canvas: Canvas, path: str, running: Running) -> None:
    """Wait until Canvas was asked for the path."""
    deadline = time.monotonic() + PATIENCE_S
    while not canvas.requests.matching(path):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def at_full_speed(canvas: Canvas) -> None:
    canvas.reset()
    canvas.desk.latency_s = 0.0


def test_ctrl_c_ends_the_run_with_what_was_read_and_says_how_to_resume(
    slow_canvas: Canvas, slow_mirror: Mirror
) -> None:
    said = interrupted_sync(slow_canvas, slow_mirror, "/sections")
    assert said.code == 130
    assert (said.report["state"], said.report["error"]["code"]) == ("interrupted", "interrupted")
    assert said.report["error"]["next_step"].startswith("run 'manage.py sync_course 101'")
    assert "stopping after the current page" in said.stderr
    assert slow_mirror.count("course") == 1
    assert slow_mirror.count("submission") == 0
    assert slow_mirror.sql("SELECT state FROM sync_run") == [("interrupted",)]


def test_the_run_after_an_interrupted_one_makes_the_mirror_whole(
    slow_canvas: Canvas, slow_mirror: Mirror, new_mirror: NewMirror
) -> None:
    assert interrupted_sync(slow_canvas, slow_mirror, "/enrollments").code == 130
    at_full_speed(slow_canvas)
    assert slow_mirror.sync().code == 0
    undisturbed = new_mirror(slow_canvas.url)
    assert undisturbed.sync().code == 0
    assert slow_mirror.digest() == undisturbed.digest()


def test_an_interrupted_run_deletes_nothing(slow_canvas: Canvas, new_mirror: NewMirror) -> None:
    at_full_speed(slow_canvas)
    mirror = new_mirror(slow_canvas.url)
    mirror.sync()
    slow_canvas.desk.latency_s = LATENCY_S
    live = mirror.count("groupmembership", "deleted_at IS NULL")
    slow_canvas.mutate("delete_group", group_id=slow_canvas.world.groups.of("course_id", 101)[0].id)
    said = interrupted_sync(slow_canvas, mirror, "/sections")
    assert (said.code, said.counts("deleted")) == (130, {})
    assert mirror.count("groupmembership", "deleted_at IS NULL") == live


def test_a_second_ctrl_c_ends_at_once(slow_canvas: Canvas, slow_mirror: Mirror) -> None:
    slow_canvas.faults.add("hang", SUBMISSIONS, times=None)
    running = slow_mirror.begin("sync_course", "101", "--json")
    asked_for(slow_canvas, SUBMISSIONS, running)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    assert "stopping" in running.stderr.readline()
    assert running.poll() is None
    asked_again = time.monotonic()
    running.send_signal(signal.SIGINT)
    said = slow_mirror.end(running)
    assert time.monotonic() - asked_again < AT_ONCE_S
    assert said.code == 130
    assert said.report["state"] == "interrupted"
    assert slow_mirror.sql("SELECT state FROM sync_run") == [("interrupted",)]


def test_sigterm_is_taken_like_ctrl_c(slow_canvas: Canvas, new_mirror: NewMirror) -> None:
    mirror = new_mirror(slow_canvas.url)
    slow_canvas.desk.latency_s = LATENCY_S
    begin = partial(mirror.begin, "sync_course", "101", "--json")
    running = interrupted(slow_canvas, begin, "/sections", number=signal.SIGTERM)
    assert mirror.end(running).code == 130


def test_courses_after_an_interrupted_one_are_not_begun(
    slow_canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(slow_canvas.url)
    slow_canvas.desk.latency_s = LATENCY_S
    begin = partial(mirror.start, "sync_course", "101", "102", "--json")
    said = mirror.end(interrupted(slow_canvas, begin, "/sections"))
    assert [report["course"] for report in said.report] == [101]
    assert not slow_canvas.requests.matching("/courses/102/")
