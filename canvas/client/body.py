"""The body of an answer, decompressed under a bound.

httpx decompresses each chunk whole and does not notice half a gzip stream, so the raw bytes are
read and decompressed here (decisions: a 306 KB bomb became a 67 MB chunk). isal does it in half the
time of zlib.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx
from isal import isal_zlib

from canvas.client.policy import BODY_START_BYTES
from canvas.errors import CanvasDownError, ContractError

STEP_BYTES: Final = 256 * 1024
_GZIP: Final = 16 + isal_zlib.MAX_WBITS
_DAMAGED: Final[type[Exception]] = isal_zlib.error  # type: ignore[assignment]  # so in its stub


async def read_body(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The whole body. Raises ContractError when it is larger than `max_bytes`."""
    parts: list[bytes] = []
    size = 0
    async for part in _decoded(response):
        size += len(part)
        if size > max_bytes:
            raise ContractError(
                cause=f"Canvas sent an answer of more than {max_bytes // 1024**2} MiB",
                next_step="check that the address is a Canvas; if it is, report this listing",
            )
        parts.append(part)
    return b"".join(parts)


async def read_start(response: httpx.Response, *, max_bytes: int) -> bytes:
    """At most the first `max_bytes`: enough of a refusal to know it by, whatever its size."""
    start = b""
    async for part in _decoded(response):
        start += part
        if len(start) >= max_bytes:
            break
    return start[:max_bytes]


async def read_answer(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The whole body of a good answer, the start of any other. Raises what `read_body` raises."""
    if response.status_code == httpx.codes.OK:
        return await read_body(response, max_bytes=max_bytes)
    return await read_start(response, max_bytes=BODY_START_BYTES)


async def _decoded(response: httpx.Response) -> AsyncIterator[bytes]:
    if response.is_stream_consumed:  # a transport that hands over whole answers
        yield response.content
        return
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding == "identity":
        async for chunk in response.aiter_raw():
            yield chunk
    elif encoding in ("gzip", "x-gzip"):
        gunzip = _Gunzip()
        async for chunk in response.aiter_raw():
            for part in gunzip.feed(chunk):
                yield part
        gunzip.finish()
    else:
        raise ContractError(cause="Canvas sent an encoding that was not asked for")


class _Gunzip:
    """A gzip stream, possibly of several members, in steps of bounded size."""

    def __init__(self) -> None:
        self._member = isal_zlib.decompressobj(_GZIP)
        self._fed = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        rest = chunk
        while rest:
            if self._member.eof:
                self._member = isal_zlib.decompressobj(_GZIP)
            self._fed = True
            yield self._step(rest)
            rest = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def finish(self) -> None:
        if self._fed and not self._member.eof:
            raise CanvasDownError(cause="Canvas sent half a compressed answer")

    def _step(self, compressed: bytes) -> bytes:
        try:
            return self._member.decompress(compressed, STEP_BYTES)
        except _DAMAGED as error:
            raise CanvasDownError(cause="Canvas sent a damaged compressed answer") from error
