"""A simulated Canvas, and mirrors of it in databases of their own."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from simulator import Canvas, start
from tests.acceptance.driver import Mirror, sqlite_url
from tests.servers import fresh_database
from tests.servers.running import free_port


class NewMirror(Protocol):
    """Makes a mirror in a new database, whose tables are there already in SQLite."""

    def __call__(self, canvas_url: str, kind: str = "sqlite", *, token: str = ...) -> Mirror: ...


@pytest.fixture(scope="session", autouse=True)
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hundreds of commands are started here: their modules are compiled once, out of the tree."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "mirror.sqlite3"
    done = Mirror("http://127.0.0.1:9", sqlite_url(file)).manage("migrate", "-v0")
    assert done.code == 0, done.stderr
    return file


@pytest.fixture(scope="module")
def new_mirror(
    request: pytest.FixtureRequest, _migrated: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NewMirror]:
    with ExitStack() as databases:

        def database(kind: str) -> str:
            if kind == "postgres":
                server = request.getfixturevalue("postgres_server_url")
                return databases.enter_context(fresh_database(server))
            file = tmp_path_factory.mktemp("mirror") / "mirror.sqlite3"
            return sqlite_url(shutil.copy(_migrated, file))

        def make(canvas_url: str, kind: str = "sqlite", **options: str) -> Mirror:
            return Mirror(canvas_url, database(kind), **options)

        yield make


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    """The `tiny` world, untouched."""
    with start("tiny") as running:
        yield running


@pytest.fixture(scope="module")
def still_canvas() -> Iterator[Canvas]:
    """The `tiny` world with its clock stopped, for a whole module that only reads."""
    with start("tiny", ticks=lambda: 0.0, throttle=False) as running:
        yield running


@pytest.fixture
def mirror(canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A new SQLite mirror."""
    return new_mirror(canvas.url)


@pytest.fixture
def synced(mirror: Mirror) -> Mirror:
    """A mirror of course 101."""
    assert mirror.sync().code == 0
    return mirror


@pytest.fixture(params=["sqlite", "postgres"])
def either_mirror(request: pytest.FixtureRequest, canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A new mirror in either kind of database: the test runs once on each."""
    return new_mirror(canvas.url, request.param)


@pytest.fixture(scope="session")
def nothing_listens() -> Callable[[], str]:
    """Addresses at which nobody answers: a port that was free a moment ago."""
    return lambda: f"http://127.0.0.1:{free_port()}"
