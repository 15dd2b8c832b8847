"""Refreshes that cross: no rotated refresh token is lost, and no good token pauses anything."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from canvas.client.auth import Token
from canvas.client.grants import Grant
from canvas.errors import AccessRevokedError
from canvas.models import CanvasIntegration
from tests.integration.workers.keyed import Keyed
from workers import claims, refreshing
from workers.credentials import TokenByHand

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A refresh that Canvas has answered, and that is not stored yet."""

    row: CanvasIntegration
    claim: UUID
    identity: str
    grant: Grant

    async def keep(self) -> bool:
        return await claims.keep(self.row, self.claim, identity=self.identity, grant=self.grant)


async def begin(school: Keyed, *, term_s: float) -> UnderWay:
    row = (await claims.look(school.integration.pk)).row
    source = school.source()
    claim = await claims.take(row, identity=source.identity, term_s=term_s)
    assert claim is not None
    grant = await refreshing.exchange_of(row, exchange=source._exchange)()
    return UnderWay(row=row, claim=claim, identity=source.identity, grant=grant)


async def test_a_refusal_of_an_old_token_does_not_pause_the_new_one(school: Keyed) -> None:
    source, elsewhere = school.source(), school.source()
    old = await source.renew(await source.current())
    new = await elsewhere.renew(old)
    assert await source.renew(old) == new
    await source.refused(old)
    assert (await CanvasIntegration.objects.aget()).paused_at is None


async def test_a_wrong_token_of_the_environment_does_not_end_a_refresh(rotating: Keyed) -> None:
    under_way = await begin(rotating, term_s=90)
    given = TokenByHand(under_way.row, "wrong-token", origin=rotating.origin, stored=False)
    await given.refused(await given.current())
    assert await under_way.keep()


async def test_a_rotated_token_that_comes_late_is_kept_and_ends_the_pause(rotating: Keyed) -> None:
    under_way = await begin(rotating, term_s=0.01)
    await asyncio.sleep(0.1)
    with pytest.raises(AccessRevokedError):
        await rotating.source().renew(Token(value=under_way.row.require_token()))
    assert await under_way.keep()
    stored = await CanvasIntegration.objects.aget()
    assert (stored.paused_at, stored.read_token()) == (None, under_way.grant.access_token)


async def test_a_late_token_of_a_key_that_does_not_rotate_is_dropped(school: Keyed) -> None:
    under_way = await begin(school, term_s=0.01)
    await asyncio.sleep(0.1)
    newer = await school.source().renew(Token(value=under_way.row.require_token()))
    assert not await under_way.keep()
    assert (await CanvasIntegration.objects.aget()).read_token() == newer.value


async def test_a_database_that_comes_back_after_a_minute_loses_no_rotated_token(
    rotating: Keyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    really_keep = claims.keep

    async def keep(*what: Any, **how: Any) -> bool:
        if sum(slept) < 60:
            raise OperationalError("the database is starting up")
        return await really_keep(*what, **how)

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(claims, "keep", keep)
    monkeypatch.setattr("workers.refreshing.asyncio.sleep", sleep)
    source = rotating.source()
    token = await source.current()
    assert await source.renew(token) != token
