"""When a run that did not come to its end is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.models import Run
from sync.report import ErrorReport, RunReport
from workers.retry import ATTEMPTS, FIRST_S, LONGEST_S, again_in_s


def ended(state: Run.State, code: str = "") -> RunReport:
    error = ErrorReport(code=code, cause="", effect="", next_step="") if code else None
    return RunReport(run=1, integration="school", course=101, state=state, error=error)


def even() -> float:
    return 0.5


@pytest.mark.parametrize(
    "report",
    [
        ended(Run.State.SUCCEEDED),
        ended(Run.State.PARTIAL, "records_rejected"),
        ended(Run.State.HELD, "deletes_held"),
        ended(Run.State.BUSY, "run_taken_over"),
        ended(Run.State.FAILED, "credential_refused"),
        ended(Run.State.FAILED, "not_found"),
        ended(Run.State.FAILED),
    ],
    ids=lambda report: f"{report.state} {report.error.code if report.error else ''}",
)
def test_what_waiting_does_not_help_is_not_tried_again(report: RunReport) -> None:
    assert again_in_s(report, attempts=1) is None


def test_what_was_interrupted_goes_on_at_once() -> None:
    assert again_in_s(ended(Run.State.INTERRUPTED, "interrupted"), attempts=ATTEMPTS) == 0.0


@pytest.mark.parametrize(
    "code", ["rate_limited", "canvas_down", "connection_lost", "database_down"]
)
def test_what_passes_is_waited_for_twice_as_long_each_time(code: str) -> None:
    report = ended(Run.State.FAILED, code)
    waits = [again_in_s(report, attempts=number, chance=even) for number in (1, 2, 3)]
    assert waits == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]


def test_it_is_given_up_in_the_end() -> None:
    assert again_in_s(ended(Run.State.FAILED, "canvas_down"), attempts=ATTEMPTS) is None


@given(attempts=st.integers(1, ATTEMPTS - 1), chance=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_endless_and_none_is_the_same_for_all(attempts: int, chance: float) -> None:
    report = ended(Run.State.FAILED, "canvas_down")
    wait_s = again_in_s(report, attempts=attempts, chance=lambda: chance)
    assert wait_s is not None
    assert FIRST_S * 0.75 <= wait_s <= LONGEST_S * 1.25
