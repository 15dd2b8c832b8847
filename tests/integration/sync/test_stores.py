"""Where batches go: the mirror keeps them, a rehearsal counts the same and leaves no row."""

from typing import Any

from asgiref.sync import async_to_sync

from canvas.models import CanvasIntegration
from sync.candidates import Held
from sync.census import ResourceCounts
from sync.closing import Closing
from sync.models import Checkpoint, Reject, Run
from sync.store import MirrorStore, RehearsalStore, Store
from sync.tables import TABLES
from tests.integration.sync.loading import EVERYTHING, Mirror, all_gone, batch_of, little_course
from tests.unit.transform.payloads import COURSE, section

ALL = {table.name: True for table in TABLES}


def rows_stored() -> dict[str, int]:
    counted: tuple[Any, ...] = (CanvasIntegration, Run, Checkpoint, Reject)
    models = dict.fromkeys((*counted, *(table.model for table in TABLES)))
    return {model.__name__: model._default_manager.count() for model in models}


async def played(
    store: Store, **changes: list[Any]
) -> tuple[dict[str, ResourceCounts], list[Held]]:
    """Course 101 into the store; what it counted and what it held."""
    for source, records in (little_course() | changes).items():
        await store.apply(batch_of(source, *records))
    found = await store.candidates(COURSE, EVERYTHING, accept_deletes=False)
    findings = all_gone(found)
    await store.close(Closing(candidates=found, findings=findings, proofs=EVERYTHING, complete=ALL))
    return store.census.counts(ALL), list(found.held.values())


def rehearsed(
    integration: CanvasIntegration, **changes: list[Any]
) -> tuple[dict[str, ResourceCounts], list[Held]]:
    return async_to_sync(played)(RehearsalStore(integration), **changes)


async def test_the_mirror_keeps_what_it_is_given(mirror: Mirror) -> None:
    store = MirrorStore(mirror.integration, run=mirror.run.pk)
    counts, held = await played(store)
    assert (counts["submissions"].created, held) == (1, [])
    assert await Checkpoint.objects.filter(run=mirror.run).acount() == len(EVERYTHING)


def test_a_rehearsal_leaves_no_row(mirror: Mirror) -> None:
    before = rows_stored()
    counts, _ = rehearsed(mirror.integration)
    assert counts["submissions"].created == 1
    assert rows_stored() == before


def test_a_rehearsal_counts_what_the_real_run_then_does(loaded: Mirror) -> None:
    changes: dict[str, Any] = {"sections": [section(name="New"), section(id=9)], "quizzes": []}
    counts, _ = rehearsed(loaded.integration, **changes)
    loaded.load_course(**changes)
    loaded.close()
    assert counts == loaded.target.census.counts(ALL)
    assert (counts["sections"].created, counts["sections"].updated) == (1, 1)
    assert counts["quizzes"].deleted == 1


def test_a_rehearsal_shows_what_would_be_held(loaded: Mirror) -> None:
    loaded.load("sections", *(section(id=number) for number in range(1000, 1050)))
    _, held = rehearsed(loaded.integration)
    assert [(one.resource, one.missing, one.live) for one in held] == [("sections", 50, 51)]


def test_a_rehearsal_works_for_a_canvas_that_is_not_stored(db: None) -> None:
    school = CanvasIntegration(name="new", base_url="https://new.example.edu")
    counts, _ = rehearsed(school)
    assert counts["courses"].created == 1
    assert not CanvasIntegration.objects.exists()
    assert school._state.adding
    assert not school.pk


def test_records_set_aside_in_a_rehearsal_are_counted_and_not_booked(loaded: Mirror) -> None:
    counts, _ = rehearsed(loaded.integration, sections=[section(course_id=999)])
    assert (counts["sections"].rejected, counts["sections"].deleted) == (1, 0)
    assert not Reject.objects.exists()
