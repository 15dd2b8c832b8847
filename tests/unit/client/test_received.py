"""A file comes whole or not at all."""

import asyncio
import hashlib

import httpx
import pytest

from canvas.client.received import Downloaded
from canvas.errors import BadRecordError, ConnectionLostError, ContractError
from tests.unit.client.canned import BASE, Chunks, Step, breaks
from tests.unit.client.fetching import FILE, PATH, SENT, Fetching, whole


async def test_a_file_is_handed_on_and_summed() -> None:
    fetching = Fetching(whole(FILE[:4], FILE[4:]))
    got = await fetching(f"{BASE}{PATH}")
    assert got == Downloaded(
        bytes=len(FILE), content_type="text/plain", sha256=hashlib.sha256(FILE).hexdigest()
    )
    assert bytes(fetching.kept) == FILE
    assert fetching.authorized == [True]


async def test_a_file_said_to_be_too_large_is_not_even_begun() -> None:
    fetching = Fetching(whole(FILE[:4], FILE[4:]))
    with pytest.raises(BadRecordError, match="larger than 14 bytes"):
        await fetching(max_bytes=14)
    assert fetching.kept == b""


async def test_a_file_that_grows_too_large_is_broken_off() -> None:
    endless = Chunks(*[b"x" * 60] * 10)
    fetching = Fetching(
        lambda _: httpx.Response(200, headers={"transfer-encoding": "chunked"}, stream=endless)
    )
    with pytest.raises(BadRecordError, match="larger than"):
        await fetching()
    assert len(fetching.kept) == 60


@pytest.mark.parametrize("length", [len(FILE) + 1, len(FILE) - 1])
async def test_a_length_that_does_not_fit_is_no_whole_file(length: int) -> None:
    with pytest.raises(ConnectionLostError, match="whole"):
        await Fetching(whole(content_length=str(length)))()


async def test_a_connection_that_breaks_is_no_whole_file() -> None:
    broken = Chunks(FILE, error=httpx.RemoteProtocolError("peer closed connection"))
    step: Step = lambda _: httpx.Response(200, headers=SENT, stream=broken)  # noqa: E731
    with pytest.raises(ConnectionLostError):
        await Fetching(step)()


async def test_a_file_of_another_size_than_its_record_says_is_refused() -> None:
    assert (await Fetching(whole())(size=len(FILE))).bytes == len(FILE)
    with pytest.raises(BadRecordError, match="another size"):
        await Fetching(whole())(size=7)


async def test_a_file_whose_end_nothing_marks_needs_its_size() -> None:
    def bare(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Chunks(FILE))

    assert (await Fetching(bare)(size=len(FILE))).bytes == len(FILE)
    with pytest.raises(ContractError, match="mark of its end"):
        await Fetching(bare)()
    with pytest.raises(ConnectionLostError, match="whole"):
        await Fetching(bare)(size=len(FILE) + 1)


async def test_an_encoding_nobody_asked_for_is_refused() -> None:
    fetching = Fetching(whole(content_encoding="gzip"))
    with pytest.raises(ContractError, match="encoding"):
        await fetching()
    assert fetching.script.requests[0].headers["accept-encoding"] == "identity"


async def test_a_file_that_drips_ends_at_its_deadline() -> None:
    async def wait(chunk: bytes) -> None:
        await asyncio.sleep(60)

    with pytest.raises(ConnectionLostError, match="in time"):
        await Fetching(whole(), total_s=0.01)(to=wait)


async def test_an_error_of_the_receiver_is_not_taken_for_one_of_canvas() -> None:
    async def full(chunk: bytes) -> None:
        raise TimeoutError("the disk")

    with pytest.raises(TimeoutError, match="the disk"):
        await Fetching(whole())(to=full)


async def test_a_lost_connection_is_an_error_of_ours() -> None:
    with pytest.raises(ConnectionLostError):
        await Fetching(breaks(httpx.ConnectError("no")))()
