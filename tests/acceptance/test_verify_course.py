"""`verify_course` proves a mirror or names what differs, writes nothing and shows no values."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Canvas
from sync.verify.kinds import KINDS
from tests.acceptance.driver import Mirror, Result

EQUAL: dict[str, Any] = {"missing": [], "extra": [], "different": []}


def verify(mirror: Mirror, *arguments: str) -> Result:
    return mirror.manage("verify_course", *(arguments or ("101",)), "--json")


def everything(mirror: Mirror) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table there is."""
    catalog = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if mirror.is_postgres
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    names = [str(name) for (name,) in mirror.sql(catalog)]
    return {name: sorted(mirror.sql(f"SELECT * FROM {name}"), key=str) for name in names}


def wrong(result: Result) -> dict[str, dict[str, Any]]:
    """Resource → what is wrong with it, without the counts and without what is right."""
    found = {}
    for name, tally in result.report["resources"].items():
        if bad := {word: tally[word] for word in EQUAL if tally[word]}:
            found[name] = bad
    return found


def test_a_fresh_mirror_equals_canvas_in_every_resource_and_stays_as_it_is(
    either_mirror: Mirror,
) -> None:
    assert either_mirror.sync().code == 0
    before = everything(either_mirror)
    said = verify(either_mirror)
    assert everything(either_mirror) == before
    assert (said.code, said.stderr) == (0, "")
    assert set(said.report) == {"course", "ok", "resources"}
    assert (said.report["course"], said.report["ok"]) == (101, True)
    assert set(said.report["resources"]) == {kind.reported_as for kind in KINDS}
    for tally in said.report["resources"].values():
        assert tally.items() >= EQUAL.items()
        assert tally["canvas"] == tally["mirror"] > 0
    assert said.report["resources"]["submissions"]["canvas"] == 88


def test_it_says_what_is_missing_extra_and_different(synced: Mirror) -> None:
    synced.shell(
        "from canvas.models import *; from django.utils import timezone\n"
        "CanvasSection.objects.order_by('pk').first().delete()\n"
        "CanvasSubmissionComment.objects.order_by('pk')[:1].get().delete()\n"
        "CanvasGroup.objects.filter(pk=CanvasGroup.objects.first().pk)"
        ".update(deleted_at=timezone.now())\n"
        "course = CanvasCourse.objects.get()\n"
        "CanvasSection.objects.create("
        "course=course, canvas_id=999, integration=course.integration)\n"
        "CanvasSection.objects.create(course=course, name='made here')\n"
        "CanvasSubmission.objects.filter(pk=CanvasSubmission.objects.first().pk)"
        ".update(score=41.5, grade='41.5')\n"
    )
    said = verify(synced)
    assert said.code == 1
    found = wrong(said)
    assert found["sections"]["extra"] == [999]
    assert [
        len(found[name]["missing"]) for name in ("sections", "submission_comments", "groups")
    ] == [1, 1, 1]
    assert [one["fields"] for one in found["submissions"]["different"]] == [["grade", "score"]]
    assert "41.5" not in said.stdout + said.stderr
    assert "sync_course 101 --full" in said.stderr


def test_a_person_sees_counts_and_ids_in_a_table(synced: Mirror, canvas: Canvas) -> None:
    graded = canvas.mutate("grade_submission", submission_id=waiting(canvas), score=3.25)
    said = synced.manage("verify_course", "101")
    assert said.code == 1
    assert "the mirror differs from Canvas" in said.stdout
    assert f"submissions {graded['result']['submission_id']}: " in said.stdout
    assert "3.25" not in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 80


def waiting(canvas: Canvas) -> int:
    rows = canvas.world.submissions.of("course_id", 101)
    return int(next(row.id for row in rows if row.workflow_state == "submitted"))


def test_after_a_sync_the_same_mirror_is_equal_again(synced: Mirror, canvas: Canvas) -> None:
    canvas.mutate("demo")
    first = verify(synced)
    assert synced.sync("101", "--full").code == 0
    again = verify(synced)
    assert (first.code, again.code) == (1, 0)
    assert len(wrong(first)) > 10


def test_work_of_an_unpublished_assignment_is_hidden_and_not_extra(
    synced: Mirror, canvas: Canvas
) -> None:
    graded = next(r for r in canvas.world.submissions.of("course_id", 101) if r.score is not None)
    canvas.mutate("unpublish_assignment", assignment_id=graded.assignment_id)
    assert synced.sync().code == 0
    said = verify(synced)
    assert (said.code, wrong(said)) == (0, {})
    assert said.report["resources"]["submissions"]["mirror"] < 88


def test_a_listing_that_canvas_does_not_show_is_not_compared_and_said_so(
    synced: Mirror, canvas: Canvas
) -> None:
    canvas.faults.add("tab_disabled_404", "/api/v1/courses/101/quizzes", times=None)
    said = verify(synced)
    assert (said.code, said.report["ok"]) == (3, False)
    assert "quizzes of course 101 not compared" in said.stderr
    assert said.report["resources"]["quizzes"]["mirror"] == 1  # the New Quiz
    assert wrong(said) == {}


@pytest.mark.parametrize(
    ("kind", "path", "code"),
    [
        ("unauthorized_401", "", 4),
        ("not_found_404", "/courses/101\\?", 5),
        ("forbidden_403", "/courses/101\\?", 5),
        ("redirect", "/enrollments", 1),
        ("next_loop", "/enrollments", 1),
    ],
)
def test_it_ends_as_a_sync_does_when_canvas_cannot_be_read(
    synced: Mirror, canvas: Canvas, kind: str, path: str, code: int
) -> None:
    canvas.faults.add(kind, path, times=None)
    before = everything(synced)
    said = verify(synced)
    assert everything(synced) == before
    assert said.code == code
    assert (said.report["course"], said.report["ok"]) == (101, False)
    assert said.report["error"]["next_step"] in said.stderr


def test_trouble_that_passes_is_waited_out(synced: Mirror, canvas: Canvas) -> None:
    canvas.faults.add("http_429", "/assignments", times=2, retry_after=0)
    canvas.faults.add("http_502_html", "/students/submissions")
    canvas.faults.add("reset", "/enrollments")
    assert synced.hastily("verify_course", "101", "--json").code == 0


def test_a_canvas_that_stays_busy_is_for_later(synced: Mirror, canvas: Canvas) -> None:
    canvas.faults.add("http_429", "/sections", times=None, retry_after=900)
    said = verify(synced)
    assert said.code == 75
    assert said.report["error"]["code"] == "rate_limited"


@pytest.mark.parametrize("arguments", [("102",), ("101", "--integration", "nobody")])
def test_what_was_never_mirrored_cannot_be_verified(
    synced: Mirror, arguments: tuple[str, ...]
) -> None:
    said = verify(synced, *arguments)
    assert said.code == 2
    assert said.report["error"]["code"] == "usage"


def test_an_empty_mirror_has_nothing_to_compare(mirror: Mirror) -> None:
    said = verify(mirror)
    assert said.code == 2
    assert "sync_course 101" in said.stderr
