"""`connect` tries a token before it stores it; what is stored works without the environment."""

import re
from collections.abc import Iterator

import pytest

from simulator import Canvas, start
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import TOKEN, Mirror, Result

STORED = "SELECT name, base_url, sealed_token FROM canvas_canvasintegration"


@pytest.fixture
def strict_canvas() -> Iterator[Canvas]:
    """Lets in this token only, so that a lost one is noticed."""
    with start("tiny", tokens=(TOKEN, f"teacher-{TOKEN}")) as running:
        yield running


@pytest.fixture
def bare(strict_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A database, and an environment that names no Canvas and no token."""
    mirror = new_mirror(strict_canvas.url)
    del mirror.environment["CANVAS_URL"], mirror.environment["CANVAS_TOKEN"]
    return mirror


def connect(mirror: Mirror, url: str, *, name: str = "north", token: str = TOKEN) -> Result:
    """The token comes by stdin, as from a password store."""
    return mirror.manage("connect", name, "--url", url, stdin=f"{token}\n")


def test_a_token_from_stdin_is_tried_stored_and_sealed(strict_canvas: Canvas, bare: Mirror) -> None:
    said = connect(bare, strict_canvas.url)
    assert (said.code, said.complaints) == (0, [])
    assert f"integration north stored: {strict_canvas.url}" in said.stdout
    ((name, url, sealed),) = bare.sql(STORED)
    assert (name, url) == ("north", strict_canvas.url)
    assert sealed
    assert TOKEN not in sealed


EVENTS = "SELECT uuid, root_account_uuid, unsigned_events FROM canvas_canvasintegration"


def test_it_says_where_events_are_posted_and_knows_whose_are_taken(
    strict_canvas: Canvas, bare: Mirror
) -> None:
    said = connect(bare, strict_canvas.url)
    [(uuid, root, unsigned)] = bare.sql(EVENTS)
    assert root == strict_canvas.live_events.root_account_uuid
    assert not unsigned
    [path] = re.findall(r"/webhooks/canvas/(\S+)/", said.stdout)
    assert path.replace("-", "") == str(uuid).replace("-", "")


def test_unsigned_events_are_taken_until_they_are_forbidden(
    strict_canvas: Canvas, bare: Mirror
) -> None:
    taken = []
    for flag in ((), ("--unsigned-events",), (), ("--no-unsigned-events",)):
        said = bare.manage("connect", "north", "--url", strict_canvas.url, *flag, stdin=TOKEN)
        taken.append(bool(bare.sql(EVENTS)[0][2]))
        assert any("keep their address secret" in line for line in said.complaints) == taken[-1]
    assert taken == [False, True, True, False]


def test_a_token_that_may_not_read_the_account_says_that_events_are_refused(
    strict_canvas: Canvas, bare: Mirror
) -> None:
    said = connect(bare, strict_canvas.url, token=f"teacher-{TOKEN}")
    assert any("Live Events are refused" in line for line in said.complaints)
    assert bare.sql(EVENTS)[0][1] == ""
    assert connect(bare, strict_canvas.url).complaints == []
    assert bare.sql(EVENTS)[0][1] == strict_canvas.live_events.root_account_uuid


def test_the_first_sync_learns_whose_events_are_taken(canvas: Canvas, mirror: Mirror) -> None:
    assert mirror.sync("102").code == 0
    assert mirror.sql(EVENTS)[0][1] == canvas.live_events.root_account_uuid


def test_a_stored_canvas_is_synced_without_any_variable(
    strict_canvas: Canvas, bare: Mirror
) -> None:
    connect(bare, strict_canvas.url)
    for arguments in (("102",), ("101", "--integration", "north")):
        said = bare.sync(*arguments)
        assert said.code == 0, said.stderr
        assert said.report["integration"] == "north"
    assert bare.count("submission") > 80


def test_a_refused_token_is_not_stored(strict_canvas: Canvas, bare: Mirror) -> None:
    said = connect(bare, strict_canvas.url, token=f"wrong-{TOKEN}")
    assert said.code == 4
    assert len(said.complaints) == 1
    assert "access token" in said.complaints[0]
    assert bare.sql(STORED) == []


def test_a_refused_token_does_not_replace_a_good_one(strict_canvas: Canvas, bare: Mirror) -> None:
    connect(bare, strict_canvas.url)
    before = bare.sql(STORED)
    assert connect(bare, strict_canvas.url, token=f"revoked-{TOKEN}").code == 4
    assert bare.sql(STORED) == before
    assert bare.sync("102").code == 0


def test_no_token_at_all_is_said_in_one_line(strict_canvas: Canvas, bare: Mirror) -> None:
    said = connect(bare, strict_canvas.url, token="")
    assert said.code == 2
    assert len(said.complaints) == 1
    assert "CANVAS_TOKEN" in said.complaints[0]
    assert bare.sql(STORED) == []


def test_a_token_is_never_taken_from_a_flag(strict_canvas: Canvas, bare: Mirror) -> None:
    bare.token = "unused"
    said = bare.manage("connect", "north", "--url", strict_canvas.url, "--token", "abc")
    assert said.code == 2
    assert bare.sql(STORED) == []


def test_an_integration_with_rows_does_not_move_to_another_canvas(
    canvas: Canvas, strict_canvas: Canvas, bare: Mirror
) -> None:
    connect(bare, strict_canvas.url)
    bare.sync("102")
    said = connect(bare, canvas.url)
    assert said.code == 2
    assert len(said.complaints) == 1
    assert "under another name" in said.complaints[0]
    assert [url for _, url, _ in bare.sql(STORED)] == [strict_canvas.url]
    assert connect(bare, canvas.url, name="south").code == 0


def test_two_integrations_with_the_same_ids_do_not_mix(
    canvas: Canvas, strict_canvas: Canvas, bare: Mirror
) -> None:
    connect(bare, strict_canvas.url)
    connect(bare, canvas.url, name="south")
    canvas.mutate("rename_course", course_id=102, name="Southern history")
    for name in ("north", "south"):
        assert bare.sync("102", "--integration", name).changes().keys() == {"created"}
    names = bare.sql("SELECT name FROM canvas_canvascourse WHERE canvas_id = 102 ORDER BY id")
    assert (len(names), names[1]) == (2, ("Southern history",))
    assert bare.sync("102").code == 2  # which of the two must be said


def test_a_token_that_may_not_read_everything_is_stored_and_said(
    strict_canvas: Canvas, bare: Mirror
) -> None:
    said = connect(bare, strict_canvas.url, token=f"teacher-{TOKEN}")
    assert said.code == 3
    assert "no" in said.stdout.split()
    assert len(bare.sql(STORED)) == 1


def test_the_environment_naming_another_canvas_is_not_passed_over(
    canvas: Canvas, strict_canvas: Canvas, bare: Mirror
) -> None:
    connect(bare, strict_canvas.url, name="default")
    said = bare.sync("102", CANVAS_URL=canvas.url, CANVAS_TOKEN=TOKEN)
    assert said.code == 2
    assert strict_canvas.url in said.complaints[0]
    assert bare.count("course") == 0


def test_a_stored_token_that_no_key_opens_fails_loudly(strict_canvas: Canvas, bare: Mirror) -> None:
    connect(bare, strict_canvas.url)
    said = bare.sync("102", FIELD_KEYS="A" * 43 + "=")
    assert said.code == 1
    assert "FIELD_KEYS" in said.complaints[0]
    assert bare.count("course") == 0
