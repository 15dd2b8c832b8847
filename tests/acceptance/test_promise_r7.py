"""R7: a full disk fails the run with a next step, leaves nothing partial, and passes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result
from tests.acceptance.nursery import Nursery
from tests.acceptance.perishable import perishable_postgres
from tests.acceptance.resuming import QuickMirror, Undisturbed, with_small_pages
from tests.servers import fresh_database

MEBIBYTE = 1024**2
# PostgreSQL's log of writes is made of files of this size: they fit, a larger table does not.
ROOM_BYTES = 16 * MEBIBYTE
BODY_BYTES = 250_000
LITTLE_ROOM_BYTES = 96 * 1024


@pytest.fixture(scope="module")
def heavy_canvas() -> Iterator[Canvas]:
    """Its submissions take more room than there is, and cannot be compressed."""
    chance = random.Random(1)
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        for row in with_small_pages(running).world.submissions:
            row.body = chance.randbytes(BODY_BYTES // 2).hex()
        yield running


def assert_full(said: Result, mirror: QuickMirror) -> None:
    error = said.report["error"]
    assert (said.code, error["code"]) == (1, "database_full"), error
    assert "make room" in error["next_step"]
    assert mirror.stored() == mirror.told() == mirror.feed()


def test_r7_a_postgres_without_room_keeps_whole_batches_and_takes_the_rest_later(
    heavy_canvas: Canvas, new_mirror: NewMirror, nursery: Nursery
) -> None:
    spared = Undisturbed.made(QuickMirror(new_mirror(heavy_canvas.url), nursery))
    with perishable_postgres() as server, fresh_database(server.url) as url:
        mirror = QuickMirror(Mirror(heavy_canvas.url, url), nursery)
        assert mirror.manage("migrate", "-v0").code == 0
        server.restart(file_bytes=ROOM_BYTES)
        assert_full(mirror.sync(), mirror)
        assert 0 < mirror.stored()["submissions"] < len(heavy_canvas.world.submissions)
        server.restart()
        said, digest = mirror.sync_and_digest()
    assert (said.report["run"], digest) == (1, spared.digest)


def test_r7_an_sqlite_file_without_room_keeps_whole_batches_and_takes_the_rest_later(
    small_canvas: Canvas, new_mirror: NewMirror, nursery: Nursery, undisturbed: Undisturbed
) -> None:
    mirror = QuickMirror(new_mirror(small_canvas.url), nursery)
    size = Path(urlsplit(mirror.database_url).path).stat().st_size
    limits: dict[str, float] = {"file_bytes": size + LITTLE_ROOM_BYTES}
    assert_full(mirror.within(limits, "sync_course", "101", "--json"), mirror)
    again, digest = mirror.sync_and_digest()
    assert (again.report["run"], digest) == (1, undisturbed.digest)
