"""One page of a listing: its records still as the bytes Canvas sent, and where it stood.

Splits a body into records without decoding them, so that one bad record spoils no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from canvas.errors import CanvasDownError, ContractError

SESSION_PREFIX: Final = b"while(1);"
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_SCANNER: Final = json.JSONDecoder(parse_int=float, strict=False)  # as tolerant as it can be made
_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records in Canvas's order, each a JSON value not yet decoded.

    `next_url` is opaque and already admitted; None only on the last page. `number` counts from 1
    within one walk. `body_bytes` is the size after decompression. `date` is the clock of Canvas
    when it answered, `asked_at` when it was asked (see `clock`). `proven_last`: this page shows
    that the listing ends with it; a page without `next_url` that is not proven may be one whose
    links were lost, so it proves no deletion.
    """

    records: list[msgspec.Raw]
    next_url: str | None
    number: int
    status: int
    body_bytes: int
    date: datetime | None
    path: str
    asked_at: datetime | None = None
    proven_last: bool = False


def split(body: bytes, *, listing: bool) -> list[msgspec.Raw]:
    """One Raw per element of a listing, or the one Raw of an object.

    Raises CanvasDownError (retryable) for half a body and ContractError for a whole one of the
    wrong kind. Source: canvas-api 7.4 for the prefix.
    """
    content = body.strip().removeprefix(SESSION_PREFIX).strip()
    if listing and content[:1] == b"[":
        return _elements(content)
    _scan_whole(content)
    if listing or content[:1] != b"{":
        wanted = "a list" if listing else "an object"
        raise ContractError(cause=f"Canvas answered with something else than {wanted}")
    return [msgspec.Raw(content)]


def _elements(content: bytes) -> list[msgspec.Raw]:
    try:
        return _LIST.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Either half a body, or a record holds NaN or broken text: the slow scanner knows.
        return list(_scan_elements(content.decode("utf-8", "surrogateescape")))
    except RecursionError as error:
        raise _nested() from error


def _scan_elements(text: str) -> Iterator[msgspec.Raw]:
    position = _skip_blank(text, 1)
    if text[position : position + 1] == "]" and position == len(text) - 1:
        return
    while True:
        start, end = position, _scan_value(text, position)
        yield msgspec.Raw(text[start:end].encode("utf-8", "surrogateescape"))
        position = _skip_blank(text, end)
        if text[position:] == "]":
            return
        if text[position : position + 1] != ",":
            raise _cut()
        position = _skip_blank(text, position + 1)


def _scan_whole(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    if _scan_value(text, 0) != len(text):
        raise _cut()


def _scan_value(text: str, start: int) -> int:
    """Where the JSON value that starts here ends. Raises CanvasDownError if it does not end."""
    try:
        _, end = _SCANNER.raw_decode(text, start)
    except ValueError as error:
        raise _cut() from error
    except RecursionError as error:
        raise _nested() from error
    return end


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANK:
        position += 1
    return position


def _cut() -> CanvasDownError:
    return CanvasDownError(cause="Canvas sent half an answer")


def _nested() -> ContractError:
    return ContractError(cause="Canvas sent an answer nested too deeply to read")
