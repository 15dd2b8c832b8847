"""What the tests of loading share: a mirror, and a second one of another Canvas."""

import pytest

from canvas.models import CanvasIntegration
from tests.integration.sync.agenda_site import begin_run, read_everything
from tests.integration.sync.loading import Mirror


def mirror_of(name: str) -> Mirror:
    return Mirror(
        CanvasIntegration.objects.create(name=name, base_url=f"https://{name}.example.edu")
    )


@pytest.fixture
def mirror(db: None) -> Mirror:
    """Empty."""
    return mirror_of("school")


@pytest.fixture
def loaded(mirror: Mirror) -> Mirror:
    """Course 101 is stored, and a new run has begun."""
    mirror.load_at_once()
    mirror.new_run()
    return mirror


@pytest.fixture
def known(loaded: Mirror) -> Mirror:
    """Everything was read an hour ago, and a new run has begun."""
    read_everything(loaded)
    begin_run(loaded)
    return loaded


@pytest.fixture
def other(db: None) -> Mirror:
    """Another Canvas, empty."""
    return mirror_of("college")
