"""S5: a ciphertext moved to another integration, or to another column, does not open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import Mirror

TABLE = "canvas_canvasintegration"


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def two(request: pytest.FixtureRequest, still_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """Integrations `mine` and `yours` of one Canvas, each with a token of its own."""
    mirror = new_mirror(still_canvas.url, request.param)
    for name in ("mine", "yours"):
        token = f"{name}-canary"
        said = mirror.manage("connect", name, "--url", still_canvas.url, CANVAS_TOKEN=token)
        assert said.code == 0, said.stderr
    del mirror.environment["CANVAS_URL"], mirror.environment["CANVAS_TOKEN"]
    return mirror


def exchange(mirror: Mirror) -> None:
    """Each gets the ciphertext of the other."""
    (one, its), (other, theirs) = mirror.sql(f"SELECT id, sealed_token FROM {TABLE} ORDER BY id")
    for row, text in ((one, theirs), (other, its)):
        mirror.sql(f"UPDATE {TABLE} SET sealed_token = '{text}' WHERE id = {row} RETURNING id")


@contextmanager
def exchanged(mirror: Mirror) -> Iterator[None]:
    exchange(mirror)
    yield
    exchange(mirror)


@pytest.mark.parametrize("name", ["mine", "yours"])
def test_s5_exchanged_ciphertexts_do_not_open(two: Mirror, still_canvas: Canvas, name: str) -> None:
    still_canvas.requests.clear()
    with exchanged(two):
        said = two.sync("101", "--integration", name)
    assert (said.code, said.report["error"]["code"]) == (1, "bad_configuration")
    assert f"token of integration {name} does not open" in said.stderr
    assert "sealed for another integration" in said.stderr
    assert len(still_canvas.requests) == 0


def test_s5_what_was_exchanged_is_found_by_verify(two: Mirror) -> None:
    with exchanged(two):
        found = two.manage("keys", "verify", "--json")
    assert (found.code, len(found.report["unreadable"])) == (1, 2)
    assert two.manage("keys", "verify").code == 0


def test_s5_a_rotation_does_not_make_exchanged_ciphertexts_good(two: Mirror) -> None:
    with exchanged(two):
        assert two.manage("keys", "rotate").code == 1
        assert two.manage("keys", "verify").code == 1


def test_s5_a_ciphertext_moved_to_another_column_does_not_open(two: Mirror) -> None:
    two.sql(f"UPDATE {TABLE} SET sealed_refresh_token = sealed_token RETURNING id")
    found = two.manage("keys", "verify", "--json")
    two.sql(f"UPDATE {TABLE} SET sealed_refresh_token = NULL RETURNING id")
    assert [one["secret"] for one in found.report["unreadable"]] == [
        "refresh token of integration mine",
        "refresh token of integration yours",
    ]
