"""A GraphQL connection as a listing: each page of it is a place, and a place is posted as a query.

So one walk serves both: circles, repetitions, page cap and smaller pages are those of `walking`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import httpx

from canvas.client.asking import Asker, Unless
from canvas.client.call import Answer, Call
from canvas.client.failures import located
from canvas.client.graphql import Connection, graphql_page
from canvas.client.graphql_query import checked_query, query_body
from canvas.client.page import Page
from canvas.client.seen import key_of
from canvas.errors import ContractError

PATH: Final = "/api/graphql"


class Question:
    """One query and its connection. Raises ContractError for a query that must not leave."""

    def __init__(
        self,
        query: str,
        *,
        variables: Mapping[str, object],
        connection: Connection,
        asker: Asker,
        endpoint: httpx.URL,
        source: str,
    ) -> None:
        with located(source=source, path=PATH):
            self._query = checked_query(query)
            query_body(query, variables=variables, page_size=1, after=None)
        self._variables, self._connection = dict(variables), connection
        self._asker, self._endpoint = asker, endpoint

    def place(self, page_size: int, *, after: str | None = None) -> httpx.URL:
        """An address for a page, for the walk only: what is sent goes to the endpoint itself."""
        params = {"per_page": str(page_size)} | ({"after": after} if after else {})
        return self._endpoint.copy_with(params=params)

    async def page(self, call: Call, *, unless: Unless | None = None) -> Page:
        """The page at a place. Each record has an `id`, by which the walk knows it again."""
        size = int(call.url.params["per_page"])
        body = query_body(
            self._query,
            variables=self._variables,
            page_size=size,
            after=call.url.params.get("after"),
        )
        posted = replace(call, url=self._endpoint, method="POST", body=body, listing=False)
        read = functools.partial(self._read, page_size=size)
        return await self._asker.ask(posted, read=read, unless=unless)

    def _read(self, call: Call, answer: Answer, *, page_size: int) -> Page:
        found = graphql_page(answer.body, connection=self._connection)
        if found.records and all(key_of(record) is None for record in found.records):
            raise ContractError(
                cause="the records of a GraphQL query have no id to know them by",
                next_step="ask for `id` in the nodes of the connection",
            )
        following = self.place(page_size, after=found.end_cursor) if found.has_next else None
        return Page(
            records=found.records,
            next_url=str(following) if following else None,
            number=call.number,
            status=answer.status,
            body_bytes=len(answer.body),
            asked_at=answer.asked_at,
            path=PATH,
            ends_proven=not found.has_next,
            names_last=True,  # cursors are offsets in disguise: such a list is a counted one
        )
