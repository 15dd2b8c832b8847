"""Asking for less when an answer is too heavy: smaller pages first, optional includes last.

Source: canvas-api 7.5, traps 21 and 14. The place in the listing (`page`) is never touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

import httpx

from canvas.errors import AnswerTimeoutError, CanvasDownError

SMALLEST_PAGE: Final = 10
_SIZE: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_GAVE_UP: Final = (502, 504)  # what stands before Canvas did not want to wait any longer


def is_too_heavy(error: Exception) -> bool:
    """Whether asking for less may succeed where the same request would fail again."""
    if isinstance(error, AnswerTimeoutError):
        return True
    return isinstance(error, CanvasDownError) and error.status in _GAVE_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked for at once. `optional`: includes that may go, the first one first."""

    page_size: int
    optional: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def shrinks(self) -> bool:
        """Whether a smaller page can be asked for."""
        return self.page_size > SMALLEST_PAGE

    def clamped_to(self, url: httpx.URL) -> Load:
        """With the page size of a link of Canvas, where that is smaller: some clamp at 50."""
        sizes = [part.partition("=")[2] for part in _parts(url) if _is(part, "per_page")]
        given = [int(size) for size in sizes if _SIZE.fullmatch(size)]
        return replace(self, page_size=min([self.page_size, *given]))

    def lighter(self) -> Load | None:
        """Half the page down to ten records, then one include less; None when nothing is left."""
        if self.shrinks:
            return replace(self, page_size=max(SMALLEST_PAGE, self.page_size // 2))
        if self.optional:
            first, *rest = self.optional
            return replace(self, optional=tuple(rest), dropped=(*self.dropped, first))
        return None

    def applied_to(self, url: httpx.URL) -> httpx.URL:
        """The same address with this page size and without the dropped includes."""
        unwanted = {f"include[]={name}" for name in self.dropped}
        before = _parts(url)
        kept = [part for part in before if not unwanted or unquote_plus(part) not in unwanted]
        parts = [f"per_page={self.page_size}" if self._exceeded_by(p) else p for p in kept]
        return url if parts == before else url.copy_with(query="&".join(parts).encode("ascii"))

    def _exceeded_by(self, part: str) -> bool:
        """Canvas may have lowered the size itself; it is never raised again."""
        size = part.partition("=")[2]
        return (
            _is(part, "per_page")
            and _SIZE.fullmatch(size) is not None
            and int(size) > self.page_size
        )


def counts_pages(url: httpx.URL | str) -> bool:
    """Whether the place in the listing is a count of pages, which means nothing in another size.

    Canvas's other places, bookmarks, stay where they are whatever the size (canvas-api 2.2).
    """
    places = [part.partition("=")[2] for part in _parts(httpx.URL(url)) if _is(part, "page")]
    return any(place.isdigit() for place in places)


def _is(part: str, name: str) -> bool:
    written = part.partition("=")[0]
    return written == name or ("%" in written and _read(written) == name)


@lru_cache(maxsize=64)
def _read(written: str) -> str:
    """The links of a listing have the same names, page after page."""
    return unquote_plus(written)


def _parts(url: httpx.URL) -> list[str]:
    return [part for part in url.query.decode("ascii").split("&") if part]
