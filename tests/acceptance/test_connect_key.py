"""`connect --client-id`: a developer key is tried before it is stored, and nothing is lost."""

from collections.abc import Iterator

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror, Result
from tests.acceptance.keyed import (
    CREDENTIAL,
    ENDPOINT,
    KEY,
    PUBLIC_KEY,
    SECRET,
    School,
    school,
    without_variables,
)


@pytest.fixture
def north() -> Iterator[School]:
    with school() as made:
        yield made


@pytest.fixture
def rotating() -> Iterator[School]:
    with school(rotating=True) as made:
        yield made


@pytest.fixture
def bare(new_mirror: NewMirror) -> Mirror:
    return without_variables(new_mirror("http://127.0.0.1:9"))


def refused(said: Result, *, code: int) -> str:
    """The one line it said."""
    assert (said.code, said.stdout) == (code, "")
    (line,) = said.complaints
    return line


def test_a_developer_key_is_tried_stored_sealed_and_used(north: School, bare: Mirror) -> None:
    said = north.connect(bare)
    assert (said.code, said.complaints) == (0, [])
    assert f"integration north stored: {north.canvas.url}" in said.stdout
    ((client_id, *sealed, paused_at),) = bare.sql(CREDENTIAL)
    assert (client_id, paused_at, north.granted) == (KEY, None, 1)
    assert all(text.startswith("sealed") for text in sealed)
    assert bare.sync("102").code == 0
    assert north.granted == 1


def test_the_refresh_token_that_canvas_sent_is_the_one_that_is_kept(
    rotating: School, bare: Mirror
) -> None:
    assert rotating.connect(bare).code == 0
    rotating.oauth.expire()
    assert bare.sync("102").code == 0
    assert (rotating.oauth.granted, rotating.oauth.refused) == (2, 0)


def test_both_secrets_may_come_from_the_environment(north: School, bare: Mirror) -> None:
    said = bare.manage(
        *("connect", "north", "--url", north.canvas.url, "--client-id", KEY),
        CANVAS_CLIENT_SECRET=SECRET,
        CANVAS_REFRESH_TOKEN=north.agreed.refresh_token,
    )
    assert said.code == 0
    north.look_through(said)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": "wrong"}, "client secret"),
        ({"client_id": "77"}, "client id"),
        ({"refresh_token": "wrong"}, "refresh token"),
        ({"client_id": PUBLIC_KEY}, "refresh token"),
    ],
)
def test_what_canvas_refuses_is_not_stored(
    north: School, bare: Mirror, wrong: dict[str, str], told: str
) -> None:
    assert told in refused(north.connect(bare, **wrong), code=4)
    assert bare.sql(CREDENTIAL) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "CANVAS_CLIENT_SECRET"),
        ("secret\n", "CANVAS_REFRESH_TOKEN"),
        ("two words\nrefresh\n", "client secret"),
        ("secret\nümlaut\n", "refresh token"),
    ],
)
def test_what_cannot_be_a_secret_is_not_sent(
    north: School, bare: Mirror, typed: str, told: str
) -> None:
    command = ("connect", "north", "--url", north.canvas.url, "--client-id", KEY)
    assert told in refused(bare.manage(*command, stdin=typed), code=2)
    assert len(north.canvas.requests) == 0


@pytest.mark.parametrize("client_id", ["", "a b", "x\ny", "ü"])
def test_what_cannot_be_a_client_id_is_refused(north: School, bare: Mirror, client_id: str) -> None:
    command = ("connect", "north", "--url", north.canvas.url, f"--client-id={client_id}")
    assert "client id" in refused(bare.manage(*command), code=2)


def test_a_refused_key_leaves_what_was_stored_before(north: School, bare: Mirror) -> None:
    north.connect(bare)
    before = bare.sql(CREDENTIAL)
    assert north.connect(bare, secret="wrong").code == 4
    assert bare.sql(CREDENTIAL) == before
    assert bare.sync("102").code == 0


def test_a_canvas_that_is_down_stores_nothing(north: School, bare: Mirror) -> None:
    north.canvas.faults.add("http_503_html", "users/self")
    assert "503" in refused(north.connect(bare), code=75)
    assert bare.sql(CREDENTIAL) == []
    assert north.connect(bare).code == 0


def test_a_refresh_token_that_is_used_up_by_the_trial_is_not_lost(
    rotating: School, bare: Mirror
) -> None:
    rotating.canvas.faults.add("http_503_html", "users/self")
    assert "was stored" in refused(rotating.connect(bare), code=75)
    assert bare.sync("102").code == 0


def test_a_token_made_by_hand_takes_the_place_of_a_key_and_the_other_way_round(
    north: School, canvas: Canvas, bare: Mirror
) -> None:
    north.connect(bare)
    said = bare.manage("connect", "north", "--url", canvas.url, stdin=f"{bare.token}\n")
    assert said.code == 0
    ((client_id, token, secret, refresh_token, _),) = bare.sql(CREDENTIAL)
    assert (client_id, bool(token), secret, refresh_token) == ("", True, None, None)
    assert north.connect(bare).code == 0
    assert bare.sql("SELECT client_id FROM canvas_canvasintegration") == [(KEY,)]


def test_a_key_is_not_replaced_by_a_token_of_the_environment(north: School, bare: Mirror) -> None:
    by_hand = north.oauth.authorise(KEY).access_token
    bare.environment |= {"CANVAS_URL": north.canvas.url, "CANVAS_TOKEN": by_hand}
    said = north.connect(bare)
    assert "goes before what was stored" in said.stderr
    stored = bare.sql(CREDENTIAL)
    assert bare.sync("102").code == 0
    assert bare.sql(CREDENTIAL) == stored


def test_the_endpoint_alone_hears_of_the_secrets(north: School, bare: Mirror) -> None:
    north.connect(bare)
    posted = [request for request in north.canvas.requests if request.method == "POST"]
    assert [request.path for request in posted] == [ENDPOINT]
    assert all(request.query == "" for request in posted)
