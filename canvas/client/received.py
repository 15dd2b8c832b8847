"""The bytes of one file: handed on chunk by chunk, summed, and proven to be all of them.

Holds one chunk at a time. Knows nothing of addresses or credentials.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from canvas.errors import BadRecordError, ConnectionLostError, ContractError

Receive = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded:
    """A whole file: how many bytes the receiver got, what they are said to be, and their hash."""

    bytes: int
    content_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What becomes of the bytes, and how many there may be; `size`: as the File object says."""

    to: Receive
    max_bytes: int
    size: int | None = None

    def refuse_larger(self, size: int) -> None:
        if size > self.max_bytes:
            raise BadRecordError(
                cause=f"the file is larger than {self.max_bytes} bytes",
                next_step="allow larger files, or leave this one in Canvas",
            )


async def received(response: httpx.Response, *, wanted: Wanted) -> Downloaded:
    """The answer handed on. Raises ConnectionLostError for a part, BadRecordError for too much."""
    expected = _expected_bytes(response.headers, wanted=wanted)
    digest, count = hashlib.sha256(), 0
    async for chunk in response.aiter_raw():
        count += len(chunk)
        wanted.refuse_larger(count)
        digest.update(chunk)
        await wanted.to(chunk)
    if expected is not None and count != expected:
        raise ConnectionLostError(cause="the file did not come whole")
    return Downloaded(
        bytes=count,
        content_type=response.headers.get("content-type", ""),
        sha256=digest.hexdigest(),
    )


def _expected_bytes(headers: httpx.Headers, *, wanted: Wanted) -> int | None:
    """How long the file must be; None only if its chunks mark its end. Source: RFC 9112 6.3."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ContractError(cause="a file came in an encoding that was not asked for")
    named = headers.get("content-length", "").strip()
    length = int(named) if named.isdecimal() else None
    if length is None and wanted.size is None and "transfer-encoding" not in headers:
        raise ContractError(cause="a file came without a mark of its end")
    if length is not None and wanted.size not in (None, length):
        raise BadRecordError(
            cause="the file has another size than Canvas names",
            next_step="read the file's record again; it may have been replaced",
        )
    expected = wanted.size if length is None else length
    wanted.refuse_larger(expected or 0)
    return expected
