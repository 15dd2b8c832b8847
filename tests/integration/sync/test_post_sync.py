"""The installation's own functions: called with the run and its changes, and kept apart."""

import pytest
from django.core.checks import run_checks
from pytest_django import Settings as DjangoSettings
from structlog.testing import capture_logs

from canvas.models import CanvasTerm
from sync.models import Run
from sync.post_sync import run_post_sync
from tests.integration.sync import hooks
from tests.integration.sync.loading import Mirror, batch_of
from tests.unit.transform.payloads import section

HERE = hooks.__name__


async def called(mirror: Mirror, *names: str, settings: DjangoSettings) -> list[str]:
    """The functions that failed, by name, after course 101 got two sections."""
    settings.POST_SYNC = [f"{HERE}.{name}" for name in names]
    await mirror.awrite(batch_of("sections", section(id=1, name="A"), section(id=2, name="B")))
    mirror.run.state = Run.State.SUCCEEDED
    return [path.removeprefix(f"{HERE}.") for path in await run_post_sync(mirror.run)]


async def notes() -> list[str]:
    found = CanvasTerm.objects.filter(canvas_id=None).order_by("pk")
    return [term.name or "" for term in await found.aall()]


async def test_a_function_gets_the_run_and_its_changes(
    loaded: Mirror, settings: DjangoSettings
) -> None:
    assert await called(loaded, "note_sections", settings=settings) == []
    assert await notes() == [f"run {loaded.run.pk} succeeded: A, B"]


async def test_one_that_raises_does_not_stop_the_next(
    loaded: Mirror, settings: DjangoSettings
) -> None:
    assert await called(loaded, "fail", "note_sections", settings=settings) == ["fail"]
    assert len(await notes()) == 1


async def test_each_has_an_iterator_of_its_own(loaded: Mirror, settings: DjangoSettings) -> None:
    assert await called(loaded, "read_one", "note_sections", settings=settings) == []
    assert await notes() == ["first is CanvasSection", f"run {loaded.run.pk} succeeded: A, B"]


async def test_a_failure_is_logged_with_its_place_and_without_its_text(
    loaded: Mirror, settings: DjangoSettings
) -> None:
    with capture_logs() as logs:
        await called(loaded, "fail", settings=settings)
    [entry] = [entry for entry in logs if entry["event"] == "post_sync.failed"]
    assert (entry["function"], entry["error"]) == (f"{HERE}.fail", "LookupError")
    assert "hooks.py" in entry["where"]
    assert hooks.SECRET not in str(logs)


@pytest.mark.parametrize("name", ["nowhere", "not_async"])
async def test_what_cannot_be_called_fails_like_one_that_raises(
    loaded: Mirror, settings: DjangoSettings, name: str
) -> None:
    assert await called(loaded, name, "note_sections", settings=settings) == [name]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("nowhere", "cannot be imported"),
        ("school.hooks.mail", "cannot be imported"),
        (f"{HERE}.absent", "cannot be imported"),
        (f"{HERE}.not_async", "is not an 'async def' function"),
        (f"{HERE}.SECRET", "is not an 'async def' function"),
    ],
)
def test_a_system_check_names_what_cannot_be_called(
    settings: DjangoSettings, path: str, wrong: str
) -> None:
    settings.POST_SYNC = [f"{HERE}.note_sections", path]
    [message] = [message for message in run_checks() if message.id == "sync.E001"]
    assert message.msg.startswith(f"POST_SYNC: {path} {wrong}")
    assert "async def" in (message.hint or "")
