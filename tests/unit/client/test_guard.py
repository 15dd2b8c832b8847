"""canvasapi can send nothing but reads to the origin, and its libraries stay quiet."""

import logging
from collections.abc import Iterator

import pytest
import requests

from canvas.client.guard import GuardedAdapter, guarded_canvas
from canvas.client.origin import parse_base_url
from canvas.client.redaction import quiet_wire_logs
from canvas.client.sockets import _Checked
from canvas.errors import ConfigError, ContractError
from tests.unit.client.canned import BASE, TOKEN

ORIGIN = parse_base_url(BASE, allow_insecure=False)
TALKATIVE = ("aiohttp", "httpx", "httpcore", "canvasapi", "urllib3")


@pytest.fixture
def loud() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.NOTSET)
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


NEVER_SENT = [
    ("GET", "https://evil.com/api/v1/accounts"),
    ("GET", f"{BASE}:8443/api/v1/accounts"),
    ("GET", f"{BASE}:port/api/v1/accounts"),
    ("GET", f"{BASE}@evil.com/api/v1/accounts"),
    ("GET", f"{BASE}\\@evil.com/api/v1/accounts"),
    ("GET", "http://school.example.edu/api/v1/accounts"),
    ("POST", f"{BASE}/api/v1/accounts"),
    ("POST", f"{BASE}/api/graphql"),
    ("GET", f"{BASE}/api/v1/courses/7/student_view_student"),
    ("GET", f"{BASE}/api/v1/courses/7?as_user_id=9"),
    ("GET", f"{BASE}/api/v1/courses/7?include[]=read_status"),
    ("GET", f"{BASE}/api/v1/courses/%2e%2e/accounts"),
]


def prepared(method: str, url: str) -> requests.PreparedRequest:
    request = requests.Request("GET", BASE).prepare()
    request.method, request.url = method, url  # as it is: requests would tidy some of them
    return request


def adapter_to(*addresses: str) -> GuardedAdapter:
    return GuardedAdapter(ORIGIN, agent="x", timeout_s=0.1, resolve=lambda host, port: addresses)


@pytest.mark.parametrize(("method", "url"), NEVER_SENT)
def test_only_listed_reads_of_the_origin_are_sent(method: str, url: str) -> None:
    with pytest.raises(ContractError):
        adapter_to().send(prepared(method, url))


def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    with pytest.raises(ConfigError, match=r"resolves to a private address \(10\.0\.0\.1\)"):
        adapter_to("10.0.0.1", "::1").send(prepared("GET", f"{BASE}/api/v1/accounts"))


def test_a_name_without_an_address_is_a_lost_connection() -> None:
    with pytest.raises(requests.ConnectionError):
        adapter_to().send(prepared("GET", f"{BASE}/api/v1/accounts"))


def test_canvasapi_uses_the_guarded_session_and_no_other() -> None:
    canvas = guarded_canvas(ORIGIN, token=TOKEN, timeout_s=1)
    session = canvas._Canvas__requester._session
    assert {type(adapter) for adapter in session.adapters.values()} == {GuardedAdapter}
    assert list(session.adapters) == ["https://"]


def test_the_connections_below_it_are_ours_and_no_other() -> None:
    """urllib3 makes them where `_new_conn` is, and nowhere else."""
    pool = adapter_to().poolmanager.connection_from_url(BASE)
    made = pool._new_conn()
    assert isinstance(made, _Checked)
    assert type(made)._new_conn is _Checked._new_conn


@pytest.mark.usefixtures("loud")
def test_the_libraries_below_are_kept_from_logging_bodies_and_addresses() -> None:
    quiet_wire_logs()
    assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in TALKATIVE)
    assert not logging.getLogger("canvasapi.requester").isEnabledFor(logging.DEBUG)
