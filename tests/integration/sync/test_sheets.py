"""Plain records that the mirror does not have go in by sheets, and leave what rows would leave."""

import datetime as dt
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import F
from django.utils import timezone
from msgspec.json import encode

from canvas.models import CanvasSubmission, CanvasSubmissionComment
from sync.likeness import Look, looks_of
from sync.models import Change, Checkpoint, Reject
from sync.prepare import prepare
from sync.recognition import surely_absent
from sync.store import MirrorStore
from sync.transform.rows import Payload
from tests.integration.sync.loading import Mirror
from tests.integration.sync.visiting import Visit, visit
from tests.unit.transform.payloads import COURSE
from tests.unit.transform.plain_records import plain
from tests.unit.transform.work_payloads import comment

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
OWN = ("id", "first_seen_at", "changed_at", "payload_hash")
MANY = 30


def some(count: int = MANY) -> list[Payload]:
    return [plain(number, score=number / 2, body=f"a\tb\\{number}\n") for number in range(1, count)]


def in_sheets(seen: Visit) -> int:
    return sum(len(sheet) for sheet in seen.batch.sheets)


def stored() -> list[dict[str, Any]]:
    rows = CanvasSubmission.objects.order_by("canvas_id").values()
    return [{name: value for name, value in row.items() if name not in OWN} for row in rows]


def told() -> list[tuple[Any, ...]]:
    changes = Change.objects.order_by("canvas_id").filter(resource="submissions")
    return list(changes.values_list("canvas_id", "kind", "fields", "values"))


def test_a_first_reading_leaves_what_a_reading_by_rows_leaves(loaded: Mirror) -> None:
    CanvasSubmission.objects.all().delete()
    Change.objects.all().delete()
    assert in_sheets(visit(loaded, *some(), asked_at=NOON)) == MANY - 1
    by_sheets, changes, fates = stored(), told(), loaded.fates("submissions")
    assert Checkpoint.objects.get(run=loaded.run).records == MANY - 1
    CanvasSubmission.objects.all().delete()
    Change.objects.all().delete()
    loaded.new_run()
    loaded.load("submissions", *some(), asked_at=NOON)
    assert by_sheets == stored()
    assert changes == told()
    assert fates == loaded.fates("submissions") == (MANY - 1, 0, 0)


def test_the_next_reading_recognizes_them(loaded: Mirror) -> None:
    visit(loaded, *some())
    again = visit(loaded, *some())
    assert (again.batch.rows, again.batch.sheets) == ([], [])
    assert loaded.fates("submissions") == (0, 0, MANY - 1)


def test_a_row_that_is_there_is_compared_and_the_rest_is_inserted(loaded: Mirror) -> None:
    visit(loaded, *some(10))
    changed = [plain(number, score=99.0) for number in (3, 4)]
    seen = visit(loaded, *some(10)[:2], *changed, plain(50))
    assert (in_sheets(seen), seen.decoded) == (1, [3, 4])
    assert loaded.fates("submissions") == (1, 2, 2)


def test_a_tombstone_comes_back_and_is_not_inserted(loaded: Mirror) -> None:
    visit(loaded, plain(1))
    CanvasSubmission.objects.filter(canvas_id=1).update(deleted_at=timezone.now())
    seen = visit(loaded, plain(1), plain(2))
    assert (in_sheets(seen), seen.decoded) == (1, [1])
    assert CanvasSubmission.objects.get(canvas_id=1).deleted_at is None


def test_a_record_that_is_not_plain_goes_beside_the_sheet(loaded: Mirror) -> None:
    with_file = comment(id=5, attachments=[{"id": 1}])
    seen = visit(loaded, plain(1), plain(2, submission_comments=[with_file]), plain(3))
    assert (in_sheets(seen), seen.decoded) == (2, [2])
    assert loaded.fates("submissions") == (3, 0, 0)
    assert loaded.fates("submission_comments") == (1, 0, 0)


def discussed() -> list[Payload]:
    """Work with one comment, with none, and with two that name different columns."""
    twice = [comment(id=6), comment(id=7, author={}, edited_at="2026-09-10T12:00:00Z")]
    del twice[1]["author_name"]
    return [
        plain(1, submission_comments=[comment(id=5)]),
        plain(2),
        plain(3, submission_comments=twice),
    ]


def comments() -> list[dict[str, Any]]:
    """Those of `discussed`, each with the id of its submission."""
    rows = CanvasSubmissionComment.objects.filter(canvas_id__in=(5, 6, 7)).order_by("canvas_id")
    own = {*OWN, "submission_id"}
    return [
        {name: value for name, value in row.items() if name not in own}
        for row in rows.annotate(of=F("submission__canvas_id")).values()
    ]


def test_comments_go_in_with_what_they_are_of(loaded: Mirror) -> None:
    seen = visit(loaded, *discussed())
    by_sheets = comments()
    assert (in_sheets(seen), seen.batch.rows) == (6, [])
    assert [row["of"] for row in by_sheets] == [1, 3, 3]
    assert loaded.fates("submission_comments") == (3, 0, 0)
    told = Change.objects.filter(run=loaded.run, resource="submission_comments")
    assert set(told.values_list("canvas_id", "kind")) == {(key, "created") for key in "567"}
    loaded.new_run()
    loaded.load("submissions", *discussed())  # by rows: they find what they would have written
    assert loaded.fates("submission_comments") == (0, 0, 3)
    CanvasSubmission.objects.filter(canvas_id__in=(1, 3)).delete()
    loaded.new_run()
    loaded.load("submissions", *discussed())
    assert [row | {"content_hash": ""} for row in comments()] == [
        row | {"content_hash": ""} for row in by_sheets
    ]


def test_comments_are_not_compared_one_by_one(
    loaded: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.load.upsert", None)
    visit(loaded, *discussed())
    assert len(comments()) == 3


def test_work_with_comments_is_recognized_while_they_are_there(loaded: Mirror) -> None:
    visit(loaded, *discussed())
    assert visit(loaded, *discussed()).decoded == []
    assert loaded.fates("submission_comments") == (0, 0, 3)
    CanvasSubmissionComment.objects.get(canvas_id=6).delete()
    assert visit(loaded, *discussed()).decoded == [3]
    assert loaded.fates("submission_comments") == (1, 0, 2)


def test_a_comment_that_is_there_is_compared(loaded: Mirror) -> None:
    """As a tombstone, of work that somebody took away, or of other work."""
    visit(loaded, plain(9, submission_comments=[comment(id=7)]))
    CanvasSubmissionComment.objects.filter(canvas_id=7).update(deleted_at=timezone.now())
    seen = visit(loaded, *discussed())
    assert in_sheets(seen) == 6
    assert loaded.fates("submissions") == (3, 0, 0)
    assert loaded.fates("submission_comments") == (2, 1, 0)
    assert [row["of"] for row in comments()] == [1, 3, 3]
    assert not CanvasSubmissionComment.objects.filter(deleted_at=None, canvas_id=7).exclude(
        submission__canvas_id=3
    )


def test_comments_of_what_goes_row_by_row_follow_it(loaded: Mirror) -> None:
    lost = plain(4, assignment_id=999_999, submission_comments=[comment(id=8)])
    seen = visit(loaded, *discussed(), lost)
    assert in_sheets(seen) == 8
    assert [row["of"] for row in comments()] == [1, 3, 3]
    refused = Reject.objects.filter(run=loaded.run).order_by("canvas_id")
    assert [(row.table, row.canvas_id) for row in refused] == [
        ("submissions", "4"),
        ("submission_comments", "8"),
    ]


def test_a_secret_in_a_link_is_cut_before_anything_is_stored(loaded: Mirror) -> None:
    seen = visit(loaded, plain(1), plain(2, body="/files/1?verifier=canary-7731"))
    assert (in_sheets(seen), seen.decoded) == (1, [2])
    assert CanvasSubmission.objects.get(canvas_id=2).body == "/files/1?verifier="


def test_a_student_who_is_not_there_stays_away_and_the_row_comes(loaded: Mirror) -> None:
    seen = visit(loaded, plain(1, user_id=999_999), plain(2, user_id=None))
    found = CanvasSubmission.objects.filter(canvas_id__in=(1, 2)).order_by("canvas_id")
    assert in_sheets(seen) == 2
    assert [(row.student_id, row.user_id) for row in found] == [(None, 999_999), (None, None)]


def test_only_the_record_whose_assignment_is_not_there_is_set_aside(loaded: Mirror) -> None:
    seen = visit(loaded, plain(1), plain(2, assignment_id=999_999), plain(3))
    assert in_sheets(seen) == 3
    assert [row.canvas_id for row in Reject.objects.filter(run=loaded.run)] == ["2"]
    assert set(CanvasSubmission.objects.values_list("canvas_id", flat=True)) >= {1, 3}


def test_only_the_record_the_database_refuses_is_set_aside(loaded: Mirror) -> None:
    if connection.vendor == "postgresql":  # too long for an index of it
        name = CanvasSubmission._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"CREATE INDEX of_url ON {name} (url)")
    bad = plain(2, url="".join(chr(0x4E00 + n % 20_000) for n in range(9_000)))
    visit(loaded, plain(1), bad, plain(3))
    refused = [row.canvas_id for row in Reject.objects.filter(run=loaded.run)]
    assert refused == (["2"] if connection.vendor == "postgresql" else [])
    assert set(CanvasSubmission.objects.values_list("canvas_id", flat=True)) >= {1, 3}


@pytest.mark.parametrize("twice", [[plain(1), plain(1, score=9.0)], [plain(1), plain(2), plain(1)]])
def test_a_key_that_comes_twice_makes_no_sheet(loaded: Mirror, twice: list[Payload]) -> None:
    seen = visit(loaded, *twice)
    assert in_sheets(seen) == 0
    assert CanvasSubmission.objects.get(canvas_id=1).score == twice[-1]["score"]


def test_a_row_somebody_stored_meanwhile_is_compared(loaded: Mirror) -> None:
    """The sheet was made when the mirror had none of its rows."""
    batch = visit(loaded, plain(1), plain(2)).batch
    CanvasSubmission.objects.filter(canvas_id=1).delete()
    CanvasSubmission.objects.filter(canvas_id=2).update(score=0.0, content_hash="")
    loaded.new_run()
    loaded.write(batch)
    assert in_sheets(Visit([], batch)) == 2
    assert loaded.fates("submissions") == (1, 1, 0)
    assert CanvasSubmission.objects.get(canvas_id=2).score == plain(2)["score"]


def test_records_of_which_none_is_there_are_seen_at_a_glance(loaded: Mirror) -> None:
    visit(loaded, plain(2), plain(7))
    integration = loaded.integration.pk

    def absent(*numbers: int) -> list[int] | None:
        looks = [Look(b"", number, "", None, None, course=COURSE) for number in numbers]
        known = surely_absent(looks, integration=integration)
        return None if known is None else sorted(known.absent)

    assert absent(6, 3, 4) == [3, 4, 6]
    assert absent(1, 3) is absent(6, 7) is absent(2) is None
    assert absent() == []


def test_rows_among_new_ones_are_found_once_one_was_met(loaded: Mirror) -> None:
    """By one store, as in a run: first none is there, then some, then none again."""
    visit(loaded, plain(25))
    store = MirrorStore(loaded.integration, run=loaded.run.pk)
    asked = [range(1, 20), range(20, 30), range(30, 40)]
    looks = [
        looks_of([encode(plain(n)) for n in numbers], numbers, course=COURSE) for numbers in asked
    ]
    found = [async_to_sync(store.recognize)(each) for each in looks]
    assert [known.keys for known in found] == [frozenset(), {25}, frozenset()]
    assert [len(known.absent) for known in found] == [19, 9, 10]


def test_what_was_prepared_is_what_is_written(loaded: Mirror) -> None:
    batch = visit(loaded, plain(1), plain(2)).batch
    expected = stored()
    CanvasSubmission.objects.filter(canvas_id__in=(1, 2)).delete()
    loaded.new_run()
    batch.prepared = prepare(batch, loaded.target)
    assert all(batch.prepared)
    loaded.write(batch)
    assert stored() == expected
