"""R6: PostgreSQL killed in the middle: the run fails as "try later", and the next one ends it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NOBODY, copy_of
from tests.acceptance.driver import Mirror
from tests.acceptance.nursery import Nursery
from tests.acceptance.perishable import PATIENCE_S, Perishable, perishable_postgres
from tests.acceptance.resuming import SOAK, QuickMirror, Undisturbed
from tests.servers import fresh_database

TRY_LATER = 75
ROUNDS = 30 if SOAK else 2


@pytest.fixture(scope="module")
def server() -> Iterator[Perishable]:
    with perishable_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def model(server: Perishable, nursery: Nursery) -> Iterator[str]:
    """The name of a database with tables and no rows, which outlives the server."""
    with fresh_database(server.url, name="model") as url:
        assert Mirror(NOBODY, url, nursery=nursery).manage("migrate", "-v0").code == 0
        yield "model"


@pytest.fixture
def mirror(
    server: Perishable, model: str, small_canvas: Canvas, nursery: Nursery
) -> Iterator[QuickMirror]:
    small_canvas.requests.clear()
    with copy_of(model, server.url) as url:
        yield QuickMirror(Mirror(small_canvas.url, url), nursery)


@contextmanager
def killing(server: Perishable, canvas: Canvas, *, after: int) -> Iterator[None]:
    """As soon as Canvas has answered that many requests."""

    def kill() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while len(canvas.requests) < after and time.monotonic() < deadline:
            time.sleep(0.002)
        server.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_r6_a_run_whose_database_is_killed_is_gone_on_with_once_it_is_back(
    server: Perishable,
    mirror: QuickMirror,
    small_canvas: Canvas,
    undisturbed: Undisturbed,
    rng: random.Random,
    turn: int,
) -> None:
    after = random.Random(f"{rng.random()} {turn}").randint(2, 40)
    with killing(server, small_canvas, after=after):
        said = mirror.sync()
    server.start()
    assert (said.code, said.report["error"]["code"]) == (TRY_LATER, "database_down")
    assert mirror.stored() == mirror.told() == mirror.feed()
    again, digest = mirror.sync_and_digest()
    assert (again.report["run"], digest) == (1, undisturbed.digest)
