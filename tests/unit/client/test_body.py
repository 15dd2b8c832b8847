"""Bodies as they come off the wire: compressed, cut, damaged, or made to blow up."""

import asyncio
import gzip
import tracemalloc
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.client.body import read_answer, read_body, read_start
from canvas.client.policy import BODY_START_BYTES
from canvas.errors import CanvasDownError, ContractError
from tests.unit.client.canned import Chunks

LIST = b"[" + b",".join(b'{"id":%d}' % number for number in range(2000)) + b"]"
PACKED = gzip.compress(LIST)
GZIPPED = {"content-encoding": "gzip"}


def answer(*pieces: bytes, encoding: str | None = "gzip", status: int = 200) -> httpx.Response:
    headers = {"content-encoding": encoding} if encoding else {}
    return httpx.Response(status, headers=headers, stream=Chunks(*pieces))


async def test_a_compressed_body_is_read_in_any_pieces() -> None:
    packed = gzip.compress(LIST)
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    assert await read_body(answer(*pieces), max_bytes=10**6) == LIST


async def test_several_compressed_members_are_one_body() -> None:
    packed = gzip.compress(LIST[:100]) + gzip.compress(LIST[100:])
    assert await read_body(answer(packed), max_bytes=10**6) == LIST


async def test_a_plain_body_is_taken_as_it_is() -> None:
    assert await read_body(answer(LIST, encoding=None), max_bytes=10**6) == LIST


async def test_an_empty_compressed_body_is_empty() -> None:
    assert await read_body(answer(b""), max_bytes=10) == b""


@given(st.integers(min_value=1, max_value=len(PACKED) - 1))
def test_half_a_compressed_body_is_noticed(length: int) -> None:
    with pytest.raises(CanvasDownError):
        asyncio.run(read_body(answer(PACKED[:length]), max_bytes=10**6))


async def test_a_damaged_compressed_body_is_noticed() -> None:
    packed = bytearray(gzip.compress(LIST))
    packed[-6] ^= 0xFF
    with pytest.raises(CanvasDownError):
        await read_body(answer(bytes(packed)), max_bytes=10**6)


async def test_a_bomb_is_stopped_at_the_bound_before_it_takes_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1024**2)) for _ in range(16)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(ContractError, match="more than 1 MiB"):
        await read_body(answer(bomb), max_bytes=1024**2)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4 * 1024**2


async def test_a_plain_body_is_bounded_too() -> None:
    with pytest.raises(ContractError):
        await read_body(answer(LIST, LIST, encoding=None), max_bytes=len(LIST))


async def test_of_a_refusal_only_the_start_is_read() -> None:
    assert await read_start(answer(LIST, encoding=None), max_bytes=10) == LIST[:10]


async def test_an_encoding_nobody_asked_for_is_refused() -> None:
    with pytest.raises(ContractError):
        await read_body(answer(b"x", encoding="br"), max_bytes=10)


async def test_a_transport_may_hand_over_a_whole_answer() -> None:
    whole = httpx.Response(200, headers=GZIPPED, content=gzip.compress(LIST))
    assert await read_body(whole, max_bytes=10**6) == LIST


async def test_a_refusal_of_any_size_is_known_by_its_start() -> None:
    large = b"x" * (BODY_START_BYTES + 1)
    refusal = answer(large, encoding=None, status=503)
    assert await read_answer(refusal, max_bytes=10) == large[:-1]
    with pytest.raises(ContractError):
        await read_answer(answer(large, encoding=None), max_bytes=10)
