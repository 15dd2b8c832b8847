"""One page of a listing: its records still as the bytes Canvas sent, and where it stood.

Splits a body into records without decoding them, so that one bad record spoils no other.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from canvas.client.call import Answer, Call
from canvas.client.links import admitted_next, names_last, proves_end
from canvas.client.origin import Origin
from canvas.client.seen import Key
from canvas.errors import CanvasDownError, ContractError

SESSION_PREFIX: Final = b"while(1);"
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
SCANNER: Final = json.JSONDecoder(parse_int=float, strict=False)  # as tolerant as it can be made
_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records in Canvas's order, each a JSON value not yet decoded.

    `keys` are the ids of the records, None for one that has none or cannot be read; a page that was
    not read by a walk has no keys at all.
    `next_url` is opaque and already admitted; None only on the last page. `number` counts from 1
    within one walk. `body_bytes` is the size after decompression. `asked_at` is by the clock
    of Canvas (see `clock`). `ends_proven`: the links show
    that the listing ends with this page, `names_last`: they say which page is the last one.
    `completeness` is on the last page of a walk only.
    """

    records: list[msgspec.Raw]
    next_url: str | None
    number: int
    status: int
    body_bytes: int
    path: str
    asked_at: datetime | None = None
    ends_proven: bool = False
    names_last: bool = False
    completeness: Completeness | None = None
    keys: Sequence[Key | None] = ()


class Gap(enum.Enum):
    """Why a listing that was read to a page without a next one may still not be whole."""

    LINKS_LOST = "Canvas did not show where the list ends"
    ROWS_MOVED = "rows moved between its pages while they were read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What a walk that came to its end has proven; one that raised has proven nothing.

    Only a `proven` listing may say of a record that Canvas no longer has it. `duplicates` counts
    records whose id had been there before, `page_size` and `dropped` (includes) say what was asked
    for in the end, when Canvas could not bear more. `counted`: several pages told apart by their
    number; a row that left or moved while they were read may have hidden another, which no walk by
    itself can see. Source: canvas-api 2.4.
    """

    gap: Gap | None
    pages: int
    records: int
    duplicates: int
    counted: bool
    page_size: int
    dropped: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        return self.gap is None


def page_of(call: Call, answer: Answer, *, origin: Origin) -> Page:
    """Raises CanvasDownError for half a body, ContractError for one of the wrong kind."""
    headers = answer.headers
    following = admitted_next(headers, origin=origin, seen_on=call.url) if call.listing else None
    return Page(
        records=split(answer.body, listing=call.listing),
        next_url=following,
        number=call.number,
        status=answer.status,
        body_bytes=len(answer.body),
        asked_at=answer.asked_at,
        path=call.url.path,
        ends_proven=call.listing and proves_end(headers),
        names_last=call.listing and names_last(headers),
    )


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
    position = skip_blank(text, 1)
    if text[position : position + 1] == "]" and position == len(text) - 1:
        return
    while True:
        start, end = position, _scan_value(text, position)
        yield msgspec.Raw(text[start:end].encode("utf-8", "surrogateescape"))
        position = skip_blank(text, end)
        if position == len(text) - 1 and text[position] == "]":
            return
        if text[position : position + 1] != ",":
            raise _cut()
        position = skip_blank(text, position + 1)


def _scan_whole(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    if _scan_value(text, 0) != len(text):
        raise _cut()


def _scan_value(text: str, start: int) -> int:
    """Where the JSON value that starts here ends. Raises CanvasDownError if it does not end."""
    try:
        _, end = SCANNER.raw_decode(text, start)
    except ValueError as error:
        raise _cut() from error
    except RecursionError as error:
        raise _nested() from error
    return end


def skip_blank(text: str, position: int) -> int:
    """The next place that is not white space, which may be the end of the text."""
    while position < len(text) and text[position] in _BLANK:
        position += 1
    return position


def _cut() -> CanvasDownError:
    return CanvasDownError(cause="Canvas sent half an answer")


def _nested() -> ContractError:
    return ContractError(cause="Canvas sent an answer nested too deeply to read")
