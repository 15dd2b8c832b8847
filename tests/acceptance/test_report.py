"""What `sync_course --json` says: one document, the same on both databases."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result, sqlite_url
from tests.acceptance.nursery import Nursery
from tests.servers import fresh_database

RESOURCES = {
    *("terms", "courses", "sections", "users", "enrollments", "group_categories", "groups"),
    *("group_memberships", "assignment_groups", "assignments", "assignment_overrides"),
    *("rubrics", "rubric_criteria", "rubric_ratings", "submissions", "submission_comments"),
    *("rubric_assessments", "quizzes"),
}
SHAPE: dict[str, type | tuple[type, ...]] = {
    "schema": int,
    "run": int,
    "integration": str,
    "course": int,
    "state": str,
    "seconds": float,
    "requests": int,
    "throttle_wait_s": float,
    "resources": dict,
    "error": type(None),
}
COUNTS = ("seen", "created", "updated", "unchanged", "deleted", "rejected")
First = tuple[Mirror, Result]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def first(
    request: pytest.FixtureRequest,
    still_canvas: Canvas,
    tmp_path_factory: pytest.TempPathFactory,
    nursery: Nursery,
) -> Iterator[First]:
    """A mirror in a database that was not there before, and what its first sync said."""
    with ExitStack() as stack:
        if request.param == "postgres":
            server = request.getfixturevalue("postgres_server_url")
            url = stack.enter_context(fresh_database(server))
        else:
            url = sqlite_url(tmp_path_factory.mktemp("new") / "mirror.sqlite3")
        mirror = Mirror(still_canvas.url, url, nursery=nursery)
        yield mirror, mirror.sync("101")


@pytest.fixture(scope="module")
def several(still_canvas: Canvas, new_mirror: NewMirror) -> Result:
    """What a sync of all three courses said."""
    return new_mirror(still_canvas.url).sync("101", "102", "103")


def test_a_first_sync_ends_with_0_and_one_line_of_json(first: First) -> None:
    _, said = first
    assert said.code == 0
    assert said.stdout.endswith("}\n")
    assert said.stdout.count("\n") == 1
    assert isinstance(json.loads(said.stdout), dict)
    assert said.stderr == ""


def test_the_report_has_the_keys_and_types_of_the_contract(first: First) -> None:
    report = first[1].report
    assert list(report) == list(SHAPE)
    assert {name: type(report[name]) for name in SHAPE} == SHAPE
    assert (report["schema"], report["course"], report["state"]) == (1, 101, "succeeded")
    assert report["integration"] == "default"


def test_every_resource_has_its_counts(first: First) -> None:
    resources: dict[str, dict[str, Any]] = first[1].report["resources"]
    assert set(resources) == RESOURCES
    for counts in resources.values():
        assert list(counts) == [*COUNTS, "complete"]
        assert all(type(counts[name]) is int for name in COUNTS)
        assert counts["complete"] is True


def test_a_first_sync_creates_every_row_it_saw(first: First) -> None:
    mirror, said = first
    assert said.counts("seen") == said.counts("created")
    assert said.changes() == {"created": said.counts("created")}
    assert sum(said.counts("created").values()) == sum(map(len, mirror.rows().values()))


def test_the_requests_counted_are_those_canvas_got(still_canvas: Canvas, first: First) -> None:
    mirror, _ = first
    still_canvas.requests.clear()
    said = mirror.sync("102")
    assert said.report["requests"] == len(still_canvas.requests)
    assert not mirror.sync("102").changes()


def test_both_databases_hold_the_same_digest(still_canvas: Canvas, new_mirror: NewMirror) -> None:
    mirrors = [new_mirror(still_canvas.url, kind) for kind in ("sqlite", "postgres")]
    assert [mirror.sync("101", "102", "103").code for mirror in mirrors] == [0, 0]
    small, large = (mirror.digest() for mirror in mirrors)
    assert small == large
    assert len(small) == 64


def test_several_courses_make_one_list_in_the_order_asked_for(several: Result) -> None:
    assert several.code == 0
    assert [report["course"] for report in several.report] == [101, 102, 103]
    assert {report["state"] for report in several.report} == {"succeeded"}
    assert len({report["run"] for report in several.report}) == 3


def test_people_see_a_table_and_no_json(still_canvas: Canvas, new_mirror: NewMirror) -> None:
    said = new_mirror(still_canvas.url).manage("sync_course", "102")
    assert said.code == 0
    assert said.complaints == []
    assert "submissions" in said.stdout
    assert "succeeded" in said.stdout
    assert "{" not in said.stdout
