"""What must never be read anywhere: the token, and anything about people."""

import logging
import traceback

import pytest
from structlog.testing import capture_logs

from canvas.client import redact, safe_repr
from canvas.client.paths import course_of, template_of
from canvas.errors import CanvasError
from tests.unit.client.canned import (
    COURSES,
    HTML,
    TOKEN,
    Script,
    Step,
    client_of,
    fetched,
    page,
    says,
    throttled,
)

ECHO = f"your token {TOKEN} of anna.schmidt@school.edu"
STEPS: dict[str, Step] = {
    "200 page": says(ECHO, content_type=HTML),
    "200 object": says(f'{{"echo":"{ECHO}"}}'),
    "200 half": says(f'["{ECHO}'),
    "400": says(f'{{"message":"{ECHO}"}}', status=400),
    "401": says(ECHO, status=401, headers={"www-authenticate": ECHO}),
    "403": says(ECHO, status=403),
    "404": says(f'{{"message":"{ECHO}"}}', status=404),
    "418": says(ECHO, status=418),
    "302": says(ECHO, status=302, headers={"location": f"https://x?t={TOKEN}"}),
    "500": says(ECHO, status=500),
    "foreign link": page(1, following=f"https://evil.com/?access_token={TOKEN}"),
    "unreadable link": says("[]", headers={"link": ECHO}),
}


@pytest.mark.parametrize("case", STEPS)
async def test_no_failure_shows_the_token_or_a_person(
    case: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events, pytest.raises(CanvasError) as caught:
        await fetched(Script(STEPS[case]), max_attempts=2)
    shown = "".join(traceback.format_exception(caught.value))
    shown += caplog.text + repr(events) + str(caught.value) + repr(vars(caught.value))
    assert TOKEN not in shown
    assert "schmidt" not in shown


async def test_the_client_does_not_show_its_token() -> None:
    async with client_of(Script(page())) as client:
        assert TOKEN not in f"{client!r}{client}{client.stats}"


async def test_every_answer_is_logged_without_ids_of_people() -> None:
    async with client_of(Script(throttled(), page())) as client:
        with capture_logs() as events:
            await client.fetch("/api/v1/users/77", params=[("q", "x")], source="users")
    done = [event for event in events if event["event"] == "request.done"]
    assert [event["status"] for event in done] == [429, 200]
    assert {event["path"] for event in done} == {"/api/v1/users/:id"}
    assert {event["course"] for event in done} == {None}
    assert "77" not in "".join(str(event["path"]) for event in done)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (COURSES, "/api/v1/courses/:id/sections"),
        ("/api/v1/users/sis_user_id:anna", "/api/v1/users/:id"),
        ("/api/v1/users/sis_login_id%3Aanna", "/api/v1/users/:id"),
        ("/api/v1/users/2107~565/profile", "/api/v1/users/:id/profile"),
        ("/api/quiz/v1/courses/5/quizzes", "/api/quiz/v1/courses/:id/quizzes"),
        ("/api/v1/users/Anna.Schmidt", "/api/v1/users/:id"),
    ],
)
def test_a_path_is_logged_as_its_template(path: str, template: str) -> None:
    assert template_of(path) == template


def test_the_course_of_a_path_is_its_number() -> None:
    assert course_of("/api/quiz/v1/courses/5/quizzes") == 5
    assert course_of("/api/v1/courses/sis_course_id:5") is None


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"authorization: bearer {TOKEN}",
        f"GET https://school.edu/api/v1/x?access_token={TOKEN}&a=1",
        f"https://anna:{TOKEN}@school.edu/",
        f"refresh_token={TOKEN}",
        f"'{TOKEN}'",
    ],
)
def test_foreign_text_is_redacted(text: str) -> None:
    assert TOKEN not in redact(text, secrets=[TOKEN])
    assert TOKEN not in safe_repr({"text": text}, secrets=[TOKEN])


def test_redaction_leaves_other_text_alone() -> None:
    text = "HTTP 404 from https://school.edu/api/v1/courses"
    assert redact(text, secrets=["", "ab"]) == text


def test_a_long_value_is_cut_after_redaction() -> None:
    text = safe_repr("x" * 195 + TOKEN, secrets=[TOKEN])
    assert len(text) == 200
    assert TOKEN[:4] not in text
