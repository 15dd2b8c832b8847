"""A request leaves once and as it was built; what came of it is given back."""

import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from canvas.client import TokenAuth, parse_base_url
from canvas.client.closed import ClosedClient
from canvas.errors import ContractError

BASE = "https://school.instructure.com"
ORIGIN = parse_base_url(BASE, allow_insecure=False)


class Body(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"[]"

    async def aclose(self) -> None:
        self.is_closed = True


class Transport(httpx.AsyncBaseTransport):
    """Answers everything alike, and keeps what was asked."""

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.body, self.requests = Body(), list[httpx.Request]()
        self._status, self._headers = status, headers
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, headers=self._headers, stream=self.body)

    async def aclose(self) -> None:
        self.is_closed = True


def client(transport: Transport) -> ClosedClient:
    timeout = httpx.Timeout(7.0, connect=3.0, pool=None)
    headers = {"User-Agent": "mirror", "Accept": "application/json"}
    return ClosedClient(headers=headers, timeout=timeout, allow_private=False, transport=transport)


@pytest.mark.parametrize("fails", [False, True])
async def test_an_answer_is_given_back_however_it_is_left(fails: bool) -> None:
    transport = Transport()
    with contextlib.suppress(OSError):
        async with client(transport).stream("GET", httpx.URL(BASE)) as answer:
            assert not transport.body.is_closed
            assert answer.request.url == BASE
            if fails:
                raise OSError("disk full")
    assert transport.body.is_closed


async def test_a_redirect_is_an_answer_and_a_cookie_is_forgotten() -> None:
    transport = Transport(302, location=f"{BASE}/login", **{"set-cookie": "session=1"})
    http = client(transport)
    for _ in range(2):
        async with http.stream("GET", httpx.URL(BASE)) as answer:
            assert answer.status_code == 302
    assert [request.url for request in transport.requests] == [BASE, BASE]
    assert "cookie" not in transport.requests[1].headers


async def test_nothing_of_an_address_or_the_environment_signs_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    transport = Transport()
    url = httpx.URL("https://user:secret@school.instructure.com/x")
    async with client(transport).stream("POST", url, content=b"a", headers={"X-A": "b"}):
        pass
    (request,) = transport.requests
    assert "authorization" not in request.headers
    assert (request.headers["x-a"], request.headers["content-length"]) == ("b", "1")
    assert (request.headers["user-agent"], request.extensions["timeout"]["read"]) == ("mirror", 7.0)


async def test_what_goes_elsewhere_never_leaves() -> None:
    transport = Transport()
    auth = TokenAuth("secret-token", origin=ORIGIN)
    with pytest.raises(ContractError):
        async with client(transport).stream("GET", httpx.URL("https://evil.test/x"), auth=auth):
            pass
    assert transport.requests == []


async def test_closing_it_closes_the_transport() -> None:
    transport = Transport()
    await client(transport).aclose()
    assert transport.is_closed
