"""One full record of each kind as Canvas sends it; every builder takes changes by key.

Three people: Ada (501) studies, Ben (502) studies, Cleo (601) teaches. Source: canvas-api 4.2 to
4.16.
"""

from typing import Any

from sync.transform.rows import Payload, Scope

COURSE = 101
SCOPE = Scope(course=COURSE)
ADA, BEN, CLEO = 501, 502, 601


def term(**changes: Any) -> Payload:
    return {
        "id": 11,
        "name": "Autumn 2026",
        "start_at": "2026-08-17T00:00:00Z",
        "end_at": None,
        "created_at": "2024-01-08T09:00:00Z",
        "workflow_state": "active",
        "grading_period_group_id": None,
        "sis_term_id": "2026-A",
        "overrides": {"StudentEnrollment": {"start_at": None, "end_at": "2026-12-19T00:00:00Z"}},
    } | changes


def course(**changes: Any) -> Payload:
    return {
        "id": COURSE,
        "name": "Biology 101",
        "account_id": 3,
        "root_account_id": 1,
        "uuid": "WvAHhY5FINzq5IyRIJybGeiXyFkG3SqHUPb7jZY5",
        "course_code": "BIO-101",
        "enrollment_term_id": 11,
        "workflow_state": "available",
        "created_at": "2026-06-01T09:00:00Z",
        "start_at": None,
        "time_zone": "Europe/Zurich",
        "default_view": "modules",
        "storage_quota_mb": 500,
        "is_public": False,
        "apply_assignment_group_weights": True,
        "total_students": 2,
        "blueprint": False,
        "integration_id": None,
        "enrollments": [{"type": "teacher", "user_id": CLEO}],
        "calendar": {"ics": "https://school.example.edu/feeds/calendars/course_SECRETFEED.ics"},
        "term": term(),
    } | changes


def section(**changes: Any) -> Payload:
    return {
        "id": 201,
        "course_id": COURSE,
        "name": "Section A",
        "nonxlist_course_id": None,
        "start_at": "2026-08-17T06:00:00Z",
        "end_at": None,
        "restrict_enrollments_to_section_dates": None,
        "sis_section_id": "BIO-101-A",
        "integration_id": None,
        "created_at": "2026-06-01T09:00:00Z",
        "total_students": 2,
    } | changes


def user(**changes: Any) -> Payload:
    return {
        "id": ADA,
        "name": "Ada Lovelace",
        "sortable_name": "Lovelace, Ada",
        "short_name": "Ada",
        "created_at": "2025-08-18T09:30:00+02:00",
        "sis_user_id": "S-501",
        "login_id": "ada",
        "email": "ada@school.example.edu",
        "integration_id": None,
    } | changes


def enrollment(**changes: Any) -> Payload:
    return {
        "id": 301,
        "user_id": ADA,
        "course_id": COURSE,
        "course_section_id": 201,
        "root_account_id": 1,
        "associated_user_id": None,
        "type": "StudentEnrollment",
        "role": "StudentEnrollment",
        "role_id": 3,
        "enrollment_state": "active",
        "limit_privileges_to_course_section": False,
        "created_at": "2026-08-20T10:00:00Z",
        "updated_at": "2026-08-20T10:00:00Z",
        "last_activity_at": None,
        "total_activity_time": 3600,
        "html_url": "https://school.example.edu/courses/101/users/501",
        "grades": {
            "html_url": "https://school.example.edu/courses/101/grades/501",
            "current_score": 87.5,
            "current_grade": "B+",
            "final_score": None,
            "final_grade": None,
            "unposted_current_score": 88.0,
        },
        "user": user(),
    } | changes


def category(**changes: Any) -> Payload:
    return {
        "id": 401,
        "name": "Lab teams",
        "role": None,
        "self_signup": "restricted",
        "group_limit": 4,
        "auto_leader": None,
        "created_at": "2026-08-21T10:00:00Z",
        "context_type": "Course",
        "course_id": COURSE,
        "protected": False,
        "allows_multiple_memberships": False,
        "is_member": False,
        "progress": None,
    } | changes


def group(**changes: Any) -> Payload:
    return {
        "id": 411,
        "name": "Team 1",
        "description": None,
        "is_public": False,
        "join_level": "invitation_only",
        "group_category_id": 401,
        "max_membership": None,
        "created_at": "2026-08-21T10:05:00Z",
        "members_count": 2,
        "storage_quota_mb": 50,
        "context_type": "Course",
        "course_id": COURSE,
        "leader": {"id": ADA, "display_name": "Ada"},
        "has_submission": False,
        "concluded": False,
        "tabs": ["home"],
    } | changes


def membership(**changes: Any) -> Payload:
    return {
        "id": 421,
        "group_id": 411,
        "user_id": ADA,
        "workflow_state": "accepted",
        "moderator": False,
        "created_at": "2026-08-21T10:06:00Z",
        "just_created": False,
        "sis_group_id": None,
    } | changes


def quiz(**changes: Any) -> Payload:
    return {
        "id": 801,
        "title": "Cells",
        "html_url": "https://school.example.edu/courses/101/quizzes/801",
        "description": "<p>Read chapter 1</p>",
        "quiz_type": "assignment",
        "assignment_id": 701,
        "assignment_group_id": 711,
        "time_limit": 30,
        "shuffle_answers": False,
        "hide_results": None,
        "scoring_policy": "keep_highest",
        "allowed_attempts": -1,
        "question_count": 5,
        "points_possible": 5.0,
        "has_access_code": True,
        "access_code": "SECRETCODE",
        "ip_filter": "10.9.8.7",
        "due_at": "2026-09-14T21:59:59Z",
        "lock_at": None,
        "published": True,
        "version_number": 3,
        "question_types": ["multiple_choice_question"],
        "permissions": {"manage": True},
    } | changes


def new_quiz(**changes: Any) -> Payload:
    return {
        "id": "702",
        "title": "Genes",
        "instructions": None,
        "assignment_group_id": "711",
        "points_possible": 20.0,
        "due_at": "2026-09-21T21:59:59Z",
        "published": True,
        "grading_type": "points",
        "quiz_settings": {
            "shuffle_answers": True,
            "filter_ip_address": True,
            "filters": {"ips": [["10.9.8.7", "10.9.8.9"]]},
            "require_student_access_code": True,
            "student_access_code": "SECRETCODE",
        },
    } | changes
