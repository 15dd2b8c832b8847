"""A small school for the tests of the querysets: each call makes one row, or a person and a row."""

from __future__ import annotations

from typing import Any

from canvas.models import (
    CanvasAssignment,
    CanvasCourse,
    CanvasEnrollment,
    CanvasIntegration,
    CanvasSubmission,
    CanvasUser,
)


class School:
    """Rows of one integration; Canvas ids are counted up."""

    def __init__(self, integration: CanvasIntegration) -> None:
        self.integration = integration
        self._last_id = 1000

    def _own(self) -> dict[str, Any]:
        self._last_id += 1
        return {"integration": self.integration, "canvas_id": self._last_id}

    def course(self, **values: Any) -> CanvasCourse:
        return CanvasCourse.objects.create(**self._own() | values)

    def user(self, **values: Any) -> CanvasUser:
        return CanvasUser.objects.create(**self._own() | values)

    def enrollment(self, course: CanvasCourse, **values: Any) -> CanvasEnrollment:
        return CanvasEnrollment.objects.create(**self._own() | {"course": course} | values)

    def assignment(self, course: CanvasCourse, **values: Any) -> CanvasAssignment:
        return CanvasAssignment.objects.create(**self._own() | {"course": course} | values)

    def submission(self, assignment: CanvasAssignment, **values: Any) -> CanvasSubmission:
        own = self._own() | {"assignment": assignment}
        return CanvasSubmission.objects.create(**own | values)

    def enrolled(self, course: CanvasCourse, **values: Any) -> CanvasEnrollment:
        """A person who is new, and their active enrollment."""
        person = {"student": self.user(), "type": "StudentEnrollment", "enrollment_state": "active"}
        return self.enrollment(course, **person | values)

    def handed_in(self, assignment: CanvasAssignment, **values: Any) -> CanvasSubmission:
        """Work of a person who is new, waiting for a grade."""
        work = {"student": self.user(), "workflow_state": "submitted"}
        return self.submission(
            assignment, **work | {"submission_type": "online_upload", "attempt": 1} | values
        )
