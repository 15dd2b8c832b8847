import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from settings.logging import logging_config
from settings.redaction import HIDDEN, redact_text

CANARY = "7~" + "c" * 64


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the log writes as JSON, at every level; the real configuration comes back afterwards."""
    kept = structlog.get_config()
    config = logging_config(level="DEBUG", style="json")
    stream = io.StringIO()
    config["handlers"]["stderr"]["stream"] = stream
    logging.config.dictConfig(config)
    yield stream
    structlog.configure(**kept)
    logging.config.dictConfig(logging_config(level="INFO", style="json"))


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_its_context(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(run=12):
        structlog.get_logger("sync").info("page.loaded", rows=100)
    (event,) = events(written)
    assert (event["event"], event["run"], event["rows"]) == ("page.loaded", 12, 100)
    assert (event["level"], event["logger"]) == ("info", "sync")
    assert str(event["at"]).endswith("Z")


def test_the_standard_library_logs_in_the_same_form(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(run=12):
        logging.getLogger("django.request").warning(
            "%s: %s", "Not Found", "/x", extra={"status": 404}
        )
    (event,) = events(written)
    assert (event["event"], event["run"], event["status"]) == ("Not Found: /x", 12, 404)


def test_a_traceback_holds_no_local_variables(written: io.StringIO) -> None:
    local = "in-a-local-variable"
    try:
        raise ValueError(len(local))
    except ValueError:
        structlog.get_logger("sync").exception("run.failed")
    assert "ValueError: 19" in str(events(written)[0]["exception"])
    assert f"local = {local!r}" not in str(events(written)[0]["exception"])


@pytest.mark.parametrize(
    "facts",
    [
        {"token": CANARY},
        {"headers": {"Authorization": f"Bearer {CANARY}"}},
        {"url": f"https://school.example/api?access_token={CANARY}&page=2"},
        {"bodies": [{"note": f"the token {CANARY} is new"}]},
        {"CANVAS_TOKEN": CANARY},
        {"database": f"postgres://user:{CANARY}@host/db"},
    ],
)
def test_a_credential_never_reaches_the_log(written: io.StringIO, facts: dict[str, object]) -> None:
    structlog.get_logger("sync").info("request.sent", **facts)
    logging.getLogger("plain").info("sent %s", facts)
    assert CANARY not in written.getvalue()
    assert written.getvalue().count(HIDDEN) >= 2


def test_a_credential_in_an_exception_never_reaches_the_log(written: io.StringIO) -> None:
    try:
        raise RuntimeError(f"Authorization: Bearer {CANARY}")
    except RuntimeError:
        structlog.get_logger("sync").exception("run.failed")
    assert "RuntimeError" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_plain_text_is_left_alone() -> None:
    text = "GET https://school.example:8443/api/v1/courses/1?page=2 took 3.2 s"
    assert redact_text(text) == text


def test_requests_of_the_http_library_are_not_logged(written: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://school.example/?name=Ada")
    assert written.getvalue() == ""


def test_beat_without_a_broker_says_so_in_one_line(written: io.StringIO) -> None:
    """As celery.beat has it: its whole stack in the text, and the traceback beside it."""
    error = ConnectionError("refused")
    stack = ["File ...", "File ..."]
    logging.getLogger("celery.beat").error("Message Error: %s\n%s", error, stack, exc_info=error)
    (event,) = events(written)
    assert event["event"] == "Message Error: refused"
    assert "exception" not in event


def test_an_api_key_is_hidden_wherever_it_stands() -> None:
    key = f"cm_0123abcd_{'9f' * 32}"
    assert redact_text(f"GET /x?key={key} refused") == f"GET /x?key={HIDDEN} refused"
