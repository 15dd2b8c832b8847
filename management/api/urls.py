"""The addresses of the HTTP interface for programs."""

from __future__ import annotations

from django.urls import path

from management.api.overview import CourseView

urlpatterns = [
    path("courses/<str:course_id>/", CourseView.as_view(), name="api-course"),
]
