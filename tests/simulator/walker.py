"""Reads every listing over HTTP and compares two readings: what a perfect sync would count."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.simulator.browser import Browser

API, NEW = "/api/v1", "/api/quiz/v1"
STATES = "active invited creation_pending inactive completed rejected deleted".split()
ALL_STATES = "&".join(f"state[]={state}" for state in STATES)
LEFT_OUT = {
    "assignments": "needs_grading_count secure_params url locked_for_user can_duplicate "
    "submissions_download_url unpublishable rubric overrides",
    "submissions": "seconds_late submission_comments rubric_assessment",
    "quizzes": "locked_for_user unpublishable",
    "enrollments": "user",
    "rubrics": "data",
    "rubric_criteria": "ratings",
}
SHOWN_BY_ASSIGNMENT = "id title points_possible free_form_criterion_comments hide_score_total"
Reading = dict[Any, dict[str, dict[str, Any]]]


class Walker:
    """Walks the listings of some courses, all listed ones unless named."""

    def __init__(self, browser: Browser, course_ids: Iterable[int] | None = None) -> None:
        self.browser = browser
        self.course_ids = None if course_ids is None else sorted(course_ids)
        self.seen: dict[str, dict[str, Any]] = {}

    def read(self) -> Reading:
        reading: Reading = {"terms": {"terms": self._terms()}}
        for course in self._courses():
            self.seen = {}
            self._keep("courses", course["id"], course)
            self._course(f"{API}/courses/{course['id']}", course["id"])
            reading[course["id"]] = self.seen
        return reading

    def _courses(self) -> list[dict[str, Any]]:
        query = "include[]=total_students"
        if self.course_ids is None:
            return self._rows(f"{API}/accounts/1/courses?{query}")
        return [self.browser.get(f"{API}/courses/{i}?{query}").json for i in self.course_ids]

    def _rows(self, path: str) -> list[dict[str, Any]]:
        joint = "&" if "?" in path else "?"
        return self.browser.rows(f"{path}{joint}per_page=100")

    def _terms(self) -> dict[str, Any]:
        found = self.browser.get(f"{API}/accounts/1/terms?per_page=100").json
        return {str(row["id"]): row for row in found["enrollment_terms"]}

    def _keep(self, resource: str, key: Any, record: dict[str, Any]) -> None:
        left_out = LEFT_OUT.get(resource, "").split()
        kept = {name: value for name, value in record.items() if name not in left_out}
        text = json.dumps(kept, sort_keys=True).replace(self.browser.canvas.url, "")
        self.seen.setdefault(resource, {})[str(key)] = text

    def _plain(self, resource: str, path: str) -> list[dict[str, Any]]:
        found = self._rows(path)
        for record in found:
            self._keep(resource, record["id"], record)
        return found

    def _course(self, base: str, course_id: int) -> None:
        self._plain("sections", f"{base}/sections")
        for enrollment in self._plain("enrollments", f"{base}/enrollments?{ALL_STATES}"):
            self._keep("users", enrollment["user_id"], enrollment["user"])
        self._plain("assignment_groups", f"{base}/assignment_groups")
        self._rubrics(base)
        self._submissions(base)
        for category in self._plain("group_categories", f"{base}/group_categories"):
            for group in self._plain("groups", f"{API}/group_categories/{category['id']}/groups"):
                self._plain("group_memberships", f"{API}/groups/{group['id']}/memberships")
        for quiz in self._rows(f"{base}/quizzes"):
            self._keep("quizzes", f"classic:{quiz['id']}", quiz)
        for quiz in self._rows(f"{NEW}/courses/{course_id}/quizzes"):
            self._keep("quizzes", f"new:{quiz['id']}", quiz)

    def _rubrics(self, base: str) -> None:
        for rubric in self._plain("rubrics", f"{base}/rubrics"):
            self._criteria(rubric["id"], rubric["data"])
        bookmarked = set(self.seen.get("rubrics", {}))
        query = "override_assignment_dates=false&include[]=overrides"
        for assignment in self._plain("assignments", f"{base}/assignments?{query}"):
            for override in assignment["overrides"]:
                self._keep("assignment_overrides", override["id"], override)
            settings = assignment.get("rubric_settings")
            if settings is not None and str(settings["id"]) not in bookmarked:
                shown = {name: settings[name] for name in SHOWN_BY_ASSIGNMENT.split()}
                self._keep("rubrics", settings["id"], shown)
                self._criteria(settings["id"], assignment["rubric"])

    def _criteria(self, rubric_id: int, criteria: list[dict[str, Any]]) -> None:
        for criterion in criteria:
            self._keep("rubric_criteria", f"{rubric_id}:{criterion['id']}", criterion)
            for rating in criterion["ratings"]:
                key = f"{rubric_id}:{criterion['id']}:{rating['id']}"
                self._keep("rubric_ratings", key, rating)

    def _submissions(self, base: str) -> None:
        query = "student_ids[]=all&include[]=submission_comments&include[]=rubric_assessment"
        for row in self._plain("submissions", f"{base}/students/submissions?{query}"):
            for comment in row["submission_comments"]:
                self._keep("submission_comments", comment["id"], comment)
            for criterion_id, mark in row.get("rubric_assessment", {}).items():
                self._keep("rubric_assessments", f"{row['id']}:{criterion_id}", mark)


def counts(before: Reading, after: Reading) -> dict[str, dict[str, int]]:
    """Created, updated and deleted per resource that changed at all."""
    found: dict[str, dict[str, int]] = {}
    names = {name for reading in (before, after) for course in reading.values() for name in course}
    for name in sorted(names):
        known, new = _all(before, name, before), _all(after, name, after)
        old = known if name == "courses" else _all(before, name, after)
        found[name] = {
            "created": len(new.keys() - known.keys()),
            "updated": sum(old[key] != new[key] for key in old.keys() & new.keys()),
            "deleted": len(old.keys() - new.keys()),
        }
    return {name: count for name, count in found.items() if any(count.values())}


def _all(reading: Reading, resource: str, courses: Reading) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for course_id in reading.keys() & courses.keys():
        merged.update(reading[course_id].get(resource, {}))
    return merged
