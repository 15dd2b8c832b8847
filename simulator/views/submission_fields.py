"""The submission's record, with what Canvas computes at read time (canvas-api 4.12)."""

from __future__ import annotations

from typing import Any

from simulator.call import Call, Json
from simulator.clock import epoch
from simulator.views.fields import Picker
from simulator.world import rows

SUBMISSION = Picker(
    *("id", "assignment_id", "user_id", "workflow_state", "submission_type", "attempt"),
    *("submitted_at", "score", "grade", "entered_score", "entered_grade", "points_deducted"),
    *("graded_at", "grader_id", "grade_matches_current_submission", "excused", "posted_at"),
    *("late_policy_status", "custom_grade_status_id", "cached_due_date", "grading_period_id"),
    *("extra_attempts", "redo_request", "sticker", "body", "url"),
)
# Canvas compares the one type an assignment has; of the tools it expects New Quizzes only.
UNEXPECTED = ("on_paper", "none", "not_graded", "external_tool", "", "wiki_page")
NEVER_MISSING: tuple[list[str], ...] = ([], *([kind] for kind in UNEXPECTED))
QUIZ_GRACE_S = 60


def lateness(
    row: rows.Submission, assignment: rows.Assignment, *, now_s: int
) -> tuple[bool, bool, int]:
    """late, missing and seconds_late as of now; no row is changed by the clock."""
    if row.cached_due_date is None:
        seconds = 0
    else:
        at = epoch(row.submitted_at) if row.submitted_at else now_s
        grace = QUIZ_GRACE_S if row.submission_type == "online_quiz" else 0
        seconds = max(0, at - grace - epoch(row.cached_due_date))
    if row.excused or row.custom_grade_status_id is not None:
        return False, False, seconds
    if row.late_policy_status is not None:
        return row.late_policy_status == "late", row.late_policy_status == "missing", seconds
    late = row.submitted_at is not None and seconds > 0
    return late, _is_missing(row, assignment, now_s=now_s), seconds


def _is_missing(row: rows.Submission, assignment: rows.Assignment, *, now_s: int) -> bool:
    """By the scope `missing` of Canvas's submission: a grade, even without work, ends it."""
    if row.cached_due_date is None or row.submission_type is not None or row.grader_id is not None:
        return False
    expected = assignment.new_quiz or assignment.submission_types not in NEVER_MISSING
    grace = QUIZ_GRACE_S if assignment.submission_types == ["online_quiz"] else 0
    return expected and now_s >= epoch(row.cached_due_date) + grace


def submission_json(call: Call, row: rows.Submission, assignment: rows.Assignment) -> Json:
    """A submission without its includes."""
    record = SUBMISSION(row)
    late, missing, seconds = lateness(row, assignment, now_s=epoch(call.now))
    record["late"], record["missing"], record["seconds_late"] = late, missing, seconds
    prefix = f"{call.base}/courses/{row.course_id}/"
    record["html_url"] = f"{prefix}assignments/{row.assignment_id}/submissions/{row.user_id}"
    if assignment.anonymous_grading:
        _hide_student(record, row, prefix)
    else:
        record["preview_url"] = f"{record['html_url']}?preview=1&version={row.attempt or 0}"
        if call.caller.admin:
            record["anonymous_id"] = row.anonymous_id
    if row.attachments:
        record["attachments"] = [file_json(call, file_id) for file_id in row.attachments]
    return record


def _hide_student(record: Json, row: rows.Submission, prefix: str) -> None:
    del record["user_id"]
    record["anonymous_id"] = row.anonymous_id
    record["html_url"] = (
        f"{prefix}assignments/{row.assignment_id}/anonymous_submissions/{row.anonymous_id}"
    )


def file_json(call: Call, file_id: int) -> Json:
    """A file as attached: the address carries a verifier (canvas-api 7.3)."""
    file = call.world.files[file_id]
    address = f"{call.base}/files/{file_id}"
    return {
        "id": file_id,
        "uuid": file["uuid"],
        "folder_id": None,
        "display_name": file["display_name"],
        "filename": file["filename"],
        "content-type": file["content-type"],
        "url": f"{address}/download?download_frd=1&verifier={file['uuid']}",
        "size": file["size"],
        "created_at": file["created_at"],
        "updated_at": file["created_at"],
        "unlock_at": None,
        "lock_at": None,
        "locked": False,
        "hidden": False,
        "hidden_for_user": False,
        "locked_for_user": False,
        "thumbnail_url": None,
        "modified_at": file["created_at"],
        "mime_class": file["mime_class"],
        "media_entry_id": None,
        "upload_status": "success",
        "preview_url": None,
    }


def history_json(call: Call, row: rows.Submission, assignment: rows.Assignment) -> list[Json]:
    """One element per attempt, the last one being the row as it is (canvas-api 4.13)."""
    current = submission_json(call, row, assignment)
    return [*({**current, **version} for version in row.versions), current]


def comments_json(call: Call, row: rows.Submission) -> list[Json]:
    """The comments on a submission, oldest first."""
    if not call.world.submission_comments.ids("submission_id", row.id):
        return []
    found = call.world.submission_comments.of("submission_id", row.id)
    return [_comment_json(call, comment) for comment in found]


def _comment_json(call: Call, row: rows.SubmissionComment) -> Json:
    author = call.world.users.get(row.author_id)
    record: Json = {
        "id": row.id,
        "author_id": row.author_id,
        "author_name": author.name if author else "Anonymous User",
        "author": _author_json(call, author) if author else {},
        "comment": row.comment,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
        "attempt": row.attempt,
    }
    if row.media:
        record["media_comment"] = {
            "media_id": f"m-{row.id}",
            "media_type": "audio",
            "content-type": "audio/mp4",
            "display_name": None,
            "url": f"{call.base}/users/{row.author_id or 0}/media_download?entryId=m-{row.id}",
        }
    if row.attachments:
        record["attachments"] = [file_json(call, file_id) for file_id in row.attachments]
    return record


def _author_json(call: Call, author: rows.User) -> Json:
    return {
        "id": author.id,
        "anonymous_id": f"{author.id:x}"[-5:],
        "display_name": author.short_name,
        "avatar_image_url": f"{call.base}/images/messages/avatar-50.png",
        "html_url": f"{call.base}/users/{author.id}",
        "pronouns": author.pronouns,
    }


def full_assessment(row: rows.Submission, assignment: rows.Assignment) -> dict[str, Any] | None:
    """The assessment object of full_rubric_assessment (single GET only)."""
    if row.rubric_assessment is None or assignment.rubric_id is None:
        return None
    return {
        "id": row.id,
        "rubric_id": assignment.rubric_id,
        "rubric_association_id": assignment.id,
        "score": row.score,
        "artifact_type": "Submission",
        "artifact_id": row.id,
        "artifact_attempt": row.attempt,
        "assessment_type": "grading",
        "assessor_id": row.grader_id,
        "data": [
            {"id": f"{row.id}_{key}", "criterion_id": key, **mark}
            for key, mark in row.rubric_assessment.items()
        ],
    }
