"""The defaults and oddities that real Canvas surprises with (canvas-api section 8)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Canvas
from simulator.world.tiny.people import AMINA, CASEY, HOA, SAM, ZOE
from tests.simulator.browser import Browser
from tests.simulator.conftest import HandClock, Starter
from tests.simulator.walker import ALL_STATES

COURSE = "/api/v1/courses/101"
C = 101_000_000
ALL = f"{COURSE}/students/submissions?student_ids[]=all&per_page=100"


def states(browser: Browser, query: str = "") -> set[str]:
    return {row["enrollment_state"] for row in browser.rows(f"{COURSE}/enrollments?{query}")}


def test_enrollments_without_states_leave_out_the_finished(browser: Browser) -> None:
    assert states(browser) == {"active", "invited", "creation_pending", "inactive"}
    assert states(Browser(browser.canvas, "teacher")) == {"active", "invited"}
    assert len(states(browser, ALL_STATES)) == 7


def test_an_enrollment_of_a_deleted_section_says_deleted(browser: Browser) -> None:
    rows = browser.rows(f"{COURSE}/enrollments?user_id={SAM}&{ALL_STATES}")
    listed = {row["id"] for row in browser.rows(f"{COURSE}/sections")}
    assert [row["enrollment_state"] for row in rows] == ["deleted"]
    assert rows[0]["course_section_id"] not in listed


def test_a_teacher_sees_no_sis_ids(browser: Browser) -> None:
    rows = Browser(browser.canvas, "teacher").rows(f"{COURSE}/enrollments")
    assert not any("sis_user_id" in row or "sis_user_id" in row["user"] for row in rows)


def test_a_restricted_course_is_a_stub_for_its_teacher(browser: Browser) -> None:
    teacher = Browser(browser.canvas, "teacher")
    stub = {"id": 103, "access_restricted_by_date": True}
    assert teacher.get("/api/v1/courses/103").json == stub
    assert stub in teacher.rows("/api/v1/courses")
    assert teacher.get("/api/v1/courses/103/sections").status == 403


def test_dates_are_the_callers_unless_switched_off(browser: Browser) -> None:
    own = browser.get(f"{COURSE}/assignments/{C + 1}").json["due_at"]
    base = browser.get(f"{COURSE}/assignments/{C + 1}?override_assignment_dates=false").json
    assert own is None
    assert base["due_at"] == "2026-09-05T08:00:00Z"


def test_secure_params_differ_on_each_call(browser: Browser) -> None:
    first, second = (browser.get(f"{COURSE}/assignments/{C + 9}").json for _ in range(2))
    assert first["secure_params"] != second["secure_params"]


def test_anonymous_work_has_no_user(browser: Browser) -> None:
    rows = browser.rows(f"{ALL}&assignment_ids[]={C + 6}")
    assert rows
    assert not any("user_id" in row for row in rows)
    assert all(len(row["anonymous_id"]) == 5 for row in rows)


def test_concluded_students_are_only_in_the_course_wide_listing(browser: Browser) -> None:
    wide = {row["user_id"] for row in browser.rows(f"{ALL}&assignment_ids[]={C + 1}")}
    one = {row["user_id"] for row in browser.rows(f"{COURSE}/assignments/{C + 1}/submissions")}
    assert {HOA, ZOE} <= wide
    assert not {HOA, ZOE} & one


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        (f"assignment_ids[]={C + 5}", 403, {"error": "invalid assignment ids requested"}),
        ("submitted_since=yesterday", 400, None),
        ("student_ids[]=30", 403, None),
        ("&".join(["student_ids[]=21"] * 101), 400, {"error": "too many students"}),
    ],
)
def test_one_bad_parameter_refuses_the_call(
    query: str, status: int, body: Any, browser: Browser
) -> None:
    base = ALL if "student_ids" not in query else f"{COURSE}/students/submissions?"
    answer = browser.get(f"{base}&{query}")
    assert answer.status == status
    assert body is None or answer.json == body


def test_without_student_ids_only_the_callers_own_are_listed(browser: Browser) -> None:
    assert browser.rows(f"{COURSE}/students/submissions") == []


def test_grouped_is_switched_on_by_its_presence(browser: Browser) -> None:
    rows = browser.rows(f"{ALL}&grouped=false")
    assert len(rows) == len({row["user_id"] for row in rows})
    assert any(row["user_id"] == CASEY and row["submissions"] for row in rows)


def test_since_filters_are_strict(browser: Browser) -> None:
    newest = max(row["graded_at"] for row in browser.rows(ALL) if row["graded_at"])
    later = browser.rows(f"{ALL}&graded_since={newest}")
    assert later == []
    assert browser.rows(f"{ALL}&graded_since=2026-09-13T07:59:59Z")


def test_lateness_follows_the_clock(fresh: Starter) -> None:
    clock = HandClock()
    canvas = fresh(ticks=clock)
    path = f"{COURSE}/assignments/{C + 7}/submissions/{CASEY}"
    assert Browser(canvas).get(path).json["missing"] is False
    canvas.mutate("advance_clock", seconds=21 * 86_400)
    row = Browser(canvas).get(path).json
    assert (row["missing"], row["seconds_late"]) == (True, 86_400)


def test_without_people_tab_the_group_list_is_silently_empty(fresh: Starter) -> None:
    canvas = fresh()
    canvas.mutate("set", table="courses", id=101, hidden_tabs=["people", "quizzes"])
    assert Browser(canvas).rows(f"{COURSE}/groups") == []
    assert Browser(canvas).rows(f"/api/v1/group_categories/{C + 1}/groups")
    answer = Browser(canvas).get(f"{COURSE}/quizzes")
    assert (answer.status, list(answer.json)) == (404, ["message"])


def test_a_deleted_course_is_found_only_with_all_courses(fresh: Starter) -> None:
    canvas = fresh()
    canvas.mutate("delete_course", course_id=102)
    browser = Browser(canvas)
    assert browser.get("/api/v1/courses/102").status == 404
    assert browser.get("/api/v1/courses/102/sections").status == 404
    found = browser.get("/api/v1/courses/102?include[]=all_courses").json
    assert found["workflow_state"] == "deleted"
    listed = browser.rows("/api/v1/accounts/1/courses?state[]=deleted")
    assert [row["id"] for row in listed] == [102]


def test_a_scoped_key_drops_includes_silently(fresh: Starter) -> None:
    browser = Browser(fresh(drop_includes=True))
    answer = browser.get(f"{COURSE}?include[]=term&include[]=total_students")
    assert answer.status == 200
    assert not {"term", "total_students"} & answer.json.keys()


def test_ids_become_text_on_request(browser: Browser) -> None:
    accept = "application/json+canvas-string-ids"
    group = browser.get(f"{COURSE}/assignment_groups", Accept=accept).json[0]
    assert group["id"] == str(C + 1)
    assert group["position"] == 1
    assert group["rules"]["never_drop"] == [C + 1]
    answer = browser.get(f"{COURSE}/enrollments?user_id={AMINA}", Accept=accept)
    assert answer.json[0]["user"]["id"] == str(AMINA)


def test_terms_are_an_object_and_belong_to_the_root(browser: Browser) -> None:
    assert list(browser.get("/api/v1/accounts/1/terms").json) == ["enrollment_terms"]
    assert browser.get("/api/v1/accounts/2/terms").status == 400


def test_a_short_search_is_refused(browser: Browser) -> None:
    assert browser.get("/api/v1/accounts/1/courses?search_term=bi").status == 400
    found = browser.rows("/api/v1/accounts/1/courses?search_term=biol")
    assert [row["id"] for row in found] == [101]


def test_every_oddity_is_in_the_tiny_world(tiny: Canvas, browser: Browser) -> None:
    rows = {row["id"]: row for row in browser.rows(f"{ALL}&include[]=submission_comments")}
    scores = {row["score"] for row in rows.values()}
    authors = [c["author"] for row in rows.values() for c in row["submission_comments"]]
    assert {22.0, -5.0, None} <= scores
    assert {} in authors
    assert any((row["grader_id"] or 0) < 0 for row in rows.values())
    assert any(row["excused"] for row in rows.values())
    assert any("verifier=" in a["url"] for row in rows.values() for a in row.get("attachments", []))
    enrolled = {row["user_id"] for row in browser.rows(f"{COURSE}/enrollments?{ALL_STATES}")}
    assert {row.get("user_id", AMINA) for row in rows.values()} - enrolled == {77}
    assert len(tiny.world.courses[102].name) == 300
