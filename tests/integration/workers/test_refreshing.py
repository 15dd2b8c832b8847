"""One refresh: what is written down, whatever happens between asking and writing."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from canvas.client.grants import Grant
from canvas.errors import AccessRevokedError, ContractError
from canvas.models import CanvasIntegration
from tests.integration.workers.keyed import ENDPOINT, Keyed
from workers.refreshing import Exchange

pytestmark = pytest.mark.django_db(transaction=True)


async def reconnected(rotating: Keyed, token: str) -> None:
    """As `connect` does."""
    row = await CanvasIntegration.objects.aget(pk=rotating.integration.pk)
    row.set_grant(
        client_id="other", client_secret="s", access_token=token, refresh_token="other-refresh"
    )
    await row.asave()


def meanwhile(rotating: Keyed, *, then: Grant | Exception) -> Exchange:
    """An exchange that takes so long that the integration is connected anew."""

    async def exchange(**_: object) -> Grant:
        await reconnected(rotating, "other-access")
        if isinstance(then, Exception):
            raise then
        return then

    return exchange


async def test_what_comes_too_late_replaces_nothing(rotating: Keyed) -> None:
    late = Grant(access_token="late", refresh_token="late-refresh")
    source = rotating.source(exchange=meanwhile(rotating, then=late))
    assert (await source.renew(await source.current())).value == "other-access"
    row = await CanvasIntegration.objects.aget()
    assert (row.read_token(), row.read_refresh_token()) == ("other-access", "other-refresh")


async def test_a_refusal_that_comes_too_late_pauses_nothing(rotating: Keyed) -> None:
    source = rotating.source(exchange=meanwhile(rotating, then=AccessRevokedError(status=400)))
    assert (await source.renew(await source.current())).value == "other-access"
    assert (await CanvasIntegration.objects.aget()).paused_at is None


async def test_a_request_that_is_cancelled_loses_no_grant(rotating: Keyed) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(**_: object) -> Grant:
        asked.set()
        await answer.wait()
        return Grant(access_token="granted", refresh_token="granted-refresh")

    source = rotating.source(exchange=slow)
    waiting = asyncio.create_task(source.renew(await source.current()))
    await asked.wait()
    waiting.cancel()
    answer.set()
    assert (await asyncio.gather(waiting, return_exceptions=True))[0].__class__ is (
        asyncio.CancelledError
    )
    row = await CanvasIntegration.objects.aget()
    assert (row.read_token(), row.read_refresh_token()) == ("granted", "granted-refresh")


async def test_a_database_in_trouble_meanwhile_loses_no_grant(rotating: Keyed) -> None:
    mended: list[asyncio.Task[None]] = []

    async def exchange(**_: object) -> Grant:
        await sync_to_async(_trouble)()
        mended.append(asyncio.create_task(_mended()))
        return Grant(access_token="granted", refresh_token="granted-refresh")

    source = rotating.source(exchange=exchange)
    assert (await source.renew(await source.current())).value == "granted"
    assert (await CanvasIntegration.objects.aget()).read_refresh_token() == "granted-refresh"
    await mended[0]


def _trouble() -> None:
    """PostgreSQL has ended the connection; SQLite, which has none, does not write."""
    if connection.vendor == "postgresql":
        connection.connection.close()
    else:
        connection.cursor().execute("PRAGMA query_only = ON")


async def _mended() -> None:
    await asyncio.sleep(0.3)
    if connection.vendor == "sqlite":
        await sync_to_async(lambda: connection.cursor().execute("PRAGMA query_only = OFF"))()


async def test_a_grant_of_the_refused_token_is_no_grant(rotating: Keyed) -> None:
    token = await rotating.source().current()

    async def same(**_: object) -> Grant:
        return Grant(access_token=token.value)

    with pytest.raises(ContractError):
        await rotating.source(exchange=same).renew(token)
    row = await CanvasIntegration.objects.aget()
    assert (row.refresh_claim, row.paused_at) == (None, None)


async def test_nothing_is_open_in_the_database_while_canvas_is_asked(rotating: Keyed) -> None:
    source = rotating.source()
    token = await source.current()
    seen: list[bool] = []

    async def exchange(**_: object) -> Grant:
        seen.append(await sync_to_async(lambda: connection.in_atomic_block)())
        return Grant(access_token="granted")

    await rotating.source(exchange=exchange).renew(token)
    assert seen == [False]


@pytest.mark.parametrize(
    "fault", ["unauthorized_401", "permission_401", "forbidden_403", "not_found_404"]
)
async def test_an_answer_nobody_knows_pauses_nothing(rotating: Keyed, fault: str) -> None:
    source = rotating.source()
    token = await source.current()
    rotating.canvas.faults.add(fault, ENDPOINT)
    with pytest.raises(ContractError):
        await source.renew(token)
    row = await CanvasIntegration.objects.aget()
    assert (row.refresh_claim, row.paused_at) == (None, None)
