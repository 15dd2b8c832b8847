"""The mirror and Canvas, object by object: read by the product, by a bare client, by canvasapi."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from simulator import Canvas, start
from tests.acceptance.agreement import disagreements, same
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import TOKEN, Mirror, Row
from tests.acceptance.readers import read_bare, read_with_canvasapi
from tests.acceptance.records import KINDS, Key, Listings, Records, records_of
from tests.acceptance.stored import stored

Rows = dict[str, dict[Key, Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One course in Canvas and the mirror that holds only this course."""

    canvas: Canvas
    course: tuple[str, int]
    mirror: Mirror
    rows: Rows

    def records(self, read: Callable[..., Listings]) -> Records:
        return records_of(read(self.canvas.url, TOKEN, course=self.course[1]))


@pytest.fixture(
    scope="module",
    params=["tiny 101 sqlite", "tiny 101 postgres", "tiny 102 sqlite", "school 101 sqlite"],
)
def pair(request: pytest.FixtureRequest, new_mirror: NewMirror) -> Iterator[Pair]:
    preset, course, kind = request.param.split()
    with start(preset, ticks=lambda: 0.0, throttle=False) as canvas:
        mirror = new_mirror(canvas.url, kind)
        assert mirror.sync(course).code == 0
        yield Pair(canvas=canvas, course=(preset, int(course)), mirror=mirror, rows=stored(mirror))


def test_every_field_canvas_sends_is_in_a_column_or_in_extra(pair: Pair) -> None:
    assert disagreements(pair.records(read_bare), pair.rows) == []


def test_the_mirror_agrees_with_canvasapi_object_by_object(pair: Pair) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # canvasapi would rather not read over http
        records = pair.records(read_with_canvasapi)
    assert disagreements(records, pair.rows) == []


def test_the_first_course_has_records_of_every_kind(pair: Pair) -> None:
    if pair.course == ("tiny", 101):
        assert {kind for kind, found in pair.rows.items() if found} == set(KINDS)


def test_secrets_of_quizzes_are_not_stored_and_named_as_such(pair: Pair) -> None:
    held = str(pair.mirror.rows())
    assert "sesame-open" not in held
    assert "192.168.10.0/24" not in held
    assert "secure_params" in held or pair.course != ("tiny", 101)
    assert "verifier=v" not in held


def test_no_field_is_spoilt_by_what_only_looks_the_same() -> None:
    assert not same(True, 1)
    assert not same(None, "")
    assert not same("2026-09-15T08:00:00Z", "2026-09-15T09:00:00Z")
    assert same("2026-09-15T10:00:00+02:00", "2026-09-15T08:00:00Z")
    assert not same({"a": 1}, {"a": 1, "b": None})
    assert not same("sesame", "[not stored]", name="title")


def test_a_lost_field_and_an_invented_one_are_seen(pair: Pair) -> None:
    records = pair.records(read_bare)
    (course,) = records["course"].values()
    course[0]["licence"] = "private"
    course[0].pop("course_code")
    found = "\n".join(disagreements(records, pair.rows))
    assert "licence is 'private' in Canvas and 'nothing at all' in extra" in found
    assert "column course_code holds" in found
