"""Whatever is wrong is said in one clear line with the next step, and nothing is written."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import TOKEN, Mirror, Result
from tests.acceptance.scripted import Answer, scripted_server
from tests.acceptance.wrong_inputs import WRONG, Wrong

API = ("/api/v1/users/self", "/api/v1/courses/101")
PAGE = Answer(headers={"Content-Type": "text/html"}, body=b"<html>Log in</html>")
ERROR = {"code", "cause", "effect", "next_step"}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with scripted_server() as page, scripted_server() as shop, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens at it
        page.answers = dict.fromkeys(API, PAGE)
        yield {
            "nowhere": f"http://127.0.0.1:{taken.getsockname()[1]}",
            "page": page.url,
            "shop": shop.url,
            "folder": str(tmp_path_factory.mktemp("folder")),
        }


@pytest.fixture
def empty(still_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror that nothing may ever be written to, at the usual level of logging."""
    mirror = new_mirror(still_canvas.url)
    del mirror.environment["LOG_LEVEL"]
    return mirror


def run(wrong: Wrong, mirror: Mirror, places: dict[str, str], *options: str) -> Result:
    environment = {
        name: value and value.format_map(places) for name, value in wrong.environment.items()
    }
    return mirror.hastily("sync_course", *wrong.arguments, *options, **environment)


@pytest.mark.parametrize("case", WRONG)
def test_it_is_said_in_one_line_that_names_it_and_the_next_step(
    case: str, empty: Mirror, places: dict[str, str]
) -> None:
    wrong = WRONG[case]
    said = run(wrong, empty, places, "--json")
    assert said.code == wrong.code, said.stderr
    assert len(said.complaints) == 1, said.stderr
    assert wrong.names.format_map(places) in said.complaints[0]
    assert wrong.next_step in said.complaints[0]
    error = said.report["error"]
    assert set(error) == ERROR
    assert all(error.values())
    assert (said.report["state"], said.report["resources"]) == ("failed", {})
    assert not any(empty.rows().values())


@pytest.mark.parametrize("case", ["an unknown option", "a wrong token", "no Canvas"])
def test_without_json_nothing_but_that_line_is_written(
    case: str, empty: Mirror, places: dict[str, str]
) -> None:
    said = run(WRONG[case], empty, places)
    assert len(said.complaints) == 1
    assert "{" not in said.stdout
    assert said.code == WRONG[case].code


def test_a_wrong_password_of_the_database_is_said_without_it(
    still_canvas: Canvas, new_mirror: NewMirror
) -> None:
    mirror = new_mirror(still_canvas.url, "postgres")
    parts = urlsplit(mirror.database_url)
    wrong = parts._replace(netloc=f"{parts.username}:hunter-2@{parts.hostname}:{parts.port}")
    said = mirror.sync(DATABASE_URL=wrong.geturl())
    assert said.code == 1
    assert len(said.complaints) == 1, said.stderr
    assert "DATABASE_URL" in said.complaints[0]
    assert "hunter-2" not in said.stdout + said.stderr
    assert said.report["error"]["code"] == "database"


def test_a_file_that_is_no_database_is_left_as_it_was(empty: Mirror, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Canvas, " * 100)
    said = empty.sync(DATABASE_URL=f"sqlite:///{file}")
    assert said.code == 1
    assert len(said.complaints) == 1, said.stderr
    assert file.read_text() == "Dear Canvas, " * 100


def test_of_several_courses_the_unknown_one_stops_no_other(canvas: Canvas, mirror: Mirror) -> None:
    said = mirror.sync("999", "102")
    assert said.code == 5
    assert [one["state"] for one in said.report] == ["failed", "succeeded"]
    assert mirror.count("submission") > 0
    assert len(said.complaints) == 1


def test_the_token_is_nowhere_in_the_database(synced: Mirror) -> None:
    """Looked for in every byte of the file; `Mirror.end` looks through all output."""
    folder = Path(urlsplit(synced.database_url).path).parent
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"canvas_canvassubmission" in held
    assert TOKEN.encode() not in held


def test_the_token_is_in_no_log_at_the_loudest_level(synced: Mirror) -> None:
    said = synced.sync("101", "999", LOG_LEVEL="DEBUG", CANVAS_TOKEN=f"teacher-{TOKEN}")
    assert len(said.complaints) > 5


def test_the_token_is_nowhere_in_postgres(canvas: Canvas, new_mirror: NewMirror) -> None:
    mirror = new_mirror(canvas.url, "postgres")
    mirror.sync()
    tables = mirror.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    with psycopg.connect(mirror.database_url) as connection:
        for (name,) in tables:
            with connection.cursor().copy(f"COPY {name} TO STDOUT".encode()) as out:
                assert TOKEN.encode() not in b"".join(bytes(part) for part in out)
    assert len(tables) > 20
