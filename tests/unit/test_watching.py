"""A run that another process carries out, told as what happened between two looks."""

from __future__ import annotations

from management.watching import Glance, Retold, SourceProgress
from sync.models import Run


class Heard:
    """A `Watch` that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def started(self, source: str) -> None:
        self.told.append(f"{source} started")

    def stored(self, source: str, *, pages: int, rows: int) -> None:
        self.told.append(f"{source} +{pages} pages +{rows} rows")

    def finished(self, source: str, *, complete: bool) -> None:
        self.told.append(f"{source} {'complete' if complete else 'incomplete'}")


def glance(*sources: SourceProgress, state: Run.State = Run.State.RUNNING) -> Glance:
    return Glance(
        run=12, course=101, state=state, attempts=1, sources=sources, requests=14, throttle_wait_s=3
    )


def source(
    pages: int, rows: int, *, name: str = "sections", state: str = "reading"
) -> SourceProgress:
    return SourceProgress(name=name, pages=pages, rows=rows, state=state)


def retold(*glances: Glance) -> list[str]:
    heard = Heard()
    teller = Retold(heard)
    for one in glances:
        teller.tell(one)
    return heard.told


def test_only_what_is_new_is_told() -> None:
    told = retold(
        glance(source(1, 100)),
        glance(source(1, 100)),
        glance(source(3, 250)),
        glance(source(3, 250, state="complete")),
    )
    assert told == [
        "sections started",
        "sections +1 pages +100 rows",
        "sections +2 pages +150 rows",
        "sections complete",
    ]


def test_a_source_that_was_read_between_two_looks_is_told_whole() -> None:
    told = retold(glance(source(2, 7, state="incomplete")))
    assert told == ["sections started", "sections +2 pages +7 rows", "sections incomplete"]


def test_another_attempt_begins_anew() -> None:
    told = retold(glance(source(3, 250)), glance(source(1, 100)))
    assert told[2:] == ["sections started", "sections +1 pages +100 rows"]


def test_a_line_says_how_far_the_run_is() -> None:
    so_far = glance(source(3, 1250), source(1, 2, name="users", state="complete"))
    assert so_far.line == (
        "run 12: running, 14 requests, 1,252 rows, 3 s waited for the quota; "
        "reading sections (3 pages)"
    )
    assert glance(state=Run.State.QUEUED).line == "run 12: queued, to be gone on with"
    assert glance(source(3, 5), state=Run.State.SUCCEEDED).line.endswith("for the quota")
