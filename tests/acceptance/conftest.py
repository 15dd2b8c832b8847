"""A simulated Canvas, and mirrors of it in databases of their own.

Starting a command costs a second or two, so what many tests begin with is made once and copied.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg
import pytest

from simulator import Canvas, start
from tests.acceptance.driver import Mirror, sqlite_url
from tests.acceptance.first_readings import FirstReadings
from tests.acceptance.nursery import Nursery, open_nursery
from tests.acceptance.resuming import QuickMirror, Undisturbed, with_small_pages
from tests.servers import fresh_database

LATER_S = 600.0
NOBODY = "http://127.0.0.1:9"


class NewMirror(Protocol):
    """Makes a mirror in a new database with tables and no rows, or as `like` has it.

    `like` is the file, or the name of the PostgreSQL database, of a mirror nobody is at.
    """

    def __call__(
        self, canvas_url: str, kind: str = "sqlite", *, like: Path | str | None = None
    ) -> Mirror: ...


@pytest.fixture(scope="session", autouse=True)
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where Python may not keep compiled modules in the tree, they are kept for this run."""
    if not sys.dont_write_bytecode:
        yield
        return
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


def _with_tables(database_url: str) -> str:
    done = Mirror(NOBODY, database_url).manage("migrate", "-v0")
    assert done.code == 0, done.stderr
    return database_url


@pytest.fixture(scope="session")
def _sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("model") / "mirror.sqlite3"
    _with_tables(sqlite_url(file))
    return file


@pytest.fixture(scope="session")
def _postgres_model(postgres_server_url: str) -> Iterator[str]:
    """The name of a database with tables and no rows, to be copied."""
    with fresh_database(postgres_server_url) as url:
        yield urlsplit(_with_tables(url)).path.removeprefix("/")


@contextmanager
def copy_of(model: str, server_url: str) -> Iterator[str]:
    """A copy of a whole database on the same server."""
    with fresh_database(server_url) as url, psycopg.connect(server_url, autocommit=True) as admin:
        name = urlsplit(url).path.removeprefix("/")
        admin.execute(f"DROP DATABASE {name}".encode())
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {model}".encode())
        yield url


@pytest.fixture(scope="module")
def new_mirror(
    request: pytest.FixtureRequest, _sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewMirror]:
    """Its commands are started quickly, but for modules that look at whole processes."""
    whole = request.node.get_closest_marker("whole_processes")
    nursery: Nursery | None = None if whole else request.getfixturevalue("nursery")
    with ExitStack() as databases:

        def make(
            canvas_url: str, kind: str = "sqlite", *, like: Path | str | None = None
        ) -> Mirror:
            if kind == "postgres":
                server = request.getfixturevalue("postgres_server_url")
                model = like or request.getfixturevalue("_postgres_model")
                copy = databases.enter_context(copy_of(str(model), server))
            else:
                file = tmp_path_factory.mktemp("mirror") / "mirror.sqlite3"
                copy = sqlite_url(shutil.copy(like or _sqlite_model, file))
            return Mirror(canvas_url, copy, nursery=nursery)

        yield make


@pytest.fixture(scope="session")
def _running_canvas() -> Iterator[Canvas]:
    with start("tiny") as running:
        yield running


@pytest.fixture
def canvas(_running_canvas: Canvas) -> Canvas:
    """The `tiny` world at its first moment."""
    _running_canvas.reset()
    return _running_canvas


@pytest.fixture(scope="session")
def model_of(
    _running_canvas: Canvas, _sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """The file of a mirror of some courses of `canvas` at its first moment, to be copied.

    Whoever copies it lets the clock of Canvas go on to `LATER_S`: what it told the model it did not
    tell after what it is to tell now.
    """

    @cache
    def model(*courses: str) -> Path:
        _running_canvas.reset()
        file = tmp_path_factory.mktemp("model") / "mirror.sqlite3"
        shutil.copy(_sqlite_model, file)
        assert Mirror(_running_canvas.url, sqlite_url(file)).sync(*courses).code == 0
        return file

    return model


@pytest.fixture(scope="module")
def still_canvas() -> Iterator[Canvas]:
    """The `tiny` world with its clock stopped, for a whole module that only reads."""
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        yield running


@pytest.fixture
def mirror(canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A new SQLite mirror of `canvas`."""
    return new_mirror(canvas.url)


@pytest.fixture
def synced(model_of: Callable[..., Path], canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror of course 101, after its first run."""
    model = model_of("101")
    canvas.reset()
    canvas.world.clock.advance(LATER_S)
    return new_mirror(canvas.url, like=model)


@pytest.fixture(params=["sqlite", "postgres"])
def either_mirror(request: pytest.FixtureRequest, canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A new mirror in either kind of database: the test runs once on each."""
    return new_mirror(canvas.url, request.param)


@pytest.fixture(scope="session")
def first_readings() -> FirstReadings:
    return FirstReadings()


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with open_nursery(tmp_path_factory.mktemp("nursery")) as opened:
        yield opened


@pytest.fixture(scope="module")
def small_canvas(still_canvas: Canvas) -> Canvas:
    """The `tiny` world in pages so small that listings are of several batches."""
    return with_small_pages(still_canvas)


@pytest.fixture(scope="module")
def undisturbed(small_canvas: Canvas, new_mirror: NewMirror, nursery: Nursery) -> Undisturbed:
    """What a run comes to that nothing happens to."""
    return Undisturbed.made(QuickMirror(new_mirror(small_canvas.url), nursery))


@pytest.fixture(params=["sqlite", "postgres"])
def quick_mirror(
    request: pytest.FixtureRequest, small_canvas: Canvas, new_mirror: NewMirror, nursery: Nursery
) -> QuickMirror:
    """A new mirror of the small pages: the test runs once on each database."""
    small_canvas.requests.clear()
    return QuickMirror(new_mirror(small_canvas.url, request.param), nursery)
