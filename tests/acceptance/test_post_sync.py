"""POST_SYNC as an operator meets it: named in the environment, called after each command."""

from simulator import Canvas
from tests.acceptance.driver import Mirror

HOOKS = "tests.integration.sync.hooks"


def notes(mirror: Mirror) -> list[str]:
    query = "SELECT name FROM canvas_canvasterm WHERE canvas_id IS NULL ORDER BY id"
    return [name for (name,) in mirror.sql(query)]


def test_functions_are_called_after_a_run_with_what_changed(either_mirror: Mirror) -> None:
    done = either_mirror.sync("101", POST_SYNC=f"{HOOKS}.note_sections")
    assert (done.code, done.report["state"]) == (0, "succeeded")
    [note] = notes(either_mirror)
    assert note.startswith("run 1 succeeded: ")
    assert len(note.split(",")) == done.counts("created")["sections"]


def test_one_that_raises_makes_the_run_partial_and_the_next_is_called(synced: Mirror) -> None:
    done = synced.sync("101", POST_SYNC=f"{HOOKS}.fail, {HOOKS}.note_sections")
    assert (done.code, done.report["state"]) == (3, "partial")
    error = done.report["error"]
    assert (error["code"], error["cause"]) == (
        "post_sync_failed",
        f"POST_SYNC: {HOOKS}.fail raised an exception",
    )
    assert notes(synced) == ["run 2 succeeded: "]
    assert "post_sync.failed" in done.stderr
    assert "Ada Lovelace" not in done.stdout + done.stderr
    assert synced.sql("SELECT state FROM sync_run ORDER BY id DESC LIMIT 1") == [("partial",)]


def test_a_worse_state_is_kept_beside_a_failing_function(synced: Mirror, canvas: Canvas) -> None:
    canvas.faults.add("bad_record", "/sections", record={"id": 7, "name": ["no", "text"]})
    done = synced.sync("101", POST_SYNC=f"{HOOKS}.fail")
    assert done.report["error"]["code"] == "records_rejected"


def test_a_dry_run_calls_nothing(synced: Mirror, canvas: Canvas) -> None:
    canvas.mutate("rename_course", course_id=101, name="Renamed")
    done = synced.sync("101", "--dry-run", POST_SYNC=f"{HOOKS}.note_sections")
    assert (done.code, notes(synced)) == (0, [])
    assert synced.sql("SELECT count(*) FROM sync_change WHERE run_id <> 1") == [(0,)]


def test_a_path_that_leads_nowhere_stops_the_sync_before_it_begins(mirror: Mirror) -> None:
    done = mirror.sync("101", POST_SYNC="school.hooks.mail")
    assert (done.code, mirror.sql("SELECT count(*) FROM sync_run")) == (2, [(0,)])
    [line] = done.complaints
    assert line.startswith("sync_course: POST_SYNC: school.hooks.mail cannot be imported")


def test_a_function_that_ends_the_process_only_fails(synced: Mirror) -> None:
    names = ("leave", "cancel_a_task", "note_sections")
    done = synced.sync("101", POST_SYNC=",".join(f"{HOOKS}.{name}" for name in names))
    assert (done.code, done.report["state"]) == (3, "partial")
    assert f"{HOOKS}.leave, {HOOKS}.cancel_a_task raised" in done.report["error"]["cause"]
    assert notes(synced) == ["run 2 succeeded: "]


def test_a_check_names_a_path_that_leads_nowhere(mirror: Mirror) -> None:
    done = mirror.manage("check", POST_SYNC="school.hooks.mail")
    assert done.code == 1
    assert "POST_SYNC: school.hooks.mail cannot be imported" in done.stderr
    assert "async def mail(run, rows)" in done.stderr
