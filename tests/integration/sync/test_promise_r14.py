"""R14: a stale answer never overwrites a newer row."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest

from canvas.models import CanvasSection, CanvasSubmission, CanvasSubmissionComment
from tests.integration.sync.loading import Mirror, alive, batch_of
from tests.unit.transform.payloads import section
from tests.unit.transform.work_payloads import comment, submission

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ORDERS = list(permutations(range(4)))


def asked_at(number: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=number)


@pytest.mark.parametrize("order", ORDERS)
def test_in_whatever_order_answers_come_the_newest_stays(
    order: tuple[int, ...], loaded: Mirror
) -> None:
    for number in order:
        loaded.new_run()
        record = section(id=1, name=f"answer {number}")
        loaded.write(batch_of("sections", record, asked_at=asked_at(number)))
    assert CanvasSection.objects.get(canvas_id=1).name == "answer 3"


@pytest.mark.parametrize("order", ORDERS[::3])
def test_what_stands_inside_an_answer_is_as_new_as_the_answer(
    order: tuple[int, ...], loaded: Mirror
) -> None:
    """The answers have fewer and fewer comments, and other marks."""
    for number in order:
        loaded.new_run()
        comments = [comment(id=one) for one in range(900, 904 - number)]
        record = submission(id=777, score=float(number), submission_comments=comments)
        loaded.write(batch_of("submissions", record, asked_at=asked_at(number)))
        loaded.close("course")
    assert CanvasSubmission.objects.get(canvas_id=777).score == 3.0
    assert [one for one in alive(CanvasSubmissionComment) if one >= 900] == [900]
