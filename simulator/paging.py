"""Both of Canvas's paging styles and the Link header (canvas-api 2.1 to 2.3)."""

from __future__ import annotations

import base64
import binascii
import bisect
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.call import Call, Listing
from simulator.errors import not_found

LINK_BUDGET_BYTES = 6 * 1024
LINK_ORDER = ("next", "last", "prev", "current", "first")
DEFAULT_PER_PAGE = 10
BOOKMARK = "bookmark:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The rows of one page, its links by rel, and its number as walked from the first."""

    rows: Sequence[Any]
    links: dict[str, str]
    number: int


def per_page_of(text: str | None, *, limit: int) -> int:
    """per_page as Canvas clamps it: default 10, 1 to `limit`, text counts as 0 and becomes 1."""
    if text is None:
        return min(limit, DEFAULT_PER_PAGE)
    match = re.match(r"\s*-?\d+", text)
    return min(limit, max(1, int(match.group()) if match else 0))


def paginate(listing: Listing, call: Call) -> Page:
    """The page a request asks for. Raises Refusal for a page value the style rejects."""
    return _ordinal(listing, call) if listing.key is None else _bookmarked(listing, call)


def page_number(call_page: str | None) -> int:
    """The number of the page a page value stands for, in either style."""
    text = call_page or "first"
    if text.isdigit():
        return int(text)
    return int((_decode(text) or {"n": 1})["n"])


def _ordinal(listing: Listing, call: Call) -> Page:
    text = call.query.one("page") or "1"
    if not text.isdigit() or int(text) < 1:
        raise not_found()
    number, size = int(text), per_page_of(call.query.one("per_page"), limit=call.world.page_limit)
    rows = listing.rows[(number - 1) * size : number * size]
    last = max(1, -(-len(listing.rows) // size))
    pages: dict[str, Any] = {"current": number, "first": 1}
    if number < last:
        pages["next"] = number + 1
    if number > 1:
        pages["prev"] = number - 1
    if listing.last:
        pages["last"] = last
    return Page(rows=rows, links=_links(call, pages, size), number=number)


def _bookmarked(listing: Listing, call: Call) -> Page:
    assert listing.key is not None
    text = call.query.one("page") or "first"
    size = per_page_of(call.query.one("per_page"), limit=call.world.page_limit)
    # An undecodable bookmark is silently the first page (canvas-api 2.2).
    mark = _decode(text)
    number = int(mark["n"]) if mark else 1
    start = bisect.bisect_right(listing.rows, mark["k"], key=listing.key) if mark else 0
    rows = _reach(listing, start, size + 1)
    pages: dict[str, Any] = {"current": text if mark else "first", "first": "first"}
    if len(rows) > size:
        rows.pop()
        pages["next"] = _encode({"k": listing.key(rows[-1]), "n": number + 1})
    return Page(rows=rows, links=_links(call, pages, size), number=number)


def _reach(listing: Listing, start: int, count: int) -> list[Any]:
    if listing.keep is None:
        return list(listing.rows[start : start + count])
    reached: list[Any] = []
    for position in range(start, len(listing.rows)):
        if listing.keep(listing.rows[position]):
            reached.append(listing.rows[position])
            if len(reached) == count:
                break
    return reached


def _links(call: Call, pages: dict[str, Any], size: int) -> dict[str, str]:
    base = call.base + call.path
    return {
        rel: call.query.page_url(base, page=str(page), per_page=size) for rel, page in pages.items()
    }


def link_header(links: dict[str, str]) -> str:
    """The Link header, cut where 6 KB are used up: even next can be lost (canvas-api 2.1)."""
    parts: list[str] = []
    used = 0
    for rel in LINK_ORDER:
        if rel not in links:
            continue
        part = f'<{links[rel]}>; rel="{rel}"'
        used += len(part) + 1
        if used > LINK_BUDGET_BYTES:
            break
        parts.append(part)
    return ",".join(parts)


def _encode(mark: dict[str, Any]) -> str:
    text = json.dumps(mark, separators=(",", ":"))
    return BOOKMARK + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> dict[str, Any] | None:
    if not text.startswith(BOOKMARK):
        return None
    code = text.removeprefix(BOOKMARK)
    try:
        mark = json.loads(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)))
        return mark if "k" in mark and "n" in mark else None
    except (ValueError, TypeError, binascii.Error):
        return None
