"""Both paging styles and the Link header."""

from __future__ import annotations

import pytest

from tests.simulator.browser import Browser
from tests.simulator.conftest import Starter

COURSE = "/api/v1/courses/101"
ALL = f"{COURSE}/students/submissions?student_ids[]=all"


def test_ordinal_pages_have_all_rels(browser: Browser) -> None:
    links = browser.get(f"{COURSE}/assignments?per_page=3&page=2").links
    assert list(links) == ["next", "last", "prev", "current", "first"]
    assert links["last"].startswith(browser.canvas.url)
    assert "page=4&per_page=3" in links["last"]


@pytest.mark.parametrize("path", [f"{COURSE}/users", "/api/v1/accounts/1/courses"])
def test_some_ordinal_lists_have_no_last(path: str, browser: Browser) -> None:
    assert list(browser.get(f"{path}?per_page=2").links) == ["next", "current", "first"]


@pytest.mark.parametrize("path", [f"{COURSE}/enrollments?", f"{ALL}&"])
def test_bookmarked_pages_only_go_forward(path: str, browser: Browser) -> None:
    pages = list(browser.pages(f"{path}per_page=5"))
    assert list(pages[1].links) == ["next", "current", "first"]
    assert "page=bookmark%3A" in pages[0].links["next"]
    assert "next" not in pages[-1].links
    walked = [row["id"] for page in pages for row in page.json]
    whole = [row["id"] for row in browser.rows(f"{path}per_page=100")]
    assert walked == whole
    assert len(set(whole)) == len(whole)


def test_a_damaged_bookmark_is_the_first_page(browser: Browser) -> None:
    first = browser.get(f"{ALL}&per_page=5").json
    damaged = browser.get(f"{ALL}&per_page=5&page=bookmark:rubbish").json
    assert [row["id"] for row in damaged] == [row["id"] for row in first]


def test_a_bookmark_stays_right_when_rows_come_and_go(fresh: Starter) -> None:
    canvas = fresh()
    browser = Browser(canvas)
    whole = [row["id"] for row in browser.rows(f"{ALL}&per_page=100")]
    first = browser.get(f"{ALL}&per_page=10")
    canvas.mutate("set", table="submissions", id=first.json[0]["id"], workflow_state="deleted")
    second = browser.get(first.links["next"]).json
    assert [row["id"] for row in second] == whole[10:20]


@pytest.mark.parametrize(
    ("asked", "given"), [("", 10), ("per_page=0", 1), ("per_page=x", 1), ("per_page=500", 88)]
)
def test_per_page_is_clamped(asked: str, given: int, browser: Browser) -> None:
    assert len(browser.get(f"{ALL}&{asked}").json) == given


def test_per_page_has_a_maximum_of_100(fresh: Starter) -> None:
    answer = Browser(fresh("school")).get(f"{ALL}&per_page=1000")
    assert len(answer.json) == 100
    assert "per_page=100" in answer.links["next"]


def test_a_page_past_the_end_is_empty_and_text_is_not_found(browser: Browser) -> None:
    past = browser.get(f"{COURSE}/sections?page=9")
    assert (past.status, past.json) == (200, [])
    assert browser.get(f"{COURSE}/sections?page=two").status == 404


def test_links_repeat_the_query_without_the_token(browser: Browser) -> None:
    link = Browser(browser.canvas, None).get(
        f"{COURSE}/enrollments?access_token=t&type[]=StudentEnrollment&per_page=2"
    )
    assert "access_token" not in link.headers["Link"]
    assert "type%5B%5D=StudentEnrollment" in link.links["next"]


def test_a_long_query_loses_links(browser: Browser) -> None:
    long_query = "&".join(f"x[]={n:040d}" for n in range(100))
    links = browser.get(f"{COURSE}/assignments?per_page=2&page=2&{long_query}").links
    assert list(links) == ["next"]
    lost = browser.get(f"{COURSE}/assignments?per_page=2&{long_query * 3}").links
    assert lost == {}


def test_links_follow_the_host_the_client_named(browser: Browser) -> None:
    answer = browser.get(f"{COURSE}/assignments?per_page=2", Host="canvas.example:81")
    assert answer.links["next"].startswith("http://canvas.example:81/api/v1/")


def test_the_test_student_leaves_after_paging(browser: Browser) -> None:
    pages = list(browser.pages(f"{COURSE}/users?per_page=1"))
    assert [len(page.json) for page in pages].count(0) == 1
