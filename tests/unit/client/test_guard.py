"""canvasapi can send nothing but reads to the origin, and its libraries stay quiet."""

import logging
from collections.abc import Iterator

import pytest
import requests

from canvas.client.guard import GuardedAdapter, guarded_canvas
from canvas.client.origin import parse_base_url
from canvas.client.redaction import quiet_wire_logs
from canvas.errors import ContractError
from tests.unit.client.canned import BASE, TOKEN

ORIGIN = parse_base_url(BASE, allow_insecure=False)
TALKATIVE = ("httpx", "httpcore", "canvasapi", "urllib3")


@pytest.fixture
def loud() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.NOTSET)
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", "https://evil.com/x"), ("GET", f"{BASE}:8443/x"), ("POST", f"{BASE}/api/v1/x")],
)
def test_only_reads_of_the_origin_are_sent(method: str, url: str) -> None:
    adapter = GuardedAdapter(ORIGIN, agent="x", timeout_s=0.1)
    with pytest.raises(ContractError):
        adapter.send(requests.Request(method, url).prepare())


def test_canvasapi_uses_the_guarded_session_and_no_other() -> None:
    canvas = guarded_canvas(ORIGIN, token=TOKEN, timeout_s=1)
    session = canvas._Canvas__requester._session
    assert {type(adapter) for adapter in session.adapters.values()} == {GuardedAdapter}
    assert list(session.adapters) == ["https://"]


@pytest.mark.usefixtures("loud")
def test_the_libraries_below_are_kept_from_logging_bodies_and_addresses() -> None:
    quiet_wire_logs()
    assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in TALKATIVE)
    assert not logging.getLogger("canvasapi.requester").isEnabledFor(logging.DEBUG)
