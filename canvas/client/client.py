"""The client for bulk reading: what a Canvas can be asked for, and what comes of it.

Reads only, and only from one origin. Knows nothing of tables, runs or what a record means.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Self
from weakref import WeakSet

import httpx

from canvas.client.asking import Asker, Unless
from canvas.client.auth import FixedToken, TokenSource
from canvas.client.auth import user_agent as default_user_agent
from canvas.client.batches import Id, IdWalk
from canvas.client.budget import Budget
from canvas.client.call import Call, Limits, Timeouts
from canvas.client.download import Downloader
from canvas.client.failures import located
from canvas.client.graphql_walk import PATH as GRAPHQL
from canvas.client.graphql_walk import Question
from canvas.client.lighter import Load
from canvas.client.links import admitted_next
from canvas.client.origin import Origin, parse_base_url
from canvas.client.page import Page, page_of
from canvas.client.received import Downloaded, Receive, Wanted
from canvas.client.redaction import quiet_wire_logs
from canvas.client.sizes import PAGE_SIZE, PageSizes, Params, page_size_of, with_page_size
from canvas.client.stats import Stats
from canvas.client.walking import AskPage, Walk
from canvas.client.wire import Wire


class CanvasClient:
    """One Canvas, one credential. Use as an async context manager; safe for concurrent tasks.

    `token` is an access token, or a source of tokens that may follow one another. What reads
    raises RetryableError when patience ran out, SkippableError when this resource cannot be read,
    FatalError when nothing can.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | TokenSource,
        budget: Budget,
        allow_insecure: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        max_attempts: int = 5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        user_agent: str | None = None,
    ) -> None:
        quiet_wire_logs()
        self.origin: Origin = parse_base_url(base_url, allow_insecure=allow_insecure)
        self.stats = Stats()
        self._limits = limits or Limits()
        self._sizes = PageSizes(self.stats, sleep=sleep)
        self._walks: WeakSet[Walk] = WeakSet()
        self._wire = Wire(
            self.origin,
            budget=budget,
            stats=self.stats,
            timeouts=timeouts or Timeouts(),
            max_body_bytes=self._limits.max_body_bytes,
            user_agent=user_agent or default_user_agent(),
            allow_private=allow_insecure,
            clock=clock,
            transport=transport,
        )
        tokens = FixedToken(token, origin=self.origin) if isinstance(token, str) else token
        self._downloader = Downloader(
            self.origin,
            tokens=tokens,
            budget=budget,
            user_agent=user_agent or default_user_agent(),
            allow_insecure=allow_insecure,
            transport=transport,
        )
        self._asker = Asker(
            self._wire,
            tokens=tokens,
            stats=self.stats,
            limits=self._limits,
            max_attempts=max_attempts,
            sleep=sleep,
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"CanvasClient({self.origin})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        for walk in list(self._walks):  # those left early: a page may still be on its way
            await walk.leave()
        await self._wire.aclose()
        await self._downloader.aclose()

    async def fetch(
        self, path: str, *, params: Params = (), source: str, listing: bool = True
    ) -> Page:
        """One page of a listing, or with `listing=False` the one object at `path`.

        `path` is absolute (`/api/v1/…`); `params` are sent as given, repeated names included.
        """
        url = self._url(path, params=params)
        return await self._page(Call(url=url, source=source, listing=listing))

    async def walk(
        self,
        path: str,
        *,
        params: Params = (),
        source: str,
        start_url: str | None = None,
        optional: Iterable[str] = (),
    ) -> AsyncIterator[Page]:
        """Every page of a listing, short and empty ones included, until none is named next.

        `start_url` is the `next_url` of an earlier page of the same walk, to go on from there.
        `optional` names includes that may be left out, the first one first, once Canvas cannot
        bear even ten records a page. The last page says how complete the listing is. Raises
        ContractError when the links lead in a circle, further than `max_pages`, or may have lost
        the next one; the page that shows it is not handed out. Source: canvas-api 2.
        """
        pairs = with_page_size(params)
        with located(source=source, path=path):
            url = self._start(path, params=pairs, start_url=start_url)
        load = Load(
            page_size=self._sizes.bearable(page_size_of(pairs), source=source),
            optional=tuple(optional),
        )
        walk = self._walk(url, ask=self._page, source=source, load=load)
        async with aclosing(walk.pages()) as pages:
            async for page in pages:
                yield page

    async def graphql(
        self,
        query: str,
        *,
        variables: Mapping[str, object] | None = None,
        connection: tuple[str, ...],
        source: str,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[Page]:
        """Every page of the connection at that path of the answer, such as `("course", "work")`.

        The query gives `$first` and `$after` to the connection and asks for `pageInfo` with
        `hasNextPage` and `endCursor`, and for `id` and an order in its nodes. Errors in an answer
        are errors, whatever came with them. Otherwise as `walk`. Source: canvas-api 5.4.
        """
        question = Question(
            query,
            variables=variables or {},
            connection=connection,
            asker=self._asker,
            endpoint=self._url(GRAPHQL, params=()),
            source=source,
        )
        load = Load(page_size=self._sizes.bearable(page_size, source=source))
        first = question.place(load.page_size)
        walk = self._walk(first, ask=question.page, source=source, load=load)
        async with aclosing(walk.pages()) as pages:
            async for page in pages:
                yield page

    def walk_ids(
        self, path: str, *, ids: Iterable[Id], name: str, params: Params = (), source: str
    ) -> IdWalk:
        """The pages of a listing asked for by ids (`name`, such as `assignment_ids[]`)."""

        def walk(pairs: list[tuple[str, str]]) -> AsyncIterator[Page]:
            return self.walk(path, params=pairs, source=source)

        return IdWalk(ids, name=name, params=list(params), walk=walk)

    async def download(
        self, address: str, *, to: Receive, max_bytes: int, size: int | None = None
    ) -> Downloaded:
        """A file by the `url` of its File object, or by a path such as `/files/7/download`.

        `to` gets the bytes in chunks and may get a part of them before an error: keep them only
        once this returns. One attempt. `size` as the File object has it, if it is known: a file
        of another size is refused. The token goes to Canvas only, not to its storage.
        """
        with located(source="files", path=""):
            wanted = Wanted(to=to, max_bytes=max_bytes, size=size)
            return await self._downloader.download(address, wanted=wanted)

    def _walk(self, first: httpx.URL, *, ask: AskPage, source: str, load: Load) -> Walk:
        walk = Walk(
            first,
            ask=ask,
            source=source,
            load=load,
            max_pages=self._limits.max_pages,
            lightened=functools.partial(self._sizes.lightened, source=source),
            next_of=lambda headers, seen_on: admitted_next(
                headers, origin=self.origin, seen_on=seen_on
            ),
        )
        self._walks.add(walk)
        return walk

    def _url(self, path: str, *, params: Params) -> httpx.URL:
        pairs = list(params)
        url = self.origin.url(path)
        return url.copy_with(params=pairs) if pairs else url

    def _start(self, path: str, *, params: Params, start_url: str | None) -> httpx.URL:
        if start_url is None:
            return self._url(path, params=params)
        return httpx.URL(self.origin.admit(start_url))

    async def _page(self, call: Call, *, unless: Unless | None = None) -> Page:
        read = functools.partial(page_of, origin=self.origin)
        return await self._asker.ask(call, read=read, unless=unless)
