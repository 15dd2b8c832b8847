"""What was seen is passed over by its keys, and nothing that was not seen is."""

import pytest

from canvas.models import CanvasSubmission
from sync.gaps import few_unseen, passing_over
from sync.rowset import RowSet
from tests.integration.sync.loading import EVERYTHING, Mirror
from tests.unit.transform.work_payloads import submission

MANY = 6000  # more than are read one by one


def stored(mirror: Mirror, number: int) -> list[int]:
    mirror.load("submissions", *(submission(id=n) for n in range(3000, 3000 + number)))
    return sorted(CanvasSubmission.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("unseen", [0, 1, 3])
def test_few_that_were_not_seen_are_named(loaded: Mirror, unseen: int) -> None:
    pks = stored(loaded, 900)
    left_out = pks[200:900:300][:unseen]
    seen = RowSet(range(pks[0], pks[0] + MANY))
    for pk in left_out:
        seen.discard(pk)
    assert few_unseen(CanvasSubmission, seen) == left_out
    found = passing_over(CanvasSubmission.objects.all(), seen).values_list("pk", flat=True)
    assert {pk for pk in found if pk not in seen} == set(left_out)
    assert len(found) < 100


def test_those_before_and_behind_what_was_seen_are_among_them(loaded: Mirror) -> None:
    pks = stored(loaded, 300)
    outside = [*pks[:9], *pks[290:]]
    seen = RowSet([*pks[9:290], *range(pks[-1] + 500, pks[-1] + MANY)])
    assert sorted(few_unseen(CanvasSubmission, seen) or ()) == outside


def test_many_are_not_named_and_neither_are_those_of_a_small_table(loaded: Mirror) -> None:
    last = stored(loaded, 600)[-1]
    assert few_unseen(CanvasSubmission, RowSet(range(last + 1, last + MANY))) is None
    assert few_unseen(CanvasSubmission, RowSet()) is None
    assert len(passing_over(CanvasSubmission.objects.all(), RowSet())) == 601


@pytest.mark.parametrize("gone", [True, False])
def test_of_a_table_of_many_rows_only_those_not_seen_are_looked_at(
    loaded: Mirror, gone: bool
) -> None:
    pk = CanvasSubmission.objects.get().pk
    loaded.load_course()
    seen = loaded.target.census.of("submissions").seen
    seen.update(range(pk, pk + MANY))
    if gone:
        seen.discard(pk)
    found = loaded.candidates(EVERYTHING)
    assert found.unseen == {"submissions": [pk] * gone}
    assert found.pks("submissions") == {pk} if gone else not found.missing
