"""S2 for files: storage is sent to where Canvas says, and never learns the token."""

from collections.abc import Iterator

import pytest

from canvas.client import CanvasClient, LocalBudget
from canvas.errors import ConnectionLostError, ContractError
from tests.acceptance.driver import TOKEN
from tests.acceptance.evil import Evil, answer, evil_server

PATH = "/files/7/download"
CREDENTIALS = (b"authorization", b"cookie", b"referer", TOKEN.encode())


@pytest.fixture
def home() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


@pytest.fixture
def storage() -> Iterator[Evil]:
    with evil_server() as server:
        server.otherwise = answer(b"notes", content_type="text/plain")
        yield server


async def download(home: Evil, *, allow_insecure: bool = True) -> bytes:
    kept = bytearray()

    async def keep(chunk: bytes) -> None:
        kept.extend(chunk)

    async with CanvasClient(
        home.url(), token=TOKEN, budget=LocalBudget(), allow_insecure=allow_insecure
    ) as client:
        got = await client.download(f"{PATH}?verifier=x", to=keep, max_bytes=1_000)
    assert got.bytes == len(kept)
    return bytes(kept)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_s2_storage_is_asked_without_credentials(
    home: Evil, storage: Evil, status: int
) -> None:
    home.answers[PATH] = answer(
        b"", status=status, location=storage.url("/a?sig=1"), set_cookie="session=1; Path=/"
    )
    assert await download(home) == b"notes"
    assert f"Authorization: Bearer {TOKEN}".encode() in home.everything
    assert storage.paths == ["/a?sig=1"]
    assert not any(secret in storage.everything.lower() for secret in CREDENTIALS)


async def test_s2_a_redirect_back_to_canvas_carries_no_token(home: Evil, storage: Evil) -> None:
    home.answers[PATH] = answer(b"", status=302, location=storage.url("/a"))
    storage.answers["/a"] = answer(b"", status=302, location=home.url("/files/8/download"))
    home.answers["/files/8/download"] = answer(b"notes")
    assert await download(home) == b"notes"
    first, again = (bytes(heard) for heard in home.heard)
    assert TOKEN.encode() in first
    assert not any(secret in again.lower() for secret in CREDENTIALS)


async def test_s2_a_cut_file_is_not_returned(home: Evil, storage: Evil) -> None:
    home.answers[PATH] = answer(b"", status=302, location=storage.url("/a"))
    for cut in (answer(b"not", content_length="5"), _half_a_chunk()):
        storage.answers["/a"] = cut
        with pytest.raises(ConnectionLostError):
            await download(home)


def _half_a_chunk() -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nnotes\r\n"


async def test_s2_a_file_is_asked_for_at_our_canvas_only(home: Evil, storage: Evil) -> None:
    async def keep(chunk: bytes) -> None:
        raise AssertionError

    async with CanvasClient(
        home.url(), token=TOKEN, budget=LocalBudget(), allow_insecure=True
    ) as client:
        with pytest.raises(ContractError):
            await client.download(storage.url(PATH), to=keep, max_bytes=1)
    assert storage.connections == 0
