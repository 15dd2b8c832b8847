"""The body of an answer that requests fetched, read under a bound and a deadline.

requests reads a body whole, and decompresses it, before anybody may look at it.
"""

from __future__ import annotations

import time
from typing import Final

import requests

from canvas.errors import AnswerTimeoutError, ContractError

NOT_COMPRESSED: Final = "identity"
MAX_BYTES: Final = 32 * 1024**2
TOTAL_S: Final = 120.0
STEP_BYTES: Final = 64 * 1024


def read_bounded(response: requests.Response, *, enough: int | None = None) -> None:
    """Read the body into `response`, or only about `enough` bytes of it, and let go of the rest.

    `response` was asked for as a stream and uncompressed. Raises ContractError for one that is
    compressed all the same or too large, AnswerTimeoutError, and what requests raises.
    """
    try:
        response._content = _read(response, enough=enough)
        response._content_consumed = True
    finally:
        response.close()


def _read(response: requests.Response, *, enough: int | None) -> bytes:
    if response.headers.get("content-encoding", NOT_COMPRESSED).lower() != NOT_COMPRESSED:
        raise ContractError(cause="Canvas sent an encoding that was not asked for")
    deadline, body = time.monotonic() + TOTAL_S, bytearray()
    for step in response.iter_content(STEP_BYTES):
        body += step
        if enough is not None and len(body) >= enough:
            break
        if len(body) > MAX_BYTES:
            raise ContractError(
                cause=f"Canvas sent an answer of more than {MAX_BYTES // 1024**2} MiB"
            )
        if time.monotonic() > deadline:
            raise AnswerTimeoutError
    return bytes(body)
