"""manage.py runs show --watch: from any machine, until the run has ended."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest

from canvas.models import CanvasIntegration
from management.management.commands import runs
from management.watching import Glance, watch_run
from sync.models import Run
from tests.integration.management.operating import Operator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(runs.Command, capsys)


@pytest.fixture
def run(db: None) -> Run:
    school = CanvasIntegration.objects.create(name="school", base_url="https://a.example.edu")
    progress = {
        "sources": {"sections": {"pages": 2, "rows": 120, "state": "reading"}},
        "requests": 3,
        "throttle_wait_s": 0.0,
    }
    return Run.objects.create(integration=school, course=101, state="running", progress=progress)


def test_it_follows_the_run_to_its_end(
    operator: Operator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()

    async def watched(run_id: int) -> AsyncIterator[Glance]:
        async for glance in watch_run(run_id):
            yield glance
            seen.set()

    def end() -> None:
        seen.wait(60)
        from django.db import connection

        Run.objects.filter(pk=run.pk).update(state="succeeded")
        connection.close()

    monkeypatch.setattr(runs, "watch_run", watched)
    ending = threading.Thread(target=end)
    ending.start()
    answer = operator("show", str(run.pk), "--watch")
    ending.join()
    assert answer.code == 0
    said = answer.stderr.splitlines()
    assert said[0].endswith("running, 3 requests, 120 rows; reading sections (2 pages)")
    assert said[-1].endswith("succeeded, 3 requests, 120 rows")
    assert f"course 101 of school: succeeded (run {run.pk}" in answer.stdout


def test_a_run_that_has_ended_is_shown_at_once(operator: Operator, run: Run) -> None:
    Run.objects.update(state="failed")
    answer = operator("show", str(run.pk), "--watch", "--json")
    assert answer.document["state"] == "failed"


def test_what_cannot_be_watched_is_named(operator: Operator, run: Run) -> None:
    unknown = operator("show", "999", "--watch")
    assert (unknown.code, "there is no run 999" in unknown.stderr) == (2, True)
    wrong = operator("list", "--watch")
    assert (wrong.code, "--watch follows one run" in wrong.stderr) == (2, True)
