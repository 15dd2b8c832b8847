"""An access token that is refreshed: by one, for all, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.utils import timezone

from canvas.client.auth import Token
from canvas.errors import AccessRevokedError, ConfigError, RetryableError, ThrottledError
from canvas.models import CanvasIntegration
from tests.integration.workers.keyed import ENDPOINT, Keyed, together
from tests.unit.client.canned import Clock

pytestmark = pytest.mark.django_db(transaction=True)


async def row_of(school: Keyed) -> CanvasIntegration:
    return await CanvasIntegration.objects.aget(pk=school.integration.pk)


async def test_a_good_token_is_used_as_it_is(school: Keyed) -> None:
    source = school.source()
    assert (await source.current()).value == school.agreed.access_token
    assert school.asked == 0


@pytest.mark.parametrize(("left_s", "refreshes"), [(290, 1), (310, 0), (-5, 1)])
async def test_a_token_is_replaced_five_minutes_before_its_end(
    school: Keyed, left_s: float, refreshes: int
) -> None:
    await sync_to_async(school.ends_in)(left_s)
    token = await school.source().current()
    assert (school.asked, school.accepts(token)) == (refreshes, True)


async def test_what_one_process_was_granted_all_find(school: Keyed) -> None:
    await sync_to_async(school.ends_in)(60)
    first, second = school.source(), school.source()
    assert await first.current() == await second.current() == await first.current()
    assert school.asked == 1
    expires_at = (await row_of(school)).token_expires_at
    assert expires_at is not None
    assert timedelta(minutes=59) < expires_at - timezone.now() < timedelta(minutes=61)


@pytest.mark.parametrize("days", [-1, 1])
async def test_the_clock_of_the_machine_does_not_matter(school: Keyed, days: int) -> None:
    await sync_to_async(school.ends_in)(3000)
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        await school.source().current()
    assert school.asked == 0


async def test_eight_processes_whose_token_is_refused_refresh_once(school: Keyed) -> None:
    sources = [school.source() for _ in range(8)]
    dead = await sources[0].current()
    school.oauth.expire()
    found = await together(lambda: sources.pop().renew(dead), times=8)
    assert school.asked == 1
    assert len(set(found)) == 1
    assert school.accepts(found[0])


async def test_many_requests_of_one_process_refresh_once(school: Keyed) -> None:
    source = school.source()
    dead = await source.current()
    school.oauth.expire()
    found = await together(lambda: source.renew(dead), times=20)
    assert (school.asked, len(set(found))) == (1, 1)


async def test_a_token_that_somebody_has_replaced_is_not_replaced_again(school: Keyed) -> None:
    source = school.source()
    old = await source.current()
    newer = await school.source().renew(old)
    assert await source.renew(old) == newer
    assert school.asked == 1


async def test_a_key_that_sends_no_refresh_token_keeps_the_one_it_has(school: Keyed) -> None:
    source = school.source()
    for _ in range(2):
        await source.renew(await source.current())
    assert (await row_of(school)).read_refresh_token() == school.agreed.refresh_token
    assert school.oauth.granted == 2


async def test_a_key_that_sends_a_new_refresh_token_is_asked_with_it(rotating: Keyed) -> None:
    first, source = rotating.agreed.refresh_token, rotating.source()
    for _ in range(2):
        await source.renew(await source.current())
    assert (await row_of(rotating)).read_refresh_token() == rotating.agreed.refresh_token != first
    assert (rotating.oauth.granted, rotating.oauth.refused) == (2, 0)


async def test_a_life_too_short_to_refresh_ahead_is_not_noted(school: Keyed) -> None:
    school.oauth.lifetime_s = 500
    source = school.source()
    await source.renew(await source.current())
    await source.current()
    assert (await row_of(school)).token_expires_at is None
    assert school.asked == 1


@pytest.mark.parametrize("fault", ["http_503_html", "http_429", "reset", "half_json"])
async def test_a_refresh_that_fails_for_the_moment_pauses_nothing(
    school: Keyed, fault: str
) -> None:
    source = school.source()
    dead = await source.current()
    school.canvas.faults.add(fault, ENDPOINT)
    with pytest.raises(RetryableError) as caught:
        await source.renew(dead)
    assert not isinstance(caught.value, ThrottledError)  # the quota of the token is not meant
    assert (await row_of(school)).paused_at is None
    assert school.accepts(await school.source().renew(dead))


async def test_a_token_that_is_still_good_is_used_while_no_other_can_be_had(
    school: Keyed,
) -> None:
    await sync_to_async(school.ends_in)(200)
    school.canvas.faults.add("http_503_html", ENDPOINT, times=None)
    source, present = school.source(), school.agreed.access_token
    for _ in range(3):
        assert (await source.current()).value == present
    assert school.asked == 1


async def test_a_token_that_has_ended_is_not_used(school: Keyed) -> None:
    await sync_to_async(school.ends_in)(-1)
    school.canvas.faults.add("http_503_html", ENDPOINT, times=None)
    with pytest.raises(RetryableError):
        await school.source().current()


async def test_requests_that_waited_for_a_refresh_that_failed_do_not_all_try(
    school: Keyed,
) -> None:
    source = school.source()
    dead = await source.current()
    school.canvas.faults.add("http_503_html", ENDPOINT, times=None)
    found = await together(lambda: source.renew(dead), times=8)
    assert {type(one).__name__ for one in found} == {"CanvasDownError"}
    assert school.asked == 1


async def test_a_process_that_died_while_it_refreshed_is_waited_for(school: Keyed) -> None:
    clock = Clock()
    source = school.source(clock=clock, term_s=5.0)
    dead = await source.current()
    await _claimed_until(school, timezone.now() + timedelta(hours=1))
    with pytest.raises(RetryableError, match="another process"):
        await source.renew(dead)
    assert school.asked == 0
    assert sum(clock.slept) >= 10


async def test_its_claim_frees_itself(school: Keyed) -> None:
    source = school.source()
    dead = await source.current()
    await _claimed_until(school, timezone.now() - timedelta(seconds=1))
    assert school.accepts(await source.renew(dead))


async def _claimed_until(school: Keyed, at: object) -> None:
    rows = CanvasIntegration.objects.filter(pk=school.integration.pk)
    await rows.aupdate(refresh_claim=school.integration.uuid, refresh_claimed_until=at)


async def test_an_integration_that_was_removed_meanwhile_says_so(school: Keyed) -> None:
    source = school.source()
    await CanvasIntegration.objects.all().adelete()
    with pytest.raises(ConfigError, match="removed"):
        await source.current()


async def test_one_that_got_a_token_made_by_hand_is_not_refreshed(school: Keyed) -> None:
    source, row = school.source(), await row_of(school)
    row.set_token("by-hand")
    await row.asave()
    assert await source.current() == Token(value="by-hand")
    with pytest.raises(AccessRevokedError):
        await source.renew(Token(value="by-hand"))
    assert school.asked == 0


async def test_its_identity_is_the_same_after_a_refresh(school: Keyed) -> None:
    source = school.source()
    before = source.identity
    await source.renew(await source.current())
    assert school.source().identity == source.identity == before


async def test_it_shows_no_secret(school: Keyed) -> None:
    source = school.source()
    shown = f"{source!r} {source.identity} {await source.current()!r}"
    assert school.agreed.access_token not in shown
