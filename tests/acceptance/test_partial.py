"""What cannot be read is said and left as it is; the rest of the course is stored."""

from simulator import Canvas
from simulator.world import rows
from tests.acceptance.driver import TOKEN, Mirror

COURSE = "/api/v1/courses/101"
SYNC = ("sync_course", "101", "--json")
SUBMISSIONS = "students/submissions"
HICCUPS = {
    "cut_body": "/sections",
    "half_json": "/assignments",
    "retry_after": "/enrollments",
    "http_403_throttle": "/rubrics",
    "http_502_html": "/group_categories",
    "reset": "/assignment_groups",
}


def live(mirror: Mirror) -> dict[str, int]:
    """Table → rows that are not marked deleted."""
    query = "SELECT count(*) FROM {} WHERE deleted_at IS NULL"
    return {name: int(mirror.sql(query.format(name))[0][0]) for name in mirror.table_names()}


def incomplete(report: dict[str, dict[str, dict[str, bool]]]) -> set[str]:
    return {name for name, counts in report["resources"].items() if not counts["complete"]}


def test_a_teacher_who_may_not_list_rubrics_gets_the_rest(mirror: Mirror) -> None:
    said = mirror.sync(CANVAS_TOKEN=f"teacher-{TOKEN}")
    assert said.code == 3
    assert said.report["state"] == "partial"
    assert said.report["error"]["code"] == "forbidden"
    assert "rubrics" in said.report["error"]["effect"]
    assert (
        {"rubrics"} <= incomplete(said.report) <= {"rubrics", "rubric_criteria", "rubric_ratings"}
    )
    assert mirror.count("submission") > 80
    assert mirror.count("rubric") == 2  # those that assignments show
    assert len(said.complaints) == 1


def test_a_lost_permission_deletes_nothing(synced: Mirror) -> None:
    before = live(synced)
    assert synced.sync(CANVAS_TOKEN=f"teacher-{TOKEN}").counts("deleted") == {}
    assert live(synced) == before


def test_a_course_that_is_closed_by_date_is_stored_as_far_as_it_is_shown(mirror: Mirror) -> None:
    said = mirror.sync("103", CANVAS_TOKEN=f"teacher-{TOKEN}")
    assert said.code == 3
    assert mirror.sql(
        "SELECT canvas_id, access_restricted_by_date, name FROM canvas_canvascourse"
    ) == [(103, 1, None)]


def test_a_course_that_closes_keeps_the_name_it_had(mirror: Mirror) -> None:
    mirror.sync("103")
    before = mirror.sql("SELECT name, course_code FROM canvas_canvascourse")
    mirror.sync("103", CANVAS_TOKEN=f"teacher-{TOKEN}")
    assert mirror.sql("SELECT name, course_code FROM canvas_canvascourse") == before
    assert before != [(None, None)]


def test_a_course_that_may_not_be_read_is_said_to_be_so(canvas: Canvas, mirror: Mirror) -> None:
    canvas.faults.add("forbidden_403", COURSE, times=None)
    said = mirror.sync()
    assert said.code == 5
    assert said.report["error"]["code"] == "forbidden"
    assert "course 101" in said.complaints[0]
    assert not any(mirror.rows().values())


def test_quizzes_whose_tab_is_switched_off_are_kept(canvas: Canvas, synced: Mirror) -> None:
    canvas.mutate("set", table="courses", id=101, hidden_tabs=("quizzes",))
    said = synced.sync()
    assert said.code == 3
    assert said.report["resources"]["quizzes"]["complete"] is False
    assert said.counts("deleted") == {}
    assert synced.count("quiz", "deleted_at IS NULL") == 4


def test_a_canvas_without_new_quizzes_is_a_whole_canvas(canvas: Canvas, mirror: Mirror) -> None:
    canvas.faults.add("not_found_404", "/api/quiz/v1", times=None)
    said = mirror.sync()
    assert said.code == 0
    assert said.report["error"] is None
    assert mirror.count("quiz") == 3


def test_new_quizzes_that_are_switched_off_later_are_kept(canvas: Canvas, synced: Mirror) -> None:
    canvas.faults.add("not_found_404", "/api/quiz/v1", times=None)
    assert synced.sync().code == 0
    assert synced.count("quiz", "deleted_at IS NULL") == 4


def test_one_bad_record_is_set_aside_and_its_siblings_are_stored(
    canvas: Canvas, either_mirror: Mirror
) -> None:
    canvas.faults.add("bad_record", SUBMISSIONS, fields={"score": "hunter-2 points"})
    said = either_mirror.sync()
    assert (said.code, said.report["error"]["code"]) == (3, "records_rejected")
    assert said.counts("rejected") == {"submissions": 1}
    counts = said.report["resources"]["submissions"]
    assert (counts["seen"], counts["created"], counts["complete"]) == (88, 87, True)
    assert f"runs show {said.report['run']}" in said.complaints[0]


def test_a_record_set_aside_is_shown_without_any_value_of_it(
    canvas: Canvas, mirror: Mirror
) -> None:
    canvas.faults.add("bad_record", SUBMISSIONS, fields={"score": "hunter-2 points"})
    said = mirror.sync()
    shown = mirror.manage("runs", "show", str(said.report["run"]), "--json")
    (reject,) = shown.report["rejects"]
    assert (reject["table"], reject["canvas_id"]) == ("submissions", "101000001")
    assert "score" in reject["reason"]
    assert "hunter-2" not in shown.stdout + said.stdout + said.stderr


def test_a_bad_record_deletes_nothing_that_was_there(canvas: Canvas, synced: Mirror) -> None:
    before = live(synced)
    canvas.faults.add("bad_record", SUBMISSIONS, record="nothing at all")
    canvas.faults.add("bad_record", "/enrollments", index=3, record={"user": "no id"})
    said = synced.sync()
    assert said.code == 3
    assert said.counts("rejected") == {"submissions": 1, "enrollments": 1}
    assert said.counts("deleted") == {}
    assert live(synced) == before


def test_a_canvas_that_fails_for_ever_is_left_for_later(canvas: Canvas, synced: Mirror) -> None:
    before = live(synced)
    canvas.mutate("add_group", course_id=101)
    canvas.mutate("unenroll", enrollment_id=canvas.world.enrollments.of("course_id", 101)[-3].id)
    canvas.faults.add("http_500", SUBMISSIONS, times=None)
    said = synced.hastily(*SYNC)
    assert said.code == 75
    assert (said.report["state"], said.report["error"]["code"]) == ("failed", "canvas_down")
    assert "submissions" in said.report["error"]["effect"]
    assert said.report["resources"]["submissions"] | {"complete": False} == dict.fromkeys(
        ("seen", "created", "updated", "unchanged", "deleted", "rejected"), 0
    ) | {"complete": False}
    assert said.counts("created")["groups"] == 1
    assert live(synced)["canvas_canvassubmission"] == before["canvas_canvassubmission"]


def test_hiccups_on_the_wire_are_ridden_out(canvas: Canvas, mirror: Mirror) -> None:
    """Each of them once, on a listing of its own."""
    faults = [canvas.faults.add(kind, path) for kind, path in HICCUPS.items()]
    said = mirror.hastily(*SYNC)
    assert [fault.fired for fault in faults] == [1] * len(faults)
    assert (said.code, said.report["error"]) == (0, None)
    assert incomplete(said.report) == set()
    assert said.report["throttle_wait_s"] > 0
    canvas.faults.clear()
    assert mirror.sync().changes() == {}


def test_a_token_revoked_on_the_way_ends_the_run_and_deletes_nothing(
    canvas: Canvas, synced: Mirror
) -> None:
    before = live(synced)
    canvas.mutate("delete_group", group_id=canvas.world.groups.of("course_id", 101)[0].id)
    canvas.faults.add("unauthorized_401", COURSE, nth=5, times=None)
    said = synced.sync("101", "102")
    assert said.code == 4
    assert said.report[0]["error"]["code"] == "credential_refused"
    assert len(said.report) == 1  # there is no point in asking for the other course
    assert said.counts("deleted") == {}
    assert live(synced) == before


def test_an_empty_page_without_links_proves_nothing(canvas: Canvas, synced: Mirror) -> None:
    canvas.faults.add("empty_list", "/enrollments", times=None)
    said = synced.sync("101", "--accept-deletes")
    assert said.code == 3
    assert "enrollments" in incomplete(said.report)
    assert said.counts("deleted") == {}
    assert synced.count("enrollment", "deleted_at IS NULL") == 21


def people_taken_out(canvas: Canvas) -> list[rows.Enrollment]:
    """Nobody is left in the course; who was there can be put back."""
    table = canvas.world.enrollments
    with canvas.world.lock:
        found = table.of("course_id", 101)
        for row in found:
            table.drop(row.id)
    return found


def test_a_large_drop_is_held_until_a_person_accepts_it(
    canvas: Canvas, either_mirror: Mirror
) -> None:
    keys = "SELECT id, canvas_id FROM canvas_canvasenrollment WHERE deleted_at IS NULL ORDER BY id"
    assert either_mirror.sync().code == 0
    before, people = either_mirror.sql(keys), people_taken_out(canvas)
    said = either_mirror.sync()
    assert said.code == 6
    assert (said.report["state"], said.report["error"]["code"]) == ("held", "deletes_held")
    assert "21 of 21 enrollments" in said.complaints[0]
    assert "--accept-deletes" in said.complaints[0]
    assert (said.counts("deleted"), either_mirror.sql(keys)) == ({}, before)
    accepted = either_mirror.sync("101", "--accept-deletes")
    assert (accepted.code, accepted.counts("deleted")["enrollments"]) == (0, 21)
    assert either_mirror.sql(keys) == []
    for row in people:
        canvas.world.enrollments.add(row)
    assert either_mirror.sync().counts("updated")["enrollments"] == 21
    assert either_mirror.sql(keys) == before


def test_what_a_person_accepts_is_asked_of_canvas_all_the_same(
    canvas: Canvas, synced: Mirror
) -> None:
    canvas.faults.add("empty_list", "/courses/101/enrollments", times=None, keep_links=True)
    assert synced.sync().code == 6
    said = synced.sync("101", "--accept-deletes")
    assert (said.code, said.counts("deleted")) == (0, {})
    assert incomplete(said.report) == {"enrollments"}
    assert synced.count("enrollment", "deleted_at IS NULL") == 21
