"""A listing read page by page to its end, and what that proves.

Follows opaque links and nothing else. Refuses circles, pages that repeat themselves and lists
without end; asks for less where Canvas cannot bear more. Source: canvas-api 2, traps 13 to 21.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, Protocol

import httpx
import msgspec
import structlog

from canvas.client.ahead import Ahead
from canvas.client.call import Call, Headers, SeenHead
from canvas.client.failures import located
from canvas.client.lighter import Load, counts_pages, is_too_heavy
from canvas.client.origin import parsed
from canvas.client.page import Completeness, Gap, Page
from canvas.client.retrying import LONGEST_ASKED_WAIT_S
from canvas.client.seen import Key, SeenIds, key_of
from canvas.errors import CanvasError, ContractError, RetryableError

log = structlog.get_logger(__name__)

LONG_QUERY: Final = 2_000  # bytes; above it the Link header may lose rel=next (trap 15)

Unless = Callable[[Exception], bool]


class AskPage(Protocol):
    """Asks until there is a page, or an error that asking again does not cure."""

    def __call__(self, call: Call, *, unless: Unless | None = None) -> Awaitable[Page]: ...


NextOf = Callable[[Headers, httpx.URL], str | None]


class Walk:
    """One walk through one listing; `load` is what it asks for at once, as it is in the end.

    `lightened` is awaited before less is asked for, with the seconds Canvas asked to wait.
    `next_of` finds the next page in the head of an answer, or raises that it must not be asked for.
    """

    def __init__(
        self,
        first: httpx.URL,
        *,
        ask: AskPage,
        source: str,
        load: Load,
        max_pages: int,
        lightened: Callable[[Load, float], Awaitable[None]],
        next_of: NextOf,
    ) -> None:
        self._first, self._ask, self._source = first, ask, source
        self._next_of = next_of
        self.load, self._max_pages, self._lightened = load, max_pages, lightened
        self._asked_for: set[str] = set()
        self._ahead = Ahead(self._asked, following=self._guess)
        self._last_link = ("", load, (load, first))
        self._ids = SeenIds()
        self._before: SeenIds | None = None
        self._ended_empty = False
        self._pages = self._records = self._duplicates = self._repeats = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        """Every page, short and empty ones included; the last one carries the completeness.

        Close it where it is left early: the page behind may have been asked for.
        """
        url: httpx.URL | None = self.load.applied_to(self._first)
        try:
            while url is not None:
                page = await self._page(url)
                with located(source=self._source, path=page.path):
                    url = self._following(page)
                if url is None:
                    page = replace(page, completeness=self._completeness(page))
                yield page
        finally:
            await self.leave()

    async def leave(self) -> None:
        """Give up a page that was asked for and is not wanted."""
        await self._ahead.leave()

    async def _page(self, url: httpx.URL) -> Page:
        """The page at `url`, or of a lighter listing; without records handed out before."""
        page = await self._bearable(url)
        if page.next_url is None and self._may_hide_the_next(page):
            page = await self._bearable(self._at)
        self._ended_empty = not page.records
        self._pages += 1
        records, keys = self._counted(page)
        self._records += len(records)
        return replace(page, number=self._pages, records=records, keys=keys)

    async def _bearable(self, url: httpx.URL) -> Page:
        while True:
            self._at = url
            self._asked_for.add(str(url))
            try:
                return await self._ahead.page(url)
            except RetryableError as error:
                lighter, asked_s = self.load.lighter(), error.retry_after_s or 0.0
                if lighter is None or not is_too_heavy(error) or asked_s > LONGEST_ASKED_WAIT_S:
                    raise
            url = await self._lightened_to(lighter, url=url, asked_s=asked_s)

    async def _asked(self, url: httpx.URL, seen_head: SeenHead) -> Page:
        call = Call(
            url=url,
            source=self._source,
            listing=True,
            number=self._pages + (1 if url == self._at else 2),
            seen_head=seen_head,
        )
        # A smaller page is tried at once, an include is given up only in the end.
        return await self._ask(call, unless=is_too_heavy if self.load.shrinks else None)

    def _guess(self, seen_on: httpx.URL, headers: Headers) -> httpx.URL | None:
        """Where it will go on, most likely; what is wrong with the links is said when it does."""
        with suppress(CanvasError):
            link = self._next_of(headers, seen_on)
            if link is not None and self._pages + 1 < self._max_pages:
                _, url = self._led_to(link)
                return None if str(url) in self._asked_for else url
        return None

    def _led_to(self, link: str) -> tuple[Load, httpx.URL]:
        """What is asked for from here on, and where. Links are looked at twice, and are long."""
        known, load, found = self._last_link
        if (known, load) != (link, self.load):
            url = parsed(link)
            clamped = self.load.clamped_to(url)
            found = (clamped, clamped.applied_to(url))
            self._last_link = (link, self.load, found)
        return found

    async def _lightened_to(self, lighter: Load, *, url: httpx.URL, asked_s: float) -> httpx.URL:
        """Where to go on. A count of pages of another size means nothing: then from the start."""
        resized = lighter.page_size != self.load.page_size
        self.load = lighter
        log.warning(
            "request.made_lighter",
            source=self._source,
            page=self._pages + 1,
            page_size=lighter.page_size,
            dropped=list(lighter.dropped),
        )
        await self._lightened(lighter, asked_s)
        if resized and counts_pages(url) and self._pages:
            self._before = self._ids if self._before is None else self._before | self._ids
            self._ids, self._duplicates, self._repeats = SeenIds(), 0, 0
            self._asked_for.clear()
            url = self._first
        return lighter.applied_to(url)

    def _may_hide_the_next(self, page: Page) -> bool:
        """Whether the page is asked for once more, in case the link to the next one was lost.

        It is where nothing shows that it is the last page, where it is full and Canvas does not
        say which page is the last, and where a listing that had records ends with none.
        """
        full = len(page.records) >= self.load.page_size
        empty = not page.records and self._pages > 0
        return not page.ends_proven or empty or (full and not page.names_last)

    def _counted(self, page: Page) -> tuple[list[msgspec.Raw], list[Key | None]]:
        """The page's records that an earlier, heavier pass had not handed out, and their keys."""
        keys = [key_of(record) for record in page.records]
        known = self._ids.add_all(keys)
        self._duplicates += sum(known)
        # One such page may be rows that moved: that many were put in before our place.
        repeats = page.next_url is not None and bool(known) and all(known)
        self._repeats = self._repeats + 1 if repeats else 0
        if self._repeats > 1:
            raise ContractError(
                cause="the pages of the listing repeat themselves",
                next_step="run it again; if it stays so, report this listing",
                source=self._source,
            )
        if self._before is None:
            return page.records, keys
        before = self._before
        fresh = [
            (record, key)
            for record, key in zip(page.records, keys, strict=True)
            if key is None or key not in before
        ]
        return [record for record, _ in fresh], [key for _, key in fresh]

    def _following(self, page: Page) -> httpx.URL | None:
        if page.next_url is None:
            self._refuse_cut_query(page)
            return None
        self.load, url = self._led_to(page.next_url)
        if str(url) in self._asked_for:
            raise ContractError(cause="the pages of the listing lead in a circle")
        if self._pages >= self._max_pages:
            raise ContractError(
                cause=f"the listing has more than {self._max_pages} pages",
                next_step="see in Canvas whether the course is that large; report this listing",
            )
        return url

    def _refuse_cut_query(self, page: Page) -> None:
        if len(page.records) >= self.load.page_size and len(self._at.query) > LONG_QUERY:
            raise ContractError(
                cause="the listing may be cut: the query is too long for its links",
                next_step="report this listing: its query must be made shorter",
            )

    def _completeness(self, page: Page) -> Completeness:
        gap = None
        counted = page.names_last and self._pages > 1
        if not page.ends_proven:
            gap = Gap.LINKS_LOST
        elif self._duplicates or (counted and self._ended_empty):
            gap = Gap.ROWS_MOVED
        return Completeness(
            gap=gap,
            pages=self._pages,
            records=self._records,
            duplicates=self._duplicates,
            counted=counted,
            page_size=self.load.page_size,
            dropped=self.load.dropped,
        )
