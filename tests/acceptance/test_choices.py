"""`--dry-run` tells the truth and writes nothing; `--only` reads what it needs and nothing else."""

from typing import Any
from urllib.parse import urlsplit

from simulator import Canvas
from tests.acceptance.driver import Mirror

API = "/api/v1/courses/101"
WHO = "/api/v1/users/self"


def everything(mirror: Mirror) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, the ledger's and the integrations' too."""
    ledger = ("sync_run", "sync_step", "sync_checkpoint", "sync_reject", "canvas_canvasintegration")
    return mirror.rows() | {name: mirror.sql(f"SELECT * FROM {name}") for name in ledger}


def asked(canvas: Canvas) -> set[str]:
    return {urlsplit(request.path).path for request in canvas.requests}


def test_a_rehearsal_of_the_first_sync_says_what_it_will_be_and_leaves_no_trace(
    either_mirror: Mirror,
) -> None:
    rehearsed = either_mirror.sync("101", "--dry-run")
    assert not any(everything(either_mirror).values())
    assert rehearsed.code == 0
    assert rehearsed.report["run"] is None
    real = either_mirror.sync("101")
    assert rehearsed.report["resources"] == real.report["resources"]
    assert rehearsed.counts("created")["submissions"] == 88


def test_a_rehearsal_on_a_filled_mirror_says_what_has_changed_and_leaves_no_trace(
    canvas: Canvas, either_mirror: Mirror
) -> None:
    either_mirror.sync("101")
    canvas.mutate("demo")
    before, digest = everything(either_mirror), either_mirror.digest()
    rehearsed = either_mirror.sync("101", "--dry-run")
    assert everything(either_mirror) == before
    assert either_mirror.digest() == digest
    real = either_mirror.sync("101")
    assert rehearsed.report["resources"] == real.report["resources"]
    assert set(rehearsed.changes()) == {"created", "updated", "deleted"}


def test_a_rehearsal_with_a_record_it_cannot_read_says_so(canvas: Canvas, synced: Mirror) -> None:
    canvas.faults.add("bad_record", "students/submissions", fields={"score": "ten"})
    said = synced.sync("101", "--dry-run")
    assert said.code == 3
    assert said.counts("rejected") == {"submissions": 1}
    assert synced.sql("SELECT count(*) FROM sync_reject") == [(0,)]


def test_a_rehearsal_of_a_large_deletion_is_held_too(canvas: Canvas, synced: Mirror) -> None:
    canvas.faults.add("empty_list", "/enrollments", times=None, keep_links=True)
    assert synced.sync("101", "--dry-run").code == 6
    accepted = synced.sync("101", "--dry-run", "--accept-deletes")
    assert accepted.counts("deleted") == {"enrollments": 21}
    assert synced.count("enrollment", "deleted_at IS NULL") == 21


def test_only_submissions_reads_what_submissions_need_and_nothing_else(
    canvas: Canvas, mirror: Mirror
) -> None:
    said = mirror.sync("101", "--only", "submissions")
    assert said.code == 0
    introduced = {WHO, "/api/v1/accounts/self"}
    read = {API, f"{API}/assignments", f"{API}/students/submissions"}
    assert asked(canvas) == introduced | read
    assert said.counts("created")["submissions"] == 88
    assert mirror.count("enrollment") == 0
    assert mirror.count("submission", "user_id IS NOT NULL") > 60


def test_only_some_resources_leaves_all_others_alone(canvas: Canvas, synced: Mirror) -> None:
    canvas.mutate("demo")
    canvas.requests.clear()
    said = synced.sync("101", "--only", "sections,groups")
    assert said.code == 0
    sets = {path for path in asked(canvas) if path.startswith("/api/v1/group_categories/")}
    ended = {path for path in asked(canvas) if path.startswith("/api/v1/groups/")}
    assert len(ended) == 1  # is it really gone?
    assert asked(canvas) - sets - ended == {API, f"{API}/sections", f"{API}/group_categories"}
    assert set(said.report["resources"]) <= {
        *("terms", "courses", "sections", "group_categories", "groups", "group_memberships")
    }
    assert said.counts("deleted").keys() <= {"groups", "group_memberships"}
    assert synced.count("submission", "deleted_at IS NOT NULL") == 0


def test_a_full_sync_reads_everything_again_and_changes_nothing(
    canvas: Canvas, synced: Mirror
) -> None:
    canvas.requests.clear()
    said = synced.sync("101", "--full", "--no-input")
    assert (said.code, said.changes()) == (0, {})
    assert len(canvas.requests) == said.report["requests"] == 18
