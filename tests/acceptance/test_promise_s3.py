"""S3: a wrong or missing key fails loudly and never yields ciphertext as a token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from canvas.models.secrets import key_id, new_key
from simulator import Canvas
from tests.acceptance.conftest import NewMirror
from tests.acceptance.driver import FIELD_KEY, Mirror, Result

ALTERATIONS = {
    "cut off": "substr(sealed_token, 1, length(sealed_token) - 20)",
    "beginning lost": "substr(sealed_token, 30)",
    "in the clear": "'somebody-typed-a-token'",
    "altered": "replace(sealed_token, substr(sealed_token, 60, 4), 'AAAA')",
    "key unnamed": "substr(sealed_token, 18)",
    "key renamed": "replace(sealed_token, substr(sealed_token, 9, 8), '01234567')",
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def school(request: pytest.FixtureRequest, still_canvas: Canvas, new_mirror: NewMirror) -> Mirror:
    """A mirror with a stored token, and an environment without."""
    mirror = new_mirror(still_canvas.url, request.param)
    stored = mirror.manage("connect", "school", "--url", still_canvas.url)
    assert stored.code == 0, stored.stderr
    del mirror.environment["CANVAS_URL"], mirror.environment["CANVAS_TOKEN"]
    return mirror


@pytest.fixture(autouse=True)
def _nothing_asked_yet(still_canvas: Canvas) -> None:
    still_canvas.requests.clear()


@contextmanager
def altered(mirror: Mirror, expression: str) -> Iterator[None]:
    """As if somebody had changed the column by hand."""
    ((before,),) = mirror.sql("SELECT sealed_token FROM canvas_canvasintegration")
    change = "UPDATE canvas_canvasintegration SET sealed_token = {} RETURNING id"
    mirror.sql(change.format(expression))
    yield
    mirror.sql(change.format(f"'{before}'"))


def refused(said: Result, canvas: Canvas, *words: str) -> None:
    """It said so in one line, and Canvas was not asked anything."""
    assert (said.code, said.report["error"]["code"]) == (1, "bad_configuration")
    [line] = said.complaints
    for word in ("token of integration school does not open", "; next: ", *words):
        assert word in line
    assert len(canvas.requests) == 0


def test_s3_another_key_fails_loudly(school: Mirror, still_canvas: Canvas) -> None:
    other = new_key()
    refused(school.sync("101", FIELD_KEYS=other), still_canvas, key_id(FIELD_KEY), key_id(other))
    checked = school.manage("keys", "verify", FIELD_KEYS=other)
    assert checked.code == 1
    assert f"put key {key_id(FIELD_KEY)} back into FIELD_KEYS" in checked.stderr


@pytest.mark.parametrize("how", ALTERATIONS)
def test_s3_what_was_altered_is_never_taken_for_a_token(
    school: Mirror, still_canvas: Canvas, how: str
) -> None:
    with altered(school, ALTERATIONS[how]):
        refused(school.sync(), still_canvas)


def test_s3_with_the_key_put_back_the_token_opens_again(school: Mirror) -> None:
    assert school.sync("102", FIELD_KEYS=f"{new_key()},{FIELD_KEY}").code == 0


@pytest.mark.parametrize("keys", [None, " , "])
def test_s3_production_does_not_start_without_a_key(school: Mirror, keys: str | None) -> None:
    said = school.sync("101", FIELD_KEYS=keys, SECRET_KEY="x" * 60)
    assert said.code == 2
    assert "FIELD_KEYS: it is required in production" in said.stderr
