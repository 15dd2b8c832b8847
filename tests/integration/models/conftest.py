"""What the tests of the tables share: an integration, another one, and a mark of every write."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from canvas.models import CanvasAssignment, CanvasCourse, CanvasIntegration, MirroredRow
from tests.integration.models.rows import Book

WriteMark = Callable[[type[MirroredRow]], Any]


@pytest.fixture
def integration(db: None) -> CanvasIntegration:
    return CanvasIntegration.objects.create(name="school", base_url="https://school.example.edu")


@pytest.fixture
def other_integration(db: None) -> CanvasIntegration:
    return CanvasIntegration.objects.create(name="college", base_url="https://college.example.edu")


@pytest.fixture
def book(integration: CanvasIntegration) -> Book:
    """Rows of the first integration."""
    return Book(integration)


@pytest.fixture
def course(integration: CanvasIntegration) -> CanvasCourse:
    return CanvasCourse.objects.create(integration=integration, canvas_id=101, name="Biology 101")


@pytest.fixture
def assignment(course: CanvasCourse) -> CanvasAssignment:
    return CanvasAssignment.objects.create(
        integration=course.integration, canvas_id=701, course=course, name="Lab report"
    )


@pytest.fixture
def write_mark() -> WriteMark:
    """Something that differs after any write to the table, a write of the same values too."""

    def mark(model: type[MirroredRow]) -> Any:
        table = connection.ops.quote_name(model._meta.db_table)
        statement = (
            f"SELECT id, xmin::text, ctid::text FROM {table} ORDER BY id"
            if connection.vendor == "postgresql"
            else "SELECT total_changes()"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    return mark
