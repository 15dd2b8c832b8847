"""httpx connects to exactly the address that was checked, and to no other."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import pytest

from canvas.client.network import Resolve, guarded_transport, system_resolve
from canvas.errors import ConfigError

NAME = "school.example.edu"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
LAST_ANSWER = ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
PUBLIC, OTHER, PRIVATE = "8.8.8.8", "1.1.1.1", "10.0.0.1"


class Somewhere(socket.socket):
    """A socket that leads to a server of the test, whatever it is connected to."""

    dial: "Dial"

    def connect(self, address: Any) -> None:
        self.dial.dialed.append(f"{address[0]} {address[1]}")
        if address[0] in self.dial.dead:
            raise ConnectionRefusedError
        quiet = address[0] in self.dial.silent
        super().connect(("127.0.0.1", self.dial.quiet_port if quiet else self.dial.port))


class Dial:
    """Makes sockets that keep where they were to lead, and what they then said."""

    def __init__(self, *, dead: Iterable[str] = (), silent: Iterable[str] = ()) -> None:
        self.dead, self.silent = set(dead), set(silent)
        self.dialed: list[str] = []
        self.port = 0
        self.heard: list[bytes] = []
        self._full = [socket.create_server(("127.0.0.1", 0), backlog=0)]

    @property
    def quiet_port(self) -> int:
        """Whose line is full: nobody answers there."""
        port: int = self._full[0].getsockname()[1]
        for _ in range(2):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
            self._full.append(waiting)
        return port

    def close(self) -> None:
        for one in self._full:
            one.close()

    def __call__(self, wanted: aiohttp.AddrInfoType) -> socket.socket:
        made = Somewhere(socket.AF_INET, socket.SOCK_STREAM)
        made.dial = self
        made.setblocking(False)
        return made


def resolving(*answers: Sequence[str] | Exception) -> Resolve:
    """Gives the n-th answer to the n-th question, the last one for ever."""
    rest = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        answer = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return resolve


@asynccontextmanager
async def client(
    dial: Dial,
    resolve: Resolve,
    *,
    allow_private: bool = False,
    answer: bytes = ANSWER,
    answers: int = 10,
) -> AsyncIterator[httpx.AsyncClient]:
    """`answers` come on one connection, whose next request is heard and not answered."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = answers
        while heard := await reader.read(65_536):
            dial.heard.append(heard)
            if not left:
                break
            left -= 1
            writer.write(answer)
            if answer is not ANSWER:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    dial.port = server.sockets[0].getsockname()[1]
    transport = guarded_transport(allow_private=allow_private, resolve=resolve, dial=dial)
    async with server, httpx.AsyncClient(transport=transport, trust_env=False) as http:
        yield http
    dial.close()


async def got(dial: Dial, resolve: Resolve, url: str = f"http://{NAME}/x") -> httpx.Response:
    async with client(dial, resolve) as http:
        return await http.get(url)


async def test_the_checked_address_is_dialed_and_the_name_is_kept() -> None:
    dial = Dial()
    response = await got(dial, resolving([PUBLIC]))
    assert response.text == "[]"
    assert dial.dialed == [f"{PUBLIC} 80"]
    assert f"\r\nHost: {NAME}\r\n".encode() in dial.heard[0]


@pytest.mark.parametrize("private", [PRIVATE, "127.0.0.1", "169.254.169.254", "::1", "fe80::1%2"])
async def test_a_name_that_leads_inside_is_never_dialed(private: str) -> None:
    dial = Dial()
    with pytest.raises(ConfigError, match=f"{NAME} resolves to a private address"):
        await got(dial, resolving([private]))
    assert dial.dialed == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1"])
async def test_a_private_address_itself_is_never_dialed(host: str) -> None:
    dial = Dial()
    with pytest.raises(ConfigError, match="CANVAS_ALLOW_INSECURE"):
        await got(dial, resolving([PUBLIC]), f"http://{host}/x")
    assert dial.dialed == []


async def test_with_permission_a_private_address_is_dialed() -> None:
    dial = Dial()
    async with client(dial, resolving([PRIVATE]), allow_private=True) as http:
        await http.get(f"http://{NAME}:3000/x")
        await http.get("http://127.0.0.1:3000/x")
    assert dial.dialed == [f"{PRIVATE} 3000", "127.0.0.1 3000"]


async def test_an_answer_that_changes_is_checked_for_every_connection() -> None:
    dial = Dial()
    async with client(dial, resolving([PUBLIC], [PRIVATE]), answer=LAST_ANSWER) as http:
        await http.get(f"http://{NAME}/x")
        with pytest.raises(ConfigError):
            await http.get(f"http://{NAME}/x")
    assert dial.dialed == [f"{PUBLIC} 80"]


async def test_a_kept_connection_stays_with_its_address() -> None:
    dial = Dial()
    async with client(dial, resolving([PUBLIC], [PRIVATE])) as http:
        await http.get(f"http://{NAME}/x")
        await http.get(f"http://{NAME}/y")
    assert dial.dialed == [f"{PUBLIC} 80"]


async def test_the_next_address_is_tried_when_one_is_dead_and_private_ones_never() -> None:
    dial = Dial(dead=[OTHER])
    await got(dial, resolving([OTHER, PRIVATE, PUBLIC]))
    assert dial.dialed == [f"{OTHER} 80", f"{PUBLIC} 80"]


async def test_the_next_address_is_tried_soon_when_one_does_not_answer() -> None:
    dial = Dial(silent=[OTHER])
    await got(dial, resolving([OTHER, PUBLIC]))
    assert dial.dialed == [f"{OTHER} 80", f"{PUBLIC} 80"]


async def test_all_attempts_together_stay_within_the_time_to_connect() -> None:
    dial = Dial(silent=[OTHER, PUBLIC])
    async with client(dial, resolving([OTHER, PUBLIC])) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await http.get(f"http://{NAME}/x", timeout=0.05)


@pytest.mark.parametrize(
    "trouble", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), []]
)
async def test_a_name_without_an_address_is_a_failed_connection(trouble: Any) -> None:
    with pytest.raises(httpx.ConnectError):
        await got(Dial(), resolving(trouble))


async def test_a_name_server_that_hangs_is_a_connection_not_made_in_time() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        raise AssertionError

    async with client(Dial(), resolve) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await http.get(f"http://{NAME}/x", timeout=0.01)


async def test_the_system_is_asked_for_both_families() -> None:
    assert await system_resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert await system_resolve("::1", 80) == ["::1"]


async def test_a_request_is_never_sent_twice_by_itself() -> None:
    """A kept connection that ends just when it is used again: whoever asks must know of it."""
    dial = Dial()
    async with client(dial, resolving([PUBLIC]), answers=1) as http:
        await http.get(f"http://{NAME}/x")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(f"http://{NAME}/y")
    assert sum(heard.count(b"GET /y ") for heard in dial.heard) == 1


async def test_nothing_is_added_to_what_httpx_asks_for() -> None:
    dial = Dial()
    await got(dial, resolving([PUBLIC]))
    heard = dial.heard[0].decode()
    names = [line.partition(":")[0].lower() for line in heard.splitlines()[1:] if line]
    assert sorted(names) == ["accept", "accept-encoding", "connection", "host", "user-agent"]
    assert f"python-httpx/{httpx.__version__}" in heard


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"SMTP ready\r\n\r\n", httpx.RemoteProtocolError),
        (ANSWER.replace(b"2", b"9"), httpx.RemoteProtocolError),
        (b"", httpx.RemoteProtocolError),
        (
            ANSWER.replace(b"OK\r\n", b"OK\r\nX: " + b"x" * 70_000 + b"\r\n"),
            httpx.RemoteProtocolError,
        ),
    ],
    ids=["no http", "cut", "nothing", "endless header"],
)
async def test_what_is_no_answer_is_an_error_of_httpx(answer: bytes, kind: type[Exception]) -> None:
    async with client(Dial(), resolving([PUBLIC]), answer=answer) as http:
        with pytest.raises(kind):
            await http.get(f"http://{NAME}/x")
