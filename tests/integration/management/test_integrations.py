"""The environment's integration is stored once, whoever comes first."""

import pytest
from pytest_django.fixtures import Settings

from canvas.models import CanvasIntegration
from management.errors import CommandStopped
from management.integrations import _store

SCHOOL = "https://school.example.edu"


@pytest.fixture
def stored(db: None, settings: Settings) -> CanvasIntegration:
    settings.CANVAS_URL = SCHOOL
    return CanvasIntegration.objects.create(name="default", base_url=SCHOOL)


def test_the_second_of_two_first_syncs_uses_what_the_first_has_stored(
    stored: CanvasIntegration,
) -> None:
    assert _store(CanvasIntegration(name="default", base_url=SCHOOL)) == stored
    assert CanvasIntegration.objects.count() == 1


def test_the_second_of_two_first_syncs_does_not_use_another_canvas(
    stored: CanvasIntegration,
) -> None:
    CanvasIntegration.objects.update(base_url="https://college.example.edu")
    with pytest.raises(CommandStopped, match=r"college\.example\.edu"):
        _store(CanvasIntegration(name="default", base_url=SCHOOL))
