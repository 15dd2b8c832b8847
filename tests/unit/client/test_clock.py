"""When Canvas was asked, by Canvas's clock."""

import datetime as dt
from email.utils import format_datetime

from canvas.client.clock import CanvasClock
from tests.unit.client.canned import Script, fetched, says, walked

NOON = dt.datetime(2026, 3, 1, 12, 0, 0, tzinfo=dt.UTC)
DATED = {"date": format_datetime(NOON, usegmt=True)}


def test_before_the_first_dated_answer_nobody_knows_the_time() -> None:
    clock = CanvasClock()
    clock.set(None, at_s=5.0)
    assert clock.at(5.0) is None


def test_an_instant_counts_from_the_first_dated_answer() -> None:
    clock = CanvasClock()
    clock.set(NOON, at_s=100.0)
    assert clock.at(97.5) == NOON - dt.timedelta(seconds=2.5)
    assert clock.at(160.0) == NOON + dt.timedelta(minutes=1)


def test_later_answers_do_not_set_the_clock_again() -> None:
    clock = CanvasClock()
    clock.set(NOON, at_s=100.0)
    clock.set(NOON + dt.timedelta(hours=1), at_s=101.0)
    assert clock.at(100.0) == NOON


async def test_a_page_says_when_canvas_was_asked_for_it() -> None:
    page = await fetched(Script(says(headers=DATED)))
    assert page.asked_at is not None
    assert dt.timedelta(0) <= NOON - page.asked_at < dt.timedelta(seconds=30)


async def test_the_pages_of_a_walk_are_in_order_though_their_dates_are_equal() -> None:
    following = '<https://school.example.edu/api/v1/courses?page=2>; rel="next"'
    last = '<https://school.example.edu/api/v1/courses?page=1>; rel="first"'
    script = Script(says(headers=DATED | {"link": following}), says(headers=DATED | {"link": last}))
    first, second = [page.asked_at for page in await walked(script)]
    assert first is not None
    assert second is not None
    assert first < second


async def test_without_a_date_it_is_not_known() -> None:
    assert (await fetched(Script(says()))).asked_at is None
