"""Every fault, on the first, a middle and the last page, of three listings, passing and lasting."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync

from simulator import Canvas, start
from simulator.faults import KINDS
from tests.acceptance.fault_outcomes import OUTCOMES
from tests.acceptance.fault_walks import (
    LISTINGS,
    TOKEN,
    Cell,
    Listing,
    Walked,
    cells_of,
    complaints,
    walk_under,
    walk_undisturbed,
)
from tests.command import ROOT, clean_environment

Truth = dict[str, Walked]


@pytest.fixture(scope="module")
def canvas() -> Iterator[Canvas]:
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        yield running


@pytest.fixture(scope="module")
def truth(canvas: Canvas) -> Truth:
    """Each listing as it is when nothing goes wrong."""
    read = async_to_sync(walk_undisturbed)
    return {listing.source: read(canvas, listing) for listing in LISTINGS}


def test_every_kind_of_fault_has_its_outcomes() -> None:
    assert OUTCOMES.keys() == KINDS.keys()


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.source)
def test_an_undisturbed_walk_is_whole(truth: Truth, listing: Listing) -> None:
    found = truth[listing.source]
    assert found.completeness is not None
    assert found.completeness.proven
    assert len(found.pages) >= 3
    assert len({row["id"] for row in found.rows if row}) == len(found.rows)


@pytest.mark.parametrize("kind", OUTCOMES)
async def test_a_walk_under_a_fault_ends_as_it_must(
    canvas: Canvas,
    truth: Truth,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    canvas.faults.clear()
    case, cells = OUTCOMES[kind], cells_of(kind)

    async def one(cell: Cell) -> Walked:
        return await walk_under(canvas, cell, case=case, undisturbed=truth[cell.listing.source])

    found = await asyncio.gather(*map(one, cells))
    assert [
        line
        for cell, walked in zip(cells, found, strict=True)
        for line in complaints(
            cell,
            walked,
            expected=cell.expected(case),
            undisturbed=truth[cell.listing.source],
        )
    ] == []
    assert all(fault.fired for fault in canvas.faults.faults)
    told = "".join([*(walked.said for walked in found), caplog.text, *capfd.readouterr()])
    assert "request." in told
    assert TOKEN not in told


def test_a_wrong_row_and_a_wrong_end_are_seen(canvas: Canvas, truth: Truth) -> None:
    cell = cells_of("http_500")[0]
    right = truth[cell.listing.source]
    wrong = Walked(pages=[[*right.pages[0][:-1], {"id": 1}], *right.pages[1:]])
    case = OUTCOMES["http_500"]
    for lasting in (False, True):
        outcome = case.lasting if lasting else case.once
        lines = list(complaints(cell, wrong, expected=outcome, undisturbed=right))
        assert len(lines) == 2 + lasting


def test_a_bomb_of_200_megabytes_takes_less_than_64(canvas: Canvas) -> None:
    canvas.faults.clear()
    canvas.faults.add("gzip_bomb", "enrollments", times=None, megabytes=200)
    done = subprocess.run(
        [sys.executable, "-m", "tests.acceptance.bomb_reader", canvas.url, TOKEN],
        env=clean_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ends"] == ["whole", "unexpected_answer"]
    assert told["grown_kib"] < 64 * 1024
    assert TOKEN not in done.stdout + done.stderr
