"""One listing asked for from its beginning, or from where an earlier attempt of the run left it.

Knows which bookmarks are of use. Source: canvas-api 2.2, trap 16.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import unquote_plus

import structlog

from canvas.client import Page
from canvas.client.lighter import counts_pages
from canvas.errors import ContractError, GoneError
from sync.batch import Progress
from sync.earlier import Bookmark, ListingEnd
from sync.plan import Source
from sync.reader import Reader
from sync.transform.rows import Scope

log = structlog.get_logger(__name__)


class Listing:
    """The pages of `source` for `scope`, each with how far the listing then is."""

    def __init__(
        self, source: Source, scope: Scope, *, reader: Reader, bookmark: Bookmark | None = None
    ) -> None:
        self._source, self._scope, self._reader = source, scope, reader
        self._from = bookmark if bookmark and _is_of_use(bookmark) else None
        # Begun anew or not: some of its rows are known from then, and may have gone since.
        self._began_at = bookmark.began_at if bookmark else None
        self._pages = self._records = 0
        self._has_gone_on = False
        self._left_out: frozenset[str] = frozenset()

    @property
    def pages_before(self) -> int:
        """How many had been stored of what was gone on with."""
        return self._from.pages if self._from and self._has_gone_on else 0

    async def read(self) -> AsyncIterator[tuple[Page, Progress]]:
        async for page in self._all() if self._source.listing else self._single():
            self._pages += 1
            self._records += len(page.records)
            self._began_at = self._began_at or page.asked_at
            yield (
                page,
                Progress(
                    scope=self._scope,
                    pages=self._pages,
                    records=self._records,
                    next_url=page.next_url,
                    began_at=self._began_at,
                    end=self._end(page),
                ),
            )

    async def _all(self) -> AsyncIterator[Page]:
        """A bookmark Canvas cannot read is silently its first page; one it refuses is no loss."""
        if self._from is not None:
            try:
                async for page in self._walk(self._from.next_url):
                    self._go_on(self._from)
                    yield page
            except (ContractError, GoneError) as refusal:
                if self._pages:
                    raise
                log.info("bookmark.refused", source=self._source.name, code=refusal.code)
            else:
                return
        async for page in self._walk():
            yield page

    def _go_on(self, bookmark: Bookmark) -> None:
        """Once its first page is there."""
        if not self._pages:
            self._has_gone_on = True
            self._pages, self._records = bookmark.pages, bookmark.records
            self._left_out = self._not_asked_for(bookmark.next_url or "")

    def _walk(self, start_url: str | None = None) -> AsyncIterator[Page]:
        return self._reader.walk(
            self._source.path_for(self._scope),
            params=self._source.params,
            source=self._source.name,
            start_url=start_url,
            optional=[include for include, _ in self._source.optional_includes],
        )

    async def _single(self) -> AsyncIterator[Page]:
        yield await self._reader.fetch(
            self._source.path_for(self._scope),
            params=self._source.params,
            source=self._source.name,
            listing=False,
        )

    def _end(self, page: Page) -> ListingEnd | None:
        walk = page.completeness
        if walk is None:
            return None
        tables = dict(self._source.optional_includes)
        left_out = self._left_out | {tables[include] for include in walk.dropped}
        return ListingEnd(gap=walk.gap, counted=walk.counted, left_out=left_out)

    def _not_asked_for(self, url: str) -> frozenset[str]:
        """Tables of includes that were given up before: Canvas's links repeat what was asked."""
        asked = unquote_plus(url)
        pairs = self._source.optional_includes
        return frozenset(table for include, table in pairs if f"include[]={include}" not in asked)


def _is_of_use(bookmark: Bookmark) -> bool:
    """A page that is told by its number has other rows by now."""
    return bookmark.next_url is not None and not counts_pages(bookmark.next_url)
