"""S2 where names are resolved and TLS is made: only the checked address, only by its name."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from canvas.client.guard import GuardedAdapter
from canvas.client.network import guarded_transport
from canvas.client.origin import parse_base_url
from canvas.client.transport import shared_tls
from canvas.errors import ConfigError, ContractError
from tests.acceptance.driver import TOKEN
from tests.acceptance.evil import Evil, answer, certificate, evil_server
from tests.acceptance.foreign import ACCOUNTS, control, page, walk

NAME = "school.example.edu"


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


@pytest.fixture
def tls_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Evil]:
    """A Canvas by TLS, whose authority this process trusts for the test."""
    context, authority = certificate(tmp_path, NAME, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    shared_tls.cache_clear()
    with evil_server(context) as server:
        yield server
    shared_tls.cache_clear()


async def test_s2_a_link_to_http_is_followed_by_tls_only(tls_home: Evil, evil: Evil) -> None:
    base = tls_home.url(host="localhost")
    tls_home.otherwise = page("http://localhost:{h}/api/v1/accounts?p=2", home=tls_home, evil=evil)
    with pytest.raises(ContractError, match="circle"):
        await walk(base)
    assert [heard.count(TOKEN.encode()) for heard in tls_home.heard] == [1, 1]


async def test_s2_a_link_from_tls_to_http_elsewhere_is_not_followed(
    tls_home: Evil, evil: Evil
) -> None:
    tls_home.otherwise = page("http://localhost:{e}/api/v1/accounts", home=tls_home, evil=evil)
    for read in (walk, control):
        with pytest.raises(ContractError):
            await read(tls_home.url(host="localhost"))
    assert evil.connections == 0


@pytest.mark.parametrize("read", [walk, control])
async def test_s2_a_certificate_of_another_name_gets_no_request(
    tls_home: Evil, read: Callable[[str], Any]
) -> None:
    with pytest.raises(ConfigError, match="certificate"):
        await read(tls_home.url(host="127.0.0.1"))
    assert tls_home.connections > 0
    assert tls_home.everything == b""


class Rerouted(socket.socket):
    """Where it is connected to a public address, it leads to this machine."""

    def connect(self, address: Any) -> None:
        host, *rest = address
        super().connect(("127.0.0.1" if host == "8.8.8.8" else host, *rest))


def reroute(wanted: aiohttp.AddrInfoType) -> socket.socket:
    made = Rerouted(wanted[0], socket.SOCK_STREAM)
    made.setblocking(False)
    return made


def answering(*answers: str) -> Callable[[str, int], Any]:
    rest = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [rest.pop(0) if len(rest) > 1 else rest[0]]

    return resolve


def rerouted(*answers: str) -> httpx.AsyncBaseTransport:
    return guarded_transport(allow_private=False, resolve=answering(*answers), dial=reroute)


async def test_s2_a_name_that_turns_private_gets_no_second_connection(
    tls_home: Evil, evil: Evil
) -> None:
    tls_home.otherwise = page(f"/{ACCOUNTS[1:]}?p=2", home=tls_home, evil=evil)
    with pytest.raises(ConfigError, match=rf"{NAME} resolves to a private address"):
        await walk(
            tls_home.url(host=NAME),
            allow_insecure=False,
            transport=rerouted("8.8.8.8", "127.0.0.1"),
        )
    assert tls_home.names == [NAME]
    assert tls_home.connections == 1


def adapter(home: Evil, *, allow_private: bool) -> GuardedAdapter:
    origin = parse_base_url(home.url(host=NAME), allow_insecure=False)
    return GuardedAdapter(
        origin,
        agent="x",
        timeout_s=2,
        allow_private=allow_private,
        resolve=lambda host, port: ["127.0.0.1"],
    )


def test_s2_canvasapi_does_not_connect_to_a_name_that_leads_inside(tls_home: Evil) -> None:
    request = requests.Request("GET", tls_home.url(ACCOUNTS, host=NAME)).prepare()
    with pytest.raises(ConfigError, match="resolves to a private address"):
        adapter(tls_home, allow_private=False).send(request)
    assert tls_home.connections == 0


def test_s2_canvasapi_connects_to_the_checked_address_by_the_name(tls_home: Evil) -> None:
    tls_home.otherwise = answer(b"[]")
    request = requests.Request("GET", tls_home.url(ACCOUNTS, host=NAME)).prepare()
    adapter(tls_home, allow_private=True).send(request)
    assert tls_home.names == [NAME]
    assert f"Host: {NAME}:{tls_home.port}".encode() in tls_home.everything
