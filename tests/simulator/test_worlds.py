"""Worlds are the same every time, big enough, quick enough, and consistent in themselves."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Any

import pytest

from simulator import Canvas, run, start
from tests.simulator.browser import Browser
from tests.simulator.conftest import HandClock, Starter

ALL = "/students/submissions?student_ids[]=all&per_page=100&include[]=submission_comments"


def bodies(canvas: Canvas) -> list[str]:
    browser = Browser(canvas)
    paths = ("/enrollments?per_page=100", "/assignments?per_page=100", ALL, "/groups")
    texts = [browser.get(f"/api/v1/courses/101{path}").text for path in paths]
    return [text.replace(canvas.url, "") for text in texts]


@pytest.mark.parametrize("preset", ["tiny", "school"])
def test_two_starts_give_equal_bodies(preset: str, fresh: Starter) -> None:
    assert bodies(fresh(preset)) == bodies(fresh(preset))


def test_another_seed_gives_another_world(fresh: Starter) -> None:
    assert bodies(fresh("school", seed=2)) != bodies(fresh("school", seed=3))


def test_courses_of_a_school_do_not_depend_on_the_order_of_asking(fresh: Starter) -> None:
    one, other = fresh("school"), fresh("school")
    Browser(other).get("/api/v1/courses/177/sections")
    assert bodies(one) == bodies(other)


def test_the_school_has_200_courses_in_all_states(fresh: Starter) -> None:
    canvas = fresh("school")
    listed = Browser(canvas).rows("/api/v1/accounts/self/courses?state[]=all&per_page=100")
    assert [row["id"] for row in listed] == list(range(101, 301))
    states = {row["workflow_state"] for row in listed}
    assert states == {"available", "completed", "unpublished", "deleted"}
    assert len(canvas.world.submissions) == 0


def test_a_school_row_named_without_its_course_is_found(fresh: Starter) -> None:
    answer = Browser(fresh("school")).get("/api/v1/sections/150000001")
    assert answer.json["course_id"] == 150


@pytest.fixture(scope="module")
def course() -> Any:
    began = time.process_time()
    with start("course", throttle=False, ticks=HandClock()) as canvas:
        canvas.started_in_s = time.process_time() - began  # type: ignore[attr-defined]
        yield canvas


def test_the_big_course_holds_50000_submissions_at_once(course: Any) -> None:
    assert course.started_in_s < 5
    assert len(course.world.submissions) == 50_000
    commented = len({row.submission_id for row in course.world.submission_comments})
    assert 2_000 < commented < 8_000


def test_a_record_of_the_big_course_weighs_two_kilobytes(course: Canvas) -> None:
    sizes = []
    for page in Browser(course).pages(f"/api/v1/courses/101{ALL}"):
        sizes.append(len(page.body) / 100)
        if len(sizes) == 5:
            break
    assert 1_500 < sum(sizes) / 5 < 2_500


def test_a_deep_page_costs_no_more_than_the_first(course: Canvas) -> None:
    browser = Browser(course)
    pages = browser.pages(f"/api/v1/courses/101{ALL}")
    seen = [len(next(pages).json) for _ in range(30)]
    spent = [entry.seconds for entry in course.requests.matching("students/submissions")]
    assert seen == [100] * 30
    assert min(spent[-10:]) < 10 * min(spent[:10])


def test_the_demo_fits_the_big_course(course: Canvas) -> None:
    effects = course.mutate("demo")
    assert effects["resources"]["submissions"]["updated"] == 5
    assert effects["resources"]["submissions"]["deleted"] < 0.1 * 50_000


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="tiny, course, school"):
        start("huge")


def test_running_ends_with_a_signal_and_frees_the_port() -> None:
    ports: list[int] = []

    def ready(canvas: Canvas) -> None:
        ports.append(canvas.port)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()

    run("tiny", on_ready=ready)
    with start("tiny", ports[0]) as again:
        assert again.url.endswith(str(ports[0]))


def test_stopping_hangs_up_on_waiting_clients() -> None:
    canvas = start("tiny")
    canvas.faults.add("hang")
    waiting = threading.Thread(target=_ask_in_vain, args=(canvas,))
    waiting.start()
    time.sleep(0.1)
    canvas.stop()
    waiting.join(2)
    assert not waiting.is_alive()


def _ask_in_vain(canvas: Canvas) -> None:
    with pytest.raises((ConnectionError, OSError)):
        Browser(canvas).get("/api/v1/users/self")
