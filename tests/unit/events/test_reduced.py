"""What of an event is stored: that something changed, never what it says."""

import json
import re
from typing import Any

import pytest

from canvas.events import read_unsigned
from tests.events import event

CANARY = "canary"
INSTANT = "2026-03-01T10:11:12Z"
ACTOR = {
    "user_id": "21070000000000565",
    "real_user_id": "21070000000000565",
    "user_login": CANARY,
    "user_sis_id": CANARY,
    "user_account_id": "21070000000000001",
    "hostname": f"{CANARY}.instructure.com",
    "http_method": "POST",
    "url": f"https://{CANARY}/courses/1",
    "referrer": f"https://{CANARY}/",
    "user_agent": CANARY,
    "client_ip": "192.0.2.7",
    "session_id": CANARY,
    "time_zone": CANARY,
    "context_role": "StudentEnrollment",
    "developer_key_id": "1",
    "job_tag": CANARY,
}
# As canvas-api 6.5 has them: what is to be kept, and what is to be left out.
SHAPES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "grade_change",
        {"submission_id": "1", "assignment_id": "2", "user_id": "3", "student_id": "3"}
        | {"grader_id": None},
        {"grade": CANARY, "old_grade": CANARY, "score": 4.5, "old_score": 3, "muted": False}
        | {"assignment_name": CANARY, "student_sis_id": CANARY, "points_possible": 10}
        | {"old_points_possible": 10, "grading_complete": True},
    ),
    (
        "submission_updated",
        {"submission_id": "1", "assignment_id": "2", "user_id": "3", "group_id": "4"}
        | {"submission_type": "online_text_entry", "submitted_at": INSTANT}
        | {"graded_at": None, "workflow_state": "submitted", "updated_at": INSTANT},
        {"body": CANARY, "url": f"https://{CANARY}", "score": 4.5, "grade": CANARY}
        | {"late": True, "missing": False, "attempt": 2, "lti_user_id": CANARY},
    ),
    (
        "user_updated",
        {"user_id": "3", "uuid": "Zk3_a-9", "workflow_state": "registered", "created_at": INSTANT},
        {"name": CANARY, "short_name": CANARY, "user_login": CANARY, "user_sis_id": CANARY}
        | {"unique_id": CANARY, "integration_id": CANARY, "login_id": CANARY},
    ),
    (
        "course_section_updated",
        {"course_section_id": "5", "course_id": "21070000000000101", "nonxlist_course_id": "7"}
        | {"workflow_state": "active", "start_at": None, "end_at": INSTANT},
        {"name": CANARY, "sis_source_id": CANARY, "stuck_sis_fields": [CANARY]},
    ),
    (
        "enrollment_state_updated",
        {"enrollment_id": "6", "state": "active", "state_started_at": INSTANT}
        | {"state_valid_until": INSTANT},
        {"restricted_access": False, "access_is_current": True, "state_is_current": True},
    ),
    (
        "assignment_override_created",
        {"assignment_override_id": "7", "assignment_id": "2", "type": "ADHOC", "due_at": INSTANT},
        {"title": CANARY, "all_day_date": "2026-03-01"},
    ),
    (
        "submission_comment_created",
        {"submission_comment_id": "8", "submission_id": "1", "attachment_ids": ["1", "2"]},
        {"body": CANARY},
    ),
    (
        "course_completed",
        {"course": {"id": "101"}, "user": {"id": "3"}, "progress": {"completed_at": INSTANT}},
        {"other": {"id": "9"}},
    ),
    (
        "rubric_assessed",
        {"id": "1", "artifact_id": "2", "artifact_type": "Submission", "updated_at": INSTANT},
        {"aligned_to_outcomes": True, "attempt": 1},
    ),
]


@pytest.mark.parametrize(("name", "kept", "left_out"), SHAPES)
def test_a_body_keeps_what_says_what_changed(
    name: str, kept: dict[str, Any], left_out: dict[str, Any]
) -> None:
    told = event(name, body=left_out | kept)
    assert read_unsigned(json.dumps(told).encode()).document["body"] == kept


def test_of_a_nested_person_only_the_id_is_kept() -> None:
    person = {"id": "3", "name": CANARY, "email": f"{CANARY}@example.com", "more": {"id": "1"}}
    told = event("course_completed", body={"user": person})
    assert read_unsigned(json.dumps(told).encode()).document["body"] == {"user": {"id": "3"}}


def test_metadata_keep_the_place_and_not_who_acted() -> None:
    kept = read_unsigned(json.dumps(event(**ACTOR)).encode()).document["metadata"]
    assert kept == event()["metadata"]


def test_a_new_field_is_left_out_unless_its_name_and_its_form_are_those_of_an_id() -> None:
    told = {"new_thing": CANARY, "new_thing_id": CANARY, "new_at": "soon, I hope", "a_type": "x y"}
    told |= {"mail_id": "ann@example.com", "flag_id": True, "mark_id": 4.5, "deep_ids": [["1"]]}
    told |= {"huge_id": 2**64, "other_id": 17, "shared_id": "2107~565"}
    kept = read_unsigned(json.dumps(event(body=told)).encode()).document["body"]
    assert kept == {"other_id": 17, "shared_id": "2107~565"}


def test_no_text_survives_in_any_shape() -> None:
    for name, kept, left_out in SHAPES:
        stored = read_unsigned(json.dumps(event(name, body=kept | left_out, **ACTOR)).encode())
        text = json.dumps(stored.document)
        assert not re.search(rf"{CANARY}|192\.0\.2|@", text)
